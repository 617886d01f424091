package rag

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/chunk"
)

// Kind is what a text is written in, which says where it is cut.
type Kind string

// The kinds.
const (
	Plain    Kind = "text"
	Markdown Kind = "markdown"
	HTML     Kind = "html"
	Code     Kind = "code"
)

// strategy is how texts of a kind are cut if nobody says.
func (k Kind) strategy() (chunk.Strategy, error) {
	switch k {
	case "", Plain:
		return chunk.Sentence, nil
	case Markdown:
		return chunk.Markdown, nil
	case HTML:
		return chunk.HTML, nil
	case Code:
		return chunk.Code, nil
	}
	return "", fmt.Errorf("no kind of text %q: known are %s, %s, %s, %s", k, Plain, Markdown, HTML, Code)
}

// cut is where a text of a kind is cut, if strategy, which may be empty, was asked for.
func (k Kind) cut(strategy chunk.Strategy) (chunk.Strategy, error) {
	own, err := k.strategy()
	switch {
	case err != nil:
		return "", err
	case strategy == "":
		return own, nil
	case strategy == chunk.Heading && k == HTML:
		return chunk.HTML, nil
	case strategy == chunk.Heading:
		return chunk.Markdown, nil
	}
	return strategy, nil
}

// Input is a document that is to be taken in.
type Input struct {
	Scope      string // DefaultScope if empty
	Collection string // DefaultCollection if empty
	// ID names it in its collection; if empty it is Source, and without that one made of the text.
	ID       string
	Title    string // if empty that of its front matter, or the first heading of the text
	Source   string // where it is from: a path, an address
	Kind     Kind   // Plain if empty
	Text     string
	Metadata map[string]any
	Time     time.Time // when it was written; zero: unknown
	// Chunks say how it is cut. Without a strategy its kind does.
	Chunks chunk.Options
	// TTL is set for its collection when it is stored, as by SetTTL; nil: that stays as it is.
	TTL *time.Duration
}

// Status is what became of an input.
type Status string

// What becomes of inputs. Unchanged was there before, with the same text, cut in the same way.
const (
	Added     Status = "added"
	Replaced  Status = "replaced"
	Unchanged Status = "unchanged"
)

// Ingested tells what became of an input.
type Ingested struct {
	*memory.Document
	Status Status
}

// ErrNoText means that a document has no text that could be found.
var ErrNoText = errors.New("there is no text in it")

// batch is how many documents one transaction has.
const batch = 100

// Ingest takes documents in. All are cut and checked before the first is stored: if one is bad
// nothing is, and the error names it. Then they are stored by the hundred. One
// whose id its collection has takes the place of that; one that is there with the same text,
// title, metadata and chunks is left alone, unless its collection has a time to live, which begins anew.
func (l *Library) Ingest(ctx context.Context, inputs ...Input) ([]Ingested, error) {
	ready := make([]prepared, len(inputs))
	twins := map[[3]string]int{}
	for i, in := range inputs {
		p, err := l.prepare(in)
		if err == nil {
			key := [3]string{p.document.Scope, p.document.Collection, p.document.ID}
			if first, ok := twins[key]; ok {
				err = fmt.Errorf("it has the id of document %d", first+1)
			}
			twins[key] = i
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", nameInput(i, in), err)
		}
		ready[i] = p
	}
	if err := l.beforeStored(ctx, inputs); err != nil {
		return nil, err
	}
	out := make([]Ingested, 0, len(ready))
	for start := 0; start < len(ready); start += batch {
		part := ready[start:min(start+batch, len(ready))]
		var done []Ingested
		var replaced []int64
		err := l.backend.Write(ctx, l.tenant, func(tx memory.Tx) (err error) {
			done, replaced, err = storeAll(tx, part)
			return err
		})
		if err != nil {
			if start > 0 {
				err = fmt.Errorf("%d documents were stored before; the same again goes on there: %w", start, err)
			}
			return out, err
		}
		l.drop(replaced)
		l.meaning.Notify()
		out = append(out, done...)
	}
	return out, nil
}

// beforeStored removes what is over: a TTL that is set with a document must not bring it back.
func (l *Library) beforeStored(ctx context.Context, inputs []Input) error {
	if _, err := l.Sweep(ctx); slices.ContainsFunc(inputs, func(in Input) bool { return in.TTL != nil }) {
		return err
	}
	return nil // what is over is passed by anyway
}

// nameInput names an input in an error.
func nameInput(i int, in Input) string {
	if name := cmp.Or(in.ID, in.Source); name != "" {
		return fmt.Sprintf("%d (%s)", i+1, name)
	}
	return fmt.Sprint(i + 1)
}

// prepared is an input that is ready to be stored.
type prepared struct {
	document   memory.Document
	chunks     []memory.Chunk
	collection *memory.Collection // with the TTL that it gets; nil: none is set
}

func (l *Library) prepare(in Input) (p prepared, err error) {
	if in.Chunks.Strategy, err = in.Kind.cut(in.Chunks.Strategy); err != nil {
		return p, err
	}
	if !utf8.ValidString(in.Text) {
		return p, errors.New("its text is not in UTF-8")
	}
	in.Chunks.Size = cmp.Or(in.Chunks.Size, chunk.DefaultSize)
	pieces, err := chunk.Split(in.Text, in.Chunks)
	if err != nil {
		return p, err
	}
	if len(pieces) == 0 {
		return p, ErrNoText
	}
	sum := sha256.Sum256([]byte(in.Text))
	hash := hex.EncodeToString(sum[:16])
	d := memory.Document{Scope: cmp.Or(in.Scope, DefaultScope), Collection: cmp.Or(in.Collection, DefaultCollection), ID: cmp.Or(in.ID, in.Source, "text-"+hash[:24]),
		Title: in.Title, Source: in.Source, Metadata: in.Metadata, Ingested: l.now(), Bytes: len(in.Text),
		Print: fmt.Sprintf("%s %s %d %d", hash, in.Chunks.Strategy, in.Chunks.Size, in.Chunks.Overlap)}
	if d.Title == "" && in.Chunks.Strategy == chunk.Markdown {
		d.Title = shorten(chunk.FrontTitle(in.Text))
	}
	if d.Title == "" && len(pieces[0].Headings) > 0 {
		d.Title = shorten(pieces[0].Headings[0])
	}
	if !in.Time.IsZero() {
		if d.Time = memory.At(in.Time).Time(); d.Time.IsZero() {
			return p, errors.New("time is out of range")
		}
	}
	if l.counter != nil {
		seen := in.Text
		if in.Chunks.Strategy == chunk.HTML {
			seen = chunk.Visible(in.Text)
		}
		if d.Tokens, err = l.counter.Count(seen); err != nil {
			return p, err
		}
	}
	if err := d.Validate(); err != nil {
		return p, err
	}
	p = prepared{document: d, chunks: make([]memory.Chunk, len(pieces))}
	if in.TTL != nil {
		c, err := l.living(d.Scope, d.Collection, *in.TTL)
		if err != nil {
			return p, err
		}
		p.collection = &c
	}
	for i, c := range pieces {
		p.chunks[i] = memory.Chunk{Start: c.Start, End: c.End, Headings: c.Headings, Text: c.Text}
	}
	return p, nil
}

// shorten makes a heading fit for a title.
func shorten(heading string) string {
	if len(heading) > memory.MaxName {
		heading = strings.ToValidUTF8(heading[:memory.MaxName], "")
	}
	return strings.ReplaceAll(heading, "\x00", "")
}

// storeAll stores documents, and tells which rows they have taken the places of.
func storeAll(tx memory.Tx, list []prepared) (done []Ingested, replaced []int64, err error) {
	lives, err := lifetimesOf(tx)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range list {
		d := p.document
		if p.collection != nil {
			if err := lives.set(tx, *p.collection); err != nil {
				return nil, nil, err
			}
		}
		before, rows, err := present(tx, &d)
		if err != nil {
			return nil, nil, err
		}
		_, mortal := lives[[2]string{d.Scope, d.Collection}]
		if before != nil && !mortal && sameDocument(before, &d) {
			done = append(done, Ingested{before, Unchanged})
			continue
		}
		status := Added
		if len(rows) > 0 {
			status, replaced = Replaced, append(replaced, rows...)
			if _, err := tx.DropDocuments(rows); err != nil {
				return nil, nil, err
			}
		}
		if err := tx.AddDocument(&d, p.chunks); err != nil {
			return nil, nil, err
		}
		done = append(done, Ingested{&d, status})
	}
	return done, replaced, nil
}

// present is the document that has the id of another, and its row; a damaged one has only that.
func present(tx memory.Tx, d *memory.Document) (before *memory.Document, rows []int64, err error) {
	f := memory.DocumentFilter{Scopes: []string{d.Scope}, Collections: []string{d.Collection}, IDs: []string{d.ID}}
	f.Damaged = func(b *memory.Document, _ error) error {
		if f.Names(b) {
			rows = append(rows, b.Row)
		}
		return nil
	}
	err = tx.Documents(f, func(b *memory.Document) error { before, rows = b, append(rows, b.Row); return nil })
	return before, rows, err
}

// sameDocument tells whether a document says what another one does.
func sameDocument(a, b *memory.Document) bool {
	if len(a.Metadata)+len(b.Metadata) > 0 {
		text, err := memory.EncodeMetadata(b.Metadata)
		given, err2 := memory.DecodeMetadata(text)
		if err != nil || err2 != nil || !reflect.DeepEqual(a.Metadata, given) {
			return false
		}
	}
	return a.Print == b.Print && a.Title == b.Title && a.Source == b.Source && a.Time.Equal(b.Time)
}

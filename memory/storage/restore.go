package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// ErrDiffers means that a place holds something else already.
var ErrDiffers = errors.New("there is something else already")

// Moved tells what was moved.
type Moved struct {
	Tenant string `json:"tenant"`
	Summary
	// Present: it was there already, and the same.
	Present bool `json:"present"`
}

// Move stores what a source has of a tenant: all of it, or nothing. ErrDiffers: the tenant has something else there
// already.
func Move(ctx context.Context, from Source, to memory.Backend, tenant string) (Moved, error) {
	m := Moved{Tenant: tenant}
	err := to.Write(ctx, tenant, func(tx memory.Tx) error {
		m.Present = false
		there, err := summarize(ctx, tx)
		if err != nil {
			return err
		}
		if there.Records() > 0 {
			s, err := Summarize(ctx, from, tenant)
			if err != nil {
				return err
			}
			m.Summary, m.Present = *s, true
			return differ(s, there, from.Where(), to.Where(), ErrDiffers)
		}
		sum, r := newSummer(), &restorer{tx: tx}
		if err := from.Dump(ctx, tenant, func(rec *Record) error {
			if _, err := sum.add(rec); err != nil {
				return err
			}
			if err := r.store(rec); err != nil {
				return fmt.Errorf("store record %d of the %s: %w", sum.counts[rec.kind()], rec.kind(), err)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := r.finish(); err != nil {
			return err
		}
		m.Summary = *sum.summary()
		if there, err = summarize(ctx, tx); err != nil {
			return err
		}
		return differ(&m.Summary, there, from.Where(), to.Where(), errors.New("what was stored is not what was read"))
	})
	if err != nil {
		err = fmt.Errorf("tenant %q: nothing of it was stored: %w", tenant, err)
	}
	return m, err
}

// differ is an error if two summaries do.
func differ(a, b *Summary, here, there string, why error) error {
	if d := a.differs(b, here, there); len(d) > 0 {
		return fmt.Errorf("%w: %s", why, strings.Join(d, "; "))
	}
	return nil
}

func summarize(ctx context.Context, r memory.Reader) (*Summary, error) {
	sum := newSummer()
	err := dump(ctx, r, func(rec *Record) error {
		_, err := sum.add(rec)
		return err
	})
	return sum.summary(), err
}

// restorer stores records.
type restorer struct {
	tx        memory.Tx
	episodes  []int64 // their rows
	entities  []int64 // their ids
	processed []int64
	last      memory.Instant // of all transactions
}

// row is the one of a number; 0 for 0.
func row(list []int64, number int) (int64, error) {
	if number < 0 || number > len(list) {
		return 0, fmt.Errorf("it refers to number %d, of %d", number, len(list))
	}
	if number == 0 {
		return 0, nil
	}
	return list[number-1], nil
}

// seen notes the times of transactions: later ones must be later.
func (r *restorer) seen(times ...memory.Instant) {
	for _, t := range times {
		if t != memory.Forever {
			r.last = max(r.last, t)
		}
	}
}

func (r *restorer) store(rec *Record) error {
	switch {
	case rec.Episode != nil:
		return r.episode(rec.Episode)
	case rec.Entity != nil:
		x := rec.Entity
		e := memory.Entity{Name: x.Name, Type: x.Type, Created: x.Created}
		key := memory.NameKey(x.Name)
		if key == "" {
			return fmt.Errorf("%q is no name", x.Name)
		}
		err := r.tx.AddEntity(&e, key)
		r.entities = append(r.entities, e.ID)
		r.seen(x.Created)
		return err
	case rec.Alias != nil:
		x := rec.Alias
		entity, err := row(r.entities, x.Entity)
		source, err2 := row(r.episodes, x.Source)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		r.seen(x.Created)
		return r.tx.AddAlias(memory.Alias{Entity: entity, Name: x.Name, Source: source, Created: x.Created}, memory.NameKey(x.Name))
	case rec.Predicate != nil:
		return r.tx.SetSingle(rec.Predicate.Name, rec.Predicate.Single)
	case rec.Fact != nil:
		return r.fact(rec.Fact)
	case rec.Pattern != nil:
		x := rec.Pattern
		return r.tx.CountPatterns([]memory.Pattern{{Session: x.Session, Kind: x.Kind, About: x.About, From: x.From, To: x.To, Count: x.Count, Failed: x.Failed, First: x.First, Last: x.Last}})
	case rec.Collection != nil:
		x := rec.Collection
		c := memory.Collection{Scope: x.Scope, Name: x.Name, TTL: time.Duration(x.TTL) * time.Microsecond, Created: x.Created.Time()}
		if err := c.Validate(); err != nil {
			return err
		}
		return r.tx.SetCollection(c)
	case rec.Document != nil:
		return r.document(rec.Document)
	}
	return errors.New("it is of no kind")
}

func (r *restorer) episode(x *Episode) error {
	metadata, err := memory.DecodeMetadata(string(x.Metadata))
	if err != nil {
		return err
	}
	e := memory.Episode{Session: x.Session, ID: x.ID, Role: x.Role, Content: x.Content, Metadata: metadata, Time: x.Time.Time(), Ingested: x.Ingested.Time()}
	if err := e.Validate(); err != nil {
		return err
	}
	err = r.tx.AddEpisode(&e)
	r.episodes = append(r.episodes, e.Row)
	if x.Processed {
		r.processed = append(r.processed, e.Row)
	}
	return err
}

func (r *restorer) fact(x *Fact) error {
	subject, err := row(r.entities, x.Subject)
	object, err2 := row(r.entities, x.Object)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	numbers := x.Sources
	if x.Source != 0 {
		numbers = append([]int{x.Source}, numbers...)
	}
	sources := make([]int64, len(numbers))
	for i, n := range numbers {
		if sources[i], err = row(r.episodes, n); err != nil {
			return err
		}
	}
	if x.Predicate == "" || x.ValidFrom >= x.ValidTo || x.KnownFrom >= x.KnownTo || (x.Object == 0) == (len(x.Value) == 0) {
		return errors.New("it is no fact")
	}
	r.seen(x.KnownFrom, x.KnownTo)
	return r.tx.AddFact(&memory.Fact{Subject: subject, Predicate: x.Predicate, Object: memory.Object{Entity: object, Value: string(x.Value)}, Valid: memory.Span{From: x.ValidFrom, To: x.ValidTo},
		Known: memory.Span{From: x.KnownFrom, To: x.KnownTo}, Sources: memory.Sources(sources...), Confidence: x.Confidence})
}

func (r *restorer) document(x *Document) error {
	metadata, err := memory.DecodeMetadata(string(x.Metadata))
	if err != nil {
		return err
	}
	d := memory.Document{Scope: x.Scope, Collection: x.Collection, ID: x.ID, Title: x.Title, Source: x.Source, Metadata: metadata, Ingested: x.Ingested.Time(), Print: x.Print, Bytes: x.Bytes, Tokens: x.Tokens}
	if x.Time != nil {
		d.Time = x.Time.Time()
	}
	if err := d.Validate(); err != nil {
		return err
	}
	chunks := make([]memory.Chunk, len(x.Chunks))
	for i, c := range x.Chunks {
		chunks[i] = memory.Chunk{Start: c.Start, End: c.End, Headings: c.Headings, Text: c.Text}
	}
	return r.tx.AddDocument(&d, chunks)
}

// finish does what concerns all.
func (r *restorer) finish() error {
	if len(r.processed) > 0 {
		if err := r.tx.MarkProcessed(r.processed); err != nil {
			return err
		}
	}
	return r.tx.Advance(r.last)
}

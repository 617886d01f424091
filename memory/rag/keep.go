package rag

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// keptFormat changes whenever keptHead does, or what is made of it.
const keptFormat = "llmspell document index 1"

// keptHead is what is kept beside the words: of each document its row, where it is, when it was taken in, in
// microseconds, and how many of Chunks are its.
type keptHead struct {
	Format, Tenant      string
	Cursor              memory.Cursor
	Names               []string
	Rows, Ingested      []int64
	Scopes, Collections []int32 // numbers of Names
	Counts              []int32
	Chunks              []int64
	Last                []byte // the print of the last row
}

// keptDocuments are the documents, as rows of an index.
func keptDocuments() memory.KeptRows {
	return memory.KeptRows{Of: memory.Chunks, Cursor: memory.Reader.DocumentCursor, Removed: memory.Reader.RemovedDocuments,
		Print: func(r memory.Reader, row int64) (print []byte, err error) {
			skip := func(*memory.Document, error) error { return nil }
			err = r.Documents(memory.DocumentFilter{Rows: []int64{row}, Damaged: skip}, func(d *memory.Document) error { print = fingerprint(d); return nil })
			return print, err
		}}
}

// fingerprint tells a document from another that has got its row.
func fingerprint(d *memory.Document) []byte {
	h := sha256.New()
	for _, s := range []string{d.Scope, d.Collection, d.ID, d.Title, d.Print} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	fmt.Fprintf(h, "%d %d", memory.At(d.Ingested), d.Chunks)
	return h.Sum(nil)
}

// encode is the form in which it is kept. print is that of its last document.
func (ix *index) encode(tenant string, print []byte) ([]byte, error) {
	h := keptHead{Format: keptFormat, Tenant: tenant, Cursor: ix.cursor, Last: print}
	for row := range ix.documents {
		h.Rows = append(h.Rows, row)
	}
	slices.Sort(h.Rows)
	var names memory.Names
	for _, row := range h.Rows {
		d := ix.documents[row]
		h.Ingested = append(h.Ingested, d.ingested.UnixMicro())
		h.Scopes, h.Collections = append(h.Scopes, names.Number(d.scope)), append(h.Collections, names.Number(d.collection))
		h.Counts, h.Chunks = append(h.Counts, int32(len(d.chunks))), append(h.Chunks, d.chunks...)
	}
	h.Names = names.List
	return memory.Pack(h, ix.words)
}

// decodeIndex reads what encode has made. nil: it is damaged, another tenant's, or made by another version.
func decodeIndex(data []byte, tenant string) (*index, memory.KeptAt) {
	var h keptHead
	words := memory.Unpack(data, &h, ranking)
	if words == nil || h.Format != keptFormat || h.Tenant != tenant || !h.whole(words.Len()) {
		return nil, memory.KeptAt{}
	}
	ix := newIndex(words)
	ix.cursor = h.Cursor
	left := h.Chunks
	for i, row := range h.Rows {
		d := &head{row: row, scope: h.Names[h.Scopes[i]], collection: h.Names[h.Collections[i]], ingested: time.UnixMicro(h.Ingested[i]).UTC(), chunks: left[:h.Counts[i]:h.Counts[i]]}
		left = left[h.Counts[i]:]
		ix.documents[row] = d
		for _, c := range d.chunks {
			ix.of[c] = d
		}
	}
	return &ix, memory.KeptAt{Cursor: h.Cursor, Last: ix.last(), Print: h.Last}
}

// whole tells whether there is all of so many chunks.
func (h *keptHead) whole(chunks int) bool {
	n, sum := len(h.Rows), 0
	for _, c := range h.Counts {
		if c < 0 {
			return false
		}
		sum += int(c)
	}
	named := func(numbers []int32) bool {
		return len(numbers) == n && !slices.ContainsFunc(numbers, func(i int32) bool { return i < 0 || int(i) >= len(h.Names) })
	}
	return len(h.Ingested) == n && len(h.Counts) == n && len(h.Chunks) == sum && sum == chunks && named(h.Scopes) && named(h.Collections)
}

// last is the greatest row.
func (ix *index) last() (last int64) {
	for row := range ix.documents {
		last = max(last, row)
	}
	return last
}

// loadKept takes the index that is kept, if there is one. The caller holds refreshing.
func (l *Library) loadKept(ctx context.Context) error {
	ix, err := memory.Load(ctx, l.keeping, func(data []byte) (*index, memory.KeptAt) { return decodeIndex(data, l.tenant) })
	if ix != nil {
		l.mu.Lock()
		l.index = *ix
		l.mu.Unlock()
	}
	return err
}

// changedMuch tells whether the index is worth to be kept again.
func (l *Library) changedMuch() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.keeping.MuchChanged(len(l.index.of))
}

// Keep saves the index for the next process, if it has changed enough and the backend can. It is for
// the end of a process; Find does so meanwhile, when much has changed.
func (l *Library) Keep(ctx context.Context) error {
	l.mu.RLock()
	due := l.keeping.Due(len(l.index.of))
	l.mu.RUnlock()
	if !due {
		return nil
	}
	if _, err := l.refresh(ctx); err != nil {
		return err
	}
	return l.keep(ctx)
}

// keep saves the index, unless damaged rows are missing in it.
func (l *Library) keep(ctx context.Context) error {
	return l.keeping.Keep(ctx, &l.mu, func() int64 {
		if len(l.index.damaged) > 0 {
			return 0
		}
		return l.index.last()
	}, func(print []byte) ([]byte, memory.Cursor, error) {
		data, err := l.index.encode(l.tenant, print)
		return data, l.index.cursor, err
	})
}

package inmem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// library holds documents, in rows that never change.
type library struct {
	documents map[int64]*memory.Document
	named     map[[3]string]int64 // scope, collection, id
	chunksOf  map[int64][]int64
	chunks    map[int64]*memory.Chunk
	removed   []removal
	settings  map[[2]string]memory.Collection // what SetCollection has kept
}

func newLibrary() library {
	return library{documents: map[int64]*memory.Document{}, named: map[[3]string]int64{}, chunksOf: map[int64][]int64{}, chunks: map[int64]*memory.Chunk{},
		settings: map[[2]string]memory.Collection{}}
}

func nameOf(d *memory.Document) [3]string { return [3]string{d.Scope, d.Collection, d.ID} }

// ownDocument is a document that belongs to the caller.
func ownDocument(d *memory.Document) *memory.Document {
	c := *d
	if text, err := memory.EncodeMetadata(d.Metadata); err == nil { // it was encoded before
		c.Metadata, _ = memory.DecodeMetadata(text)
	}
	return &c
}

func ownChunk(c *memory.Chunk) *memory.Chunk {
	own := *c
	own.Headings = slices.Clone(c.Headings)
	return &own
}

func (r *reader) Documents(f memory.DocumentFilter, each func(*memory.Document) error) error {
	n := 0
	for _, row := range slices.Sorted(maps.Keys(r.t.library.documents)) {
		d := r.t.library.documents[row]
		if !f.Match(d) {
			continue
		}
		if err := each(ownDocument(d)); err != nil {
			return err
		}
		if n++; n == f.Limit {
			return nil
		}
	}
	return nil
}

func (r *reader) Chunks(document int64, _ func(error), each func(*memory.Chunk) error) error {
	for _, row := range r.t.library.chunksOf[document] {
		if err := each(ownChunk(r.t.library.chunks[row])); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) ChunksAt(rows []int64) ([]*memory.Chunk, error) {
	out := make([]*memory.Chunk, 0, len(rows))
	for _, row := range rows {
		if c := r.t.library.chunks[row]; c != nil {
			out = append(out, ownChunk(c))
		}
	}
	return out, nil
}

func (r *reader) Collections() ([]memory.Collection, error) {
	all := maps.Clone(r.t.library.settings)
	for _, d := range r.t.library.documents {
		key := [2]string{d.Scope, d.Collection}
		c := all[key]
		c.Scope, c.Name = d.Scope, d.Collection
		c.Documents, c.Chunks, c.Bytes, c.Tokens = c.Documents+1, c.Chunks+d.Chunks, c.Bytes+d.Bytes, c.Tokens+d.Tokens
		all[key] = c
	}
	return sortedCollections(all), nil
}

func (r *reader) Lifetimes() ([]memory.Collection, error) {
	return sortedCollections(r.t.library.settings), nil
}

func sortedCollections(all map[[2]string]memory.Collection) []memory.Collection {
	return slices.SortedFunc(maps.Values(all), func(a, b memory.Collection) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Name, b.Name))
	})
}

func (r *reader) DocumentCursor() (memory.Cursor, error) {
	return memory.Cursor{Row: r.s.document, Removed: r.s.removedDocument}, nil
}

func (r *reader) RemovedDocuments(after int64) (out []int64, upTo int64, err error) {
	for _, gone := range r.t.library.removed {
		if gone.seq > after {
			out = append(out, gone.row)
		}
	}
	return out, max(after, r.s.removedDocument), nil
}

func (w *writer) AddDocument(d *memory.Document, chunks []memory.Chunk) error {
	l := &w.t.library
	if _, ok := l.named[nameOf(d)]; ok {
		return fmt.Errorf("document %q of collection %q: %w", d.ID, d.Collection, memory.ErrExists)
	}
	if _, err := memory.EncodeMetadata(d.Metadata); err != nil {
		return err
	}
	document, chunk := w.s.document, w.s.chunk
	w.s.document++
	d.Row, d.Chunks = w.s.document, len(chunks)
	row := d.Row
	for i := range chunks {
		w.s.chunk++
		c := &chunks[i]
		c.Row, c.Document, c.Number = w.s.chunk, row, i
		l.chunks[c.Row] = ownChunk(c)
		l.chunksOf[row] = append(l.chunksOf[row], c.Row)
	}
	l.documents[row], l.named[nameOf(d)] = ownDocument(d), row
	w.undo = append(w.undo, func() {
		l.take(row)
		w.s.document, w.s.chunk = document, chunk
	})
	return nil
}

// take makes a document not be there, and returns what puts it back.
func (l *library) take(row int64) (back func()) {
	d, rows := l.documents[row], l.chunksOf[row]
	chunks := make([]*memory.Chunk, len(rows))
	for i, c := range rows {
		chunks[i] = l.chunks[c]
		delete(l.chunks, c)
	}
	delete(l.documents, row)
	delete(l.named, nameOf(d))
	delete(l.chunksOf, row)
	return func() {
		l.documents[row], l.named[nameOf(d)], l.chunksOf[row] = d, row, rows
		for _, c := range chunks {
			l.chunks[c.Row] = c
		}
	}
}

func (w *writer) DropDocuments(rows []int64) (n int, err error) {
	l := &w.t.library
	for _, row := range rows {
		if l.documents[row] == nil {
			continue
		}
		n++
		for _, c := range l.chunksOf[row] {
			w.dropVectors(memory.Chunks, c)
		}
		back := l.take(row)
		w.s.removedDocument++
		l.removed = append(l.removed, removal{w.s.removedDocument, row})
		w.undo = append(w.undo, func() {
			back()
			l.removed = l.removed[:len(l.removed)-1]
			w.s.removedDocument--
		})
	}
	return n, nil
}

func (w *writer) SetCollection(c memory.Collection) error {
	l, key := &w.t.library, [2]string{c.Scope, c.Name}
	before, ok := l.settings[key]
	if c.TTL > 0 {
		l.settings[key] = memory.Collection{Scope: c.Scope, Name: c.Name, TTL: c.TTL, Created: c.Created}
	} else {
		delete(l.settings, key)
	}
	w.undo = append(w.undo, func() {
		if l.settings[key] = before; !ok {
			delete(l.settings, key)
		}
	})
	return nil
}

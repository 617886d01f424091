package rag

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/text"
)

// ranking are the constants of the search in documents. Chunks are longer than turns and say by
// themselves what they are about, so that less of a score goes to those beside them.
var ranking = text.Params{K1: 0.9, B: 0.4, Near: 0.2, Far: -1, Session: 0.2, Speaker: -1, Timely: -1, Question: -1}

// index is what a Library knows of the rows up to a cursor.
type index struct {
	words     *text.Index     // chunks, by their rows
	documents map[int64]*head // by row
	of        map[int64]*head // of chunks, by their rows
	cursor    memory.Cursor
	// damaged documents, or chunks of these, are missing. It is not kept then, since they may be mended.
	damaged memory.Damage
}

// head is what filters ask of a document most.
type head struct {
	row               int64
	scope, collection string
	ingested          time.Time
	chunks            []int64
}

func newIndex(words *text.Index) index {
	return index{words: words, documents: map[int64]*head{}, of: map[int64]*head{}}
}

// arrival is a document that is to be taken into the index.
type arrival struct {
	document *memory.Document
	chunks   []*memory.Chunk
}

// refresh brings the index to where the rows are, and returns the collections that have a TTL.
func (l *Library) refresh(ctx context.Context) (lives lifetimes, err error) {
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	if !l.loaded {
		if err := l.loadKept(ctx); err != nil {
			return nil, err
		}
		l.loaded = true
	}
	l.mu.RLock()
	from := l.index.cursor
	l.mu.RUnlock()
	var to memory.Cursor
	var added []arrival
	var removed []int64
	damaged := memory.Damage{}
	err = l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		if lives, err = lifetimesOf(r); err != nil {
			return err
		}
		if to, err = r.DocumentCursor(); err != nil || to == from {
			return err
		}
		if from.Row > 0 { // else there is nothing to remove from
			if removed, to.Removed, err = r.RemovedDocuments(from.Removed); err != nil {
				return err
			}
		}
		skip := func(d *memory.Document, why error) error { damaged[d.Row] = why; return nil } // the others can be found
		if err := r.Documents(memory.DocumentFilter{After: from.Row, Damaged: skip}, func(d *memory.Document) error {
			added = append(added, arrival{document: d})
			return ctx.Err()
		}); err != nil {
			return err
		}
		for i := range added {
			a := &added[i]
			if err := r.Chunks(a.document.Row, func(why error) { damaged[a.document.Row] = why }, func(c *memory.Chunk) error { a.chunks = append(a.chunks, c); return ctx.Err() }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || to == from {
		return lives, err
	}
	l.mu.Lock()
	for _, a := range added {
		if err = l.index.add(a); err != nil {
			break
		}
		l.keeping.Changed(len(a.chunks), false)
	}
	gone := l.index.drop(removed)
	l.keeping.Changed(len(gone), len(removed) > 0)
	if err == nil {
		l.index.cursor, l.index.damaged = to, l.index.damaged.With(damaged)
	}
	l.mu.Unlock()
	l.meaning.Drop(gone)
	return lives, err
}

// add takes a document in.
func (ix *index) add(a arrival) error {
	d := a.document
	h := &head{row: d.Row, scope: d.Scope, collection: d.Collection, ingested: d.Ingested}
	for _, c := range a.chunks {
		if err := ix.words.Put(c.Row, text.Document{Session: strconv.FormatInt(d.Row, 10), Body: searchable(d, c)}); err != nil {
			return err
		}
		h.chunks, ix.of[c.Row] = append(h.chunks, c.Row), h
	}
	ix.documents[d.Row] = h
	return nil
}

// searchable is the text by which a chunk is found: its own, after the titles that it stands under.
func searchable(d *memory.Document, c *memory.Chunk) string {
	above := c.Headings
	if d.Title != "" && (len(above) == 0 || above[0] != d.Title) {
		above = append([]string{d.Title}, above...)
	}
	return strings.Join(append(slices.Clone(above), c.Text), "\n")
}

// drop takes documents out, and returns the rows of their chunks.
func (ix *index) drop(rows []int64) (gone []int64) {
	for _, row := range rows {
		delete(ix.damaged, row)
		h := ix.documents[row]
		if h == nil {
			continue
		}
		for _, c := range h.chunks {
			ix.words.Delete(c)
			delete(ix.of, c)
		}
		delete(ix.documents, row)
		gone = append(gone, h.chunks...)
	}
	return gone
}

package rag

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/text"
)

// Query is what Search looks for.
type Query struct {
	Text   string
	Filter memory.DocumentFilter // of which documents; Limit does not count
	Limit  int                   // 0: 10
	// Threshold leaves out chunks that score less, as a part of the best.
	Threshold float64
}

// Found is a chunk that Search has found.
type Found struct {
	*memory.Chunk
	Of    *memory.Document
	Score float64 // as a part of the best that was found, which has 1
}

// defaultLimit is how many are found if nobody says.
const defaultLimit = 10

// Answer is what Find has found.
type Answer struct {
	Found []Found     // the best first
	Mode  memory.Mode // how it was found: memory.Words, or with an embedder memory.Hybrid
	// Warning says why vectors were not used, or not all; "": there is nothing to say.
	Warning string
	// Damaged names documents and chunks that are damaged, and could not be found; nil: none is, as far as was seen.
	Damaged error
}

// Search is Find without what it says besides.
func (l *Library) Search(ctx context.Context, q Query) ([]Found, error) {
	a, err := l.Find(ctx, q)
	return a.Found, err
}

// Find returns the chunks that fit a query. It sees what was written before, by any process; what was
// deleted or is over never comes back. If the embedder fails it finds by words, and warns.
func (l *Library) Find(ctx context.Context, q Query) (a Answer, err error) {
	switch {
	case q.Limit < 0:
		return a, errors.New("the limit is negative")
	case !(q.Threshold >= 0 && q.Threshold <= 1):
		return a, errors.New("the threshold must be from 0 to 1: a part of the best score")
	case q.Limit == 0:
		q.Limit = defaultLimit
	}
	if err := cmp.Or(memory.CheckText("the query", q.Text), q.Filter.Check()); err != nil {
		return a, err
	}
	a.Mode = memory.Words
	var vec []float32
	if l.meaning != nil {
		var asked bool
		if vec, asked, a.Warning, err = l.meaning.Question(ctx, q.Text); err != nil {
			return a, err
		}
		if asked {
			a.Mode = memory.Hybrid
		}
	}
	lives, err := l.refresh(ctx)
	if err != nil {
		return a, err
	}
	if l.changedMuch() {
		_ = l.keep(ctx) // the next process builds it anew then
	}
	keep, err := l.keeper(ctx, q.Filter, lives)
	if err != nil {
		return a, err
	}
	hits, err := l.rank(ctx, q, vec, lives, keep)
	if err != nil {
		return a, err
	}
	var damaged memory.Damage
	if len(hits) > 0 {
		a.Found, damaged, err = l.fetch(ctx, hits, q.Threshold)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	a.Damaged = l.index.damaged.With(damaged).Err("documents")
	return a, err
}

// rank is the one place that says which chunks fit a query, and in which order. vec is its vector, if it has one.
func (l *Library) rank(ctx context.Context, q Query, vec []float32, lives lifetimes, keep func(int64) bool) ([]text.Hit, error) {
	if vec == nil {
		return l.byWords(q.Text, q.Limit, keep)
	}
	k := memory.Deep(q.Limit)
	words, err := l.byWords(q.Text, k, keep)
	if err != nil {
		return nil, err
	}
	among := memory.Among{Documents: q.Filter}
	if len(lives) > 0 {
		among.Now = l.now()
	}
	there := func(row int64) bool { return l.index.of[row] != nil && (keep == nil || keep(row)) }
	near, err := l.meaning.Nearest(ctx, vec, k, among, l.mu.RLocker(), there)
	return memory.Fuse(words, near, q.Limit), err
}

// byWords finds chunks by the words of a query.
func (l *Library) byWords(query string, k int, keep func(int64) bool) ([]text.Hit, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.index.words.Search(query, text.Options{K: k, Filter: keep})
}

// keeper is what a filter allows, of what is not over. It is called while mu is held.
func (l *Library) keeper(ctx context.Context, f memory.DocumentFilter, lives lifetimes) (func(int64) bool, error) {
	now := l.now()
	if len(lives) > 0 {
		l.trySweep(ctx)
	}
	var rows map[int64]bool
	if len(f.IDs)+len(f.Rows)+len(f.Metadata) > 0 || f.After != 0 {
		rows, f.Limit = map[int64]bool{}, 0
		if f.Damaged == nil {
			f.Damaged = func(*memory.Document, error) error { return nil }
		}
		if err := l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
			return r.Documents(f, func(d *memory.Document) error { rows[d.Row] = true; return ctx.Err() })
		}); err != nil {
			return nil, err
		}
	} else if len(f.Scopes)+len(f.Collections)+len(lives) == 0 {
		return nil, nil
	}
	names := memory.DocumentFilter{Scopes: f.Scopes, Collections: f.Collections}
	return func(chunk int64) bool {
		h := l.index.of[chunk]
		return h != nil && (rows == nil || rows[h.row]) && names.Names(&memory.Document{Scope: h.scope, Collection: h.collection}) &&
			!lives.gone(h.scope, h.collection, h.ingested, now)
	}, nil
}

// fetch reads the chunks of hits that score at least a part of the best, and their documents.
func (l *Library) fetch(ctx context.Context, hits []text.Hit, threshold float64) (out []Found, damaged memory.Damage, err error) {
	best := hits[0].Score
	hits = slices.DeleteFunc(hits, func(h text.Hit) bool { return float64(h.Score/best) < threshold })
	rows, scores := make([]int64, len(hits)), make(map[int64]float64, len(hits))
	for i, h := range hits {
		rows[i], scores[h.ID] = h.ID, float64(h.Score/best)
	}
	out = make([]Found, 0, len(hits))
	err = l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		list, of, err := chunksAt(r, rows)
		if err != nil {
			return err
		}
		for _, c := range list {
			if d := of[c.Document]; d != nil {
				out = append(out, Found{c, d, scores[c.Row]})
				delete(scores, c.Row)
			}
		}
		damaged, err = l.missing(r, scores)
		return err
	})
	return out, damaged, err
}

// missing tells which chunks of the index were not found because they, or their documents, are damaged since it was made.
func (l *Library) missing(r memory.Reader, chunks map[int64]float64) (memory.Damage, error) {
	damaged := memory.Damage{}
	for c := range chunks {
		l.mu.RLock()
		h := l.index.of[c]
		l.mu.RUnlock()
		if h == nil {
			continue // it was deleted meanwhile
		}
		note := func(why error) { damaged[h.row] = why }
		whole := func(*memory.Document) error { return r.Chunks(h.row, note, func(*memory.Chunk) error { return nil }) }
		if err := r.Documents(memory.DocumentFilter{Rows: []int64{h.row}, Damaged: func(_ *memory.Document, why error) error { note(why); return nil }}, whole); err != nil {
			return nil, err
		}
	}
	return damaged, nil
}

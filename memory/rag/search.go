package rag

import (
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

// Search returns the chunks that fit a query, the best first. It sees what was written
// before, by any process; what was deleted or is over never comes back.
func (l *Library) Search(ctx context.Context, q Query) ([]Found, error) {
	switch {
	case q.Limit < 0:
		return nil, errors.New("the limit is negative")
	case !(q.Threshold >= 0 && q.Threshold <= 1):
		return nil, errors.New("the threshold must be from 0 to 1: a part of the best score")
	case q.Limit == 0:
		q.Limit = defaultLimit
	}
	lives, err := l.refresh(ctx)
	if err != nil {
		return nil, err
	}
	keep, err := l.keeper(ctx, q.Filter, lives)
	if err != nil {
		return nil, err
	}
	hits, err := l.rank(q, keep)
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	best := hits[0].Score
	hits = slices.DeleteFunc(hits, func(h text.Hit) bool { return float64(h.Score/best) < q.Threshold })
	return l.fetch(ctx, hits)
}

// rank is the one place that says which chunks fit a query, and in which order.
func (l *Library) rank(q Query, keep func(int64) bool) ([]text.Hit, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.index.words.Search(q.Text, text.Options{K: q.Limit, Filter: keep})
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

// fetch reads the chunks of hits, and their documents.
func (l *Library) fetch(ctx context.Context, hits []text.Hit) ([]Found, error) {
	rows, scores := make([]int64, len(hits)), make(map[int64]float64, len(hits))
	for i, h := range hits {
		rows[i], scores[h.ID] = h.ID, float64(h.Score/hits[0].Score)
	}
	out := make([]Found, 0, len(hits))
	err := l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		list, err := r.ChunksAt(rows)
		if err != nil {
			return err
		}
		var wanted []int64
		for _, c := range list {
			if !slices.Contains(wanted, c.Document) {
				wanted = append(wanted, c.Document)
			}
		}
		of := map[int64]*memory.Document{}
		skip := func(*memory.Document, error) error { return nil }
		if err := r.Documents(memory.DocumentFilter{Rows: wanted, Damaged: skip}, func(d *memory.Document) error { of[d.Row] = d; return nil }); err != nil {
			return err
		}
		for _, c := range list {
			if d := of[c.Document]; d != nil {
				out = append(out, Found{c, d, scores[c.Row]})
			}
		}
		return nil
	})
	return out, err
}

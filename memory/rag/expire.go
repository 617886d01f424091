package rag

import (
	"context"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// lifetimes are the collections that have a TTL, by scope and name.
type lifetimes map[[2]string]memory.Collection

func lifetimesOf(r memory.Reader) (lifetimes, error) {
	list, err := r.Lifetimes()
	out := make(lifetimes, len(list))
	for _, c := range list {
		out[[2]string{c.Scope, c.Name}] = c
	}
	return out, err
}

// gone tells whether the time of a document is over.
func (l lifetimes) gone(scope, collection string, ingested, now time.Time) bool {
	c, ok := l[[2]string{scope, collection}]
	return ok && c.Gone(ingested, now)
}

// Sweep removes the documents whose time is over, and forgets the times to live of
// collections that have been empty for as long. It tells how many documents there were. What
// is over is not found, listed or counted before that either.
func (l *Library) Sweep(ctx context.Context) (n int, err error) {
	over := false
	if err := l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		rows, ended, err := overdue(r, l.now())
		over = len(rows)+len(ended) > 0
		return err
	}); err != nil || !over {
		return 0, err
	}
	var rows []int64
	err = l.backend.Write(ctx, l.tenant, func(tx memory.Tx) error {
		var ended []memory.Collection
		if rows, ended, err = overdue(tx, l.now()); err != nil {
			return err
		}
		for _, c := range ended {
			c.TTL = 0
			if err := tx.SetCollection(c); err != nil {
				return err
			}
		}
		n, err = tx.DropDocuments(rows)
		return err
	})
	if err != nil {
		return 0, err
	}
	l.drop(rows)
	return n, nil
}

// trySweep is Sweep where it does not matter if it fails: what is over is passed by anyway.
func (l *Library) trySweep(ctx context.Context) { _, _ = l.Sweep(ctx) }

// overdue lists the documents whose time is over, and the collections that have ended.
func overdue(r memory.Reader, now time.Time) (rows []int64, ended []memory.Collection, err error) {
	lives, err := r.Lifetimes()
	for _, c := range lives {
		if err != nil {
			return nil, nil, err
		}
		left := 0
		note := func(d *memory.Document, _ error) error {
			if d.Scope != c.Scope || d.Collection != c.Name {
				return nil // a damaged one of another collection
			}
			if c.Gone(d.Ingested, now) {
				rows = append(rows, d.Row)
			} else {
				left++
			}
			return nil
		}
		err = r.Documents(memory.DocumentFilter{Scopes: []string{c.Scope}, Collections: []string{c.Name}, Damaged: note}, func(d *memory.Document) error { return note(d, nil) })
		if left == 0 && c.Gone(c.Created, now) {
			ended = append(ended, c)
		}
	}
	return rows, ended, err
}

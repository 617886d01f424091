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

// set gives a collection a TTL.
func (l lifetimes) set(tx memory.Tx, c memory.Collection) error {
	key := [2]string{c.Scope, c.Name}
	if l[key].TTL == c.TTL {
		return nil
	}
	if l[key] = c; c.TTL == 0 {
		delete(l, key)
	}
	return tx.SetCollection(c)
}

// Sweep removes the documents whose time is over, and forgets the times to live of
// collections that have been empty for as long. It tells how many documents there were. What
// is over is not found, listed or counted before that either.
func (l *Library) Sweep(ctx context.Context) (n int, err error) {
	over := false
	if err := l.backend.Read(ctx, l.tenant, func(r memory.Reader) error {
		rows, emptied, err := overdue(r, l.now())
		over = len(rows)+len(emptied) > 0
		return err
	}); err != nil || !over {
		return 0, err
	}
	var rows []int64
	err = l.backend.Write(ctx, l.tenant, func(tx memory.Tx) error {
		var emptied []memory.Collection
		if rows, emptied, err = overdue(tx, l.now()); err != nil {
			return err
		}
		for _, c := range emptied {
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

// overdue lists the documents whose time is over, and the collections that are empty without them, as they are to be kept: with
// the time of the last one's end, or, if they have been empty for a TTL since, without one.
func overdue(r memory.Reader, now time.Time) (rows []int64, emptied []memory.Collection, err error) {
	lives, err := r.Lifetimes()
	for _, c := range lives {
		if err != nil {
			return nil, nil, err
		}
		left, since := 0, c.Created
		note := func(d *memory.Document, _ error) error {
			if d.Scope != c.Scope || d.Collection != c.Name {
				return nil // a damaged one of another collection
			}
			if !c.Gone(d.Ingested, now) {
				left++
				return nil
			}
			rows = append(rows, d.Row)
			if end := d.Ingested.Add(c.TTL); end.After(since) {
				since = end
			}
			return nil
		}
		err = r.Documents(memory.DocumentFilter{Scopes: []string{c.Scope}, Collections: []string{c.Name}, Damaged: note}, func(d *memory.Document) error { return note(d, nil) })
		over, later := c.Gone(since, now), since.After(c.Created)
		if left > 0 || !over && !later {
			continue
		}
		if c.Created = since; over {
			c.TTL = 0
		}
		emptied = append(emptied, c)
	}
	return rows, emptied, err
}

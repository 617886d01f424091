package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// ErrConflict means that others kept changing what a transaction had read.
var ErrConflict = errors.New("conflict")

// DefaultAttempts is how often Transact runs a function that meets conflicts.
const DefaultAttempts = 32

// Txn is a transaction of several operations. It holds no lock while its
// function runs: reads go to the store, writes are kept here, and at the end all
// is written at once if nothing that was read has changed since. A Txn belongs
// to one goroutine, and to its function.
type Txn struct {
	s     *Store
	ctx   context.Context
	ops   []func(*writer) error
	mine  map[name]*prepared // what this transaction has written; nil: deleted
	gone  map[Scope]bool     // scopes that it has cleared
	reads map[name]int64     // revisions; 0: there was none
	lists []listed
}

type name struct {
	scope Scope
	key   string
}

type listed struct {
	scope  Scope
	opt    ListOptions
	result string
}

// Transact runs fn, then writes what it has set and deleted, in one piece. If
// something that fn has read was changed meanwhile, fn runs again, on a new Txn:
// it should have no other effects. After attempts (0: DefaultAttempts) the error
// matches ErrConflict. If fn fails nothing is written, and its error comes back.
func (s *Store) Transact(ctx context.Context, attempts int, fn func(tx *Txn) error) error {
	return s.transact(ctx, attempts, (*Txn).Commit, fn, func(error) {})
}

// transact tells conflicted of each conflict.
func (s *Store) transact(ctx context.Context, attempts int, commit, fn func(tx *Txn) error, conflicted func(error)) (err error) {
	defer s.counted.done(opTransaction, &err)
	if attempts <= 0 {
		attempts = DefaultAttempts
	}
	for n := 1; ; n++ {
		tx := s.Begin(ctx)
		if err := fn(tx); err != nil {
			return err
		}
		err := commit(tx)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		conflicted(err)
		if n == attempts {
			return fmt.Errorf("%w (it ran %d times; make it shorter, or read less in it)", err, n)
		}
		if err := s.backOff(ctx, n); err != nil {
			return err
		}
	}
}

// backOff waits a moment that grows with the number of conflicts.
func (s *Store) backOff(ctx context.Context, n int) error {
	pause := time.Duration(min(n, 10)) * 500 * time.Microsecond
	timer := time.NewTimer(rand.N(pause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("state %s: wait for other transactions: %w", s.Path(), context.Cause(ctx))
	}
}

// Begin makes a transaction whose reads wait no longer than ctx.
func (s *Store) Begin(ctx context.Context) *Txn {
	return &Txn{s: s, ctx: ctx, mine: map[name]*prepared{}, gone: map[Scope]bool{}, reads: map[name]int64{}}
}

// savepoint returns what takes back all that is written from here on. What was read
// stays read: the function may have decided by it.
func (t *Txn) savepoint() (undo func()) {
	ops, mine, gone := len(t.ops), maps.Clone(t.mine), maps.Clone(t.gone)
	return func() { t.ops, t.mine, t.gone = t.ops[:ops], mine, gone }
}

// Get reads a value, as this transaction has left it.
func (t *Txn) Get(scope Scope, key string) (e Entry, ok bool, err error) {
	if err := checkNames(scope, key); err != nil {
		return e, false, err
	}
	id := name{scope.normal(), key}
	if p, written := t.mine[id]; written {
		if p == nil {
			return e, false, nil
		}
		return p.entry(), true, nil
	}
	if t.gone[id.scope] {
		return e, false, nil
	}
	e, ok, err = t.s.Get(t.ctx, scope, key)
	if err != nil {
		return e, ok, err
	}
	// A second read that differs from the first fails the commit: the first stays.
	if _, before := t.reads[id]; !before {
		t.reads[id] = e.Revision
	}
	return e, ok, nil
}

// Set writes a value. The entry that comes back has no version yet. nil removes what is
// there.
func (t *Txn) Set(scope Scope, key string, value any, opt SetOptions) (Entry, error) {
	if value == nil {
		_, err := t.Delete(scope, key)
		return Entry{Scope: scope, Key: key}, err
	}
	p, err := t.s.prepare(t.ctx, scope.normal(), key, value, opt)
	if err != nil {
		return Entry{}, err
	}
	t.mine[name{p.scope, key}] = &p
	t.ops = append(t.ops, func(w *writer) error {
		_, err := w.set(p)
		return err
	})
	return p.entry(), nil
}

// entry is the value before it is written.
func (p *prepared) entry() Entry {
	return Entry{Scope: p.scope, Key: p.key, Value: p.any, TTL: p.opt.TTL, Size: len(p.value)}
}

// Delete removes a value, and tells whether there was one.
func (t *Txn) Delete(scope Scope, key string) (bool, error) {
	_, was, err := t.Get(scope, key)
	if err != nil || !was {
		return false, err
	}
	scope = scope.normal()
	t.mine[name{scope, key}] = nil
	t.ops = append(t.ops, func(w *writer) error {
		_, err := w.delete(scope, key)
		return err
	})
	return true, nil
}

// Clear removes all values of a scope, and returns how many there were.
func (t *Txn) Clear(scope Scope) (int, error) {
	found, err := t.List(scope, ListOptions{})
	if err != nil {
		return 0, err
	}
	scope = scope.normal()
	for id := range t.mine {
		if id.scope == scope {
			delete(t.mine, id)
		}
	}
	t.gone[scope] = true
	t.ops = append(t.ops, func(w *writer) error {
		_, err := w.clear(scope)
		return err
	})
	return len(found), nil
}

// Increment adds to a number, as Store.Increment.
func (t *Txn) Increment(scope Scope, key string, by float64, opt SetOptions) (Entry, error) {
	e, _, err := t.Get(scope, key)
	if err != nil {
		return Entry{}, err
	}
	if opt.TTL == 0 {
		opt.TTL = e.TTL
	}
	sum, err := add(e.Value, by)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: %q in scope %s: %w", ErrValue, key, scope, err)
	}
	return t.Set(scope, key, sum, opt)
}

// CompareAndSet writes a value if what is there is as expected. Versions and
// revisions of what this transaction has written itself are not known yet: such
// expectations fail.
func (t *Txn) CompareAndSet(scope Scope, key string, expect Expect, value any, opt SetOptions) (Entry, bool, error) {
	e, met, err := t.compare(scope, key, expect)
	if err != nil || !met {
		return e, false, err
	}
	e, err = t.Set(scope, key, value, opt)
	return e, err == nil, err
}

// CompareAndDelete removes a value if it is as expected, as CompareAndSet.
func (t *Txn) CompareAndDelete(scope Scope, key string, expect Expect) (Entry, bool, error) {
	e, met, err := t.compare(scope, key, expect)
	if err != nil || !met {
		return e, false, err
	}
	_, err = t.Delete(scope, key)
	return Entry{Scope: scope, Key: key}, err == nil, err
}

func (t *Txn) compare(scope Scope, key string, expect Expect) (e Entry, met bool, err error) {
	if expect.err != nil {
		return e, false, expect.err
	}
	e, ok, err := t.Get(scope, key)
	if err != nil {
		return e, false, err
	}
	var r *row
	if ok {
		r = &row{version: e.Version, revision: e.Revision}
		r.value, err = Encode(e.Value)
	}
	return e, err == nil && expect.met(r), err
}

// List returns the entries of a scope, as this transaction has left it. What it
// has written itself has no version yet.
func (t *Txn) List(scope Scope, opt ListOptions) ([]Entry, error) {
	if err := scope.check(); err != nil {
		return nil, err
	}
	scope = scope.normal()
	var out []Entry
	whole := opt
	whole.Limit = 0 // what is deleted here must not make a page short
	if !t.gone[scope] {
		var err error
		if out, err = t.s.List(t.ctx, scope, whole); err != nil {
			return nil, err
		}
		t.lists = append(t.lists, listed{scope, whole, signature(out)})
	}
	out = slices.DeleteFunc(out, func(e Entry) bool { _, mine := t.mine[name{scope, e.Key}]; return mine })
	for id, p := range t.mine {
		if p != nil && id.scope == scope && strings.HasPrefix(id.key, opt.Prefix) && id.key > opt.After {
			e := p.entry()
			if !opt.Values {
				e.Value = nil
			}
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	if opt.Limit > 0 && len(out) > opt.Limit {
		out = out[:opt.Limit]
	}
	return out, nil
}

// signature is equal for equal lists only.
func signature(list []Entry) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%d %s\n", e.Revision, e.Key)
	}
	return b.String()
}

// Commit writes what the transaction has changed. The error matches ErrConflict
// if what it has read is no longer so: then nothing is written.
func (t *Txn) Commit() error {
	if len(t.ops) == 0 {
		return t.s.db.Read(t.ctx, func(tx *db.Tx) error { return t.validate(tx, t.s.time.now()) })
	}
	return t.s.write(t.ctx, func(w *writer) error {
		if err := t.validate(w.tx, w.now); err != nil {
			return err
		}
		for _, op := range t.ops {
			if err := op(w); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Txn) validate(tx *db.Tx, now int64) error {
	for id, revision := range t.reads {
		r, err := find(t.s, tx, now, id.scope, id.key)
		if err != nil {
			return err
		}
		if r == nil && revision != 0 || r != nil && r.revision != revision {
			return &Conflict{Scope: id.scope, Key: id.key}
		}
	}
	for _, l := range t.lists {
		opt := l.opt
		opt.Values = false
		again, err := t.s.list(tx, now, l.scope, opt)
		if err != nil {
			return err
		}
		if signature(again) != l.result {
			return &Conflict{Scope: l.scope}
		}
	}
	return nil
}

// Conflict says what was changed by others. It matches ErrConflict.
type Conflict struct {
	Scope Scope
	Key   string // empty: the keys of the scope
}

func (c *Conflict) Error() string {
	if c.Key == "" {
		return fmt.Sprintf("conflict: the keys in scope %s were changed while the transaction ran", c.Scope)
	}
	return fmt.Sprintf("conflict: %q in scope %s was changed while the transaction ran", c.Key, c.Scope)
}

// Is makes a Conflict match ErrConflict.
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

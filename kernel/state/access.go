package state

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// SetOptions say how a value is written.
type SetOptions struct {
	TTL time.Duration // how long it lives, in whole milliseconds; 0: for ever
}

// maxTTL is a hundred years: a longer time is a mistake.
const maxTTL = 100 * 366 * 24 * time.Hour

func (o SetOptions) check() error {
	if o.TTL < 0 || o.TTL > maxTTL || o.TTL > 0 && o.TTL < time.Millisecond {
		return fmt.Errorf("%w: a time to live of %v; it is between 1 ms and 100 years, or 0 for ever", ErrValue, o.TTL)
	}
	return nil
}

// Get reads a value. ok is false when there is none.
func (s *Store) Get(ctx context.Context, scope Scope, key string) (e Entry, ok bool, err error) {
	defer s.counted.done(opGet, &err)
	if err := checkNames(scope, key); err != nil {
		return e, false, err
	}
	err = s.db.Look(ctx, func(tx *db.Tx) error {
		r, err := find(s, tx, s.time.now(), scope, key)
		if err == nil && r != nil {
			e, err = r.entry(s)
			ok = err == nil
		}
		return err
	})
	return e, ok, err
}

// Set writes a value, whatever is there. The entry that comes back is what is
// there now. nil is no value: it removes what is there, and the entry has the version 0.
func (s *Store) Set(ctx context.Context, scope Scope, key string, value any, opt SetOptions) (e Entry, err error) {
	if value == nil {
		_, err := s.Delete(ctx, scope, key)
		return Entry{Scope: scope, Key: key}, err
	}
	defer s.counted.done(opSet, &err)
	p, err := s.prepare(ctx, scope, key, value, opt)
	if err != nil {
		return Entry{}, err
	}
	err = s.write(ctx, func(w *writer) (err error) {
		e, err = w.set(p)
		return err
	})
	return e, err
}

// Delete removes a value, and tells whether there was one. Its history stays.
func (s *Store) Delete(ctx context.Context, scope Scope, key string) (was bool, err error) {
	defer s.counted.done(opDelete, &err)
	if err := checkNames(scope, key); err != nil {
		return false, err
	}
	err = s.free(ctx, func(w *writer) (err error) {
		was, err = w.delete(scope, key)
		return err
	})
	return was, err
}

// Expect is what CompareAndSet wants to find. Its zero value is: nothing.
type Expect struct {
	version, revision int64
	value             []byte
	any               bool // value is set
	err               error
}

// Missing expects that there is no value.
func Missing() Expect { return Expect{} }

// AtVersion expects a value of this version; 0: none. A value that was deleted
// and made anew counts from 1 again: AtRevision tells the two apart.
func AtVersion(n int64) Expect { return Expect{version: n} }

// AtRevision expects the value that was written with this revision; 0: none.
func AtRevision(n int64) Expect { return Expect{revision: n} }

// Equals expects a value that is equal, as JSON is; nil: that there is none.
func Equals(v any) Expect {
	if v == nil {
		return Missing()
	}
	b, err := Encode(v)
	return Expect{value: b, any: true, err: err}
}

func (x Expect) nothing() bool { return !x.any && x.version == 0 && x.revision == 0 }

func (x Expect) met(r *row) bool {
	switch {
	case r == nil:
		return x.nothing()
	case x.nothing():
		return false
	case x.any:
		return string(r.value) == string(x.value)
	case x.revision != 0:
		return r.revision == x.revision
	}
	return r.version == x.version
}

// CompareAndSet writes a value if what is there is as expected. If not, done is
// false and e is what is there; its Version is 0 when that is nothing. The value nil
// removes what is there.
func (s *Store) CompareAndSet(ctx context.Context, scope Scope, key string, expect Expect, value any, opt SetOptions) (e Entry, done bool, err error) {
	if value == nil {
		return s.CompareAndDelete(ctx, scope, key, expect)
	}
	defer s.counted.done(opCompare, &err)
	p, err := s.prepare(ctx, scope, key, value, opt)
	if err == nil {
		err = expect.err
	}
	if err != nil {
		return e, false, err
	}
	return s.compare(ctx, scope, key, expect, func(w *writer) (Entry, error) { return w.set(p) })
}

// CompareAndDelete removes a value if it is as expected, as CompareAndSet.
func (s *Store) CompareAndDelete(ctx context.Context, scope Scope, key string, expect Expect) (e Entry, done bool, err error) {
	defer s.counted.done(opCompare, &err)
	if err = checkNames(scope, key); err == nil {
		err = expect.err
	}
	if err != nil {
		return e, false, err
	}
	return s.compare(ctx, scope, key, expect, func(w *writer) (Entry, error) {
		_, err := w.delete(scope, key)
		return Entry{Scope: scope, Key: key}, err
	})
}

func (s *Store) compare(ctx context.Context, scope Scope, key string, expect Expect, then func(*writer) (Entry, error)) (e Entry, done bool, err error) {
	err = s.write(ctx, func(w *writer) error {
		r, err := find(s, w.tx, w.now, scope, key)
		switch {
		case err != nil:
			return err
		case expect.met(r):
			e, err = then(w)
			done = err == nil
			return err
		case r == nil:
			e = Entry{Scope: scope, Key: key}
			return nil
		}
		e, err = r.entry(s)
		return err
	})
	return e, done && err == nil, err
}

// Increment adds to a number, which is 0 where there is none, and keeps its time
// to live unless opt has one.
func (s *Store) Increment(ctx context.Context, scope Scope, key string, by float64, opt SetOptions) (e Entry, err error) {
	defer s.counted.done(opIncrement, &err)
	if _, err := s.prepare(ctx, scope, key, by, opt); err != nil {
		return e, err
	}
	err = s.write(ctx, func(w *writer) error {
		var old any
		r, err := find(s, w.tx, w.now, scope, key)
		if err == nil && r != nil {
			if e, err = r.entry(s); err == nil {
				old = e.Value
			}
			if opt.TTL == 0 {
				opt.TTL = e.TTL
			}
		}
		if err != nil {
			return err
		}
		sum, err := add(old, by)
		if err != nil {
			return fmt.Errorf("%w: %q in scope %s: %w", ErrValue, key, scope, err)
		}
		p, err := s.prepare(ctx, scope, key, sum, opt)
		if err != nil {
			return err
		}
		e, err = w.set(p)
		return err
	})
	return e, err
}

// add adds whole numbers exactly as long as they fit.
func add(old any, by float64) (any, error) {
	switch n := old.(type) {
	case nil:
		return by, nil
	case float64:
		return addFloat(n, by)
	case int64:
		if by == math.Trunc(by) && math.Abs(by) < 1<<53 {
			if sum := n + int64(by); (sum > n) == (by > 0) && (-1<<53 <= sum && sum <= 1<<53) {
				return sum, nil
			}
		}
		return addFloat(float64(n), by)
	}
	return nil, fmt.Errorf("only numbers can be incremented, and this is %s", typeName(old))
}

// addFloat adds, and refuses a sum that would count wrong: integers above 2^53 have gaps.
func addFloat(n, by float64) (any, error) {
	sum := n + by
	whole := n == math.Trunc(n) && by == math.Trunc(by)
	if !math.IsInf(sum, 0) && (sum == n && by != 0 || whole && sum-n != by) {
		return nil, fmt.Errorf("%v and %v have no exact sum: numbers beyond 2^53 have gaps; start again from a smaller value, or keep it as text", n, by)
	}
	return sum, nil
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any, map[any]any:
		return "a table"
	}
	return "a number"
}

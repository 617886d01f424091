package state

import (
	"context"
	"database/sql"
	"fmt"
	"unicode/utf8"

	"github.com/llmspell/llmspell/kernel/db"
)

// living is the condition for a value that has not expired at a given time.
const living = "(ttl = 0 or written + ttl > ?)"

// ListOptions choose entries of a scope.
type ListOptions struct {
	Prefix string // of the keys
	After  string // only keys after this one: the last of the page before
	Limit  int    // 0: all
	Values bool   // with their values
	// Damaged lists a value that is damaged without it, as an Entry with Damaged set.
	// Otherwise one is an error of the whole list.
	Damaged bool
}

// List returns the entries of a scope in the order of their keys, as bytes.
func (s *Store) List(ctx context.Context, scope Scope, opt ListOptions) (out []Entry, err error) {
	defer s.counted.done(opList, &err)
	if err := scope.check(); err != nil {
		return nil, err
	}
	err = s.db.Look(ctx, func(tx *db.Tx) (err error) {
		out, err = s.list(tx, s.time.now(), scope, opt)
		return err
	})
	return out, err
}

// noEnd is greater than any key: UTF-8 has no such byte.
const noEnd = "\xff"

func (s *Store) list(tx *db.Tx, now int64, scope Scope, opt ListOptions) ([]Entry, error) {
	limit := opt.Limit
	if limit <= 0 {
		limit = -1
	}
	from, end := max(opt.Prefix, opt.After), afterPrefix(opt.Prefix)
	where := " from entries where scope = ? and key >= ? and key < ? and key <> ? and " + living + " order by key limit ?"
	args := []any{scope.String(), from, end, opt.After, now, limit}
	var out []Entry
	if !opt.Values {
		var r row
		err := tx.Each(func(rows *sql.Rows) error {
			var size int
			if err := rows.Scan(&r.key, &size, &r.version, &r.revision, &r.created, &r.written, &r.ttl); err != nil {
				return err
			}
			e := r.facts(scope)
			e.Size = size
			out = append(out, e)
			return nil
		}, "select key, length(value), version, revision, created, written, ttl"+where, args...)
		return out, err
	}
	err := eachRow(tx, func(r *row) error {
		e, err := r.entry(s)
		if err != nil && opt.Damaged {
			e = r.facts(scope)
			e.Damaged, err = err, nil
		}
		out = append(out, e)
		return err
	}, "select "+columns+where, args...)
	return out, err
}

// afterPrefix is the first text after all that begin with a prefix.
func afterPrefix(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 {
		if b[len(b)-1]++; b[len(b)-1] != 0 {
			return string(b)
		}
		b = b[:len(b)-1]
	}
	return noEnd
}

// Clear removes all values of a scope, with their history, and returns how many
// there were.
func (s *Store) Clear(ctx context.Context, scope Scope) (n int, err error) {
	defer s.counted.done(opClear, &err)
	if err := scope.check(); err != nil {
		return 0, err
	}
	err = s.free(ctx, func(w *writer) (err error) {
		n, err = w.clear(scope)
		return err
	})
	return n, err
}

// ScopeInfo says what is in a scope.
type ScopeInfo struct {
	Scope   Scope
	Entries int
	Bytes   int64 // of the encoded values
}

// Scopes lists the scopes that have values.
func (s *Store) Scopes(ctx context.Context) ([]ScopeInfo, error) {
	var out []ScopeInfo
	err := s.db.Look(ctx, func(tx *db.Tx) error {
		return tx.Each(func(rows *sql.Rows) error {
			var info ScopeInfo
			var name string
			if err := rows.Scan(&name, &info.Entries, &info.Bytes); err != nil {
				return err
			}
			if !utf8.ValidString(name) {
				return fmt.Errorf("scope %q: %w", name, ErrName)
			}
			var err error
			info.Scope, err = ParseScope(name)
			out = append(out, info)
			return err
		}, "select scope, count(*), sum(length(value)) from entries where "+living+" group by scope order by scope", s.time.now())
	})
	return out, err
}

// History returns former versions of a value, the latest first, if the store
// keeps any (Options.History).
func (s *Store) History(ctx context.Context, scope Scope, key string) ([]Entry, error) {
	if err := checkNames(scope, key); err != nil {
		return nil, err
	}
	var out []Entry
	err := s.db.Look(ctx, func(tx *db.Tx) error {
		return eachRow(tx, func(r *row) error {
			e, err := r.entry(s)
			out = append(out, e)
			return err
		}, "select "+columns+" from history where scope = ? and key = ? order by revision desc", scope.String(), key)
	})
	return out, err
}

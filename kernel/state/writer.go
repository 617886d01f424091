package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/kernel/db"
)

// prepared is a value that is ready to be written.
type prepared struct {
	scope Scope
	key   string
	value []byte
	any   any
	opt   SetOptions
}

// prepare checks and encodes, before any lock is taken.
func (s *Store) prepare(ctx context.Context, scope Scope, key string, value any, opt SetOptions) (prepared, error) {
	p := prepared{scope: scope, key: key, any: value, opt: opt}
	if err := checkNames(scope, key); err != nil {
		return p, err
	}
	if err := opt.check(); err != nil {
		return p, err
	}
	if value == nil {
		return p, fmt.Errorf("%q in scope %s: %w: nil and null are no value", key, scope, ErrValue)
	}
	var err error
	if p.value, err = encode(ctx, value); err != nil {
		return p, fmt.Errorf("%q in scope %s: %w", key, scope, err)
	}
	if len(p.value) > s.opt.MaxValue {
		return p, fmt.Errorf("%q in scope %s: %w: the value has %d bytes, %d are allowed; keep it in pieces, or in a file", key, scope, ErrTooLarge, len(p.value), s.opt.MaxValue)
	}
	return p, nil
}

// writer is a transaction that writes.
type writer struct {
	s        *Store
	tx       *db.Tx
	now      int64
	revision int64 // of all that is written in it; 0: nothing yet
	// unguarded tells that no Guard is asked any more.
	unguarded bool
}

// next gives the transaction its revision.
func (w *writer) next() (int64, error) {
	if w.revision == 0 {
		if err := w.tx.Row("update meta set value = value + 1 where name = 'revision' returning value").Scan(&w.revision); err != nil {
			return 0, err
		}
	}
	return w.revision, nil
}

func (w *writer) set(p prepared) (Entry, error) {
	if err := w.allow(p.scope, false); err != nil {
		return Entry{}, err
	}
	r := row{scope: p.scope.String(), key: p.key, value: p.value, ttl: p.opt.TTL.Milliseconds()}
	if err := w.overwrite(&r); err != nil {
		return Entry{}, err
	}
	e := r.facts(p.scope)
	e.Value = p.any
	return e, nil
}

// overwrite writes a row as the next version of what is there.
func (w *writer) overwrite(r *row) error {
	r.version, r.created, r.written = 1, w.now, w.now
	// The value itself is not read: it may be large, or damaged.
	var old row
	err := w.tx.Row("select version, created, written, ttl from entries where scope = ? and key = ?", r.scope, r.key).
		Scan(&old.version, &old.created, &old.written, &old.ttl)
	switch {
	case err == nil && old.alive(w.now):
		r.version, r.created = old.version+1, old.created
		err = w.remember(r.scope, r.key)
	case errors.Is(err, sql.ErrNoRows):
		err = nil
	}
	if err != nil {
		return err
	}
	if r.revision, err = w.next(); err != nil {
		return err
	}
	return w.put(r)
}

// put writes a row as it is.
func (w *writer) put(r *row) error {
	r.sum = r.checksum()
	_, err := w.tx.Exec(w.s.put, r.args()...)
	return err
}

func (w *writer) delete(scope Scope, key string) (bool, error) {
	if err := w.allow(scope, true); err != nil {
		return false, err
	}
	r := row{}
	err := w.tx.Row("select written, ttl from entries where scope = ? and key = ?", scope.String(), key).Scan(&r.written, &r.ttl)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := w.remember(scope.String(), key); err != nil {
		return false, err
	}
	if _, err := w.next(); err != nil {
		return false, err
	}
	_, err = w.tx.Exec("delete from entries where scope = ? and key = ?", scope.String(), key)
	return r.alive(w.now), err
}

func (w *writer) clear(scope Scope) (int, error) {
	if err := w.allow(scope, true); err != nil {
		return 0, err
	}
	return w.take(scope)
}

// take is clear of what nobody guards.
func (w *writer) take(scope Scope) (int, error) {
	var n int
	if err := w.tx.Row("select count(*) from entries where scope = ? and "+living, scope.String(), w.now).Scan(&n); err != nil {
		return 0, err
	}
	if n > 0 {
		if _, err := w.next(); err != nil {
			return 0, err
		}
	}
	return n, w.clearText(scope.String())
}

// remember copies the present version to the history, and forgets the oldest.
func (w *writer) remember(scope, key string) error {
	if w.s.opt.History <= 0 {
		return nil
	}
	if _, err := w.tx.Exec("insert into history ("+columns+") select "+columns+" from entries where scope = ? and key = ?", scope, key); err != nil {
		return err
	}
	_, err := w.tx.Exec("delete from history where scope = ? and key = ? and id not in "+
		"(select id from history where scope = ? and key = ? order by revision desc limit ?)", scope, key, scope, key, w.s.opt.History)
	return err
}

// sweep gives values from the future the present as their time, and removes what
// had expired before cutoff.
func (w *writer) sweep(now, cutoff int64) error {
	var ahead []row
	if err := eachRow(w.tx, func(r *row) error {
		if r.verify(w.s) == nil { // a damaged one is left for Check to find
			ahead = append(ahead, *r)
		}
		return nil
	}, "select "+columns+" from entries where ttl > 0 and written > ? limit 1000", now+future.Milliseconds()); err != nil {
		return err
	}
	for i := range ahead {
		ahead[i].written = now
		if err := w.put(&ahead[i]); err != nil {
			return err
		}
	}
	if cutoff == 0 {
		return nil
	}
	_, err := w.tx.Exec("delete from entries where ttl > 0 and written < ? and written + ttl <= ?", cutoff, cutoff)
	return err
}

// clearText removes all rows of a scope.
func (w *writer) clearText(scope string) error {
	for _, stmt := range []string{"delete from entries where scope = ?", "delete from history where scope = ?"} {
		if _, err := w.tx.Exec(stmt, scope); err != nil {
			return err
		}
	}
	return nil
}

// empty removes all rows, but for those of sessions that are under way, and of some
// scopes.
func (w *writer) empty(without map[string]bool) error {
	private, err := privateScopes(w.tx)
	if err != nil {
		return err
	}
	if len(private) == 0 && len(without) == 0 {
		for _, stmt := range []string{"delete from entries", "delete from history"} { // much faster than with a condition
			if _, err := w.tx.Exec(stmt); err != nil {
				return err
			}
		}
		return nil
	}
	var all []string
	if err := w.tx.Each(func(rows *sql.Rows) error {
		var scope string
		err := rows.Scan(&scope)
		all = append(all, scope)
		return err
	}, "select scope from entries union select scope from history"); err != nil {
		return err
	}
	for _, scope := range all {
		if !isPrivate(scope) && !without[scope] {
			if err := w.clearText(scope); err != nil {
				return err
			}
		}
	}
	return nil
}

package state

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/llmspell/llmspell/kernel/db"
)

// What a session keeps in its scope belongs to a record in another database, which says
// whether it may be changed.

// Guard says why what a session keeps may not be changed now: nil, it may. removes tells
// that something is only taken away. The error matches ErrArchived or ErrGone where the
// session is the reason. It is called while the store is locked for writing, so that a
// session which is deleted then is cleared afterwards: it must return soon, and not use
// the store.
type Guard func(ctx context.Context, session string, removes bool) error

var (
	// ErrArchived means that a session is archived: what it keeps stays as it is.
	ErrArchived = errors.New("what an archived session keeps cannot be changed")
	// ErrGone means that a session was deleted: nothing is kept for it any more.
	ErrGone = errors.New("nothing can be kept for a session that was deleted")
)

// Guard has g asked before anything is written to the scope of a session, in the place of
// Options.Guard. Call it before the store is used.
func (s *Store) Guard(g Guard) { s.opt.Guard = g }

// guardKey is what a view's own guard has in a context.
type guardKey struct{}

// guarded has the writes of a context ask the view's own guard.
func (v *View) guarded(ctx context.Context) context.Context {
	if v.opt.Guard == nil {
		return ctx
	}
	return context.WithValue(ctx, guardKey{}, v.opt.Guard)
}

// allow refuses what may not be written to a scope. Scopes of sessions in memory belong
// to no record.
func (w *writer) allow(scope Scope, removes bool) error {
	if scope.Kind != Session || w.unguarded {
		return nil
	}
	guard := w.s.opt.Guard
	if own, ok := w.tx.Context().Value(guardKey{}).(Guard); ok {
		guard = own
	}
	if guard == nil || scope.Private() {
		return nil
	}
	return guard(w.tx.Context(), scope.ID, removes)
}

// archived returns those scopes that belong to archived sessions, of some and of those
// that have rows.
func (w *writer) archived(some map[string]bool) (map[string]bool, error) {
	if w.s.opt.Guard == nil {
		return nil, nil
	}
	all, err := sessionScopes(w.tx)
	if err != nil {
		return nil, err
	}
	for scope := range some {
		all = append(all, scope)
	}
	out := map[string]bool{}
	for _, scope := range all {
		err := w.allow(Scope{Session, strings.TrimPrefix(scope, sessionFrom)}, true)
		switch {
		case errors.Is(err, ErrArchived):
			out[scope] = true
		case err != nil && !errors.Is(err, ErrGone):
			return nil, err
		}
	}
	return out, nil
}

// sessionFrom and sessionEnd bound the scopes of sessions, for the index.
const (
	sessionFrom = "session:"
	sessionEnd  = "session;"
)

// sessionScopes lists the scopes of sessions that have rows.
func sessionScopes(tx *db.Tx) (out []string, err error) {
	err = tx.Each(func(rows *sql.Rows) error {
		var scope string
		err := rows.Scan(&scope)
		out = append(out, scope)
		return err
	}, "select scope from entries where scope >= ? and scope < ? union select scope from history where scope >= ? and scope < ?",
		sessionFrom, sessionEnd, sessionFrom, sessionEnd)
	return out, err
}

// ClearUnless is Clear of what a session has kept that was deleted. If there is one of its
// id again, as exists tells, nothing is removed: it has that scope now.
func (s *Store) ClearUnless(ctx context.Context, scope Scope, exists func(context.Context) (bool, error)) error {
	if err := scope.check(); err != nil {
		return err
	}
	return s.free(ctx, func(w *writer) error {
		if is, err := exists(ctx); is || err != nil {
			return err
		}
		_, err := w.take(scope)
		return err
	})
}

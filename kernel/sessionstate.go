package kernel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/state"
)

// What sessions keep in the State: it belongs to the record, which is in another database.

// connect has each of the databases know what the other one has to tell.
func (s *Services) connect(o Openers) {
	unused := func() bool {
		_, opened := s.state.peek()
		return !opened && o.StateUnused != nil && o.StateUnused()
	}
	values := archive.Values{Import: s.importScope, Export: func(ctx context.Context, id string, w io.Writer, damaged func(error)) error {
		if unused() {
			return nil
		}
		return s.exportScope(ctx, id, w, damaged)
	}}
	s.archiveUnused = o.ArchiveUnused
	s.archive.open = func() (*archive.Store, error) {
		a, err := o.Archive()
		if err == nil {
			a.OnDelete(func(ctx context.Context, ids []string) error {
				if unused() {
					return nil // a database is not made, which a full disk may refuse, for what was never kept
				}
				return s.clearScopes(ctx, ids)
			})
			a.Carry(values)
		}
		return a, err
	}
	if o.ArchiveRest != nil {
		s.rest.open = func(ctx context.Context, why error) (*archive.Store, error) {
			a, err := o.ArchiveRest(ctx, why)
			if err == nil {
				a.Carry(values)
			}
			return a, err
		}
	}
	s.state.open = func() (*state.Store, error) {
		store, err := o.State()
		if err == nil {
			store.Guard(s.StateGuard)
		}
		return store, err
	}
}

// StateGuard is the Guard of the State: what an archived session keeps stays as it is, and
// nothing is kept for one that was deleted. An id that never was a session is a name like
// any other.
func (s *Services) StateGuard(ctx context.Context, session string, removes bool) error {
	st, err := s.standing(ctx, session)
	if err != nil {
		return err
	}
	return mayKeep(session, st, removes)
}

// standing tells what an id stands for. Nothing is opened that no session was ever kept in.
func (s *Services) standing(ctx context.Context, session string) (archive.Standing, error) {
	if s.noSessions() {
		return archive.Standing{}, nil
	}
	store, err := s.Archive()
	if err == nil {
		var st archive.Standing
		if st, err = store.Standing(ctx, session); err == nil {
			return st, nil
		}
	}
	return archive.Standing{}, fmt.Errorf("scope %s: whether this session may be changed cannot be told: %w", scopeOf(session), err)
}

// FindSession finds a session on disk by its id, its name, or the beginning of its id; the
// error matches archive.ErrNotFound. Nothing is opened that no session was ever kept in.
func (s *Services) FindSession(ctx context.Context, ref string) (*archive.Session, error) {
	if s.noSessions() {
		return nil, fmt.Errorf("%w: none was ever kept", archive.ErrNotFound)
	}
	store, err := s.Archive()
	if err != nil {
		return nil, err
	}
	return store.Resolve(ctx, ref)
}

// noSessions tells that no session was ever kept, and the database of sessions is not there.
func (s *Services) noSessions() bool {
	_, opened := s.archive.peek()
	return !opened && s.archiveUnused != nil && s.archiveUnused()
}

// mayKeep tells why what a session keeps may not be changed.
func mayKeep(session string, st archive.Standing, removes bool) error {
	switch {
	case st.Status == archive.Archived:
		return fmt.Errorf("scope %s: %w: it is read, exported and deleted with the session, and archived is for good", scopeOf(session), state.ErrArchived)
	case st.Deleted && !removes:
		return fmt.Errorf("scope %s: %w: use another scope, or bring the session back first (llmspell session import)", scopeOf(session), state.ErrGone)
	}
	return nil
}

func scopeOf(session string) state.Scope { return state.Scope{Kind: state.Session, ID: session} }

// exists tells whether there is a session of an id.
func (s *Services) exists(ctx context.Context, session string) (bool, error) {
	st, err := s.standing(ctx, session)
	return st.Status != "", err
}

// stateGuard is the StateGuard of what this session executes: it keeps nothing in another
// session that was imported under its id.
func (s *Session) stateGuard(ctx context.Context, session string, removes bool) error {
	services := s.cfg.Services
	if s.record == nil || session != s.record.id {
		return services.StateGuard(ctx, session, removes)
	}
	st, err := services.standing(ctx, session)
	if err == nil {
		err = s.record.lost(st)
	}
	if err != nil {
		return err
	}
	return mayKeep(session, st, removes)
}

// lost tells why nothing of this execution may be kept in the session any more.
func (r *record) lost(st archive.Standing) error {
	if err := st.Since(r.id, r.incarnation); err != nil {
		return fmt.Errorf("scope %s: %w", scopeOf(r.id), err)
	}
	return nil
}

// clearScopes deletes what deleted sessions have kept in the State.
func (s *Services) clearScopes(ctx context.Context, ids []string) error {
	store, err := s.State()
	for _, id := range ids {
		scope := state.Scope{Kind: state.Session, ID: id}
		if err == nil {
			err = store.ClearUnless(ctx, scope, func(ctx context.Context) (bool, error) { return s.exists(ctx, id) })
		}
		if err != nil {
			return fmt.Errorf("the sessions (%d) were deleted, but not all that they have kept in the State; delete it with llmspell state clear --scope %s: %w", len(ids), scope, err)
		}
	}
	return nil
}

// exportScope writes what a session keeps in the State, but for what is damaged.
func (s *Services) exportScope(ctx context.Context, id string, w io.Writer, damaged func(error)) error {
	store, err := s.State()
	if err == nil {
		_, err = store.ExportSound(ctx, w, false, func(err error) { damaged(fmt.Errorf("a value that it keeps in the State: %w", err)) }, state.Scope{Kind: state.Session, ID: id})
	}
	if err != nil {
		return fmt.Errorf("what it keeps in the State: %w", err)
	}
	return nil
}

// importScope gives a session what one has kept in the State. Other scopes that the
// bundle may name are left alone. The schema version of the State may have changed
// since: the values are taken as they are.
func (s *Services) importScope(ctx context.Context, from, to string, r io.Reader) error {
	in := bufio.NewReader(r)
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return nil // nothing was kept
	}
	store, err := s.State()
	if err != nil {
		return err
	}
	_, err = store.Import(ctx, in, state.ImportOptions{
		Merge: true, AnySchema: true, Unguarded: true, Scope: &state.Scope{Kind: state.Session, ID: from}, Into: &state.Scope{Kind: state.Session, ID: to},
	})
	return err
}

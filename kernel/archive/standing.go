package archive

import (
	"context"
	"errors"
	"strconv"

	"github.com/llmspell/llmspell/kernel/db"
)

// Incarnation tells the session of an id from one of the same id that was deleted: one
// that is imported has the id of that which was exported. "" is any.
type Incarnation string

// Standing is what an id stands for.
type Standing struct {
	Status      Status // "": there is no session
	Deleted     bool   // there was one, and is none any more
	Incarnation Incarnation
}

// Standing tells what an id stands for. It is no error that there is no such session.
func (s *Store) Standing(ctx context.Context, id string) (st Standing, err error) {
	err = s.db.Look(ctx, func(tx *db.Tx) error {
		st, err = s.standing(tx, id)
		return err
	})
	return st, err
}

func (s *Store) standing(tx *db.Tx, id string) (st Standing, err error) {
	if !s.remembering.Load() {
		is, err := remembers(tx)
		if err != nil {
			return st, err
		}
		if !is {
			st.Incarnation = incarnation(0)
			if st.Status, err = statusOf(tx, id); errors.Is(err, ErrNotFound) {
				err = nil
			}
			return st, err
		}
		s.remembering.Store(true)
	}
	var at int64
	if err := tx.Row(`SELECT coalesce((SELECT status FROM sessions WHERE id = ?1), ''), coalesce((SELECT at FROM deleted WHERE id = ?1), 0)`, id).
		Scan(&st.Status, &at); err != nil {
		return st, err
	}
	st.Deleted, st.Incarnation = st.Status == "" && at != 0, incarnation(at)
	return st, nil
}

// incarnation names a session by when the last one of its id was deleted.
func incarnation(deleted int64) Incarnation { return Incarnation(strconv.FormatInt(deleted, 36)) }

// Since tells why a session that was once of an incarnation is no longer that: nil if it
// is. The error wraps ErrLost.
func (st Standing) Since(id string, was Incarnation) error {
	switch {
	case was == "":
		return nil
	case st.Status == "":
		return errf(ErrLost, "session %s was deleted: nothing can be kept in it any more", clip(id))
	case was == st.Incarnation || st.Incarnation == incarnation(0): // it was forgotten: see maxDeleted
		return nil
	}
	return errf(ErrLost, "session %s was deleted, and another one of this id was imported since: nothing that was begun before can be kept in it; begin anew", clip(id))
}

// Sessions that were deleted are remembered: a backup of what they have kept elsewhere
// does not bring it back, nobody keeps anything for them, and one that is imported under
// the same id is told from them. The table is made by the first deletion: databases
// of earlier versions, which may be read-only, have none.

// maxDeleted is how many are remembered: the last ones.
const maxDeleted = 100_000

const deletedTable = `CREATE TABLE IF NOT EXISTS deleted (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID`

// remember notes that a session was deleted.
func (s *Store) remember(tx *db.Tx, id string) error {
	if _, err := tx.Exec(deletedTable); err != nil {
		return err
	}
	// Incarnations differ, also where the clock was set back.
	_, err := tx.Exec(`INSERT INTO deleted (id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(excluded.at, at + 1)`, id, s.now())
	return err
}

// remembers tells whether there is a table of deleted sessions.
func remembers(tx *db.Tx) (is bool, err error) {
	err = tx.Row(`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'deleted'`).Scan(&is)
	return is, err
}

// forgetDeleted forgets the oldest of too many deleted sessions.
func forgetDeleted(tx *db.Tx) error {
	is, err := remembers(tx)
	if err != nil || !is {
		return err
	}
	_, err = tx.Exec(`DELETE FROM deleted WHERE id NOT IN (SELECT id FROM deleted ORDER BY at DESC LIMIT ?) AND (SELECT count(*) FROM deleted) > ?`, maxDeleted, maxDeleted)
	return err
}

// Deleted returns those of some ids that were sessions, and were deleted.
func (s *Store) Deleted(ctx context.Context, ids []string) ([]string, error) {
	var out []string
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		is, err := remembers(tx)
		if err != nil || !is {
			return err
		}
		for _, id := range ids {
			var was bool
			if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM deleted WHERE id = ?1) AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)`, id).Scan(&was); err != nil {
				return err
			}
			if was {
				out = append(out, id)
			}
		}
		return nil
	})
	return out, err
}

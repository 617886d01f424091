package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// RunningError says that a session cannot be deleted or archived because something is
// executed in it. It wraps ErrRunning.
type RunningError struct {
	Session, Name string
	Sequence      int    // of the execution, the first that has not ended
	Script        string // what is executed
	PID           int    // of the process that executes it
	Started       time.Time
	Others        int // how many more executions of the session have not ended
}

// Error names who runs.
func (e *RunningError) Error() string {
	others := ""
	if e.Others > 0 {
		others = fmt.Sprintf(" and %d more", e.Others)
	}
	script := e.Script
	if !strings.HasPrefix(script, "(") {
		script = "(" + clip(script) + ")"
	}
	return fmt.Sprintf("session %s (%s) runs: execution %d %s of process %d, since %s%s; wait until it has ended, or end it",
		e.Session, clip(e.Name), e.Sequence, script, e.PID, e.Started.Local().Format(time.DateTime), others)
}

// Unwrap makes it an ErrRunning.
func (e *RunningError) Unwrap() error { return ErrRunning }

// runs is an execution that has not ended.
type runs struct {
	sequence      int
	name, process string
	started       int64
}

// running lists the executions of a session that go on. Those whose process is gone
// have crashed.
func running(tx *db.Tx, id string) ([]runs, error) {
	list, err := collect(tx, func(scan func(...any) error) (r runs, err error) {
		return r, scan(&r.sequence, &r.name, &r.process, &r.started)
	}, `SELECT sequence, name, process, started FROM executions WHERE session = ? AND outcome = 'running' ORDER BY sequence`, id)
	alive := list[:0]
	for _, r := range list {
		if !gone(r.process) {
			alive = append(alive, r)
		}
	}
	return alive, err
}

// mustRest refuses a session in which something is executed.
func mustRest(tx *db.Tx, id string) error {
	list, err := running(tx, id)
	if err != nil || len(list) == 0 {
		return err
	}
	e := &RunningError{Session: id, Sequence: list[0].sequence, Script: strings.TrimPrefix(list[0].name, "="), Started: timeOf(list[0].started), Others: len(list) - 1}
	number, _, _ := strings.Cut(list[0].process, "/")
	if e.PID, err = strconv.Atoi(number); err != nil {
		return err
	}
	if err := tx.Row(`SELECT name FROM sessions WHERE id = ?`, id).Scan(&e.Name); err != nil {
		return err
	}
	return e
}

// cutOff ends what is executed in a session, as far as the journal goes: what its
// processes journal from now on is refused.
func cutOff(tx *db.Tx, id string, now int64) error {
	_, err := tx.Exec(`UPDATE executions SET outcome = 'interrupted', duration = max(0, (? - started) * 1000),
		error = 'the session was archived while this ran: how it has ended is not known' WHERE session = ? AND outcome = 'running'`, now, id)
	return err
}

// Standing tells whether what is executed in a session may still change what the
// session keeps. The error wraps ErrLost if it was deleted or archived.
func (s *Store) Standing(ctx context.Context, id string) error {
	var status string
	err := s.db.Look(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT status FROM sessions WHERE id = ?`, id).Scan(&status)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errf(ErrLost, "session %s was deleted: nothing can be kept in it any more", clip(id))
	case err == nil && Status(status) == Archived:
		return errf(ErrLost, "session %s is archived: what it keeps cannot be changed any more", clip(id))
	}
	return err
}

// standing tells whether the execution may still be journaled. If the session is gone
// deleted is true, and the error wraps ErrLost as where it was archived.
func (r *Recorder) standing(tx *db.Tx) (deleted bool, err error) {
	var status, outcome string
	err = tx.Row(`SELECT s.status, e.outcome FROM executions e JOIN sessions s ON s.id = e.session
		WHERE e.session = ? AND e.sequence = ? AND e.started = ? AND e.process = ?`,
		r.session, r.sequence, microOf(r.started), thisProcess()).Scan(&status, &outcome)
	how := ""
	switch {
	case errors.Is(err, sql.ErrNoRows):
		// One of the same id may have been imported since.
		how = "deleted"
		deleted = errors.Is(mustExist(tx, r.session), ErrNotFound)
	case err != nil:
		return false, err
	case Status(status) == Archived || Outcome(outcome) != Running:
		how = "archived"
	default:
		return false, nil
	}
	return deleted, errf(ErrLost, "session %s was %s while execution %d ran: its end, its output and its variables are not kept", r.session, how, r.sequence)
}

// Sessions that were deleted are remembered, so that a backup of what they have kept
// elsewhere does not bring it back. The table is made by the first deletion: databases
// of earlier versions, which may be read-only, have none.

// maxDeleted is how many are remembered: the last ones.
const maxDeleted = 100_000

// remember notes that a session was deleted.
func (s *Store) remember(tx *db.Tx, id string) error {
	if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS deleted (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID`); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO deleted (id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at`, id, s.now())
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

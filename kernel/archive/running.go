package archive

import (
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
// have crashed, and those that are to be noted as ended have ended.
func (s *Store) running(tx *db.Tx, id string) ([]runs, error) {
	list, err := collect(tx, func(scan func(...any) error) (r runs, err error) {
		return r, scan(&r.sequence, &r.name, &r.process, &r.started)
	}, `SELECT sequence, name, process, started FROM executions WHERE session = ? AND outcome = 'running' ORDER BY sequence`, id)
	alive := list[:0]
	for _, r := range list {
		if !gone(r.process) && !s.endings.has(id, r.sequence, r.process) {
			alive = append(alive, r)
		}
	}
	return alive, err
}

// mustRest refuses a session in which something is executed.
func (s *Store) mustRest(tx *db.Tx, id string) error {
	list, err := s.running(tx, id)
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

package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Start says what is about to be executed.
type Start struct {
	Kind   string // KindCode or KindFile
	Name   string
	Source string
	Args   []string
	Dir    string
	State  string // names the Lua state: the same for the executions that share it
	// Incarnation is what the session was when its variables were read. If it was deleted
	// since nothing begins.
	Incarnation Incarnation
}

// End says how an execution has ended.
type End struct {
	Outcome Outcome // not Running
	Result  []any
	Error   string
	// Variables, if not nil, are kept in the place of those of the session.
	Variables map[string]any
	// Until ends the time that this may take: when it is done, those of the session stay as
	// they are, and the error is its cause. Nil: it may take any.
	Until context.Context
}

// Recorder journals one execution. ToolCall, Event and Output only note what
// happens; it is written every flushEvery, and by Flush and End, which
// acknowledge it. Its methods may be called by any goroutine.
type Recorder struct {
	s        *Store
	session  string
	sequence int
	started  time.Time
	clock    time.Time // the monotonic beginning

	writing sync.Mutex // one write at a time, in order

	mu       sync.Mutex
	ended    bool
	lost     bool // the session is gone, or may not be changed: nothing more is kept
	next     int  // sequence number of the next entry
	pending  []row
	bytes    int
	timer    *time.Timer
	output   []byte
	printed  int64
	outputAt time.Time // when the output was written last
	dropped  int
	failed   error // the last write's
}

// row is an entry as it is written.
type row struct {
	sequence                       int
	kind, name                     string
	started, duration              int64
	params, result                 []byte
	paramsEncoding, resultEncoding int
}

const (
	flushEvery   = 100 * time.Millisecond
	flushRows    = 256
	flushBytes   = 1 << 20
	outputEvery  = time.Second // a running execution's output is written so often
	maxPending   = 16 << 20    // bytes that wait because they cannot be written
	maxError     = 64 << 10
	endTimeout   = 10 * time.Second
	flushTimeout = 5 * time.Second
)

// Begin journals that an execution begins, in a session that must be active.
// Errors wrap ErrNotFound, ErrStatus, or ErrLost.
func (s *Store) Begin(ctx context.Context, session string, b Start) (*Recorder, error) {
	args := make([]any, len(b.Args))
	for i, a := range b.Args {
		args[i] = a
	}
	encoded, err := Encode(args)
	if err != nil {
		return nil, err
	}
	r := &Recorder{s: s, session: session, next: 1, started: timeOf(s.now()), clock: time.Now()}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		status, err := statusOf(tx, session)
		if err != nil {
			return err
		}
		if b.Incarnation != "" {
			st, err := s.standing(tx, session)
			if err == nil {
				err = st.Since(session, b.Incarnation)
			}
			if err != nil {
				return err
			}
		}
		if status != Active {
			return inactive(session, status)
		}
		source, err := s.contentOf(tx, []byte(b.Source))
		if err != nil {
			return err
		}
		if err := tx.Row(`UPDATE sessions SET next_execution = next_execution + 1, updated = ? WHERE id = ? RETURNING next_execution - 1`,
			microOf(r.started), session).Scan(&r.sequence); err != nil {
			return err
		}
		before, err := s.before(tx, session, b.State)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO executions (session, sequence, kind, name, source, args, dir, state, variables, started, duration, outcome, process,
			output, output_encoding, output_size, result, result_encoding, error, dropped)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'running', ?, x'', 0, 0, CAST('[]' AS BLOB), 0, '', 0)`,
			session, r.sequence, b.Kind, b.Name, source, encoded, b.Dir, b.State, before, microOf(r.started), thisProcess())
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.recorders[r] = true
	s.mu.Unlock()
	return r, nil
}

func inactive(id string, status Status) error {
	switch status {
	case Suspended, Failed:
		return errf(ErrStatus, "session %s is %s: resume it before anything is executed in it", id, status)
	}
	return errf(ErrStatus, "session %s is %s: nothing more can be executed in it", id, status)
}

// before keeps the variables that a new Lua state begins with, and returns the
// content's id; nil if the state is not new.
func (s *Store) before(tx *db.Tx, session, state string) (any, error) {
	var n int
	// The last executions are looked at first: a state that goes on was the last one's, among however many.
	if err := tx.Row(`SELECT count(*) FROM (SELECT 1 FROM executions WHERE session = ? AND state = ? ORDER BY sequence DESC LIMIT 1)`, session, state).Scan(&n); err != nil || n > 0 {
		return nil, err
	}
	vars, err := readVariables(tx, session)
	if err != nil || len(vars) == 0 {
		return nil, err
	}
	data, err := joinVariables(tx.Context(), vars)
	if err != nil {
		return nil, err
	}
	id, err := s.contentOf(tx, data)
	return id, err
}

// Sequence is the number of the execution in its session.
func (r *Recorder) Sequence() int { return r.sequence }

// ToolCall notes a call of a tool that has ended. result is its envelope.
func (r *Recorder) ToolCall(tool string, params, result any, started time.Time, took time.Duration) {
	r.note(EntryTool, tool, params, result, started, took)
}

// Event notes an event.
func (r *Recorder) Event(name string, data any) {
	r.note(EntryEvent, name, data, nil, r.s.opts.Now(), 0)
}

func (r *Recorder) note(kind, name string, params, result any, started time.Time, took time.Duration) {
	n := row{kind: kind, name: name, started: started.UnixMicro(), duration: int64(took)}
	n.params, n.paramsEncoding = r.s.keep(params)
	n.result, n.resultEncoding = r.s.keep(result)
	size := len(n.params) + len(n.result) + 200
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost {
		return
	}
	if limit := r.s.limits.Entries; r.ended || limit >= 0 && r.next > limit || r.bytes+size > maxPending {
		r.dropped++
		return
	}
	n.sequence = r.next
	r.next++
	r.pending = append(r.pending, n)
	r.bytes += size
	r.plan(len(r.pending) >= flushRows || r.bytes >= flushBytes)
}

// plan makes sure that what is pending is written soon. r.mu is held.
func (r *Recorder) plan(now bool) {
	after := flushEvery
	if now && r.failed == nil {
		after = 0
	}
	switch {
	case r.timer == nil:
		r.timer = time.AfterFunc(after, func() {
			ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
			defer cancel()
			_ = r.flush(ctx) // End says so if it is still wrong then
		})
	case now && r.failed == nil && len(r.pending)%flushRows == 0:
		r.timer.Reset(0)
	}
}

// Output notes what was printed.
func (r *Recorder) Output(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.printed += int64(len(p))
	room := len(p)
	if limit := r.s.limits.OutputBytes; limit >= 0 {
		room = min(room, limit-len(r.output))
	}
	if r.ended || r.lost || room <= 0 {
		return
	}
	r.output = append(r.output, p[:room]...)
	r.plan(false)
}

// Flush writes what was noted so far.
func (r *Recorder) Flush(ctx context.Context) error { return r.flush(ctx) }

func (r *Recorder) flush(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	rows, output, printed := r.take(false)
	if len(rows) == 0 && output == nil {
		return r.whyLost()
	}
	err := r.s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.standing(tx); err != nil {
			return err
		}
		if err := r.insert(tx, rows); err != nil {
			return err
		}
		if output == nil {
			return nil
		}
		packed, encoding, err := r.s.codec.packValue(output)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE executions SET output = ?, output_encoding = ?, output_size = ? WHERE session = ? AND sequence = ?`,
			packed, encoding, printed, r.session, r.sequence)
		return err
	})
	r.settle(rows, err)
	return err
}

// take hands out what is to be written. The output is, unless it is the end, only
// so now and then: it is written as a whole.
func (r *Recorder) take(end bool) (rows []row, output []byte, printed int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	rows, r.pending = r.pending, nil
	if len(r.output) > 0 && (end || time.Since(r.outputAt) >= outputEvery) {
		output, r.outputAt = bytes.Clone(r.output), time.Now()
	}
	return rows, output, r.printed
}

// settle notes what came of a write.
func (r *Recorder) settle(rows []row, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
	if r.lost = errors.Is(err, ErrLost); r.lost {
		r.pending, r.bytes, r.output = nil, 0, nil
		return
	}
	if err != nil {
		r.pending = append(rows, r.pending...)
		if !r.ended {
			r.plan(false)
		}
		return
	}
	r.bytes = 0
	for _, n := range r.pending {
		r.bytes += len(n.params) + len(n.result) + 200
	}
}

// whyLost is the error of an execution that can no longer be journaled; nil: it can.
func (r *Recorder) whyLost() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost {
		return r.failed
	}
	return nil
}

func (r *Recorder) insert(tx *db.Tx, rows []row) error {
	for i := range rows {
		n := &rows[i]
		if _, err := tx.Exec(`INSERT INTO entries (session, execution, sequence, kind, name, started, duration, params, params_encoding, result, result_encoding)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.session, r.sequence, n.sequence, n.kind, n.name, n.started, n.duration, n.params, n.paramsEncoding, n.result, n.resultEncoding); err != nil {
			return err
		}
	}
	return nil
}

// End writes the rest, and how the execution has ended, also if ctx is done: an
// execution that was ended by force is journaled too. If the variables cannot be
// kept the rest is written nevertheless, and the error wraps ErrInvalid or
// ErrLimit. If the session was deleted or archived meanwhile nothing is written, and
// the error wraps ErrLost. Where there is no room for it, or the database cannot be written
// otherwise, that it has ended is noted as soon as that is possible. A second End does
// nothing.
func (r *Recorder) End(ctx context.Context, e End) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if e.Until == nil {
		e.Until = context.Background()
	}
	var unkept error
	var vars []variable
	if e.Variables != nil {
		vars, unkept = r.s.encodeVariables(e.Until, e.Variables)
	}
	r.mu.Lock()
	again, dropped := r.ended, r.dropped
	r.ended = true
	r.mu.Unlock()
	if again {
		return nil
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	defer r.forget()
	rows, output, printed := r.take(true)
	result, resultEncoding := r.s.keep(append([]any{}, e.Result...))
	packed, encoding, err := r.s.codec.packValue(output)
	if err != nil {
		return err
	}
	deleted := false
	write := func(tx *db.Tx) (err error) {
		if deleted, err = r.standing(tx); err != nil {
			return err
		}
		if err := r.insert(tx, rows); err != nil {
			return err
		}
		if vars != nil {
			if err := replaceVariables(e.Until, tx, r.session, vars); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE sessions SET updated = ? WHERE id = ?`, r.s.now(), r.session); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE executions SET duration = ?, outcome = ?, output = ?, output_encoding = ?, output_size = ?,
			result = ?, result_encoding = ?, error = ?, dropped = ? WHERE session = ? AND sequence = ?`,
			int64(time.Since(r.clock)), string(e.Outcome), append([]byte{}, packed...), encoding, printed, result, resultEncoding,
			validText(e.Error, maxError), dropped, r.session, r.sequence)
		return err
	}
	err = r.s.db.Write(ctx, write)
	if cause := context.Cause(e.Until); vars != nil && cause != nil && errors.Is(err, cause) {
		vars, unkept = nil, cause
		err = r.s.db.Write(ctx, write)
	}
	if err != nil && !errors.Is(err, ErrLost) {
		r.endLater(ctx, e, int64(time.Since(r.clock)), dropped+len(rows), err)
	}
	if errors.Is(err, ErrLost) {
		unkept = nil
		if deleted { // what was kept elsewhere since then goes too
			unkept = r.s.tell(ctx, []string{r.session})
		}
	}
	return errors.Join(err, unkept)
}

func (r *Recorder) forget() {
	r.s.mu.Lock()
	delete(r.s.recorders, r)
	r.s.mu.Unlock()
}

// encodeForeign writes a Go value of other types by way of its JSON.
func encodeForeign(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var parsed any
	if err := d.Decode(&parsed); err != nil {
		return nil, err
	}
	if parsed, err = foreign(parsed); err != nil {
		return nil, err
	}
	return Encode(parsed)
}

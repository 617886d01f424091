package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Outcome says how an execution has ended.
type Outcome string

// The outcomes.
const (
	Running     Outcome = "running"     // it has not ended
	Succeeded   Outcome = "completed"   // it has returned
	Erred       Outcome = "failed"      // it has raised an error
	Interrupted Outcome = "interrupted" // somebody, or its time limit, has ended it
	Crashed     Outcome = "crashed"     // the process that ran it is gone
)

// Kinds of executions.
const (
	KindCode = "code" // code that was given
	KindFile = "file" // a script file
)

// Execution is a piece of Lua that was, or is, executed in a session.
type Execution struct {
	Session  string        `json:"session_id"`
	Sequence int           `json:"sequence"` // counts the executions of the session, from 1
	Kind     string        `json:"kind"`     // KindCode or KindFile
	Name     string        `json:"name"`     // the file's path, or the chunk name of the code
	Hash     string        `json:"content_hash"`
	Args     []string      `json:"args"`
	Dir      string        `json:"dir,omitempty"` // working folder
	State    string        `json:"state"`         // names the Lua state that it ran in, which several executions may share
	Started  time.Time     `json:"started_at"`
	Duration time.Duration `json:"duration_ns"`
	Outcome  Outcome       `json:"outcome"`
	Output   string        `json:"output"`      // what was printed, Limits.OutputBytes at most
	Printed  int64         `json:"output_size"` // how many bytes were printed
	Result   []any         `json:"result"`      // the values that were returned
	Error    string        `json:"error,omitempty"`
	Calls    int           `json:"tool_calls"` // that are journaled
	Dropped  int           `json:"dropped"`    // entries that are not: there were too many, or they could not be written
	// Damaged says what of it cannot be read, and why; "": all is as stored. Args are nil, not
	// empty, if they are what is damaged.
	Damaged string `json:"damaged,omitempty"`
	source  int64
	vars    int64 // 0: none
}

// The kinds of entries.
const (
	EntryTool  = "tool_call"
	EntryEvent = "event"
)

// Entry is something that happened during an execution.
type Entry struct {
	Sequence int           `json:"sequence"` // counts the entries of the execution, from 1
	Kind     string        `json:"kind"`     // EntryTool or EntryEvent
	Name     string        `json:"name"`     // the tool, or the type of the event
	Params   any           `json:"params,omitempty"`
	Result   any           `json:"result,omitempty"` // of a tool: its envelope without times
	Started  time.Time     `json:"started_at"`
	Duration time.Duration `json:"duration_ns"`
}

// Cut is the type of the Opaque that stands for a value that was too large to
// keep.
const Cut = "too large to keep"

const selectExecutions = `SELECT e.session, e.sequence, e.kind, e.name, coalesce(c.hash, ''), e.args, e.dir, e.state, e.started, e.duration, e.outcome, e.process,
	e.output, e.output_encoding, e.output_size, e.result, e.result_encoding, e.error, e.dropped, e.source, coalesce(e.variables, 0),
	(SELECT count(*) FROM entries n WHERE n.session = e.session AND n.execution = e.sequence AND n.kind = 'tool_call')
	FROM executions e LEFT JOIN contents c ON c.id = e.source `

// Executions returns the executions of a session from one sequence number to
// another, both included; 0 is the first and the last. Limit, if not 0, takes only
// the last ones. Where the error wraps ErrDamaged they are returned all the same, the damaged
// ones with what can be read of them.
func (s *Store) Executions(ctx context.Context, session string, from, to, limit int) ([]*Execution, error) {
	var out []*Execution
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if err := mustExist(tx, session); err != nil {
			return err
		}
		out, err = collectSound(tx, s.scanExecution, `SELECT * FROM (`+selectExecutions+
			`WHERE e.session = ? AND e.sequence >= ? AND (e.sequence <= ? OR ? = 0) ORDER BY e.sequence DESC`+page(limit, 0)+`) ORDER BY sequence`, session, from, to, to)
		return err
	})
	return out, err
}

// Execution returns one execution. The error wraps ErrNotFound.
func (s *Store) Execution(ctx context.Context, session string, sequence int) (*Execution, error) {
	list, err := s.Executions(ctx, session, max(sequence, 1), max(sequence, 1), 0)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || sequence < 1 {
		return nil, errf(ErrNotFound, "session %s has no execution %d", session, sequence)
	}
	return list[0], nil
}

func (s *Store) scanExecution(scan func(...any) error) (*Execution, error) {
	e := &Execution{}
	var args, output, result []byte
	var outputEncoding, resultEncoding int
	var started, duration int64
	var outcome, process string
	if err := scan(&e.Session, &e.Sequence, &e.Kind, &e.Name, &e.Hash, &args, &e.Dir, &e.State, &started, &duration, &outcome, &process,
		&output, &outputEncoding, &e.Printed, &result, &resultEncoding, &e.Error, &e.Dropped, &e.source, &e.vars, &e.Calls); err != nil {
		return nil, err
	}
	e.Started, e.Duration, e.Outcome = timeOf(started), time.Duration(duration), Outcome(outcome)
	if e.Outcome == Running && gone(process) {
		e.Outcome = Crashed
	}
	var wrong []string
	damaged := func(what string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", what, err))
		}
	}
	if e.Hash == "" {
		damaged("its source", errors.New("it is missing"))
	}
	values, err := Decode(args)
	if err == nil {
		e.Args, err = texts(values)
	}
	damaged("its arguments", err)
	output, err = s.codec.unpack(output, outputEncoding)
	damaged("its output", err)
	if err == nil {
		e.Output = string(output)
	}
	v, err := s.unkept(result, resultEncoding)
	damaged("its result", err)
	e.Result, _ = v.([]any)
	if e.Damaged = strings.Join(wrong, "; "); e.Damaged != "" {
		return e, errf(ErrDamaged, "execution %d of session %s is damaged: %s", e.Sequence, e.Session, e.Damaged)
	}
	return e, nil
}

func texts(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("the arguments are no list")
	}
	out := make([]string, len(list))
	for i, item := range list {
		if out[i], ok = item.(string); !ok {
			return nil, errors.New("an argument is no text")
		}
	}
	return out, nil
}

// Source returns the code that an execution has run.
func (s *Store) Source(ctx context.Context, e *Execution) (string, error) {
	data, err := s.readContent(ctx, e.source, maxUnpacked)
	if err != nil {
		return "", fmt.Errorf("the source of execution %d: %w", e.Sequence, err)
	}
	return string(data), nil
}

// Before returns the variables that were kept when the Lua state of an execution
// was new, if this is the state's first execution; else nil.
func (s *Store) Before(ctx context.Context, e *Execution) (map[string]any, error) {
	data, err := s.readVariables(ctx, e)
	if err != nil || data == nil {
		return nil, err
	}
	return splitVariables(ctx, data)
}

// readVariables reads what Before decodes; nil: there is nothing.
func (s *Store) readVariables(ctx context.Context, e *Execution) ([]byte, error) {
	if e.vars == 0 {
		return nil, nil
	}
	return s.readContent(ctx, e.vars, maxVariables)
}

// Entries returns what happened during an execution, in order.
func (s *Store) Entries(ctx context.Context, session string, execution int) ([]*Entry, error) {
	var out []*Entry
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		var one int
		err = tx.Row(`SELECT 1 FROM executions WHERE session = ? AND sequence = ?`, session, execution).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return errf(ErrNotFound, "session %s has no execution %d", clip(session), execution)
		}
		if err != nil {
			return err
		}
		out, err = collect(tx, s.scanEntry, `SELECT sequence, kind, name, started, duration, params, params_encoding, result, result_encoding
			FROM entries WHERE session = ? AND execution = ? ORDER BY sequence`, session, execution)
		return err
	})
	return out, err
}

func (s *Store) scanEntry(scan func(...any) error) (*Entry, error) {
	n := &Entry{}
	var started, duration int64
	var params, result []byte
	var paramsEncoding, resultEncoding int
	err := scan(&n.Sequence, &n.Kind, &n.Name, &started, &duration, &params, &paramsEncoding, &result, &resultEncoding)
	if err != nil {
		return nil, err
	}
	n.Started, n.Duration = timeOf(started), time.Duration(duration)
	if n.Params, err = s.unkept(params, paramsEncoding); err == nil {
		n.Result, err = s.unkept(result, resultEncoding)
	}
	if err != nil {
		return nil, errf(ErrDamaged, "entry %d: %v", n.Sequence, err)
	}
	return n, nil
}

// keep writes a value for a row. What cannot be kept is replaced by an Opaque.
func (s *Store) keep(v any) ([]byte, int) {
	data, err := encodeAny(v)
	if err != nil {
		data, _ = Encode(Opaque{Type: fmt.Sprintf("%T", v), Text: err.Error()}) // it always can be
	}
	if limit := s.limits.EntryBytes; limit >= 0 && len(data) > limit {
		data, _ = Encode(Opaque{Type: Cut, Text: fmt.Sprintf("%d bytes as JSON", len(data))})
	}
	packed, encoding, err := s.codec.packValue(data)
	if err != nil {
		return data, encodedRaw
	}
	return packed, encoding
}

func (s *Store) unkept(data []byte, encoding int) (any, error) {
	text, err := s.codec.unpack(data, encoding)
	if err != nil {
		return nil, err
	}
	return Decode(text)
}

// Journaled returns a value as it comes back from the journal: of the types that
// Encode takes, and an Opaque if it cannot be kept.
func Journaled(v any) any {
	data, err := encodeAny(v)
	if err != nil {
		return Opaque{Type: fmt.Sprintf("%T", v), Text: err.Error()}
	}
	out, err := Decode(data)
	if err != nil {
		return Opaque{Type: fmt.Sprintf("%T", v), Text: err.Error()}
	}
	return out
}

func encodeAny(v any) ([]byte, error) {
	data, err := Encode(v)
	if err != nil {
		data, err = encodeForeign(v)
	}
	return data, err
}

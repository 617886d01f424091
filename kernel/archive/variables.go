package archive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// SaveVariables keeps variables of a session, in the place of all that were kept.
// Values are those that Encode takes. Errors wrap ErrNotFound, ErrStatus,
// ErrInvalid or ErrLimit, and change nothing.
func (s *Store) SaveVariables(ctx context.Context, id string, vars map[string]any) error {
	encoded, err := s.encodeVariables(ctx, vars)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := mayChange(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE sessions SET updated = ? WHERE id = ?`, s.now(), id); err != nil {
			return err
		}
		return replaceVariables(ctx, tx, id, encoded)
	})
}

// variable is a global as it is stored. Lists of them are sorted by name.
type variable struct {
	name  string
	value []byte
}

// encodeVariables writes each variable as JSON, until ctx is done.
func (s *Store) encodeVariables(ctx context.Context, vars map[string]any) ([]variable, error) {
	out := make([]variable, 0, len(vars))
	total := int64(0)
	var largest variable
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := checkText("name of a variable", name, maxName); err != nil {
			return nil, err
		}
		data, err := Encode(vars[name])
		if err != nil {
			return nil, errf(ErrInvalid, "the variable %s cannot be kept: %v", name, err)
		}
		v := variable{name, data}
		out = append(out, v)
		total += int64(len(data) + len(name))
		if len(data) > len(largest.value) {
			largest = v
		}
	}
	if limit := s.limits.VariableBytes; limit >= 0 && total > limit {
		return nil, errf(ErrLimit, "the variables have %d bytes, and %d are the most that a session may keep; the largest is %s with %d: make it local, or keep it as an artifact",
			total, limit, largest.name, len(largest.value))
	}
	return out, nil
}

// replaceVariables makes the kept variables those given; what has not changed is
// not written. When ctx is done the error is its cause.
func replaceVariables(ctx context.Context, tx *db.Tx, id string, want []variable) error {
	list, err := collect(tx, func(scan func(...any) error) (v variable, err error) {
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
		return v, scan(&v.name, &v.value)
	}, selectVariables, id)
	if err != nil {
		return err
	}
	had := make(map[string][]byte, len(list))
	for _, v := range list {
		had[v.name] = v.value
	}
	for _, v := range want {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		old, kept := had[v.name]
		delete(had, v.name)
		if kept && bytes.Equal(old, v.value) {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO variables (session, name, value) VALUES (?, ?, ?)
			ON CONFLICT (session, name) DO UPDATE SET value = excluded.value`, id, v.name, v.value); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(had)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := tx.Exec(`DELETE FROM variables WHERE session = ? AND name = ?`, id, name); err != nil {
			return err
		}
	}
	return nil
}

func readVariables(tx *db.Tx, id string) ([]variable, error) {
	return collect(tx, func(scan func(...any) error) (v variable, err error) { return v, scan(&v.name, &v.value) },
		selectVariables, id)
}

const selectVariables = `SELECT name, value FROM variables WHERE session = ? ORDER BY name`

// Variables returns the kept variables of a session. The error wraps ErrNotFound
// or ErrDamaged, which names those that are damaged; the others are returned all the same.
func (s *Store) Variables(ctx context.Context, id string) (map[string]any, error) {
	var encoded []variable
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		encoded, err = readVariables(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(encoded))
	var damaged []error
	for _, e := range encoded {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("the variables of session %s: %w", id, context.Cause(ctx))
		}
		v, err := Decode(e.value)
		if err != nil {
			damaged = append(damaged, errf(ErrDamaged, "session %s: the variable %s is damaged: %v; llmspell session export leaves it out, and session import --new-id makes a session of the rest", id, clip(e.name), err))
			continue
		}
		out[e.name] = v
	}
	return out, errors.Join(damaged...)
}

// Checkpoint is a copy of a session's variables at some moment.
type Checkpoint struct {
	ID        int64     `json:"id"` // rises
	Session   string    `json:"session_id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	Execution int       `json:"execution"` // the last one before it; 0: none
	Size      int64     `json:"size"`      // bytes of the variables as JSON
}

// Checkpoint keeps a copy of the variables that the session has now.
func (s *Store) Checkpoint(ctx context.Context, id, name string) (*Checkpoint, error) {
	if err := checkText("name of the checkpoint", name, maxName); err != nil {
		return nil, err
	}
	c := &Checkpoint{Session: id, Name: name}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := mayChange(tx, id); err != nil {
			return err
		}
		vars, err := readVariables(tx, id)
		if err != nil {
			return err
		}
		data, err := joinVariables(ctx, vars)
		if err != nil {
			return err
		}
		content, err := s.contentOf(tx, data)
		if err != nil {
			return err
		}
		now := s.now()
		c.CreatedAt, c.Size = timeOf(now), int64(len(data))
		if err := tx.Row(`SELECT next_execution - 1 FROM sessions WHERE id = ?`, id).Scan(&c.Execution); err != nil {
			return err
		}
		res, err := tx.Exec(`INSERT INTO checkpoints (session, name, created, execution, variables) VALUES (?, ?, ?, ?, ?)`, id, name, now, c.Execution, content)
		if err != nil {
			return err
		}
		c.ID, err = res.LastInsertId()
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Checkpoints returns the checkpoints of a session, the oldest first.
func (s *Store) Checkpoints(ctx context.Context, id string) ([]*Checkpoint, error) {
	var out []*Checkpoint
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		out, err = collect(tx, scanCheckpoint, selectCheckpoint+` WHERE p.session = ? ORDER BY p.id`, id)
		return err
	})
	return out, err
}

const selectCheckpoint = `SELECT p.id, p.session, p.name, p.created, p.execution, c.size FROM checkpoints p JOIN contents c ON c.id = p.variables`

func scanCheckpoint(scan func(...any) error) (*Checkpoint, error) {
	c := &Checkpoint{}
	var created int64
	err := scan(&c.ID, &c.Session, &c.Name, &created, &c.Execution, &c.Size)
	c.CreatedAt = timeOf(created)
	return c, err
}

// Restore makes the variables of a session those of its checkpoint, and returns
// them. checkpoint is an id; 0 is the latest.
func (s *Store) Restore(ctx context.Context, id string, checkpoint int64) (*Checkpoint, map[string]any, error) {
	var c *Checkpoint
	var content int64
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		list, err := collect(tx, scanCheckpoint, selectCheckpoint+` WHERE p.session = ?1 AND (p.id = ?2 OR ?2 = 0) ORDER BY p.id DESC LIMIT 1`, id, checkpoint)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			if checkpoint == 0 {
				return errf(ErrNotFound, "session %s has no checkpoint", id)
			}
			return errf(ErrNotFound, "session %s has no checkpoint %d", id, checkpoint)
		}
		c = list[0]
		return tx.Row(`SELECT variables FROM checkpoints WHERE id = ?`, c.ID).Scan(&content)
	})
	if err != nil {
		return nil, nil, err
	}
	vars, err := s.contentVariables(ctx, content)
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint %d: %w", c.ID, err)
	}
	return c, vars, s.SaveVariables(ctx, id, vars)
}

// joinVariables writes encoded variables as one JSON object: the same ones always
// the same.
func joinVariables(ctx context.Context, vars []variable) ([]byte, error) {
	out := []byte{'{'}
	for i, v := range vars {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if i > 0 {
			out = append(out, ',')
		}
		key, _ := json.Marshal(v.name) // a string always can be
		out = append(append(append(out, key...), ':'), v.value...)
	}
	return append(out, '}'), nil
}

// maxVariables is the largest set of variables that is read back.
const maxVariables = 1 << 30

// contentVariables reads what joinVariables has written.
func (s *Store) contentVariables(ctx context.Context, content int64) (map[string]any, error) {
	data, err := s.readContent(ctx, content, maxVariables)
	if err != nil {
		return nil, err
	}
	return splitVariables(ctx, data)
}

// splitVariables reads one JSON object, a variable at a time.
func splitVariables(ctx context.Context, data []byte) (map[string]any, error) {
	unreadable := func(err error) error {
		return errf(ErrDamaged, "the variables cannot be read: %v", err)
	}
	in := json.NewDecoder(bytes.NewReader(data))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, unreadable(cmp.Or(err, errors.New("they are no object")))
	}
	out := map[string]any{}
	for in.More() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		name, err := in.Token()
		var text json.RawMessage
		if err == nil {
			err = in.Decode(&text)
		}
		if err != nil {
			return nil, unreadable(err)
		}
		v, err := Decode(text)
		if err != nil {
			return nil, errf(ErrDamaged, "the variable %s: %v", clip(name.(string)), err) // a name is a text
		}
		out[name.(string)] = v
	}
	if _, err := in.Token(); err != nil {
		return nil, unreadable(err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, unreadable(errors.New("there is more behind the object"))
	}
	return out, nil
}

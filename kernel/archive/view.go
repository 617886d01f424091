package archive

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// View is a Store whose changes of sessions are seen by hooks. It is small: make
// one where it is needed. Its methods run on the goroutine of the caller, the
// hooks included.
type View struct {
	*Store
	Hooks    *hooks.Registry // nil: none
	Thread   any             // see hooks.Call.Thread
	Language string          // of who causes the changes
}

// ask runs the hooks of a point that may refuse and change what is done, and
// returns its data as they have left it.
func (v View) ask(ctx context.Context, p hooks.Point, id string, data map[string]any) (map[string]any, error) {
	if v.Hooks == nil || !v.Hooks.Has(p) {
		return data, nil
	}
	call := &hooks.Call{Point: p, Component: hooks.Component{Type: "session", Name: id}, Language: v.Language, Data: data, Thread: v.Thread}
	if _, err := v.Hooks.Ask(ctx, call); err != nil {
		return nil, err
	}
	return call.Data, nil
}

// tell runs the hooks of a point that can change nothing.
func (v View) tell(ctx context.Context, p hooks.Point, r *Session, extra map[string]any) {
	if v.Hooks == nil || !v.Hooks.Has(p) {
		return
	}
	data := map[string]any{"session_id": r.ID, "name": r.Name, "status": string(r.Status)}
	maps.Copy(data, extra)
	v.Hooks.Run(ctx, &hooks.Call{Point: p, Component: hooks.Component{Type: "session", Name: r.ID}, Language: v.Language, Data: data, Thread: v.Thread})
}

// Create is Store.Create. Hooks at SessionStart see {name, description, tags,
// metadata, parent}, may change the first four, and may refuse it.
func (v View) Create(ctx context.Context, spec Spec) (*Session, error) {
	data, err := v.ask(ctx, hooks.SessionStart, spec.ID, map[string]any{
		"name": spec.Name, "description": spec.Description, "tags": anyList(spec.Tags), "metadata": orEmptyMap(spec.Metadata), "parent": spec.Parent,
	})
	if err != nil {
		return nil, err
	}
	if err := spec.take(data); err != nil {
		return nil, err
	}
	return v.Store.Create(ctx, spec)
}

// take makes a Spec of what hooks at SessionStart have left. What they have left out, or made nil, is
// none; an empty table is a list and an object.
func (s *Spec) take(data map[string]any) error {
	wrong := func(name, want string) error {
		return errf(ErrInvalid, "a hook at SessionStart has changed %s to a %s; want %s", name, kindOf(data[name]), want)
	}
	ok := true
	if s.Name, ok = data["name"].(string); !ok && data["name"] != nil {
		return wrong("name", "a text")
	}
	if s.Description, ok = data["description"].(string); !ok && data["description"] != nil {
		return wrong("description", "a text")
	}
	if s.Metadata, ok = data["metadata"].(map[string]any); !ok && !isNone(data["metadata"]) {
		return wrong("metadata", "a table with names")
	}
	tags, ok := data["tags"].([]any)
	if !ok && !isNone(data["tags"]) {
		return wrong("tags", "a list of texts")
	}
	s.Tags = nil
	for i, t := range tags {
		text, ok := t.(string)
		if !ok {
			return errf(ErrInvalid, "a hook at SessionStart has changed tags[%d] to a %s; want a text", i+1, kindOf(t))
		}
		s.Tags = append(s.Tags, text)
	}
	return nil
}

// kindOf names a value as Lua does, but for lists and what only a hook in Go can leave.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "list"
	case map[string]any:
		return "table"
	case float64, int, int64:
		return "number"
	}
	return fmt.Sprintf("%T", v)
}

// isNone tells whether a value is nil or an empty table.
func isNone(v any) bool {
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	return v == nil || isList && len(list) == 0 || isObject && len(object) == 0
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// SaveVariables is Store.SaveVariables. Hooks at SessionSave see {session_id,
// variables}, may change the variables, and may refuse it.
func (v View) SaveVariables(ctx context.Context, id string, vars map[string]any) error {
	data, err := v.ask(ctx, hooks.SessionSave, id, map[string]any{"session_id": id, "variables": vars})
	if err != nil {
		return err
	}
	vars, ok := data["variables"].(map[string]any)
	if !ok {
		return errf(ErrInvalid, "a hook at SessionSave has left no table of variables")
	}
	return v.Store.SaveVariables(ctx, id, vars)
}

// SetStatus is Store.SetStatus. Hooks at SessionEnd are told when the session is
// completed, has failed or is archived: {session_id, name, status, reason}. Those at
// SessionRestore are told when it is active again: {session_id, name, status,
// from}, from being the status that it had.
func (v View) SetStatus(ctx context.Context, id string, to Status, reason string) (*Session, error) {
	from := Status("")
	if to == Active && v.Hooks != nil && v.Hooks.Has(hooks.SessionRestore) {
		before, err := v.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		from = before.Status
	}
	r, err := v.Store.SetStatus(ctx, id, to, reason)
	if err != nil {
		return nil, err
	}
	switch to {
	case Completed, Failed, Archived:
		v.ended(ctx, r)
	case Active:
		v.tell(ctx, hooks.SessionRestore, r, map[string]any{"from": string(from)})
	}
	return r, nil
}

// ForceArchive is Store.ForceArchive. Hooks at SessionEnd are told as by SetStatus.
func (v View) ForceArchive(ctx context.Context, id, reason string) (*Session, error) {
	r, err := v.Store.ForceArchive(ctx, id, reason)
	if err == nil {
		v.ended(ctx, r)
	}
	return r, err
}

func (v View) ended(ctx context.Context, r *Session) {
	v.tell(ctx, hooks.SessionEnd, r, map[string]any{"reason": r.Reason})
}

// Load returns the record and the variables of a session. Hooks at SessionRestore
// are told: {session_id, name, status, variables}, the latter their names.
func (v View) Load(ctx context.Context, id string) (*Session, map[string]any, error) {
	r, err := v.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	vars, err := v.Variables(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if v.Hooks != nil && v.Hooks.Has(hooks.SessionRestore) {
		v.tell(ctx, hooks.SessionRestore, r, map[string]any{"variables": anyList(slices.Sorted(maps.Keys(vars)))})
	}
	return r, vars, nil
}

// Checkpoint is Store.Checkpoint. Hooks at SessionCheckpoint see {session_id,
// name}, may change the name, and may refuse it.
func (v View) Checkpoint(ctx context.Context, id, name string) (*Checkpoint, error) {
	data, err := v.ask(ctx, hooks.SessionCheckpoint, id, map[string]any{"session_id": id, "name": name})
	if err != nil {
		return nil, err
	}
	name, _ = data["name"].(string)
	return v.Store.Checkpoint(ctx, id, name)
}

// Restore is Store.Restore. Hooks at SessionRestore are told: {session_id, name,
// status, checkpoint}.
func (v View) Restore(ctx context.Context, id string, checkpoint int64) (*Checkpoint, map[string]any, error) {
	c, vars, err := v.Store.Restore(ctx, id, checkpoint)
	if err != nil {
		return nil, nil, err
	}
	if r, err := v.Get(ctx, id); err == nil {
		v.tell(ctx, hooks.SessionRestore, r, map[string]any{"checkpoint": c.ID})
	}
	return c, vars, nil
}

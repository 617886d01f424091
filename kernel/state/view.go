package state

import (
	"context"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// ViewOptions say who looks at a store, and who is told.
type ViewOptions struct {
	// Hooks run at BeforeStateRead, AfterStateRead, BeforeStateWrite,
	// AfterStateWrite, StateConflict and StateMigration. nil: none.
	Hooks *hooks.Registry
	// Language and CorrelationID are passed on to hooks.
	Language, CorrelationID string
	// Changed is told of each write after it was made, on the goroutine that made
	// it. nil: nobody is told.
	Changed func(Change)
	// Await waits for done, or until ctx is done, as runtime.State.Await does.
	// What may have to wait for others then runs on a goroutine of its own, and
	// the caller's serves its clients meanwhile. nil: it runs on the caller's.
	Await func(ctx context.Context, done <-chan struct{}) error
	// Guard is asked about this view's writes in the place of the store's. nil: the
	// store's is.
	Guard Guard
	// Scope reads the scopes that hooks give. nil: ParseScope.
	Scope func(string) (Scope, error)
}

// Change is a write that was made.
type Change struct {
	Operation string // set, delete, clear, increment, compare_and_set, migrate, restore, import
	Scope     Scope
	Key       string // empty when the whole scope is concerned
	Version   int64  // of the value; 0 when it is gone, or was written in a transaction
	Value     any    // what was written; nil when it is gone, or several were
}

// View is a store as one session sees it. Its methods are those of the Store,
// with hooks around them. An operation that a hook refuses fails with a
// *hooks.CancelledError.
type View struct {
	Store *Store
	opt   ViewOptions
	// thread is the Lua thread that calls.
	thread any
	// within is the transaction that this view is of, and after what is to be
	// told when it is committed.
	within *Txn
	after  *[]func()
	own    map[int]Migration // registered with this view alone
}

// View makes a view of the store.
func (s *Store) View(opt ViewOptions) *View {
	return &View{Store: s, opt: opt, own: map[int]Migration{}}
}

// On is the same view, used by a Lua thread (a *lua.LState): hooks that are Lua
// functions run only in calls of such a view, on its goroutine.
func (v *View) On(thread any) *View {
	on := *v
	on.thread = thread
	return &on
}

func (v *View) listens(p hooks.Point) bool { return v.opt.Hooks != nil && v.opt.Hooks.Has(p) }

func (v *View) call(p hooks.Point, scope Scope, data map[string]any) *hooks.Call {
	data["scope"] = scope.String()
	return &hooks.Call{Point: p, Component: hooks.Component{Type: "state", Name: scope.String()},
		CorrelationID: v.opt.CorrelationID, Language: v.opt.Language, Data: data, Thread: v.thread}
}

// target reads which value a hook has chosen.
func (v *View) target(call *hooks.Call, out hooks.Outcome) (scope Scope, key string, err error) {
	text, _ := call.Data["scope"].(string)
	parse := v.opt.Scope
	if parse == nil {
		parse = ParseScope
	}
	if scope, err = parse(text); err != nil {
		return scope, "", fmt.Errorf("the hook %s at %s: %w", out.Hook, call.Point, err)
	}
	key, _ = call.Data["key"].(string)
	if out.Kind == hooks.Redirect {
		key = out.Target
	}
	if err := checkName("key", key); err != nil {
		return scope, "", fmt.Errorf("the hook %s at %s: %w", out.Hook, call.Point, err)
	}
	return scope, key, nil
}

// Get reads a value. Hooks before may redirect to another key or replace the
// value; hooks after may change it.
func (v *View) Get(ctx context.Context, scope Scope, key string) (e Entry, ok bool, err error) {
	if v.listens(hooks.BeforeStateRead) {
		if err := checkNames(scope, key); err != nil {
			return e, false, err
		}
		call := v.call(hooks.BeforeStateRead, scope, map[string]any{"operation": "get", "key": key})
		out, err := v.opt.Hooks.Ask(ctx, call)
		if err != nil {
			return e, false, err
		}
		if out.Kind == hooks.Replace {
			return Entry{Scope: scope, Key: key, Value: out.Value}, out.Value != nil, nil
		}
		if scope, key, err = v.target(call, out); err != nil {
			return e, false, err
		}
	}
	if v.within != nil {
		e, ok, err = v.within.Get(scope, key)
	} else {
		e, ok, err = v.Store.Get(ctx, scope, key)
	}
	if err == nil && v.listens(hooks.AfterStateRead) {
		call := v.call(hooks.AfterStateRead, scope, map[string]any{"operation": "get", "key": key, "value": e.Value, "found": ok, "version": e.Version})
		out, err := v.opt.Hooks.Ask(ctx, call)
		switch {
		case err != nil:
			return Entry{}, false, err
		case out.Kind == hooks.Replace:
			e.Value, ok = out.Value, out.Value != nil
		case out.Kind == hooks.Modified:
			e.Value = call.Data["value"]
			ok = ok || e.Value != nil
		}
	}
	return e, ok, err
}

// List lists entries of a scope. Hooks may refuse it.
func (v *View) List(ctx context.Context, scope Scope, opt ListOptions) ([]Entry, error) {
	if v.listens(hooks.BeforeStateRead) {
		if err := scope.check(); err != nil {
			return nil, err
		}
		if _, err := v.opt.Hooks.Ask(ctx, v.call(hooks.BeforeStateRead, scope, map[string]any{"operation": "list", "prefix": opt.Prefix})); err != nil {
			return nil, err
		}
	}
	var out []Entry
	var err error
	if v.within != nil {
		out, err = v.within.List(scope, opt)
	} else {
		out, err = v.Store.List(ctx, scope, opt)
	}
	if err == nil && v.listens(hooks.AfterStateRead) {
		if _, err := v.opt.Hooks.Ask(ctx, v.call(hooks.AfterStateRead, scope, map[string]any{"operation": "list", "prefix": opt.Prefix, "count": int64(len(out))})); err != nil {
			return nil, err
		}
	}
	return out, err
}

// wait runs what may wait for other writers. It returns when fn has, also when ctx
// is done: fn uses ctx itself, and ends soon.
func (v *View) wait(ctx context.Context, fn func()) {
	if v.opt.Await == nil || v.within != nil {
		fn()
		return
	}
	done := make(chan struct{})
	var panicked any
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		fn()
	}()
	if v.opt.Await(ctx, done) != nil {
		<-done
	}
	if panicked != nil {
		panic(panicked)
	}
}

// change is a write that hooks are asked about.
type change struct {
	operation string
	scope     Scope
	key       string
	value     any
	hasValue  bool
	opt       SetOptions
	by        float64
}

// before asks the hooks about a write, and lets them change it.
func (v *View) before(ctx context.Context, c *change) error {
	if !v.listens(hooks.BeforeStateWrite) {
		return nil
	}
	if err := c.scope.check(); err != nil {
		return err
	}
	data := map[string]any{"operation": c.operation}
	if c.operation != "clear" {
		if err := checkName("key", c.key); err != nil {
			return err
		}
		data["key"] = c.key
	}
	if c.hasValue {
		data["value"] = c.value
	}
	if c.operation == "increment" {
		data["by"] = c.by
	}
	if c.opt.TTL > 0 {
		data["ttl"] = c.opt.TTL.Seconds()
	}
	call := v.call(hooks.BeforeStateWrite, c.scope, data)
	out, err := v.opt.Hooks.Ask(ctx, call)
	if err != nil {
		return err
	}
	if out.Kind == hooks.Continue {
		return nil
	}
	if c.operation == "clear" {
		if text, _ := call.Data["scope"].(string); text != c.scope.String() {
			return fmt.Errorf("the hook %s at %s: clear takes no other scope; cancel it instead", out.Hook, call.Point)
		}
		return nil
	}
	if c.scope, c.key, err = v.target(call, out); err != nil {
		return err
	}
	if c.hasValue {
		c.value = call.Data["value"]
		if out.Kind == hooks.Replace {
			c.value = out.Value
		}
	}
	if n, ok := toFloat(call.Data["by"]); ok {
		c.by = n
	}
	c.opt.TTL = 0
	if n, ok := toFloat(call.Data["ttl"]); ok {
		c.opt.TTL = Seconds(n)
	}
	return nil
}

func toFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return 0, false
}

// Seconds is a duration of n seconds, in whole milliseconds. What is no time to
// live comes out as one that is refused.
func Seconds(n float64) time.Duration {
	switch {
	case !(n >= 0): // not a number, too
		return -1
	case n > maxTTL.Seconds():
		return maxTTL + 1
	case n > 0 && n < 0.001:
		return time.Millisecond
	}
	return time.Duration(n*1000) * time.Millisecond
}

// done tells of a write, now or when the transaction is committed.
func (v *View) done(ctx context.Context, c change, e Entry) {
	if v.opt.Changed == nil && !v.listens(hooks.AfterStateWrite) {
		return
	}
	tell := func() {
		data := map[string]any{"operation": c.operation}
		if c.key != "" {
			data["key"] = c.key
		}
		if c.hasValue || c.operation == "increment" {
			data["value"] = e.Value
		}
		if e.Version > 0 {
			data["version"] = e.Version
		}
		if v.listens(hooks.AfterStateWrite) {
			v.opt.Hooks.Run(ctx, v.call(hooks.AfterStateWrite, c.scope, data))
		}
		if v.opt.Changed != nil {
			changed := Change{Operation: c.operation, Scope: c.scope, Key: c.key, Version: e.Version}
			if c.hasValue || c.operation == "increment" {
				changed.Value = e.Value
			}
			v.opt.Changed(changed)
		}
	}
	if v.after != nil {
		*v.after = append(*v.after, tell)
		return
	}
	tell()
}

// conflict tells that something was not as expected.
func (v *View) conflict(ctx context.Context, operation string, scope Scope, key string, version int64) {
	if v.listens(hooks.StateConflict) {
		v.opt.Hooks.Run(ctx, v.call(hooks.StateConflict, scope, map[string]any{"operation": operation, "key": key, "version": version}))
	}
}

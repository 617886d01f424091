package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// hooked is a view whose hooks are given by their points.
func hooked(t *testing.T, s *Store, at map[hooks.Point]func(*hooks.Call) hooks.Result) *View {
	t.Helper()
	reg := hooks.New(hooks.Options{})
	for p, fn := range at {
		if _, err := reg.Register(p, hooks.Definition{Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) { return fn(c), nil }}); err != nil {
			t.Fatal(err)
		}
	}
	return s.View(ViewOptions{Hooks: reg, Language: "lua"})
}

func TestHooksSeeEverything(t *testing.T) {
	s := newStore(t, Options{})
	var seen []string
	note := func(c *hooks.Call) hooks.Result {
		seen = append(seen, fmt.Sprint(c.Point, " ", c.Data["operation"], " ", c.Data["scope"], " ", c.Data["key"], " ", c.Data["value"]))
		return hooks.Result{}
	}
	at := map[hooks.Point]func(*hooks.Call) hooks.Result{}
	for _, p := range []hooks.Point{hooks.BeforeStateRead, hooks.AfterStateRead, hooks.BeforeStateWrite, hooks.AfterStateWrite, hooks.StateConflict} {
		at[p] = note
	}
	v := hooked(t, s, at)
	ctx := t.Context()
	for _, tt := range []struct {
		do   func() error
		want string
	}{
		{func() error { _, err := v.Set(ctx, global, "k", "x", SetOptions{}); return err }, "BeforeStateWrite set global k x; AfterStateWrite set global k x"},
		{func() error { _, _, err := v.Get(ctx, global, "k"); return err }, "BeforeStateRead get global k <nil>; AfterStateRead get global k x"},
		{func() error { _, err := v.List(ctx, global, ListOptions{}); return err }, "BeforeStateRead list global <nil> <nil>; AfterStateRead list global <nil> <nil>"},
		{func() error { _, _, err := v.CompareAndSet(ctx, global, "k", Missing(), 1, SetOptions{}); return err }, "BeforeStateWrite compare_and_set global k 1; StateConflict compare_and_set global k <nil>"},
		{func() error { _, err := v.Increment(ctx, global, "n", 2, SetOptions{}); return err }, "BeforeStateWrite increment global n <nil>; AfterStateWrite increment global n 2"},
		{func() error { _, err := v.Delete(ctx, global, "k"); return err }, "BeforeStateWrite delete global k <nil>; AfterStateWrite delete global k <nil>"},
		{func() error { _, err := v.Clear(ctx, global); return err }, "BeforeStateWrite clear global <nil> <nil>; AfterStateWrite clear global <nil> <nil>"},
		{func() error {
			return v.Transact(ctx, 0, func(tx *View) error {
				_, err := tx.Set(ctx, global, "t", 1, SetOptions{})
				seen = append(seen, "end")
				return err
			})
		}, "BeforeStateWrite set global t 1; end; AfterStateWrite set global t 1"},
	} {
		seen = nil
		if err := tt.do(); err != nil {
			t.Errorf("%s: %v", tt.want, err)
		}
		if got := strings.Join(seen, "; "); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestHooksChangeAndRefuse(t *testing.T) {
	s := newStore(t, Options{})
	set(t, s, "other", "there")
	ctx := t.Context()
	var answer hooks.Result
	say := func(*hooks.Call) hooks.Result { return answer }
	write := hooked(t, s, map[hooks.Point]func(*hooks.Call) hooks.Result{hooks.BeforeStateWrite: say})
	before := hooked(t, s, map[hooks.Point]func(*hooks.Call) hooks.Result{hooks.BeforeStateRead: say})
	after := hooked(t, s, map[hooks.Point]func(*hooks.Call) hooks.Result{hooks.AfterStateRead: say})

	answer = hooks.Result{Kind: hooks.Cancel, Reason: "not now"}
	var refused *hooks.CancelledError
	_, err := write.Set(ctx, global, "k", 1, SetOptions{})
	if !errors.As(err, &refused) || refused.Reason != "not now" {
		t.Errorf("set: %v", err)
	}
	missing(t, s, "k")
	if _, _, err := before.Get(ctx, global, "other"); !errors.As(err, &refused) {
		t.Errorf("get: %v", err)
	}
	if _, err := before.List(ctx, global, ListOptions{}); !errors.As(err, &refused) {
		t.Errorf("list: %v", err)
	}
	if _, err := write.Clear(ctx, global); !errors.As(err, &refused) || value(t, s, "other") != "there" {
		t.Errorf("clear: %v", err)
	}

	answer = hooks.Result{Kind: hooks.Modified, Data: map[string]any{"value": "changed", "ttl": int64(60)}}
	if e, err := write.Set(ctx, global, "k", 1, SetOptions{}); err != nil || e.TTL != time.Minute || value(t, s, "k") != "changed" {
		t.Errorf("modified: %+v, %v", e, err)
	}
	if e, _, err := after.Get(ctx, global, "other"); err != nil || e.Value != "changed" {
		t.Errorf("modified: %+v, %v", e, err)
	}
	answer = hooks.Result{Kind: hooks.Replace, Value: "instead"}
	if _, err := write.Set(ctx, global, "k", 1, SetOptions{}); err != nil || value(t, s, "k") != "instead" {
		t.Errorf("replace: %v", err)
	}
	if e, ok, err := before.Get(ctx, global, "nothing"); err != nil || !ok || e.Value != "instead" {
		t.Errorf("replace: %+v, %v", e, err)
	}
	answer = hooks.Result{Kind: hooks.Redirect, Target: "other"}
	if e, _, err := before.Get(ctx, global, "nothing"); err != nil || e.Value != "there" {
		t.Errorf("redirect: %+v, %v", e, err)
	}
	if _, err := write.Set(ctx, global, "k2", "redirected", SetOptions{}); err != nil || value(t, s, "other") != "redirected" {
		t.Errorf("redirect: %v", err)
	}
	missing(t, s, "k2")
	answer = hooks.Result{Kind: hooks.Modified, Data: map[string]any{"scope": "session:", "key": ""}}
	if _, err := write.Set(ctx, global, "k", 1, SetOptions{}); !errors.Is(err, ErrName) {
		t.Errorf("a hook that makes no sense: %v", err)
	}
}

func TestMigrationHook(t *testing.T) {
	s := newStore(t, Options{})
	set(t, s, "k", map[string]any{})
	if err := s.Register(Migration{Version: 2, Steps: []Transformation{{Add: "a", Default: true}}}); err != nil {
		t.Fatal(err)
	}
	var phases []any
	refuse := true
	v := hooked(t, s, map[hooks.Point]func(*hooks.Call) hooks.Result{hooks.StateMigration: func(c *hooks.Call) hooks.Result {
		phases = append(phases, c.Data["phase"], c.Data["changed"])
		if refuse {
			return hooks.Result{Kind: hooks.Cancel}
		}
		return hooks.Result{}
	}})
	if _, err := v.Migrate(t.Context(), 2, MigrateOptions{}); err == nil || len(value(t, s, "k").(map[string]any)) != 0 {
		t.Errorf("refused: %v", err)
	}
	refuse = false
	if _, err := v.Migrate(t.Context(), 2, MigrateOptions{}); err != nil || fmt.Sprint(phases) != "[before <nil> before <nil> after 1]" {
		t.Errorf("%v, %v", phases, err)
	}
	if err := v.Transact(t.Context(), 0, func(tx *View) error { _, err := tx.Migrate(t.Context(), 3, MigrateOptions{}); return err }); err == nil {
		t.Error("a migration in a transaction")
	}
}

// With Await, writes run elsewhere, and what they panic with comes here.
func TestChangesAreTold(t *testing.T) {
	s := newStore(t, Options{})
	var got []Change
	awaited := 0
	v := s.View(ViewOptions{Changed: func(c Change) { got = append(got, c) }, Await: func(_ context.Context, done <-chan struct{}) error {
		awaited++
		<-done
		return nil
	}})
	ctx := t.Context()
	if _, err := v.Set(ctx, global, "k", 1, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := v.Transact(ctx, 0, func(tx *View) error {
		if _, err := tx.Set(ctx, global, "lost", 1, SetOptions{}); err != nil {
			return err
		}
		return boom
	}); err != boom {
		t.Error(err)
	}
	if _, err := v.Delete(ctx, global, "nothing"); err != nil {
		t.Error(err)
	}
	if _, err := v.Clear(ctx, global); err != nil {
		t.Error(err)
	}
	if len(got) != 2 || got[1] != (Change{Operation: "clear", Scope: global}) || awaited == 0 {
		t.Fatalf("%+v, awaited %d times", got, awaited)
	}
	if set := got[0]; set.Operation != "set" || set.Scope != global || set.Key != "k" || set.Version != 1 || set.Value == nil {
		t.Errorf("%+v", set)
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic is gone")
		}
	}()
	v.Do(ctx, func(*Store) { panic("boom") })
}

package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// numbered is a tool that answers with its parameters, and fails as often as
// params.fail says.
func numbered(name string, runs *atomic.Int64, more ...schema.Property) tool.Definition {
	d := &tool.Descriptor{Name: name, Description: "counts", Category: "test", Quick: true, Parameters: schema.Map("", append(more,
		schema.Optional("n", schema.Int("", 0, 100).WithDefault(7)), schema.Optional("fail", schema.Int("", 0, 100)))...)}
	return tool.Static(d, func(_ context.Context, c *tool.Call) (*tool.Result, error) {
		if n := runs.Add(1); int(n) <= c.Params.Int("fail") {
			return nil, errors.New("not yet")
		}
		return tool.Value(fmt.Sprint(name, c.Params.Int("n"))), nil
	})
}

func TestHookChanges(t *testing.T) {
	to := func(n int) func(context.Context, *HookCall) error {
		return func(_ context.Context, c *HookCall) error {
			c.Params = map[string]any{"n": n}
			return nil
		}
	}
	var runs atomic.Int64
	for name, tt := range map[string]struct {
		hook   Hook
		params map[string]any
		want   string // the result, or the error
		runs   int64
	}{
		"nothing":               {Hook{}, nil, "one7", 1},
		"validate":              {Hook{Validate: to(3)}, map[string]any{"n": "wrong"}, "one3", 1},
		"validate, wrong":       {Hook{Validate: to(300)}, nil, `one: parameter "n"`, 0},
		"ready sees defaults":   {Hook{Ready: func(_ context.Context, c *HookCall) error { return fmt.Errorf("n is %v", c.Params["n"]) }}, nil, "one: n is 7", 0},
		"ready":                 {Hook{Ready: to(4)}, nil, "one4", 1},
		"ready, wrong":          {Hook{Ready: to(400)}, nil, `one: parameter "n"`, 0},
		"answer":                {Hook{Ready: func(_ context.Context, c *HookCall) error { c.Answer(tool.Value("mine")); return nil }}, nil, "mine", 0},
		"redirect":              {Hook{Ready: redirectFrom("one", "two")}, map[string]any{"n": 5}, "two5", 1},
		"redirect by validate":  {Hook{Validate: redirectFrom("one", "two")}, map[string]any{"n": 5}, "two5", 1},
		"redirect, no defaults": {Hook{Ready: redirectFrom("one", "two")}, nil, "two9", 1},
		"redirect to nowhere":   {Hook{Ready: redirectFrom("one", "three")}, nil, `no tool named "three"`, 0},
		"circle": {Hook{Ready: func(_ context.Context, c *HookCall) error {
			c.Redirect(map[string]string{"one": "two", "two": "one"}[c.Tool.Name])
			return nil
		}}, nil, "is there a circle", 0},
		"circle after failures": {Hook{Ended: func(_ context.Context, c *HookCall, r *Response) {
			if r.Error != nil {
				c.Redirect(map[string]string{"one": "two", "two": "one"}[c.Tool.Name])
			}
		}}, map[string]any{"fail": 100}, "is there a circle", 9},
		"repeat": {Hook{Ended: func(_ context.Context, c *HookCall, r *Response) {
			if r.Error != nil {
				c.Repeat(time.Microsecond)
			}
		}}, map[string]any{"fail": 2}, "one7", 3},
		"repeat for ever":    {Hook{Ended: func(_ context.Context, c *HookCall, _ *Response) { c.Repeat(0) }}, nil, "one7", maxRepeats},
		"repeat, no time":    {Hook{Ended: func(_ context.Context, c *HookCall, _ *Response) { c.Repeat(time.Hour) }}, nil, "one7", 1},
		"repeat what is bad": {Hook{Ended: func(_ context.Context, c *HookCall, _ *Response) { c.Repeat(0) }}, map[string]any{"n": "x"}, `one: parameter "n"`, 0},
		"another response": {Hook{Ended: func(_ context.Context, _ *HookCall, r *Response) {
			r.Success, r.Error, r.Result = true, nil, "saved"
		}}, map[string]any{"n": "x"}, "saved", 0},
		"redirected when it failed": {Hook{Ended: func(_ context.Context, c *HookCall, r *Response) {
			if r.Error != nil && c.Tool.Name == "one" {
				c.Redirect("two")
			}
		}}, map[string]any{"fail": 1, "n": 2}, "two2", 2},
		"panic in validate": {Hook{Validate: func(context.Context, *HookCall) error { panic("argh") }}, nil, "one: a hook failed", 0},
		"panic in ready":    {Hook{Ready: func(context.Context, *HookCall) error { panic("argh") }}, nil, "one: a hook failed", 0},
		"panic in ended":    {Hook{Ended: func(context.Context, *HookCall, *Response) { panic("argh") }}, nil, "one: a hook failed", 1},
		"inactive":          {Hook{Active: func() bool { return false }, Ready: func(context.Context, *HookCall) error { return errors.New("asked") }}, nil, "one7", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var befores, afters int
			looks := Hook{
				Before: func(_ context.Context, c *HookCall) error { befores++; return nil },
				After:  func(context.Context, *HookCall, *Response) { afters++ },
			}
			reg := NewRegistry()
			for _, d := range []tool.Definition{numbered("one", &runs), numberedNine(&runs)} {
				if err := reg.Register(d); err != nil {
					t.Fatal(err)
				}
			}
			inv := NewInvoker(reg, Options{Hooks: []Hook{looks, tt.hook, looks}})
			h, err := inv.Handle("one")
			if err != nil {
				t.Fatal(err)
			}
			check := func(how string, r *Response) {
				t.Helper()
				got := fmt.Sprint(r.Result)
				if r.Error != nil {
					got = r.Error.Error()
				}
				if !strings.Contains(got, tt.want) || r.Success != (r.Error == nil) || runs.Load() != tt.runs {
					t.Errorf("%s: %s after %d runs, want %s after %d", how, got, runs.Load(), tt.want, tt.runs)
				}
				if befores != 2 || afters != 2 {
					t.Errorf("%s: Before ran %d times, After %d", how, befores, afters)
				}
				for _, m := range inv.Snapshot().Tools {
					if m.InFlight != 0 {
						t.Errorf("%s: %d calls of %s are in flight", how, m.InFlight, m.Tool)
					}
				}
				befores, afters = 0, 0
				runs.Store(0)
			}
			runs.Store(0)
			r, _ := h.Invoke(background, tt.params, CallOptions{})
			check("Invoke", r)
			if p, err := h.Start(background, tt.params, CallOptions{}); err != nil {
				check("Start", Failure(err))
			} else {
				r, _ := p.Wait(background)
				check("Start", r)
			}
			own, r := h.Begin(background, tt.params, CallOptions{})
			for r == nil {
				var again bool
				if r, again = own.Conclude(own.Perform()); again {
					r = nil
				}
			}
			check("in steps", r)
		})
	}
}

// numberedNine is the tool two, whose default is another one's.
func numberedNine(runs *atomic.Int64) tool.Definition {
	d := numbered("two", runs)
	d.Descriptor.Parameters.Properties[0].Schema = schema.Int("", 0, 100).WithDefault(9)
	return d
}

func redirectFrom(from, to string) func(context.Context, *HookCall) error {
	return func(_ context.Context, c *HookCall) error {
		if c.Tool.Name == from {
			c.Redirect(to)
		}
		return nil
	}
}

// Hooks that have nothing to do cost no allocation.
func TestInactiveHooksAllocateNothing(t *testing.T) {
	var runs atomic.Int64
	call := func(hooks ...Hook) float64 {
		inv := invoker(t, Options{Hooks: hooks}, numbered("one", &runs))
		h, err := inv.Handle("one")
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(200, func() { _, _ = h.Invoke(background, nil, CallOptions{}) })
	}
	off := Hook{Active: func() bool { return false }, Ready: redirectFrom("one", "two")}
	plain, hooked := call(), call(off, off)
	for turn := 0; turn < 10 && hooked > plain; turn++ { // what goes on elsewhere in the process is counted too
		plain, hooked = call(), call(off, off)
	}
	if hooked > plain {
		t.Errorf("%v allocations, %v without hooks", hooked, plain)
	}
}

// The thread of a call is shown to hooks.
func TestThread(t *testing.T) {
	var runs atomic.Int64
	var seen any
	inv := invoker(t, Options{Hooks: []Hook{{Ready: func(_ context.Context, c *HookCall) error { seen = c.Thread; return nil }}}}, numbered("one", &runs))
	if _, err := inv.Invoke(background, "one", nil, CallOptions{Thread: "me"}); err != nil || seen != "me" {
		t.Errorf("%v, %v", seen, err)
	}
	if !inv.Hooked() || invoker(t, Options{}).Hooked() || invoker(t, Options{Hooks: []Hook{{Active: func() bool { return false }}}}).Hooked() {
		t.Error("Hooked")
	}
}

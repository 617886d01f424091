package hooks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// clock is a clock that only a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Unix(1_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func register(t testing.TB, r *Registry, p Point, d Definition) *Hook {
	t.Helper()
	h, err := r.Register(p, d)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func answer(res Result) Func {
	return func(context.Context, *Call) (Result, error) { return res, nil }
}

var background = context.Background()

func TestPoints(t *testing.T) {
	if n := len(Points()); n != 43 {
		t.Errorf("there are %d points", n)
	}
	seen := map[Point]bool{}
	for _, p := range Points() {
		if seen[p] {
			t.Errorf("%s is listed twice", p)
		}
		seen[p] = true
		var snake strings.Builder
		for i, r := range string(p) {
			if i > 0 && r >= 'A' && r <= 'Z' {
				snake.WriteByte('_')
			}
			snake.WriteString(strings.ToLower(string(r)))
		}
		for _, name := range []string{string(p), snake.String(), strings.ReplaceAll(snake.String(), "_", "-"), strings.ToUpper(snake.String()), strings.ToUpper(string(p))} {
			if got, err := ParsePoint(name); err != nil || got != p {
				t.Errorf("ParsePoint(%q) = %v, %v", name, got, err)
			}
		}
		if _, err := New(Options{}).Register(p, Definition{Func: pass}); err != nil {
			t.Error(err)
		}
	}
	if p, err := ParsePoint("CUSTOM:deploy done"); err != nil || p != Custom("deploy done") || !p.IsCustom() {
		t.Errorf("custom: %v, %v", p, err)
	}
	for name, want := range map[string]string{"before_tool_exekution": "BeforeToolExecution", "custom:": "needs a name", "": "no hook point", "custom:a\nb": "control", strings.Repeat("x", 10_000): "no hook point"} {
		if _, err := ParsePoint(name); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("ParsePoint(%.20q): %v", name, err)
		}
	}
	if _, err := New(Options{}).Register("before_tool_execution", Definition{Func: pass}); err == nil {
		t.Error("a registry took a point that is none")
	}
}

func FuzzParsePoint(f *testing.F) {
	f.Add("BeforeToolExecution")
	f.Add("custom:x")
	f.Fuzz(func(t *testing.T, name string) {
		p, err := ParsePoint(name)
		if err != nil {
			return
		}
		if again, err := ParsePoint(string(p)); err != nil || again != p {
			t.Errorf("%q is %q, which is %q, %v", name, p, again, err)
		}
		if _, err := New(Options{}).Register(p, Definition{Func: pass}); err != nil {
			t.Error(err)
		}
	})
}

// Hooks run by priority, then in the order of registration, those of a layer among
// those below it.
func TestOrder(t *testing.T) {
	kernel := New(Options{})
	session := kernel.Layer()
	var ran []string
	add := func(r *Registry, name string, p Priority) *Hook {
		return register(t, r, ToolError, Definition{Name: name, Priority: p, Func: func(context.Context, *Call) (Result, error) {
			ran = append(ran, name)
			return Result{}, nil
		}})
	}
	add(kernel, "k-low", Low)
	add(session, "s-high", High)
	add(kernel, "k-normal", Normal)
	gone := add(session, "s-normal", Normal)
	add(kernel, "k-lowest", Lowest)
	add(session, "s-highest", Highest)
	add(session, "s-7", 7)
	run := func(r *Registry, want string) {
		t.Helper()
		ran = nil
		r.Run(background, &Call{Point: ToolError})
		if got := strings.Join(ran, " "); got != want {
			t.Errorf("ran %s, want %s", got, want)
		}
	}
	run(session, "s-highest s-high k-normal s-normal s-7 k-low k-lowest")
	run(kernel, "k-normal k-low k-lowest")
	if !gone.Unregister() || gone.Unregister() {
		t.Error("a hook can be unregistered once")
	}
	run(session, "s-highest s-high k-normal s-7 k-low k-lowest")
	session.SetEnabled(false)
	run(session, "k-normal k-low k-lowest")
	session.SetEnabled(true)
	session.Close()
	run(session, "k-normal k-low k-lowest")
	if _, err := session.Register(ToolError, Definition{Func: pass}); err == nil {
		t.Error("a closed registry took a hook")
	}
}

func TestResults(t *testing.T) {
	for name, tt := range map[string]struct {
		results []Result
		kind    Kind
		hook    string // that has decided
		ran     int
		data    string
	}{
		"continue":           {[]Result{{}, {}}, Continue, "", 2, "map[a:1 b:2]"},
		"skip":               {[]Result{{Kind: Skip}, {Kind: Replace, Value: 1}}, Replace, "h1", 2, "map[a:1 b:2]"},
		"modified":           {[]Result{{Kind: Modified, Data: map[string]any{"a": 5}}, {}}, Modified, "h0", 2, "map[a:5 b:2]"},
		"modified twice":     {[]Result{{Kind: Modified, Data: map[string]any{"a": 5}}, {Kind: Modified, Data: map[string]any{"c": 6}}}, Modified, "h1", 2, "map[a:5 b:2 c:6]"},
		"cancel":             {[]Result{{Kind: Cancel, Reason: "no"}, {}}, Cancel, "h0", 1, "map[a:1 b:2]"},
		"modified, cancel":   {[]Result{{Kind: Modified, Data: map[string]any{"a": 5}}, {Kind: Cancel}}, Cancel, "h1", 2, "map[a:5 b:2]"},
		"redirect":           {[]Result{{Kind: Redirect, Target: "x"}, {}}, Redirect, "h0", 1, "map[a:1 b:2]"},
		"replace":            {[]Result{{Kind: Replace, Value: 7}, {}}, Replace, "h0", 1, "map[a:1 b:2]"},
		"retry":              {[]Result{{Kind: Retry}, {}}, Retry, "h0", 1, "map[a:1 b:2]"},
		"redirect to naught": {[]Result{{Kind: Redirect}, {}}, Continue, "", 2, "map[a:1 b:2]"},
		"retry too often":    {[]Result{{Kind: Retry, MaxAttempts: 1000}, {}}, Continue, "", 2, "map[a:1 b:2]"},
		"no such kind":       {[]Result{{Kind: 99}, {}}, Continue, "", 2, "map[a:1 b:2]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Options{})
			ran := 0
			for i, res := range tt.results {
				register(t, r, BeforeStateWrite, Definition{Name: fmt.Sprintf("h%d", i), Func: func(context.Context, *Call) (Result, error) {
					ran++
					return res, nil
				}})
			}
			original := map[string]any{"a": 1, "b": 2}
			call := &Call{Point: BeforeStateWrite, Data: original}
			out := r.Run(background, call)
			if out.Kind != tt.kind || out.Hook != tt.hook || ran != tt.ran || fmt.Sprint(call.Data) != tt.data {
				t.Errorf("%v by %q after %d hooks, data %v", out.Kind, out.Hook, ran, call.Data)
			}
			if fmt.Sprint(original) != "map[a:1 b:2]" {
				t.Errorf("the caller's map was changed: %v", original)
			}
			if out.Kind == Retry && (out.Delay != DefaultRetryDelay || out.MaxAttempts != DefaultRetryAttempts) {
				t.Errorf("retry: %+v", out)
			}
		})
	}
}

func TestComponentFilter(t *testing.T) {
	r := New(Options{})
	n := 0
	register(t, r, ToolError, Definition{Component: Component{"tool", "file-*"}, Func: func(context.Context, *Call) (Result, error) { n++; return Result{}, nil }})
	for _, c := range []Component{{"tool", "file-operations"}, {"tool", "calculator"}, {"agent", "file-agent"}, {"tool", "file-"}} {
		r.Run(background, &Call{Point: ToolError, Component: c})
	}
	if n != 2 {
		t.Errorf("ran %d times, want 2", n)
	}
}

// Errors and panics change nothing, are logged with a stack and counted; those of a
// guard refuse the operation.
func TestFailures(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	r := New(Options{Log: zap.New(core)})
	broken := register(t, r, BeforeStateWrite, Definition{Name: "broken", Func: func(context.Context, *Call) (Result, error) { return Result{Kind: Cancel}, errors.New("oops") }})
	register(t, r, BeforeStateWrite, Definition{Name: "panics", Func: func(context.Context, *Call) (Result, error) { panic("argh") }})
	register(t, r, BeforeStateWrite, Definition{Name: "last", Func: answer(Result{Kind: Replace, Value: "reached"})})
	if out := r.Run(background, &Call{Point: BeforeStateWrite}); out.Value != "reached" {
		t.Errorf("%+v", out)
	}
	if i := broken.Info(); i.Failures != 1 || i.Calls != 1 || i.LastFailure != "oops" || i.FailedAt.IsZero() || i.Breaker != Closed {
		t.Errorf("%+v", i)
	}
	if logs.Len() != 2 || !strings.Contains(fmt.Sprint(logs.All()[1].ContextMap()["traceback"]), "hooks_test.go") {
		t.Errorf("logged %v", logs.All())
	}
	register(t, r, AfterStateRead, Definition{Name: "guard", Guard: true, Func: func(context.Context, *Call) (Result, error) { panic("argh") }})
	_, err := r.Ask(background, &Call{Point: AfterStateRead})
	var cancelled *CancelledError
	if !errors.As(err, &cancelled) || cancelled.Hook != "guard" || !strings.Contains(err.Error(), "argh") {
		t.Errorf("the guard's failure: %v", err)
	}
}

// The end of the work that a hook is part of is no failure of the hook's.
func TestInterrupted(t *testing.T) {
	r := New(Options{})
	h := register(t, r, ToolError, Definition{Func: func(ctx context.Context, _ *Call) (Result, error) { return Result{}, ctx.Err() }})
	ctx, cancel := context.WithCancel(background)
	cancel()
	for range 10 {
		r.Run(ctx, &Call{Point: ToolError})
	}
	if i := h.Info(); i.Failures != 0 || i.Breaker != Closed || i.Calls != 10 {
		t.Errorf("%+v", i)
	}
}

func TestTimeout(t *testing.T) {
	r := New(Options{})
	release := make(chan struct{})
	ended := make(chan struct{})
	h := register(t, r, ToolError, Definition{Timeout: time.Millisecond, Breaker: BreakerOptions{SlowAfter: -1}, Func: func(ctx context.Context, c *Call) (Result, error) {
		defer close(ended)
		<-ctx.Done()
		<-release
		c.Data["x"] = "late"
		return Result{Kind: Cancel}, nil
	}})
	call := &Call{Point: ToolError, Data: map[string]any{"x": 1}}
	if out := r.Run(background, call); out.Kind != Continue {
		t.Errorf("%+v", out)
	}
	if i := h.Info(); i.Failures != 1 || !strings.Contains(i.LastFailure, "longer than 1ms") {
		t.Errorf("%+v", i)
	}
	close(release)
	<-ended
	if call.Data["x"] != 1 {
		t.Error("a hook that was left behind has changed the call")
	}
	register(t, r, AfterStateRead, Definition{Timeout: time.Minute, Func: answer(Result{Kind: Replace, Value: 3})})
	if out := r.Run(background, &Call{Point: AfterStateRead}); out.Value != 3 {
		t.Errorf("in time: %+v", out)
	}
}

// What a hook does runs no hooks at the same point, and points nest only so deep.
func TestRecursion(t *testing.T) {
	for name, thread := range map[string]any{"by context": nil, "by thread": "L"} {
		t.Run(name, func(t *testing.T) {
			r := New(Options{}).Layer()
			n, deepest, depth := 0, 0, 0
			for _, p := range Points() {
				register(t, r, p, Definition{Func: func(ctx context.Context, c *Call) (Result, error) {
					if thread != nil {
						ctx = background // as Lua loses it
					}
					n++
					depth++
					deepest = max(deepest, depth)
					for _, next := range Points()[:2] {
						r.Run(ctx, &Call{Point: next, Thread: thread})
					}
					if i := slices.Index(Points(), c.Point); i+1 < len(Points()) {
						r.Run(ctx, &Call{Point: Points()[i+1], Thread: thread})
					}
					depth--
					return Result{}, nil
				}})
			}
			r.Run(background, &Call{Point: Points()[5], Thread: thread})
			if deepest != maxDepth || n > 1000 {
				t.Errorf("%d calls, %d deep", n, deepest)
			}
			if r.Totals().Recursions == 0 {
				t.Error("no recursion was counted")
			}
			n = 0
			r.Run(background, &Call{Point: Points()[42], Thread: thread})
			if n == 0 {
				t.Error("nothing runs afterwards")
			}
		})
	}
}

func TestAsk(t *testing.T) {
	r := New(Options{})
	n := 0
	h := register(t, r, BeforeToolExecution, Definition{Name: "later", Func: func(_ context.Context, c *Call) (Result, error) {
		if n++; n < 3 {
			return Result{Kind: Retry, Delay: time.Microsecond, MaxAttempts: 5}, nil
		}
		return Result{Kind: Modified, Data: map[string]any{"n": n}}, nil
	}})
	call := &Call{Point: BeforeToolExecution, Data: map[string]any{}}
	if out, err := r.Ask(background, call); err != nil || out.Kind != Modified || call.Data["n"] != 3 {
		t.Errorf("%+v, %v, %v", out, err, call.Data)
	}
	h.Unregister()
	never := register(t, r, BeforeToolExecution, Definition{Func: answer(Result{Kind: Retry, Delay: time.Microsecond, MaxAttempts: 4})})
	var cancelled *CancelledError
	if _, err := r.Ask(background, call); !errors.As(err, &cancelled) || never.Info().Calls != 4 {
		t.Errorf("%v after %d calls", err, never.Info().Calls)
	}
	never.Unregister()
	register(t, r, BeforeToolExecution, Definition{Func: answer(Result{Kind: Retry, Delay: time.Hour})})
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	if _, err := r.Ask(ctx, call); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestBreaker(t *testing.T) {
	c := newClock()
	r := New(Options{Now: c.now})
	var fail atomic.Bool
	fail.Store(true)
	var slow time.Duration
	h := register(t, r, ToolError, Definition{Func: func(context.Context, *Call) (Result, error) {
		c.add(slow)
		if fail.Load() {
			return Result{}, errors.New("broken")
		}
		return Result{}, nil
	}})
	run := func(n int, want BreakerState, calls int64) {
		t.Helper()
		for range n {
			r.Run(background, &Call{Point: ToolError})
		}
		if i := h.Info(); i.Breaker != want || i.Calls != calls {
			t.Errorf("%s after %d calls, want %s after %d", i.Breaker, i.Calls, want, calls)
		}
	}
	run(2, Closed, 2)
	c.add(31 * time.Second) // the window has passed
	run(2, Closed, 4)
	run(1, Open, 5)
	run(100, Open, 5)
	if r.Totals().Open != 1 || h.Info().Passed != 100 {
		t.Errorf("%+v %+v", r.Totals(), h.Info())
	}
	c.add(15 * time.Second)
	run(0, HalfOpen, 5)
	run(1, Open, 6) // it fails when it is tried
	c.add(15 * time.Second)
	fail.Store(false)
	run(1, HalfOpen, 7)
	run(1, Closed, 8)
	run(10, Closed, 18)
	slow = 51 * time.Millisecond
	run(3, Open, 21)
	if i := h.Info(); i.Slow != 3 || !strings.Contains(i.LastFailure, "took 51ms") || i.Opened != 3 {
		t.Errorf("%+v", i)
	}
	c.add(-time.Hour) // a clock that is set back does not leave the hook out for an hour
	slow = 0
	run(2, Closed, 23)
}

// A success in between forgets failures only when they are old.
func TestBreakerClosedWindow(t *testing.T) {
	c := newClock()
	b := newBreaker(BreakerOptions{})
	for range 2 {
		b.ended(c.now(), true)
		b.ended(c.now(), false)
	}
	if b.clear.Load() {
		t.Error("forgotten too early")
	}
	c.add(time.Minute)
	b.ended(c.now(), false)
	if !b.clear.Load() || !b.allows(c.now()) {
		t.Error("never forgotten")
	}
}

func TestGuardLeftOut(t *testing.T) {
	c := newClock()
	r := New(Options{Now: c.now})
	register(t, r, ToolError, Definition{Name: "g", Guard: true, Func: func(context.Context, *Call) (Result, error) { return Result{}, errors.New("down") }})
	for range 5 {
		if out := r.Run(background, &Call{Point: ToolError}); out.Kind != Cancel || !strings.Contains(out.Reason, "down") {
			t.Fatalf("%+v", out)
		}
	}
}

func TestListAndFilter(t *testing.T) {
	r := New(Options{})
	s := r.Layer()
	register(t, r, ToolError, Definition{Name: "a", Tags: []string{"x", "y"}, Priority: High, Func: pass})
	register(t, s, ToolError, Definition{Name: "b", Language: "lua", Tags: []string{"x"}, Func: pass})
	off := register(t, s, AfterStateRead, Definition{Func: answer(Result{Kind: Skip})})
	s.Run(background, &Call{Point: AfterStateRead})
	off.SetEnabled(false)
	s.Run(background, &Call{Point: AfterStateRead})
	high := High
	for name, tt := range map[string]struct {
		f    Filter
		want string
	}{
		"all":      {Filter{}, "hook-3 a b"},
		"point":    {Filter{Point: ToolError}, "a b"},
		"tag":      {Filter{Tag: "y"}, "a"},
		"language": {Filter{Language: "lua"}, "b"},
		"priority": {Filter{Priority: &high}, "a"},
		"name":     {Filter{Name: "b"}, "b"},
	} {
		var names []string
		for _, i := range s.List(tt.f) {
			names = append(names, i.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if i := off.Info(); i.Enabled || i.Calls != 1 || i.Skipped != 1 {
		t.Errorf("%+v", i)
	}
	if s.Find(1) == nil || s.Owns(s.Find(1)) || !s.Owns(s.Find(2)) || s.Find(99) != nil {
		t.Error("Find or Owns")
	}
}

func TestRegisterRefuses(t *testing.T) {
	r := New(Options{})
	for name, d := range map[string]Definition{
		"no function": {}, "long name": {Func: pass, Name: strings.Repeat("x", 200)}, "empty tag": {Func: pass, Tags: []string{""}}, "timeout": {Func: pass, Timeout: -1},
	} {
		if _, err := r.Register(ToolError, d); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for range MaxHooks {
		register(t, r, ToolError, Definition{Func: pass})
	}
	if _, err := r.Register(ToolError, Definition{Func: pass}); err == nil {
		t.Error("there is no end to the hooks")
	}
}

// Hooks come and go while others run.
func TestConcurrency(t *testing.T) {
	kernel := New(Options{})
	var all sync.WaitGroup
	stop := make(chan struct{})
	var runs atomic.Int64
	for i := range 4 {
		session := kernel.Layer()
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if session.Has(ToolError) {
					session.Run(background, &Call{Point: ToolError, Data: map[string]any{"i": i}})
				}
				session.List(Filter{})
				session.Totals()
				runs.Add(1)
			}
		})
	}
	for i := range 500 {
		h := register(t, kernel, ToolError, Definition{Func: func(context.Context, *Call) (Result, error) {
			if i%7 == 0 {
				return Result{}, errors.New("sometimes")
			}
			return Result{Kind: Modified, Data: map[string]any{"n": i}}, nil
		}})
		h.SetEnabled(i%5 != 0)
		if !h.Unregister() {
			t.Error("gone already")
		}
	}
	for runs.Load() < 1000 {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	all.Wait()
	if kernel.Has(ToolError) || kernel.Totals().Hooks != 0 {
		t.Error("hooks are left")
	}
}

// Points share few bits of the mask, so that hooks elsewhere cost nothing.
func TestBits(t *testing.T) {
	of := map[uint64]Point{}
	for _, p := range Points() {
		of[bit(p)] = p
	}
	if len(of) < 40 {
		t.Errorf("the points have %d bits", len(of))
	}
}

func TestHasAllocatesNothing(t *testing.T) {
	r := New(Options{}).Layer()
	register(t, r, AfterStateRead, Definition{Func: pass})
	other, same := NewSet(ToolError, ToolValidation), NewSet(ToolError, AfterStateRead)
	if n := testing.AllocsPerRun(100, func() {
		if r.Has(BeforeToolExecution) || r.HasAny(other) || !r.HasAny(same) {
			t.Fatal("wrong")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The documentation names all points.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/hooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Points() {
		if !strings.Contains(string(text), "`"+string(p)+"`") {
			t.Errorf("docs/hooks.md does not name %s", p)
		}
	}
}

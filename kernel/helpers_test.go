package kernel

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// patience is how long tests wait for what should take milliseconds.
const patience = 30 * time.Second

// session opens a session of a kernel that ends with the test. It has the tools
// hang, which waits until it must end, and stubborn, which does not care.
func session(t testing.TB, o Options) *Hosted {
	t.Helper()
	if o.NewSession == nil {
		o.NewSession = withTools(t)
	}
	k := New(o)
	t.Cleanup(k.Close)
	h, err := k.Open(SessionOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// withTools is an Options.NewSession whose sessions have the tools of session.
func withTools(t testing.TB) func(SessionOptions, Config) (*Session, error) {
	t.Helper()
	reg := tools.Builtin().Layer()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	define := func(name string, run func(ctx context.Context) error) tool.Definition {
		d := &tool.Descriptor{Name: name, Description: "for tests", Category: "test", Parameters: schema.Map("")}
		return tool.Static(d, func(ctx context.Context, _ *tool.Call) (*tool.Result, error) { return nil, run(ctx) })
	}
	if err := reg.Register(
		define("hang", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
		define("stubborn", func(context.Context) error { <-over; return nil }),
		define("broken", func(context.Context) error { panic("broken") }),
	); err != nil {
		t.Fatal(err)
	}
	return func(_ SessionOptions, cfg Config) (*Session, error) {
		cfg.Tools = reg
		return NewSession(cfg)
	}
}

// run executes code that must work, and returns its texts.
func run(t testing.TB, h *Hosted, code string) []string {
	t.Helper()
	o := outcome(t, h, Request{Code: code})
	if o.Err != nil {
		t.Fatalf("%s: %v", code, o.Err)
	}
	return o.Texts
}

// outcome executes a request.
func outcome(t testing.TB, h *Hosted, r Request) Outcome {
	t.Helper()
	x, err := h.Submit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return ended(t, x)
}

// ended waits for an execution that ends soon.
func ended(t testing.TB, x *Execution) Outcome {
	t.Helper()
	select {
	case <-x.Done():
		return x.Outcome()
	case <-time.After(patience):
		buf := make([]byte, 1<<20)
		t.Fatalf("the execution goes on\n%s", buf[:runtime.Stack(buf, true)])
		panic("unreachable")
	}
}

// start executes code, whose stdin is silent, and returns when it runs.
func start(t testing.TB, h *Hosted, code string) *Execution {
	t.Helper()
	running := make(chan struct{})
	never := &silent{make(chan struct{})}
	t.Cleanup(func() { close(never.closed) })
	x, err := h.Submit(t.Context(), Request{Code: "print('running') " + code, Stdin: never, Output: func(_ Stream, p []byte) {
		if strings.HasPrefix(string(p), "running") {
			close(running)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-running:
	case <-x.Done():
		t.Fatalf("it has ended: %v", x.Outcome().Err)
	case <-time.After(patience):
		t.Fatal("it does not start")
	}
	return x
}

// busy are the ways in which a script goes on until it is interrupted.
func busy(testing.TB) map[string]string {
	return map[string]string{
		"a loop":               `while true do end`,
		"a loop that catches":  `while true do pcall(function() while true do end end) end`,
		"a handler":            `while true do xpcall(error, function() while true do end end) end`,
		"a tool":               `Tool.execute("hang")`,
		"a stubborn tool":      `Tool.execute("stubborn")`,
		"a handle":             `Tool.start("hang"):wait()`,
		"parallel tools":       `Tool.parallel{{"hang"}, {"hang"}, {"stubborn"}}`,
		"a tool that catches":  `while true do pcall(Tool.execute, "hang") end`,
		"a tool of its own":    `pcall(Tool.register, {name = "own", description = "d", execute = function() while true do end end}) Tool.execute("own")`,
		"Utils.sleep":          `while true do Utils.sleep(60000) end`,
		"Event.receive":        `while true do Event.receive(Event.subscribe("none"), 60000) end`,
		"a hook that puts off": `Hook.register("BeforeToolExecution", function() return {type = "retry", delay_ms = 60000} end) Tool.execute("hang")`,
		"a stream":             `Streaming.create(function(yield) while true do yield(1) end end):filter(function() return false end):next()`,
		"io.read":              `io.read()`,
		"io.read that loops":   `while true do io.read("*a") end`,
		"io.lines":             `for l in io.lines() do end`,
		"coroutines":           `local function f(n) local co = coroutine.wrap(function() if n == 0 then while true do end end f(n - 1) end) co() end while true do pcall(f, 10) end`,
		"yields":               `local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end`,
		"string.rep":           `while true do string.rep("x", 2e7) end`,
		"a pattern":            `local s = string.rep("a", 20000) while true do s:find(string.rep(".-", 50) .. "b") end`,
		"gsub":                 `local s = string.rep("a", 1e6) while true do s:gsub("a", "b") end`,
		"table.sort":           `local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 100003 end while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end`,
		"table.concat":         `local t = {} for i = 1, 1e5 do t[i] = "x" end while true do table.concat(t) end`,
		"its result's text":    `return setmetatable({}, {__tostring = function() while true do end end})`,
		"an error's text":      `error(setmetatable({}, {__tostring = function() while true do end end}))`,
		"compiling":            `while true do loadstring(string.rep("x = 1 ", 1000)) end`,
	}
}

// silent is a stream on which nothing ever comes, until it is closed.
type silent struct{ closed chan struct{} }

func (s *silent) Read([]byte) (int, error) { <-s.closed; return 0, io.EOF }

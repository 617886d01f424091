package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

func TestKernelExecutes(t *testing.T) {
	h := session(t, Options{})
	var out strings.Builder
	o := outcome(t, h, Request{Code: "x = 6; print('six') io.stderr:write('err')", Output: func(s Stream, p []byte) { fmt.Fprintf(&out, "%s:%s|", s, p) }})
	if o.Err != nil || out.String() != "stdout:six\n|stderr:err|" {
		t.Fatalf("%v, printed %q", o.Err, out.String())
	}
	o = outcome(t, h, Request{Code: "x * 7, 'a', nil, {1, {b = true}}, print", Values: true})
	want := []any{int64(42), "a", nil, []any{int64(1), map[string]any{"b": true}}, o.Texts[4]}
	if !reflect.DeepEqual(o.Values, want) || o.Texts[0] != "42" || len(o.Texts) != 5 || o.Sequence != 2 || o.Truncated || o.Started.IsZero() || o.Duration <= 0 {
		t.Fatalf("%+v", o)
	}
	file := filepath.Join(h.Options().Dir, "sub", "script.lua")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("return x + ..., arg[0], ARGS.n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o = outcome(t, h, Request{File: "sub/script.lua", Args: []string{"1", "--n", "2"}}); o.Err != nil || strings.Join(o.Texts, " ") != "7 sub/script.lua 2" {
		t.Errorf("%+v", o)
	}
	if o = outcome(t, h, Request{File: "nowhere.lua"}); o.Err == nil {
		t.Error("a file that is not there is run")
	}
	if c := h.Kernel().Counts(); c != (Counts{Sessions: 1, Submitted: 4, Completed: 3, Failed: 1}) {
		t.Errorf("%+v", c)
	}
}

func TestErrorsOfScripts(t *testing.T) {
	h := session(t, Options{})
	for _, c := range []struct {
		code string
		kind runtime.ErrorKind
		exit int
		text string
	}{
		{"error('wrong')", runtime.KindScript, 1, "wrong"},
		{"x = = 1", runtime.KindSyntax, 1, "unexpected symbol"},
		{"os.exit(3)", runtime.KindExit, 3, "status 3"},
		{"coroutine.wrap(function() pcall(os.exit, 4) end)()", runtime.KindExit, 4, "status 4"},
		{"return setmetatable({}, {__tostring = function() error('no text') end})", runtime.KindScript, 1, "no text"},
		{"return setmetatable({}, {__tostring = function() return {} end})", runtime.KindScript, 1, "__tostring"},
		{"return setmetatable({}, {__tostring = function() os.exit(5) end})", runtime.KindExit, 5, "status 5"},
		{"local function f() return f() + 1 end f()", runtime.KindScript, 1, "stack overflow"},
		{"Tool.execute('broken')", runtime.KindScript, 6, "bug in the tool"},
	} {
		o := outcome(t, h, Request{Code: c.code})
		e, ok := errors.AsType[*runtime.Error](o.Err)
		if !ok || e.Kind != c.kind || e.ExitCode() != c.exit || !strings.Contains(e.Error(), c.text) || len(o.Texts) > 0 {
			t.Errorf("%s: %v, %+v", c.code, e, o)
		}
		if got := run(t, h, "1 + 1"); got[0] != "2" {
			t.Fatalf("after %s: %v", c.code, got)
		}
	}
	if o := outcome(t, h, Request{Code: "os.exit(0) never = true"}); o.Err != nil {
		t.Error(o.Err)
	}
	if got := run(t, h, "never"); got[0] != "nil" {
		t.Error("os.exit(0) did not end the execution")
	}
}

func TestResultsAreBounded(t *testing.T) {
	const limit = 4096
	h := session(t, Options{Limits: Limits{MaxResult: limit}})
	for code, truncated := range map[string]bool{
		"'short', {1, 2}":                              false,
		"string.rep('x', 100000)":                      true,
		"string.rep('ä', 100000)":                      true,
		"unpack({}, 1, 5000)":                          true,
		"string.rep('x', 3000), string.rep('y', 3000)": true,
		"(function() local t = {} for i = 1, 10000 do t[i] = i end return t end)()": true,
		"{(' '):rep(10000)}": true,
		"print":              false,
	} {
		o := outcome(t, h, Request{Code: code, Values: true})
		n := int64(0)
		for i, s := range o.Texts {
			n += int64(len(s))
			n += size(o.Values[i])
			if strings.ContainsRune(s, '\uFFFD') {
				t.Errorf("%s: a character is cut", code)
			}
		}
		if o.Err != nil || o.Truncated != truncated || n > 3*limit || len(o.Values) != len(o.Texts) {
			t.Errorf("%s: %v, truncated %v, %d bytes", code, o.Err, o.Truncated, n)
		}
	}
	h.Kernel().SetLimits(Limits{MaxResult: -1})
	if o := outcome(t, h, Request{Code: "string.rep('x', 2e7)"}); len(o.Texts[0]) != 2e7 || o.Truncated {
		t.Errorf("%d bytes, truncated %v", len(o.Texts[0]), o.Truncated)
	}
}

// TestStdinIsTheExecutionsOwn: what one has not read, the next does not get.
func TestStdinIsTheExecutionsOwn(t *testing.T) {
	h := session(t, Options{})
	for i, c := range []struct{ code, in, want string }{
		{"io.read()", "one\ntwo\n", "one"},
		{"io.read()", "three\n", "three"},
		{"io.read()", "", "nil"},
		{"io.read('*a')", "all\nof it", "all\nof it"},
	} {
		o := outcome(t, h, Request{Code: c.code, Stdin: strings.NewReader(c.in)})
		if o.Err != nil || o.Texts[0] != c.want {
			t.Errorf("%d: %+v", i, o)
		}
	}
	x := start(t, h, "io.read()") // on a stream that never gives anything
	h.Interrupt(false)
	ended(t, x)
	if o := outcome(t, h, Request{Code: "io.read()", Stdin: strings.NewReader("mine\n")}); o.Err != nil || o.Texts[0] != "mine" {
		t.Errorf("after one that was interrupted: %+v", o)
	}
	if o := outcome(t, h, Request{Code: "io.read()"}); o.Err != nil || o.Texts[0] != "nil" {
		t.Errorf("without input: %+v", o)
	}
}

// TestPanicsStayTheirOwn: those of callbacks change nothing for the script, those
// below Lua are its errors.
func TestPanicsStayTheirOwn(t *testing.T) {
	boom := func() { panic("boom") }
	var told atomic.Int32
	h := session(t, Options{
		Opened: func(*Hosted) { boom() }, Closed: func(*Hosted) { boom() }, Started: func(*Execution) { boom() },
		Ended: func(_ *Execution, o Outcome) { told.Add(1); boom() },
	})
	calls := 0
	o := outcome(t, h, Request{Code: "print(1) print(2) return 'done'", Started: boom, Output: func(Stream, []byte) { calls++; boom() }})
	if o.Err != nil || o.Texts[0] != "done" || calls != 1 || told.Load() != 1 {
		t.Errorf("%+v, %d calls, told %d times", o, calls, told.Load())
	}
	if o := outcome(t, h, Request{Code: "assert(io.read())", Stdin: panicking{}}); o.Err == nil || !strings.Contains(o.Err.Error(), "boom") {
		t.Errorf("a reader that panics: %v", o.Err)
	}
	if got := run(t, h, "'alive'"); got[0] != "alive" {
		t.Error(got)
	}
	if err := h.Session().State().Do(t.Context(), func(*glua.LState) { boom() }); !errors.As(err, new(*runtime.PanicError)) {
		t.Errorf("Do: %v", err)
	}
	h.Close()
	if _, err := h.Kernel().Session(h.ID()); !errors.Is(err, ErrNoSession) {
		t.Error(err)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("boom") }

// TestBrokenSession: a panic that gets out of an execution closes the session, and
// says why.
func TestBrokenSession(t *testing.T) {
	h := session(t, Options{})
	x := start(t, h, "while true do end")
	queued, err := h.Submit(t.Context(), Request{Code: "1"})
	if err != nil {
		t.Fatal(err)
	}
	h.session.log = nil // the next execution panics outside of Lua
	h.Interrupt(false)
	if o := ended(t, x); o.Err == nil {
		t.Error("no error")
	}
	if o := ended(t, queued); !strings.Contains(fmt.Sprint(o.Err), "internal error") && !errors.Is(o.Err, ErrClosed) {
		t.Errorf("%v", o.Err)
	}
	select {
	case <-h.Done():
	case <-time.After(patience):
		t.Fatal("the session is not closed")
	}
	if _, err := h.Submit(t.Context(), Request{Code: "1"}); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("%v", err)
	}
}

// TestSessionsAreTheirOwn: folder, environment, permissions and variables.
func TestSessionsAreTheirOwn(t *testing.T) {
	k := New(Options{})
	defer k.Close()
	one, two := "one", "two"
	dirs := []string{t.TempDir(), t.TempDir()}
	open, err := sandbox.New(dirs[0], sandbox.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range []SessionOptions{
		{ID: "one", Dir: dirs[0], Env: map[string]*string{"SESSION_OWN": &one}},
		{ID: "two", Dir: dirs[1], Env: map[string]*string{"SESSION_OWN": &two}},
		{ID: "closed", Dir: dirs[0], Sandbox: open},
	} {
		if _, err := k.Open(o); err != nil {
			t.Fatal(err)
		}
		_ = i
	}
	for _, id := range []string{"one", "two"} {
		h, err := k.Session(id)
		if err != nil {
			t.Fatal(err)
		}
		code := `x = os.getenv("SESSION_OWN") local f = assert(io.open("file", "w")) f:write(x) f:close() return x`
		if got := run(t, h, code); got[0] != id {
			t.Errorf("%s: %v", id, got)
		}
		if got := run(t, h, "x"); got[0] != id {
			t.Errorf("%s: %v", id, got)
		}
	}
	for i, id := range []string{"one", "two"} {
		if data, err := os.ReadFile(filepath.Join(dirs[i], "file")); err != nil || string(data) != id {
			t.Errorf("%s: %q, %v", id, data, err)
		}
	}
	h, _ := k.Session("closed")
	if got := run(t, h, `io.open("file", "w")`); got[0] != "nil" || len(got) < 2 {
		t.Errorf("a session without permissions writes files: %v", got)
	}
}

func TestIDs(t *testing.T) {
	k := New(Options{Limits: Limits{MaxSessions: 2}})
	defer k.Close()
	for _, id := range []string{"a b", "a/b", "ä", strings.Repeat("x", 129)} {
		if _, err := k.Open(SessionOptions{ID: id}); err == nil {
			t.Errorf("%.20q is accepted", id)
		}
	}
	if _, err := k.Open(SessionOptions{ID: "same", Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(SessionOptions{ID: "same", Dir: t.TempDir()}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if _, err := k.Open(SessionOptions{Dir: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a folder that is not there is accepted")
	}
	if _, err := k.Open(SessionOptions{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(SessionOptions{Dir: t.TempDir()}); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	k.Sessions()[0].Close()
	if _, err := k.Open(SessionOptions{ID: "same", Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
	k.Close()
	if _, err := k.Open(SessionOptions{Dir: t.TempDir()}); !errors.Is(err, ErrShutdown) {
		t.Error(err)
	}
	if len(k.Sessions()) != 0 {
		t.Error("sessions are left")
	}
}

// TestContextEndsExecutions, whether they run, wait or have not begun.
func TestContextEndsExecutions(t *testing.T) {
	h := session(t, Options{})
	why := errors.New("the client has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	x, err := h.Submit(ctx, Request{Code: "while true do end"})
	if err != nil {
		t.Fatal(err)
	}
	queued, err := h.Submit(ctx, Request{Code: "1"})
	if err != nil {
		t.Fatal(err)
	}
	cancel(why)
	for _, x := range []*Execution{x, queued} {
		if o := ended(t, x); !errors.Is(o.Err, why) {
			t.Error(o.Err)
		}
	}
	if x, err = h.Submit(ctx, Request{Code: "while true do end"}); err != nil {
		t.Fatal(err)
	}
	if o := ended(t, x); !errors.Is(o.Err, why) {
		t.Error(o.Err)
	}
	x.Cancel(nil) // has ended
	if c := h.Kernel().Counts(); c.Interrupted != 3 || c.Running+c.Queued != 0 {
		t.Errorf("%+v", c)
	}
}

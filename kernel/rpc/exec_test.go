package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial(ClientOptions{})
	res := must[*RunResult](t)(c.Run(background, RunParams{Code: "x = (x or 0) + 1; return x, 'ä\\255', {1, 0/0}", Values: true}, RunHandlers{}))
	if len(res.Texts) != 3 || res.Texts[0] != "1" || res.Texts[1] != "ä\xff" || res.Error != nil || res.Sequence != 1 || res.Execution != res.Session+":1" {
		t.Errorf("%+v", res)
	}
	if got := fmt.Sprint(res.Values); got != "[1 map[base64:w6T/] [1 map[number:nan]]]" {
		t.Errorf("values %s", got)
	}
	// The connection has a session of its own, which lasts.
	res = must[*RunResult](t)(c.Run(background, RunParams{Code: "x = x + 1; return x"}, RunHandlers{}))
	if len(res.Texts) != 1 || res.Texts[0] != "2" || res.Sequence != 2 {
		t.Errorf("%+v", res)
	}
	// Another connection has another.
	res = must[*RunResult](t)(r.dial(ClientOptions{}).Run(background, RunParams{Code: "return x"}, RunHandlers{}))
	if res.Texts[0] != "nil" {
		t.Errorf("a session is shared: %v", res.Texts)
	}
}

func TestRunErrors(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	for _, tt := range []struct {
		code, kind, message string
		exit, line          int
	}{
		{"\nerror('bad')", "script", "bad", 1, 2},
		{"x =", "syntax", "", 1, 1},
		{"os.exit(7)", "exit", "status 7", 7, 0},
	} {
		res := must[*RunResult](t)(c.Run(background, RunParams{Code: Text(tt.code), Name: "=t"}, RunHandlers{}))
		e := res.Error
		if e == nil || e.Kind != tt.kind || !strings.Contains(string(e.Message), tt.message) || tt.line > 0 && e.Line != tt.line || tt.exit != e.ExitCode && tt.kind != "syntax" {
			t.Errorf("%q: %+v", tt.code, e)
		}
	}
	res := must[*RunResult](t)(c.Run(background, RunParams{Code: "while true do end", TimeoutMS: 20}, RunHandlers{}))
	if res.Error == nil || res.Error.Kind != "timeout" || res.Error.ExitCode != 4 {
		t.Errorf("%+v", res.Error)
	}
	for field, p := range map[string]RunParams{
		"file":       {Code: "x", File: "y"},
		"timeout_ms": {TimeoutMS: -1},
		"session":    {Session: "x", Cwd: "/"},
		"":           {Session: "none", Code: "x"},
		"cwd":        {Cwd: "/no/such/folder"},
	} {
		_, err := c.Run(background, p, RunHandlers{})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Data.Field != field || field == "" && e.Code != CodeNotFound {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// Output comes in order, both streams, whole characters, before the result.
func TestOutput(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	var out output
	var order strings.Builder
	h := out.handlers()
	inner := h.Output
	h.Output = func(stream string, data []byte) {
		order.WriteString(stream[3:4])
		inner(stream, data)
	}
	var statuses []string
	h.Status = func(s ExecStatus) { statuses = append(statuses, s.Status) }
	code := `io.write("a\195"); io.write("\164b\n"); io.stderr:write("e1\n"); print("c"); io.write("\255\n"); for i = 1, 20000 do print(i) end`
	res := must[*RunResult](t)(c.Run(background, RunParams{Code: Text(code)}, h))
	if res.Error != nil {
		t.Fatal(res.Error)
	}
	want := "aäb\nc\n\xff\n"
	for i := 1; i <= 20000; i++ {
		want += fmt.Sprintln(i)
	}
	if got := out.text("stdout"); got != want {
		t.Errorf("stdout has %d bytes, want %d: %.40q", len(got), len(want), got)
	}
	if got := out.text("stderr"); got != "e1\n" {
		t.Errorf("stderr %q", got)
	}
	if !strings.Contains(order.String(), "oeo") && !strings.HasPrefix(order.String(), "oe") {
		t.Errorf("order %.20q", order.String())
	}
	if fmt.Sprint(statuses) != "[queued running]" {
		t.Errorf("statuses %v", statuses)
	}
}

func TestStdin(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	h := RunHandlers{Stdin: strings.NewReader("one\ntwo\n" + strings.Repeat("x", 200_000))}
	res := must[*RunResult](t)(c.Run(background, RunParams{Code: "local a, b = io.read(), io.read(); return a, b, #io.read('*a'), io.read()"}, h))
	if fmt.Sprint(res.Texts) != "[one two 200000 nil]" || res.Error != nil {
		t.Errorf("%v %v", res.Texts, res.Error)
	}
	// Without it there is none, and nobody waits.
	res = must[*RunResult](t)(c.Run(background, RunParams{Code: "return io.read()"}, RunHandlers{}))
	if fmt.Sprint(res.Texts) != "[nil]" {
		t.Errorf("%v", res.Texts)
	}
	// A script that waits for input can be interrupted.
	reader, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(background)
	h = RunHandlers{Stdin: reader, Status: func(s ExecStatus) {
		if s.Status == "running" {
			time.AfterFunc(20*time.Millisecond, cancel)
		}
	}}
	res, err := c.Run(ctx, RunParams{Code: "return io.read()"}, h)
	if err != nil || res.Error == nil || res.Error.Kind != "cancelled" {
		t.Errorf("%+v, %v", res, err)
	}
	res = must[*RunResult](t)(c.Run(background, RunParams{Code: "return 'usable'"}, RunHandlers{}))
	if fmt.Sprint(res.Texts) != "[usable]" {
		t.Errorf("%v", res.Texts)
	}
}

func TestInterrupt(t *testing.T) {
	r := newRig(t, Options{})
	c, other := r.dial(ClientOptions{}), r.dial(ClientOptions{})
	s := must[SessionInfo](t)(c.CreateSession(background, SessionParams{ID: "shared"}))
	for _, p := range []InterruptParams{{Session: s.ID}, {Execution: "mine"}, {Session: s.ID, All: true}} {
		done := make(chan *RunResult, 1)
		running := make(chan struct{})
		go func() {
			res, err := c.Run(background, RunParams{Session: s.ID, Execution: "mine", Code: "while true do end"}, RunHandlers{Status: func(s ExecStatus) {
				if s.Status == "running" {
					close(running)
				}
			}})
			if err != nil {
				t.Error(err)
			}
			done <- res
		}()
		<-running
		if n, err := other.Interrupt(background, p); n != 1 || err != nil {
			t.Errorf("%+v: %d, %v", p, n, err)
		}
		if res := <-done; res == nil || res.Error == nil || !res.Error.Interrupted || res.Error.ExitCode != 130 {
			t.Errorf("%+v: %+v", p, res)
		}
	}
	if _, err := other.Interrupt(background, InterruptParams{Execution: "mine"}); !IsCode(err, CodeNotFound) {
		t.Errorf("an execution that has ended: %v", err)
	}
	if n, err := other.Interrupt(background, InterruptParams{}); n != 0 || err != nil {
		t.Errorf("nothing runs: %d, %v", n, err)
	}
}

// What a script is asked while it runs.
func TestAskedWhileBusy(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	must[SessionInfo](t)(c.CreateSession(background, SessionParams{ID: "s"}))
	ctx, cancel := context.WithCancel(background)
	running := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = c.Run(ctx, RunParams{Session: "s", Code: "answer = {deep = 42}; print('ready'); while true do end"}, RunHandlers{Output: func(string, []byte) { close(running) }})
	}()
	<-running
	m := must[kernelCompletions](t)(c.Complete(background, CompleteParams{Session: "s", Code: "answ", Position: 4}))
	if len(m.Matches) != 1 || m.Matches[0].Text != "answer" {
		t.Errorf("%+v", m)
	}
	i := must[kernelInspection](t)(c.Inspect(background, InspectParams{Session: "s", Code: "answer.deep", Position: 9}))
	if !i.Found || i.Value != "42" {
		t.Errorf("%+v", i)
	}
	v := must[kernelVariables](t)(c.Variables(background, VariablesParams{Session: "s"}))
	if v.Total != 1 || v.Variables[0].Name != "answer" {
		t.Errorf("%+v", v)
	}
	v = must[kernelVariables](t)(c.Variables(background, VariablesParams{Session: "s", Expression: "answer"}))
	if v.Total != 1 || v.Variables[0].Value != "42" {
		t.Errorf("%+v", v)
	}
	if s := must[SessionInfo](t)(c.Session(background, "s")); !s.Busy {
		t.Errorf("%+v", s)
	}
	k := must[kernelCompleteness](t)(c.IsComplete(background, "for i = 1, 2 do"))
	if k.Status != "incomplete" || k.Indent == "" {
		t.Errorf("%+v", k)
	}
	if _, err := c.Complete(background, CompleteParams{Code: "x", Position: 5}); !IsCode(err, CodeInvalidParams) {
		t.Errorf("position: %v", err)
	}
	cancel()
	<-done
}

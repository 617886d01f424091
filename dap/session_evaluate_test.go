package dap_test

import (
	"testing"
	"time"

	godap "github.com/google/go-dap"
)

func TestSetVariable(t *testing.T) {
	c := stoppedAt(t, 4, "local up, t = 1, {k = 1, 5}", "local function f()", "  local a = 2", "  return a, up, t", "end", "print(f())")
	top := c.Top(1).Id
	locals, upvalues := c.Scope(top, "Locals").VariablesReference, c.Scope(top, "Upvalues").VariablesReference
	equal(t, "a", c.SetVariable(locals, "a", "up + 40").Value, "41")
	equal(t, "up", c.SetVariable(upvalues, "up", "'new'").Type, "string")
	if v := c.SetVariable(locals, "a", "{1, 2}"); v.VariablesReference == 0 || v.IndexedVariables != 2 {
		t.Errorf("a table: %+v", v)
	}
	c.SetVariable(c.Scope(top, "Locals").VariablesReference, "a", "a[2] * 100")
	if text := c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: locals, Name: "a", Value: "1 +"}); text == "" {
		t.Error("an expression that is wrong was taken")
	}
	if text := c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: locals, Name: "none", Value: "1"}); text == "" {
		t.Error("a variable that does not exist was set")
	}
	contains(t, c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: locals, Name: "a"}), "needs")
	c.Continue(1)
	c.ExpectTerminated()
	contains(t, c.Output("stdout"), "200\tnew\ttable")
	c.Disconnect()
}

func TestEvaluate(t *testing.T) {
	c := stoppedAt(t, 3, "local a, s = 20, ('x'):rep(5000)", "local function f(a)", "  return a", "end", "f(1)", "print(a, g)")
	frames := c.StackTrace(1)
	inner, outer := frames[0].Id, frames[1].Id
	for _, context := range []string{"repl", "watch", "hover", "clipboard", "variables", "", "a context of the future"} {
		equal(t, "a in "+context, c.Evaluate(inner, "a", context).Result, "1")
		equal(t, "outer a in "+context, c.Evaluate(outer, "a + 1", context).Result, "21")
	}
	if r := c.Evaluate(inner, "{10, 20}", "watch"); r.VariablesReference == 0 || r.IndexedVariables != 2 || r.Type != "table" {
		t.Errorf("a table: %+v", r)
	}
	if n := len(c.Evaluate(outer, "s", "clipboard").Result); n < 5000 {
		t.Errorf("the clipboard got %d bytes of 5000", n)
	}
	if n := len(c.Evaluate(outer, "s", "watch").Result); n > 2000 {
		t.Errorf("a watch got %d bytes", n)
	}
	c.Evaluate(outer, "a = 99; g = 'made'", "repl") // statements
	c.Evaluate(inner, "print('from the console')", "repl")
	c.ExpectOutput("stdout", "from the console\n")
	for _, bad := range []string{"1 +", "nothing.x", "error({})"} {
		if text := c.CallError("evaluate", godap.EvaluateArguments{Expression: bad, FrameId: inner, Context: "watch"}); text == "" {
			t.Errorf("%q: empty error", bad)
		}
	}
	contains(t, c.CallError("evaluate", map[string]any{"expression": ""}), "needs")
	equal(t, "global without a frame", c.Evaluate(0, "g", "watch").Result, c.Evaluate(outer, "g", "watch").Result)
	c.Continue(1)
	c.ExpectTerminated()
	contains(t, c.Output("stdout"), "99\tmade\n")
	c.Disconnect()
}

// An evaluation that does not end is ended by the client.
func TestCancelEvaluation(t *testing.T) {
	c := stoppedAt(t, 2, "local a = 1", "print(a)")
	top := c.Top(1).Id
	loop := godap.EvaluateArguments{Expression: "while true do end", Context: "repl", FrameId: top}
	for _, end := range []func(seq int){
		func(seq int) { c.Send("cancel", godap.CancelArguments{RequestId: seq}) },
		func(int) { c.Send("pause", godap.PauseArguments{ThreadId: 1}) },
	} {
		seq := c.Send("evaluate", loop)
		waiting := c.Send("threads", nil)
		time.Sleep(20 * time.Millisecond)
		end(seq)
		equal(t, "answer", c.Fails(seq), "cancelled")
		c.Succeeds(waiting, nil)
	}
	// One that waits behind another never begins.
	first := c.Send("evaluate", loop)
	second := c.Send("evaluate", godap.EvaluateArguments{Expression: "print('never')", Context: "repl", FrameId: top})
	// Answers come in order, so these come after the evaluations' own.
	c.Send("cancel", godap.CancelArguments{RequestId: second})
	c.Send("cancel", godap.CancelArguments{RequestId: first})
	equal(t, "first", c.Fails(first), "cancelled")
	equal(t, "second", c.Fails(second), "cancelled")
	equal(t, "a is still", c.Evaluate(top, "a", "watch").Result, "1")
	c.Continue(1)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "1\n")
	c.Disconnect()
}

// Handles die with their stop: a stale one is an error, never other data.
func TestStaleHandles(t *testing.T) {
	c := stoppedAt(t, 3, "local t = {1}", "for i = 1, 3 do", "  t[1] = i", "end")
	frame := c.Top(1).Id
	scope := c.Scope(frame, "Locals").VariablesReference
	table := 0
	for _, v := range c.Variables(scope) {
		if v.Name == "t" {
			table = v.VariablesReference
		}
	}
	c.Continue(1)
	c.ExpectStopped("breakpoint")
	fresh := c.Top(1).Id
	for what, text := range map[string]string{
		"scopes":         c.CallError("scopes", godap.ScopesArguments{FrameId: frame}),
		"variables":      c.CallError("variables", godap.VariablesArguments{VariablesReference: scope}),
		"table":          c.CallError("variables", godap.VariablesArguments{VariablesReference: table}),
		"set":            c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: scope, Name: "t", Value: "1"}),
		"evaluate":       c.CallError("evaluate", godap.EvaluateArguments{FrameId: frame, Expression: "t", Context: "watch"}),
		"made up":        c.CallError("variables", godap.VariablesArguments{VariablesReference: 1 << 30}),
		"made up scopes": c.CallError("scopes", godap.ScopesArguments{FrameId: -5}),
	} {
		if text == "" || text == "notStopped" {
			t.Errorf("%s with a stale handle: %q", what, text)
		}
	}
	c.Scopes(fresh)
	c.Disconnect()
}

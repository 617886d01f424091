package dap_test

import (
	"fmt"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

func TestSetExpression(t *testing.T) {
	c := stoppedAt(t, 2, "local t = {a = {1, 2}}", "print(t.a[1])")
	frame := c.Top(1).Id
	v := c.SetExpression(frame, "t.a[1]", "'new' .. 5")
	equal(t, "answer", v.Value, `"new5"`)
	equal(t, "type", v.Type, "string")
	c.ExpectEvent("invalidated", nil)
	contains(t, c.CallError("setExpression", godap.SetExpressionArguments{FrameId: frame, Expression: "t.a()", Value: "1"}), "t.a()")
	contains(t, c.CallError("setExpression", map[string]any{"expression": "", "value": "1"}), "needs")
	c.Continue(1)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "new5\n")
	c.Disconnect()
}

func TestHexFormat(t *testing.T) {
	c := stoppedAt(t, 2, "local n, t = 255, {16}", "print(n)")
	frame := c.Top(1).Id
	hex := map[string]any{"hex": true}
	equal(t, "evaluate", c.EvaluateWith(map[string]any{"expression": "n", "frameId": frame, "context": "watch", "format": hex}).Result, "0xff")
	equal(t, "evaluate, plain", c.EvaluateWith(map[string]any{"expression": "n", "frameId": frame, "context": "watch"}).Result, "255")
	var body struct{ Variables []daptest.Value }
	c.Call("variables", map[string]any{"variablesReference": c.Scope(frame, "Locals").VariablesReference, "format": hex}, &body)
	equal(t, "variables", body.Variables[0].Value, "0xff")
	var set daptest.Value
	c.Call("setExpression", map[string]any{"frameId": frame, "expression": "n", "value": "16", "format": hex}, &set)
	equal(t, "setExpression", set.Value, "0x10")
	c.Call("setVariable", map[string]any{"variablesReference": c.Scope(frame, "Locals").VariablesReference, "name": "n", "value": "32", "format": hex}, &set)
	equal(t, "setVariable", set.Value, "0x20")
	c.Disconnect()
}

// The place of a hover (version 1.71) is understood.
func TestEvaluateWithPlace(t *testing.T) {
	c := stoppedAt(t, 2, "local n = 5", "print(n)")
	top := c.Top(1)
	v := c.EvaluateWith(map[string]any{
		"expression": "n", "frameId": top.Id, "context": "hover",
		"line": 2, "column": 7, "source": map[string]any{"path": top.Source.Path},
	})
	equal(t, "result", v.Result, "5")
	c.Disconnect()
}

func TestCompletions(t *testing.T) {
	c := stoppedAt(t, 5,
		"local account = {balance = 10}",
		"function account:deposit(n) self.balance = self.balance + n end",
		"local other = 'x'",
		"-- größe",
		"print(account, other)")
	frame := c.Top(1).Id
	find := func(list []daptest.Completion, label string) daptest.Completion {
		t.Helper()
		for _, item := range list {
			if item.Label == label {
				return item
			}
		}
		t.Fatalf("no completion %q in %+v", label, list)
		return daptest.Completion{}
	}
	field := find(c.Completions(frame, "account.bal", 12), "balance")
	equal(t, "field", fmt.Sprint(field.Type, field.Start, field.Length), fmt.Sprint("field", 9, 3))
	find(c.Completions(frame, "account:", 9), "deposit")
	find(c.Completions(frame, "x = acc", 8), "account")

	// Units are those of UTF-16: 𝄞 has two, ö has one.
	item := find(c.Completions(frame, "'𝄞ö' .. account.b", 19), "balance")
	equal(t, "after other characters", fmt.Sprint(item.Start, item.Length), "18 1")

	// A text of several lines, as a console sends it.
	item = find(c.CompletionsWith(map[string]any{"frameId": frame, "text": "local a = 1\naccount.\nreturn", "line": 2, "column": 9}), "balance")
	equal(t, "start in the second line", item.Start, 9)
	contains(t, c.CallError("completions", map[string]any{"text": "x", "line": 3, "column": 1}), "no line 3")
	if n := len(c.CompletionsWith(map[string]any{"text": "pri", "column": 4})); n == 0 {
		t.Error("no completion without a frame")
	}
	c.Disconnect()
}

// A client that counts from 0 gets columns from 0.
func TestCompletionsFromZero(t *testing.T) {
	path := script(t, "local account = {balance = 10}", "print(account)")
	c := connect(t, dap.Options{})
	args := daptest.InitializeArguments()
	args["linesStartAt1"], args["columnsStartAt1"] = false, false
	c.InitializeWith(args)
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 1)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("breakpoint")
	list := c.CompletionsWith(map[string]any{"frameId": c.Top(1).Id, "text": "account.", "line": 0, "column": 8})
	if len(list) == 0 || list[0].Start != 8 {
		t.Errorf("completions %+v", list)
	}
	c.Disconnect()
}

// nvim-dap takes a start for a number of bytes.
func TestCompletionsForNeovim(t *testing.T) {
	path := script(t, "local account = {balance = 10}", "print(account)")
	c := connect(t, dap.Options{})
	args := daptest.InitializeArguments()
	args["clientID"] = "neovim"
	c.InitializeWith(args)
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 2)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("breakpoint")
	for text, start := range map[string]int{"account.bal": 8, "'ö' .. account.bal": 16, "'ö'\naccount.bal": 8} {
		line := 1 + strings.Count(text, "\n")
		list := c.CompletionsWith(map[string]any{"frameId": c.Top(1).Id, "text": text, "line": line, "column": len(text) + 1})
		if len(list) != 1 || list[0].Start != start || list[0].Length != 3 {
			t.Errorf("completions of %q: %+v, want one that starts at %d", text, list, start)
		}
	}
	c.Disconnect()
}

func TestLocations(t *testing.T) {
	c := stoppedAt(t, 4, "local n = 1", "local function f()", "end", "print(f, n)")
	locals := c.LocalValues(1)
	equal(t, "place of a number", locals["n"].DefinedAt, 0)
	source, line := c.Location(locals["f"].DefinedAt)
	equal(t, "definition", fmt.Sprint(source.Path, line), fmt.Sprint(c.Top(1).Source.Path, 2))
	contains(t, c.CallError("locations", map[string]any{"locationReference": 9999}), "stale")
	c.Disconnect()
}

func TestMemory(t *testing.T) {
	c := stoppedAt(t, 2, `local s = "hello\0world"`, "print((s:gsub('%z', '_')))")
	s := c.LocalValues(1)["s"]
	if s.Memory == "" {
		t.Fatal("a string has no memory reference")
	}
	equal(t, "all", string(c.ReadMemory(s.Memory, 0, 100)), "hello\x00world")
	equal(t, "part", string(c.ReadMemory(s.Memory, 6, 3)), "wor")
	equal(t, "beyond", string(c.ReadMemory(s.Memory, 50, 3)), "")
	equal(t, "none", string(c.ReadMemory(s.Memory, 0, 0)), "")
	equal(t, "written", c.WriteMemory(s.Memory, 1, []byte("EL"), false), 2)
	var event struct {
		MemoryReference string
		Offset, Count   int
	}
	c.ExpectEvent("memory", &event)
	equal(t, "event", fmt.Sprint(event), fmt.Sprintf("{%s 1 2}", s.Memory))
	c.ExpectEvent("invalidated", nil)
	contains(t, c.CallError("writeMemory", map[string]any{"memoryReference": s.Memory, "data": "!"}), "base64")
	contains(t, c.CallError("readMemory", map[string]any{"memoryReference": "0x10", "count": 1}), "not a reference")
	contains(t, c.CallError("readMemory", map[string]any{"memoryReference": "run9/m1", "count": 1}), "stale")

	// Setting the variable tells of its memory, too.
	locals := c.Scope(c.Top(1).Id, "Locals").VariablesReference
	again := c.Values(locals)["s"].Memory
	c.SetVariable(locals, "s", "'HELLO'")
	c.ExpectEvent("invalidated", nil)
	c.ExpectEvent("memory", &event)
	equal(t, "event", fmt.Sprint(event), fmt.Sprintf("{%s 0 5}", again))
	equal(t, "reference", c.SetExpression(c.Top(1).Id, "s", "'HI'").Memory, again)
	c.ExpectEvent("memory", &event)
	equal(t, "event", fmt.Sprint(event), fmt.Sprintf("{%s 0 2}", again))
	c.Continue(1)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "HI\n")
	c.Disconnect()
}

// Events that a client does not know are not sent, nor references.
func TestModestClient(t *testing.T) {
	path := script(t, "local s = 'text'", "print(s)")
	c := connect(t, dap.Options{})
	c.InitializeWith(map[string]any{"adapterID": "x"})
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 2)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("breakpoint")
	equal(t, "memory", c.LocalValues(1)["s"].Memory, "")
	c.SetExpression(c.Top(1).Id, "s", "'other'")
	c.Evaluate(c.Top(1).Id, "s = s .. '!'", "repl")
	c.Continue(1)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "other!\n")
	for _, event := range c.Events() {
		if event == "invalidated" || event == "memory" || strings.HasPrefix(event, "progress") {
			t.Errorf("event %s", event)
		}
	}
	c.Disconnect()
}

func TestLazyAndHints(t *testing.T) {
	c := stoppedAt(t, 4,
		"local base = {greet = function() end}",
		"local object = setmetatable({x = 1}, {__index = base})",
		"local text = 'a'",
		"print(object, text)")
	locals := c.LocalValues(1)
	contains(t, fmt.Sprint(locals["text"].Hint.Attributes), "rawString")
	inherited, ok := c.Values(locals["object"].Ref)["(__index)"]
	if !ok || inherited.Hint == nil || !inherited.Hint.Lazy {
		t.Fatalf("no lazy child: %+v", c.Values(locals["object"].Ref))
	}
	inner := c.Values(inherited.Ref)
	equal(t, "children of a lazy value", len(inner), 1)
	for _, v := range inner {
		if _, ok := c.Values(v.Ref)["greet"]; !ok {
			t.Errorf("the inherited table lacks greet: %+v", v)
		}
	}
	c.Disconnect()
}

// Hovers and watches change nothing, the console may.
func TestGuardedEvaluation(t *testing.T) {
	c := stoppedAt(t, 2, "hits = 0", "print(hits)")
	frame := c.Top(1).Id
	for _, context := range []string{"hover", "watch"} {
		contains(t, c.CallError("evaluate", godap.EvaluateArguments{FrameId: frame, Context: context, Expression: "(function() hits = hits + 1 return hits end)()"}), "side effects")
	}
	equal(t, "console", c.Evaluate(frame, "(function() hits = hits + 1 return hits end)()", "repl").Result, "1")
	c.ExpectEvent("invalidated", nil)
	c.Disconnect()
}

func TestReturnValue(t *testing.T) {
	c := stoppedAt(t, 2, "local function f()", "  return 1, 'two'", "end", "local a = f()", "print(a)")
	c.StepOut(1)
	c.ExpectStopped("step")
	for _, s := range c.Scopes(c.Top(1).Id) {
		if s.PresentationHint == "returnValue" {
			equal(t, "values", len(c.Variables(s.VariablesReference)), 2)
			c.Disconnect()
			return
		}
	}
	t.Errorf("no scope of return values in %+v", c.Scopes(c.Top(1).Id))
}

func TestFrameFormat(t *testing.T) {
	c := stoppedAt(t, 2, "local function add(a, b)", "  return a + b", "end", "print(add(1, 20))")
	for _, tt := range []struct {
		format godap.StackFrameFormat
		want   string
	}{
		{godap.StackFrameFormat{}, "add"},
		{godap.StackFrameFormat{Line: true}, "add line 2"},
		{godap.StackFrameFormat{Module: true}, "script.lua!add"},
		{godap.StackFrameFormat{Parameters: true}, "add(a = 1, b = 20)"},
		{godap.StackFrameFormat{Parameters: true, ParameterNames: true}, "add(a, b)"},
		{godap.StackFrameFormat{Parameters: true, ParameterTypes: true}, "add(number, number)"},
		{godap.StackFrameFormat{Parameters: true, ParameterNames: true, ParameterTypes: true, ParameterValues: true, Line: true,
			ValueFormat: godap.ValueFormat{Hex: true}}, "add(a: number = 0x1, b: number = 0x14) line 2"},
	} {
		equal(t, fmt.Sprintf("%+v", tt.format), c.StackTraceWith(1, tt.format)[0].Name, tt.want)
	}
	c.Disconnect()
}

package dap_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// stoppedAt starts a script with a breakpoint and waits until it is hit.
func stoppedAt(t *testing.T, line int, lines ...string) *client {
	t.Helper()
	c := connect(t, dap.Options{})
	c.Start(program(script(t, lines...)), line)
	c.ExpectStoppedAt("breakpoint", line)
	return c
}

func TestStackIsPaged(t *testing.T) {
	c := stoppedAt(t, 2,
		"local function down(n)",
		"  if n == 0 then return 0 end",
		"  return 1 + down(n - 1)",
		"end",
		"print(down(50))")
	path := c.Top(1).Source.Path
	c.SetSourceBreakpoints(godap.Source{Path: path}, godap.SourceBreakpoint{Line: 2, Condition: "n == 0"})
	c.Continue(1)
	c.ExpectStopped("breakpoint")
	all := c.StackTrace(1)
	if len(all) < 52 {
		t.Fatalf("%d frames, want at least 52", len(all))
	}
	seen := map[int]bool{}
	for _, f := range all {
		if seen[f.Id] {
			t.Errorf("frame id %d twice", f.Id)
		}
		seen[f.Id] = true
	}
	equal(t, "innermost", fmt.Sprint(all[0].Line, all[0].PresentationHint), "2normal")
	contains(t, all[0].Name, "down")
	for start := 0; start < len(all)+5; start += 20 {
		page, total := c.StackPage(1, start, 20)
		equal(t, "total", total, len(all))
		for i, f := range page {
			if f.Name != all[start+i].Name || f.Line != all[start+i].Line {
				t.Errorf("frame %d in a page: %+v, want %+v", start+i, f, all[start+i])
			}
		}
		equal(t, "frames in the page", len(page), max(0, min(20, len(all)-start)))
	}
	if text := c.CallError("stackTrace", godap.StackTraceArguments{ThreadId: 77}); text == "" {
		t.Error("a thread that does not exist has a stack")
	}
	seq := c.NextSeq()
	c.SendRaw(seq, "stackTrace", fmt.Sprintf(`{"seq":%d,"type":"request","command":"stackTrace","arguments":{"threadId":1,"levels":-1}}`, seq))
	contains(t, c.Fails(seq), "negative")
	c.Disconnect()
}

func TestGoFramesAndHints(t *testing.T) {
	c := stoppedAt(t, 2, "local ok = pcall(function()", "  local inside = 1", "end)", "print(ok)")
	var goFrame *godap.StackFrame
	for _, f := range c.StackTrace(1) {
		if f.PresentationHint == "subtle" {
			goFrame = &f
		}
	}
	if goFrame == nil {
		t.Fatal("no frame for pcall")
	}
	contains(t, goFrame.Name, "pcall")
	if goFrame.Line != 0 || goFrame.Column != 0 || goFrame.Source != nil {
		t.Errorf("a Go frame has a place: %+v", goFrame)
	}
	c.Disconnect()
}

func TestScopesAndVariables(t *testing.T) {
	c := stoppedAt(t, 6,
		"shared = 'global'",
		"local up = 10",
		"local function f(a, ...)",
		"  local list = {1, 2, 3, key = 'v', nested = {x = 1}}",
		"  local nothing, flag, text = nil, true, 'two\\nlines'",
		"  return a + up, list, nothing, flag, text, ...",
		"end",
		"f(5, 'extra')")
	scopes := c.Scopes(c.Top(1).Id)
	var names []string
	for _, s := range scopes {
		names = append(names, fmt.Sprintf("%s %s %v", s.Name, s.PresentationHint, s.Expensive))
	}
	equal(t, "scopes", strings.Join(names, ", "), "Locals locals false, Upvalues upvalues false, Globals globals true")

	locals := map[string]godap.Variable{}
	for _, v := range c.Variables(scopes[0].VariablesReference) {
		locals[v.Name] = v
	}
	for name, want := range map[string]string{"a": "5", "nothing": "nil", "flag": "true"} {
		equal(t, name, locals[name].Value, want)
	}
	equal(t, "type of text", locals["text"].Type, "string")
	list := locals["list"]
	if list.VariablesReference == 0 || list.IndexedVariables != 3 || list.NamedVariables < 2 || list.EvaluateName != "list" {
		t.Errorf("list %+v", list)
	}
	indexed := c.VariablesPage(godap.VariablesArguments{VariablesReference: list.VariablesReference, Filter: "indexed"})
	equal(t, "indexed children", len(indexed), 3)
	equal(t, "second", indexed[1].Value, "2")
	nested := ""
	for _, v := range c.VariablesPage(godap.VariablesArguments{VariablesReference: list.VariablesReference, Filter: "named"}) {
		if v.Name == "nested" {
			nested = fmt.Sprint(c.Variables(v.VariablesReference)[0].Name, c.Evaluate(c.Top(1).Id, v.EvaluateName+".x", "watch").Result)
		}
	}
	equal(t, "nested", nested, "x1")

	up := c.Variables(scopes[1].VariablesReference)
	equal(t, "upvalue", up[0].Name+"="+up[0].Value, "up=10")
	found := false
	for _, v := range c.Variables(scopes[2].VariablesReference) {
		found = found || v.Name == "shared" && strings.Contains(v.Value, "global")
	}
	if !found {
		t.Error("the global is not in the scope of globals")
	}
	ref := scopes[0].VariablesReference
	for want, args := range map[string]string{"filter": `"filter":"odd"`, "negative": `"start":-1`} {
		seq := c.NextSeq()
		c.SendRaw(seq, "variables", fmt.Sprintf(`{"seq":%d,"type":"request","command":"variables","arguments":{"variablesReference":%d,%s}}`, seq, ref, args))
		contains(t, c.Fails(seq), want)
	}
	c.Disconnect()
}

// A client that does not know types gets none.
func TestTypesOnlyIfAsked(t *testing.T) {
	path := script(t, "local a = 1", "print(a)")
	c := connect(t, dap.Options{})
	c.InitializeWith(map[string]any{"adapterID": "x"})
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 2)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", 2)
	top := c.Top(1)
	equal(t, "type", c.Variables(c.Scope(top.Id, "Locals").VariablesReference)[0].Type, "")
	equal(t, "type", c.Evaluate(top.Id, "a", "watch").Type, "")
	c.Disconnect()
}

func TestLargeTablePages(t *testing.T) {
	c := stoppedAt(t, 3, "local t = {}", "for i = 1, 100000 do t[i] = i * 2 end", "print(#t)")
	ref := 0
	for _, v := range c.Variables(c.Scope(c.Top(1).Id, "Locals").VariablesReference) {
		if v.Name == "t" {
			ref = v.VariablesReference
			equal(t, "indexed", v.IndexedVariables, 100000)
		}
	}
	for _, start := range []int{0, 49_950, 99_900, 99_990} {
		page := c.VariablesPage(godap.VariablesArguments{VariablesReference: ref, Filter: "indexed", Start: start, Count: 100})
		equal(t, "size of the page", len(page), min(100, 100_000-start))
		equal(t, "first of the page", page[0].Value, fmt.Sprint((start+1)*2))
	}
	if n := len(c.Variables(ref)); n > 1000 {
		t.Errorf("a client that does not page got %d variables", n)
	}
	c.Disconnect()
}

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

func TestCoroutines(t *testing.T) {
	path := script(t,
		"local function producer()", // 1
		"  for i = 1, 2 do",         // 2
		"    coroutine.yield(i)",    // 3
		"  end",                     // 4
		"end",                       // 5
		"local co = coroutine.create(producer)",
		"coroutine.resume(co)", // 7
		"print('between')",     // 8
		"coroutine.resume(co)", // 9
		"coroutine.resume(co)", // 10
		"print('dead')")        // 11
	c := connect(t, dap.Options{})
	c.Start(program(path), 3, 8, 11)
	var started, exited godap.ThreadEventBody
	c.ExpectEvent("thread", &started)
	stop := c.ExpectStoppedAt("breakpoint", 3)
	if started.Reason != "started" || started.ThreadId != stop.ThreadId || stop.ThreadId == 1 {
		t.Errorf("thread event %+v, stopped in thread %d", started, stop.ThreadId)
	}
	equal(t, "i", c.Locals(stop.ThreadId)["i"], "1")
	c.Continue(stop.ThreadId)
	c.ExpectStoppedAt("breakpoint", 8)
	threads := c.Threads()
	if len(threads) != 2 || threads[0].Name != "main" {
		t.Fatalf("threads %v", threads)
	}
	contains(t, threads[1].Name, "suspended")
	equal(t, "line of the suspended one", c.Top(started.ThreadId).Line, 3)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	c.Continue(1)
	c.ExpectEvent("thread", &exited)
	if exited.Reason != "exited" || exited.ThreadId != started.ThreadId {
		t.Errorf("thread event %+v", exited)
	}
	c.ExpectStoppedAt("breakpoint", 11)
	equal(t, "threads at the end", len(c.Threads()), 1)
	if text := c.CallError("stackTrace", godap.StackTraceArguments{ThreadId: started.ThreadId}); text == "" {
		t.Error("a dead thread has a stack")
	}
	c.Disconnect()
}

func TestExceptions(t *testing.T) {
	path := script(t,
		"local function risky()",               // 1
		"  error('caught one')",                // 2
		"end",                                  // 3
		"pcall(risky)",                         // 4
		"local function fatal()",               // 5
		"  local reason = 'because'",           // 6
		"  error({code = 7, reason = reason})", // 7
		"end",                                  // 8
		"fatal()")                              // 9
	tests := []struct {
		filters []string
		lines   []int
	}{
		{nil, nil},
		{[]string{}, nil},
		{[]string{"uncaught"}, []int{7}},
		{[]string{"caught"}, []int{2}},
		{[]string{"caught", "uncaught"}, []int{2, 7}},
		{[]string{"all"}, []int{2, 7}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.filters), func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.Initialize()
			launch := c.Launch(program(path))
			if tt.filters != nil {
				c.SetExceptionBreakpoints(tt.filters...)
			}
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			for _, line := range tt.lines {
				stop := c.ExpectStopped("exception")
				info := c.ExceptionInfo(1)
				var at godap.StackFrame
				for _, f := range c.StackTrace(1) {
					if f.Line > 0 {
						at = f
						break
					}
				}
				equal(t, "line", at.Line, line)
				if line == 2 {
					contains(t, stop.Text, "caught one")
					contains(t, info.Description, "caught one")
					equal(t, "break mode", info.BreakMode, "always")
				} else {
					equal(t, "break mode", info.BreakMode, "unhandled")
					equal(t, "type", info.ExceptionId, "table")
					equal(t, "a local at the error", c.Evaluate(at.Id, "reason", "watch").Result, c.Evaluate(at.Id, "'because'", "watch").Result)
				}
				contains(t, info.Details.StackTrace, "stack traceback")
				c.Continue(1)
			}
			c.ExpectExited(1)
			c.ExpectTerminated()
			c.Disconnect()
		})
	}
	c := stoppedAt(t, 1, "local a = 1")
	if text := c.CallError("exceptionInfo", godap.ExceptionInfoArguments{ThreadId: 1}); text == "" {
		t.Error("exceptionInfo without an exception: empty error")
	}
	answers := c.SetExceptionBreakpoints("uncaught", "no such filter")
	if len(answers) != 2 || !answers[0].Verified || answers[1].Verified || answers[1].Message == "" {
		t.Errorf("answers %+v", answers)
	}
	c.Disconnect()
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "main.lua",
		"local chunk = assert(loadstring('local inside = 1\\nreturn inside', '=made up'))",
		"local lib = require('lib')",
		"print(chunk(), lib)")
	lib := scriptIn(t, dir, "lib.lua", "return 'lib'")
	secret := scriptIn(t, dir, "secret.txt", "not a source")
	c := connect(t, dap.Options{})
	c.Start(program(path), 3)
	var loaded godap.LoadedSourceEventBody
	c.ExpectEventWhere("loadedSource", &loaded, func(m daptest.Message) bool { return strings.Contains(string(m.Body), "lib.lua") })
	equal(t, "path in the event", loaded.Source.Path, lib)
	c.ExpectStopped("breakpoint")
	var memory *godap.Source
	paths := map[string]bool{}
	for _, s := range c.LoadedSources() {
		paths[s.Path] = true
		if s.SourceReference > 0 {
			memory = &s
		}
	}
	if !paths[path] || !paths[lib] || memory == nil {
		t.Fatalf("loaded sources %v, in memory %v", paths, memory)
	}
	equal(t, "text in memory", c.Source(*memory), "local inside = 1\nreturn inside")
	contains(t, c.Source(godap.Source{Path: lib}), "return 'lib'")
	contains(t, c.CallError("source", map[string]any{"sourceReference": 0, "source": map[string]any{"path": secret}}), "not loaded")
	contains(t, c.CallError("source", map[string]any{"sourceReference": 0}), "needs")
	if text := c.CallError("source", map[string]any{"sourceReference": 12345}); text == "" {
		t.Error("a source that does not exist has a text")
	}
	// A breakpoint in a chunk that has no file.
	if b := c.SetSourceBreakpoints(*memory, godap.SourceBreakpoint{Line: 2}); !b[0].Verified {
		t.Errorf("not verified: %+v", b[0])
	}
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "inside", c.Locals(1)["inside"], "1")
	equal(t, "reference of the frame", c.Top(1).Source.SourceReference, memory.SourceReference)
	c.Disconnect()
}

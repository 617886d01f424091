package dap_test

import (
	"fmt"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
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

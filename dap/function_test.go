package dap_test

import (
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

// The attribute function calls a function of the script's when that has run, also a local
// one, before a return, and where lines are what they are in the file.
func TestLaunchFunction(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, function string
		lines          []string
	}{
		{"global", "test_add", []string{"function test_add()", "  print('called')", "end"}},
		{"local", "test_add", []string{"local function test_add()", "  print('called')", "end"}},
		{"field", "M.test_add", []string{"local M = {} function M.test_add()", "  print('called')", "end", "return M"}},
		{"method", "Suite:test_add", []string{"Suite = {} function Suite:test_add()", "  print('called')", "end", "return -- a comment"}},
		{"comment at the end", "test_add", []string{"function test_add()", "  print('called')", "end -- the end"}},
		{"table", "M.sums.test_add", []string{"local M = { sums = { test_add = function()", "  print('called')", "end } }", "return M, 2"}},
		{"returned table", "return.test_add", []string{"return { test_add = function()", "  print('called')", "end, }; -- the end"}},
		{"shebang", "test_add", []string{"#!/usr/bin/env llmspell", "local function test_add() print('called') end", "return 1, 2;"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := scriptIn(t, dir, "f.lua", tt.lines...)
			c := connect(t, dap.Options{})
			c.Start(map[string]any{"program": path, "function": tt.function}, 2)
			c.ExpectStoppedAt("breakpoint", 2)
			c.Continue(1)
			if tt.name == "shebang" { // the line is that of the definition, too
				c.ExpectStoppedAt("breakpoint", 2)
				c.Continue(1)
			}
			c.ExpectExited(0)
			c.ExpectTerminated()
			contains(t, c.Output("stdout"), "called\n")
			c.Disconnect()
		})
	}
}

func TestLaunchFunctionErrors(t *testing.T) {
	path := script(t, "local function test_a() end")
	c := connect(t, dap.Options{})
	c.Initialize()
	for _, name := range []string{"a b", "os.exit() f", "a..b", "a:b:c", "1a", ":a", "a.", "a'", "\n", "ä"} {
		contains(t, c.Fails(c.Launch(map[string]any{"program": path, "function": name})), "is no name of a function")
	}
	contains(t, c.Fails(c.Launch(map[string]any{"program": path, "function": "test_a", "console": "integratedTerminal"})), "exclude each other")
	launch := c.Launch(map[string]any{"program": path, "function": "test_b"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectExited(1)
	c.ExpectTerminated()
	contains(t, c.Output("stderr"), "test_b")
	c.Disconnect()

	c = connect(t, dap.Options{})
	c.Initialize()
	launch = c.Launch(map[string]any{"program": path, "function": "return.test_a"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectTerminated()
	contains(t, c.Output("stderr"), "there is no function return.test_a: the script returns no table")
	c.Disconnect()
}

// A text that has no file yet is written to one by the editor, which maps its own name to
// that: breakpoints and frames go by the editor's name.
func TestLaunchMappedFile(t *testing.T) {
	path := script(t, "local x = 1", "print(x)")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(map[string]any{"program": path, "pathMappings": []any{map[string]any{"localRoot": "untitled:Untitled-1", "remoteRoot": path}}})
	set := c.SetSourceBreakpoints(godap.Source{Path: "untitled:Untitled-1"}, godap.SourceBreakpoint{Line: 2})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	equal(t, "breakpoints", len(set), 1)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "path", c.Top(1).Source.Path, "untitled:Untitled-1")
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
}

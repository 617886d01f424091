package dap_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// Breakpoints are verified against the file before the script runs, keep their
// ids, and are answered in the order of the request.
func TestBreakpointsBeforeLaunch(t *testing.T) {
	path := script(t,
		"-- a comment",   // 1
		"local x = 1",    // 2
		"",               // 3
		"local y = x",    // 4
		"print(x, y)",    // 5
		"-- the end", "") // 6
	c := connect(t, dap.Options{})
	c.Initialize()
	before := c.SetBreakpoints(path, 5, 3, 6, 100)
	want := []struct {
		verified bool
		line     int
	}{{true, 5}, {true, 4}, {false, 0}, {false, 0}}
	for i, b := range before {
		if b.Verified != want[i].verified || b.Verified && b.Line != want[i].line {
			t.Errorf("breakpoint %d: %+v, want %+v", i, b, want[i])
		}
		if !b.Verified && (b.Message == "" || b.Reason == "") {
			t.Errorf("breakpoint %d is not verified and does not say why: %+v", i, b)
		}
		if b.ID == 0 {
			t.Errorf("breakpoint %d has no id", i)
		}
	}
	missing := c.SetBreakpoints(path+".none", 1)
	if missing[0].Verified || missing[0].Message == "" {
		t.Errorf("in a file that does not exist: %+v", missing[0])
	}
	equal(t, "answers to no breakpoints", len(c.SetBreakpoints(path+".none")), 0)

	launch := c.Launch(program(path))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	for _, i := range []int{1, 0} {
		stop := c.ExpectStoppedAt("breakpoint", want[i].line)
		if !slices.Equal(stop.HitBreakpointIds, []int{before[i].ID}) {
			t.Errorf("hit %v, want [%d]", stop.HitBreakpointIds, before[i].ID)
		}
		c.Continue(1)
	}
	c.ExpectTerminated()
	c.Disconnect()
}

// Breakpoints keep their ids when the client sends the set again.
func TestBreakpointIDs(t *testing.T) {
	path := script(t, "local a = 1", "local b = 2", "local c = 3", "print(a, b, c)")
	c := connect(t, dap.Options{})
	c.Start(program(path), 2)
	c.ExpectStoppedAt("breakpoint", 2)
	first := c.SetBreakpoints(path, 2, 3)
	second := c.SetBreakpoints(path, 4, 3, 2)
	equal(t, "id of line 2", second[2].ID, first[0].ID)
	equal(t, "id of line 3", second[1].ID, first[1].ID)
	if id := second[0].ID; id == first[0].ID || id == first[1].ID {
		t.Errorf("line 4 has an id of another breakpoint")
	}
	c.Continue(1)
	stop := c.ExpectStoppedAt("breakpoint", 3)
	if !slices.Equal(stop.HitBreakpointIds, []int{first[1].ID}) {
		t.Errorf("hit %v, want [%d]", stop.HitBreakpointIds, first[1].ID)
	}
	c.SetBreakpoints(path)
	c.Continue(1)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}

func TestBreakpointKinds(t *testing.T) {
	path := script(t,
		"local sum = 0",
		"for i = 1, 10 do",
		"  sum = sum + i",
		"end",
		"print(sum)")
	tests := []struct {
		name  string
		bp    godap.SourceBreakpoint
		stops []string // values of i
	}{
		{"condition", godap.SourceBreakpoint{Line: 3, Condition: "i == 4 or sum > 40"}, []string{"4", "10"}},
		{"hit count", godap.SourceBreakpoint{Line: 3, HitCondition: "7"}, []string{"7"}},
		{"hit count at least", godap.SourceBreakpoint{Line: 3, HitCondition: ">=9"}, []string{"9", "10"}},
		{"every third hit", godap.SourceBreakpoint{Line: 3, HitCondition: "%3"}, []string{"3", "6", "9"}},
		{"both", godap.SourceBreakpoint{Line: 3, Condition: "i % 2 == 0", HitCondition: "2"}, []string{"4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.Initialize()
			launch := c.Launch(program(path))
			c.SetSourceBreakpoints(godap.Source{Path: path}, tt.bp)
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			for _, i := range tt.stops {
				c.ExpectStoppedAt("breakpoint", 3)
				equal(t, "i", c.Locals(1)["i"], i)
				c.Continue(1)
			}
			c.ExpectTerminated()
			c.Disconnect()
		})
	}
}

func TestLogPoint(t *testing.T) {
	path := script(t, "for i = 1, 3 do", "  local square = i * i", "  print(square)", "end")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(path))
	c.SetSourceBreakpoints(godap.Source{Path: path}, godap.SourceBreakpoint{Line: 3, LogMessage: "i={i} square={square}"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	var out godap.OutputEventBody
	c.ExpectEventWhere("output", &out, func(m daptest.Message) bool { return true })
	c.ExpectTerminated()
	equal(t, "log", c.Output("console"), "i=1 square=1\ni=2 square=4\ni=3 square=9\n")
	if out.Source == nil || out.Source.Path != path || out.Line != 3 || out.Category != "console" {
		t.Errorf("log without its place: %+v", out)
	}
	c.Disconnect()
}

// A condition that is wrong is reported, not swallowed.
func TestBadCondition(t *testing.T) {
	path := script(t, "local t", "print('after')")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(path))
	bad := c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 2, Condition: "1 +"}, godap.SourceBreakpoint{Line: 2, HitCondition: "often"})
	for _, b := range bad {
		if b.Message == "" {
			t.Errorf("nothing is said of a bad condition: %+v", b)
		}
	}
	c.SetSourceBreakpoints(godap.Source{Path: path}, godap.SourceBreakpoint{Line: 2, Condition: "t.x == 1"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	stop := c.ExpectStoppedAt("breakpoint", 2)
	contains(t, stop.Text, "index")
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
}

// Breakpoints can be added while the script runs.
func TestBreakpointWhileRunning(t *testing.T) {
	path := script(t, "local n = 0", "while true do", "  n = n + 1", "end")
	c := connect(t, dap.Options{})
	c.Start(program(path))
	for range 3 {
		b := c.SetBreakpoints(path, 3)
		if !b[0].Verified {
			t.Fatalf("not verified: %+v", b[0])
		}
		c.ExpectStoppedAt("breakpoint", 3)
		c.SetBreakpoints(path)
		c.Continue(1)
	}
	c.Disconnect()
}

// The deprecated form, which Emacs and others send beside the new one.
func TestBreakpointLegacyLines(t *testing.T) {
	path := script(t, "local a = 1", "print(a)")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(path))
	var body struct{ Breakpoints []daptest.Breakpoint }
	c.Call("setBreakpoints", map[string]any{"source": map[string]any{"path": path}, "lines": []int{2}}, &body)
	if len(body.Breakpoints) != 1 || body.Breakpoints[0].Line != 2 {
		t.Fatalf("answer %+v", body)
	}
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Disconnect()
}

// Clients may count lines and columns from 0 and name files by URI.
func TestZeroBasedAndURI(t *testing.T) {
	path := scriptIn(t, filepath.Join(t.TempDir(), "a folder"), "x#1.lua", "local a = 1", "print(a)", "error('x')")
	uri := (&url.URL{Scheme: "file", Path: path}).String()
	c := connect(t, dap.Options{})
	args := daptest.InitializeArguments()
	args["linesStartAt1"], args["columnsStartAt1"], args["pathFormat"] = false, false, "uri"
	c.InitializeWith(args)
	launch := c.Launch(program(path))
	equal(t, "first line", c.SetBreakpoints(uri, 0)[0].Line, 0)
	equal(t, "second line", c.SetBreakpoints(uri, 0, 1)[1].Line, 1)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	for line := range 2 {
		c.ExpectStoppedAt("breakpoint", line)
		top := c.Top(1)
		if top.Column != 0 || top.Source == nil || top.Source.Path != uri {
			t.Errorf("frame %+v", top)
		}
		contains(t, fmt.Sprint(c.Transcript()), fmt.Sprintf(`"line":%d`, line))
		c.Continue(1)
	}
	c.ExpectOutput("stdout", "1\n")
	c.ExpectTerminated()
	contains(t, c.CallError("setBreakpoints", map[string]any{"source": map[string]any{"path": path}}), "not a file URI")
	c.Disconnect()
}

// The client's folders are not the server's.
func TestPathMappings(t *testing.T) {
	dir := t.TempDir()
	scriptIn(t, dir, "main.lua", "local lib = require('lib.helper')", "print(lib.twice(21))")
	scriptIn(t, dir, "lib/helper.lua", "return {", "  twice = function(n)", "    return n * 2", "  end", "}")
	for name, mappings := range map[string]any{
		"list":   []map[string]any{{"localRoot": "/editor/project", "remoteRoot": dir}},
		"object": map[string]any{"/editor/project": dir},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.Initialize()
			// Before launch the server knows no mapping.
			early := c.SetBreakpoints("/editor/project/lib/helper.lua", 3)
			if early[0].Verified {
				t.Errorf("verified without a mapping: %+v", early[0])
			}
			launch := c.Launch(with("/editor/project/main.lua", "pathMappings", mappings))
			if b := c.SetBreakpoints("/editor/project/main.lua", 2); !b[0].Verified {
				t.Errorf("not verified: %+v", b[0])
			}
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			var changed struct {
				Reason     string
				Breakpoint daptest.Breakpoint
			}
			c.ExpectEvent("breakpoint", &changed)
			if changed.Reason != "changed" || !changed.Breakpoint.Verified || changed.Breakpoint.ID != early[0].ID {
				t.Errorf("breakpoint event %+v", changed)
			}
			c.ExpectStoppedAt("breakpoint", 2)
			equal(t, "path", c.Top(1).Source.Path, "/editor/project/main.lua")
			c.Continue(1)
			stop := c.ExpectStoppedAt("breakpoint", 3)
			equal(t, "path", c.Top(1).Source.Path, "/editor/project/lib/helper.lua")
			if !slices.Equal(stop.HitBreakpointIds, []int{early[0].ID}) {
				t.Errorf("hit %v, want [%d]", stop.HitBreakpointIds, early[0].ID)
			}
			contains(t, c.Source(godap.Source{Path: "/editor/project/lib/helper.lua"}), "n * 2")
			c.Disconnect()
		})
	}
}

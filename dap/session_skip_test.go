package dap_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/dap"
)

// withLibrary starts a script that calls a library, stopped at the call.
func withLibrary(t *testing.T, launch map[string]any) (c *client, library string) {
	t.Helper()
	dir := t.TempDir()
	library = scriptIn(t, dir, "lib/helper.lua", "return {call = function(f)", "  local x = f()", "  return x", "end}")
	path := scriptIn(t, dir, "main.lua",
		"local helper = require('lib.helper')",
		"local function mine()",
		"  return 5",
		"end",
		"local a = helper.call(mine)",
		"print(a)")
	args := program(path)
	args["cwd"] = dir
	for k, v := range launch {
		args[k] = v
	}
	c = connect(t, dap.Options{})
	c.Start(args, 5)
	c.ExpectStoppedAt("breakpoint", 5)
	return c, library
}

// at returns file and line of the innermost frame.
func at(c *client) string {
	top := c.Top(1)
	return fmt.Sprintf("%s:%d", filepath.Base(top.Source.Path), top.Line)
}

func TestSkipFiles(t *testing.T) {
	c, library := withLibrary(t, map[string]any{"skipFiles": []string{"lib/**"}})
	c.StepIn(1)
	c.ExpectStopped("step")
	equal(t, "step in", at(c), "main.lua:3")
	frames := c.StackTrace(1)
	skipped := frames[1]
	equal(t, "hint", skipped.PresentationHint, "subtle")
	if skipped.Source == nil || skipped.Source.PresentationHint != "deemphasize" || skipped.Source.Origin == "" || skipped.Source.Path != library {
		t.Errorf("source of a skipped frame: %+v", skipped.Source)
	}
	equal(t, "hint of ours", frames[0].PresentationHint, "normal")

	c.ToggleSkip(library) // and back: the library is ours now
	c.ExpectEvent("invalidated", nil)
	equal(t, "hint after a toggle", c.StackTrace(1)[1].PresentationHint, "normal")
	c.StepOut(1)
	c.ExpectStopped("step")
	equal(t, "step out", at(c), "helper.lua:3")
	contains(t, c.CallError("toggleSkipFileStatus", map[string]any{}), "needs a path")
	c.Disconnect()
}

func TestSkipFilesChangedLive(t *testing.T) {
	c, _ := withLibrary(t, nil)
	c.SetStepFilters(map[string][]string{"skipFiles": {"helper.lua"}, "stepFilters": {"mine"}})
	c.StepIn(1)
	c.ExpectStopped("step")
	equal(t, "everything is skipped", at(c), "main.lua:6")
	contains(t, c.CallError("setStepFilters", map[string]any{"skipFiles": []string{"[z-a]"}}), "pattern")

	// A restart keeps it.
	c.Restart(nil)
	c.ExpectEvent("continued", nil)
	c.ExpectStoppedAt("breakpoint", 5)
	c.StepIn(1)
	c.ExpectStopped("step")
	equal(t, "after a restart", at(c), "main.lua:6")
	c.SetStepFilters(map[string][]string{"skipFiles": {}, "stepFilters": {}})
	c.Disconnect()
}

func TestStepFilters(t *testing.T) {
	c, _ := withLibrary(t, map[string]any{"stepFilters": []string{"helper.*", "call"}})
	c.StepIn(1)
	c.ExpectStopped("step")
	equal(t, "step in", at(c), "main.lua:3")
	c.Disconnect()
	c = connect(t, dap.Options{})
	c.Initialize()
	contains(t, c.Fails(c.Launch(with(script(t, "local x"), "skipFiles", []string{""}))), "pattern")
	c.Disconnect()
}

package dap_test

import (
	"fmt"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

func TestFunctionBreakpoints(t *testing.T) {
	path := script(t,
		"local Heap = {}",
		"function Heap.push(h, v)",
		"  h[#h + 1] = v",
		"end",
		"local h = {}",
		"for i = 1, 5 do Heap.push(h, i * 10) end",
		"print(string.format('%d', #h))")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(path))
	set := []godap.FunctionBreakpoint{{Name: "Heap:push", Condition: "v >= 20", HitCondition: "2"}, {Name: "nothing"}, {Name: ""}}
	before := c.SetFunctionBreakpoints(set...)
	for i, reason := range []string{"pending", "pending", "failed"} {
		equal(t, "before the launch", fmt.Sprintf("%v %s", before[i].Verified, before[i].Reason), "false "+reason)
	}
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	stop := c.ExpectStopped("function breakpoint")
	equal(t, "hit", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{before[0].ID}))
	equal(t, "v", c.Locals(1)["v"], "30")
	after := c.SetFunctionBreakpoints(set...)
	equal(t, "id", after[0].ID, before[0].ID)
	equal(t, "verified", fmt.Sprint(after[0].Verified, after[1].Verified), "true false")
	contains(t, after[1].Message, "nothing")

	// It survives a restart, under the same id.
	c.Restart(nil)
	c.ExpectEvent("continued", nil)
	stop = c.ExpectStopped("function breakpoint")
	equal(t, "hit after a restart", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{before[0].ID}))

	c.SetFunctionBreakpoints(godap.FunctionBreakpoint{Name: "string.format"})
	c.Continue(1)
	c.ExpectStopped("function breakpoint")
	c.SetFunctionBreakpoints()
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
}

func TestToolFunctionBreakpoint(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(script(t, "local x = 1", "print(Tool.execute('calculator', {input = '1+1'}))")))
	c.SetFunctionBreakpoints(godap.FunctionBreakpoint{Name: "tool:calculator"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("function breakpoint")
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
}

func TestBreakpointLocations(t *testing.T) {
	path := script(t, "local a = 1", "", "-- comment", "local b = 2", "print(a,", "  b)")
	source := godap.Source{Path: path}
	c := connect(t, dap.Options{})
	c.Initialize()
	equal(t, "before the launch", fmt.Sprint(c.BreakpointLocations(source, 1, 6)), "[1 4 5 6]")
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 4)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", 4)
	equal(t, "loaded", fmt.Sprint(c.BreakpointLocations(source, 1, 6)), "[1 4 5 6]")
	equal(t, "one line", fmt.Sprint(c.BreakpointLocations(source, 4, 0)), "[4]")
	equal(t, "a line that cannot stop", fmt.Sprint(c.BreakpointLocations(source, 3, 0)), "[]")
	contains(t, c.CallError("breakpointLocations", map[string]any{"source": map[string]any{}, "line": 1}), "needs a path")
	contains(t, c.CallError("breakpointLocations", map[string]any{"source": map[string]any{"path": "/nowhere.lua"}, "line": 1}), "nowhere.lua")
	c.Disconnect()
}

package dap_test

import (
	"fmt"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

func TestGranularity(t *testing.T) {
	c := stoppedAt(t, 2, "local a, b = 1, 2", "local c = a + b * 2", "local d = c", "print(d)")
	start := c.Top(1)
	c.NextInstruction(1)
	c.ExpectStopped("step")
	second := c.Top(1)
	equal(t, "line", second.Line, 2)
	if second.InstructionPointerReference == start.InstructionPointerReference {
		t.Error("an instruction step did not move")
	}
	c.Call("next", godap.NextArguments{ThreadId: 1, Granularity: "line"}, nil)
	c.ExpectStoppedAt("step", 3)
	c.Call("next", godap.NextArguments{ThreadId: 1, Granularity: "statement"}, nil)
	c.ExpectStoppedAt("step", 4)
	seq := c.NextSeq()
	c.SendRaw(seq, "next", fmt.Sprintf(`{"seq":%d,"type":"request","command":"next","arguments":{"threadId":1,"granularity":"word"}}`, seq))
	contains(t, c.Fails(seq), `granularity "word"`)
	c.Disconnect()
}

func TestStepInstructionEntersCalls(t *testing.T) {
	c := stoppedAt(t, 4, "local function f(x)", "  return x", "end", "f(1)", "print(2)")
	for range 20 {
		c.StepInstruction(1)
		c.ExpectStopped("step")
		if c.Top(1).Line == 2 {
			c.Call("stepOut", godap.StepOutArguments{ThreadId: 1, Granularity: "instruction"}, nil)
			c.ExpectStoppedAt("step", 5)
			c.Disconnect()
			return
		}
	}
	t.Error("20 instruction steps did not enter the call")
}

// nvim-dap names the file of a jump by its URI, though it announces paths.
func TestGotoTargetsOfURI(t *testing.T) {
	c := stoppedAt(t, 2, "local a = 1", "a = a + 1", "print(a)")
	uri := "file://" + c.Top(1).Source.Path
	var body godap.GotoTargetsResponseBody
	c.Call("gotoTargets", map[string]any{"source": map[string]any{"path": uri}, "line": 3, "col": 1}, &body)
	if len(body.Targets) != 1 || body.Targets[0].Line != 3 {
		t.Errorf("targets %+v, want line 3", body.Targets)
	}
	c.Disconnect()
}

func TestStepInTargets(t *testing.T) {
	c := stoppedAt(t, 3,
		"local function one() return 1 end",
		"local t = {two = function() return 2 end}",
		"local sum = one() + t.two() + #tostring(3)",
		"print(sum)")
	var labels []string
	second := 0
	for _, target := range c.StepInTargets(c.Top(1).Id) {
		labels = append(labels, target.Label)
		equal(t, "line of "+target.Label, target.Line, 3)
		if target.Label == "t.two" {
			second = target.Id
		}
	}
	equal(t, "targets", fmt.Sprint(labels), "[one t.two tostring]")
	c.StepInto(1, second)
	c.ExpectStoppedAt("step", 2)
	contains(t, c.CallError("stepIn", godap.StepInArguments{ThreadId: 1, TargetId: 9999}), "9999")
	c.Disconnect()
}

func TestGoto(t *testing.T) {
	path := script(t, "local n = 0", "n = n + 1", "n = n + 10", "print(n)")
	c := connect(t, dap.Options{})
	c.Start(program(path), 4)
	c.ExpectStoppedAt("breakpoint", 4)
	targets := c.GotoTargets(path, 2)
	if len(targets) != 1 || targets[0].Line != 2 || targets[0].InstructionPointerReference == "" {
		t.Fatalf("targets %+v", targets)
	}
	c.Goto(1, targets[0].Id)
	c.ExpectStoppedAt("goto", 2)
	equal(t, "n", c.Locals(1)["n"], "11")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 4)
	equal(t, "n", c.Locals(1)["n"], "22")
	contains(t, c.CallError("goto", godap.GotoArguments{ThreadId: 1, TargetId: targets[0].Id}), "stale")
	// nvim-dap sends col instead of column.
	seq := c.NextSeq()
	c.SendRaw(seq, "gotoTargets", fmt.Sprintf(`{"seq":%d,"type":"request","command":"gotoTargets","arguments":{"source":{"path":%q},"line":3,"col":1}}`, seq, path))
	c.Succeeds(seq, nil)
	if text := c.CallError("gotoTargets", godap.GotoTargetsArguments{Source: godap.Source{Path: path}, Line: 99}); text == "" {
		t.Error("a refusal without a reason")
	}
	c.Disconnect()
}

func TestRestartFrame(t *testing.T) {
	c := stoppedAt(t, 3, "local calls = 0", "local function f(x)", "  calls = calls + x", "  return x", "end", "f(5)", "print(calls)")
	top := c.Top(1)
	if !top.CanRestart {
		t.Fatal("the frame cannot be restarted")
	}
	c.Next(1)
	c.ExpectStoppedAt("step", 4)
	c.RestartFrame(c.Top(1).Id)
	c.ExpectStoppedAt("restart", 3)
	equal(t, "x", c.Locals(1)["x"], "5")
	c.SetBreakpoints(top.Source.Path)
	c.Continue(1)
	c.ExpectTerminated()
	equal(t, "calls", c.Output("stdout"), "10\n")
	c.Disconnect()
}

func TestTerminateThreads(t *testing.T) {
	c := stoppedAt(t, 5,
		"local co = coroutine.create(function()",
		"  while true do coroutine.yield() end",
		"end)",
		"coroutine.resume(co)",
		"print(coroutine.resume(co))",
		"print(coroutine.status(co))")
	threads := c.Threads()
	equal(t, "threads", len(threads), 2)
	contains(t, c.CallError("terminateThreads", godap.TerminateThreadsArguments{ThreadIds: []int{1}}), "main")
	contains(t, c.CallError("terminateThreads", godap.TerminateThreadsArguments{}), "threadIds")
	c.TerminateThreads(threads[1].Id)
	c.ExpectEventWhere("thread", nil, func(m daptest.Message) bool { return strings.Contains(string(m.Body), `"exited"`) })
	c.Continue(1)
	c.ExpectTerminated()
	contains(t, c.Output("stdout"), "false\t")
	contains(t, c.Output("stdout"), "dead\n")
	c.Disconnect()
}

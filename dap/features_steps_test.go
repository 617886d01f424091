package dap_test

import (
	"strings"

	"github.com/llmspell/llmspell/dap/daptest"
)

// stepFeatures move a script that has stopped.
func stepFeatures() []feature {
	return []feature{
		{"steps", "Stop on entry; step over, in and out; what a function returned.", steps},
		{"instruction steps", "Steps by single instructions.", instructionSteps},
		{"step targets", "A line with three calls: step into the one that is wanted.", stepTargets},
		{"coroutines", "Coroutines are threads; steps follow resume and yield; the stack goes on into the resumer.", coroutines},
		{"pause", "A busy script is paused.", pauseBusy},
		{"goto", "The script goes on at another line; a refusal says why.", gotoLine},
		{"restart frame", "A function is started again, with the arguments that it had.", restartFrame},
		{"skip files", "Steps run through files and functions that the configuration names, and this can be changed at a stop.", skipFiles},
		{"terminate threads", "A coroutine is ended, the script goes on.", terminateThreads},
	}
}

func steps(s *stage) {
	path := s.file("script.lua",
		"local function add(a, b)", // 1
		"  local sum = a + b",      // 2
		"  return sum",             // 3
		"end",                      // 4
		"local x = add(1, 2)",      // 5
		"print(x)",                 // 6
		"print('end')")             // 7
	c, run := s.ready(with(path, "stopOnEntry", true))
	run()
	c.ExpectStoppedAt("entry", 4)
	c.Next(1)
	c.ExpectStoppedAt("step", 5)
	c.StepIn(1)
	c.ExpectStoppedAt("step", 2)
	c.Next(1)
	c.ExpectStoppedAt("step", 3)
	c.StepOut(1)
	c.ExpectStopped("step")
	returned := false
	for _, scope := range c.Scopes(c.Top(1).Id) {
		returned = returned || scope.PresentationHint == "returnValue"
	}
	if !returned {
		s.Error("the returned value is not shown")
	}
	c.Next(1)
	c.ExpectStopped("step")
	s.finish(c, 0)
}

func instructionSteps(s *stage) {
	c := s.stopped(4, "local function f(n)", "  return n + 1", "end", "local a = f(1) + f(2)", "print(a)")
	seen := map[string]bool{}
	for range 3 {
		seen[c.Top(1).InstructionPointerReference] = true
		c.NextInstruction(1)
		c.ExpectStopped("step")
	}
	for c.Top(1).Line == 4 {
		c.StepInstruction(1)
		c.ExpectStopped("step")
	}
	equal(s, "line in f", c.Top(1).Line, 2)
	equal(s, "instructions seen", len(seen), 3)
	s.finish(c, 0)
}

func stepTargets(s *stage) {
	c := s.stopped(4,
		"local function f(n) return n end",
		"local t = {}",
		"function t.g(a, b)  return a + b end",
		"print(t.g(f(1), f(2)))", // 4
		"print('end')")
	for _, target := range c.StepInTargets(c.Top(1).Id) {
		if target.Label == "t.g" {
			c.StepInto(1, target.Id)
		}
	}
	c.ExpectStoppedAt("step", 3)
	s.finish(c, 0)
}

func coroutines(s *stage) {
	c := s.stopped(8,
		"local function producer()", // 1
		"  local sent = 'first'",    // 2
		"  coroutine.yield(sent)",   // 3
		"  sent = 'second'",         // 4
		"  coroutine.yield(sent)",   // 5
		"end",                       // 6
		"local co = coroutine.create(producer)",
		"print(coroutine.resume(co))", // 8
		"print(coroutine.resume(co))", // 9
		"print('end')")
	c.StepIn(1)
	inside := c.ExpectStoppedAt("step", 2).ThreadId
	if frames := c.StackTrace(inside); len(frames) < 3 {
		s.Errorf("the stack does not go on into the resumer: %v", frames)
	}
	equal(s, "threads", len(c.Threads()), 2)
	c.Next(inside)
	c.ExpectStoppedAt("step", 3)
	c.Next(inside) // over the yield: when it is resumed
	stop := c.ExpectStoppedAt("step", 4)
	equal(s, "thread", stop.ThreadId, inside)
	c.StepOut(inside)
	stop = c.ExpectStopped("step")
	equal(s, "thread of the resumer", stop.ThreadId, 1)
	s.finish(c, 0)
}

func pauseBusy(s *stage) {
	s.hidden = []string{"canRestart"} // not in the middle of some instructions
	path := s.file("script.lua", "while not done do end")
	c, run := s.ready(program(path))
	run()
	c.ExpectEvent("module", nil)
	c.Pause(1)
	c.ExpectStopped("pause")
	c.Evaluate(c.Top(1).Id, "done = true", "repl")
	s.finish(c, 0)
}

func gotoLine(s *stage) {
	c := s.stopped(2, "local n = 0", "n = n + 1", "n = n * 10", "print(n)", "local function other()", "  print('other')", "end", "other()")
	path := s.dir + "/script.lua"
	c.Goto(1, c.GotoTargets(path, 4)[0].Id)
	c.ExpectStoppedAt("goto", 4)
	equal(s, "n", c.Locals(1)["n"], "0")
	if text := c.CallError("gotoTargets", map[string]any{"source": map[string]any{"path": path}, "line": 6, "column": 1}); text == "" {
		s.Error("a goto into another function is offered")
	}
	c.CallError("goto", map[string]any{"threadId": 1, "targetId": 99999})
	s.finish(c, 0)
}

func restartFrame(s *stage) {
	c := s.stopped(3, "local function work(n)", "  local m = n + 1", "  print(m)", "  return m", "end", "work(1)")
	frame := c.Top(1)
	c.RestartFrame(frame.Id)
	c.ExpectStopped("restart")
	equal(s, "n", c.Locals(1)["n"], "1")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	equal(s, "m", c.Locals(1)["m"], "2")
	s.finish(c, 0)
}

func skipFiles(s *stage) {
	path := s.file("script.lua", "local lib = require('lib')", "lib.helper()", "lib.helper()", "local function filtered() return 1 end", "filtered()", "print('end')")
	lib := s.file("lib.lua", "local M = {}", "function M.helper()", "  return 1", "end", "return M")
	c, run := s.ready(with(path, "skipFiles", []string{"**/lib.lua"}, "stepFilters", []string{"filtered"}))
	c.SetBreakpoints(path, 2, 5)
	run()
	c.ExpectStoppedAt("breakpoint", 2)
	c.StepIn(1)
	c.ExpectStoppedAt("step", 3)
	c.ToggleSkip(lib)
	c.StepIn(1)
	equal(s, "name of the source", c.Top(c.ExpectStoppedAt("step", 3).ThreadId).Source.Name, "lib.lua")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 5)
	c.StepIn(1)
	c.ExpectStoppedAt("step", 6)
	c.SetStepFilters(map[string][]string{"stepFilters": {}})
	s.finish(c, 0)
}

func terminateThreads(s *stage) {
	c := s.stopped(5, "local co = coroutine.wrap(function()", "  coroutine.yield()", "end)", "co()", "print(pcall(co))", "print('end')")
	threads := c.Threads()
	if len(threads) != 2 {
		s.Fatalf("threads %v", threads)
	}
	c.TerminateThreads(threads[1].Id)
	c.Continue(1)
	c.ExpectEventWhere("thread", nil, func(m daptest.Message) bool { return strings.Contains(string(m.Body), `"exited"`) })
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}

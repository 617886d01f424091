package dap_test

import (
	godap "github.com/google/go-dap"
)

// breakpointFeatures are all ways to make a script stop.
func breakpointFeatures() []feature {
	return []feature{
		{"line breakpoints", "Breakpoints on lines: one that moves, one that cannot be, the lines that can, the deprecated form.", lineBreakpoints},
		{"conditions", "Breakpoints with conditions: one that is true once, one that fails, one that is no Lua.", conditions},
		{"hit conditions", "Breakpoints that count.", hitConditions},
		{"log points", "Log points write and do not stop.", logPoints},
		{"breakpoints while running", "Breakpoints that are set while the script runs, and before its file is loaded.", breakpointsWhileRunning},
		{"function breakpoints", "Breakpoints on functions, by the names of Lua, the library and tools.", functionBreakpoints},
		{"data breakpoints", "Breakpoints on a local, a table field and a global.", dataBreakpoints},
		{"instruction breakpoints", "A breakpoint on an instruction that disassemble has shown.", instructionBreakpoints},
		{"exceptions uncaught", "An uncaught error stops where it is raised.", exceptionsUncaught},
		{"exceptions caught", "A caught error, and errors by kind.", exceptionsCaught},
		{"exception conditions", "Exception filters with conditions, by the request and by the launch configuration.", exceptionConditions},
		{"tool errors", "An error of a tool has a chain of causes.", toolErrors},
	}
}

func lineBreakpoints(s *stage) {
	path := s.file("script.lua",
		"local function add(a, b)", // 1
		"  -- a comment",           // 2
		"  return a + b",           // 3
		"end",                      // 4
		"print(add(1, 2))")         // 5
	c, run := s.ready(program(path))
	got := c.SetBreakpoints(path, 2, 99)
	if !got[0].Verified || got[0].Line != 3 || got[1].Verified {
		s.Errorf("breakpoints %+v", got)
	}
	if lines := c.BreakpointLocations(godap.Source{Path: path}, 1, 5); len(lines) == 0 {
		s.Error("no line can stop")
	}
	run()
	stop := c.ExpectStoppedAt("breakpoint", 3)
	equal(s, "breakpoints hit", len(stop.HitBreakpointIds), 1)
	c.Call("setBreakpoints", map[string]any{"source": map[string]any{"path": path}, "lines": []int{4}, "sourceModified": false}, nil)
	c.Call("setBreakpoints", map[string]any{"source": map[string]any{"path": path}, "breakpoints": []any{}}, nil)
	s.finish(c, 0)
}

func conditions(s *stage) {
	path := s.file("script.lua", "for i = 1, 5 do", "  local square = i * i", "  print(square)", "end", "print('end')")
	c, run := s.ready(program(path))
	got := c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 3, Condition: "square > 10"},
		godap.SourceBreakpoint{Line: 2, Condition: "i ="},
		godap.SourceBreakpoint{Line: 5, Condition: "nothing.field"})
	if !got[0].Verified || got[1].Verified || got[1].Message == "" {
		s.Errorf("breakpoints %+v", got)
	}
	run()
	c.ExpectStoppedAt("breakpoint", 3)
	equal(s, "i", c.Locals(1)["i"], "4")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	c.Continue(1)
	contains(s, c.ExpectStoppedAt("breakpoint", 5).Text, "nothing")
	s.finish(c, 0)
}

func hitConditions(s *stage) {
	path := s.file("script.lua", "for i = 1, 6 do", "  print(i)", "  local even = i % 2 == 0", "end")
	c, run := s.ready(program(path))
	c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 2, HitCondition: ">5"},
		godap.SourceBreakpoint{Line: 3, HitCondition: "%2", Condition: "i > 2"})
	run()
	c.ExpectStoppedAt("breakpoint", 3)
	equal(s, "the second time that i > 2", c.Locals(1)["i"], "4")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(s, "the sixth time", c.Locals(1)["i"], "6")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	s.finish(c, 0)
}

func logPoints(s *stage) {
	path := s.file("script.lua", "for i = 1, 3 do", "  local name = 'n' .. i", "  print(name)", "end")
	c, run := s.ready(program(path))
	c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 3, LogMessage: "{{i}} is {i}, {name:upper()}, {missing.field}", Condition: "i ~= 2"})
	run()
	c.ExpectExited(0)
	c.ExpectTerminated()
	contains(s, c.Output("console"), "{i} is 3, N3")
	c.Disconnect()
}

func breakpointsWhileRunning(s *stage) {
	path := s.file("script.lua", "local go = true", "while go do", "  local x = 1", "end", "print(require('later').name)")
	later := s.file("later.lua", "local M = {}", "", "M.name = 'later'", "return M")
	c, run := s.ready(with(path, "stopOnEntry", true))
	run()
	c.ExpectStopped("entry")
	c.Continue(1)
	c.SetBreakpoints(path, 3)
	c.ExpectStoppedAt("breakpoint", 3)
	c.SetBreakpoints(path)
	c.SetBreakpoints(later, 2)
	s.change(later, "", "local M = {}", "M.name = 'later'", "return M") // line 2 is another now
	c.SetExpression(c.Top(1).Id, "go", "false")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 2)
	s.finish(c, 0)
}

func functionBreakpoints(s *stage) {
	path := s.file("script.lua",
		"local Heap = {}",
		"function Heap.push(n)", // 2
		"  return n",            // 3
		"end",                   // 4
		"Heap.push(1)",          // 5
		"Heap.push(2)",          // 6
		"string.format('%d', 3)",
		"local calculator = Tool.get('calculator')",
		"calculator:execute({operation = 'evaluate', input = '1 + 1'})", // 9
		"print('end')")
	c, run := s.ready(program(path))
	got := c.SetFunctionBreakpoints(
		godap.FunctionBreakpoint{Name: "Heap.push", Condition: "n == 2"}, godap.FunctionBreakpoint{Name: "string.format"},
		godap.FunctionBreakpoint{Name: "tool:calculator"}, godap.FunctionBreakpoint{Name: ""})
	if got[3].Verified || got[3].Message == "" {
		s.Errorf("breakpoints %+v", got)
	}
	run()
	c.ExpectStopped("function breakpoint")
	equal(s, "n", c.Locals(1)["n"], "2")
	c.Continue(1)
	c.ExpectStopped("function breakpoint")
	c.Continue(1)
	c.ExpectStopped("function breakpoint")
	s.finish(c, 0)
}

func dataBreakpoints(s *stage) {
	c := s.stopped(3,
		"local count = 0",
		"local t = {field = 1}",
		"for i = 1, 3 do",   // 3
		"  count = i",       // 4
		"end",               // 5
		"t.field = t.field", // 6
		"t.field = 'other'", // 7
		"total = count",     // 8
		"local x = t.field", // 9
		"print(total, x)")   // 10
	locals := c.Scope(c.Top(1).Id, "Locals").VariablesReference
	count := c.DataBreakpointInfo(locals, "count")
	field := c.DataBreakpointInfo(c.LocalValues(1)["t"].Ref, "field")
	total := c.DataExpressionInfo(c.Top(1).Id, "total")
	none := c.DataExpressionInfo(c.Top(1).Id, "1 + 1")
	if count.ID == nil || field.ID == nil || total.ID == nil || none.ID != nil || none.Description == "" {
		s.Fatalf("what can be watched: %+v %+v %+v %+v", count, field, total, none)
	}
	c.SetBreakpoints(s.dir + "/script.lua")
	c.SetDataBreakpoints(
		godap.DataBreakpoint{DataId: *count.ID, AccessType: "write", Condition: "count == 2"},
		godap.DataBreakpoint{DataId: *field.ID},
		godap.DataBreakpoint{DataId: *total.ID, AccessType: "write"})
	for range 3 {
		c.Continue(1)
		stop := c.ExpectStopped("data breakpoint")
		equal(s, "breakpoints hit", len(stop.HitBreakpointIds), 1)
	}
	c.SetDataBreakpoints(godap.DataBreakpoint{DataId: *field.ID, AccessType: "read"})
	c.Continue(1)
	c.ExpectStopped("data breakpoint")
	s.finish(c, 0)
}

func instructionBreakpoints(s *stage) {
	c := s.stopped(2, "local a = 1", "local b = a + 1", "local c = b * 2", "print(c)")
	at := c.Top(1).InstructionPointerReference
	list := c.Disassemble(at, -2, 8)
	target := ""
	for _, in := range list {
		if in.Line == 3 {
			target = in.Address
		}
	}
	if target == "" {
		s.Fatalf("no instruction of line 3 in %+v", list)
	}
	got := c.SetInstructionBreakpoints(
		godap.InstructionBreakpoint{InstructionReference: target, Condition: "b == 2"},
		godap.InstructionBreakpoint{InstructionReference: "nonsense"})
	if !got[0].Verified || got[1].Verified {
		s.Errorf("breakpoints %+v", got)
	}
	c.Continue(1)
	c.ExpectStoppedAt("instruction breakpoint", 3)
	s.finish(c, 0)
}

func exceptionsUncaught(s *stage) {
	path := s.file("script.lua",
		"local function fatal(reason)",
		"  error({code = 7, reason = reason})", // 2
		"end",
		"fatal('because')")
	c, run := s.ready(program(path))
	c.SetExceptionBreakpoints("uncaught")
	run()
	stop := c.ExpectStopped("exception")
	info := c.ExceptionInfo(stop.ThreadId)
	equal(s, "break mode", info.BreakMode, "unhandled")
	contains(s, info.Details.StackTrace, "stack traceback")
	c.StackTrace(1)
	s.finish(c, 1)
}

func exceptionsCaught(s *stage) {
	path := s.file("script.lua",
		"pcall(error, 'plain')",
		"pcall(function() assert(false, 'asserted') end)", // 2
		"pcall(function() return nil + 1 end)",            // 3
		"local co = coroutine.create(function() error('inside') end)",
		"coroutine.resume(co)", // 5
		"print('end')")
	c, run := s.ready(program(path))
	got := c.SetExceptionBreakpoints("assert", "runtime", "other")
	if !got[0].Verified || !got[1].Verified || got[2].Verified {
		s.Errorf("answers %+v", got)
	}
	run()
	for _, text := range []string{"asserted", "arithmetic"} {
		contains(s, c.ExpectStopped("exception").Text, text)
		equal(s, "break mode", c.ExceptionInfo(1).BreakMode, "always")
		c.Continue(1)
		if text == "asserted" {
			continue
		}
	}
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.SetExceptionBreakpoints("caught")
	c.Restart(nil)
	for range 4 {
		stop := c.ExpectStopped("exception")
		c.Continue(stop.ThreadId)
	}
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}

func exceptionConditions(s *stage) {
	path := s.file("script.lua", "for code = 1, 3 do", "  pcall(error, {code = code})", "end", "pcall(error, 'plain')")
	c, run := s.ready(with(path, "exceptionBreakpoints", []any{"uncaught", map[string]any{"filter": "error", "condition": "type(err) == 'string'"}}))
	run()
	contains(s, c.ExpectStopped("exception").Text, "plain")
	c.SetFilters(godap.ExceptionFilterOptions{FilterId: "error", Condition: "err.code == 2"}, godap.ExceptionFilterOptions{FilterId: "caught", Condition: "err ="})
	c.Restart(nil)
	c.ExpectStopped("exception")
	for _, f := range c.StackTrace(1) {
		if f.Line > 0 {
			equal(s, "code", c.Evaluate(f.Id, "code", "watch").Result, "2")
			break
		}
	}
	c.Terminate()
	c.ExpectEvent("exited", nil)
	c.ExpectTerminated()
	c.Disconnect()
}

func toolErrors(s *stage) {
	path := s.file("script.lua", "local calculator = Tool.get('calculator')", "local ok = pcall(calculator.execute, calculator, {operation = 'evaluate', input = '1 +'})", "print(ok)")
	c, run := s.ready(program(path))
	c.SetExceptionBreakpoints("tool")
	run()
	c.ExpectStopped("exception")
	if info := c.ExceptionInfo(1); len(info.Details.InnerException) == 0 {
		s.Errorf("no cause in %+v", info)
	}
	s.finish(c, 0)
}

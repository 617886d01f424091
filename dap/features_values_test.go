package dap_test

import (
	"math"
	"strings"

	godap "github.com/google/go-dap"
)

// valueFeatures show and change values.
func valueFeatures() []feature {
	return []feature{
		{"evaluate", "Expressions in each context; statements; errors.", evaluateContexts},
		{"completions", "Proposals for names, fields, methods and keys.", completions},
		{"set variable", "Locals, table fields and elements are set.", setVariable},
		{"set expression", "Whatever can be assigned to is set.", setExpression},
		{"paging", "A big table in pages, and for a client that does not page.", paging},
		{"lazy values", "Metatables and fields that are computed.", lazyValues},
		{"formats", "Numbers in hexadecimal, and frames as the client wants them.", formats},
		{"memory", "The bytes of a string are read and written.", memoryOfStrings},
		{"locations", "A function value leads to its definition.", locationsOfFunctions},
		{"disassemble", "The instructions of a function, around its present one.", disassembly},
		{"modules and sources", "Files that the script has loaded, text that it has made, and a file that is loaded again.", modulesAndSources},
		{"secrets", "Names that the configuration calls secret are masked.", secretValues},
	}
}

func evaluateContexts(s *stage) {
	s.offers = map[string]any{"supportsInvalidatedEvent": true}
	c := s.stopped(3, "local n = 20", "local t = {1, 2, name = 'x'}", "print(n, t.name)")
	frame := c.Top(1).Id
	equal(s, "watch", c.Evaluate(frame, "n * 2 + #t", "watch").Result, "42")
	c.Evaluate(frame, "t", "hover")
	c.Evaluate(frame, "('long '):rep(300)", "clipboard")
	c.Evaluate(frame, "t.name", "variables")
	c.Evaluate(frame, "n = n + 1; print('from the console')", "repl")
	equal(s, "n", c.Evaluate(frame, "n", "repl").Result, "21")
	for _, wrong := range []string{"n +", "nil + 1", "missing.field", "error({1})"} {
		c.CallError("evaluate", godap.EvaluateArguments{FrameId: frame, Expression: wrong, Context: "watch"})
	}
	c.CallError("evaluate", godap.EvaluateArguments{FrameId: 4711, Expression: "n", Context: "watch"})
	s.finish(c, 0)
}

func completions(s *stage) {
	c := s.stopped(3, "local list = {first = 1, second = 2, ['two words'] = 3}", "local text = 'abc'", "print(list.first, text)")
	frame := c.Top(1).Id
	for _, text := range []string{"li", "list.", "list.s", "text:up", "list[", "retu"} {
		if got := c.Completions(frame, text, len(text)+1); len(got) == 0 {
			s.Errorf("nothing is proposed after %q", text)
		}
	}
	c.CompletionsWith(map[string]any{"frameId": frame, "text": "local x = 1\nlist.f", "line": 2, "column": 7})
	s.finish(c, 0)
}

func setVariable(s *stage) {
	s.offers = map[string]any{"supportsInvalidatedEvent": true, "supportsMemoryEvent": true, "supportsMemoryReferences": true}
	c := s.stopped(3, "local n, text = 1, 'old'", "local t = {1, {2}, key = 3}", "print(n, text, t[1], t.key)")
	locals := c.Scope(c.Top(1).Id, "Locals").VariablesReference
	t := c.Values(locals)["t"].Ref
	equal(s, "n", c.SetVariable(locals, "n", "n + 41").Value, "42")
	c.SetVariable(locals, "text", "'new'")
	c.SetVariable(t, "key", "{nested = true}")
	c.SetVariable(t, "[1]", "'one'")
	c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: locals, Name: "n", Value: "n +"})
	c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: locals, Name: "none", Value: "1"})
	s.finish(c, 0)
	contains(s, c.Output("stdout"), "42\tnew\tone\ttable")
}

func setExpression(s *stage) {
	c := s.stopped(3, "local t = {inner = {}}", "local n = 1", "print(t.inner[1], n, global)")
	frame := c.Top(1).Id
	equal(s, "value", c.SetExpression(frame, "t.inner[1]", "n + 1").Value, "2")
	c.SetExpression(frame, "n", "'a string'")
	c.SetExpression(frame, "global", "7")
	c.CallError("setExpression", godap.SetExpressionArguments{FrameId: frame, Expression: "n + 1", Value: "1"})
	s.finish(c, 0)
	equal(s, "output", c.Output("stdout"), "2\ta string\t7\n")
}

func paging(s *stage) {
	c := s.stopped(3, "local big = {}", "for i = 1, 1200 do big[i] = i end  big.name = 'big'", "print(#big)")
	big := c.LocalValues(1)["big"]
	equal(s, "elements", big.Indexed, 1200)
	page := c.VariablesPage(godap.VariablesArguments{VariablesReference: big.Ref, Filter: "indexed", Start: 1000, Count: 3})
	equal(s, "first of the page", page[0].Value, "1001")
	c.VariablesPage(godap.VariablesArguments{VariablesReference: big.Ref, Filter: "named"})
	c.StackPage(1, 0, 1)
	s.finish(c, 0)
}

func lazyValues(s *stage) {
	c := s.stopped(4,
		"local class = {shared = 1}  class.__index = class",
		"class.__tostring = function(o) return 'object ' .. o.id end",
		"local o = setmetatable({id = 7}, class)  local bad = setmetatable({}, {__tostring = function() error('no text') end, __index = function(_, k) return k end})",
		"print(o, rawget(bad, 1))")
	locals := c.LocalValues(1)
	contains(s, locals["o"].Value, "object 7")
	children := c.Values(locals["o"].Ref)
	if meta := children["(metatable)"]; meta.Ref == 0 {
		s.Errorf("no metatable in %v", children)
	}
	for _, v := range c.Values(locals["o"].Ref) {
		if v.Hint != nil && v.Hint.Lazy {
			c.Variables(v.Ref)
		}
	}
	c.Values(locals["bad"].Ref)
	s.finish(c, 0)
}

func formats(s *stage) {
	c := s.stopped(3, "local function f(a)", "  local n = 255", "  print(n, a)", "end", "f(16)")
	c.StackTraceWith(1, godap.StackFrameFormat{Parameters: true, ParameterTypes: true, ParameterNames: true, ParameterValues: true, Line: true, Module: true})
	frame := c.Top(1).Id
	ref := c.Scope(frame, "Locals").VariablesReference
	hex := c.VariablesPage(godap.VariablesArguments{VariablesReference: ref, Format: &godap.ValueFormat{Hex: true}})
	if len(hex) != 2 || hex[1].Value != "0xff" {
		s.Errorf("hexadecimal: %v", hex)
	}
	v := c.EvaluateWith(map[string]any{"expression": "n + a", "frameId": frame, "context": "watch", "format": map[string]any{"hex": true}})
	equal(s, "hexadecimal", v.Result, "0x10f")
	s.finish(c, 0)
}

func memoryOfStrings(s *stage) {
	s.offers = map[string]any{"supportsMemoryReferences": true, "supportsMemoryEvent": true, "supportsInvalidatedEvent": true}
	c := s.stopped(2, "local text = 'hello, world'", "print(text)")
	ref := c.LocalValues(1)["text"].Memory
	if ref == "" {
		s.Fatal("a string has no memory")
	}
	equal(s, "bytes", string(c.ReadMemory(ref, 7, 5)), "world")
	equal(s, "written", c.WriteMemory(ref, 0, []byte("HELLO"), false), 5)
	equal(s, "text", c.LocalValues(1)["text"].Value, `"HELLO, world"`)
	c.CallError("writeMemory", godap.WriteMemoryArguments{MemoryReference: ref, Offset: 0, Data: "not base64!"})
	s.finish(c, 0)
	equal(s, "output", c.Output("stdout"), "HELLO, world\n")
}

func locationsOfFunctions(s *stage) {
	c := s.stopped(4, "local function target()", "  return 1", "end", "print(type(target))")
	v := c.LocalValues(1)["target"]
	if v.DefinedAt == 0 {
		s.Fatalf("the function has no location: %+v", v)
	}
	source, line := c.Location(v.DefinedAt)
	equal(s, "file", source.Path, s.dir+"/script.lua")
	equal(s, "line", line, 1)
	s.finish(c, 0)
}

func disassembly(s *stage) {
	c := s.stopped(2, "local a, b = 1, 'text'", "print(a + 1, b)")
	list := c.Disassemble(c.Top(1).InstructionPointerReference, -6, 16)
	lines := map[int]bool{}
	for _, in := range list {
		lines[in.Line] = true
	}
	if !lines[1] || !lines[2] {
		s.Errorf("not both lines are in %+v", list)
	}
	s.finish(c, 0)
}

func modulesAndSources(s *stage) {
	path := s.file("script.lua",
		"local lib = require('lib')",
		"local made = assert(loadstring('return 1', '=made'))()",
		"print(lib.name, made)", // 3
		"print(dofile('lib.lua').name)",
		"print('end')") // 5
	lib := s.file("lib.lua", "return {name = 'lib'}")
	c, run := s.ready(with(path, "cwd", s.dir))
	c.SetBreakpoints(path, 3, 5)
	run()
	c.ExpectStoppedAt("breakpoint", 3)
	equal(s, "modules", len(c.Modules()), 2)
	c.Call("modules", map[string]any{"startModule": 1, "moduleCount": math.MaxInt}, nil)
	for _, source := range c.LoadedSources() {
		if source.SourceReference != 0 {
			equal(s, "text", c.Source(source), "return 1")
		}
	}
	contains(s, c.Source(godap.Source{Path: lib}), "return {")
	c.CallError("source", map[string]any{"source": map[string]any{"path": "/no/such/file.lua"}, "sourceReference": 0})
	s.change(lib, "", "return {name = 'lib again'}")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 5)
	c.Restart(nil)
	c.ExpectStoppedAt("breakpoint", 3)
	c.SetBreakpoints(path)
	s.finish(c, 0)
}

func secretValues(s *stage) {
	path := s.file("script.lua", "local api_key = 'k-12345'", "local t = {password = 'open sesame', user = 'ann'}", "print(os.getenv('DAP_TEST_SECRET'))", "print(#api_key, t.user)")
	c, run := s.ready(with(path, "secrets", []string{"*key*", "password", "DAP_TEST_SECRET"}, "env", map[string]any{"DAP_TEST_SECRET": "swordfish"}))
	c.SetBreakpoints(path, 4)
	run()
	c.ExpectStoppedAt("breakpoint", 4)
	locals := c.LocalValues(1)
	c.Values(locals["t"].Ref)
	c.Evaluate(c.Top(1).Id, "api_key", "watch")
	for _, line := range c.Transcript() {
		for _, secret := range []string{"k-12345", "open sesame"} {
			if line[0] == '<' && strings.Contains(line, secret) {
				s.Errorf("a secret is shown: %s", line)
			}
		}
	}
	s.finish(c, 0)
	contains(s, c.Output("stdout"), "•••")
}

package luatest

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"test": true, "Test": true, "test_add": true, "testAdd": true, "TestAdd": true, "test2": true, "test_": true,
		"": false, "testing": false, "tester": false, "atest": false, "TEST": false, "Testing": false, "_test": false,
	} {
		if got := IsName(name); got != want {
			t.Errorf("IsName(%q) = %v", name, got)
		}
	}
}

func TestFunctions(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"function test_a() end local function testB() end", "test_a testB"},
		{"local M = {} function M.test_a() end function M . sub : testB() end return M", "M.test_a M.sub:testB"},
		{"function test() end function testing() end function M.helper() end function test.helper() end", "test"},
		{"do function test_inner() end end if x then function test_maybe() end end", ""},
		{"test_a = function() end local test_b = function() end M . test_c = function() end", "test_a test_b M.test_c"},
		{"test_a, test_b = function() end local test_c, x = function() end, 1", ""},
		{"test_a = other local test_b local test_c = (function() end)() M['test_d'] = function() end M.test_e[1] = function() end", ""},
		{"f().test_a = function() end (M).test_b = function() end M.--[[c]]test_c = function() end", ""},
		{"function test_a() end test_a = function() end", "test_a"},
		{"test_a = function(", "test_a"},
		{"local test_a = local = function() end test_ = ", ""},
		{"function test_a() end function test_b() end function test_a() end", "test_b test_a"},
		{"function test_a(", "test_a"},
		{"function M.() end function test_b() end function", "test_b"},
		{"function M.--[[c]]test_a() end", ""},
		{"function M[1]() end local function", ""},
		{"#!/usr/bin/env llmspell\nfunction test_a() end", "test_a"},
		{"local t = { test_a = function() end, 1, [2] = function() end, helper = function() end, test_b = other }", "t.test_a"},
		{"M.sub = { add = { test_a = function() end }, testB = function() end }", "M.sub.add.test_a M.sub.testB"},
		{"function test_a() end return { test_a = function() end, test_b = function() end }", "test_a return.test_a return.test_b"},
		{"return { sum = { test_a = function() end } }", "return.sum.test_a"},
		{"return { test_a = function() end }, 1", ""},
		{"return setmetatable({ test_a = function() end }, M)", ""},
		{"local a, b = { test_a = function() end } local t = ({ test_a = function() end })", ""},
		{"do return { test_a = function() end } end", ""},
		{"local t = { test_a = function() end } t = { test_a = function() end, test_b = function() end }", "t.test_a t.test_b"},
		{"f().t = { test_a = function() end } t[1] = { test_a = function() end }", ""},
		{"return { test_a = function() end, test_b = function(", "return.test_a return.test_b"},
	} {
		tree := syntax.Parse(tt.text)
		var names []string
		for _, f := range Functions(tree) {
			names = append(names, f.Name)
			if text := tt.text[f.Start:f.End]; !strings.HasPrefix(text, "function") && !strings.HasPrefix(text, "local") && !strings.Contains(text, "= function") && !strings.Contains(text, "= {") {
				t.Errorf("%q: %s is %q", tt.text, f.Name, text)
			}
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestWithCall(t *testing.T) {
	for _, tt := range []struct{ text, function, want string }{
		{"function test_a() end", "test_a", "function test_a() end\ntest_a()\n"},
		{"function test_a() end -- no line ends here", "test_a", "function test_a() end -- no line ends here\ntest_a()\n"},
		{"local M = {}\nfunction M:test_a() end\nreturn M", "M:test_a", "local M = {}\nfunction M:test_a() end\nlocal returned = M\nM:test_a() return returned\n"},
		{"function M . x() end", "M . x", "function M . x() end\nM.x()\n"},
		{"M.test_x = function() end return M", "M.test_x", "M.test_x = function() end local returned = M\nM.test_x() return returned\n"},
		{"function test_a() end return; -- the end", "test_a", "function test_a() end do end; -- the end\ntest_a() return\n"},
		{"return { test_a = function() end, };", "return.test_a", "local returned = { test_a = function() end, };\nreturned.test_a() return returned\n"},
		{"function returned.test_a() end return returned", "returned.test_a", "function returned.test_a() end local returned_ = returned\nreturned.test_a() return returned_\n"},
		{"local t = { run = function() end }", "t.run", "local t = { run = function() end }\nt.run()\n"},
		{"return { test_a = function() end }", "test_a", ""},
		{"function M.x() end", "M.x", "function M.x() end\nM.x()\n"},
		{"function test_a() end", "test_b", ""},
		{"function test_a() end", "", ""},
		{"", "test_a", ""},
		{"function", "", ""},
	} {
		tree := syntax.Parse(tt.text)
		got, ok := WithCall(tree, tt.function)
		if ok && len(syntax.Parse(got).Errors()) > 0 && len(tree.Errors()) == 0 {
			t.Errorf("%q cannot be parsed", got)
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q, %s: %q, %v", tt.text, tt.function, got, ok)
		}
	}
}

// Whatever the text, every test that is found can be called, and only lines at the end are new.
func FuzzFunctions(f *testing.F) {
	for _, s := range []string{"function test_a() end", "local M={} function M.a.b:test() end return M", "function M.", "function test\xff() end", "local test_a = function() end M.test_b = function() end", "#!x\nfunction test_a() end return", "return {test_a=function() end, b={test=function() end}};"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree := syntax.Parse(text)
		for _, fn := range Functions(tree) {
			if fn.Start < 0 || fn.Start >= fn.End || fn.End > len(text) {
				t.Fatalf("%q: %+v", text, fn)
			}
			called, ok := WithCall(tree, fn.Name)
			if !ok || strings.Count(called, "\n") != strings.Count(text, "\n")+2 || len(called) <= len(text) || len(tree.Errors()) == 0 && len(syntax.Parse(called).Errors()) > 0 {
				t.Fatalf("%q: %s: %q", text, fn.Name, called)
			}
		}
	})
}

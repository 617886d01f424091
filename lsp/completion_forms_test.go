package lsp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/catalog"
)

// around are the texts in which a call is written: alone, in the middle of code, in
// functions and tables, in a long file. Before and behind what is completed.
var around = map[string][2]string{
	"alone":           {"", ""},
	"code follows":    {"local a = 1\n", "\nlocal b = a + 1\nprint(b)\n"},
	"in a function":   {"local function f()\n  ", "\nend\n\nfunction g() return f() end\n"},
	"not yet closed":  {"local function f()\n  if x then\n    ", "\n\nlocal function g()\n  return 1\nend\n"},
	"value of a name": {"local r = ", "\nprint(r)\n"},
	"in a condition":  {"if ", "\nprint(1)\n"},
	"returned":        {"local function f()\n  return ", "\nend\n"},
	"in a table":      {"local t = {\n  a = 1,\n  b = ", "\n}\nprint(t)\n"},
	"an argument":     {"print(", "\nlocal z = 1\n"},
	"in pcall":        {"local ok, r = pcall(function()\n  return ", "\nend)\nprint(ok, r)\n"},
	"in a long file":  {strings.Repeat("local function f(a) return {a, b = a} end\n", 400), strings.Repeat("\nfunction F(x) if x then return x end end", 400)},
	"statement next":  {"", "\nreturn 1"},
	"comment behind":  {"", " -- what it is for\nlocal q = 'x'\n"},
}

// calls are what is written so far of a call, with a | at the cursor, and what is offered
// there: "tools" or names of parameters.
var calls = []struct{ text, want string }{
	{`Tool.execute("calc|`, "tools"},
	{`Tool.execute('calc|`, "tools"},
	{`Tool.execute("|`, "tools"},
	{`Tool.get("|`, "tools"},
	{`Tool.info('te|')`, "tools"},
	{`Tool.exists("|")`, "tools"},
	{`Tool.start("calc|", {})`, "tools"},
	{`Tool.parallel({{"calc|`, "tools"},
	{`Tool.parallel({{name = "calc|`, "tools"},
	{`Tool.execute("calculator", { in|`, "input operation variables"},
	{`Tool.execute("calculator", {in|`, "input operation variables"},
	{`Tool.execute("calculator", {|`, "input operation variables"},
	{`Tool.execute("calculator", { in| })`, "input operation variables"},
	{"Tool.execute(\"calculator\", {\n  input = \"1\",\n  |", "operation variables"},
	{"Tool.execute(\"calculator\", {\n  input = \"1\",\n  op|\n})", "operation variables"},
	{"Tool.execute(\"calculator\", {\n  |\n  input = \"1\",\n})", "operation variables"},
	{"Tool.execute(\"calculator\", {\n  or|\n  input = \"1\",\n})", "operation variables"},
	{`Tool.invoke("calculator", { end|`, "input operation variables"},
	{`Tool.start("calculator", { |`, "input operation variables"},
	{`Tool.parallel({{"calculator", { in|`, "input operation variables"},
	{`Tool.parallel({{name = "calculator", params = { |`, "input operation variables"},
	{`Tool.get("calculator"):execute({in|`, "input operation variables"},
	{`Tool.get("calculator").execute({in|`, "input operation variables"},
	{`Tool["calculator"]:execute({in|`, "input operation variables"},
	{`Tool.calculator:execute({in|`, "input operation variables"},
	{`Tool.calculator:execute{ |`, "input operation variables"},
	{`T.execute("calculator", { |`, "input operation variables"},
	{`T.get("|`, "tools"},
	{`T.calculator:execute({ do|`, "input operation variables"},
	{`calc:execute({in|`, "input operation variables"},
	{`calc.execute({|`, "input operation variables"},
	{`calc:execute{ operation = "evaluate", |`, "input variables"},
	{`kit.calc:execute({ in|`, "input operation variables"},
	{`kit["calc"]:execute({ in|`, "input operation variables"},
	{`kit.deep.calc:execute({ |`, "input operation variables"},
	{`run("calculator", { |`, "input operation variables"},
	{`run("calc|`, "tools"},
	{`pcall(Tool.execute, "calculator", { |`, "input operation variables"},
	{`pcall(Tool.execute, "calc|`, "tools"},
	{`pcall(calc.execute, calc, { in|`, "input operation variables"},
	{`assert(calc:execute({ in|`, "input operation variables"},
	{`calc:execute({ ["|`, "input operation variables"},
	{`calc:execute({ ["op|"] = 1`, "input operation variables"},
	{`calc:execute({ operation = "|`, "evaluate functions validate"},
	{`calc:execute({ operation = ("|"`, "evaluate functions validate"},
}

// TestHalfWrittenCalls completes each call in each text around it.
func TestHalfWrittenCalls(t *testing.T) {
	const names = `local T = Tool
local calc = T.get("calculator")
local kit = {calc = Tool.get("calculator"), deep = {}}
kit.deep.calc = calc
local run = Tool.execute
`
	c := startTools(t)
	tools := catalog.Builtin().Tools()
	for name, code := range around {
		t.Run(name, func(t *testing.T) {
			for _, call := range calls {
				before := code[0][strings.LastIndexByte(code[0], '\n')+1:]
				indent := before[:len(before)-len(strings.TrimLeft(before, " "))]
				text := names + code[0] + strings.ReplaceAll(call.text, "\n", "\n"+indent) + code[1]
				got := labels(completeAt(t, c, text))
				slices.Sort(got)
				want := tools
				if call.want != "tools" {
					want = strings.Fields(call.want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: offered are %.300q", call.text, got)
				}
			}
		})
	}
}

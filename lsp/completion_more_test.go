package lsp_test

import (
	"slices"
	"testing"
)

// TestMoreCompletions looks for names at places that are not fields or variables.
func TestMoreCompletions(t *testing.T) {
	c := startTools(t)
	for text, wanted := range map[string][]string{
		"_G.|":                      {"Tool", "print"},
		"_G.Tool.|":                 {"execute", "calculator"},
		"_G.string.|":               {"upper"},
		"---@diagnostic disable: |": {"unused-local", "unknown-tool"},
		"---@diagnostic disable-next-line: unused-local, un|": {"unused-local", "unknown-tool"},
		"-- luacheck: |":               {"ignore", "no unused args", "globals"},
		"-- luacheck: ignore |":        {"212", "unused-local"},
		"-- luacheck: push, ignore 2|": {"212"},
		"Tool:|":                       {"execute", "list"},
		"State:g|":                     {"get", "set"},
		"---@enum Color\nlocal Color = {Red = 1, Blue = 2}\n---@param c Color\nlocal function f(c) print(c) end\nf(|)":                                                          {"Color.Red", "Color.Blue"},
		"Tool.register({name = 'a', description = 'b', execute = print, parameters = {{name = 'x', type = '|'}}})":                                                              {"string", "object", "any"},
		"Tool.register({name = 'a', description = 'b', execute = print, parameters = {type = 'object', properties = {x = {type = 'string'}, ['y z'] = {}}, required = {'|'}}})": {"x", "y z"},
		"local s = {properties = {x = {type = 'string'}, y = {}}, required = {'x', |}}":                                                                                         {`"y"`},
		"Hook.register('BeforeToolExecution', function(ctx)\n  if ctx then\n    return '|'\n  end\nend)":                                                                        {"continue", "skip"},
	} {
		text, at := cut(t, text)
		c.Open("file:///proj/more.lua", text)
		got := labels(completeHere(c, "file:///proj/more.lua", at))
		for _, name := range wanted {
			if !slices.Contains(got, name) {
				t.Errorf("%q: %s is not in %q", text, name, got)
			}
		}
	}
}

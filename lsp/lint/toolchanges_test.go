package lint_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
)

// TestToolChanges holds scripts that change what the calls of tools mean: which of the
// mistakes behind them are still told.
func TestToolChanges(t *testing.T) {
	const (
		calls  = "\nTool.execute(\"greet\", {whom = \"Ann\", who = \"x\"}) Tool.execute(\"greet\", {}) Tool.get(\"greet\"):execute() Tool.execute(\"gret\", {who = \"Ann\"})"
		params = "unknown-parameter missing-parameter missing-parameter"
		name   = "unknown-tool"
	)
	for text, want := range map[string]string{
		"":                    params + " " + name,
		"Tool.mine = print":   params + " " + name,
		"print(Tool.execute)": params + " " + name,
		"local old = Tool.execute Tool.execute = function(n, p) return old(n:lower(), p) end": "",
		"Tool = {execute = function(n, p) print(n, p) end}":                                   "",
		"_G.Tool.execute = print":                                                                    "",
		"_G['Tool'] = {}":                                                                            "",
		"rawset(Tool, 'execute', print)":                                                             "",
		"local T = Tool rawset(T, 'get', print)":                                                     "",
		"rawset(_G, 'Tool', {execute = print})":                                                      "",
		"for k in pairs({}) do Tool[k] = print end":                                                  "",
		"local stub = print stub(Tool, 'execute')":                                                   "",
		"rawset(Tool, 'mine', print)":                                                                params,
		"print(rawget(Tool, 'execute'), _G.Tool.execute, _G.Tool)":                                   params + " " + name,
		"function Tool.execute(n, p) print(n, p) end":                                                "",
		"Tool['execute'] = function(n, p) print(n, p) end":                                           "",
		"local T = Tool T.get = function(n) return n end":                                            "",
		"Hook.register('ToolValidation', function(ctx) print(ctx.point) end)":                        params + " " + name,
		"Hook.register('ToolValidation', function(ctx) return 'continue' end)":                       params + " " + name,
		"Hook.register('ToolValidation', function(ctx) return {type = 'cancel', reason = 'no'} end)": params + " " + name,
		"Hook.register('ToolValidation', function(ctx) return {type = 'modified', data = {params = {who = 'x'}}} end)":                   name,
		"Hook.register('tool_validation', function(ctx) return {type = 'replace', data = {who = 'x'}} end)":                              name,
		"Hook.register('BeforeToolExecution', function(ctx) return {type = 'modified', data = {params = {}}} end, 'high')":               name,
		"Hook.register('ToolValidation', function(ctx) if ctx then return {type = 'redirect', target = 'greet'} end end)":                "",
		"local function f(ctx) return ctx.result end Hook.register('ToolValidation', f)":                                                 "",
		"local function f(ctx) print(ctx) end Hook.register('ToolValidation', f)":                                                        params + " " + name,
		"local result = ... Hook.register('ToolValidation', function(ctx) return result end)":                                            "",
		"for _, point in ipairs({'ToolValidation', 'ToolError'}) do Hook.register(point, function(ctx) return {type = 'retry'} end) end": "",
		"Hook.register('AfterToolExecution', function(ctx) return {type = 'replace', data = {}} end)":                                    params + " " + name,
	} {
		var got []string
		register := forms["list"] + "\n"
		for _, x := range check(t, register+text+calls, nil) {
			if strings.HasSuffix(x.Code, "-parameter") || x.Code == name {
				got = append(got, x.Code)
			}
		}
		wanted := strings.Fields(want)
		slices.Sort(got)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: %v, wanted %v", text, got, wanted)
		}
	}
}

// TestToolChangesElsewhere: what another file of the program does counts too. A test that
// replaces Tool.execute silences nothing in the module that another program uses as well.
func TestToolChangesElsewhere(t *testing.T) {
	const (
		wrong    = "return Tool.execute(\"calculator\", {inputt = \"1\", input = \"1\"})"
		patch    = "local old = Tool.execute Tool.execute = function(n, p) return old(n, p) end return true"
		harmless = "return 1"
	)
	for name, tt := range map[string]struct {
		files map[string]string
		found bool
	}{
		"alone":                   {map[string]string{"a": wrong}, true},
		"unrelated":               {map[string]string{"a": wrong, "b": patch}, true},
		"required":                {map[string]string{"a": "require('b') " + wrong, "b": patch}, false},
		"required by required":    {map[string]string{"a": "require('b') " + wrong, "b": "return require('c')", "c": patch}, false},
		"harmless":                {map[string]string{"a": "require('b') " + wrong, "b": harmless}, true},
		"by the one that runs it": {map[string]string{"a": wrong, "b": "require('a') " + patch}, false},
		"beside it":               {map[string]string{"a": wrong, "b": "require('c') require('a')", "c": patch}, false},
		"by a test":               {map[string]string{"a": wrong, "b": "require('a') " + patch, "c": "require('a')"}, true},
		"by all":                  {map[string]string{"a": wrong, "b": "require('a') " + patch, "c": "require('d') require('a')", "d": patch}, false},
		"a circle":                {map[string]string{"a": "require('b') " + wrong, "b": "require('a') return 1", "c": patch}, true},
	} {
		var files []*analysis.File
		for _, file := range slices.Sorted(maps.Keys(tt.files)) {
			path := "/proj/" + file + ".lua"
			files = append(files, analysis.NewFile("file://"+path, path, 1, tt.files[file]))
		}
		got := slices.ContainsFunc(checkFiles(t, files...), func(x lint.Finding) bool { return x.Code == "unknown-parameter" })
		if got != tt.found {
			t.Errorf("%s: found is %v", name, got)
		}
	}
}

package lint_test

import (
	"slices"
	"strings"
	"testing"
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
		"local old = Tool.execute Tool.execute = function(n, p) return old(n:lower(), p) end":                                            "",
		"function Tool.execute(n, p) print(n, p) end":                                                                                    "",
		"Tool['execute'] = function(n, p) print(n, p) end":                                                                               "",
		"local T = Tool T.get = function(n) return n end":                                                                                "",
		"Hook.register('ToolValidation', function(ctx) print(ctx.point) end)":                                                            params + " " + name,
		"Hook.register('ToolValidation', function(ctx) return 'continue' end)":                                                           params + " " + name,
		"Hook.register('ToolValidation', function(ctx) return {type = 'cancel', reason = 'no'} end)":                                     params + " " + name,
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

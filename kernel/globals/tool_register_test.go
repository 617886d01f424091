package globals

import (
	"context"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestRegisterInLua(t *testing.T) {
	const double = `
		local seen
		local tool = Tool.register{
			name = "double_it", description = "Doubles a number", tags = {"arithmetic"}, aliases = {"twice"}, version = "2.0.0",
			parameters = {
				{name = "n", type = "number", description = "the number", required = true},
				{name = "how", type = "string", enum = {"plus", "times"}, default = "plus"},
			},
			execute = function(p)
				seen = p
				if p.n == 13 then error("unlucky") end
				if p.n == 14 then return nil, "too large" end
				if p.n == 15 then return print end
				if p.n == 16 then error({}) end
				return {value = p.n * 2, how = p.how}
			end}
	`
	for name, script := range map[string]string{
		"execute": `
			assert(tool == Tool.double_it and tool == Tool.get("twice") and tool.name == "double-it" and tool.category == "custom" and tool.version == "2.0.0")
			local r = tool:execute{n = 4}
			assert(r.success and r.result.value == 8 and r.result.how == "plus" and type(r.metadata.duration_ms) == "number")
			assert(Tool.execute("double-it", {n = 4, how = "times"}).result.how == "times" and seen.how == "times")
			assert(Tool.exists("double_it") and #Tool.list{category = "custom"} == 1 and Tool.search("doubles number")[1].name == "double-it")
			assert(Tool.info("twice").schema.parameters[1].required and Tool.schema("twice").json_schema.required[1] == "n")`,
		"parameters by name": `
			local t = Tool.register{name = "named", description = "d", parameters = {who = {type = "string", required = true}, times = {type = "integer", default = 2}},
				execute = function(p) return p.who:rep(p.times) end}
			assert(t:execute{who = "ab"}.result == "abab" and not pcall(t.execute, t, {}) and not pcall(t.execute, t, {who = "a", other = 1}))
			local s = Tool.register{name = "schema-of-any", description = "d", parameters = {properties = {type = {type = "string"}}, required = {"type"}},
				execute = function(p) return p.type end}
			assert(s:execute{type = "x"}.result == "x" and not pcall(s.execute, s, {}))
			local typed = Tool.register{name = "of-type", description = "d", parameters = {type = {type = "string"}}, execute = function(p) return p.type end}
			assert(typed:execute{type = "y"}.result == "y")`,
		"bad parameters": `
			for want, p in pairs{['"n" is missing'] = {}, ['"n" is wrong: expected a number'] = {n = "x"}, ['"m" is not known'] = {n = 1, m = 2}, ['expected one of "plus", "times"'] = {n = 1, how = "x"}} do
				seen = nil
				local ok, e = pcall(Tool.execute, "double-it", p)
				assert(not ok and e:find("Tool.execute(double-it): ", 1, true) and e:find(want, 1, true) and seen == nil, e)
			end`,
		"failures": `
			local ok, e = pcall(Tool.execute, "double-it", {n = 13})
			assert(not ok and e:find("unlucky") and not e:find("Tool.execute"), e)       -- the script's own error, as it is
			ok, e = pcall(Tool.execute, "double-it", {n = 14})
			assert(not ok and e:find("Tool.execute(double-it): too large", 1, true), e)
			ok, e = pcall(Tool.execute, "double-it", {n = 15})
			assert(not ok and e:find("what cannot be a result: a function"), e)`,
		"parallel": `
			local out = Tool.parallel{{"double-it", {n = 1}}, {"nap", {ms = 5}}, {"double-it", {n = 13}}, {"double-it", {n = 14}}, {"double-it", {n = 15}}, {"double-it", {n = 16}}, {"double-it", {}}, {"twice", {n = 3}}}
			assert(out[1].result.value == 2 and out[2].result.ms == 5 and out[8].result.value == 6)
			for i, want in pairs{[3] = "unlucky", [4] = "too large", [5] = "cannot be a result", [6] = "raised a table", [7] = '"n" is missing'} do
				assert(out[i].success == false and out[i].error.message:find(want, 1, true), out[i].error.message)
			end
			assert(out[7].error.code == "validation_error" and out[3].error.code == "execution_error")`,
		"start": `
			local h = Tool.start("double-it", {n = 2})
			assert(h:done() and h:name() == "double-it" and h:wait().result.value == 4 and h:wait(5).result.value == 4)
			h:cancel()
			assert(not pcall(Tool.start, "double-it", {}))
			h = Tool.start("double-it", {n = 14})
			assert(h:result().error.message == "too large" and not pcall(h.wait, h))
			h = Tool.start("double-it", {n = 13})
			assert(h:result().error.message:find("unlucky"))`,
		"shares nothing": `
			local p = {n = 1}
			local r = Tool.execute("double-it", p)
			seen.n = 99
			assert(p.n == 1 and p.how == nil)
			Tool.register{name = "keeper", description = "d", execute = function() kept = kept or {1}; return kept end}
			Tool.keeper:execute().result[1] = "changed"
			assert(kept[1] == 1)`,
		"calls tools": `
			Tool.register{name = "outer", description = "d", execute = function(p) return Tool.execute("double-it", p).result.value end}
			assert(Tool.outer:execute{n = 4}.result == 8)
			local out = Tool.parallel{{"outer", {n = 1}}, {"outer", {n = 13}}}
			assert(out[1].result == 2 and not out[2].success)`,
		"in a coroutine": `
			local co = coroutine.wrap(function() coroutine.yield(Tool.double_it:execute{n = 2}.result.value) return "end" end)
			assert(co() == 4 and co() == "end")`,
		"other descriptions": `
			Tool.register{name = "a", description = "d", execute = function(p) return p end}
			assert(Tool.a:execute{x = 1, y = {2}}.result.y[1] == 2)
			Tool.register{name = "b", description = "d", execute = function(p) return p.s .. "!" end, result = {type = "string"},
				parameters = {type = "object", properties = {s = {type = "string", minLength = 2}}, required = {"s"}, additionalProperties = false}}
			assert(Tool.b:execute{s = "hi"}.text == "hi!" and not pcall(Tool.b.execute, {s = "h"}) and not pcall(Tool.b.execute, {t = 1}))
			Tool.register{name = "c", description = "d", parameters = {}, execute = function() end}
			assert(Tool.c:execute().result == nil and Tool.c:execute().success)
			Tool.register{name = "e", description = "d", parameters = {{name = "v", type = "any"}}, execute = function(p) return p.v end}
			assert(Tool.e:execute{v = false}.result == false)
			Tool.register{name = "f", description = "d", execute = function(p) return p.x * p.type end,
				parameters = {x = {type = "number", required = true}, type = {type = "integer", default = 3}}}
			assert(Tool.f:execute{x = 4}.result == 12 and not pcall(Tool.f.execute, {}) and not pcall(Tool.f.execute, {x = 1, z = 2}))
			assert(Tool.f.schema.parameters[2].name == "x" and Tool.f.schema.parameters[2].required)
			Tool.register{name = "g", description = "d", parameters = {properties = {type = {type = "string"}}}, execute = function(p) return p.type end}
			assert(Tool.g:execute{type = "t"}.result == "t" and not pcall(Tool.g.execute, {type = 1}))`,
	} {
		t.Run(name, func(t *testing.T) {
			L, _ := napping(t, Env{})
			if err := L.DoString(double + script); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRegisterRefuses(t *testing.T) {
	L, _ := napping(t, Env{})
	for script, want := range map[string]string{
		`Tool.register()`: `Tool.register: expected a table with name, description, parameters and execute, got nil`,
		`Tool.register{name = "x", description = "d"}`:                                                                              `execute must be a function that takes the parameters, got nil`,
		`Tool.register{name = "x", description = "d", exectue = print}`:                                                             `got nil; "exectue" is not known: did you mean "execute"?`,
		`Tool.register{description = "d", execute = print}`:                                                                         `"name" is missing`,
		`Tool.register{name = "x", execute = print}`:                                                                                `"description" is missing`,
		`Tool.register{name = 5, description = "d", execute = print}`:                                                               `"name" is wrong`,
		`Tool.register{name = "a b", description = "d", execute = print}`:                                                           `"name" is wrong: expected letters, digits`,
		`Tool.register{name = "mcp:x", description = "d", execute = print}`:                                                         `"name" is wrong`,
		`Tool.register{name = "x", description = "d", execute = print, paramters = {}}`:                                             `did you mean "parameters"?`,
		`Tool.register{name = "x", description = "d", execute = print, tags = {print}}`:                                             `a function cannot be converted`,
		`Tool.register{name = "x", description = "d", execute = print, tags = {5}}`:                                                 `"tags[1]" is wrong`,
		`Tool.register{name = "x", description = "d", execute = print, parameters = {{}}}`:                                          `parameters: item 1: expected {name`,
		`Tool.register{name = "x", description = "d", execute = print, parameters = {{name = "a", type = "int"}}}`:                  `item 1, "a": the JSON Schema is wrong at /type: expected object, array, string, number, integer, boolean or null, got the string "int"; did you mean "integer"?`,
		`Tool.register{name = "x", description = "d", execute = print, parameters = {a = {type = "string"}, b = {type = "strng"}}}`: `parameters: "b": the JSON Schema is wrong at /type: `,
		`Tool.register{name = "x", description = "d", execute = print, parameters = {type = "string"}}`:                             `the properties of one object`,
		`Tool.register{name = "x", description = "d", execute = print, parameters = {patternProperties = {}}}`:                      `"patternProperties" is not supported`,
		`Tool.register{name = "x", description = "d", execute = print, result = {type = "x"}}`:                                      `result: the JSON Schema is wrong`,
		`Tool.register{name = "Calculator", description = "d", execute = print}`:                                                    `the name "calculator" belongs to "calculator" already`,
	} {
		if err := L.DoString(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", script, err, want)
		}
	}
	if err := L.DoString(`assert(not Tool.exists("x"))`); err != nil {
		t.Error(err)
	}
}

// A tool of a script cannot be run by anybody else, and is counted.
func TestRegisteredToolsAndTheInvoker(t *testing.T) {
	reg := tools.Builtin()
	inv := tools.NewInvoker(reg, tools.Options{})
	L := lua.NewState()
	defer L.Close()
	InstallTool(L, reg, inv, Env{Sandbox: box(t, t.TempDir())})
	if err := L.DoString(`
		Tool.register{name = "mine", description = "d", execute = function(p) if p.bad then error("bad") end return 1 end}
		Tool.mine:execute()
		pcall(Tool.mine.execute, {bad = true})
		Tool.parallel{{"mine"}, {"mine", {bad = true}}}`); err != nil {
		t.Fatal(err)
	}
	for _, m := range inv.Snapshot().Tools {
		if m.Tool == "mine" && (m.Calls != 4 || m.InFlight != 0 || m.Errors[tool.ExecutionFailed] != 2) {
			t.Errorf("figures %+v", m)
		}
	}
	_, err := inv.Invoke(context.Background(), "mine", nil, tools.CallOptions{})
	if te := (*tool.Error)(nil); !errors.As(err, &te) || te.Code != tool.Unsupported {
		t.Errorf("from Go: %v", err)
	}
}

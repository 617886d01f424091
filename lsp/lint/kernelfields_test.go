package lint_test

import "testing"

const answered = `local function get() return Tool.execute("calculator", {input = "1"}) end
`

const ownTool = `Tool.register({name = "own", description = "d", parameters = {who = {type = "string"}, more = {type = "object"}}, execute = `

// TestKernelFields misspells fields of what the kernel gives, which takes several ways to
// the place; a way that others may meet on says nothing.
func TestKernelFields(t *testing.T) {
	const reslt = " has no field reslt; did you mean result?"
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"pcall":                  {[]string{`local ok, r = pcall(Tool.execute, "calculator", {input = "1"}) print(ok, r.reslt)`}, "r" + reslt},
		"pcall of a method":      {[]string{`local c = Tool.get("calculator") local ok, r = pcall(c.execute, c, {input = "1"}) if ok then print(r.reslt) end`}, "r" + reslt},
		"xpcall":                 {[]string{`local ok, r = xpcall(function() return Tool.execute("calculator", {input = "1"}) end, debug.traceback) print(ok, r.reslt)`}, "r" + reslt},
		"a function":             {[]string{answered + `print(get().reslt, get().result.reslt)`}, "get()" + reslt + "; get().result" + reslt},
		"a protected function":   {[]string{answered + `local ok, r = pcall(get) if not ok then error(r) end print(r.reslt)`}, "r" + reslt},
		"a module's function":    {[]string{`local M = {} function M.calc() return Tool.execute("calculator", {input = "1"}) end print(M.calc().reslt)`}, "M.calc()" + reslt},
		"another module":         {[]string{`local M = require("b") print(M.get().reslt, M.last.reslt)`, answered + `return {get = get, last = get()}`}, "M.get()" + reslt + "; M.last" + reslt},
		"a field":                {[]string{answered + `local t = {} t.answer = get() print(t.answer.reslt)`}, "t.answer" + reslt},
		"a field of self":        {[]string{answered + `local C = {} C.__index = C function C.new() return setmetatable({last = get()}, C) end function C:f() return self.last.reslt end C.new():f()`}, "self.last" + reslt},
		"a list":                 {[]string{answered + `local l = {} for i = 1, 2 do l[i] = get() end for _, a in ipairs(l) do print(a.reslt) end`}, "a" + reslt},
		"an argument in a table": {[]string{answered + `local function f(o) local a = o.answer return a.reslt end f({answer = get()})`}, "a" + reslt},
		"wait":                   {[]string{`local h = Tool.start("calculator", {input = "1"}) print(h:wait().result.reslt, h:result().reslt)`}, "h:wait().result" + reslt + "; h:result()" + reslt},
		"handles in a list":      {[]string{`local l = {} for i = 1, 2 do l[i] = Tool.start("calculator", {input = "1"}) end for _, h in ipairs(l) do print(h:wait().reslt) end`}, "h:wait()" + reslt},
		"parallel":               {[]string{`local t = {all = Tool.parallel({{"calculator", {input = "1"}}})} print(t.all[1].reslt)`}, "t.all[1]" + reslt},
		"asked for":              {[]string{answered + `local t = {a = get()} if t.a.reslt then print(1) end`}, "t.a" + reslt},
		"an event":               {[]string{`local s = Event.subscribe("a.b") local e = Event.receive(s, 10) if e then print(e.event_typ) end`}, "e has no field event_typ; did you mean event_type?"},
		"a handler":              {[]string{`Event.on("a.b", function(e) print(e.event_typ, e.data.anything) end)`}, "e has no field event_typ; did you mean event_type?"},
		"data of the kernel":     {[]string{`Event.on("tool.failed", function(e) print(e.data.mesage) end)`}, "e.data has no field mesage; did you mean message?"},
		"a hook":                 {[]string{`local function h(ctx) print(ctx.pont, ctx.data.parms, ctx.component_id.nam) end Hook.register("BeforeToolExecution", h)`}, "ctx has no field pont; did you mean point?; ctx.data has no field parms; did you mean params?; ctx.component_id has no field nam; did you mean name?"},
		"a transaction":          {[]string{`State.transaction(function(tx) tx.sett("a", 1) end)`}, "tx has no field sett; did you mean set?"},
		"a tool's schema":        {[]string{`local t = {calc = Tool.get("calculator")} print(t.calc.schema.parametrs, t.calc.schema.parameters[1].requird)`}, "t.calc.schema has no field parametrs; did you mean parameters?; t.calc.schema.parameters[1] has no field requird; did you mean required?"},
		"a record":               {[]string{`local t = {s = Session.get("a")} print(t.s.nam)`}, "t.s has no field nam; did you mean name?"},
		"an own tool":            {[]string{`Tool.register({name = "own", description = "d", parameters = {}, execute = function() return {text = "x"} end}) local ok, r = pcall(Tool.execute, "own", {}) print(ok, r.result.txt)`}, "r.result has no field txt; did you mean text?"},
		"parameters":             {[]string{ownTool + `function(p) print(p.who, p.typo, p.more.x) end})`}, "p has no field typo"},
		"parameters of a schema": {[]string{`Tool.register({name = "own", description = "d", parameters = {type = "object", properties = {who = {type = "string"}}, additionalProperties = false}, execute = function(p) return p.whoo end})`}, "p has no field whoo; did you mean who?"},
		"code in strings":        {[]string{answered + `loadstring("return 1")() print(get().reslt)`}, "get()" + reslt},

		"open parameters":             {[]string{`Tool.register({name = "own", description = "d", parameters = {type = "object", properties = {}, additionalProperties = true}, execute = function(p) return p.typo end})`}, ""},
		"any parameters":              {[]string{`Tool.register({name = "own", description = "d", execute = function(p) return p.typo end})`}, ""},
		"asked for a parameter":       {[]string{ownTool + `function(p) if p.typo then return 1 end end})`}, ""},
		"parameters that are added":   {[]string{`local function fill(p) p.typo = 1 end ` + ownTool + `function(p) fill(p) return p.typo end})`}, ""},
		"parameters of two tools":     {[]string{`local function add(name, of) Tool.register({name = name, description = "d", parameters = of, execute = function(p) return p.x, p.y end}) end add("a", {x = {type = "string"}}) add("b", {y = {type = "string"}})`}, ""},
		"parameters of many tools":    {[]string{`local all = {a = {x = {type = "string"}}, b = {y = {type = "string"}}} for name, of in pairs(all) do Tool.register({name = name, description = "d", parameters = of, execute = function(p) return p.x, p.y end}) end`}, ""},
		"a function with two callers": {[]string{`local function run(p) return p.typo end ` + ownTool + `run}) run({typo = 1})`}, ""},
		"computed parameters":         {[]string{`local of = {} for i = 1, 3 do of["x" .. i] = {type = "string"} end Tool.register({name = "own", description = "d", parameters = of, execute = function(p) return p.x1 end})`}, ""},
		"a hook that adds parameters": {[]string{`Hook.register("BeforeToolExecution", function(ctx) ctx.data.params.typo = 1 return {action = "modified", data = ctx.data} end) ` + ownTool + `function(p) return p.typo end})`}, ""},
		"a wrapped tool":              {[]string{`local function wrap(spec) local f = spec.execute spec.execute = function(p) return f({typo = p.who}) end return spec end Tool.register(wrap({name = "own", description = "d", parameters = {who = {type = "string"}}, execute = function(p) return p.typo end}))`}, ""},
		"stored through another name": {[]string{answered + `local r = get() local x = r x.reslt = 1 print(r.reslt)`}, ""},
		"stored by a function":        {[]string{answered + `local r = get() local function add(v) rawset(v, "reslt", 1) end add(r) print(r.reslt)`}, ""},
		"stored by a module":          {[]string{`local M = require("b") print(M.last.reslt)`, answered + `local M = {last = get()} function M.f(k) M.last[k] = 1 end return M`}, ""},
		"a computed key":              {[]string{answered + `local r = {a = get()} for k, v in pairs({...}) do r.a[k] = v end print(r.a.reslt)`}, ""},
		"__index":                     {[]string{answered + `local r = {a = setmetatable(get(), {__index = function(_, k) return k end})} print(r.a.reslt)`}, ""},
		"given away":                  {[]string{answered + `local r = {a = get()} Other(r) print(r.a.reslt)`}, ""},
		"given to the kernel":         {[]string{answered + `local r = {a = get()} print(JSON.stringify(r), r.a.reslt)`}, "r.a" + reslt},
		"another table too":           {[]string{answered + `local r = {a = get()} if ... then r.a = {reslt = 1} end print(r.a.reslt)`}, ""},
		"an upvalue":                  {[]string{answered + `local r = get() local function f() r = {reslt = 1} end f() print(r.reslt)`}, ""},
		"errors with fields":          {[]string{answered + `local ok, r = pcall(function() if ... then error({reslt = 1}) end return get() end) print(ok, r.reslt)`}, ""},
		"parsed":                      {[]string{answered + `local t = {} t.a = ... and JSON.parse("{}") or get() print(t.a.reslt)`}, ""},
		"from the state":              {[]string{answered + `State.set("a", get()) local t = {a = State.get("a")} print(t.a.reslt)`}, ""},
		"an event's own data":         {[]string{answered + `Event.publish("a.b", get()) Event.on("a.b", function(e) print(e.data.reslt) end)`}, ""},
		"a hook point of scripts":     {[]string{`Hook.fire("custom:x", {price = 1}) Hook.register("custom:x", function(ctx) print(ctx.data.pric) end)`}, ""},
		"data of several events":      {[]string{`Event.on({"tool.failed", "a.b"}, function(e) print(e.data.mesage) end)`}, ""},
		"data that it publishes":      {[]string{`Event.publish("tool.failed", {mesage = 1}) Event.on("tool.failed", function(e) print(e.data.mesage) end)`}, ""},
		"a handler that is called":    {[]string{`local function h(ctx) print(ctx.pont) end Hook.register("BeforeToolExecution", h) h({pont = 1})`}, ""},
		"a hidden global":             {[]string{`local Tool = {execute = function() return {reslt = 1} end} local t = {a = Tool.execute()} print(t.a.reslt)`}, ""},
		"another Tool":                {[]string{`local T = Mock or Tool local t = {a = T.execute("calculator", {input = "1"})} print(t.a.reslt)`}, ""},
		"a parameter":                 {[]string{answered + `local M = {} function M.show(r) print(r.reslt) end M.show(get()) return M`}, ""},
		"what a transaction gives":    {[]string{`local t = {a = State.transaction(function() return {reslt = 1, result = 2} end)} print(t.a.reslt)`}, ""},
		"a tool of any name":          {[]string{`local name = ... local t = {a = Tool.execute(name, {})} print(t.a.result.reslt, t.a.result)`}, ""},
		"metadata":                    {[]string{answered + `local t = {a = get()} print(t.a.metadata.anything, t.a.error.code)`}, ""},
		"a text":                      {[]string{answered + `local ok, r = pcall(get) print(ok, r.find, r:upper())`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := findingsIn(t, "undefined-field", c.texts...); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

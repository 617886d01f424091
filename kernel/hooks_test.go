package kernel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// services are those of a test, with a log.
func services(log *zap.Logger) *kernel.Services {
	s := kernel.NewServices(kernel.Openers{})
	s.Hooks = hooks.New(hooks.Options{Log: log})
	s.Events = events.New(events.Options{Hooks: s.Hooks})
	return s
}

// hookScripts are what scripts do with hooks; each returns "ok" or raises an error.
var hookScripts = map[string]string{
	"modified": `
		Hook.register("BeforeToolExecution", function(ctx)
			ctx.data.params.input = "6 * 7"
			return {type = "modified", data = ctx.data}
		end)
		assert(Tool.calculator:execute{input = "1"}.result.result == 42)`,
	"modified, wrong": `
		Hook.register("BeforeToolExecution", function(ctx) return {type = "modified", data = {params = {input = {}}}} end)
		local ok, err = pcall(Tool.execute, "calculator", {input = "1"})
		assert(not ok and err:find("input"), err)`,
	"validation": `
		Hook.register("tool_validation", function(ctx)
			if not ctx.data.params.input then return {type = "modified", data = {params = {input = "1 + 1"}}} end
			if ctx.data.params.input == "0" then return "no zeros" end
		end)
		assert(Tool.calculator:execute().result.result == 2)
		local ok, err = pcall(Tool.execute, "calculator", {input = "0"})
		assert(not ok and err:find("no zeros"), err)
		assert(Tool.parallel{{"calculator", {input = "0"}}}[1].error.code == "validation_error")`,
	"cancel": `
		local errors = 0
		Hook.register("ToolError", function() errors = errors + 1 end)
		Hook.register("BeforeToolExecution", function(ctx) return {type = "cancel", reason = "closed on Sundays"} end, {name = "sunday"})
		local ok, err = pcall(Tool.execute, "calculator", {input = "1"})
		assert(not ok and err:find("closed on Sundays") and err:find("sunday"), err)
		local r = Tool.parallel{{"calculator", {input = "1"}}}[1]
		assert(r.error.code == "cancelled" and r.error.details.hook == "sunday" and r.error.details.reason == "closed on Sundays")
		assert(errors == 0)`,
	"skip": `
		local h = Hook.register("BeforeToolExecution", function() return "skip" end)
		Hook.register("BeforeToolExecution", function() return {type = "skipped", reason = "r"} end)
		Hook.register("BeforeToolExecution", function() return {type = "replace", data = "reached"} end)
		assert(Tool.calculator:execute{input = "1"}.result == "reached")
		assert(h:stats().skipped == 1)`,
	"replace": `
		Hook.register("BeforeToolExecution", function() return {type = "replace", data = {answer = 42}} end)
		assert(Tool.calculator:execute{input = "1"}.result.answer == 42)
		assert(Tool.start("calculator", {input = "1"}):wait().result.answer == 42)
		assert(Tool.parallel{{"calculator", {input = "1"}}}[1].result.answer == 42)`,
	"redirect": `
		Tool.register{name = "mine", description = "d", execute = function(p) return "mine " .. p.input end}
		Hook.register("BeforeToolExecution", function(ctx)
			if ctx.component_id.name == "calculator" then return {type = "redirect", target = "mine"} end
		end)
		assert(Tool.calculator:execute{input = "1"}.result == "mine 1")
		assert(Tool.start("calculator", {input = "2"}):wait().result == "mine 2")
		local all = Tool.parallel{{"calculator", {input = "3"}}, {"mine", {input = "4"}}}
		assert(all[1].result == "mine 3" and all[2].result == "mine 4")`,
	"redirect from a function": `
		Tool.register{name = "mine", description = "d", execute = function() error("never") end}
		Hook.register("BeforeToolExecution", function() return {type = "redirect", target = "calculator"} end, {component = "mine"})
		assert(Tool.mine:execute{input = "2 * 4"}.result.result == 8)`,
	"retry before": `
		local n = 0
		Hook.register("BeforeToolExecution", function() n = n + 1; if n < 3 then return {type = "retry", delay_ms = 1, max_attempts = 5} end end)
		assert(Tool.calculator:execute{input = "1"}.success and n == 3)`,
	"retry after": `
		local n = 0
		Tool.register{name = "flaky", description = "d", execute = function() n = n + 1; if n < 3 then error("not yet") end return n end}
		Hook.register("ToolError", function(ctx)
			assert(ctx.data.error.message:find("not yet") and (ctx.metadata.attempt == n or n < 0))
			return {type = "retry", delay_ms = 1, max_attempts = 3}
		end)
		assert(Tool.flaky:execute().result == 3)
		n = 0
		assert(Tool.start("flaky"):wait().result == 3)
		n = 0
		assert(Tool.parallel{{"flaky"}}[1].result == 3)
		n = -10
		assert(not pcall(Tool.execute, "flaky") and n == -7)`,
	"after": `
		local seen
		Hook.register("AfterToolExecution", function(ctx)
			seen = ctx.data
			if ctx.data.params.input == "1" then return {type = "modified", data = {result = {result = "one"}}} end
			if ctx.data.params.input == "2" then return {type = "replace", data = "two"} end
			if ctx.data.params.input == "3" then return "three is bad" end
			if ctx.data.params.input == "4" then return {type = "modified", data = {message = "four"}} end
		end)
		assert(Tool.calculator:execute{input = "1"}.result.result == "one" and seen.success and seen.duration_ms >= 0 and seen.operation)
		assert(Tool.calculator:execute{input = "2"}.result == "two")
		local ok, err = pcall(Tool.execute, "calculator", {input = "3"})
		assert(not ok and err:find("three is bad"), err)
		local four = Tool.calculator:execute{input = "4"}
		assert(four.message == "four" and four.result.result == 4)
		local h = Tool.start("calculator", {input = "1"})
		seen = nil
		assert(h:wait().result.result == "one" and seen)`,
	"error": `
		local code
		Hook.register("ToolError", function(ctx)
			code = ctx.data.error.code
			if ctx.data.params.input == "1 +" then return {type = "replace", data = "saved"} end
			return {type = "modified", data = {error = {message = "in other words"}}}
		end)
		assert(Tool.calculator:execute{input = "1 +"}.result == "saved" and code)
		local ok, err = pcall(Tool.execute, "calculator", {input = {}})
		assert(not ok and err:find("in other words") and code == "validation_error", err)`,
	"errors keep their place": `
		Tool.register{name = "mine", description = "d", execute = function() error("boom") end}
		local seen
		Hook.register("ToolError", function(ctx) seen = ctx.data.error.message end)
		local ok, err = pcall(Tool.execute, "mine")
		assert(not ok and err:find("test:%d+: boom") and seen:find("boom"), err)`,
	"discovery": `
		local all = #Tool.list()
		Hook.register("BeforeToolDiscovery", function(ctx)
			if ctx.data["function"] == "list" and ctx.data.filter and ctx.data.filter.category == "utility" then
				return {type = "modified", data = {filter = {category = "web"}}}
			end
			if ctx.data.query == "secret" then return "nothing to see" end
			if ctx.data.query == "mine" then return {type = "replace", data = {{name = "mine"}}} end
		end)
		assert(#Tool.list() == all)
		assert(Tool.list{category = "utility"}[1].category == "web")
		local ok, err = pcall(Tool.search, "secret")
		assert(not ok and err:find("nothing to see"), err)
		assert(Tool.search("mine")[1].name == "mine" and Tool.discover{query = "calculator"}[1])
		Hook.register("AfterToolDiscovery", function(ctx) return {type = "modified", data = {tools = {ctx.data.tools[1]}}} end)
		assert(#Tool.list() == 1 and #Tool.search("file") == 1 and #Tool.discover() == 1)`,
	"context": `
		local c
		Hook.register("before_tool_execution", function(ctx) c = ctx end, "high")
		Tool.calculator:execute{input = "1"}
		assert(c.point == "BeforeToolExecution" and c.component_id.type == "tool" and c.component_id.name == "calculator")
		assert(c.language == "lua" and c.correlation_id and c.metadata.category and c.data.params.input == "1")`,
	"a hook that fails": `
		local h = Hook.register("BeforeToolExecution", function() error("oops") end)
		local bad = Hook.register("BeforeToolExecution", function() return 42 end)
		for i = 1, 5 do assert(Tool.calculator:execute{input = "1"}.success) end
		local s = h:stats()
		assert(s.failures == 3 and s.passed_over == 2 and s.breaker == "open" and s.last_failure:find("oops"), s.last_failure)
		assert(bad:stats().last_failure:find("returned a number"))
		assert(Hook.stats().open == 2 and Hook.stats().failures == 6)`,
	"a guard that fails": `
		Hook.register("BeforeToolExecution", function() error("oops") end, {guard = true})
		local ok, err = pcall(Tool.execute, "calculator", {input = "1"})
		assert(not ok and err:find("guard failed"), err)`,
	"a hook without end": `
		local h = Hook.register("BeforeToolExecution", function() while true do pcall(function() while true do end end) end end, {timeout_ms = 20})
		assert(Tool.calculator:execute{input = "1"}.success)
		assert(h:stats().failures == 1 and h:stats().last_failure:find("longer than 20ms"), h:stats().last_failure)
		local t = os.clock()
		for i = 1, 1000 do end`,
	"a hook that waits": `
		local id = Event.subscribe("never")
		local h = Hook.register("BeforeToolExecution", function() pcall(Event.receive, id, 1e7); pcall(Event.receive, id, 1e7) end, {timeout_ms = 20})
		assert(Tool.calculator:execute{input = "1"}.success and h:stats().failures == 1)
		assert(Event.receive(id, 1) == nil)`,
	"recursion": `
		local n = 0
		Hook.register("BeforeToolExecution", function() n = n + 1; Tool.calculator:execute{input = "1"} end)
		assert(Tool.calculator:execute{input = "1"}.success and n == 1)`,
	"coroutines": `
		local where
		Hook.register("BeforeToolExecution", function() where = coroutine.running() end)
		local co = coroutine.create(function() return Tool.calculator:execute{input = "2"}.result.result end)
		local ok, r = coroutine.resume(co)
		assert(ok and r == 2 and where == co)
		Hook.register("AfterToolExecution", function() coroutine.yield() end)
		co = coroutine.create(function() return Tool.calculator:execute{input = "2"}.result.result end)
		ok, r = coroutine.resume(co)
		assert(ok and r == 2, r)`,
	"handles": `
		local h = Hook.register("ToolError", function() end, {name = "n", description = "d", version = "2.0", tags = {"a", "b"}, priority = -5})
		assert(h:id() == h.id() and h:hook_point() == "ToolError" and h.hook_point() == "ToolError" and tostring(h):find("hook n"))
		local row = Hook.list{tag = "a", hook_point = "tool_error", language = "lua", priority = -5, name = "n"}[1]
		assert(row.name == "n" and row.description == "d" and row.version == "2.0" and row.tags[2] == "b" and row.priority == "-5" and row.language == "lua" and row.id == h:id())
		assert(#Hook.list() == 1 and #Hook.list("ToolError") == 1 and #Hook.list("AfterStateRead") == 0 and #Hook.list{priority = "low"} == 0)
		assert(Hook.disable(h) and not h:stats().enabled and Hook.enable(h:id()) and h.stats().enabled)
		local plain = Hook.register("ToolError", function() end)
		assert(#plain.stats().tags == 0 and plain.unregister())
		assert(Hook.unregister(h) == true and Hook.unregister(h:id()) == false and h:unregister() == false and #Hook.list() == 0)`,
	"priorities": `
		local order = {}
		for _, p in ipairs{"lowest", 5, "normal", "highest", -3, "low", "HIGH"} do
			Hook.register("BeforeToolExecution", function() order[#order + 1] = p end, p)
		end
		Tool.calculator:execute{input = "1"}
		assert(table.concat(order, " ") == "highest HIGH -3 normal 5 low lowest")`,
	"all points": `
		local points = Hook.points()
		assert(#points == 43)
		for _, p in ipairs(points) do
			assert(Hook.register(p, function() end):hook_point() == p)
			local snake = p:gsub("(%l)(%u)", "%1_%2"):lower()
			assert(Hook.register(snake, function() end).hook_point() == p)
		end
		assert(#Hook.list() == 86)`,
	"points of the script's own": `
		Hook.register("custom:deploy", function(ctx) return {type = "modified", data = {n = ctx.data.n + 1}} end)
		Hook.register("Custom:deploy", function(ctx) if ctx.data.n > 5 then return "too many" end end)
		local r = Hook.fire("custom:deploy", {n = 1})
		assert(r.type == "modified" and r.data.n == 2)
		r = Hook.fire("custom:deploy", {n = 5})
		assert(r.type == "cancel" and r.reason == "too many" and r.hook)
		assert(Hook.fire("custom:nobody").type == "continue")
		assert(not pcall(Hook.fire, "ToolError", {}))`,
	"wrong arguments": `
		local function fails(text, f, ...) local ok, err = pcall(f, ...) assert(not ok and err:find(text), err) end
		fails("BeforeToolExecution", Hook.register, "before_tool_exekution", function() end)
		fails("expected a function", Hook.register, "ToolError", 1)
		fails("there is no priority", Hook.register, "ToolError", function() end, "urgent")
		fails("whole number", Hook.register, "ToolError", function() end, 1.5)
		fails("priority or a table", Hook.register, "ToolError", function() end, true)
		fails("options.timeout_ms", Hook.register, "ToolError", function() end, {timeout_ms = -1})
		fails("hook point as a string", Hook.register, nil, function() end)
		fails("expected a handle", Hook.unregister, {})
		fails("expected a handle", Hook.unregister, "x")
		fails("expected a handle", Hook.unregister, nil)
		for _, bad in ipairs{{type = "fork"}, {type = "cache"}, {}, {type = "retry", delay_ms = "x"}, {type = "retry", max_attempts = 1e9}, {type = "modified"}, {type = "redirect"}, {type = "replace", data = print}, true} do
			local h = Hook.register("BeforeToolExecution", function() return bad end)
			assert(Tool.calculator:execute{input = "1"}.success)
			assert(h:stats().failures == 1, h:stats().last_failure)
			h:unregister()
		end`,
	"violation of the sandbox": `
		local seen = {}
		Hook.register("SecurityViolation", function(ctx) seen[#seen + 1] = ctx.data.source .. " " .. ctx.data.message end)
		assert(io.open("/etc/passwd") == nil)
		for i = 1, 10 do end
		assert(#seen == 1 and seen[1]:find("script .*/etc/passwd"), seen[1])
		pcall(Tool.execute, "file-operations", {operation = "read", path = "/etc/passwd"})
		assert(#seen == 2 and seen[2]:find("tool .*passwd"), seen[2])`,
	"many at a time": `
		local before, after = 0, 0
		local patient = {slow_ms = 3600000} -- on a busy machine too all calls count
		Hook.register("BeforeToolExecution", function() before = before + 1 end, patient)
		Hook.register("AfterToolExecution", function() after = after + 1 end, patient)
		local calls = {}
		for i = 1, 300 do calls[i] = {"calculator", {input = tostring(i)}} end
		for i, r in ipairs(Tool.parallel(calls, {limit = 7})) do assert(r.result.result == i) end
		assert(before == 300 and after == 300)
		local hs = {}
		for i = 1, 300 do hs[i] = Tool.start("calculator", {input = tostring(i)}) end
		for i, h in ipairs(hs) do assert(h:wait().result.result == i and h:done()) end
		assert(before == 600 and after == 600)`,
}

func TestHookScripts(t *testing.T) {
	for name, script := range hookScripts {
		t.Run(name, func(t *testing.T) {
			core, _ := observer.New(zap.DebugLevel)
			s, _ := newSession(t, kernel.Config{Dir: t.TempDir(), Services: services(zap.New(core)), Limits: runtime.Limits{Time: time.Minute}})
			res, err := s.RunString(context.Background(), script+"\nreturn 'ok'", "=test", nil)
			if err != nil || res.Texts[0] != "ok" {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
}

// Hooks of a script end with its session, and other sessions never see them.
func TestHooksStayInTheirSession(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	sv := services(zap.New(core))
	one, _ := newSession(t, kernel.Config{Services: sv})
	two, _ := newSession(t, kernel.Config{Services: sv})
	var seen atomic.Int64
	if _, err := sv.Hooks.Register(hooks.BeforeToolExecution, hooks.Definition{Name: "kernel", Func: func(context.Context, *hooks.Call) (hooks.Result, error) {
		seen.Add(1)
		return hooks.Result{}, nil
	}}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := one.RunString(ctx, `Hook.register("BeforeToolExecution", function() return "no" end) assert(#Hook.list() == 2) assert(not pcall(Hook.unregister, 1))`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := two.RunString(ctx, `assert(Tool.calculator:execute{input = "1"}.success and #Hook.list() == 1)`, "=test", nil); err != nil {
		t.Error(err)
	}
	if _, err := one.RunString(ctx, `assert(not pcall(Tool.execute, "calculator", {input = "1"}))`, "=test", nil); err != nil {
		t.Error(err)
	}
	if seen.Load() != 2 {
		t.Errorf("the kernel's hook ran %d times", seen.Load())
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if n := sv.Hooks.Totals().Hooks; n != 1 {
		t.Errorf("%d hooks are left", n)
	}
	if logs.Len() != 0 {
		t.Errorf("logged %v", logs.All())
	}
}

// The log of a hook that fails says where.
func TestFailureOfHookIsLogged(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s, _ := newSession(t, kernel.Config{Services: services(zap.New(core))})
	if _, err := s.RunString(context.Background(), "Hook.register('BeforeToolExecution', function()\n error('oops')\nend)\nTool.calculator:execute{input = '1'}", "@my.lua", nil); err != nil {
		t.Fatal(err)
	}
	if logs.Len() != 1 || !strings.Contains(fmt.Sprint(logs.All()[0].ContextMap()), "my.lua:2: oops") || !strings.Contains(fmt.Sprint(logs.All()[0].ContextMap()["traceback"]), "my.lua:2") {
		t.Errorf("logged %v", logs.All())
	}
}

// A script that must end does so in a hook too, whatever the hook catches.
func TestScriptsEndInHooks(t *testing.T) {
	for name, body := range map[string]string{
		"loop":    `while true do pcall(function() while true do end end) end`,
		"receive": `while true do pcall(Event.receive, Event.subscribe("never"), 1e7) end`,
		"tool":    `while true do pcall(Tool.execute, "hang") end`,
	} {
		for how, limits := range map[string]runtime.Limits{"timeout": {Time: 100 * time.Millisecond}, "budget": {Instructions: 3_000_000}, "cancel": {}} {
			if how == "budget" && name != "loop" {
				continue
			}
			t.Run(name+", "+how, func(t *testing.T) {
				for after := 100 * time.Millisecond; ; after *= 2 {
					if limits.Time > 0 {
						limits.Time = after
					}
					h := newHanging(t)
					s, _ := newSession(t, kernel.Config{Tools: h.reg, Limits: limits})
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					if how == "cancel" {
						time.AfterFunc(after, cancel)
					}
					_, err := s.RunString(ctx, `Hook.register("custom:x", function() in_hook = true `+body+` end, {timeout_ms = 3600000}) Hook.fire("custom:x")`, "=test", nil)
					want := map[string]runtime.ErrorKind{"timeout": runtime.KindTimeout, "budget": runtime.KindBudget, "cancel": runtime.KindCancelled}[how]
					var lerr *runtime.Error
					if !errors.As(err, &lerr) || lerr.Kind != want {
						t.Errorf("ended with %v", err)
					}
					// The session stays usable, and the hook is not blamed.
					res, err := s.RunString(context.Background(), `return in_hook, Hook.list()[1] and Hook.list()[1].failures`, "=test", nil)
					if err == nil && res.Texts[0] != "true" && after < time.Minute {
						continue // a busy machine: it was over before the hook had begun
					}
					if err != nil || res.Texts[1] != "0" {
						t.Errorf("afterwards: %v, %v", res, err)
					}
					return
				}
			})
		}
	}
}

// Hooks for a limit run when the execution has ended, in the session's state.
func TestResourceLimitExceeded(t *testing.T) {
	for name, tt := range map[string]struct {
		limits runtime.Limits
		body   string
	}{
		"time":         {runtime.Limits{Time: 50 * time.Millisecond}, `while true do end`},
		"instructions": {runtime.Limits{Instructions: 1_000_000}, `while true do end`},
		"memory":       {runtime.Limits{Heap: 1 << 28}, `local t = {} for i = 1, 40 do t[i] = ("x"):rep(2^28) end`},
	} {
		t.Run(name, func(t *testing.T) {
			for limits := tt.limits; ; limits.Time *= 2 {
				s, _ := newSession(t, kernel.Config{Limits: limits})
				if _, err := s.RunString(context.Background(), `Hook.register("ResourceLimitExceeded", function(ctx) seen = ctx.data.resource end) armed = true `+tt.body, "=test", nil); err == nil {
					t.Fatal("the script reached no limit")
				}
				res, err := s.RunString(context.Background(), `return armed, seen`, "=test", nil)
				if limits.Time > 0 && limits.Time < 10*time.Second && (err != nil || res.Texts[0] != "true") {
					continue // a busy machine: the time was over before the hook was there
				}
				if err != nil || res.Texts[1] != name {
					t.Errorf("%v, %v", res, err)
				}
				return
			}
		})
	}
}

// The debugger stops in a hook, with the script's frames below it.
func TestDebuggerStopsInHooks(t *testing.T) {
	s, _ := newSession(t, kernel.Config{})
	script := "function watch(ctx)\n  local here = 1\n  return nil\nend\nHook.register('BeforeToolExecution', watch, {timeout_ms = 1})\nassert(Tool.calculator:execute{input = '1'}.success)\nassert(Hook.list()[1].failures == 0)"
	list := stops(t, s, script, func(e *debug.Engine) {
		e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: "watch"}})
	})
	if len(list) != 1 {
		t.Errorf("%d stops", len(list))
	}
}

// Hooks of calls that nobody collects run without the script when the session ends.
func TestUncollectedCalls(t *testing.T) {
	sv := services(nil)
	var after atomic.Int64
	if _, err := sv.Hooks.Register(hooks.AfterToolExecution, hooks.Definition{Func: func(context.Context, *hooks.Call) (hooks.Result, error) {
		after.Add(1)
		return hooks.Result{}, nil
	}}); err != nil {
		t.Fatal(err)
	}
	h := newHanging(t)
	s, err := kernel.NewSession(kernel.Config{Tools: h.reg, Services: sv})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunString(context.Background(), `Hook.register("AfterToolExecution", function() error("too late") end) for i = 1, 5 do Tool.start("hang") end`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if after.Load() != 5 || h.running.Load() != 0 {
		t.Errorf("hooks ran %d times, %d calls run", after.Load(), h.running.Load())
	}
}

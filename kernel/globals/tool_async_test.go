package globals

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// naps are tools to wait for: nap waits {ms} and gives it back, flaky fails
// twice before it works, count tells how often it ran and is cached.
type naps struct{ running, stopped, flaky, counted atomic.Int64 }

func (n *naps) definitions() []tool.Definition {
	describe := func(name string) *tool.Descriptor {
		return &tool.Descriptor{Name: name, Category: "test", Version: "1.0.0", Description: "for tests",
			Parameters: schema.Map("", schema.Optional("ms", schema.Int("", 0, 1e6)))}
	}
	count := describe("count")
	count.CacheFor = time.Hour
	return []tool.Definition{
		tool.Static(describe("nap"), func(ctx context.Context, c *tool.Call) (*tool.Result, error) {
			n.running.Add(1)
			defer n.running.Add(-1)
			select {
			case <-time.After(time.Duration(c.Params.Int("ms")) * time.Millisecond):
				return tool.Value(map[string]any{"ms": c.Params["ms"]}), nil
			case <-ctx.Done():
				n.stopped.Add(1)
				return nil, ctx.Err()
			}
		}),
		tool.Static(describe("flaky"), func(context.Context, *tool.Call) (*tool.Result, error) {
			if n.flaky.Add(1)%3 != 0 {
				e := tool.Errorf(tool.RemoteFailed, "busy")
				e.Temporary = true
				return nil, e
			}
			return nil, nil
		}),
		tool.Static(count, func(context.Context, *tool.Call) (*tool.Result, error) { return tool.Value(n.counted.Add(1)), nil }),
	}
}

// napping is a state with the tools of naps beside the built-in ones.
func napping(t testing.TB, env Env) (*lua.LState, *naps) {
	t.Helper()
	n := &naps{}
	reg := tools.Builtin()
	if err := reg.Register(n.definitions()...); err != nil {
		t.Fatal(err)
	}
	L := lua.NewState()
	t.Cleanup(L.Close)
	if env.Sandbox == nil {
		env.Sandbox = box(t, t.TempDir())
	}
	InstallTool(L, reg, tools.NewInvoker(reg, tools.Options{}), env)
	return L, n
}

func TestConcurrentCallsInLua(t *testing.T) {
	for name, script := range map[string]string{
		"options": `
			local ok, e = pcall(Tool.execute, "nap", {ms = 60000}, {timeout_ms = 20})
			assert(not ok and e:find("Tool.execute(nap): did not finish within 20ms", 1, true), e)
			ok, e = pcall(Tool.nap.execute, {ms = 60000}, {timeout_ms = 20})
			assert(not ok and e:find("20ms"), e)
			ok, e = pcall(function() Tool.nap:execute({ms = 60000}, {timeout_ms = 20}) end)
			assert(not ok and e:find("20ms"), e)
			assert(not pcall(Tool.execute, "flaky"))
			local r = Tool.execute("flaky", nil, {retries = 3})
			assert(r.success and r.metadata.attempts == 2)
			assert(Tool.execute("count").result == 1 and Tool.execute("count").metadata.cached == true)
			assert(Tool.execute("count", {}, {cache = true}).result == 1)
			assert(Tool.execute("count", {}, {cache = false}).result == 2 and Tool.execute("count").result == 1)`,
		"parallel": `
			local out = Tool.parallel{
				{"calculator", {input = "6*7"}}, {"nap", {ms = 30}}, {name = "calculator", params = {input = "1+1"}}, {"nap", {ms = 1}},
				{"calculater", {}}, {"calculator", {input = 5}}, {"calculator", "x"}, {"calculator", {input = "1/0"}}, {"nap", {ms = 60000}, {timeout_ms = 5}},
				{"calculator", {input = print}}, {"uuid-generator"}}
			assert(#out == 11)
			assert(out[1].success and out[1].result.result == 42 and out[2].result.ms == 30 and out[3].result.result == 2 and out[4].result.ms == 1)
			local codes = {[5] = "not_found", [6] = "validation_error", [7] = "validation_error", [8] = "execution_error", [9] = "timeout", [10] = "validation_error"}
			for i, code in pairs(codes) do
				local r = out[i]
				assert(r.success == false and r.error.code == code and #r.error.message > 0 and r.result == nil and r.metadata.duration_ms, i)
				assert(r._raw_text:find('"success":false', 1, true))
			end
			assert(out[5].error.details.suggestion == "calculator" and out[6].error.details.field == "input")
			assert(out[11].result.uuid)
			assert(#Tool.parallel{} == 0 and #Tool.parallel({}, {}) == 0)`,
		"parallel with limits": `
			local calls = {}
			for i = 1, 20 do calls[i] = {"nap", {ms = 60000}} end
			local out = Tool.parallel(calls, {limit = 3, timeout_ms = 30})
			for i = 1, 20 do assert(out[i].error.code == "timeout", out[i].error.code) end`,
		"start": `
			local long = Tool.start("nap", {ms = 600000})
			assert(long:name() == "nap" and long:done() == false and tostring(long) == "call of nap (running)")
			local r, why = long:wait(1)
			assert(r == nil and why == "timeout")
			r, why = long:result(0)
			assert(r == nil and why == "timeout")
			long:cancel()
			local h = Tool.start("nap", {ms = 30})
			assert(h:wait().result.ms == 30 and h:done() and h:wait(0).success and h:result().result.ms == 30)
			assert(tostring(h) == "call of nap (done)")
			h:cancel()
			assert(h:wait() ~= h:wait(), "each wait gives its own copy")`,
		"start, and it fails": `
			local h = Tool.start("calculator", {input = "1/0"})
			local ok, e = pcall(h.wait, h)
			assert(not ok and e:find("handle:wait(calculator): column 2: division by zero", 1, true), e)
			local r = h:result()
			assert(not r.success and r.error.code == "execution_error" and r.error.message:find("division by zero"))`,
		"cancel": `
			local h = Tool.start("nap", {ms = 60000})
			h:cancel()
			local r = h:result(60000)
			assert(r.error.code == "cancelled", r.error.code)
			local ok, e = pcall(h.wait, h)
			assert(not ok and e:find("was cancelled"), e)`,
		"start with options": `assert(Tool.start("nap", {ms = 60000}, {timeout_ms = 5}):result().error.code == "timeout")`,
		"many handles in coroutines": `
			local sum, waiting = 0, {}
			for i = 1, 50 do
				local h = Tool.start("nap", {ms = i % 7})
				waiting[i] = coroutine.create(function()
					while not h:done() do coroutine.yield() end
					sum = sum + h:wait().result.ms
				end)
			end
			repeat
				local left = 0
				for _, co in ipairs(waiting) do
					if coroutine.status(co) ~= "dead" then assert(coroutine.resume(co)) left = left + 1 end
				end
			until left == 0
			local want = 0
			for i = 1, 50 do want = want + i % 7 end
			assert(sum == want, sum)`,
		"handles that nobody keeps": `
			for i = 1, 100 do Tool.start("nap", {ms = 1}) end
			collectgarbage()`,
		"list and search": `
			assert(#Tool.list{category = "test"} == 3 and #Tool.list{category = "none"} == 0 and #Tool.list{} == #Tool.list())
			assert(#Tool.list{needs = "files"} > 0 and #Tool.list{needs = {"files"}, without = {"files"}} == 0 and #Tool.list{security = "safe"} > 0)
			for _, d in ipairs(Tool.list{tag = "json"}) do assert(d.name and d.category) end
			assert(Tool.search("calculate", {limit = 1})[1].name == "calculator" and #Tool.search("calculate", {limit = 1}) == 1)
			assert(#Tool.search("qqqq") == 0 and Tool.search("nap", {category = "test"})[1].name == "nap" and #Tool.search("nap", {category = "data"}) == 0)`,
	} {
		t.Run(name, func(t *testing.T) {
			L, _ := napping(t, Env{})
			if err := L.DoString(script); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConcurrentCallsRefuse(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	defer settle(t, before) // all that was started ends with the context
	defer cancel()
	for script, want := range map[string]string{
		`Tool.execute("nap", {}, {timeout = 5})`:                               `Tool.execute(nap): parameter "options.timeout" is not known; did you mean "timeout_ms"?`,
		`Tool.execute("nap", {}, {timeout_ms = 0})`:                            `"options.timeout_ms" is wrong: expected an integer between 1 and 86400000`,
		`Tool.execute("nap", {}, {timeout_ms = "5"})`:                          `"options.timeout_ms" is wrong`,
		`Tool.execute("nap", {}, {retries = -1})`:                              `"options.retries" is wrong`,
		`Tool.execute("nap", {}, {cache = 1})`:                                 `"options.cache" is wrong: expected a boolean`,
		`Tool.execute("nap", {}, 5)`:                                           `"options" is wrong: expected an object`,
		`Tool.execute("nap", {}, {cache = print})`:                             `parameter "options" cannot be used: .cache: a function`,
		`Tool.nap:execute({}, {x = 1})`:                                        `"options.x" is not known`,
		`Tool.parallel()`:                                                      `Tool.parallel: expected a list of calls`,
		`Tool.parallel{"nap"}`:                                                 `Tool.parallel: call 1: expected {name, params}, got string`,
		`Tool.parallel{{"nap"}, {5}}`:                                          `Tool.parallel: call 2: expected the name of a tool as a string, got number`,
		`Tool.parallel{{"nap", {}, {x = 1}}}`:                                  `Tool.parallel: call 1: parameter "options.x" is not known`,
		`Tool.parallel({}, {limit = 0})`:                                       `"options.limit" is wrong`,
		`Tool.parallel({}, {timout_ms = 1})`:                                   `did you mean "timeout_ms"?`,
		`local t = {} for i = 1, 10001 do t[i] = {"nap"} end Tool.parallel(t)`: `10001 calls are too many`,
		`Tool.start()`:                                                         `Tool.start: expected the name of a tool`,
		`Tool.start("knap")`:                                                   `Tool.start(knap): there is no tool named "knap"; did you mean "nap"?`,
		`Tool.start("nap", {ms = "x"})`:                                        `Tool.start(nap): parameter "ms" is wrong`,
		`Tool.start("nap", 5)`:                                                 `Tool.start(nap): the parameters are wrong`,
		`Tool.start("nap", {}, {x = 1})`:                                       `"options.x" is not known`,
		`local h = Tool.start("nap") h.wait()`:                                 `handle:wait: expected a handle of Tool.start, got nil; write handle:wait() with a colon`,
		`local h = Tool.start("nap") h.done({})`:                               `handle:done: expected a handle`,
		`Tool.start("nap", {ms = 9999}):wait("x")`:                             `handle:wait(nap): parameter "timeout_ms" is wrong: expected a number between 0 and 86400000, got x`,
		`Tool.start("nap", {ms = 9999}):wait(-1)`:                              `"timeout_ms" is wrong`,
		`Tool.start("nap", {ms = 9999}):wait(0 / 0)`:                           `"timeout_ms" is wrong`,
		`Tool.search()`:                                                        `Tool.search: expected words to search for`,
		`Tool.search("x", {limit = 0})`:                                        `Tool.search: parameter "filter.limit" is wrong`,
		`Tool.list{categry = "x"}`:                                             `Tool.list: parameter "filter.categry" is not known; did you mean "category"?`,
		`Tool.list{needs = "money"}`:                                           `"filter.needs[1]" is wrong: expected one of "files"`,
		`for i = 1, 1001 do Tool.start("nap", {ms = 60000}) end`:               `Tool.start(nap): 1000 started calls still run`,
	} {
		L, _ := napping(t, Env{Context: func() context.Context { return ctx }})
		if err := L.DoString(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", script, err, want)
		}
	}
}

// What a script waits for ends with the script, and so do the calls.
func TestWaitingIsCancelledWithTheScript(t *testing.T) {
	for name, script := range map[string]string{
		"wait": `local h = Tool.start("nap", {ms = 60000}); started(); h:wait()`,
		// The call may have ended before the script waits for it: its envelope says why.
		"result":   `local h = Tool.start("nap", {ms = 60000}); started(); local r = h:result(50000); error(r.error.message)`,
		"parallel": `started(); Tool.parallel({{"nap", {ms = 60000}}, {"nap", {ms = 60000}}})`,
		"execute":  `started(); Tool.execute("nap", {ms = 60000})`,
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			L, n := napping(t, Env{Context: func() context.Context { return ctx }})
			L.SetGlobal("started", L.NewFunction(func(*lua.LState) int {
				go func() {
					for n.running.Load() == 0 && ctx.Err() == nil {
						time.Sleep(time.Millisecond)
					}
					cancel()
				}()
				return 0
			}))
			start := time.Now()
			err := L.DoString(script)
			if err == nil || !strings.Contains(err.Error(), "cancel") {
				t.Errorf("the script ended with %v", err)
			}
			if d := time.Since(start); d > 40*time.Second {
				t.Errorf("it took %v", d)
			}
			settle(t, before)
			if n.running.Load() != 0 || n.stopped.Load() == 0 {
				t.Errorf("%d calls run, %d were stopped", n.running.Load(), n.stopped.Load())
			}
		})
	}
}

// settle waits until no more goroutines run than before.
func settle(t testing.TB, before int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines; there were %d\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestCalledBeforeParallelAndStart(t *testing.T) {
	var called []string
	L, _ := napping(t, Env{Called: func(_ *lua.LState, name string, params lua.LValue) {
		called = append(called, name+" "+params.Type().String())
	}})
	if err := L.DoString(`
		Tool.parallel{{"nap", {ms = 0}}, {"text_manipulator", {}}, {"nope"}}
		Tool.start("nap"):wait()
		Tool.register{name = "mine", description = "d", execute = function() end}
		Tool.parallel{{"mine", {}}}
		Tool.mine:execute()`); err != nil {
		t.Fatal(err)
	}
	want := "tool:nap table, tool:text-manipulator table, tool:nap nil, tool:mine table, tool:mine nil"
	if got := strings.Join(called, ", "); got != want {
		t.Errorf("called %s; want %s", got, want)
	}
}

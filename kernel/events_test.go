package kernel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/runtime"
)

// eventScripts are what scripts do with events; each returns "ok" or raises an error.
var eventScripts = map[string]string{
	"publish and receive": `
		local id = Event.subscribe("user.*")
		assert(Event.publish("user.created", {name = "Ada"}, {correlation_id = "c1", target = "t", tags = {"x"}, priority = 3, ttl_seconds = 60}) == true)
		assert(Event.publish("order.created", {}))
		local e, more = Event.receive(id)
		assert(e.event_type == "user.created" and e.data.name == "Ada" and e.language == "lua" and e.sequence > 0 and e.id and e.timestamp and more == nil)
		assert(e.metadata.correlation_id == "c1" and e.metadata.target == "t" and e.metadata.tags[1] == "x" and e.metadata.priority == 3 and e.metadata.ttl == 60)
		assert(e.metadata.source and e.schema_version == "1.0")
		assert(Event.receive(id, 0) == nil and Event.receive(id, 5) == nil)`,
	"any data": `
		local id = Event.subscribe("*")
		for _, v in ipairs{1, "text", true, {1, 2}, {a = {b = {}}}} do
			Event.publish("x", v)
			assert(type(Event.receive(id, 0).data) == type(v))
		end
		Event.publish("x")
		assert(Event.receive(id, 0).data == nil)`,
	"patterns": `
		local id = Event.subscribe({"a.*", "?.end"})
		for _, t in ipairs{"a.b", "b.c", "b.end", "a.b.c"} do Event.publish(t) end
		local got = {}
		for e in function() return Event.receive(id, 0) end do got[#got + 1] = e.event_type end
		assert(table.concat(got, " ") == "a.b b.end a.b.c")
		local row = Event.list_subscriptions()[1]
		assert(row.id == id and row.pattern == "a.*" and row.patterns[2] == "?.end" and row.language == "lua" and row.received == 3 and row.pending == 0)
		assert(Event.unsubscribe(id) == true and Event.unsubscribe(id) == false and #Event.list_subscriptions() == 0)
		assert(not pcall(Event.receive, id))`,
	"several": `
		local a, b = Event.subscribe("a"), Event.subscribe("b")
		Event.publish("b", 1)
		local e, from = Event.receive({a, b})
		assert(from == b and e.data == 1)
		assert(Event.receive({a, b}, 5) == nil)`,
	"number keys": `
		local id = Event.subscribe("x")
		Hook.register("BeforeEventEmit", function(c) c.data.data.hooked = {[2.5] = 1} return {type = "modified", data = c.data} end)
		Event.publish("x", {[5] = "five", [0.5] = 1, k = {1, nil, 3}})
		local e = Event.receive(id)
		assert(e.data[5] == "five" and e.data[0.5] == 1 and e.data.k[3] == 3 and e.data.k[1] == 1 and e.data.hooked[2.5] == 1 and Event.history("x")[1].data[5] == "five")`,
	"policies": `
		local old = Event.subscribe("x", {buffer = 2})
		local new = Event.subscribe("x", {buffer = 2, policy = "drop_newest"})
		for i = 1, 4 do Event.publish("x", i) end
		assert(Event.receive(old).data == 3 and Event.receive(new).data == 1)
		assert(Event.list_subscriptions()[1].dropped == 2)
		local no = Event.subscribe("y", {buffer = 1, policy = "reject"})
		Event.publish("y")
		local ok, err = pcall(Event.publish, "y")
		assert(not ok and err:find("rejected"), err)
		local wait = Event.subscribe("z", {buffer = 1, policy = "block", block_ms = 10})
		assert(not pcall(Event.subscribe, "z", {block_ms = 1e9}))
		Event.publish("z")
		ok, err = pcall(Event.publish, "z")
		assert(not ok and err:find("rejected"), err)`,
	"handlers": `
		local got = {}
		local id = Event.on("x", function(e) got[#got + 1] = e.data; if e.data == 2 then error("two") end; if e.data < 9 then Event.publish("x", 9) end end)
		for i = 1, 3 do Event.publish("x", i) end
		local failed
		Hook.register("EventHandlerError", function(ctx) failed = ctx.data.error end)
		local n, errors = Event.dispatch()
		assert(n == 3 and #errors == 1 and errors[1].error:find("test:3: two") and errors[1].id == id and failed:find("two"))
		assert(table.concat(got, " ") == "1 2 3")
		assert(Event.dispatch() == 2 and Event.dispatch() == 0 and Event.dispatch(5) == 0)
		Event.unsubscribe(id)
		Event.publish("x", 1)
		assert(Event.dispatch() == 0)
		local once
		once = Event.on("y", function() Event.unsubscribe(once) end)
		Event.publish("y", 1)
		Event.publish("y", 2)
		assert(Event.dispatch() == 1, "an event that nobody handles any more is counted")`,
	"history and stats": `
		for i = 1, 5 do Event.publish("h." .. i % 2, i) end
		local all = Event.history("h.*")
		assert(#all == 5 and all[1].data == 1)
		assert(#Event.history{pattern = "h.1", limit = 2} == 2)
		assert(#Event.history{pattern = "h.*", after = all[3].sequence} == 2)
		assert(#Event.history{since = os.time() + 100} == 0 and #Event.history{pattern = "h.*", since = os.time() - 100, until_ = nil} == 5)
		local s = Event.get_stats()
		assert(s.event_bus_stats.published >= 5 and s.bridge_stats.published == 5 and s.bridge_stats.subscriptions == 0)`,
	"hooks": `
		local id = Event.subscribe("*")
		Hook.register("BeforeEventEmit", function(ctx)
			if ctx.data.event_type == "secret" then return "not out of this room" end
			if ctx.data.event_type == "x" then return {type = "modified", data = {data = {n = ctx.data.data.n + 1}}} end
		end)
		local after
		Hook.register("AfterEventEmit", function(ctx) after = ctx.data.event_type end)
		local ok, err = pcall(Event.publish, "secret", {})
		assert(not ok and err:find("not out of this room") and after == nil, err)
		Event.publish("x", {n = 1})
		assert(after == "x" and Event.receive(id).data.n == 2)`,
	"the kernel's own": `
		local id = Event.subscribe("tool.*")
		Tool.calculator:execute{input = "1"}
		pcall(Tool.execute, "calculator", {input = "1 +"})
		local got = {}
		for e in function() return Event.receive(id, 0) end do got[#got + 1] = e.event_type .. " " .. e.data.tool end
		assert(table.concat(got, ", ") == "tool.invoked calculator, tool.completed calculator, tool.invoked calculator, tool.failed calculator")
		assert(Event.history("execution.started")[1].data.script == "test")`,
	"wrong arguments": `
		local function fails(text, f, ...) local ok, err = pcall(f, ...) assert(not ok and err:find(text), err) end
		fails("type of the event", Event.publish)
		fails("%* or %?", Event.publish, "a.*")
		fails("must not be empty", Event.publish, "")
		fails("function", Event.publish, "x", print)
		fails("options.ttl_seconds", Event.publish, "x", nil, {ttl_seconds = -1})
		fails("options.prioritty", Event.publish, "x", nil, {prioritty = 1})
		fails("expected a pattern", Event.subscribe)
		fails("pattern 2", Event.subscribe, {"a", 1})
		fails("1 to 100 patterns", Event.subscribe, {})
		fails("options.policy", Event.subscribe, "x", {policy = "lose"})
		fails("options.buffer", Event.subscribe, "x", {buffer = 0})
		fails("expected an id", Event.receive, "1")
		fails("expected an id", Event.receive, 1.5)
		fails("no subscription", Event.receive, 99)
		fails("timeout", Event.receive, Event.subscribe("x"), -1)
		fails("expected a function", Event.on, "x")
		fails("query.limit", Event.history, {limit = 0})`,
	"so many subscriptions": `
		for i = 1, 200 do Event.subscribe("x") end
		local ok, err = pcall(Event.subscribe, "x")
		assert(not ok and err:find("200"), err)`,
}

func TestEventScripts(t *testing.T) {
	for name, script := range eventScripts {
		t.Run(name, func(t *testing.T) {
			s, _ := newSession(t, kernel.Config{Limits: runtime.Limits{Time: time.Minute}})
			res, err := s.RunString(context.Background(), script+"\nreturn 'ok'", "=test", nil)
			if err != nil || res.Texts[0] != "ok" {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
}

// Sessions hear each other, and their subscriptions end with them.
func TestEventsBetweenSessions(t *testing.T) {
	sv := services(nil)
	one, _ := newSession(t, kernel.Config{Services: sv})
	two, _ := newSession(t, kernel.Config{Services: sv})
	ctx := context.Background()
	done := make(chan error, 1)
	go func() {
		_, err := one.RunString(ctx, `local id = Event.subscribe("go") local e = Event.receive(id, 60000) Event.publish("done", e.data + 1)`, "=one", nil)
		done <- err
	}()
	for len(sv.Events.Subscriptions(one.ID())) == 0 {
		time.Sleep(time.Millisecond)
	}
	res, err := two.RunString(ctx, `local id = Event.subscribe("done") Event.publish("go", 1) return Event.receive(id, 60000).data`, "=two", nil)
	if err != nil || res.Texts[0] != "2" {
		t.Errorf("%v, %v", res, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Fatal(err)
	}
	if n := sv.Events.Stats().Subscriptions; n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

// A script that waits for an event, or for room, can be reached, and ends.
func TestWaitingScripts(t *testing.T) {
	for name, tt := range map[string]struct{ wait string }{
		"receive":  {`Event.receive(id, 1e7)`},
		"dispatch": {`Event.on("never", print) Event.dispatch(1e7)`},
		"publish":  {`Event.publish("full", 1) Event.publish("full", 2)`},
	} {
		t.Run(name, func(t *testing.T) {
			sv := services(nil)
			if _, err := sv.Events.Subscribe(events.SubscribeOptions{Buffer: 1, Policy: events.Block, BlockTime: events.MaxBlockTime}, "full"); err != nil {
				t.Fatal(err)
			}
			s, _ := newSession(t, kernel.Config{Services: sv})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := s.RunString(ctx, `local id = Event.subscribe("never") Event.publish("begun") while true do pcall(function() `+tt.wait+` end) end`, "=test", nil)
				done <- err
			}()
			for len(sv.Events.History(events.Query{Patterns: []string{"begun"}})) == 0 {
				time.Sleep(time.Millisecond)
			}
			for range 20 {
				reach, stop := context.WithTimeout(context.Background(), 30*time.Second)
				if err := s.State().Do(reach, func(*lua.LState) {}); err != nil {
					t.Fatalf("the state cannot be reached: %v", err)
				}
				stop()
			}
			start := time.Now()
			cancel()
			var lerr *runtime.Error
			if err := <-done; !errors.As(err, &lerr) || lerr.Kind != runtime.KindCancelled {
				t.Errorf("ended with %v", err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("ended after %v", d)
			}
		})
	}
}

func TestExecutionEvents(t *testing.T) {
	sv := services(nil)
	s, _ := newSession(t, kernel.Config{ID: "s1", Services: sv})
	_, _ = s.RunString(context.Background(), `return 1`, "=good", nil)
	_, _ = s.RunString(context.Background(), "\nerror('boom')", "=bad", nil)
	var got []string
	for _, e := range sv.Events.History(events.Query{Patterns: []string{"execution.*"}}) {
		data := e.Data.(map[string]any)
		got = append(got, fmt.Sprint(e.Type, " ", data["session"], " ", data["script"], " ", data["kind"], " ", data["line"]))
	}
	want := "execution.started s1 good <nil> <nil>; execution.completed s1 good <nil> <nil>; execution.started s1 bad <nil> <nil>; execution.failed s1 bad script 2"
	if strings.Join(got, "; ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), want)
	}
}

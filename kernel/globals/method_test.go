package globals_test

import "testing"

func TestGlobalsWithAColon(t *testing.T) {
	prints(t, `
		assert(Config:get("kernel.max_clients") == Config.get("kernel.max_clients"))
		assert(type(Config:getSection("kernel")) == "table" and Config:get("no.such", 7) == 7)
		assert(JSON:stringify(JSON:parse('{"a":1}')) == '{"a":1}' and JSON:encode(JSON:array()) == "[]")
		Debug:warn("seen", "module") Logger:info("too")
		local e = Debug:getCapturedEntries(2)
		assert(e[1].message == "seen" and e[1].module == "module" and e[2].message == "too")
		assert(Debug:dumpCompact({1}) == "{1}" and Debug:dump(5, "five") == "five: 5")
		assert(Debug.dumpCompact(Utils):find("sleep"), "a global alone is a value")
		assert(Debug.dumpCompact(Debug):find("dumpCompact") and Utils.deepcopy(Utils).now)
		local timer = Debug:timer("t") assert(timer:stop() == timer.elapsed())
		local id = Event:subscribe("x.*")
		assert(Event:publish("x.y", 5) and Event:receive(id, 1000).data == 5 and #Event:history("x.y") == 1 and Event:unsubscribe(id))
		local h = Hook:register("custom:p", function() return "no" end, "high")
		assert(Hook:fire("custom:p", {}).reason == "no" and #Hook:list("custom:p") == 1 and Hook:unregister(h))
		assert(Replay:create_config("debug").mode == "debug" and Replay.schedules:once(3).delay_seconds == 3)
		assert(Replay:compare({1}, {1}).identical)
		local stream = Streaming:create(function(yield) yield(1) Streaming:yield(2) end)
		print(#stream:collect(), #Utils:uuid(), Utils:deepcopy({3})[1])`, "2\t36\t3")
}

func TestStreamsUsedWithin(t *testing.T) {
	for code, want := range map[string]string{
		`local s s = Streaming.create(function(yield) yield(1) s:close() print("goes on") yield(2) print("never") end)
		 print(s:next(), s:isDone(), s:next())`: "goes on\n1\ttrue\tnil",
		`local s s = Streaming.create(function(yield) yield(1) yield(s:next()) end)
		 print(s:next(), pcall(s.next))
		 print(s:isDone(), s:next())`: "1\tfalse\ttest:1: stream: its own function cannot read it: the value it would wait for is made by itself\ntrue\tnil",
		`local s s = Streaming.create(function(yield) yield(1) end):map(function(v) s:close() return v end) print(s:next(), s:next())`: "1\tnil",
		`print(pcall(Streaming.create(function() end).take, 0/0))`:                                                                     "false\tstream:take: expected a whole number, 0 at least, got NaN",
		`print(#Streaming.create(function(y) y(1) y(2) end):take(math.huge):collect())`:                                                "2",
	} {
		prints(t, code, want)
	}
}

func TestHookResultsInAnyCase(t *testing.T) {
	prints(t, `
		local h = Hook.register("Custom(mine)", function() return {type = "Cancel", reason = "no"} end)
		print(h:hook_point(), Hook.fire("custom:mine", {}).type, h:stats().failures)`, "Custom:mine\tcancel\t0")
}

package lint_test

import "testing"

// TestKernelArguments finds arguments that the kernel refuses, in its words.
func TestKernelArguments(t *testing.T) {
	for text, want := range map[string]string{
		`print(JSON.encode(print))`:                                    "1:19 unusable-value JSON.stringify: a function cannot be written as JSON; nil, booleans, numbers, strings, tables and JSON.null can",
		`Event.publish("a.b", {f = function() end})`:                   "1:27 unusable-value Event.publish: .f: a function cannot be converted; only nil, booleans, numbers, strings and tables can",
		`State.set("k", {a = {b = print}})`:                            "1:26 unusable-value State.set: argument 2: the value cannot be kept: .a.b: a function cannot be converted; only nil, booleans, numbers, strings and tables can",
		`local v = {} v.f = print State.set("k", v)`:                   "1:20 unusable-value State.set: argument 2: the value cannot be kept: .f: a function cannot be converted; only nil, booleans, numbers, strings and tables can",
		`State.set("k", {a = JSON})`:                                   "",
		`local v = {f = print} v.f = nil State.set("k", v)`:            "",
		`Tool.parallel({"calculator"})`:                                "1:16 argument-type Tool.parallel: call 1: expected {name, params}, got string",
		`Event.subscribe({})`:                                          "1:17 argument-type Event.subscribe: a subscription has 1 to 100 patterns, not 0",
		`Event.subscribe({pattern = "a"})`:                             "1:17 argument-type Event.subscribe: a subscription has 1 to 100 patterns, not 0",
		`local l = {} l[1] = "a" Event.subscribe(l)`:                   "",
		`Event.subscribe({...})`:                                       "",
		`Event.subscribe({"a", 1})`:                                    "1:23 argument-type Event.subscribe: pattern 2: expected a string, got number",
		`Utils.sleep(-1)`:                                              "1:13 argument-type Utils.sleep: expected milliseconds between 0 and 86400000, got -1",
		`Tool.get("calculator"):execute("1 + 1")`:                      "1:32 argument-type the parameters are wrong: expected a table with names, such as {input = ...}, got the string \"1 + 1\"",
		`Hook.register("BeforeToolExecution", print, "hihg")`:          "1:45 argument-type Hook.register: there is no priority \"hihg\"; use highest, high, normal, low, lowest or a whole number (lower runs first)",
		`Tool.execute(5, {})`:                                          "1:14 argument-type Tool.execute: expected the name of a tool as a string, got number",
		`Tool.register()`:                                              "1:15 missing-argument Tool.register: expected a table with name, description, parameters and execute, got nil",
		`print(State.list("x"))`:                                       "1:18 argument-type State.list: argument 1: expected a table of options such as {scope = \"session:ID\"}, got string",
		`Context.assemble("q", "nostrategy")`:                          "1:23 argument-type Context.assemble: no context strategy \"nostrategy\": known are episodic, hybrid, rag, semantic",
		`Context.assemble("q", "")`:                                    "",
		`State.transaction({})`:                                        "1:19 argument-type State.transaction: argument 1: expected a function, got table",
		`local f = setmetatable({}, {__call = print}) print(pcall(f))`: "",
		`local JSON = {encode = tostring} JSON.encode(print)`:          "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

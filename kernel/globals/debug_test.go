package globals_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

func TestDebugMessages(t *testing.T) {
	out, stderr := script(t, `
Debug.info("kept") Debug.debug("below the level") Debug.warn("a\nb", "net.http") Debug.logWithData("ERROR", "bad", {code = 7}, "db")
print(#Debug.getCapturedEntries(), Debug.getCapturedEntries(1)[1].message, Debug.getCapturedEntries(1)[1].data.code)
local e = Debug.getCapturedEntries()[2]
print(e.level, e.message, e.module, e.timestamp:match("^%d%d%d%d%-") ~= nil)
Debug.clearCaptured() Debug.setLevel("trace")
print(#Debug.getCapturedEntries(), Debug.getLevel())
Debug.log("trace", 42) print(Debug.getCapturedEntries()[1].message)
Debug.setEnabled(false) Debug.error("unseen") Debug.setEnabled(true) print(#Debug.getCapturedEntries(), Debug.isEnabled())
Logger.info("as Debug.info") print(#Debug.getCapturedEntries())
for i = 1, 1500 do Debug.info(i) end
local all = Debug.getCapturedEntries()
print(#all, all[1].message, all[#all].message)
print(pcall(Debug.log, "loud", "x"))
print(pcall(Debug.info))
`)
	want := "3\tbad\t7\nwarn\ta\nb\tnet.http\ttrue\n0\ttrace\n42\n1\ttrue\n2\n1000\t501\t1500\n" +
		"false\tDebug.log: unknown level \"loud\": use trace, debug, info, warn or error\nfalse\tDebug.info: expected a message\n"
	if out != want {
		t.Errorf("printed\n%s\nwant\n%s", out, want)
	}
	if want := "WARN [net.http] a\n    b\nERROR [db] bad {code = 7}\n"; stderr != want {
		t.Errorf("stderr %q; want %q", stderr, want)
	}
}

func TestDebugFilters(t *testing.T) {
	prints(t, `
local function seen(module)
	Debug.clearCaptured() Debug.info("x", module)
	return #Debug.getCapturedEntries() == 1
end
Debug.addModuleFilter("net.*", false) Debug.addModuleFilter("net.http", true)
print(seen("net.http"), seen("net.dns"), seen("db"), seen(nil))
Debug.setDefaultFilterEnabled(false) print(seen("db"), seen("net.http"))
print(Debug.removeModuleFilter("net.http"), Debug.removeModuleFilter("none"), seen("net.http"))
Debug.addAdvancedFilter("app", "hierarchical", true) Debug.addAdvancedFilter("^x%d?", "exact", true) Debug.addAdvancedFilter("^y[0-9]$", "regex", true)
print(seen("app.core"), seen("app"), seen("apple"), seen("^x%d?"), seen("y7"), seen("y77"))
local s = Debug.getFilterSummary() print(s.total_rules, s.default_enabled, s.rules[1].pattern, s.rules[4].type)
Debug.clearModuleFilters() print(Debug.getFilterSummary().total_rules)
print(pcall(Debug.addAdvancedFilter, "(", "regex", true))
print(pcall(Debug.addAdvancedFilter, "x", "fuzzy", true))`,
		"true\tfalse\ttrue\ttrue\nfalse\ttrue\ntrue\tfalse\tfalse\ntrue\ttrue\tfalse\ttrue\ttrue\tfalse\n4\tfalse\tnet.*\tregex\n0\n"+
			"false\tDebug.addAdvancedFilter: the pattern: error parsing regexp: missing closing ): `(`\n"+
			"false\tDebug.addAdvancedFilter: unknown kind of pattern \"fuzzy\": use exact, wildcard, hierarchical or regex")
}

func TestDebugTimers(t *testing.T) {
	out, _ := script(t, `
local t = Debug.timer("load")
assert(t:lap("first") >= 0 and t.lap() >= 0 and t:elapsed() >= 0)
Debug.recordEvent(t, "found", {n = 3}) Debug.recordEvent(t.id, "again")
local took = t:stop() assert(took == t.stop() and took == t:elapsed() and t.name == "load" and type(t.id) == "number")
assert(not pcall(Debug.recordEvent, 99, "x") and not pcall(Debug.timer, nil))
assert(Debug.performanceReport():match("load: [%d.]+ ms\n    first: at"))
for i = 1, 2000 do Debug.timer("many"):stop() end
assert(not Debug.performanceReport():find("load"))
local m = Debug.memorySnapshot("now") assert(m.used_bytes > 0 and m.label == "now" and m.timestamp_secs > 1e9)
assert(Debug.memoryStats().allocated_bytes >= Debug.memoryStats().used_bytes)
Debug.timer("last")
print(Debug.jsonReport())`)
	var report struct {
		Timers []struct {
			Name    string
			Running bool
		}
		Memory map[string]any
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if n := len(report.Timers); n != 1000 || report.Timers[n-1].Name != "last" || !report.Timers[n-1].Running {
		t.Errorf("%d timers, the last %+v", n, report.Timers[n-1])
	}
}

func TestDebugDump(t *testing.T) {
	prints(t, `
local v = {1, "two", {3}, name = "x", ["a b"] = true, [10] = {deep = {er = {}}}}
v.self = v
print(Debug.dump(v, "v"))
print(Debug.dumpCompact(v))
print(Debug.dumpWithOptions({{1,2,3}, ("x"):rep(20), {a=1,b=2}, f = print}, {compact_mode = true, max_array_elements = 2, max_string_length = 5, max_table_pairs = 1, show_types = true}, "o"))
print(Debug.dumpWithOptions({{{}}, {{1}}}, {max_depth = 1, compact_mode = true}))
print(Debug.dumpCompact(setmetatable({}, {__tostring = function() error("called") end})))
print(Debug.dumpVerbose({}):match("^%(table%) table: 0x%x+ {}$") ~= nil, Debug.dump(nil), Debug.dump("s"))
print(pcall(Debug.dumpWithOptions, {}, {max_dept = 1}))`, `v: {
  1,
  "two",
  {
    3
  },
  [10] = {
    deep = {
      er = {}
    }
  },
  ["a b"] = true,
  name = "x",
  self = <cycle>
}
{1, "two", {3}, [10] = {deep = {er = {}}}, ["a b"] = true, name = "x", self = <cycle>}
o: (table) {(table) {(number) 1, (number) 2, … (1 more)}, (string) "xxxxx"… (20 bytes), … (1 more), f = (function) <function>}
{{…}, {…}}
{<metatable> = {__tostring = <function>}}
true	nil	"s"
false	Debug.dumpWithOptions: parameter "options.max_dept" is not known; did you mean "max_depth"? (known are max_depth, indent_size, max_string_length, max_array_elements, max_table_pairs, show_types, show_addresses, compact_mode)`)
}

// Numbers are dumped as print writes them, strings as Lua reads them.
func TestDebugDumpOfValues(t *testing.T) {
	prints(t, `
print(Debug.dumpCompact({1/0, -1/0, -0, 2^53, 0.1, JSON.null, [1/0] = "é\t\"\\\0\1\200\n"}))
for _, s in ipairs{"a\0b", "\255\254", "\t\r\n\a\b\f\v\\\"", "é – 日本", "\226\128\168", "\239\191\189"} do
	print(loadstring("return " .. Debug.dump(s))() == s)
end`, `{inf, -inf, -0, 9.007199254741e+15, 0.1, JSON.null, [inf] = "é\t\"\\\000\001\200\n"}
true
true
true
true
true
true`)
}

func TestDebugStack(t *testing.T) {
	prints(t, `
local up = "u"
local function inner(a)
	local b = {a, up}
	return (Debug.stackTrace{capture_locals = true, capture_upvalues = true})
end
function outer() local r = inner(5) return r end
print((outer():gsub("\n\t\t%w+ = [^\n]*function[^\n]*", "")))
local frames = JSON.parse(coroutine.wrap(function() return (Debug.stackTraceJson{max_depth = 1}) end)())
print(#frames, frames[1].line, frames[1].kind)
print(pcall(Debug.stackTrace, {depth = 1}))`, `stack traceback:
	test:5: in inner
		a = 5
		b = {5, "u"}
		up = "u" (upvalue)
	test:7: in outer
	test:8: in main chunk
		up = "u"
1	9	Lua
false	Debug.stackTrace: parameter "options.depth" is not known (known are max_depth, capture_locals, capture_upvalues, include_source)`)
}

func TestDebugProfile(t *testing.T) {
	prints(t, `
assert(Debug.flameGraph() == "" and not pcall(Debug.stopProfile))
Debug.startProfile(1000)
assert(not pcall(Debug.startProfile) and not pcall(Debug.flameGraph))
local function busy() local x = 0 for i = 1, 2e5 do x = x + i end return x end
Debug.stopProfile()
local folded, began = "", os.time() -- samples come when the machine has time for them
repeat Debug.startProfile(1000) busy() folded = Debug.stopProfile() until folded:find("busy", 1, true) or os.time() > began + 60
print(folded:find("busy", 1, true) ~= nil, folded == Debug.flameGraph(), Debug.isAttached(), Debug.breakpoint())`,
		"true\ttrue\tfalse")
}

// TestEveryName calls what the reference of the original names.
func TestEveryName(t *testing.T) {
	names := strings.Fields(`JSON.parse JSON.stringify JSON.encode JSON.decode Streaming.create Streaming.yield
		Debug.log Debug.trace Debug.debug Debug.info Debug.warn Debug.error Debug.logWithData Debug.timer Debug.setLevel Debug.getLevel
		Debug.setEnabled Debug.isEnabled Debug.addModuleFilter Debug.clearModuleFilters Debug.removeModuleFilter
		Debug.setDefaultFilterEnabled Debug.addAdvancedFilter Debug.getFilterSummary Debug.getCapturedEntries Debug.clearCaptured
		Debug.performanceReport Debug.jsonReport Debug.flameGraph Debug.memoryStats Debug.memorySnapshot Debug.recordEvent Debug.dump
		Debug.dumpCompact Debug.dumpVerbose Debug.dumpWithOptions Debug.stackTrace Debug.stackTraceJson`)
	for _, name := range names {
		prints(t, "print(type("+name+"))", "function")
	}
	prints(t, "print(type(Logger.info), type(Utils), type(ARGS), type(arg))", "function\ttable\ttable\ttable")
}

// BenchmarkDebugInfo captures a thousand messages.
func BenchmarkDebugInfo(b *testing.B) {
	s, err := kernel.NewSession(kernel.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	result, err := s.RunString(b.Context(), `return function() for i = 1, 1000 do Debug.info("message", "module") end end`, "=bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.State().Call(b.Context(), result.Values[0]); err != nil {
			b.Fatal(err)
		}
	}
}

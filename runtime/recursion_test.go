package runtime_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime"
)

func TestDeepRecursionWorks(t *testing.T) {
	prints(t, `
		local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
		print(depth(100000))
		print(coroutine.wrap(function() return depth(10000) end)())
		local function tail(n) if n == 0 then return "done" end return tail(n - 1) end
		print(tail(1000000))`, "100000\n10000\ndone\n")
}

// bottomless are expressions that recurse without end. Each is called under
// pcall, and must fail with an error that the script can handle.
var bottomless = map[string]struct{ source, want string }{
	"function":         {`local function f() return 1 + f() end f()`, "stack overflow"},
	"in a coroutine":   {`local function f() return 1 + f() end coroutine.wrap(f)()`, "stack overflow"},
	"method":           {`local o = {} function o:f() return 1 + self:f() end o:f()`, "stack overflow"},
	"many registers":   {`local function f(x) local a, b, c, d, e, g, h, i, j, k, l, m, n, o, p, q, r, s = x return 1 + f(a, b, c, d, e, g, h, i, j, k) end f(1)`, "stack overflow"},
	"pcall":            {`local function f() local ok, e = pcall(f) if not ok then error(e, 0) end return e end f()`, "stack overflow"},
	"xpcall":           {`local function f() local ok, e = xpcall(f, function(m) return m end) if not ok then error(e, 0) end end f()`, "stack overflow"},
	"coroutines":       {`local function f() return coroutine.wrap(f)() end f()`, "stack overflow"},
	"resume":           {`local function f() local ok, e = coroutine.resume(coroutine.create(f)) if not ok then error(e, 0) end end f()`, "stack overflow"},
	"__index":          {`local t = {} setmetatable(t, {__index = function(t, k) return t[k] end}) return t.x`, "stack overflow"},
	"__newindex":       {`local t = setmetatable({}, {__newindex = function(t, k, v) t[k] = v end}) t.x = 1`, "stack overflow"},
	"__add":            {`local m = {} m.__add = function(a, b) return a + b end local t = setmetatable({}, m) return t + t`, "stack overflow"},
	"__concat":         {`local m = {} m.__concat = function(a, b) return a .. b end local t = setmetatable({}, m) return t .. t`, "stack overflow"},
	"__eq":             {`local m = {} m.__eq = function(a, b) return a == b end return setmetatable({}, m) == setmetatable({}, m)`, "stack overflow"},
	"__call":           {`local t = setmetatable({}, {__call = function(self) return 1 + self() end}) t()`, "stack overflow"},
	"__tostring":       {`local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)`, "stack overflow"},
	"gsub":             {`local function f() return (("a"):gsub(".", f)) end f()`, "stack overflow"},
	"sort":             {`local function f(a, b) table.sort({1, 2}, f) return false end f()`, "stack overflow"},
	"loadstring":       {`function again() return 1 + loadstring("return again()")() end again()`, "stack overflow"},
	"require":          {`package.preload.m = function() package.loaded.m = nil return require("m") end require("m")`, "stack overflow"},
	"iterator":         {`local function f() for _ in f do end end f()`, "stack overflow"},
	"table.foreach":    {`local function f() table.foreach({1}, f) end f()`, "stack overflow"},
	"__index of table": {`local t = {} setmetatable(t, {__index = t}) return t.x`, "loop in gettable"},
}

// Those of the rest that take long, and run nothing that the others do not, run without
// the race detector.
var slowBottomless = []string{"xpcall", "loadstring", "many registers"}

func TestEndlessRecursionIsCaught(t *testing.T) {
	for name, c := range bottomless {
		if raceDetector && slices.Contains(slowBottomless, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			st := newState(t, &out, runtime.Options{})
			source := "local ok, e = pcall(function()\n" + c.source + "\nend)\nprint(ok, type(e), tostring(e):find(" + `"` + c.want + `"` + ", 1, true) ~= nil or e)\n"
			// Twice: the first overflow must leave the state whole.
			for range 2 {
				if err := call(st, source+"local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end print(depth(5000))"); err != nil {
					t.Fatalf("%v", err)
				}
			}
			if want := strings.Repeat("false\tstring\ttrue\n5000\n", 2); out.String() != want {
				t.Errorf("got %.500q, want %q", out.String(), want)
			}
		})
	}
}

func TestEndlessRecursionUncaught(t *testing.T) {
	for name, c := range bottomless {
		if raceDetector && slices.Contains(slowBottomless, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, err := run(t, c.source, runtime.Options{})
			e := failure(t, err)
			if e.Kind != runtime.KindScript || !strings.Contains(e.Message, c.want) {
				t.Errorf("%.300q", e.Message)
			}
			if !strings.HasPrefix(e.Trace, "stack traceback:") || strings.Count(e.Trace, "\n") > 30 {
				t.Errorf("%d lines of traceback:\n%.1000s", strings.Count(e.Trace, "\n"), e.Trace)
			}
		})
	}
}

func TestErrorsInHandlers(t *testing.T) {
	printsAsPUC(t, `
		print(xpcall(function() error("first") end, function(m) error("second") end))
		print(xpcall(error, error))
		print(xpcall(function() error("x") end, 5))
		print(xpcall(function() error("x", 0) end, function(m) return m .. "!", 2 end))
		print(pcall(xpcall, function() error("a", 0) end, function(m) return pcall(error, m .. "b", 0) end))
		print(xpcall(function() return 1, 2, 3 end, print))
		print(select("#", xpcall(function() error() end, function(...) return ... end)))
		print(pcall(function() xpcall(function() error("in", 0) end, function() error("out", 0) end) return "alive" end))`)
}

func TestEndlessHandler(t *testing.T) {
	prints(t, `
		local function handler(m) return handler(m) .. "x" end
		print(pcall(xpcall, function() error("x") end, function(m) local function f() return 1 + f() end return f() end))
		local ok, e = xpcall(function() local function f() return 1 + f() end f() end, function(m) return (m:gsub("^.-:%d+: ", "")) end)
		print(ok, e)`, "true\tfalse\terror in error handling\nfalse\tstack overflow\n")
}

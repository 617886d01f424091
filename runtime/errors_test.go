package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

func TestErrorFields(t *testing.T) {
	for _, c := range []struct {
		name, source, message string
		line                  int
		trace                 []string
	}{
		{"runtime error", "local function f(x)\n  return x.y\nend\nlocal r = f(nil)\n", "source.lua:2: attempt to index local 'x' (a nil value)", 2,
			[]string{"source.lua:2: in function 'f'", "source.lua:4: in main chunk", "[C]: ?"}},
		{"error", "local function f()\n  error('bad')\nend\nf()\n", "source.lua:2: bad", 2, []string{"[C]: in function 'error'", "source.lua:2: in function 'f'", "source.lua:4: in main chunk"}},
		{"error of level 2", "local function f()\n  error('bad', 2)\nend\nf()\n", "source.lua:4: bad", 4, []string{"source.lua:2: in function 'f'"}},
		{"error without position", "\nerror('bad', 0)", "bad", 2, []string{"source.lua:2: in main chunk"}},
		{"table", "\nerror({message = 'from a table'})", "from a table", 2, nil},
		{"nil", "error()", "(error object is a nil value)", 1, nil},
		{"number", "error(42)", "source.lua:1: 42", 1, nil},
		{"boolean", "error(true)", "(error object is a boolean value)", 1, nil},
		{"__tostring", "error(setmetatable({}, {__tostring = function() return 'shown' end}))", "shown", 1, nil},
		{"library", "local s = 'x'\ns:rep({})", "source.lua:2: bad argument #1 to 'rep' (number expected, got table)", 2, []string{"[C]: in function 'rep'", "source.lua:2: in main chunk"}},
		{"in a coroutine", "local co = coroutine.wrap(function()\n  error('inside')\nend)\nco()", "source.lua:2: inside", 0, []string{"source.lua:4: in main chunk"}},
		{"through a tail call", "local function f()\n  error('bad')\nend\nlocal function g()\n  return f()\nend\ng()", "source.lua:2: bad", 2,
			[]string{"source.lua:2: in function <source.lua:1>", "(tail call): ?", "source.lua:7: in main chunk"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(t, c.source, runtime.Options{})
			e := failure(t, err)
			if !strings.HasSuffix(e.Message, c.message) || e.Chunk != "source.lua" || c.line > 0 && e.Line != c.line || e.Kind != runtime.KindScript || e.ExitCode() != 1 {
				t.Errorf("message %q, chunk %q, line %d, kind %d", e.Message, e.Chunk, e.Line, e.Kind)
			}
			for _, part := range c.trace {
				if !strings.Contains(e.Traceback(), "\t"+part+"\n") && !strings.HasSuffix(e.Traceback(), "\t"+part) {
					t.Errorf("the traceback has no %q:\n%s", part, e.Trace)
				}
			}
		})
	}
}

func TestSyntaxAndFileErrors(t *testing.T) {
	st := newState(t, nil, runtime.Options{})
	_, err := st.LoadString("x =\n= 1", "@bad.lua", "")
	if e := failure(t, err); e.Kind != runtime.KindSyntax || e.Chunk != "bad.lua" || e.Line != 2 || e.Error() != "bad.lua:2: unexpected symbol near '='" {
		t.Errorf("%#v", e)
	}
	_, err = st.LoadFile("no/such.lua")
	if e := failure(t, err); e.Kind != runtime.KindFile || e.Error() != "cannot open no/such.lua: No such file or directory" || !errors.Is(err, fs.ErrNotExist) || e.ExitCode() != 2 {
		t.Errorf("%#v", e)
	}
}

func TestGoCause(t *testing.T) {
	cause := errors.New("the disk is full")
	var out bytes.Buffer
	st := newState(t, &out, runtime.Options{})
	st.L.SetGlobal("save", st.L.NewFunction(func(L *lua.LState) int { st.Raise(L, cause); return 0 }))
	e := failure(t, call(st, "local function f()\n  save()\nend\nf()"))
	if !errors.Is(e, cause) || e.Message != "source.lua:2: the disk is full" || e.Line != 2 || !strings.Contains(e.Trace, "[C]: in function 'save'") {
		t.Errorf("%q, line %d, cause %v\n%s", e.Message, e.Line, e.Cause, e.Trace)
	}
	// Handed on unchanged it keeps its cause; another error has none.
	if e := failure(t, call(st, "local ok, m = pcall(save) error(m, 0)")); !errors.Is(e, cause) {
		t.Errorf("handed on: %v, cause %v", e, e.Cause)
	}
	if e := failure(t, call(st, "pcall(save) error('another')")); e.Cause != nil {
		t.Errorf("another error has the cause %v", e.Cause)
	}
	if err := call(st, "print(pcall(save))"); err != nil || out.String() != "false\tthe disk is full\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestErrorValues compares what scripts see of errors with PUC Lua.
func TestErrorValues(t *testing.T) {
	for name, source := range map[string]string{
		"values": `for _, v in ipairs({1, "s", true, false, 2.5}) do print(pcall(error, v)) print(pcall(error, v, 0)) end
			print(pcall(error)) print(pcall(error, nil)) local t = {} print(select(2, pcall(error, t)) == t)
			local f = function() end print(select(2, pcall(error, f)) == f) print(select(2, pcall(error, print)) == print)
			local co = coroutine.create(f) print(select(2, pcall(error, co)) == co)`,
		"levels": `local function a(l) error("m", l) end
			local function b(l)
				a(l)
			end
			local function c(l)
				b(l)
			end
			for l = 0, 8 do print(l, pcall(c, l)) end
			print(pcall(error, "x", 1)) print(pcall(error, "x", 2)) print(pcall(error, 5, 2))`,
		"tail calls": `local function a() error("m", 2) end
			local function b() return a() end
			local function c()
				return b()
			end
			print(pcall(c)) print(pcall(b)) print(pcall(a))
			print(pcall(function() return a() end))
			local function d() local x = nil; return x.y end
			print(pcall(function() return d() end))`,
		"handlers": `
			local function where() local i = debug.getinfo(3, "nl") return i and tostring(i.name) .. ":" .. i.currentline end
			print(xpcall(function() error("x") end, function(m) return m .. " at " .. tostring(where()) end))
			print(xpcall(function() local x = nil; x.y = 1 end, function(m) return (debug.traceback(m):gsub("in function '%?'", "in function <source.lua:4>")) end))
			print(xpcall(function() local x = nil; x() end, debug.traceback))
			local function f() error({code = 5}) end
			print(xpcall(f, function(e) return e.code end))
			print(xpcall(f, function(e) return debug.traceback(e) == e end))
			print(pcall(pcall)) print(pcall(pcall, error)) print(pcall(xpcall)) print(xpcall(function() return pcall(error, "in") end, print))`,
		"yield across": `
			local function try(f) local co = coroutine.create(f) return coroutine.resume(co) end
			print(try(function() pcall(coroutine.yield, 1) return "end" end))
			print(try(function() return select(2, pcall(function() coroutine.yield(1) end)) end))
			print(try(function() local t = setmetatable({}, {__index = function() coroutine.yield(1) end}) return t.x end))
			print(try(function() local t = setmetatable({}, {__add = function() coroutine.yield(1) end}) return t + 1 end))
			print(try(function() for i in coroutine.yield do return i end end))
			print(try(function() for i in function() coroutine.yield(2) end do return i end end))
			print(try(function() table.sort({3, 2, 1}, function() coroutine.yield(1) end) end))
			print(try(function() local s = ("abc"):gsub(".", function() coroutine.yield(1) end) return s end))
			print(try(function() return tostring(setmetatable({}, {__tostring = function() coroutine.yield(1) end})) end))
			print(pcall(coroutine.yield, 1))
			print(pcall(function() coroutine.yield() end))`,
	} {
		t.Run(name, func(t *testing.T) { printsAsPUC(t, source) })
	}
}

func TestCallErrors(t *testing.T) {
	st := newState(t, nil, runtime.Options{})
	fn, err := st.LoadString("return ...", "=test", "")
	if err != nil {
		t.Fatal(err)
	}
	out, err := st.Call(context.Background(), fn, lua.LNumber(1), lua.LString("x"), lua.LNil)
	if err != nil || len(out) != 3 || out[0] != lua.LNumber(1) || out[1] != lua.LString("x") || out[2] != lua.LNil {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := st.Call(context.Background(), lua.LNumber(5)); err == nil || !strings.Contains(err.Error(), "attempt to call") {
		t.Errorf("calling a number: %v", err)
	}
	st.L.SetGlobal("nested", st.L.NewFunction(func(L *lua.LState) int {
		_, err := st.Call(context.Background(), fn)
		L.Push(lua.LString(err.Error()))
		return 1
	}))
	fn2, err := st.LoadString("return nested()", "=test", "")
	if err != nil {
		t.Fatal(err)
	}
	if out, err = st.Call(context.Background(), fn2); err != nil || out[0].String() != "the Lua state is already running" {
		t.Errorf("%v, %v", out, err)
	}
	st.Close()
	st.Close()
	if _, err := st.Call(context.Background(), fn); err == nil || err.Error() != "the Lua state is closed" {
		t.Errorf("after Close: %v", err)
	}
}

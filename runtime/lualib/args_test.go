package lualib

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestArgErrors(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `string.rep()`, wantErr: `bad argument #1 to 'rep' (string expected, got no value)`},
		{chunk: `string.rep(nil)`, wantErr: `bad argument #1 to 'rep' (string expected, got nil)`},
		{chunk: `string.rep("x")`, wantErr: `bad argument #2 to 'rep' (number expected, got no value)`},
		{chunk: `local r = string.rep r({})`, wantErr: `bad argument #1 to 'r' (string expected, got table)`},
		{chunk: `local t = {string.rep} t[1]({})`, wantErr: `bad argument #1 to '?' (string expected, got table)`},
		{chunk: `return string.rep({})`, wantErr: `bad argument #1 to 'rep' (string expected, got table)`},
		{chunk: `for x in string.len, nil do end`, wantErr: `bad argument #1 to '(for generator)' (string expected, got nil)`},
		// Called by Go there is neither a name nor a position.
		{chunk: `return pcall(string.rep, {})`, want: `false "bad argument #1 to '?' (string expected, got table)"`},
		{chunk: `return coroutine.resume(coroutine.create(string.rep))`, want: `false "bad argument #1 to '?' (string expected, got no value)"`},
		// Called by a metamethod there is a position, but no name.
		{chunk: `return setmetatable({}, {__index = string.rep}).x`, wantErr: `bad argument #1 to '?' (string expected, got table)`},
	})
}

func TestMethodArgErrors(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `("x"):rep({})`, wantErr: `bad argument #1 to 'rep' (number expected, got table)`},
		{chunk: `("x").rep("x", {})`, wantErr: `bad argument #2 to 'rep' (number expected, got table)`},
		{chunk: `local o = {rep = string.rep} o:rep(1)`, wantErr: `calling 'rep' on bad self (string expected, got table)`},
		{chunk: `local o = {rep = string.rep} o.rep(o)`, wantErr: `bad argument #1 to 'rep' (string expected, got table)`},
		{chunk: `return ("x"):rep(("y"):rep({}))`, wantErr: `bad argument #1 to 'rep' (number expected, got table)`},
		{chunk: `return ("x"):gsub("x", function() return ("y"):len() end, {})`, wantErr: `bad argument #3 to 'gsub' (number expected, got table)`},
		{chunk: `local s = "x" string.rep(s, {}) s:len() `, wantErr: `bad argument #2 to 'rep' (number expected, got table)`},
		{chunk: `local s = "x" s:len() string.rep(s, {})`, wantErr: `bad argument #2 to 'rep' (number expected, got table)`},
		{chunk: `local s = "x" s:find("x", select(1, {}))`, wantErr: `bad argument #2 to 'find' (number expected, got table)`},
		// Told apart by the number of arguments.
		{chunk: `local s = "x" local _ = s:sub(1, 1), s:sub({})`, wantErr: `bad argument #1 to 'sub' (number expected, got table)`},
		{chunk: `local s = "x" local _ = s:sub(1), string.sub(s, 1, {})`, wantErr: `bad argument #3 to 'sub' (number expected, got table)`},
	})
}

// TestChecks calls the checks that the string library does not use.
func TestChecks(t *testing.T) {
	for _, c := range []struct {
		name    string
		check   lua.LGFunction
		call    string
		wantErr string
	}{
		{"table", func(L *lua.LState) int { checkTable(L, 1); return 0 }, `f({})`, ``},
		{"no table", func(L *lua.LState) int { checkTable(L, 1); return 0 }, `f(1)`, `bad argument #1 to 'f' (table expected, got number)`},
		{"any", func(L *lua.LState) int { checkAny(L, 1); return 0 }, `f(nil)`, ``},
		{"nothing", func(L *lua.LState) int { checkAny(L, 1); return 0 }, `f()`, `bad argument #1 to 'f' (value expected)`},
		{"default number", func(L *lua.LState) int { L.Push(lua.LNumber(optNumber(L, 1, 7))); return 1 }, `assert(f(nil) == 7 and f("2.5") == 2.5)`, ``},
		{"default string", func(L *lua.LState) int { L.Push(lua.LString(optString(L, 1, "d"))); return 1 }, `assert(f() == "d" and f(1) == "1")`, ``},
		{"no string", func(L *lua.LState) int { optString(L, 1, "d"); return 0 }, `f(false)`, `bad argument #1 to 'f' (string expected, got boolean)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			L := newStringState(t, NewHost())
			L.SetGlobal("f", L.NewFunction(c.check))
			got := ""
			if err := L.DoString(c.call); err != nil {
				got = luaErrorText(t, err)
			}
			if want := c.wantErr; want != "" && got != "<string>:1: "+want || want == "" && got != "" {
				t.Errorf("%s: error %q, want %q", c.call, got, want)
			}
		})
	}
}

func TestToString(t *testing.T) {
	for _, c := range []struct{ value, want, wantErr string }{
		{`nil`, "nil", ""}, {`true`, "true", ""}, {`-0.5`, "-0.5", ""}, {`"x"`, "x", ""}, {`1e15`, "1e+15", ""},
		{`setmetatable({}, {__tostring = function() return "obj" end})`, "obj", ""},
		{`setmetatable({}, {__tostring = function() return 12 end})`, "12", ""},
		{`setmetatable({}, {__tostring = setmetatable({}, {__call = function() return "called" end})})`, "called", ""},
		{`setmetatable({}, {__tostring = function() end})`, "", "<string>:1: '__tostring' must return a string"},
		{`setmetatable({}, {__tostring = 1})`, "", "attempt to call a number value"},
	} {
		t.Run(c.value, func(t *testing.T) {
			L := newStringState(t, NewHost())
			var got, gotErr string
			L.SetGlobal("show", L.NewFunction(func(L *lua.LState) int {
				got = ToString(L, L.Get(1))
				return 0
			}))
			if err := L.DoString("show(" + c.value + ")"); err != nil {
				gotErr = luaErrorText(t, err)
			}
			if got != c.want || gotErr != c.wantErr {
				t.Errorf("got %q, error %q, want %q, error %q", got, gotErr, c.want, c.wantErr)
			}
		})
	}
}

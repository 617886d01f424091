package lint_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// operationBodies are functions that do one thing each, with values of all kinds, as they
// are written and through variables.
func operationBodies() []string {
	values := []string{"nil", "true", "5", `"10"`, `"a"`, `"0x1F"`, `" 7 "`, "{}", "{1}", "function() end", "-3", `("a" .. 1)`, "(1 < 2)", "math.floor(2.5)", `tostring(1)`}
	var list []string
	for _, a := range values {
		for _, b := range values {
			for _, op := range []string{"+", "-", "*", "/", "%", "^", "..", "<", "<=", ">", ">=", "==", "~=", "and", "or"} {
				list = append(list, fmt.Sprintf("return (%s) %s (%s)", a, op, b))
			}
			for _, op := range []string{"+", "..", "<", ">="} {
				list = append(list, fmt.Sprintf("local x, y = %s, %s return x %s y", a, b, op))
			}
		}
		for _, form := range []string{
			"return -(%s)", "return #(%s)", "return not (%s)", "return (%s)()", "return (%s).x", "return (%s)[1]",
			"local v = %s return -v", "local v = %s return #v", "local v = %s return v()", "local v = %s return v.x", "local v = %s v.x = 1", "local v = %s v[1] = 2",
			"local v = %s return (function() return v.x end)()", "local v = %s return (function() return v() end)()",
			"for i = %s, 1 do return i end", "for i = 1, %s do return i end", "for i = 1, 0, %s do return i end", "local v = %s for i = v, 1 do return i end",
			"for k in %s do return k end", "local v = %s for k in v do return k end",
			"return string.format('%%d', %s)", "return string.format('%%s %%5.2f', 1, %s)", "return string.format('%%q', %s)", "return ('%%x'):format(%s)",
			"for _ in pairs(%s) do end", "for _ in ipairs(%s) do end", "return next(%s)", "return table.concat(%s)", "return unpack(%s)",
		} {
			list = append(list, fmt.Sprintf(form, a))
		}
	}
	return append(list, "local v return v.x", "local v return v()", "local v v.x = 1", "local v return v .. 'a'", "local v, w return w + 1", "local v return #v", "local v return -v", "local v return v:m()",
		"local v = 5 return v:m()", "local v = {} return v.m.x", "local v = {} return v.m()", "local v = {} return v:m()", "local function f() end f.x = 1", "local function f() end return f + 1",
		"local t = setmetatable({}, {__add = function() return 1 end}) return t + nil", "local t = setmetatable({}, {__concat = function() return 'x' end}) return 'a' .. nil .. t",
		"local t = setmetatable({}, {__call = function() return 1 end}) return t()", "local t = {} setmetatable(t, {__unm = function() return 1 end}) return -t",
		"local t = {} local u = t setmetatable(u, {__lt = function() return true end}) return t < t", "local v if v then return v.x end", "local v return v and v.x", "local v = nil v = {} return v.x")
}

// program has each body as a function in T, a line each from the second on.
func program(bodies []string) string {
	var text strings.Builder
	text.WriteString("local T = {}\n")
	for i, body := range bodies {
		fmt.Fprintf(&text, "T[%d] = function() %s end\n", i+1, body)
	}
	return text.String()
}

// TestSureOfModules: what require gives is what the module says.
func TestSureOfModules(t *testing.T) {
	for _, module := range []string{"x = 1", "return {a = 1}", "local core = {} function core.f() end return core"} {
		if got := findingsIn(t, "invalid-operation", `local core = require("b") function F() core.f() return core.x, core:g() end`, module); got != "" {
			t.Errorf("%s: %s", module, got)
		}
	}
}

// TestOverloads: operators count that the program may give nil, numbers, functions and texts;
// what other programs of the project do does not, nor what is done to another kind.
func TestOverloads(t *testing.T) {
	const (
		wrong    = "print(1 + nil) local t = {} t() return 1"
		overload = "debug.setmetatable(nil, {__add = print}) "
	)
	for name, tt := range map[string]struct {
		files map[string]string
		want  int
	}{
		"alone":                   {map[string]string{"a": wrong}, 2},
		"of texts":                {map[string]string{"a": "local mt = getmetatable('') mt.__index = function(s, i) return s:sub(i, i) end " + wrong}, 2},
		"a text":                  {map[string]string{"a": "local mt = getmetatable('') mt.__add = print print('a' + 1)"}, 0},
		"of nil":                  {map[string]string{"a": overload + wrong}, 1},
		"of numbers":              {map[string]string{"a": "debug.setmetatable(1, {__call = print}) print(nil .. true)"}, 1},
		"of anything":             {map[string]string{"a": "debug.setmetatable(..., {__add = print}) " + wrong}, 1},
		"debug given away":        {map[string]string{"a": "local d = debug print(d) " + wrong}, 1},
		"unrelated":               {map[string]string{"a": wrong, "b": overload, "c": "local mt = getmetatable('') print(mt)", "d": "local f = debug print(f)"}, 2},
		"required":                {map[string]string{"a": "require('b') " + wrong, "b": overload}, 1},
		"tried":                   {map[string]string{"a": "pcall(require, 'b') " + wrong, "b": overload}, 1},
		"as a file":               {map[string]string{"a": "dofile('b.lua') " + wrong, "b": overload}, 1},
		"required by required":    {map[string]string{"a": "require('b') " + wrong, "b": "return require('c')", "c": overload}, 1},
		"by the one that runs it": {map[string]string{"a": wrong, "b": "require('a') " + overload}, 1},
		"beside it":               {map[string]string{"a": wrong, "b": "require('c') require('a')", "c": overload}, 1},
		"by a test":               {map[string]string{"a": wrong, "b": "require('a') " + overload, "c": "require('a')"}, 2},
		"a circle":                {map[string]string{"a": "require('b') " + wrong, "b": "require('a') return 1", "c": overload}, 2},
	} {
		var files []*analysis.File
		for _, file := range slices.Sorted(maps.Keys(tt.files)) {
			path := "/proj/" + file + ".lua"
			files = append(files, analysis.NewFile("file://"+path, path, 1, tt.files[file]))
		}
		got := 0
		for _, x := range checkFiles(t, files...) {
			if x.Code == "invalid-operation" {
				got++
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d findings, wanted %d", name, got, tt.want)
		}
	}
}

// TestCalledTables: tools, libraries and fields that hold no function cannot be called,
// unless something may have made them so.
func TestCalledTables(t *testing.T) {
	const call = `attempt to call `
	for text, want := range map[string]string{
		"Tool.calculator({input = '1'})":                    call + "field 'calculator' (a table value)",
		"Tool.get('calculator')({input = '1'})":             call + "a table value",
		"local c = Tool.get('calculator') c({input = '1'})": call + "local 'c' (a table value)",
		"Debug()":                            call + "global 'Debug' (a table value)",
		"(math)()":                           call + "global 'math' (a table value)",
		"math.pi()":                          call + "field 'pi' (a number value)",
		"io.stdout()":                        call + "field 'stdout' (a userdata value)",
		"arg()":                              call + "global 'arg' (a table value)",
		"arg = print arg()":                  "",
		"local m = {f = {}} m.f(1)":          call + "field 'f' (a table value)",
		"local m = {f = 5} print(m.g) m.f()": call + "field 'f' (a number value)",
		"math.floor(1) Tool.list() print(Tool.calculator.name) Tool.calculator:execute{}": "",
		"setmetatable(Debug, {__call = print}) Debug()":                                   "",
		"Debug = print Debug()":     "",
		"math.pi = print math.pi()": "",
		"Tool.get = function() return print end Tool.get('calculator')({})":     "",
		"local m = {f = {}} setmetatable(m.f, {__call = print}) m.f(1)":         "",
		"local m = {f = {}} m.f = print m.f(1)":                                 "",
		"local m = {f = {}} for k in pairs(m) do m[k] = print end m.f(1)":       "",
		"local m = {f = {}, f = print} m.f(1)":                                  "",
		"local m = {f = {}, [...] = print} m.f(1)":                              "",
		"local g = setmetatable({}, {__call = print}) local m = {f = g} m.f(1)": "",
		"local m = setmetatable({}, {__index = {f = print}}) m.f(1)":            "",
		"local m = {f = print} m.f(1)":                                          "",
	} {
		var got []string
		for _, x := range check(t, text, nil) {
			if x.Code == "invalid-operation" {
				got = append(got, x.Message)
			}
		}
		if found := strings.Join(got, "; "); found != want {
			t.Errorf("%s: %q, wanted %q", text, found, want)
		}
	}
	if got := findingsIn(t, "invalid-operation", "io.stdout()", "local t = {} t.stdout = print return t"); got == "" {
		t.Error("a field of a table that the program does not load makes io.stdout a function")
	}
	if got := findingsIn(t, "invalid-operation", "require('b') io.stdout()", "io.stdout = print"); got != "" {
		t.Errorf("what the program stores counts for nothing: %s", got)
	}
	elsewhere := []*analysis.File{
		analysis.NewFile("file:///proj/spec/a.lua", "/proj/spec/a.lua", 1, `require("pl.sx") print("%s" % "x")`),
		analysis.NewFile("file:///proj/lua/pl/sx.lua", "/proj/lua/pl/sx.lua", 1, `getmetatable("").__mod = string.format`),
	}
	if got := checkFiles(t, elsewhere...); len(got) > 0 {
		t.Errorf("a module that is found where the program is started counts for nothing: %s", lines(elsewhere[0].Text(), got))
	}
	if got := findingsIn(t, "invalid-operation", "require('b') Debug()", "setmetatable(Debug, {__call = print})"); got != "" {
		t.Error(got)
	}
}

// TestOperations runs thousands of small functions. What check says of one must be the
// error that it ends with, and one that fails must be found.
func TestOperations(t *testing.T) {
	bodies := operationBodies()
	const part = 100 // a file has a limited number of findings
	found := map[int]string{}
	for at := 0; at < len(bodies); at += part {
		program := program(bodies[at:min(at+part, len(bodies))])
		for _, x := range check(t, program, nil) {
			switch x.Code {
			case "invalid-operation", "format-string", "argument-type", "undefined-field":
				found[at+strings.Count(program[:x.Start], "\n")-1] = x.Code + ": " + x.Message
			}
		}
	}
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout = &out
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	fn, err := st.LoadString(program(bodies)+"for i = 1, #T do local ok, e = pcall(T[i]) print(ok and '' or (tostring(e):gsub('^.-:%d+: ', ''))) end", "=program", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := st.Call(ctx, fn); err != nil {
		t.Fatal(err)
	}
	errors := strings.Split(out.String(), "\n")
	for i, body := range bodies {
		code, message, _ := strings.Cut(found[i], ": ")
		switch {
		case message == "" && (strings.Contains(body, ` .. 1)`) || strings.Contains(body, "tostring(") || strings.Contains(body, "(math.floor(")):
			// A string that is made may hold a number.
		case (message == "") != (errors[i] == ""):
			t.Errorf("%s: the error is %q, found is %q", body, errors[i], found[i])
		case strings.Contains(body, ` .. 1)`):
		case (code == "invalid-operation" || code == "format-string") && message != errors[i]:
			t.Errorf("%s: the error is %q, found is %q", body, errors[i], message)
		}
	}
}

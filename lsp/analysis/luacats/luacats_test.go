package luacats

import (
	"strings"
	"testing"
)

func TestTypes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"string", "string"},
		{"a.b.C", "a.b.C"},
		{"string?", "string?"},
		{"string[]?", "string[]?"},
		{"string?[]", "string?[]"},
		{"string|number", "(string|number)"},
		{"string | number", "(string|number)"},
		{"(string|number)[]", "(string|number)[]"},
		{"string|number[]", "(string|number[])"},
		{`"a"|'b'|1|-2.5|0x10|true`, `("a"|"b"|1|-2.5|16|true)`},
		{`'"collect"'`, `"collect"`},
		{`"a\"b\n\065"`, `"a\"b\nA"`},
		{"table<string, integer[]>", "table<string, integer[]>"},
		{"table<string, fun(): A, B>", "table<string, fun()->(A), B>"},
		{"{ a: T, b?: U, [K]: V }", "{a: T, b?: U, [K]: V}"},
		{`{ ["a b"]: T; [1]: U, }`, "{a b: T, [1]: U}"},
		{"{ string, number }", "{string, number}"},
		{"{ f: fun(): A, g: B }", "{f: fun()->(A), g: B}"},
		{"{ f: fun(): A, B }", "{f: fun()->(A, B)}"},
		{"{ [A, B], [C] }", "{[A, B], [C]}"},
		{"{}", "{}"},
		{"[string, number?]", "[string, number?]"},
		{"fun()", "fun()"},
		{"fun", "fun"},
		{"fun(a: T, b?: U, ...: V): R, R2", "fun(a: T, b?: U, ...: V)->(R, R2)"},
		{"fun(a, ...): boolean", "fun(a, ...)->(boolean)"},
		{"fun(): ok: boolean, err: string?", "fun()->(ok: boolean, err: string?)"},
		{"fun(): (A, B)", "fun()->(A, B)"},
		{"fun(): (A|B)[]", "fun()->((A|B)[])"},
		{"fun(): (A|B)|C, D", "fun()->(((A|B)|C), D)"},
		{"fun(): (ok: A, B)", "fun()->(ok: A, B)"},
		{"fun(): ()", "fun()"},
		{"fun(cb: fun(): A, b: B): C", "fun(cb: fun()->(A), b: B)->(C)"},
		{"fun(): A|nil", "fun()->((A|nil))"},
		{"(fun(): A)|nil", "(fun()->(A)|nil)"},
		{"(fun(a: A): B)[]", "fun(a: A)->(B)[]"},
		{"async fun(a: A)", "async fun(a: A)"},
		{"fun<T, U: string>(a: T): U", "fun<T, U: string>(a: T)->(U)"},
		{"`T`", "`T`"},
		{"T...", "T..."},
		{"...T", "T..."},
		{"...", "..."},
		{"fun(): ...", "fun()->(...)"},
		{"std.file*", "std.file*"},
		{"Größe", "Größe"},
		{"Foo<Bar<Baz>>", "Foo<Bar<Baz>>"},
	} {
		n := read("---@type " + c.text + "\nlocal x")
		if len(n.Blocks) != 1 || len(n.Blocks[0].Tags) != 1 {
			t.Fatalf("%s: no block with a tag", c.text)
		}
		tag := n.Blocks[0].Tags[0].(*TypeTag)
		if got := shows(tag.Types); got != c.want || len(n.Errors) > 0 || tag.Text != "" {
			t.Errorf("%s\n is %s, text %q, errors %v\nnot %s", c.text, got, tag.Text, n.Errors, c.want)
		}
	}
}

func TestTags(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"---@param a string the text", `param a string "the text"`},
		{"--- @param[opt=false] a the text", `param a? - = false "the text"`},
		{"--- @param[opt] a string", `param a? - "string"`},
		{"--- @param[type=string, opt=] a", `param a? -`},
		{"--- @tparam string a the text", `tparam a string "the text"`},
		{"--- @tparam[opt=5] int a the text", `tparam a? integer = 5 "the text"`},
		{"--- @tparam ?string|func a", `tparam a? (string|function)`},
		{"--- @tparam ?|tab|bool ... text", `tparam ...? (table|boolean) "text"`},
		{"--- @tparam tab args\n--- @tparam string args.name text", `tparam args table; tparam "string args.name text"`},
		{"--- @tparam {string,...} a text", `tparam "{string,...} a text"`},
		{"--- @tparam string", `tparam "string"`},
		{"--- @treturn string the text", `treturn string "the text"`},
		{"--- @treturn ?num\n--- @treturn str why", `treturn number?; treturn string "why"`},
		{"--- @treturn[1] string the text", `treturn "[1] string the text"`},
		{"---@param a [A, B]", `param a [A, B]`},
		{"---@param a? string|nil # the text", `param a? (string|nil) "the text"`},
		{"---@param ... any", "param ... any"},
		{"---@param f fun(a: A): B, C text", `param f fun(a: A)->(B, C) "text"`},
		{"---@param a\n---| \"r\" # reads\n---|>\"w\" # writes", `param a ("r" # reads|"w" # writes)`},
		{"---@param a string|\n---text", `param a (string|BAD) "text"`},
		{"---@return string", "return string"},
		{"---@return string name the text", `return name: string "the text"`},
		{"---@return string # the text", `return string "the text"`},
		{"---@return boolean ok, string? err why", `return ok: boolean, err: string? "why"`},
		{"---@return T ...", "return ...: T"},
		{"---@return ...", "return ..."},
		{"---@class Foo", "class Foo<>:[] exact=false"},
		{"---@class (exact) Foo<K, V: string> : Bar<K>, { a: A } text", `class Foo<K, V: string>:[Bar<K>, {a: A}] exact=true "text"`},
		{"---@class A\n---@field private x? number text", `class A<>:[] exact=false; field private x[-]? number "text"`},
		{"---@field private string", "field  private[-] string"},
		{"---@field private x string", "field private x[-] string"},
		{"---@field private fun(): A", "field  private[-] fun()->(A)"},
		{"---@field [string] T", "field  [string] T"},
		{`---@field ["a b"] T`, "field  a b[-] T"},
		{"---@field protected [integer] T text", `field protected [integer] T "text"`},
		{"---@field [1] T", "field  [1] T"},
		{"---@type A, B", "type A, B"},
		{"---@alias A string|number text", `alias A<> (string|number) "text"`},
		{"---@alias A<T> T[]", "alias A<T> T[]"},
		{"---@alias m\n---| 'r' # reads\n---| 'w'", `alias m<> ("r" # reads|"w")`},
		{"---@alias m 'r'\n---| 'w' # writes", `alias m<> ("r"|"w" # writes)`},
		{"---@enum Color", "enum Color key=false"},
		{"---@enum (key) Color", "enum Color key=true"},
		{"---@overload fun(a: A): B", "overload fun(a: A)->(B)"},
		{"---@generic T: A, U", "generic T: A, U"},
		{"---@generic T, K: integer|string", "generic T, K: (integer|string)"},
		{"---@vararg string", "vararg string"},
		{"---@deprecated use b", `deprecated "use b"`},
		{"---@nodiscard", "nodiscard"},
		{"---@async", "async"},
		{"---@private", "private"},
		{"---@meta x", `meta "x"`},
		{"---@cast a.b +A, -nil, C, +?", "cast a.b +A -nil C +nil"},
		{"---@operator add(A): B", "operator add(A): B"},
		{"---@operator unm: B", "operator unm(-): B"},
		{`---@module "a.b"`, "module a.b"},
		{"---@module 'a/b'", "module a/b"},
		{"---@see Foo.bar text", `see Foo.bar "text"`},
		{"---@see https://example.com/x", "see https://example.com/x"},
		{"---@source file:///a.c:1:2", "source file:///a.c:1:2"},
		{"---@version >5.1, JIT", "version >5.1 JIT"},
		{"---@diagnostic disable-next-line: a-b, c", "diagnostic disable-next-line: a-b c"},
		{"---@diagnostic disable", "diagnostic disable: "},
		{"---@nonsense of a kind", `nonsense "of a kind"`},
		{"--[[@param a A]]", "param a A"},
		{"--[==[\n@param a A text\n@return B\n]==]", `param a A "text"; return B`},
		{"---@type {\n---  a: A,\n---  b: B,\n---} text", `type {a: A, b: B} "text"`},
		{"---@param a table<string,\n---  B> text\n---more\n---@return C", `param a table<string, B> "text\nmore"; return C`},
	} {
		n := read(c.text)
		var parts []string
		for _, b := range n.Blocks {
			for _, tag := range b.Tags {
				parts = append(parts, showTag(tag))
			}
			if b.Doc != "" {
				t.Errorf("%s: doc %q", c.text, b.Doc)
			}
		}
		if got := strings.Join(parts, "; "); got != c.want {
			t.Errorf("%s\n is %s\nnot %s", c.text, got, c.want)
		}
		if wrong := strings.Contains(c.want, "BAD"); wrong != (len(n.Errors) > 0) {
			t.Errorf("%s: errors %v", c.text, n.Errors)
		}
	}
}

// TestAsAlone: @as belongs to an expression; in a comment of the line it says nothing.
func TestAsAlone(t *testing.T) {
	for text, faults := range map[string]int{
		"---@as string\nlocal x = f()":       1,
		"local x = f() ---@as string":        1,
		"local x = f() --[[@as string]]":     0,
		"local x = f() --[=[@as string]=]":   0,
		"--- A text\n---@as string\nlocal x": 0,
	} {
		if n := read(text); len(n.Errors) != faults {
			t.Errorf("%q: %v", text, n.Errors)
		}
	}
}

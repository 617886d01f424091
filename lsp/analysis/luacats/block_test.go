package luacats

import (
	"fmt"
	"strings"
	"testing"
)

func TestBlocks(t *testing.T) {
	const text = `#!/usr/bin/llmspell
--- One.
---
--- Two
--- lines.
---@param a string of a
--- goes on
---
--- The end.
local function f(a) end

---@class Foo the foo

---@class Bar
--- A field.
---@field a A
---@field b B of b
--- Left over.
local Bar = { x = 1, --- behind x
  y = 2 } -- plain behind
-- A plain
-- comment.
function Bar.g() end
----------
local z = y --[[@as Foo]] + w--[=[@as Bar]=]
--[[ long
     text ]]
local q
`
	n := read(text)
	if len(n.Errors) > 0 {
		t.Fatal(n.Errors)
	}
	var got []string
	for _, b := range n.Blocks {
		s := fmt.Sprintf("%q", b.Doc)
		if b.Behind {
			s += " behind"
		}
		if b.Plain {
			s += " plain"
		}
		for _, tag := range b.Tags {
			s += "; " + showTag(tag)
		}
		got = append(got, s)
	}
	want := []string{
		`"One.\n\nTwo\nlines.\n\nThe end."; param a string "of a\ngoes on"`,
		`""; class Foo<>:[] exact=false "the foo"`,
		`"Left over."; class Bar<>:[] exact=false; field  a[-] A "A field."; field  b[-] B "of b"`,
		`"behind x" behind`,
		`"plain behind" behind plain`,
		`"A plain\ncomment." plain`,
		`"" plain`,
		`"long\n    text" plain`,
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("is\n%s\nnot\n%s", g, w)
	}
	before := func(s string) *Block { return n.Before(strings.Index(text, s)) }
	if b := before("local function"); b != n.Blocks[0] {
		t.Errorf("before f: %+v", b)
	}
	if b := before("local Bar"); b != n.Blocks[2] {
		t.Errorf("before Bar: %+v", b)
	}
	if b := before("y = 2"); b != nil {
		t.Errorf("a comment behind code belongs to nothing below it: %+v", b)
	}
	if b := before("function Bar.g"); b == nil || b.Doc != "A plain\ncomment." {
		t.Errorf("before g: %+v", b)
	}
	if b := before("local q"); b == nil || !strings.HasPrefix(b.Doc, "long") {
		t.Errorf("before q: %+v", b)
	}
	if b := n.Behind(strings.Index(text, "1, ---") + 1); b == nil || b.Doc != "behind x" {
		t.Errorf("behind x: %+v", b)
	}
	if b := n.Behind(strings.Index(text, "function Bar.g")); b != nil {
		t.Errorf("behind nothing: %+v", b)
	}
	if as := n.AsBehind(strings.Index(text, " --[[@as")); as == nil || show(as.Type) != "Foo" {
		t.Errorf("as: %+v", as)
	}
	if as := n.AsBehind(strings.Index(text, "--[=[@as")); as == nil || show(as.Type) != "Bar" {
		t.Errorf("as: %+v", as)
	}
	if as := n.AsBehind(strings.Index(text, "= y")); as != nil {
		t.Errorf("as behind =: %+v", as)
	}
	if c := First[*ClassTag](n.Blocks[2]); c == nil || c.Name.Text != "Bar" {
		t.Errorf("First: %+v", c)
	}
	if c := First[*ClassTag](nil); c != nil {
		t.Errorf("First of nothing: %+v", c)
	}
	for at := 0; at <= len(text); at++ {
		n.Before(at)
		n.Behind(at)
		n.AsBehind(at)
	}
}

func TestBlockPositions(t *testing.T) {
	const text = "local a\r\n  ---@param größe  Foo<Bar>?\ttext\r\n  ---@return [Foo, \"x\"] r\r\nfunction f(größe) end\r\n"
	n := read(text)
	if len(n.Errors) > 0 || len(n.Blocks) != 1 {
		t.Fatal(n.Errors, n.Blocks)
	}
	b := n.Blocks[0]
	source := func(s Span) string { return text[s.Start:s.End] }
	p, r := b.Tags[0].(*ParamTag), b.Tags[1].(*ReturnTag)
	for _, c := range []struct{ got, want string }{
		{source(p.Span), "@param größe  Foo<Bar>?"},
		{source(p.Word.Span), "param"},
		{source(p.Name.Span), "größe"},
		{source(p.Type.Pos()), "Foo<Bar>?"},
		{source(p.Type.(*OptionalType).Of.Pos()), "Foo<Bar>"},
		{source(p.Type.(*OptionalType).Of.(*NameType).Name.Span), "Foo"},
		{p.Text, "text"},
		{source(r.Span), "@return [Foo, \"x\"] r"},
		{source(r.Results[0].Type.(*TupleType).Elems[1].Pos()), `"x"`},
		{source(r.Results[0].Name.Span), "r"},
	} {
		if c.got != c.want {
			t.Errorf("is %q, not %q", c.got, c.want)
		}
	}
	if n.Before(strings.Index(text, "function")) != b {
		t.Error("the block is not before the function")
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"---@param", "9-9 expected the parameter's name after @param"},
		{"---@param a", "11-11 expected a type"},
		{"---@param a |b", "12-13 expected a type"},
		{"---@type A||B", "11-12 expected a type after |"},
		{"---@type A|", "11-11 expected a type"},
		{"---@type table<A", "16-16 expected >"},
		{"---@type {a: A", "14-14 expected }"},
		{"---@type {a: A ] b}", "15-16 expected }"},
		{"---@type fun(1)", "13-14 expected a parameter's name"},
		{"---@type fun<>()", "13-14 expected the name of a type parameter"},
		{"---@type \"a", "9-11 unfinished string"},
		{"---@type `a", "9-11 unfinished `"},
		{"---@type 1x", "9-11 malformed number 1x"},
		{"---@ x", "3-4 expected the name of a tag after @"},
		{"---@class", "9-9 expected the class's name"},
		{"---@class A:", "12-12 expected a type"},
		{"---@field", "9-9 expected the field's name after @field"},
		{"---@alias", "9-9 expected the alias's name"},
		{"---@overload string", "3-19 expected fun(…) after @overload"},
		{"---@module", "10-10 expected the module's name after @module"},
		{"---@enum (key Name", "18-18 expected )"},
		{"---@diagnostic off: x", "15-18 unknown action off: expected disable, enable, disable-line or disable-next-line"},
		{"---@type " + strings.Repeat("(", 200), "109-110 type is nested too deeply"},
	} {
		n := read(c.text + "\n---@return string # is read\nf()")
		var got []string
		for _, e := range n.Errors {
			got = append(got, fmt.Sprintf("%d-%d %s", e.Start, e.End, e.Message))
		}
		if len(got) == 0 || got[0] != c.want {
			t.Errorf("%s\n is %q\nnot %q", c.text, got, c.want)
		}
		if r := First[*ReturnTag](n.Blocks[0]); r == nil || r.Text != "is read" {
			t.Errorf("%s: what follows is not read: %+v", c.text, r)
		}
	}
}

func TestSilenced(t *testing.T) {
	const text = `a()
---@diagnostic disable-next-line: one, two
b()
c() ---@diagnostic disable-line
d()
---@diagnostic disable: three
e()
---@diagnostic enable: three
g()
h() -- luacheck: ignore 212 unused-local
i()
-- luacheck: globals x y, ignore 311, no unused args, read globals z
j()
---@diagnostic disable-next-line: one`
	n := read(text)
	if len(n.Errors) > 0 {
		t.Fatal(n.Errors)
	}
	for _, c := range []struct {
		code, at string
		want     bool
	}{
		{"one", "a()", false}, {"one", "b()", true}, {"two", "b()", true}, {"three", "b()", false}, {"one", "c()", true},
		{"two", "d()", false}, {"three", "e()", true}, {"one", "e()", false}, {"three", "g()", false},
		{"212", "h()", false},
		{"one", "disable-next-line: one`", false},
	} {
		at := strings.Index(text, c.at)
		if at < 0 {
			at = len(text)
		}
		if got := n.Silenced(c.code, at); got != c.want {
			t.Errorf("%s at %s: %v", c.code, c.at, got)
		}
	}
	var got []string
	for _, l := range n.Luacheck {
		got = append(got, fmt.Sprintf("%s %v", l.Text, l.Behind))
		if s := text[l.Start:l.End]; s != l.Text {
			t.Errorf("%s is at %q", l.Text, s)
		}
	}
	want := " ignore 212 unused-local true;  globals x y, ignore 311, no unused args, read globals z false"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("is %s\nnot %s", s, want)
	}
}

// TestLicences: what a file begins with says nothing about the code below, if it is a licence.
func TestLicences(t *testing.T) {
	const mit = "-- Copyright (c) 2020 A. Person\n--\n-- Licensed under the MIT license.\n"
	for _, c := range []struct{ text, want string }{
		{mit + "local a = 1", ""},
		{"#!/usr/bin/env lua\n" + mit + "local a = 1", ""},
		{"\uFEFF\n" + mit + "local a = 1", ""},
		{"--[[\n  lib: a library\n  SPDX-License-Identifier: MIT\n]]\nlocal a = 1", ""},
		{"-- SPDX-License-Identifier: MIT\n\n-- The count.\nlocal a = 1", "The count."},
		{"local b\n" + mit + "local a = 1", "Copyright (c) 2020 A. Person\n\nLicensed under the MIT license."},
		{"-- Copyright.\nlocal a = 1", "Copyright."},
		{"-- Checks the license\n-- of a user: whether it\n-- is paid.\nlocal a = 1", "Checks the license\nof a user: whether it\nis paid."},
	} {
		b := read(c.text).Before(strings.Index(c.text, "local a"))
		if b == nil || b.Doc != c.want {
			t.Errorf("%q: %+v, wanted %q", c.text, b, c.want)
		}
	}
}

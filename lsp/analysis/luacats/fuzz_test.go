package luacats

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// check finds spans that lie outside the text, or a type outside the one that it
// is part of.
func check(t *testing.T, text string, n *Notes) {
	inside := func(what string, in, s Span) {
		if s.Start < in.Start || s.End > in.End || s.Start > s.End {
			t.Errorf("%s %v is not within %v of %q", what, s, in, text)
		}
	}
	all := Span{0, len(text)}
	for _, e := range n.Errors {
		inside("error", all, e.Span)
	}
	for i, b := range n.Blocks {
		inside("block", all, b.Span)
		if i > 0 && n.Blocks[i-1].End > b.Start {
			t.Errorf("blocks overlap in %q", text)
		}
		for _, tag := range b.Tags {
			inside("tag", b.Span, tag.Pos())
			inside("keyword", tag.Pos(), tag.Keyword().Span)
			TypesOf(tag, func(whole Type) {
				inside("type", b.Span, whole.Pos())
				Walk(whole, func(of Type) bool {
					inside("part", whole.Pos(), of.Pos())
					if u, ok := of.(*UnionType); ok && u.Docs != nil && len(u.Docs) != len(u.Of) {
						t.Errorf("%d texts for %d alternatives in %q", len(u.Docs), len(u.Of), text)
					}
					return true
				})
			})
			showTag(tag)
		}
	}
}

var seeds = []string{
	"---@param a fun(b?: {c: D[], [E]: \"f\"}, ...: G): H, I text\nfunction x() end",
	"---@class (exact) A<T: B, U> : C<T>, {d: E}\n--- f\n---@field private [string] `G`...\n---@operator add(H): I\n",
	"---@alias a\n---| 'b' # c\n---|> \"d\"\nlocal x = y --[[@as Z]] + 1 ---@type [A, B?]\n",
	"---@generic T: a.b, U\n---@overload async fun<V>(a: V): (b: C, D)\n---@return table<K, fun(): V, W> ...\n",
	"---@cast x +A, -?, B\n---@diagnostic disable-next-line: a, b\n-- luacheck: globals x, ignore 1\n",
	"--[==[@param a {\n  b: C,\n}]==]\r\n---@enum (key) E\r\n---@see a.b c\r\n---@version >5.1, JIT\r\n",
	"---@type ((((((fun():(fun():({[[[[",
	"---", "--[[", "--[[@", "---@", "---|", "--[=[]=]", "---@module '", "---@type \xff\xfe|\x00",
}

func FuzzRead(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := read(text)
		check(t, text, n)
		for at := 0; at <= len(text); at += 1 + len(text)/16 {
			n.Before(at)
			n.Behind(at)
			n.AsBehind(at)
			n.Silenced("a", at)
		}
	})
}

// TestCut reads every beginning of the seeds, and every seed without one byte.
func TestCut(t *testing.T) {
	for _, s := range seeds {
		for i := range s {
			check(t, s[:i], read(s[:i]))
			cut := s[:i] + s[i+1:]
			check(t, cut, read(cut))
		}
	}
}

// TestDeep reads nested types in time that grows with their length only.
func TestDeep(t *testing.T) {
	for _, unit := range []string{"(", "{", "[", "{[", "fun(", "fun():(", "fun():{a:", "A<", "fun<A:", "A|", "{a:fun():"} {
		text := "---@type " + strings.Repeat(unit, 10000) + "\n"
		n := read(text)
		check(t, text, n)
		if len(n.Errors) == 0 {
			t.Errorf("%s: no error", unit)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for range 500 {
		text.WriteString("--- Does it.\n---@param a string|number? the first\n---@param b fun(x: integer): boolean the second\n" +
			"---@return table<string, integer> # what it is\nlocal function f(a, b)\n  -- a comment\n  local x = a\n  return b(x)\nend\n\n")
	}
	s := text.String()
	tokens := syntax.Parse(s).Tokens()
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		Read(s, tokens)
	}
}

package syntax_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// same fails the test unless a tree is the one that its text has.
func same(t testing.TB, got *syntax.Tree, text string) {
	t.Helper()
	want := syntax.Parse(text)
	if got.Text() != text {
		t.Fatalf("the text is %q", short(got.Text()))
	}
	if !slices.Equal(got.Errors(), want.Errors()) {
		t.Fatalf("the errors are\n%v\nwant\n%v\nin\n%s", got.Errors(), want.Errors(), short(text))
	}
	if got.TokenCount() != want.TokenCount() || !slices.Equal(got.Tokens(), want.Tokens()) {
		t.Fatalf("the tokens are\n%v\nwant\n%v\nin\n%s", got.Tokens(), want.Tokens(), short(text))
	}
	for i, tok := range want.Tokens() {
		if start, end := got.TokenSpan(i); got.TokenKind(i) != tok.Kind || start != int(tok.Start) || end != int(tok.End) {
			t.Fatalf("token %d is %v, %d to %d; want %v", i, got.TokenKind(i), start, end, tok)
		}
	}
	if got.Len() != want.Len() {
		t.Fatalf("there are %d nodes, want %d, in\n%s", got.Len(), want.Len(), short(text))
	}
	for n := syntax.Node(0); int(n) < want.Len(); n++ {
		if a, b := facts(got, n), facts(want, n); a != b {
			t.Fatalf("node %d is %+v, want %+v, in\n%s", n, a, b, short(text))
		}
	}
}

// fact is all that a tree says of a node.
type fact struct {
	kind                                  syntax.Kind
	parent, child, next                   syntax.Node
	first, end, token, startByte, endByte int
}

func facts(t *syntax.Tree, n syntax.Node) fact {
	first, end := t.Range(n)
	return fact{t.Kind(n), t.Parent(n), t.First(n), t.Next(n), first, end, t.Token(n), t.Start(n), t.End(n)}
}

// pieces are what random edits insert.
var pieces = []string{
	" ", "\n", "x", "1", ".", ",", "=", "(", ")", "{", "}", "[", "]", "\"", "'", "-", "--", "[[", "]]", "--[[", ";", ":", "::", "..", "#", "~",
	"end", " end ", "\nend\n", "then", " do ", "if x then ", "if x then y() end ", "local ", "local z = 1\n", "function f() ", "function() return 1 end",
	"return ", "return\n", "break ", "goto a ", "::a::", "repeat ", " until x ", "while x do ", "for i = 1, 2 do ", "else ", "elseif y then ",
	"f(a, b)\n", "t.x = 1\n", "t.", "a.b:c", "\r\n", "\\", "é", "\x80", "--- @param x\n", "end function g() ", "x = \n", " or ", " not ", "...",
}

// edited is a text with one random edit.
func edited(r *rand.Rand, text string) string {
	at := r.IntN(len(text) + 1)
	to := at
	switch r.IntN(4) {
	case 0:
		to = min(len(text), at+1+r.IntN(3))
	case 1:
		to = min(len(text), at+r.IntN(40))
	}
	with := ""
	if to == at || r.IntN(2) == 0 {
		with = pieces[r.IntN(len(pieces))]
	}
	return text[:at] + with + text[to:]
}

// TestEdit edits programs at random, and compares each tree with that of the text
// alone.
func TestEdit(t *testing.T) {
	texts := scripts(t)
	for i, text := range broken {
		texts[fmt.Sprint("broken", i)] = text
	}
	for seed := range int64(20) {
		texts[fmt.Sprint("generated", seed)] = generated(seed)
	}
	texts["script"] = kernelScript(300)
	texts["empty"] = ""
	shared := 0
	total := 0
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		r := rand.New(rand.NewPCG(1, uint64(i)))
		rounds := max(1, min(10, 20_000/(len(text)+1)))
		if raceDetector {
			rounds = (rounds + 4) / 5
		}
		for range rounds {
			current, tree := text, syntax.Parse(text)
			for range 6 {
				current = edited(r, current)
				tree = tree.Edit(current)
				same(t, tree, current)
				at := r.IntN(len(current) + 1)
				marked, n := tree.Mark(at)
				want, wantNode := syntax.ParseAt(current, at)
				same(t, marked, want.Text())
				if n != wantNode {
					t.Fatalf("the marker is in node %d, want %d", n, wantNode)
				}
				total++
				if base, _, _, _ := tree.Base(); base != tree {
					shared++
				}
			}
		}
	}
	if shared < total/3 {
		t.Errorf("%d of %d trees share anything with another", shared, total)
	}
}

// TestEditTyped types functions into a script, and deletes them again.
func TestEditTyped(t *testing.T) {
	text := kernelScript(200)
	typed := []string{
		"local total = 0\n", "if total > 1 then print(total) end\n", "for i = 1, 10 do total = total + i end\n", "M.step1({ items = {} }, nil)\n",
		"function M.more(a, b)\n  return a .. b\nend\n", "--- a comment\n---@param x string\n",
	}
	lines := []int{1, 30, 33, 100, 150, 1000}
	if raceDetector {
		lines = []int{33}
	}
	tree := syntax.Parse(text)
	shared, total := 0, 0
	for _, line := range lines {
		at := 0
		for range line {
			if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
				at += i + 1
			}
		}
		for _, what := range typed {
			current := text
			step := func(next string) {
				current = next
				tree = tree.Edit(current)
				same(t, tree, current)
				total++
				if base, _, _, _ := tree.Base(); base != tree {
					shared++
				}
			}
			for i := range len(what) {
				step(text[:at] + what[:i+1] + text[at:])
			}
			for i := len(what) - 1; i >= 0; i-- {
				step(text[:at] + what[:i] + text[at:])
			}
		}
	}
	if shared < total/3 {
		t.Errorf("%d of %d trees share anything with another", shared, total)
	}
	t.Logf("%d of %d trees share most with another", shared, total)
}

// TestEditUnclosed types in blocks that do not close, with and without an indentation that
// tells where they end.
func TestEditUnclosed(t *testing.T) {
	opened := []string{
		"  if total > 1 then\n    print(total)\n", "  for i, v in ipairs(list) do\n    if v then\n      f(v)\n", "  local f = function(x)\n    return x\n",
		"  repeat\n    f()\n", "  while f() do g()\n", "function M.more(a, b)\n  local c = a\n", "if x then\ny()\n", "  end\n", "  until f()\n", "  else\n    f()\n",
		"  f(function()\n    g()\n", "  if a then b() elseif c then\n    d()\n", "\tif a then\n\t\tb()\n", "  do;\n    ;f();;\n",
	}
	typed := []string{"x", ".", "\n", " ", "\n    ", "f(x)\n", "    local y = x\n", "end", "return", ")", "\r\n", "\"", "::l::", ";"}
	text := kernelScript(200)
	places := []int{0, 1, 12, 31, 100, 1000}
	if raceDetector {
		places = []int{12, 1000}
	}
	shared, total := 0, 0
	for i, piece := range opened {
		r := rand.New(rand.NewPCG(3, uint64(i)))
		for _, line := range places {
			at := 0
			for range line {
				if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
					at += i + 1
				}
			}
			current := text[:at] + piece + text[at:]
			tree := syntax.Parse(text).Edit(current)
			same(t, tree, current)
			for range 12 {
				place := min(len(current), at+r.IntN(len(piece)+20))
				from := place
				if r.IntN(3) == 0 {
					from = max(0, place-1-r.IntN(3))
				}
				with := typed[r.IntN(len(typed))]
				current = current[:from] + with + current[place:]
				tree = tree.Edit(current)
				same(t, tree, current)
				total++
				if base, _, _, _ := tree.Base(); base != tree {
					shared++
				}
			}
		}
	}
	t.Logf("%d of %d trees share most with another", shared, total)
	if shared < total/2 {
		t.Errorf("%d of %d trees share anything with another", shared, total)
	}
}

// FuzzEdit replaces a part of a text.
func FuzzEdit(f *testing.F) {
	seeds(f, func(text string) {
		f.Add(text, len(text)/2, len(text)/2, " x ", 0)
		f.Add(text, len(text)/3, len(text)/2, "end", 7)
	})
	f.Fuzz(func(t *testing.T, text string, from, to int, with string, again int) {
		if len(text) > 10_000 || len(with) > 1000 {
			return
		}
		from = max(0, min(from, len(text)))
		to = max(from, min(to, len(text)))
		tree := syntax.Parse(text)
		next := text[:from] + with + text[to:]
		tree = tree.Edit(next)
		same(t, tree, next)
		again = max(0, min(again, len(next)))
		next = next[:again] + with + next[again:]
		same(t, tree.Edit(next), next)
	})
}

// BenchmarkEdit types at the end of a script, in its middle, and at both in turn.
func BenchmarkEdit(b *testing.B) {
	text := kernelScript(5000)
	middle := strings.Index(text[len(text)/2:], "print(\"item") + len(text)/2
	for _, at := range []struct {
		name   string
		places []int
	}{{"end", []int{len(text) - 9}}, {"middle", []int{middle}}, {"start", []int{14}}, {"jump", []int{middle, len(text) - 9, 14}}, {"unclosed", []int{middle}}} {
		b.Run(at.name, func(b *testing.B) {
			text := text
			if at.name == "unclosed" {
				line := strings.LastIndexByte(text[:middle], '\n') + 1
				text = text[:line] + "        if index > 1 then\n          " + text[line:]
			}
			tree := syntax.Parse(text)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				place := at.places[i%len(at.places)]
				tree = tree.Edit(text[:place] + "x"[:1-i/len(at.places)%2] + " " + text[place:])
				tree.Mark(place + 1)
			}
		})
	}
}

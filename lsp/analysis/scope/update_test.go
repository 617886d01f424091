package scope_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// sameInfo fails the test unless got says of a tree what Resolve says.
func sameInfo(t testing.TB, got *scope.Info, tree *syntax.Tree) {
	t.Helper()
	want := scope.Resolve(tree)
	text := tree.Text()
	if len(got.Vars) != len(want.Vars) {
		t.Fatalf("there are %d variables, want %d, in\n%s", len(got.Vars), len(want.Vars), text)
	}
	for v := range want.Vars {
		a, b := got.Vars[v], want.Vars[v]
		if !slices.Equal(a.Uses, b.Uses) {
			t.Fatalf("%s is used at %v, want %v, in\n%s", b.Name, a.Uses, b.Uses, text)
		}
		a.Uses, b.Uses = nil, nil
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("variable %d is %+v, want %+v, in\n%s", v, a, b, text)
		}
	}
	if a, b := fmt.Sprint(got.Labels), fmt.Sprint(want.Labels); a != b {
		t.Fatalf("the labels are %s, want %s", a, b)
	}
	if !maps.EqualFunc(got.Globals, want.Globals, func(a, b []scope.Use) bool { return slices.Equal(a, b) }) {
		t.Fatalf("the globals are %v, want %v, in\n%s", got.Globals, want.Globals, text)
	}
	for n := syntax.Node(0); int(n) <= tree.Len()+1; n++ {
		if a, b := got.Var(n), want.Var(n); a != b {
			t.Fatalf("node %d is variable %d, want %d, in\n%s", n, a, b, text)
		}
	}
	for at := 0; at <= len(text); at += 1 + len(text)/200 {
		if a, b := slices.Collect(got.Visible(at)), slices.Collect(want.Visible(at)); !slices.Equal(a, b) {
			t.Fatalf("at %d the variables are %v, want %v, in\n%s", at, a, b, text)
		}
	}
}

// pieces are what random edits insert.
var pieces = []string{
	" ", "\n", "x", "1", ".", ",", "=", "(", ")", ";", "end", " end ", " x = a ", "local a\n", "local x, y = y, x\n", "a = 1\n", "f()\n",
	"if x then local a = x; a() end ", "local function x() return x end ", "function a.b:c(x) return self, x, a end\n", "repeat local q = a until q\n",
	"for i = 1, x do i = a end ", "for a, b in x do a() end ", "local z = function(x) return function() return x, z, a end end\n", "return ", "goto l\n",
	"::l::\n", "a", "b", "M", "self", "local ",
}

func edited(r *rand.Rand, text string) string {
	at := r.IntN(len(text) + 1)
	to := at
	if r.IntN(3) == 0 {
		to = min(len(text), at+r.IntN(30))
	}
	with := ""
	if to == at || r.IntN(2) == 0 {
		with = pieces[r.IntN(len(pieces))]
	}
	return text[:at] + with + text[to:]
}

const scoped = `
local a, b = 1, 2
local M = {}
function M.f(x, y)
	local a = a + x
	if a then local b = a; b() else local c = b end
	for i = 1, 2 do local a = i; print(a, b, M) end
	repeat local d = a until (function(e) return d, e end)()
	return function() return a, b, x end
end
local function g(...) local a = ...; return g, a end
a = g(a, b)
function M:h(z) self.z = z; return function() return self, z, a end end
local f = function(p)
	local q = p
	q = function() q = p; return b end
	return q
end
a, b = f, M
return M, print
`

// TestUpdate edits programs at random, and compares what Update finds out of the tree that
// was there before with what Resolve finds.
func TestUpdate(t *testing.T) {
	texts := map[string]string{"scoped": scoped, "program": program(200), "empty": ""}
	err := filepath.WalkDir("../../../testdata", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".lua" {
			var text []byte
			text, err = os.ReadFile(path)
			texts[path] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shared, total := 0, 0
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		rounds := max(1, min(8, 10_000/(len(text)+1)))
		if name == "scoped" {
			rounds = 150
		}
		r := rand.New(rand.NewPCG(3, uint64(i)))
		for range rounds {
			current, tree := text, syntax.Parse(text)
			for range 6 {
				current = edited(r, current)
				tree = tree.Edit(current)
				base, _, _, _ := tree.Base()
				sameInfo(t, scope.Update(scope.Resolve(base), tree), tree)
				total++
				if base != tree {
					shared++
				}
			}
		}
	}
	if shared < total/3 {
		t.Errorf("%d of %d trees have a base", shared, total)
	}
}

// FuzzUpdate replaces a part of a text.
func FuzzUpdate(f *testing.F) {
	for _, piece := range pieces {
		f.Add(scoped, len(scoped)/2, len(scoped)/2, piece)
		f.Add(scoped, 20, 30, piece)
	}
	f.Fuzz(func(t *testing.T, text string, from, to int, with string) {
		if len(text) > 5000 || len(with) > 500 {
			return
		}
		from = max(0, min(from, len(text)))
		to = max(from, min(to, len(text)))
		old := syntax.Parse(text)
		tree := old.Edit(text[:from] + with + text[to:])
		if base, _, _, _ := tree.Base(); base == old {
			sameInfo(t, scope.Update(scope.Resolve(base), tree), tree)
		}
	})
}

// BenchmarkUpdate is the end, the middle and the start of a script of 5,000 lines.
func BenchmarkUpdate(b *testing.B) {
	text := program(5000)
	tree := syntax.Parse(text)
	base := scope.Resolve(tree)
	middle := strings.Index(text[len(text)/2:], "for k, v") + len(text)/2
	for name, at := range map[string]int{"end": strings.LastIndex(text, "return M"), "middle": middle, "start": strings.Index(text, "local M")} {
		b.Run(name, func(b *testing.B) {
			t := tree.Edit(text[:at] + "M.compute_1(calc)\n" + text[at:])
			b.ReportAllocs()
			for b.Loop() {
				if t == tree || scope.Update(base, t) == nil {
					b.Fatal("nothing is shared")
				}
			}
		})
	}
}

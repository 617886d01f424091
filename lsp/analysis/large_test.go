package analysis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestGuardsAt compares what guardList finds with going through all guards.
func TestGuardsAt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		list := make([]guard, n)
		for i := range list {
			from := r.IntN(500)
			list[i] = guard{condition: syntax.Node(i + 1), from: from, to: from + 1 + r.IntN([]int{3, 30, 500}[r.IntN(3)])}
		}
		g := &guardList{list: list}
		g.index(1, 0, n)
		for range 50 {
			at := r.IntN(600)
			var got, want []syntax.Node
			for x := range g.at(at) {
				got = append(got, x.condition)
			}
			for _, x := range list {
				if x.from <= at && at < x.to {
					want = append(want, x.condition)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d guards at %d: %v, want %v", n, at, got, want)
			}
			for x := range g.at(at) { // one is enough
				if x.condition != want[0] {
					t.Fatalf("%v is not the first", x.condition)
				}
				break
			}
		}
	}
}

// TestDeepPlaces compares inside and functionAround, which look things up in deep code, with
// going up the tree.
func TestDeepPlaces(t *testing.T) {
	text := strings.Repeat("if a then local f = function(x) while x do\n", 25) + "a = a.b.c(a)" + strings.Repeat(" end end end", 25)
	f := NewFile("file:///a.lua", "", 1, text)
	in(NewSnapshot(nil, catalog.Builtin()).WithFile(f), f, func(u *unit) bool {
		tree := u.tree
		if len(tree.Errors()) > 0 {
			t.Fatal(tree.Errors())
		}
		up := func(a, b syntax.Node) bool {
			for a != b && a != syntax.None {
				a = tree.Parent(a)
			}
			return a == b
		}
		last := syntax.Node(tree.Len() - 1)
		for a := last; a > 0; a -= 3 { // the deepest first
			around := tree.Parent(a)
			for k := tree.Kind(around); k != syntax.FuncBody && k != syntax.Chunk && around != syntax.None; k = tree.Kind(around) {
				around = tree.Parent(around)
			}
			if around == syntax.None {
				around = tree.Root()
			}
			if got := u.functionAround(a); got != around {
				t.Errorf("%d is in function %d, not %d", a, around, got)
			}
			for b := syntax.Node(0); b <= last; b += 2 {
				if got := u.inside(a, b); got != up(a, b) {
					t.Fatalf("%d inside %d: %t", a, b, got)
				}
			}
			if u.inside(a, last+1) {
				t.Errorf("%d is inside of what there is not", a)
			}
		}
		if u.lasts == nil {
			t.Error("the code is not deep")
		}
		return true
	})
}

// TestFolds asks for types behind many conditions in several orders, and each of them alone.
func TestFolds(t *testing.T) {
	var b strings.Builder
	b.WriteString("---@param x { kind: 'k1', a: number } | { kind: 'k2', b: string } | string | nil\n---@param o { a: number?, b: string?, kind: 'k1'|'k2'|'k3'|nil }\nlocal function f(x, o, y)\n")
	for i := range 12 {
		fmt.Fprintf(&b, "if not o.k%d then return o end\n", i%5)
		fmt.Fprintf(&b, "if o.kind == 'k%d' then y = o.kind elseif o.a and x then o.a = nil print(o.a) else o.b = y end\n", i%4)
		fmt.Fprintf(&b, "if type(x) == '%s' then print(x) return end\n", []string{"number", "nil", "boolean", "thread"}[i%4])
		if i == 6 {
			b.WriteString("while y do print(x) x = nil y = nil end\n")
		}
	}
	b.WriteString("if x == 0 then print(x)\n")
	for i := range 12 {
		fmt.Fprintf(&b, "elseif x.kind == 'k%d' then y = x print(x.kind, y)\n", i%3)
	}
	b.WriteString("end return x, o, y end\nreturn f\n")
	file := NewFile("file:///a.lua", "", 1, b.String())
	base := NewSnapshot(nil, catalog.Builtin())
	tree := file.Tree()
	if len(tree.Errors()) > 0 {
		t.Fatal(tree.Errors())
	}
	alone := make([]string, tree.Len())
	for n := range alone {
		alone[n] = base.WithFile(file).TypeOf(file, syntax.Node(n)).String()
	}
	if !slices.Contains(alone, "string") {
		t.Fatal("nothing is narrowed")
	}
	for seed := range uint64(6) {
		s := base.WithFile(file)
		order := rand.New(rand.NewPCG(seed, 1)).Perm(tree.Len())
		if seed < 2 {
			slices.Sort(order)
		}
		if seed == 1 {
			slices.Reverse(order)
		}
		for _, n := range order {
			if got := s.TypeOf(file, syntax.Node(n)).String(); got != alone[n] {
				t.Errorf("seed %d: %q at %d is %s, alone %s", seed, tree.Source(syntax.Node(n)), tree.Start(syntax.Node(n)), got, alone[n])
			}
		}
	}
}

package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// knot makes a program whose variables, fields and functions depend on each other in circles.
func knot(r *rand.Rand) string {
	k := knotter{r: r}
	k.line("local x, y, z, w = %s, %s, nil, {}", k.expr(1), k.expr(1))
	k.line("local t = {a = %s, b = %s, %s}", k.expr(1), k.expr(1), k.expr(1))
	k.line("local f, g")
	for range 1 + r.IntN(3) {
		switch r.IntN(4) {
		case 0:
			k.function("function f(a, b)")
		case 1:
			k.function("g = function(a, b)")
		case 2:
			k.function("function t:m(a, b)")
		default:
			k.line("setmetatable(t, {__index = %s})", k.expr(2))
		}
	}
	for range 1 + r.IntN(4) {
		k.statement(3)
	}
	k.line("return x, y, t, f, g")
	return k.text.String()
}

// knotter writes such a program.
type knotter struct {
	r    *rand.Rand
	text strings.Builder
}

func (k *knotter) line(format string, args ...any) { fmt.Fprintf(&k.text, format+"\n", args...) }

func (k *knotter) pick(list ...string) string { return list[k.r.IntN(len(list))] }

func (k *knotter) name() string { return k.pick("x", "y", "z", "w", "x", "y", "G") }

func (k *knotter) place() string {
	return k.pick(k.name(), k.name(), k.name(), "t.a", "t.b", "t[1]", "w.a", "t.t", "w[#w + 1]")
}

func (k *knotter) function(head string) {
	k.line("%s", head)
	for range 1 + k.r.IntN(2) {
		k.statement(2)
	}
	k.line("return %s, %s end", k.expr(2), k.expr(1))
}

func (k *knotter) expr(depth int) string {
	if depth == 0 {
		return k.pick("nil", "1", `"s"`, "true", "{}", k.place(), k.place(), k.place())
	}
	a, b := k.expr(depth-1), k.expr(depth-1)
	switch k.r.IntN(14) {
	case 0, 1:
		return a + " or " + b
	case 2:
		return a + " and " + b
	case 3:
		return "(" + a + " or " + b + ") and " + a
	case 4:
		return k.name() + " + 1"
	case 5:
		return k.name() + ` .. "s"`
	case 6:
		return "{a = " + a + ", b = " + b + "}"
	case 7:
		return "f(" + a + ", " + b + ")"
	case 8:
		return "g(" + a + ")"
	case 9:
		return "t:m(" + a + ")"
	case 10:
		return "function(c) return " + a + " end"
	case 11:
		return "{" + a + ", " + b + "}"
	case 12:
		return k.pick("t.a.b", "x.a", "y.b", "t[1].a", "w.a", "t.t.a", "#t", "not x", "pcall(f, x)", "select(2, pcall(g, y))")
	}
	return k.place()
}

func (k *knotter) condition() string {
	n := k.place()
	return k.pick(n, "not "+n, n+" == nil", n+" ~= nil", `type(`+n+`) == "string"`, `type(`+n+`) == "table"`, n+" == "+k.place(), n+" and "+k.place())
}

func (k *knotter) block(depth int) {
	for range 1 + k.r.IntN(3) {
		k.statement(depth)
	}
}

func (k *knotter) statement(depth int) {
	if depth == 0 {
		k.line("%s = %s", k.place(), k.expr(2))
		return
	}
	switch k.r.IntN(10) {
	case 0:
		k.line("while %s do", k.condition())
		k.block(depth - 1)
		k.line("end")
	case 1:
		k.line("repeat")
		k.block(depth - 1)
		k.line("until %s", k.condition())
	case 2, 3:
		k.line("if %s then", k.condition())
		k.block(depth - 1)
		for range k.r.IntN(3) {
			k.line("elseif %s then", k.condition())
			k.block(depth - 1)
		}
		if k.r.IntN(2) == 0 {
			k.line("else")
			k.block(depth - 1)
		}
		k.line("end")
	case 4:
		k.line("for i, v in %s(%s) do", k.pick("pairs", "ipairs"), k.pick("t", "w", "x", "y"))
		k.line("%s = %s", k.place(), k.pick("v", "i", "v.a"))
		k.block(depth - 1)
		k.line("end")
	case 5:
		k.line("%s, %s = %s, %s", k.place(), k.place(), k.expr(2), k.expr(1))
	case 6:
		k.line("local %s = %s", k.pick("x", "y", "p"), k.expr(2))
	default:
		k.line("%s = %s", k.place(), k.expr(2))
	}
}

// typesInOrder asks a new snapshot for the types of all nodes in an order.
func typesInOrder(s *analysis.Snapshot, f *analysis.File, order []int) []string {
	s = s.WithFile(f)
	list := make([]string, len(order))
	for _, i := range order {
		list[i] = s.TypeOf(f, syntax.Node(i+1)).String()
	}
	return list
}

// sameInAnyOrder compares what is answered in several orders.
func sameInAnyOrder(t testing.TB, base *analysis.Snapshot, f *analysis.File, orders [][]int) {
	t.Helper()
	want := typesInOrder(base, f, orders[0])
	for number, order := range orders[1:] {
		got := typesInOrder(base, f, order)
		for i := range got {
			if got[i] != want[i] {
				n := syntax.Node(i + 1)
				t.Errorf("order %d: %q at %d is %s, first it was %s, in\n%s", number+1, f.Tree().Source(n), f.Tree().Start(n), got[i], want[i], f.Text())
				return
			}
		}
	}
}

// asked compares what a program answers in several orders, and what one answers that has
// become it by edits.
func asked(t testing.TB, base *analysis.Snapshot, r *rand.Rand, before, text string) {
	t.Helper()
	f := analysis.NewFile("file:///knot.lua", "", 1, text)
	n := f.Tree().Len() - 1
	sameInAnyOrder(t, base, f, [][]int{forwards(n), backwards(n), r.Perm(n), r.Perm(n)})
	edited := analysis.NewFile(f.URI, "", 1, before).Edited(2, text)
	got, want := typesInOrder(base, edited, r.Perm(n)), typesInOrder(base, f, forwards(n))
	if !slices.Equal(got, want) {
		t.Errorf("after an edit the types are\n%q\nand of the text alone\n%q\nin\n%s", got, want, text)
	}
}

// without is a text without some of its lines.
func without(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	from := r.IntN(len(lines))
	return strings.Join(slices.Delete(lines, from, min(len(lines), from+1+r.IntN(3))), "")
}

// TestKnots asks for the types of programs in knots in several orders, and after edits.
func TestKnots(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		whole := knot(r)
		asked(t, base, r, without(r, whole), whole)
		cut := without(r, whole)
		asked(t, base, r, whole, cut)
	}
}

// TestKnotBehindConditions is a knot in which each answer once depended on the question
// before.
func TestKnotBehindConditions(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for _, conditions := range []int{1, 9, 30} {
		text := "local x, y = 1, 's'\nlocal function f(o)\n" + strings.Repeat("if not o.a then return o end\nif x == y then x = o end\n", conditions) +
			"while y do y = y or x; x = x or nil end\nreturn x, y end\nprint(f(x), y)\n"
		asked(t, base, rand.New(rand.NewPCG(uint64(conditions), 1)), text+"x = y", text)
	}
}

// FuzzKnots looks for programs whose types depend on the order of questions.
func FuzzKnots(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, uint64(len(text)))
	}
	for seed := range uint64(8) {
		f.Add(knot(rand.New(rand.NewPCG(seed, 2))), seed)
	}
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 1500 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 3))
		asked(t, base, r, without(r, text), text)
		program := knot(r) // what is mutated seldom is in a knot
		asked(t, base, r, program, without(r, program))
	})
}

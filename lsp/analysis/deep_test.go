package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// chained is a line for each number, which names that number and the one before.
func chained(format string, n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format+"\n", i+1, i)
	}
	return text.String()
}

// TestDeepPrograms asks for the types of programs in which thousands of things rest on each
// other, the last one first: the answers are those of the other orders.
func TestDeepPrograms(t *testing.T) {
	const n = 3000
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for _, c := range []struct{ text, want string }{
		{"g0 = 1\n" + chained("g%d = g%d", n) + "return g3000", "1"},
		{"function f0() return 's' end\n" + chained("function f%d() return f%d() end", n) + "local r = f3000() return r", `"s"`},
		{"local t = {a0 = true}\n" + chained("t.a%d = t.a%d", n) + "return t.a3000", "boolean"},
		{chained("function f%d() return f%d() or 's' end", n) + "function f0() return f3000() end local r = f3000() return r", `"s"`},
	} {
		f := analysis.NewFile("file:///deep.lua", "", 1, c.text)
		last := f.Tree().NodeAt(len(c.text))
		if got := base.WithFile(f).TypeOf(f, last).String(); got != c.want {
			t.Errorf("the end of %.60q… is %s, wanted %s", c.text, got, c.want)
		}
		nodes := f.Tree().Len() - 1
		sameInAnyOrder(t, base, f, [][]int{forwards(nodes), backwards(nodes), rand.New(rand.NewPCG(1, 7)).Perm(nodes)})
	}
}

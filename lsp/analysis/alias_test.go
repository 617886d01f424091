package analysis_test

import (
	"math/rand/v2"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// TestAliasesInCircles asks for variables of aliases that are made of each other: what one is
// does not depend on which was asked for first.
func TestAliasesInCircles(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for _, c := range []struct{ text, want string }{
		{"---@alias A A[]|string\n---@type A\nlocal a", "unknown[]|string"},
		{"---@alias A B[]\n---@alias B A[]\n---@type B\nlocal b\n---@type A\nlocal a", "unknown[]"},
		{"---@alias A B|string\n---@alias B C[]\n---@alias C A|B|number\n---@type C\nlocal c\n---@type B\nlocal b\n---@type A\nlocal a", "string"},
		{"---@alias A B[]\n---@alias B string\n---@type B\nlocal b\n---@type A\nlocal a", "string[]"},
	} {
		f := analysis.NewFile("file:///alias.lua", "", 1, c.text)
		if got := base.WithFile(f).TypeOf(f, f.Tree().NodeAt(len(c.text))).String(); got != c.want {
			t.Errorf("a is %s, wanted %s, in\n%s", got, c.want, c.text)
		}
		asked(t, base, rand.New(rand.NewPCG(1, 1)), c.text+" = 1", c.text)
	}
}

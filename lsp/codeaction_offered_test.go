package lsp_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// someRange returns a part of a text as people select it, or as nobody does.
func someRange(r *rand.Rand, tree *syntax.Tree) (start, end int) {
	node := func(accepts func(n syntax.Node) bool) syntax.Node {
		for range 50 {
			if n := syntax.Node(1 + r.IntN(tree.Len()-1)); accepts(n) {
				return n
			}
		}
		return tree.Root()
	}
	switch r.IntN(5) {
	case 0: // a cursor
		n := node(func(n syntax.Node) bool { return tree.First(n) == syntax.None })
		return tree.Start(n), tree.Start(n)
	case 1: // an expression, or any other node
		n := node(func(syntax.Node) bool { return true })
		return tree.Start(n), tree.End(n)
	case 2, 3: // statements
		n := node(func(n syntax.Node) bool { return tree.Kind(tree.Parent(n)) == syntax.Block })
		last := n
		for k := r.IntN(5); k > 0 && tree.Next(last) != syntax.None; k-- {
			last = tree.Next(last)
		}
		return tree.Start(n), tree.End(last)
	}
	size := len(tree.Text())
	start = r.IntN(size + 1)
	return start, min(size, start+r.IntN(200))
}

// TestOfferedActionsResolve: whatever is selected in whatever script, each action that is
// offered gives edits, and what they make compiles if the script does.
func TestOfferedActionsResolve(t *testing.T) {
	c := withTools(t)
	c.Initialize(later())
	verdict := func(f *analysis.File) (errors int, compiles bool) {
		errors = len(f.Tree().Errors())
		return errors, errors == 0 && lint.CompileFault(t.Context(), f) == nil
	}
	times := 12
	if testing.Short() {
		times = 3
	}
	made := map[string]int{}
	for i, s := range scripts(t) {
		r := rand.New(rand.NewPCG(11, uint64(i)))
		uri := protocol.URI("file:///proj/offered.lua")
		c.Open(uri, s.text)
		f := analysis.NewFile(string(uri), "", 1, s.text)
		errors, compiles := verdict(f)
		for range times {
			start, end := someRange(r, f.Tree())
			at := protocol.Range{Start: position(f, start), End: position(f, end)}
			var only []string
			if r.IntN(4) == 0 {
				only = []string{"source", "refactor", "quickfix"}
			}
			for _, a := range actions(c, uri, only, []protocol.Diagnostic{}, at) {
				if a.Disabled != nil {
					continue
				}
				if a.Data != nil {
					c.Call("codeAction/resolve", map[string]any{"title": a.Title, "kind": a.Kind, "data": a.Data}, &a)
				}
				if len(a.Edit.DocumentChanges) != 1 || len(a.Edit.DocumentChanges[0].Edits) == 0 {
					t.Fatalf("%s: %s of %q has no edits: %+v", s.path, a.Title, s.text[start:end], a)
				}
				after := applied(t, s.text, a.Edit.DocumentChanges[0].Edits)
				if now, ok := verdict(analysis.NewFile(string(uri), "", 2, after)); now > errors || compiles && !ok {
					t.Fatalf("%s: %s of %q (bytes %d to %d) makes\n%s", s.path, a.Title, s.text[start:end], start, end, after)
				}
				made[a.Kind]++
			}
		}
		c.Close(uri)
	}
	t.Log(made)
	for _, kind := range slices.Concat([]string{"quickfix", "source.fixAll"}, refactorKinds) {
		if made[kind] == 0 && !testing.Short() {
			t.Errorf("%s was never made: %v", kind, made)
		}
	}
}

var refactorKinds = strings.Fields("refactor.extract.variable refactor.extract.function refactor.inline.variable refactor.inline.call refactor.rewrite refactor.rewrite.addDoc")

// position is an offset as clients count.
func position(f *analysis.File, offset int) protocol.Position {
	line, column := f.Lines().Position(offset, syntax.UTF16)
	return protocol.Position{Line: uint32(line), Character: uint32(column)}
}

package analysis_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// pieces are what random edits insert.
var pieces = []string{
	"x", " ", "\n", ".", "local a = 1\n", "---@type string\nlocal b = a\n", "--- text\n---@param x number\n", "---@class A\n---@field f string\n",
	"M.f()\n", "function M.g(x) return x end\n", "(", ")", "\"", "end", "if a then b() end\n", "a = {}\n", "-- luacheck: ignore\n",
	"--[[@as string]]", "---@diagnostic disable\n", "return a\n", "setmetatable(a, b)\n", "local t = {x = 1}\nt.y = t.x\n", "---@meta\n",
}

// annotations are comments that random edits insert and that say something of the code.
var annotations = []string{
	"--[[@as string]]", "--[[@as {a: string, b?: integer}]]", "--[==[@as fun(x: number): string]==]", "--[[@type integer]]", "---@type string\n",
	"---@type table<string, Dog>\n", "---@class Dog : Animal\n", "---@class A<T>\n---@field f T\n", "---@field g string\n", "---@param a integer\n",
	"---@return string, integer?\n", "---@generic T\n---@param a T\n---@return T\n", "---@overload fun(a: string): boolean\n", "---@alias Kind 'x' | 'y'\n",
	"---| 'z' # more\n", "---@cast a +string\n", "---@enum E\n", "--- text\n", "-- plain\n", "---@deprecated\n", "---@operator add(integer): A\n",
	"---@diagnostic disable-next-line: unused-local\n", "---@diagnostic enable\n", "-- luacheck: push ignore\n", "---@type\n", "---@param\n", "---@meta\n", "--[[", "]]", "--",
}

// annotated are the texts of all files of testdata, and a generated one.
func annotated(t *testing.T) []string {
	t.Helper()
	texts := []string{program(150)}
	for _, root := range []string{"testdata", filepath.Join("..", "lint", "testdata"), filepath.Join("..", "testdata"), filepath.Join("..", "lsptest", "testdata")} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".lua" {
				return err
			}
			text, err := os.ReadFile(path)
			texts = append(texts, string(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(texts) < 30 {
		t.Fatalf("%d files in testdata", len(texts))
	}
	return texts
}

// randomEdit returns a text that differs from the given one in one place.
func randomEdit(r *rand.Rand, text string) string {
	at := r.IntN(len(text) + 1)
	to := at
	insert := pieces[r.IntN(len(pieces))]
	switch r.IntN(6) {
	case 0:
		to = min(len(text), at+r.IntN(60))
	case 1, 2: // where code begins or ends
		insert = annotations[r.IntN(len(annotations))]
		if tree := syntax.Parse(text); tree.TokenCount() > 0 {
			start, end := tree.TokenSpan(r.IntN(tree.TokenCount()))
			at = []int{start, end}[r.IntN(2)]
			to = at
		}
	case 3: // a comment goes, or becomes another
		var comments []syntax.Token
		for _, tok := range syntax.Parse(text).Tokens() {
			if tok.Kind == syntax.Comment {
				comments = append(comments, tok)
			}
		}
		if len(comments) > 0 {
			c := comments[r.IntN(len(comments))]
			at, to = int(c.Start), int(c.End)
			insert = []string{"", annotations[r.IntN(len(annotations))]}[r.IntN(2)]
		}
	}
	return text[:at] + insert + text[to:]
}

// TestEdited edits files at random. What is known of the last text must not depend on the
// texts before it.
func TestEdited(t *testing.T) {
	texts := annotated(t)
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	shared := 0
	for i, text := range texts {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		f := analysis.NewFile("file:///a.lua", "", 1, text)
		f.Notes()
		for version := range int32(12) {
			text = randomEdit(r, text)
			f = f.Edited(version+2, text)
			if version%4 == 3 {
				continue // nobody asks
			}
			want := analysis.NewFile(f.URI, "", f.Version, text)
			sameFile(t, f, want)
			if version%3 == 0 {
				sameTypes(t, base, f, want)
			}
			if of, _, _, _ := f.Tree().Base(); of != f.Tree() {
				shared++
			}
		}
	}
	if shared < 2*len(texts) {
		t.Errorf("%d trees share anything with the one before", shared)
	}
}

// TestEditedAtOnce edits a file while others ask about it.
func TestEditedAtOnce(t *testing.T) {
	text := program(100)
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	f := analysis.NewFile("file:///a.lua", "", 1, text)
	at := strings.Index(text, "for k, v")
	var asking sync.WaitGroup
	for version := range int32(40) {
		old := f
		if version%4 == 0 {
			text = strings.TrimSuffix(text, "if x then ") + "if x then " // does not close
		} else {
			text = strings.TrimSuffix(text, "if x then ")[:at] + "f(" + text[at:]
		}
		for range 3 {
			asking.Go(func() {
				s := base.WithFile(old)
				m, n := s.Marked(old, at+3)
				s.TypeOf(m, n)
				old.Notes()
				old.Vars()
			})
		}
		f = old.Edited(version+2, text)
	}
	asking.Wait()
	sameFile(t, f, analysis.NewFile(f.URI, "", f.Version, text))
}

func sameFile(t *testing.T, got, want *analysis.File) {
	t.Helper()
	if !reflect.DeepEqual(got.Notes(), want.Notes()) {
		t.Fatalf("the annotations differ: %+v, want %+v, in\n%s", got.Notes(), want.Notes(), want.Text())
	}
	for _, kinds := range [][]syntax.Kind{{syntax.Call}, {syntax.Name, syntax.String}, {syntax.Block, syntax.FuncBody, syntax.Missing, syntax.BadStat}, {syntax.Chunk}} {
		var all []syntax.Node
		for n := syntax.Node(1); int(n) < want.Tree().Len(); n++ {
			if slices.Contains(kinds, want.Tree().Kind(n)) {
				all = append(all, n)
			}
		}
		if nodes := slices.Collect(got.NodesOf(kinds...)); !slices.Equal(nodes, all) {
			t.Fatalf("the nodes of kinds %v are %v, want %v, in\n%s", kinds, nodes, all, want.Text())
		}
	}
	a, b := got.Vars(), want.Vars()
	if len(a.Vars) != len(b.Vars) || len(a.Globals) != len(b.Globals) {
		t.Fatalf("%d variables and %d globals, want %d and %d, in\n%s", len(a.Vars), len(a.Globals), len(b.Vars), len(b.Globals), want.Text())
	}
	for v := range b.Vars {
		if x, y := a.Vars[v], b.Vars[v]; x.Name != y.Name || x.Decl != y.Decl || len(x.Uses) != len(y.Uses) || x.To != y.To {
			t.Fatalf("variable %d is %+v, want %+v, in\n%s", v, x, y, want.Text())
		}
	}
}

func sameTypes(t *testing.T, base *analysis.Snapshot, got, want *analysis.File) {
	t.Helper()
	s, w := base.WithFile(got), base.WithFile(want)
	for n := syntax.Node(1); int(n) < want.Tree().Len(); n++ {
		if a, b := s.TypeOf(got, n).String(), w.TypeOf(want, n).String(); a != b {
			t.Fatalf("%q is %s, want %s, in\n%s", want.Tree().Source(n), a, b, want.Text())
		}
	}
}

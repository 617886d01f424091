package analysis_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/markers"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestOrderDoesNotMatter asks for all types of a file forwards, backwards and at
// random, each time of a new snapshot: the answers must not depend on what was
// asked before, however functions and tables refer to each other.
func TestOrderDoesNotMatter(t *testing.T) {
	root, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	texts := append([]string{program(200)}, hostile...)
	for _, path := range markers.Files(t, root) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	base := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	for _, text := range texts {
		f := analysis.NewFile(analysis.URIOf(filepath.Join(root, "zz.lua")), "", 1, text)
		all := f.Tree().Len() - 1
		var want []string
		for round, order := range [][]int{forwards(all), backwards(all), rand.New(rand.NewPCG(1, 2)).Perm(all), rand.New(rand.NewPCG(3, 4)).Perm(all)} {
			s := base.WithFile(f)
			got := make([]string, all)
			for _, i := range order {
				got[i] = s.TypeOf(f, syntax.Node(i+1)).String()
			}
			if round == 0 {
				want = got
				continue
			}
			bad := 0
			for i := range got {
				if got[i] != want[i] {
					n := syntax.Node(i + 1)
					if bad++; bad < 4 {
						t.Errorf("%.60q: order %d: %q at %d is %s, first it was %s", text, round, f.Tree().Source(n), f.Tree().Start(n), got[i], want[i])
					}
				}
			}
		}
	}
}

func forwards(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func backwards(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = n - 1 - i
	}
	return list
}

// TestConcurrentQuestions asks one snapshot, and types that it gave, from several
// goroutines: each gets the answers that one alone gets.
func TestConcurrentQuestions(t *testing.T) {
	f := analysis.NewFile("file:///a.lua", "", 1, program(300))
	all := f.Tree().Len() - 1
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	answer := func(s *analysis.Snapshot, i int) string {
		of := s.TypeOf(f, syntax.Node(i+1))
		var b strings.Builder
		b.WriteString(of.String())
		if i%50 == 0 {
			for _, m := range s.Members(of) {
				b.WriteString("\n" + m.Name + ": " + m.Type.String())
			}
		}
		return b.String()
	}
	want := make([]string, all)
	alone := base.WithFile(f)
	for i := range want {
		want[i] = answer(alone, i)
	}
	s := base.WithFile(f)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			bad := 0
			for k := range all {
				i := (k*7 + w*1000) % all
				if got := answer(s, i); got != want[i] {
					if bad++; bad < 4 {
						n := syntax.Node(i + 1)
						t.Errorf("goroutine %d: %q at %d is %s, asked alone it is %s", w, f.Tree().Source(n), f.Tree().Start(n), got, want[i])
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestConcurrentFirstQuestions asks new snapshots about globals from several goroutines at
// once, as a completion and the diagnostics of the file do: what has to do with the library
// is not to be set up by whoever comes first.
func TestConcurrentFirstQuestions(t *testing.T) {
	f := analysis.NewFile("file:///a.lua", "", 1, "print(x)\n")
	for range 20 {
		s := analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f)
		var wg sync.WaitGroup
		for _, ask := range []func() bool{
			func() bool { return slices.Contains(s.Globals(f), "print") },
			func() bool { return s.KnownGlobal(f, "print") },
			func() bool { return s.LibraryGlobal("print") != nil },
			func() bool {
				sym, _, ok := s.SymbolAt(f, 0)
				return ok && len(s.Definition(sym)) == 1
			},
		} {
			wg.Go(func() {
				if !ask() {
					t.Error("print is not known")
				}
			})
		}
		wg.Wait()
	}
}

// TestReferencesEnd does not go on when nobody waits for the answer.
func TestReferencesEnd(t *testing.T) {
	f := analysis.NewFile("file:///a.lua", "", 1, "x = 1 x = 2")
	s := analysis.NewSnapshot(nil, nil).WithFile(f)
	sym, _, ok := s.SymbolAt(f, 0)
	if !ok {
		t.Fatal("no symbol")
	}
	if got := len(s.References(t.Context(), sym)); got != 2 {
		t.Errorf("%d references, wanted 2", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.References(ctx, sym); len(got) != 0 {
		t.Errorf("references after the end: %v", got)
	}
}

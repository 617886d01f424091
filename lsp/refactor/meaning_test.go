package refactor_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/refactor"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// run runs a program and returns what it prints, without line numbers and the names that
// messages mention: these may change.
func run(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr = &out, &out
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	fn, err := st.LoadString(text, "=program", "")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := st.Call(ctx, fn); err != nil {
		fmt.Fprintf(&out, "error: %.80v\n", err)
	}
	if ctx.Err() != nil {
		return "it does not end" // in a minute, of which it needs a few milliseconds
	}
	return places.ReplaceAllString(out.String(), "")
}

// places are the parts of messages that say where and in what.
var places = regexp.MustCompile(`attempt to [a-z ]+|line \d+: |program:\d+: |(local|global|upvalue|field|method|constant) '[^']*'|\(a [a-z]+ value\)|(table|function|thread|userdata): 0x[0-9a-f]+`)

// actionsAt returns the actions for a part of a text.
func actionsAt(text string, start, end int) []refactor.Action {
	f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
	return refactor.Actions(context.Background(), analysis.NewSnapshot(nil, nil).WithFile(f), f, start, end, nil)
}

// tally counts what was offered and refused.
type tally map[string]*[2]int

func (c tally) add(kind string, what int) {
	if c[kind] == nil {
		c[kind] = &[2]int{}
	}
	c[kind][what]++
}

func (c tally) String() string {
	var b strings.Builder
	for kind, n := range c {
		fmt.Fprintf(&b, "%s: %d offered, %d refused\n", kind, n[0], n[1])
	}
	return b.String()
}

// try makes changes at places of a program that chance chooses, and runs what comes out.
func try(t *testing.T, name, text string, times int, r *rand.Rand, c tally) {
	t.Helper()
	want := run(t, text)
	f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
	snap := analysis.NewSnapshot(nil, nil).WithFile(f)
	tree := f.Tree()
	var stats, rest []syntax.Node
	for n := syntax.Node(2); int(n) < tree.Len(); n++ {
		if tree.Kind(tree.Parent(n)) == syntax.Block {
			stats = append(stats, n)
		} else if tree.End(n) > tree.Start(n) {
			rest = append(rest, n)
		}
	}
	for range times {
		var start, end int
		switch r.IntN(3) {
		case 0: // some statements
			if len(stats) == 0 {
				continue
			}
			n := stats[r.IntN(len(stats))]
			last := n
			for k := r.IntN(4); k > 0 && tree.Next(last) != syntax.None; k-- {
				last = tree.Next(last)
			}
			start, end = tree.Start(n), tree.End(last)
		case 1: // an expression
			n := rest[r.IntN(len(rest))]
			start, end = tree.Start(n), tree.End(n)
		default: // a cursor
			n := rest[r.IntN(len(rest))]
			start, end = tree.Start(n), tree.Start(n)
		}
		tryAt(t, name, snap, f, start, end, want, c)
	}
}

// tryAt makes each change that is offered for a part of a file, and runs what comes out.
func tryAt(t *testing.T, name string, snap *analysis.Snapshot, f *analysis.File, start, end int, want string, c tally) {
	t.Helper()
	text := f.Text()
	for _, a := range refactor.Actions(context.Background(), snap, f, start, end, nil) {
		if a.Disabled != "" {
			c.add(a.Kind, 1)
			if a.Edits != nil {
				t.Fatalf("%s: refused, but made: %v", a.Title, a.Edits)
			}
			continue
		}
		c.add(a.Kind, 0)
		after := lint.Apply(text, a.Edits)
		if got := run(t, after); got != want {
			t.Fatalf("%s: %s of %q changes the program:\nbefore %s\nafter %s\n--- before\n%s\n--- after\n%s", name, a.Title, text[start:end], want, got, text, after)
		}
	}
}

// TestGeneratedProgramsKeepTheirMeaning: whatever is offered, programs print the same
// before and after.
func TestGeneratedProgramsKeepTheirMeaning(t *testing.T) {
	seeds, times := 30, 25
	if raceDetector || testing.Short() {
		seeds, times = 8, 20
	}
	c := tally{}
	for seed := range seeds {
		opts := luagen.All()
		opts.Size = 15 + seed%25
		try(t, fmt.Sprint("seed ", seed), luagen.Program(int64(90_000+seed), opts), times, rand.New(rand.NewPCG(uint64(seed), 3)), c)
	}
	t.Log("\n" + c.String())
	if seeds < 30 {
		return // too few to be sure that each kind is among them
	}
	for _, kind := range []string{refactor.ExtractVariable, refactor.ExtractFunction, refactor.InlineVariable, refactor.Rewrite} {
		if n := c[kind]; n == nil || n[0] == 0 {
			t.Errorf("%s was never made: %v", kind, n)
		}
	}
}

// TestProgramsKeepTheirMeaning does the same with the programs of testdata.
func TestProgramsKeepTheirMeaning(t *testing.T) {
	files, err := filepath.Glob("../../testdata/programs/*.lua")
	if err != nil || len(files) < 50 {
		t.Fatal(files, err)
	}
	times := 3
	if raceDetector || testing.Short() {
		times = 2
	}
	c := tally{}
	for i, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if steady := run(t, text); steady != run(t, text) || strings.Contains(text, "lines") || strings.Contains(text, "traceback") {
			continue // it prints times, or lines
		}
		try(t, path, text, times, rand.New(rand.NewPCG(uint64(i), 4)), c)
	}
	t.Log("\n" + c.String())
}

// TestEverywhere tries every expression, every run of statements and every cursor of programs
// that are written for it.
func TestEverywhere(t *testing.T) {
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
			snap := analysis.NewSnapshot(nil, nil).WithFile(f)
			want := run(t, text)
			if strings.Contains(want, "error:") {
				t.Fatal(want)
			}
			tree := f.Tree()
			c := tally{}
			for n := syntax.Node(2); int(n) < tree.Len(); n++ {
				start, end := tree.Start(n), tree.End(n)
				if start == end || raceDetector && n%7 != 0 {
					continue
				}
				tryAt(t, path, snap, f, start, end, want, c)
				if tree.First(n) == syntax.None {
					tryAt(t, path, snap, f, start, start, want, c)
				}
				if tree.Kind(tree.Parent(n)) == syntax.Block {
					for last := tree.Next(n); last != syntax.None; last = tree.Next(last) {
						tryAt(t, path, snap, f, start, tree.End(last), want, c)
					}
				}
			}
			t.Log("\n" + c.String())
		})
	}
}

package lualib

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/puc"
)

// world is a state with all libraries open, and what its Host saw.
type world struct {
	L              *lua.LState
	host           *Host
	stdout, stderr *bytes.Buffer
	closeFiles     func()
}

// newWorld opens the libraries on a state whose Host has a folder of its own and
// the environment of the test.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{host: NewHost(), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	w.host.Stdout, w.host.Stderr = w.stdout, w.stderr
	w.host.Dir = t.TempDir()
	w.host.LookupEnv = os.LookupEnv
	w.host.Context = t.Context
	w.L = lua.NewState(lua.Options{RegistrySize: 1 << 12, RegistryMaxSize: 1 << 22, RegistryGrowStep: 4096})
	w.closeFiles = Open(w.L, w.host)
	t.Cleanup(func() {
		w.closeFiles()
		w.L.Close()
	})
	return w
}

// run runs a chunk that lua5.1 would call source.lua and returns its error.
func (w *world) run(source string) error {
	fn, err := w.L.Load(strings.NewReader(source), "source.lua")
	if err != nil {
		return err
	}
	w.L.Push(fn)
	return w.L.PCall(0, 0, nil)
}

// output runs a chunk that must not fail and returns what it printed.
func (w *world) output(t testing.TB, source string) string {
	t.Helper()
	w.stdout.Reset()
	if err := w.run(source); err != nil {
		t.Fatalf("%v\nin:\n%s", err, source)
	}
	return w.stdout.String()
}

// cancelled gives scripts cancel(), which cancels their execution a moment later: while
// they wait for what comes next, or, on a busy machine, before that.
func (w *world) cancelled(t testing.TB, after time.Duration) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	w.host.Context = func() context.Context { return ctx }
	w.L.SetGlobal("cancel", w.L.NewFunction(func(*lua.LState) int {
		time.AfterFunc(after, cancel)
		return 0
	}))
}

// printCase is a chunk and what it prints.
type printCase struct{ source, want string }

// runPrintCases runs each case in a world of its own.
func runPrintCases(t *testing.T, cases []printCase) {
	t.Helper()
	for _, c := range cases {
		t.Run("", func(t *testing.T) {
			got := strings.TrimSuffix(newWorld(t).output(t, c.source), "\n")
			if got != c.want {
				t.Errorf("%s\n got %q\nwant %q", c.source, got, c.want)
			}
		})
	}
}

// comparable replaces what differs from run to run: addresses and the names of
// temporary files.
func comparable(output string) []string {
	addresses := regexp.MustCompile(`0x[0-9a-f]{6,}`)
	temporary := regexp.MustCompile(`/tmp/lua_\w+`)
	output = addresses.ReplaceAllString(output, "ADDRESS")
	output = temporary.ReplaceAllString(output, "TEMPORARY")
	return strings.Split(output, "\n")
}

// sameAsPUC runs a script under PUC Lua and here, and compares what it prints.
func sameAsPUC(t *testing.T, source string) {
	t.Helper()
	reference, err := puc.Run(t, source)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	if err := w.run(source); err != nil {
		t.Errorf("fails here: %v", err)
	}
	want, got := comparable(reference), comparable(w.stdout.String())
	differences := 0
	for i := range max(len(want), len(got)) {
		line := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return "(nothing)"
		}
		if line(want) != line(got) {
			t.Errorf("line %d of the output\n got %s\nwant %s", i+1, line(got), line(want))
			if differences++; differences == 10 {
				t.Fatal("and perhaps more")
			}
		}
	}
}

func TestLibraryTablesStay(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	names := []string{"string", "table", "math", "os", "io"}
	before := map[string]lua.LValue{}
	for _, name := range names {
		before[name] = L.GetGlobal(name)
	}
	defer Open(L, NewHost())()
	for _, name := range names {
		if L.GetGlobal(name) != before[name] {
			t.Errorf("Open exchanged the table %s", name)
		}
	}
	if err := L.DoString(`assert(require "bit32" == bit32 and require "math" == math)`); err != nil {
		t.Error(err)
	}
}

func TestStatesShareNothing(t *testing.T) {
	a, b := newWorld(t), newWorld(t)
	if err := a.run(`math.randomseed(7) os.setenv("X", "1") table.extra = 1 io.output(io.stderr)`); err != nil {
		t.Fatal(err)
	}
	want := newWorld(t).output(t, `print(math.random(1000), os.getenv "X", table.extra, io.output() == io.stdout)`)
	got := b.output(t, `print(math.random(1000), os.getenv "X", table.extra, io.output() == io.stdout)`)
	if got != want {
		t.Errorf("one state's settings reached another: got %q, want %q", got, want)
	}
}

// BenchmarkNewState compares a state with these libraries to a stock one.
func BenchmarkNewState(b *testing.B) {
	h := NewHost()
	for _, kind := range []string{"stock", "ours"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				L := lua.NewState()
				if kind == "ours" {
					Open(L, h)()
				}
				L.Close()
			}
		})
	}
}

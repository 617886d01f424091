package debug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/vm"
)

// tracer records every line event of a state with all slots armed, as PUC
// Lua's line hook would report them.
type tracer struct {
	stops []puc.Stop
	max   int
}

// traceOurs runs a script with every slot armed.
func traceOurs(t testing.TB, path string, max int) ([]puc.Stop, string) {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr = &out, io.Discard
	host.LookupEnv = os.LookupEnv
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	tr := &tracer{max: max}
	st.SetHooks(&runtime.Hooks{
		Slot: func(L *lua.LState, fn *compile.Function, f runtime.Frame) bool {
			tr.record(L, fn, f)
			return true
		},
		Load:  func(_ *runtime.Source, in *compile.Instance) { armAll(in) },
		Raise: func(*lua.LState, runtime.Raised) {},
		Pause: func(*lua.LState) {},
	})
	dir := filepath.Dir(path)
	st.SetPath([]string{dir + "/?.lua", dir + "/?/init.lua"})
	fn, err := st.LoadFile(path)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	arg := st.L.NewTable()
	arg.RawSetInt(0, lua.LString(path))
	st.L.SetGlobal("arg", arg)
	if _, err := st.Call(context.Background(), fn); err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return tr.stops, out.String()
}

func armAll(in *compile.Instance) {
	for i, p := range in.Protos {
		for _, s := range in.Chunk.Functions[i].Slots {
			s.Arm(p, true)
		}
	}
}

func (tr *tracer) record(L *lua.LState, fn *compile.Function, f runtime.Frame) {
	if len(tr.stops) >= tr.max || fn.Chunk.Name[0] != '@' {
		return
	}
	s := puc.Stop{Source: fn.Chunk.Display, Line: fn.Line(f.Pc())}
	d := vm.Debug(L, f)
	for _, l := range fn.ActiveLocals(fn.RawPc(f.Pc())) {
		if !strings.HasPrefix(l.Name, "(") {
			s.Locals = append(s.Locals, puc.Local{Name: l.Name, Value: render(vm.Register(L, d, l.Reg))})
		}
	}
	tr.stops = append(tr.stops, s)
}

// render shows a value as package puc does.
func render(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LNumber:
		return puc.Number(float64(v))
	case lua.LString:
		return puc.Quote(string(v))
	case lua.LBool, *lua.LNilType:
		return v.String()
	}
	return v.Type().String()
}

func describeStop(s puc.Stop) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d", filepath.Base(s.Source), s.Line)
	for _, l := range s.Locals {
		fmt.Fprintf(&b, " %s=%s", l.Name, l.Value)
	}
	return b.String()
}

// compareTraces fails at the first difference.
func compareTraces(t testing.TB, path string, want, got []puc.Stop, out string) {
	t.Helper()
	for i := 0; i < max(len(want), len(got)); i++ {
		w, g := "(end)", "(end)"
		if i < len(want) {
			w = describeStop(want[i])
		}
		if i < len(got) {
			g = describeStop(got[i])
		}
		if w != g {
			src, _ := os.ReadFile(path)
			before := ""
			for j := max(0, i-3); j < i; j++ {
				before += "    " + describeStop(want[j]) + "\n"
			}
			t.Fatalf("stop %d differs\n%s  lua5.1: %s\n  ours:   %s\nour output ends: %s\nscript %s:\n%s", i, before, w, g, out[max(0, len(out)-200):], path, numbered(string(src)))
		}
	}
}

func numbered(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		fmt.Fprintf(&b, "%4d %s\n", i+1, line)
	}
	return b.String()
}

const maxEvents = 8_000

// unordered names scripts that walk tables with pairs: the order is each
// implementation's own, so only how often each line is reached is compared.
var unordered = map[string]bool{"classes.lua": true, "report.lua": true, "pairs_order.lua": true, "table_large.lua": true}

func compareScript(t testing.TB, path string) {
	t.Helper()
	res, err := puc.TraceRun(t, path, maxEvents)
	long := errors.Is(err, puc.ErrTooLong)
	if err != nil && !long {
		t.Fatal(err)
	}
	got, out := traceOurs(t, path, len(res.Stops)+1)
	if long {
		got = got[:min(len(got), len(res.Stops))]
	}
	if unordered[filepath.Base(path)] {
		for _, stops := range [][]puc.Stop{res.Stops, got} {
			for i := range stops {
				stops[i].Locals = nil
			}
			slices.SortFunc(stops, func(a, b puc.Stop) int { return a.Line - b.Line })
		}
	}
	compareTraces(t, path, res.Stops, got, out)
	if !long && out != res.Stdout {
		t.Fatalf("output differs\nlua5.1:\n%s\nours:\n%s", res.Stdout, out)
	}
}

// TestOracleScripts: the lines at which a step in stops, and the locals there,
// are those of PUC Lua's line hook.
func TestOracleScripts(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"scripts/*.lua", "scripts/modules/main.lua", "programs/*.lua"} {
		found, err := filepath.Glob(filepath.Join("../../testdata", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no scripts in testdata/%s: %v", pattern, err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { compareScript(t, path) })
	}
}

func TestOracleGenerated(t *testing.T) {
	n := 400
	if testing.Short() || raceDetector {
		n = 40
	}
	dir := t.TempDir()
	for seed := range n {
		path := filepath.Join(dir, fmt.Sprintf("seed%d.lua", seed))
		if err := os.WriteFile(path, []byte(luagen.Program(int64(seed), luagen.All())), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) { compareScript(t, path) })
	}
}

func FuzzOracle(f *testing.F) {
	for seed := range 8 {
		f.Add([]byte(fmt.Sprintf("seed number %d of the corpus, long enough to choose from", seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.lua")
		if err := os.WriteFile(path, []byte(luagen.FromBytes(data)), 0o644); err != nil {
			t.Fatal(err)
		}
		compareScript(t, path)
	})
}

// TestDifferences pins the deliberate differences from PUC Lua 5.1 that
// docs/lua.md lists: what each side prints.
func TestDifferences(t *testing.T) {
	scripts, err := filepath.Glob("../../testdata/differences/*.lua")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			base := strings.TrimSuffix(path, ".lua")
			_, ours := traceOurs(t, path, 0)
			theirs, err := puc.Run(t, path)
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]string{base + ".out": ours, base + ".lua51.out": theirs} {
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s: printed\n%s\nwant\n%s", name, got, want)
				}
			}
			if ours == theirs {
				t.Error("no difference any more: move the script to testdata/programs")
			}
		})
	}
}

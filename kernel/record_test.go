package kernel_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/runtime"
)

// archiveServices are services with a database of sessions in a file.
func archiveServices(t testing.TB) (*kernel.Services, *archive.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := kernel.NewServices(kernel.Openers{Archive: func() (*archive.Store, error) {
		return archive.Open(context.Background(), path, archive.Options{})
	}})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	store, err := s.Archive()
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

func newRecord(t testing.TB, store *archive.Store) *archive.Session {
	t.Helper()
	r, err := store.Create(context.Background(), archive.Spec{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// runIn runs pieces of code in one Lua state, journaled in a record.
func runIn(t *testing.T, services *kernel.Services, id string, codes ...string) string {
	t.Helper()
	s, out := newSession(t, kernel.Config{Services: services, SessionID: id, Dir: t.TempDir()})
	for _, code := range codes {
		if _, err := s.RunString(context.Background(), code, "=(test)", nil); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestVariablesLast(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	runIn(t, services, r.ID, `n = 41; list = {1, 2, {k = "v"}}; mixed = {[1] = "a", x = true, [2.5] = "b"}; bytes = "\255\0"; f = function() end; empty = {}; nan = 0/0; huge = 1/0`)
	got := runIn(t, services, r.ID, `n = n + 1; print(n, list[3].k, mixed[1], mixed.x, mixed[2.5], #bytes, bytes:byte(1), f, next(empty), nan ~= nan, huge)`)
	if want := "42\tv\ta\ttrue\tb\t2\t255\tnil\tnil\ttrue\tinf\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	runIn(t, services, r.ID, `cfg = {a = JSON.null, l = {1, JSON.null, 3}}`)
	if got := runIn(t, services, r.ID, `print(cfg.a == JSON.null, cfg.l[2] == JSON.null, #cfg.l)`); got != "true\ttrue\t3\n" {
		t.Errorf("nulls: %q", got)
	}
	runIn(t, services, r.ID, `nothing = JSON.null; zero = -0; zeros = {-0, 0}; io_file = io.stdout`)
	if got := runIn(t, services, r.ID, `print(nothing == JSON.null, 1 / zero, 1 / zeros[1], 1 / zeros[2], io_file)`); got != "true\t-inf\t-inf\tinf\tnil\n" {
		t.Errorf("JSON.null itself, and zeros: %q", got)
	}
	if got := runIn(t, services, r.ID, `nothing = nil`, `print(nothing)`); got != "nil\n" {
		t.Errorf("JSON.null that was removed is back: %q", got)
	}
	if got := runIn(t, services, r.ID, `print(n); list = nil`, `print(list)`); got != "42\nnil\n" {
		t.Errorf("printed %q", got)
	}
	if got := runIn(t, services, r.ID, `print(list)`); got != "nil\n" {
		t.Errorf("a variable that was removed is back: %q", got)
	}
}

// A variable that is nested too deep is an error, and no reason to lose the others.
func TestDeepVariable(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	s, _ := newSession(t, kernel.Config{Services: services, SessionID: r.ID, Dir: t.TempDir()})
	run := func(code string) error {
		_, err := s.RunString(t.Context(), code, "=(test)", nil)
		return err
	}
	if err := run(`n = 1; y = {} for i = 1, 9899 do y = {y} end`); err != nil {
		t.Errorf("as deep as may be: %v", err)
	}
	err := run(`n = 2; y = {y}`)
	if e, ok := errors.AsType[*runtime.Error](err); !ok || e.Kind != runtime.KindScript || !strings.Contains(e.Message, "the variable y cannot be kept: nested more than 9900 deep") {
		t.Errorf("too deep: %v", err)
	}
	if err := run(`error("mine")`); err == nil || !strings.Contains(err.Error(), "mine") || strings.Contains(err.Error(), "nested") {
		t.Errorf("its own error is hidden: %v", err)
	}
	if err := run(`Session.suspend()`); err == nil || !strings.Contains(err.Error(), "nested more than 9900 deep") {
		t.Errorf("suspended: %v", err)
	}
	if err := run(`y = nil; f = function() end; t = {f}`); err != nil {
		t.Errorf("what can never be kept: %v", err)
	}
	if got := runIn(t, services, r.ID, `print(n, y)`); got != "2\tnil\n" {
		t.Errorf("kept: %q", got)
	}
}

// A long linked list comes back as it was; a ring of any length is a table that contains
// itself, which is no error.
func TestLinkedVariables(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	runIn(t, services, r.ID, `
		for i = 5000, 1, -1 do list = {value = i, next = list} end
		for i = 3000, 1, -1 do chain = {[0] = i, chain or false} end
		for _, n in ipairs{2, 200, 50000} do
			local first = {}
			local last = first
			for i = 2, n do last = {previous = last} end
			first.previous = last
			_G["ring" .. n] = {first}
		end
		n = 1`)
	got := runIn(t, services, r.ID, `
		local count, sum = 0, 0
		while list do count, sum, list = count + 1, sum + list.value, list.next end
		local c, last = 0
		while chain do c, last, chain = c + 1, chain[0], chain[1] end
		print(count, sum, c, last, ring2, ring200, ring50000, n)`)
	if want := "5000\t12502500\t3000\t3000\tnil\tnil\tnil\t1\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// Many variables take longer than an interrupted execution may: they are kept by the next
// one, or when the session is closed.
func TestLateVariables(t *testing.T) {
	const script = `for i = 1, 100000 do _G["v" .. i] = {i, "value " .. i} end print("made") while true do end`
	for _, how := range []string{"next", "close"} {
		t.Run(how, func(t *testing.T) {
			services, store := archiveServices(t)
			r := newRecord(t, store)
			runIn(t, services, r.ID, "before = 1")
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			host := writer(func(p []byte) { interrupt() })
			s, err := kernel.NewSession(kernel.Config{Services: services, SessionID: r.ID, Dir: t.TempDir(), Stdout: host})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.RunString(ctx, script, "=(test)", nil)
			if e, ok := errors.AsType[*runtime.Error](err); !ok || e.Kind != runtime.KindCancelled {
				t.Fatalf("it ended with %v", err)
			}
			vars, err := store.Variables(t.Context(), r.ID)
			if err != nil || len(vars) != 1 {
				t.Errorf("%d variables are kept when it has ended, %v", len(vars), err)
			}
			if list, err := store.Executions(t.Context(), r.ID, 0, 0, 0); err != nil || len(list) != 2 || list[1].Outcome != archive.Interrupted {
				t.Errorf("journal: %+v, %v", list, err)
			}
			if how == "next" {
				if _, err := s.RunString(t.Context(), "assert(v100000[1] == 100000)", "=(test)", nil); err != nil {
					t.Error(err)
				}
				if vars, err = store.Variables(t.Context(), r.ID); err != nil || len(vars) != 100001 {
					t.Errorf("%d variables are kept by the next execution, %v", len(vars), err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if vars, err = store.Variables(t.Context(), r.ID); err != nil || len(vars) != 100001 {
				t.Errorf("%d variables are kept at the end, %v", len(vars), err)
			}
		})
	}
}

// writer is told of what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestReplayModes(t *testing.T) {
	ctx := context.Background()
	services, store := archiveServices(t)
	r := newRecord(t, store)
	runIn(t, services, r.ID, `base = 10`)
	runIn(t, services, r.ID,
		`local out = Tool.execute("calculator", {input = base .. " + 5"}); sum = out.result.result; print(sum); return sum`,
		`local ok, err = pcall(Tool.execute, "calculator", {input = "1 +"}); print(ok); return sum * 2`)
	p := &kernel.Replayer{Config: kernel.Config{Services: services, Dir: t.TempDir()}}
	for _, mode := range []replay.Mode{replay.Exact, replay.Simulate, replay.Debug} {
		rep, err := p.Replay(ctx, store, r.ID, replay.Options{Mode: mode, Compare: true})
		if err != nil {
			t.Fatal(err)
		}
		if !rep.Identical || rep.Status != replay.Done || len(rep.Steps) != 3 || rep.Similarity != 1 {
			t.Errorf("%s: %+v", mode, rep)
			for _, s := range rep.Steps {
				t.Errorf("  %+v %+v", s, s.Comparison)
			}
		}
		if mode == replay.Simulate && rep.Steps[1].Simulated != 1 {
			t.Errorf("%d calls were simulated", rep.Steps[1].Simulated)
		}
	}
	rep, err := p.Replay(ctx, store, r.ID, replay.Options{Mode: replay.Modified, Compare: true, From: 2, Modifications: []replay.Modification{{Path: "variables.base", Value: int64(20)}}})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Identical || len(rep.Steps) != 2 || !strings.Contains(rep.Steps[1].Comparison.Summary, "difference") {
		t.Errorf("modified: %+v", rep)
	}
	if after, err := store.Get(ctx, r.ID); err != nil || after.Executions != 3 {
		t.Errorf("after the replays the session is %+v, %v", after, err)
	}
}

// replayOnly compares one step.
func replayOnly(n int) replay.Options { return replay.Options{From: n, To: n, Compare: true} }

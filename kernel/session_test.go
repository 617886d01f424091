package kernel_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// newSession makes a session whose output is kept.
func newSession(t *testing.T, cfg kernel.Config) (*kernel.Session, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	cfg.Stdout, cfg.Stderr = &out, &out
	s, err := kernel.NewSession(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &out
}

// trusted makes a sandbox that allows everything.
func trusted(t testing.TB, dir string) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.New(dir, sandbox.Trusted())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunFileArguments(t *testing.T) {
	s, out := newSession(t, kernel.Config{})
	path := write(t, t.TempDir(), "a.lua", `
		print(select("#", ...), ...)
		print(arg[0] == ARGS["0"], arg[1], #arg, ARGS[2], ARGS["3"], ARGS.name, ARGS.flag, ARGS.key)`)
	args := []string{"one", "--name", "Ada", "--key=v", "--flag"}
	if _, err := s.RunFile(context.Background(), path, args); err != nil {
		t.Fatal(err)
	}
	want := "5\tone\t--name\tAda\t--key=v\t--flag\ntrue\tone\t5\t--name\tAda\tAda\ttrue\tv\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out, want)
	}
}

func TestWorkingFolderAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data.txt", "in the folder")
	write(t, dir, "scripts/main.lua", `
		print(io.open("data.txt"):read("*a"))
		print(os.getenv("LLMSPELL_TEST_SET"), os.getenv("LLMSPELL_TEST_GONE"), pcall(os.getenv, "LLMSPELL_TEST_KEPT"))
		print(os.getenv("LLMSPELL_TEST_NEVER_SET"))
		print(require("helper").name, require("sub.inner"))`)
	write(t, dir, "scripts/helper.lua", `return { name = "helper" }`)
	write(t, dir, "scripts/sub/inner.lua", `return "inner"`)
	t.Setenv("LLMSPELL_TEST_GONE", "x")
	t.Setenv("LLMSPELL_TEST_KEPT", "kept")
	value := "set"
	s, out := newSession(t, kernel.Config{Dir: dir, Env: map[string]*string{"LLMSPELL_TEST_SET": &value, "LLMSPELL_TEST_GONE": nil}})
	if _, err := s.RunFile(context.Background(), "scripts/main.lua", nil); err != nil {
		t.Fatal(err)
	}
	if want := "in the folder\nset\tnil\tfalse\tenv access to \"LLMSPELL_TEST_KEPT\" is denied: it is not allowed; allow it with --allow-env=LLMSPELL_TEST_KEPT\nnil\nhelper\tinner\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out, want)
	}
}

func TestRunStringResults(t *testing.T) {
	s, _ := newSession(t, kernel.Config{})
	for code, want := range map[string]string{
		"1 + 1":                    "2",
		"return 1/3, nil, 'x'":     "0.33333333333333 nil x",
		"local a = 5 return a * 2": "10",
		"x = 4":                    "",
	} {
		r, err := s.RunString(context.Background(), code, "=test", nil)
		if got := strings.Join(r.Texts, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", code, got, err, want)
		}
	}
	if r, err := s.RunString(context.Background(), "x", "=test", nil); err != nil || len(r.Values) != 1 || r.Values[0].String() != "4" {
		t.Errorf("a global of an earlier execution: %v, %v", r, err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, code string
		kind       runtime.ErrorKind
		exit       int
		message    string
	}{
		{"raised", "\n\nerror('boom')", runtime.KindScript, 1, "e.lua:3: boom"},
		{"syntax", "local = 1", runtime.KindSyntax, 1, "e.lua:1: '<name>' expected near '='"},
		{"exit", "pcall(os.exit, 7)", runtime.KindExit, 7, "the script exited with status 7"},
		{"tool", "Tool.execute('calculator', {operation='evaluate', input='1 +'})", runtime.KindScript, 6, "calculator"},
		{"unknown tool", "Tool.execute('calculatr', {})", runtime.KindScript, 6, "calculator"},
		{"denied", "io.lines('/etc/passwd')", runtime.KindScript, 3, `e.lua:1: read access to "/etc/passwd" is denied`},
		{"denied, asserted", "assert(io.open('/etc/passwd'))", runtime.KindScript, 3, "--allow-read=/etc/passwd"},
		{"denied to a tool", "Tool.execute('file-operations', {operation='read', path='/etc/passwd'})", runtime.KindScript, 3, "--allow-read=/etc/passwd"},
		{"timeout", "while true do end", runtime.KindTimeout, 4, "time limit of 50ms passed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := kernel.Config{Dir: dir}
			if tt.kind == runtime.KindTimeout {
				cfg.Limits.Time = 50 * time.Millisecond
			}
			s, _ := newSession(t, cfg)
			write(t, dir, "e.lua", tt.code)
			_, err := s.RunFile(context.Background(), "e.lua", nil)
			var e *runtime.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a *runtime.Error", err)
			}
			if e.Kind != tt.kind || e.ExitCode() != tt.exit || !strings.Contains(e.Error(), tt.message) {
				t.Errorf("got kind %d, exit %d, %q; want %d, %d, %q", e.Kind, e.ExitCode(), e, tt.kind, tt.exit, tt.message)
			}
			if tt.name == "tool" && e.Cause == nil {
				t.Error("the Go error of the tool is not the cause")
			}
			if tt.name == "raised" && (e.Chunk != "e.lua" || e.Line != 3 || !strings.Contains(e.Trace, "main chunk")) {
				t.Errorf("place %s:%d, traceback %q", e.Chunk, e.Line, e.Trace)
			}
		})
	}
}

func TestMissingFileAndFolder(t *testing.T) {
	s, _ := newSession(t, kernel.Config{})
	_, err := s.RunFile(context.Background(), "nowhere.lua", nil)
	var e *runtime.Error
	if !errors.As(err, &e) || e.Kind != runtime.KindFile || e.ExitCode() != 2 {
		t.Errorf("missing file: %v", err)
	}
	if _, err := kernel.NewSession(kernel.Config{Dir: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a missing working folder is accepted")
	}
}

func TestToolScript(t *testing.T) {
	s, out := newSession(t, kernel.Config{})
	if _, err := s.RunFile(context.Background(), "../testdata/tools/invoice.lua", nil); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../testdata/tools/invoice.out")
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("printed\n%s\nwant\n%s", out, want)
	}
}

// TestParallelSessions: sessions share nothing, the compile cache excepted.
func TestParallelSessions(t *testing.T) {
	cache := runtime.NewCache()
	path := write(t, t.TempDir(), "p.lua", `
		count = (count or 0)
		for i = 1, 20000 do count = count + 1 end
		print(count, Tool.execute("calculator", {input = "6*7"}).result.result)`)
	done := make(chan string)
	for range 8 {
		go func() {
			var out bytes.Buffer
			s, err := kernel.NewSession(kernel.Config{Stdout: &out, Cache: cache})
			if err == nil {
				_, err = s.RunFile(context.Background(), path, nil)
				err = errors.Join(err, s.Close())
			}
			if err != nil {
				done <- err.Error()
				return
			}
			done <- out.String()
		}()
	}
	for range 8 {
		if got := <-done; got != "20000\t42\n" {
			t.Errorf("printed %q", got)
		}
	}
}

// Variables of the configuration reach child processes, new ones too.
func TestEnvironmentOfChildren(t *testing.T) {
	var out strings.Builder
	value := "set"
	policy := sandbox.Restricted(".")
	policy.Run.Allow = []string{"sh"}
	box, err := sandbox.New("", policy)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SESSION_TEST_SECRET", "secret")
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Env: map[string]*string{"SESSION_TEST_NEW": &value, "HOME": nil}, Sandbox: box})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(context.Background(), `io.write(io.popen("echo $SESSION_TEST_NEW-$HOME-$SESSION_TEST_SECRET"):read("*a"))`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if out.String() != "set--\n" {
		t.Errorf("the child sees %q", out.String())
	}
}

// TestOrderOfNames: pairs visits globals and libraries in the same order in
// every session.
func TestOrderOfNames(t *testing.T) {
	var first string
	for range 5 {
		s, out := newSession(t, kernel.Config{})
		if _, err := s.RunString(t.Context(), `
			local seen = {}
			local function show(name, t)
				seen[t] = true
				for k, v in pairs(t) do
					print(name .. "." .. tostring(k))
					if type(v) == "table" and not seen[v] then show(name .. "." .. tostring(k), v) end
				end
			end
			show("_G", _G)
			show("string's", getmetatable("").__index)`, "=test", nil); err != nil {
			t.Fatal(err)
		}
		switch {
		case first == "":
			first = out.String()
		case out.String() != first:
			t.Fatalf("one session has\n%s\nanother\n%s", first, out)
		}
	}
	if strings.Count(first, "\n") < 200 {
		t.Errorf("only these names:\n%s", first)
	}
}

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// shell makes a sandbox that may run everything, with one folder to write.
func shell(t *testing.T, change ...func(*Policy)) *Sandbox {
	t.Helper()
	dir := t.TempDir()
	p := Folders(dir)
	p.Run.All = true
	p.Env.Allow = []string{"PATH"}
	for _, c := range change {
		c(&p)
	}
	s, err := New(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// token is a number of seconds to sleep for, by which a test's processes are known again.
func token() string { return fmt.Sprintf("3%d.5", time.Now().UnixNano()%1e9) }

// gone fails the test if a process is left that names the token, or is ours.
func gone(t *testing.T, token string) {
	t.Helper()
	for _, p := range processes() {
		dir := "/proc/" + strconv.Itoa(p.pid)
		line, _ := os.ReadFile(dir + "/cmdline")
		env, _ := os.ReadFile(dir + "/environ")
		if p.pid != os.Getpid() && (bytes.Contains(line, []byte(token)) || bytes.Contains(env, []byte(token))) {
			t.Errorf("process %d is left: %q", p.pid, line)
		}
	}
	if left := descendants(os.Getpid()); len(left) > 0 {
		t.Errorf("%d children are left, or zombies: %+v", len(left), left)
	}
}

func run(t *testing.T, s *Sandbox, p Program) *Exit {
	t.Helper()
	e, err := s.Run(context.Background(), p)
	if err != nil {
		t.Fatalf("Run(%q %q): %v", p.Name, p.Args, err)
	}
	return e
}

func script(text string, args ...string) Program {
	return Program{Name: "sh", Args: append([]string{"-c", text, "sh"}, args...)}
}

func TestRun(t *testing.T) {
	s := shell(t)
	e := run(t, s, Program{Name: "sh", Args: []string{"-c", "cat; echo warn >&2; pwd; exit 3"}, Stdin: []byte("in\n")})
	if want := "in\n" + realPath(s.Dir()) + "\n"; string(e.Stdout) != want || string(e.Stderr) != "warn\n" || e.Code != 3 || e.Reason != ByItself {
		t.Errorf("got %q, %q, %d, %s; want %q", e.Stdout, e.Stderr, e.Code, e.Reason, want)
	}
	if !slices.Contains(e.Confined, "tree") || !slices.Contains(e.Confined, "limits") || e.Memory == 0 || e.Duration <= 0 {
		t.Errorf("confined by %v; memory %d, took %v", e.Confined, e.Memory, e.Duration)
	}
	e = run(t, s, script("kill -TERM $$"))
	if e.Code != -1 || e.Signal != "terminated" || e.Reason != BySignal {
		t.Errorf("a signal: %+v", e)
	}
	if err := os.Mkdir(filepath.Join(s.Dir(), "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := script("pwd; echo $PWD")
	p.Dir = "sub"
	sub := filepath.Join(s.Dir(), "sub")
	if e = run(t, s, p); string(e.Stdout) != sub+"\n"+sub+"\n" {
		t.Errorf("in a folder: %q", e.Stdout)
	}
}

// What stands between the arguments and the program is no shell.
func TestArguments(t *testing.T) {
	s := shell(t)
	args := []string{"a b", "$(id)", "`id`", "; id", "'", `"`, "*", "-n", "\n", "", "é", "$HOME", "&& id", "| id", "> f"}
	e := run(t, s, Program{Name: "sh", Args: append([]string{"-c", `printf '%s\0' "$@"`, "sh"}, args...)})
	if got := strings.Split(strings.TrimSuffix(string(e.Stdout), "\x00"), "\x00"); !slices.Equal(got, args) {
		t.Errorf("the program got %q; want %q", got, args)
	}
	if files, _ := os.ReadDir(s.Dir()); len(files) > 0 {
		t.Errorf("files appeared: %v", files)
	}
	for text, p := range map[string]Program{
		"zero byte":                   {Name: "echo", Args: []string{"a\x00b"}},
		"131072 is the most":          {Name: "echo", Args: []string{strings.Repeat("x", 200000)}},
		"is no name of a program":     {Name: ""},
		"is no environment variable":  {Name: "echo", Env: []string{"=x"}},
		"write NAME=value":            {Name: "echo", Env: []string{"x"}},
		"without zero bytes":          {Name: "echo", Env: []string{"x=\x00"}},
		"the environment takes":       {Name: "echo", Env: []string{"x=" + strings.Repeat("x", 200000)}},
		"outside the allowed folders": {Name: "echo", Dir: "/etc"},
		"no such file":                {Name: "echo", Dir: "missing"},
	} {
		if _, err := s.Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Run(%q, …) = %v; want %q", p.Name, err, text)
		}
	}
}

func TestWorkingFolderThroughLink(t *testing.T) {
	s := shell(t)
	for name, target := range map[string]string{"out": "/etc", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(s.Dir(), name)); err != nil {
			t.Fatal(err)
		}
		var denied *DeniedError
		if _, err := s.Run(context.Background(), Program{Name: "pwd", Dir: name}); !errors.As(err, &denied) {
			t.Errorf("in the folder %s: %v; want a denial", name, err)
		}
	}
}

func TestEnvironmentOfPrograms(t *testing.T) {
	t.Setenv("LLMSPELL_TEST_SECRET", "hunter2")
	t.Setenv("LLMSPELL_TEST_SHARED", "yes")
	s := shell(t, func(p *Policy) { p.Env.Allow = append(p.Env.Allow, "LLMSPELL_TEST_SHARED") })
	// The environment of the parents, its own and that of everything it can see.
	e := run(t, s, script("env; cat /proc/$PPID/environ /proc/[0-9]*/environ | tr '\\0' '\\n'; tr '\\0' '\\n' </proc/self/environ"))
	if out := string(e.Stdout); strings.Contains(out, "hunter2") || !strings.Contains(out, "LLMSPELL_TEST_SHARED=yes") {
		t.Errorf("the program sees\n%s", out)
	}
	e = run(t, s, Program{Name: "sh", Args: []string{"-c", "echo $MINE$LLMSPELL_TEST_SHARED"}, Env: []string{"MINE=1", "LLMSPELL_TEST_SHARED=no"}})
	if string(e.Stdout) != "1no\n" {
		t.Errorf("a variable of the caller's: %q", e.Stdout)
	}
	s = shell(t, func(p *Policy) { p.Env = Rule{} })
	if e = run(t, s, Program{Name: "/bin/sh", Args: []string{"-c", "echo $PATH"}}); string(e.Stdout) != defaultPath+"\n" {
		t.Errorf("without any variable PATH is %q", e.Stdout)
	}
}

func TestVariablesThatLoadCode(t *testing.T) {
	s := shell(t, func(p *Policy) { p.Run = Rule{Allow: []string{"true"}} })
	for _, v := range []string{"LD_PRELOAD=/tmp/x.so", "ld_library_path=/tmp", "BASH_ENV=x", "PYTHONPATH=x", "GIT_SSH_COMMAND=id", "BASH_FUNC_echo%%=() { id; }"} {
		var denied *DeniedError
		if _, err := s.Run(context.Background(), Program{Name: "true", Env: []string{v}}); !errors.As(err, &denied) || denied.Permission != Run {
			t.Errorf("%s: %v; want a denial", v, err)
		}
	}
}

func TestStartErrors(t *testing.T) {
	s := shell(t)
	for name, f := range map[string]struct {
		content string
		mode    fs.FileMode
	}{"plain": {"echo hi\n", 0o755}, "lost": {"#!/no/such/interpreter\n", 0o755}, "data": {"echo hi\n", 0o644}, "good": {"#!/bin/sh\necho hi $0\n", 0o755}} {
		if err := os.WriteFile(filepath.Join(s.Dir(), name), []byte(f.content), f.mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"./plain": "neither a program for this machine nor a script", "./lost": "the interpreter or loader that it names does not exist",
		"./data": "is not executable", "./missing": "no such file", "llmspell-no-such-program": "in the folders of PATH", "./": "is a directory",
	} {
		if _, err := s.Run(context.Background(), Program{Name: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run(%s) = %v; want %q", name, err, want)
		}
	}
	if e := run(t, s, Program{Name: "./good"}); !strings.HasPrefix(string(e.Stdout), "hi ") {
		t.Errorf("a script: %+v", e)
	}
}

// Without Main there is no supervisor, and what is started still ends.
func TestRunPlain(t *testing.T) {
	s, tok := shell(t), token()
	plain := func(ctx context.Context, p Program) (*Exit, error) {
		j, err := s.prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		defer j.dir.Close()
		return j.runPlain(ctx)
	}
	e, err := plain(context.Background(), script("cat; pwd; setsid sh -c \"sleep $1; :\" & sleep $1 & exit 2", tok))
	if err != nil || e.Code != 2 || string(e.Stdout) != realPath(s.Dir())+"\n" || len(e.Confined) > 0 {
		t.Errorf("%+v, %v", e, err)
	}
	gone(t, tok)
	p := script("setsid setsid sleep $1 & trap '' TERM; sleep $1", tok)
	p.Limits.Wall = 50 * time.Millisecond
	if e, err = plain(context.Background(), p); err != nil || e.Reason != ByWallLimit || e.Signal != "killed" {
		t.Errorf("at the limit: %+v, %v", e, err)
	}
	gone(t, tok)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := plain(ctx, script("sleep $1", tok)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	gone(t, tok)
	if _, err := plain(context.Background(), Program{Name: "sh", Args: []string{"-c", "kill -KILL $$"}}); err != nil {
		t.Error(err)
	}
}

// The supervisor's priority is its own.
func TestPriority(t *testing.T) {
	e := run(t, shell(t), script("cut -d' ' -f 19,40,41 /proc/self/stat")) // nice, real-time priority, policy
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d 0 0\n", 20-nice); string(e.Stdout) != want {
		t.Errorf("the program runs with %q; want %q", e.Stdout, want)
	}
}

func BenchmarkRun(b *testing.B) {
	s, err := New("/", Policy{Run: Rule{All: true}, Read: Rule{Allow: []string{"/"}}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Run(context.Background(), Program{Name: "true"}); err != nil {
			b.Fatal(err)
		}
	}
}

func goroutines() int { runtime.GC(); return runtime.NumGoroutine() }

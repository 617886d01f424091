package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
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

func TestConfinement(t *testing.T) {
	s := shell(t)
	e := run(t, s, script("true"))
	if !slices.Contains(e.Confined, "landlock") {
		t.Skip("this kernel has no Landlock")
	}
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("hunter2"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.Dir(), "link")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"cat $1", "cat link", "cat ../*/*", "cp $1 copy", "echo x >$1", "rm $1", "ln $1 hard", "mv $1 .", "ls ${1%/*}", "echo x >/etc/x", "touch /usr/x",
		"mkdir /opt/x", "ls $HOME /root /home/*", "cat /etc/shadow", "mount -t tmpfs x .", "mknod dev c 1 1", "kill -0 $PPID", "cat /proc/$PPID/environ", "echo >/dev/tcp/127.0.0.1/1"} {
		if e := run(t, s, script(text, outside)); e.Code == 0 || bytes.Contains(e.Stdout, []byte("hunter2")) {
			t.Errorf("%s worked: %q", text, e.Stdout)
		}
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "hunter2" {
		t.Errorf("the file outside is %q, %v", data, err)
	}
	for _, text := range []string{"echo x >f && cat f && mkdir d && mv f d/g && ln d/g h && ln -s h i && rm -r d", "head -1 /etc/passwd", "sh -c 'echo $0'",
		": >/dev/null && head -c 1 /dev/urandom >/dev/null", "cat /proc/self/status >/dev/null", "umask | grep -q 0077", "echo x | cat /dev/stdin"} {
		if e := run(t, s, script(text)); e.Code != 0 {
			t.Errorf("%s failed: %s", text, e.Stderr)
		}
	}
}

// What is denied inside of what is allowed stays so for programs.
func TestConfinementExcept(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"open/a", "open/key", "closed/b"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("closed/b", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	p := Policy{Run: Rule{All: true}, Read: Rule{All: true, Deny: []string{"closed", "open/key"}}}
	s, err := New(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{"open/a": true, "open/key": false, "closed/b": false, "link": false, "/etc/passwd": true} {
		e := run(t, s, Program{Name: "cat", Args: []string{file}})
		if !slices.Contains(e.Confined, "landlock") {
			t.Skip("this kernel has no Landlock")
		}
		if (e.Code == 0) != want {
			t.Errorf("cat %s: %d %s", file, e.Code, e.Stderr)
		}
	}
}

// Whom everything is allowed to is hindered by nothing but the limits.
func TestTrustedPrograms(t *testing.T) {
	s, err := New(t.TempDir(), Trusted())
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "f")
	e := run(t, s, script("echo x >$1 && cat $1 && ls / >/dev/null", outside))
	if e.Code != 0 && string(e.Stdout) != "x\n" {
		t.Errorf("%+v %s", e, e.Stderr)
	}
}

func TestConfinementOfNetwork(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("hello"))
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	connect := Program{Name: "bash", Args: []string{"-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + " && cat <&3"}}
	for _, tc := range []struct {
		net  Rule
		want bool
	}{
		{Rule{}, false}, {Rule{Allow: []string{"example.com:443"}}, false},
		{Rule{Allow: []string{"127.0.0.1:" + port}}, true}, {Rule{All: true}, true},
	} {
		e := run(t, shell(t, func(p *Policy) { p.Net = tc.net }), connect)
		if !slices.Contains(e.Confined, "landlock") {
			t.Skip("this kernel has no Landlock")
		}
		if got := string(e.Stdout) == "hello"; got != tc.want {
			t.Errorf("with %+v the program got %q, %q; want it to connect: %v", tc.net, e.Stdout, e.Stderr, tc.want)
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

func TestFindProgram(t *testing.T) {
	dir := t.TempDir()
	bin, work := filepath.Join(dir, "bin"), filepath.Join(dir, "work")
	for _, f := range []string{"bin/tool", "bin/other", "work/tool", "work/own", "work/multi"} {
		path := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"work/link": "../bin/tool", "bin/alias": "tool", "bin/box": "multi-call", "bin/ls": "box", "bin/rm": "box", "work/rm": "../bin/rm"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "multi-call"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+work)
	find := func(r Rule, write Rule, name string) (string, error) {
		s, err := New(work, Policy{Run: r, Write: write})
		if err != nil {
			t.Fatal(err)
		}
		return s.FindProgram(name)
	}
	allow := func(entries ...string) Rule { return Rule{Allow: entries} }
	deny := func(entries ...string) Rule { return Rule{All: true, Deny: entries} }
	for _, tc := range []struct {
		r, write Rule
		name     string
		want     string // "" for a denial
	}{
		{allow("tool"), Rule{}, "tool", "bin/tool"}, {allow("tool"), Rule{}, filepath.Join(bin, "tool"), "bin/tool"}, {allow("tool"), Rule{}, "../bin/tool", "bin/tool"},
		{allow("tool"), Rule{}, "./tool", ""}, {allow("tool"), Rule{}, "link", ""}, {allow("tool"), Rule{}, "other", ""}, {allow("tool"), Rule{}, filepath.Join(work, "tool"), ""},
		{allow("alias"), Rule{}, "alias", "bin/alias"}, {allow("alias"), Rule{}, "tool", "bin/tool"}, {allow("alias"), Rule{}, "link", ""},
		{allow("./own"), Rule{}, "./own", "work/own"}, {allow("./own"), Rule{}, "own", "work/own"}, {allow(filepath.Join(work, "own")), allow(work), "./own", "work/own"},
		// Who may write a folder of PATH could put a program there.
		{allow("own"), allow(work), "own", ""}, {allow("own"), Rule{}, "own", "work/own"}, {allow("own"), Rule{All: true}, "own", "work/own"}, {allow("tool"), allow(bin), "tool", ""},
		{Rule{All: true}, allow(work), "own", "work/own"}, {Rule{All: true}, Rule{}, "./link", "work/link"},
		{deny("tool"), Rule{}, "tool", ""}, {deny("tool"), Rule{}, filepath.Join(bin, "tool"), ""}, {deny("tool"), Rule{}, "link", ""}, {deny("tool"), Rule{}, "alias", ""},
		{deny("tool"), Rule{}, "other", "bin/other"}, {deny(filepath.Join(bin, "tool")), Rule{}, "tool", ""}, {deny("rm"), Rule{}, "rm", ""}, {deny("rm"), Rule{}, "./rm", ""},
		// One file under many names: only the name that is denied.
		{deny("rm"), Rule{}, "ls", "bin/ls"},
		{Rule{Allow: []string{"tool"}, Deny: []string{"tool"}}, Rule{}, "tool", ""},
	} {
		got, err := find(tc.r, tc.write, tc.name)
		var denied *DeniedError
		switch {
		case tc.want == "" && (!errors.As(err, &denied) || denied.Permission != Run):
			t.Errorf("%+v, write %+v: FindProgram(%s) = %s, %v; want a denial", tc.r, tc.write, tc.name, got, err)
		case tc.want != "" && (err != nil || got != filepath.Join(dir, tc.want)):
			t.Errorf("%+v: FindProgram(%s) = %s, %v; want %s", tc.r, tc.name, got, err, tc.want)
		}
	}
	if _, err := find(Rule{All: true}, Rule{}, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing program: %v", err)
	}
	if _, err := find(allow("missing"), Rule{}, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing program that is allowed: %v", err)
	}
	t.Setenv("PATH", ".")
	if _, err := find(Rule{All: true}, Rule{}, "own"); err == nil {
		t.Error("a program was found in the working folder without being asked for there")
	}
}

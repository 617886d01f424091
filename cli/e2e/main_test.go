//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/cli"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// asCommand makes the test program behave as llmspell.
const asCommand = "LLMSPELL_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	sandbox.Main()
	if os.Getenv(asCommand) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience is for what happens soon, on a machine that is busy.
const patience = 2 * time.Minute

// world is a user of a test's own: their folders, and the kernels that they run.
type world struct {
	t    testing.TB
	dir  string // scripts, and the working folder
	root string // folders of llmspell
}

// newWorld makes a user. At the end of the test nothing of theirs may be left running.
func newWorld(t testing.TB) *world {
	t.Helper()
	root, err := os.MkdirTemp("", "ll") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), root: root}
	if err := os.Mkdir(w.path("run"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r := w.run("kernel", "stop", "--all", "--force")
		if r.code != 0 {
			t.Errorf("cleaning up: %v", r)
		}
		// What was killed, or ends by itself, is not gone at once.
		eventually(t, func() error {
			if left, _ := os.ReadDir(w.path("run", "llmspell")); len(left) > 0 {
				return fmt.Errorf("left in the run folder: %v", left)
			}
			if left := w.processes(); len(left) > 0 {
				return fmt.Errorf("processes that are left: %v", left)
			}
			return nil
		})
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) path(parts ...string) string {
	return filepath.Join(append([]string{w.root}, parts...)...)
}

// processes finds the processes of this user that still run. Only Linux tells.
func (w *world) processes() (left []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(env, []byte("XDG_RUNTIME_DIR="+w.path("run")+"\x00")) {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(filepath.Dir(file), "stat"))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			left = append(left, string(stat))
		}
	}
	return left
}

// environ is the environment of this user.
func (w *world) environ(more ...string) []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "LLMSPELL_") && !strings.HasPrefix(pair, "XDG_") && !strings.HasPrefix(pair, "NOTIFY_") {
			env = append(env, pair)
		}
	}
	env = append(env, asCommand+"=1", "GORACE=atexit_sleep_ms=0", "HOME="+w.path("home"), "XDG_RUNTIME_DIR="+w.path("run"),
		"XDG_DATA_HOME="+w.path("data"), "XDG_STATE_HOME="+w.path("state"), "XDG_CONFIG_HOME="+w.path("config"))
	return append(env, more...)
}

// read reads a file.
func (w *world) read(path string) string {
	w.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// write writes a file into the working folder and returns its path.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// result is how a command has ended.
type result struct {
	args        []string
	code        int
	out, errout string
}

func (r result) String() string {
	return fmt.Sprintf("llmspell %s: exit %d, stdout %q, stderr %q", strings.Join(r.args, " "), r.code, r.out, r.errout)
}

// process is a command that runs.
type process struct {
	w        *world
	cmd      *exec.Cmd
	args     []string
	out, err *buffer
	stdin    io.WriteCloser
	done     chan struct{}
}

// buffer is read while a process writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start starts a command. env is added to the environment.
func (w *world) start(env []string, args ...string) *process {
	w.t.Helper()
	p := w.prepare(env, args...)
	p.begin()
	return p
}

// prepare is start up to the beginning of the process.
func (w *world) prepare(env []string, args ...string) *process {
	w.t.Helper()
	p := &process{w: w, cmd: exec.Command(os.Args[0], args...), args: args, out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = w.dir, w.environ(env...), p.out, p.err
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (p *process) begin() {
	p.w.t.Helper()
	// A kernel in the background must not hold the pipes open.
	p.cmd.WaitDelay = patience
	if err := p.cmd.Start(); err != nil {
		p.w.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	p.w.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
}

// end waits for the end of the command.
func (p *process) end() result {
	p.w.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Signal(syscall.SIGABRT) // its stacks say why
		<-p.done
		p.w.t.Fatalf("llmspell %v does not end; stdout %q, stderr %q", p.args, p.out, p.err)
	}
	return result{p.args, p.cmd.ProcessState.ExitCode(), p.out.String(), p.err.String()}
}

// signal sends a signal to the command.
func (p *process) signal(sig os.Signal) {
	p.w.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.w.t.Fatal(err)
	}
}

// sees waits until a stream holds a text.
func (p *process) sees(b *buffer, text string) {
	p.w.t.Helper()
	eventually(p.w.t, func() error {
		if !strings.Contains(b.String(), text) {
			return fmt.Errorf("no %q; stdout %q, stderr %q", text, p.out, p.err)
		}
		return nil
	})
}

// run runs a command to its end, with no input.
func (w *world) run(args ...string) result {
	w.t.Helper()
	p := w.start(nil, args...)
	p.stdin.Close()
	return p.end()
}

// ok runs a command that must succeed, and returns its output.
func (w *world) ok(args ...string) string {
	w.t.Helper()
	r := w.run(args...)
	if r.code != 0 {
		w.t.Fatal(r)
	}
	return r.out
}

// fails runs a command that must fail so.
func (w *world) fails(code int, want string, args ...string) {
	w.t.Helper()
	if r := w.run(args...); r.code != code || !strings.Contains(r.errout, want) {
		w.t.Errorf("%v; want exit %d and %q", r, code, want)
	}
}

// daemon starts a kernel in the background.
func (w *world) daemon(id string, flags ...string) status {
	w.t.Helper()
	w.ok(append([]string{"kernel", "start", "--daemon", "--id", id}, flags...)...)
	return w.status(id)
}

// status is what kernel status says.
type status struct {
	ID             string
	Status         string
	PID            int
	Socket         string
	Address        string
	MetricsAddress string `json:"metrics_address"`
	ConnectionFile string `json:"connection_file"`
	LogFile        string `json:"log_file"`
	UptimeSeconds  float64
	Clients        int
	Sessions       int
	Running        int
	MemoryBytes    int64   `json:"memory_bytes"`
	CPUSeconds     float64 `json:"cpu_seconds"`
}

func (w *world) statuses(args ...string) []status {
	w.t.Helper()
	var list []status
	text := w.ok(append([]string{"kernel", "status", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		w.t.Fatalf("%v in %s", err, text)
	}
	return list
}

func (w *world) status(id string) status {
	w.t.Helper()
	list := w.statuses(id)
	if len(list) != 1 {
		w.t.Fatalf("%d kernels %s", len(list), id)
	}
	return list[0]
}

// alive tells whether a process exists.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && !zombie(pid) }

// zombie tells whether a process has ended, and only its entry is left.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// eventually waits until check returns nil.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func contains(t testing.TB, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: no %q in %q", what, want, text)
		}
	}
}

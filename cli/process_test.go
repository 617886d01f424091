package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// process is a run of the command in a process of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *syncBuffer
	stderr *syncBuffer
	exited chan struct{}
}

// syncBuffer is a buffer that a test reads while a process writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// environment makes the test program the command. Built with the race detector
// it would sleep a second before it ends.
func environment() []string { return append(os.Environ(), asCommand+"=1", "GORACE=atexit_sleep_ms=0") }

// start runs the command. env is added to the environment.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), stdout: &syncBuffer{}, stderr: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(environment(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.stdin.Close()
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	return p
}

// exit waits for the end and returns the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(daptest.DefaultTimeout):
		p.t.Fatalf("the process does not end; stdout %q, stderr %q", p.stdout, p.stderr)
		return 0
	}
}

// address waits for the line that says where the server listens.
func address(t *testing.T, out *syncBuffer) string {
	t.Helper()
	for end := time.Now().Add(daptest.DefaultTimeout); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		_, rest, ok := strings.Cut(out.String(), "DAP server listening at: ")
		if line, _, whole := strings.Cut(rest, "\n"); ok && whole {
			return line
		}
	}
	t.Fatalf("no address in %q", out)
	return ""
}

func dial(t *testing.T, address string) *daptest.Client {
	t.Helper()
	conn, err := dap.Dial(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return daptest.New(t, conn)
}

// attach does all from initialize to the response to attach.
func attach(c *daptest.Client, args map[string]any, path string, lines ...int) {
	c.Initialize()
	if args == nil {
		args = map[string]any{}
	}
	seq := c.Send("attach", args)
	if len(lines) > 0 {
		c.SetBreakpoints(path, lines...)
	}
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
}

// adapter is llmspell dap on stdio.
func adapter(t *testing.T, args ...string) (*daptest.Client, *process) {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], append([]string{"dap"}, args...)...), stderr: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.Env = environment()
	p.cmd.Stderr = p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	c := daptest.New(t, &pipe{stdout, stdin, read})
	go func() {
		defer close(p.exited)
		<-read // Wait closes stdout
		_ = p.cmd.Wait()
	}()
	return c, p
}

// pipe is a process's streams as one connection.
type pipe struct {
	io.ReadCloser
	io.WriteCloser
	ended chan struct{} // closed at the end of the output
}

func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		select {
		case <-p.ended:
		default:
			close(p.ended)
		}
	}
	return n, err
}

func (p *pipe) Close() error { return p.WriteCloser.Close() }

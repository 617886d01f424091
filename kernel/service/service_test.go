//go:build unix

package service

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// deadline is for what must happen soon, on a machine that is busy.
const deadline = 2 * time.Minute

// running is a service in this process.
type running struct {
	t      *testing.T
	record daemon.Record
	done   chan error
	cancel context.CancelFunc
}

// run runs a service. At the end of the test nothing of it may be left.
func run(t *testing.T, change func(*Options)) *running {
	t.Helper()
	// The first to catch a signal starts a goroutine that stays.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	signal.Stop(caught)
	before := runtime.NumGoroutine()
	dir, err := os.MkdirTemp("", "ll")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{ID: "test", Root: daemon.RootAt(filepath.Join(dir, "llmspell")), Port: NoPort, MetricsPort: NoPort, Live: Live{DrainTimeout: deadline}}
	ready := make(chan daemon.Record, 1)
	o.Ready = func(r daemon.Record) { ready <- r }
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, done: make(chan error, 1), cancel: cancel}
	go func() { r.done <- Run(ctx, o) }()
	select {
	case r.record = <-ready:
	case err := <-r.done:
		t.Fatal(err)
	case <-time.After(deadline):
		t.Fatal("it is never ready")
	}
	t.Cleanup(func() {
		cancel()
		if left, err := os.ReadDir(o.Root.Path()); err == nil && len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(deadline); runtime.NumGoroutine() > before; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
	return r
}

func (r *running) client() *rpc.Client {
	r.t.Helper()
	c, err := rpc.Dial(r.t.Context(), r.record.Reach(), rpc.ClientOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// ends waits for the end of the service.
func (r *running) ends() error {
	r.t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(deadline):
		r.t.Fatal("it does not end")
		return nil
	}
}

func TestRunDebugEnd(t *testing.T) {
	r := run(t, nil)
	c := r.client()
	ctx := t.Context()
	s, err := c.CreateSession(ctx, rpc.SessionParams{ID: "main", Cwd: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Cwd, "script.lua")
	if err := os.WriteFile(path, []byte("local n = 1\nprint(n)\nreturn n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := r.client().Attach(ctx, "main")
	if err != nil {
		t.Fatal(err)
	}
	d := daptest.New(t, conn)
	d.Initialize()
	seq := d.Send("attach", map[string]any{})
	d.SetBreakpoints(path, 2)
	d.ConfigurationDone()
	d.Succeeds(seq, nil)
	ran := make(chan error, 1)
	go func() {
		result, err := c.Run(ctx, rpc.RunParams{Session: "main", File: "script.lua"}, rpc.RunHandlers{})
		if err == nil && (result.Error != nil || len(result.Texts) != 1 || result.Texts[0] != "1") {
			err = errors.New("a wrong result")
		}
		ran <- err
	}()
	d.ExpectStoppedAt("breakpoint", 2)
	d.Continue(1)
	d.ExpectOutput("stdout", "1\n") // the debugger sees it too
	if err := <-ran; err != nil {
		t.Error(err)
	}
	// The session goes, and its debugger is told.
	if err := c.CloseSession(ctx, "main"); err != nil {
		t.Fatal(err)
	}
	d.ExpectTerminated()
	d.Disconnect()
	if err := c.Shutdown(ctx, rpc.ShutdownParams{Drain: true}); err != nil {
		t.Fatal(err)
	}
	if err := r.ends(); err != nil {
		t.Error(err)
	}
}

func TestRunContext(t *testing.T) {
	r := run(t, nil)
	r.cancel()
	if err := r.ends(); err != nil {
		t.Error(err)
	}
}

func TestRunRestart(t *testing.T) {
	r := run(t, nil)
	if err := r.client().Shutdown(t.Context(), rpc.ShutdownParams{Restart: true}); err != nil {
		t.Fatal(err)
	}
	if err := r.ends(); !errors.Is(err, ErrRestart) {
		t.Error(err)
	}
}

// A reload changes limits and times at once; one that fails changes nothing.
func TestReload(t *testing.T) {
	bad := true
	r := run(t, func(o *Options) {
		o.Reload = func(context.Context) (Live, rpc.ReloadResult, error) {
			if bad {
				return Live{}, rpc.ReloadResult{}, errors.New("line 3 is wrong")
			}
			return Live{IdleTimeout: time.Millisecond, Limits: kernel.Limits{MaxSessions: 1}}, rpc.ReloadResult{Changed: []string{"kernel.max_sessions"}}, nil
		}
	})
	c := r.client()
	if _, err := c.Reload(t.Context()); err == nil {
		t.Error("a bad configuration is taken")
	}
	bad = false
	result, err := c.Reload(t.Context())
	if err != nil || len(result.Changed) != 1 {
		t.Errorf("%v %v", result, err)
	}
	if _, err := c.CreateSession(t.Context(), rpc.SessionParams{ID: "a"}); err != nil {
		t.Error(err)
	}
	if _, err := c.CreateSession(t.Context(), rpc.SessionParams{ID: "b"}); !rpc.IsCode(err, rpc.CodeBusy) {
		t.Errorf("a second session: %v", err)
	}
	c.Close() // the last client, and nothing runs
	if err := r.ends(); err != nil {
		t.Error(err)
	}
}

// What has begun when the start fails is undone.
func TestRunFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	root := daemon.RootAt(filepath.Join(t.TempDir(), "r"))
	for _, o := range []Options{{Port: port, MetricsPort: NoPort}, {Port: NoPort, MetricsPort: port}, {Port: NoPort, MetricsPort: NoPort, ConnectionFile: "/dev/null/x"}} {
		o.ID, o.Root = "x", root
		if err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
		if left, err := os.ReadDir(root.Path()); err == nil && len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
}

// A profile comes over the private socket.
func TestProfile(t *testing.T) {
	r := run(t, nil)
	data, err := r.client().Profile(t.Context(), rpc.ProfileParams{Kind: "heap"})
	if err != nil || len(data) == 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	r.cancel()
	if err := r.ends(); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

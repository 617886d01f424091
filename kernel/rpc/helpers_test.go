package rpc

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// Programs that tools run start this binary again as their supervisor.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// rig is a server on a unix socket, for a test.
type rig struct {
	t       testing.TB
	server  *Server
	kernel  *kernel.Kernel
	address string
	stop    func()
}

// newRig starts a server, which ends with the test.
func newRig(t testing.TB, o Options) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "rpc") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if o.Kernel == nil {
		o.Kernel = kernel.New(kernel.Options{ID: "test", Limits: kernel.Limits{MaxSessions: -1}})
	}
	r := &rig{t: t, server: NewServer(o), kernel: o.Kernel}
	r.stop = r.serve("unix:" + filepath.Join(dir, "private", "s"))
	t.Cleanup(func() {
		r.stop()
		r.kernel.Close()
	})
	return r
}

// stateRig is a server with a store, which end with the test.
func stateRig(t *testing.T) *rig {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state.db")
	services := kernel.NewServices(kernel.Openers{
		State: func() (*state.Store, error) { return state.Open(background, file, state.Options{}) },
	})
	t.Cleanup(func() { services.Close() })
	return newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})})
}

// serve serves an address too, until the function that it returns is called.
func (r *rig) serve(spec string) (stop func()) {
	r.t.Helper()
	ln, err := socket.Listen(spec, false)
	if err != nil {
		r.t.Fatal(err)
	}
	r.address = socket.Address(ln)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(ctx, ln) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			r.t.Errorf("Serve: %v", err)
		}
	})
}

// dial connects a client, which ends with the test.
func (r *rig) dial(o ClientOptions) *Client {
	r.t.Helper()
	c, err := Dial(context.Background(), r.address, o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// raw connects without a client.
func (r *rig) raw() net.Conn {
	r.t.Helper()
	network, address, _, err := socket.ParseAddress(r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience)) // of a socket that is open
	return conn
}

// patience is for what happens soon, on a machine that is busy.
const patience = 2 * time.Minute

// within waits for a condition.
func within(t testing.TB, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}

// must fails the test for an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// output collects what an execution prints.
type output struct {
	mu  sync.Mutex
	all map[string]*bytes.Buffer
}

func (o *output) handlers() RunHandlers {
	o.all = map[string]*bytes.Buffer{"stdout": {}, "stderr": {}}
	return RunHandlers{Output: func(stream string, data []byte) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.all[stream].Write(data)
	}}
}

func (o *output) text(stream string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all[stream].String()
}

var background = context.Background()

type (
	kernelCompletions  = kernel.Completions
	kernelInspection   = kernel.Inspection
	kernelVariables    = kernel.Variables
	kernelCompleteness = kernel.Completeness
)

package dap_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// client is a test's view of a session.
type client = daptest.Client

// connect starts a session over TCP. At the end of the test the session must
// be over and no goroutine of it left.
func connect(t testing.TB, opts dap.Options) *client {
	t.Helper()
	return connectOver(t, opts, func(conn net.Conn) io.ReadWriteCloser { return conn })
}

// connectOver is connect with something between the client and its connection.
func connectOver(t testing.TB, opts dap.Options, wrap func(net.Conn) io.ReadWriteCloser) *client {
	t.Helper()
	return connectTo(t, dap.NewServer(opts), wrap)
}

// connectTo is connectOver to a server.
func connectTo(t testing.TB, to *dap.Server, wrap func(net.Conn) io.ReadWriteCloser) *client {
	t.Helper()
	checkLeaks(t)
	conn, server := tcpPair(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = to.ServeConn(context.Background(), server)
	}()
	t.Cleanup(func() {
		conn.Close()
		select {
		case <-served:
		case <-time.After(daptest.DefaultTimeout):
			t.Error("ServeConn does not return after the client has gone")
		}
	})
	return daptest.New(t, wrap(conn))
}

// tcpPair returns the two ends of a loopback connection.
func tcpPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	ln, err := dap.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if client, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// checkLeaks compares goroutines before a test and after all its cleanups.
func checkLeaks(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		var after int
		for end := time.Now().Add(daptest.DefaultTimeout); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
			if after = runtime.NumGoroutine(); after <= before {
				return
			}
		}
		var stacks strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		t.Errorf("%d goroutines are left, %d before\n%s", after, before, stacks.String())
	})
}

// script writes a Lua script and returns its path.
func script(t testing.TB, lines ...string) string {
	t.Helper()
	return scriptIn(t, t.TempDir(), "script.lua", lines...)
}

func scriptIn(t testing.TB, dir, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func program(path string) map[string]any { return map[string]any{"program": path} }

func contains(t testing.TB, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%q does not contain %q", got, want)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

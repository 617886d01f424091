package dap_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// serve starts a server on spec and returns its address and a function that
// stops it and returns what Serve returned.
func serve(t *testing.T, spec string) (net.Addr, func() error) {
	t.Helper()
	checkLeaks(t)
	ln, err := dap.Listen(spec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- dap.NewServer(dap.Options{}).Serve(ctx, ln) }()
	var once sync.Once
	stop := func() (err error) {
		once.Do(func() {
			cancel()
			select {
			case err = <-done:
			case <-time.After(daptest.DefaultTimeout):
				t.Fatal("Serve does not return after its context is done")
			}
		})
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return ln.Addr(), stop
}

func dialClient(t *testing.T, addr net.Addr) *daptest.Client {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	return daptest.New(t, conn)
}

// Several clients at once, each with a script of its own.
func TestServeSeveralClients(t *testing.T) {
	for _, spec := range []string{":0", "unix:" + filepath.Join(t.TempDir(), "run", "dap.sock")} {
		addr, stop := serve(t, spec)
		var clients []*daptest.Client
		for range 4 {
			clients = append(clients, dialClient(t, addr))
		}
		path := script(t, "local x = 1")
		for _, c := range clients {
			c.Start(program(path))
		}
		for i, c := range clients {
			c.ExpectExited(0)
			c.ExpectTerminated()
			if i < 2 {
				c.Disconnect()
			}
		}
		// The others are still connected: ending the server ends them.
		if err := stop(); err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
		for _, c := range clients[2:] {
			c.ExpectClosed()
		}
	}
}

func TestServeListenerFails(t *testing.T) {
	ln, err := dap.Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := dap.NewServer(dap.Options{}).Serve(context.Background(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v, want net.ErrClosed", err)
	}
}

// flakyListener fails a few times before it accepts.
type flakyListener struct {
	net.Listener
	failures int
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

func TestServeSurvivesAcceptErrors(t *testing.T) {
	checkLeaks(t)
	ln, err := dap.Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- dap.NewServer(dap.Options{}).Serve(ctx, &flakyListener{ln, 3}) }()
	c := dialClient(t, ln.Addr())
	c.Initialize()
	c.Disconnect()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

// stdio is a pair of pipes, as a process has them.
type stdio struct {
	io.Reader
	io.Writer
	close func()
}

func (s stdio) Close() error { s.close(); return nil }

func pipes() (client, server stdio) {
	toServerR, toServerW := io.Pipe()
	toClientR, toClientW := io.Pipe()
	client = stdio{toClientR, toServerW, func() { toServerW.Close(); toClientR.Close() }}
	server = stdio{toServerR, toClientW, func() { toServerR.Close(); toClientW.Close() }}
	return client, server
}

// Over pipes without deadlines, ServeConn returns nil after a disconnect and
// after an end of input, and what is wrong after garbage.
func TestServeConnResult(t *testing.T) {
	tests := []struct {
		name string
		end  func(*testing.T, *daptest.Client)
		err  string
	}{
		{"disconnect", func(_ *testing.T, c *daptest.Client) { c.Disconnect() }, ""},
		{"end of input", func(_ *testing.T, c *daptest.Client) { c.Close() }, ""},
		{"garbage", func(_ *testing.T, c *daptest.Client) { c.WriteRaw([]byte("x")) }, "not a Debug Adapter Protocol message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkLeaks(t)
			client, server := pipes()
			done := make(chan error, 1)
			go func() { done <- dap.NewServer(dap.Options{}).ServeConn(context.Background(), server) }()
			c := daptest.New(t, client)
			c.Initialize()
			tt.end(t, c)
			select {
			case err := <-done:
				if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
					t.Errorf("ServeConn = %v, want %q", err, tt.err)
				}
			case <-time.After(daptest.DefaultTimeout):
				t.Fatal("ServeConn does not return")
			}
		})
	}
}

// Requests that a pipe delivers before its end are answered.
func TestAnswersAfterEndOfInput(t *testing.T) {
	checkLeaks(t)
	input := daptest.Frame([]byte(`{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`))
	input = append(input, daptest.Frame([]byte(`{"seq":2,"type":"request","command":"threads"}`))...)
	var out strings.Builder
	server := stdio{strings.NewReader(string(input)), &out, func() {}}
	if err := dap.NewServer(dap.Options{}).ServeConn(context.Background(), server); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"request_seq":1`, `"request_seq":2`} {
		contains(t, out.String(), want)
	}
}

// stuckReader is a stdin whose Read does not end with Close.
type stuckReader struct{ release chan struct{} }

func (r stuckReader) Read([]byte) (int, error) { <-r.release; return 0, io.EOF }

func TestServeConnEndsDespiteStuckRead(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan error, 1)
	go func() {
		done <- dap.NewServer(dap.Options{}).ServeConn(ctx, stdio{stuckReader{release}, io.Discard, func() {}})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ServeConn = %v, want nil", err)
		}
	case <-time.After(daptest.DefaultTimeout):
		t.Fatal("ServeConn waits for a Read that does not end")
	}
}

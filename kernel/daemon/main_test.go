//go:build unix

package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

// asKernel makes the test program behave as a kernel in a background process; its
// value says which kind of.
const asKernel = "LLMSPELL_TEST_DAEMON"

func TestMain(m *testing.M) {
	if kind := os.Getenv(asKernel); kind != "" {
		os.Exit(pretend(kind))
	}
	os.Exit(m.Run())
}

// pretend is what a kernel does as far as this package knows.
func pretend(kind string) int {
	parent := Waiting()
	if os.Getenv(readyVariable) != "" {
		return 90
	}
	root := RootAt(os.Getenv("TEST_ROOT"))
	switch kind {
	case "fails":
		parent.Failed(fmt.Errorf("no port is free"), 2)
		return 2
	case "dies":
		fmt.Fprintln(os.Stderr, "panic: a line in the log")
		return 3
	case "hangs":
		time.Sleep(time.Hour)
	case "activated":
		return reportSockets()
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if kind != "deaf" {
		Signals(ctx, Actions{Interrupt: func() bool { return false }, Drain: stop, Stop: stop, Reload: func() {}, Dump: func() {}})
	} else {
		Signals(ctx, Actions{Interrupt: func() bool { return true }, Drain: func() {}, Stop: func() {}, Reload: func() {}, Dump: func() {}})
	}
	in, err := root.Claim(ctx, os.Getenv("TEST_ID"), false)
	if err != nil {
		parent.Failed(err, 1)
		return 1
	}
	ln, err := net.Listen("unix", in.SocketPath())
	if err != nil {
		parent.Failed(err, 1)
		return 1
	}
	rec, err := in.Publish(Record{Socket: in.SocketPath(), Version: "test", ConnectionFile: os.Getenv("TEST_CONNECTION"), PIDFile: os.Getenv("TEST_PIDFILE")})
	if err != nil {
		parent.Failed(err, 1)
		return 1
	}
	if err := parent.Ready(rec); err != nil {
		return 4
	}
	<-ctx.Done()
	ln.Close()
	in.Release()
	return 0
}

func reportSockets() int {
	s, err := Activation()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	out := map[string]int{"unix": len(s.Unix), "tcp": len(s.TCP)}
	for _, v := range []string{"LISTEN_FDS", "LISTEN_PID"} {
		if os.Getenv(v) != "" {
			out[v] = 1
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return 1
	}
	if len(s.Unix) > 0 { // it serves
		conn, err := s.Unix[0].Accept()
		if err != nil {
			return 1
		}
		fmt.Fprint(conn, "hello")
		conn.Close()
	}
	s.Close()
	return 0
}

// shortDir makes a folder whose path leaves room for a socket's.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ll")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// testRoot makes a root of the test's own.
func testRoot(t testing.TB) Root {
	t.Helper()
	return RootAt(shortDir(t) + "/llmspell")
}

// command is the start of a pretended kernel.
func command(t *testing.T, root Root, kind, id string, env ...string) Command {
	return Command{
		Path: os.Args[0], Args: []string{"-test.run=^$"}, Log: t.TempDir() + "/kernel.log",
		Env: append(append(os.Environ(), asKernel+"="+kind, "TEST_ROOT="+root.Path(), "TEST_ID="+id, "GORACE=atexit_sleep_ms=0"), env...),
	}
}

// begin starts a pretended kernel, and has it ended at the end of the test.
func begin(t *testing.T, root Root, kind, id string, env ...string) Record {
	t.Helper()
	rec, err := Start(t.Context(), command(t, root, kind, id, env...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = rec.Signal(os.Kill)
		if !rec.waitGone(deadline) {
			t.Errorf("process %d does not end", rec.PID)
		}
	})
	return rec
}

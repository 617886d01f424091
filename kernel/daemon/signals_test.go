//go:build unix

package daemon

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
)

// deadline is for what must happen soon, on a machine that is busy.
const deadline = 2 * time.Minute

func TestSignals(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	did := make(chan string, 10)
	busy := true
	wait := signals(ctx, Actions{
		Interrupt: func() bool { did <- "interrupt"; return busy },
		Drain:     func() { did <- "drain" }, Stop: func() { did <- "stop" },
		Reload: func() { did <- "reload" }, Dump: func() { did <- "dump" },
	}, time.Hour)
	steps := []struct {
		sig  syscall.Signal
		want string
	}{
		{syscall.SIGHUP, "reload"}, {syscall.SIGUSR1, "dump"}, {syscall.SIGINT, "interrupt"}, {syscall.SIGINT, "stop"},
		{syscall.SIGTERM, "drain"}, {syscall.SIGTERM, "stop"},
	}
	for _, s := range steps {
		if err := syscall.Kill(os.Getpid(), s.sig); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-did:
			if got != s.want {
				t.Errorf("%v: %s, want %s", s.sig, got, s.want)
			}
		case <-time.After(deadline):
			t.Fatalf("%v: nothing happens", s.sig)
		}
	}
	cancel()
	wait()
	// When nothing runs, the first interrupt ends the kernel.
	ctx, cancel = context.WithCancel(t.Context())
	wait = Signals(ctx, Actions{Interrupt: func() bool { return false }, Drain: func() { did <- "drain" }})
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-did:
		if got != "drain" {
			t.Errorf("idle: %s", got)
		}
	case <-time.After(deadline):
		t.Error("idle: nothing happens")
	}
	cancel()
	wait()
}

// notifySocket is what systemd listens on.
func notifySocket(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(shortDir(t), "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		t.Helper()
		buf := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(deadline)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

func TestSystemd(t *testing.T) {
	next := notifySocket(t)
	s := NewSupervisor(zap.NewNop())
	s.Ready("serving")
	if got := next(); got != "READY=1\nSTATUS=serving" {
		t.Errorf("%q", got)
	}
	done := s.Reloading()
	if got := next(); !strings.HasPrefix(got, "RELOADING=1") {
		t.Errorf("%q", got)
	}
	done()
	if got := next(); got != "READY=1" {
		t.Errorf("%q", got)
	}
	s.Stopping()
	if got := next(); got != "STOPPING=1" {
		t.Errorf("%q", got)
	}

	t.Setenv("WATCHDOG_USEC", "20000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	asked := 0
	go func() {
		defer close(ended)
		s.Watchdog(ctx, func() bool { asked++; return asked != 2 })
	}()
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("%q", got)
		}
	}
	cancel()
	<-ended
	if asked < 4 {
		t.Errorf("asked %d times for three answers, one of them bad", asked)
	}
}

// Without systemd nothing is told, and nothing hangs.
func TestNoSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	s := NewSupervisor(zap.NewNop())
	s.Ready("x")
	s.Reloading()()
	s.Watchdog(t.Context(), func() bool { t.Error("asked"); return true })
	s.Stopping()
}

//go:build unix

package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStartAndStop(t *testing.T) {
	root := testRoot(t)
	outside := t.TempDir()
	rec := begin(t, root, "serves", "bg", "TEST_CONNECTION="+outside+"/c.json", "TEST_PIDFILE="+outside+"/pid")
	if rec.PID == os.Getpid() || rec.ID != "bg" {
		t.Fatalf("%+v", rec)
	}
	if sid, err := unix.Getsid(rec.PID); err != nil || sid != rec.PID {
		t.Errorf("its session is %d (%v), and not its own", sid, err)
	}
	found, err := root.Find("bg")
	if err != nil || found.PID != rec.PID {
		t.Errorf("%+v %v", found, err)
	}
	if conn, err := net.Dial("unix", found.Socket); err != nil {
		t.Error(err)
	} else {
		conn.Close()
	}
	_, err = Start(t.Context(), command(t, root, "serves", "bg"))
	var failed *StartError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("a second one: %v", err)
	}
	how, err := root.Stop(t.Context(), found, StopOptions{Timeout: deadline})
	if err != nil || how != Terminated {
		t.Errorf("stop: %v %v", how, err)
	}
	for _, path := range []string{found.Folder, outside + "/c.json", outside + "/pid"} {
		if exists(path) {
			t.Errorf("%s is left", path)
		}
	}
	if err := found.Signal(syscall.SIGTERM); !errors.Is(err, ErrGone) {
		t.Errorf("signal after the end: %v", err)
	}
	if _, err := processStart(rec.PID); err == nil {
		t.Error("the process is still there")
	}
}

// A kernel killed with SIGKILL blocks nothing.
func TestKilledAndStartedAgain(t *testing.T) {
	root := testRoot(t)
	for range 3 {
		rec := begin(t, root, "serves", "k")
		if err := rec.Signal(os.Kill); err != nil {
			t.Fatal(err)
		}
		if !rec.waitGone(deadline) {
			t.Fatal("it does not end")
		}
		if !exists(rec.Socket) {
			t.Fatal("a killed kernel has cleaned up: this test shows nothing")
		}
	}
	if list, err := root.List(); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if entries, _ := os.ReadDir(root.Path()); len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}

func TestStopKillsWhatIsDeaf(t *testing.T) {
	root := testRoot(t)
	begin(t, root, "deaf", "k")
	rec, err := root.Find("k")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	how, err := root.Stop(t.Context(), rec, StopOptions{Force: true, Timeout: time.Hour, Shutdown: func(ctx context.Context, _ Record) error {
		asked++
		return errors.New("it does not answer")
	}})
	if err != nil || how != Killed || asked != 1 || exists(rec.Folder) {
		t.Errorf("%v %v, asked %d times, folder left: %v", how, err, asked, exists(rec.Folder))
	}
}

// The id of a process that has ended, and belongs to another now, is not signalled.
func TestReusedPIDIsNotSignalled(t *testing.T) {
	p := Self()
	p.Start += "0"
	if err := p.Signal(syscall.SIGKILL); !errors.Is(err, ErrGone) {
		t.Fatal(err)
	}
	root := testRoot(t)
	if how, err := root.Stop(t.Context(), Record{ID: "k", Process: p}, StopOptions{}); err != nil || how != Terminated {
		t.Errorf("%v %v", how, err)
	}
}

func TestStartFails(t *testing.T) {
	root := testRoot(t)
	tests := []struct {
		kind, want string
		code       int
	}{
		{"fails", "no port is free", 2},
		{"dies", "panic: a line in the log", 3},
	}
	for _, tt := range tests {
		_, err := Start(t.Context(), command(t, root, tt.kind, "k"))
		var failed *StartError
		if !errors.As(err, &failed) || !strings.Contains(failed.Text, tt.want) || failed.Code != tt.code {
			t.Errorf("%s: %v, code %+v", tt.kind, err, failed)
		}
	}
	c := command(t, root, "serves", "k")
	c.Path = filepath.Join(t.TempDir(), "missing")
	if _, err := Start(t.Context(), c); err == nil {
		t.Error("a program that does not exist was started")
	}
	c = command(t, root, "serves", "k")
	c.Log = "/dev/null/x.log"
	if _, err := Start(t.Context(), c); err == nil || !strings.Contains(err.Error(), "log") {
		t.Errorf("no log: %v", err)
	}
	noChildren(t)
}

// Whoever gives up waiting leaves no kernel that hangs.
func TestStartGivenUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, command(t, testRoot(t), "hangs", "k")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	noChildren(t)
}

// A kernel whose parent has gone before it was ready ends.
func TestParentGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := command(t, testRoot(t), "serves", "k")
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = c.Env
	detach(cmd, w)
	r.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 4 {
		t.Errorf("%v", err)
	}
}

// noChildren makes sure that this process has no child, not even one that has ended.
func noChildren(t *testing.T) {
	t.Helper()
	var status syscall.WaitStatus
	for end := time.Now().Add(deadline); ; time.Sleep(2 * time.Millisecond) {
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.ECHILD {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("there is a child: %d %v", pid, err)
		}
	}
}

func TestActivation(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	loop, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	f2, err := loop.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f2.Close()
	// systemd's variables name the process that is meant.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -test.run='^$'`, os.Args[0])
	cmd.Env = append(os.Environ(), asKernel+"=activated", "LISTEN_FDS=2", "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = []*os.File{f, f2}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	var got map[string]int
	if err := json.NewDecoder(out).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got["unix"] != 1 || got["tcp"] != 1 || len(got) != 2 {
		t.Errorf("%v", got)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 5)
	if _, err := conn.Read(buf); err != nil || string(buf) != "hello" {
		t.Errorf("%q %v", buf, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if !exists(path) {
		t.Error("the socket was removed")
	}
}

//go:build unix

package dbserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Program finds a server's program. It may be missing on a person's machine,
// but not where scripts/install.sh has run.
func Program(t testing.TB, patterns ...string) string {
	t.Helper()
	for _, p := range patterns {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed; see scripts/install.sh", patterns)
	}
	t.Skipf("%s is not installed; scripts/install.sh installs it", patterns)
	return ""
}

// Home is a folder that belongs to whom a server runs as: not root, which database servers
// refuse to be.
type Home struct {
	Dir  string
	attr *syscall.SysProcAttr
}

// NewHome makes a folder that is removed at the end of the test.
func NewHome(t testing.TB) *Home {
	t.Helper()
	dir, err := os.MkdirTemp("", "llmspell-db-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return &Home{dir, attr}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return &Home{dir, attr}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (h *Home) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = h.Dir, h.attr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.Dir, "LC_ALL=C"}
	return cmd
}

// Command runs a program of a server to its end.
func (h *Home) Command(t testing.TB, name, stdin string, args ...string) {
	t.Helper()
	cmd := h.command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Serve starts a server, waits until it listens and returns its port. It ends with the
// test. Another program may have taken a port that was free: then it tries another.
func (h *Home) Serve(t testing.TB, name string, args func(port string) []string) string {
	t.Helper()
	for range 4 {
		port := freePort(t)
		stop, log := h.start(t, port, name, args(port))
		if stop != nil {
			t.Cleanup(stop)
			return port
		}
		t.Logf("%s ended on port %s:\n%s", name, port, log)
	}
	t.Fatalf("%s ended four times", name)
	return ""
}

// start starts a server, and returns what stops it once it listens; nil and what it has said if
// it has ended.
func (h *Home) start(t testing.TB, port, name string, args []string) (stop func(), said string) {
	t.Helper()
	cmd := h.command(name, args...)
	log, err := os.Create(filepath.Join(h.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		cmd.Process.Signal(syscall.SIGINT) // PostgreSQL's fast shutdown
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return stop, ""
		}
		select {
		case err := <-ended:
			text, _ := os.ReadFile(log.Name())
			return nil, fmt.Sprintf("%v\n%s", err, text)
		case <-ctx.Done():
			stop()
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s does not listen\n%s", name, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

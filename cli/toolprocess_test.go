package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/tools/tool"
)

// TestInterruptedCall ends a call in the middle of its work.
func TestInterruptedCall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal to send")
	}
	dir := t.TempDir()
	sparse(t, filepath.Join(dir, "huge"))
	p := start(t, dir, nil, "tool", "invoke", "hash-calculator", "operation=hash", "file=huge", "--timeout", "10m")
	// Once it reads the file it handles signals.
	for deadline := time.Now().Add(daptest.DefaultTimeout); ; time.Sleep(5 * time.Millisecond) {
		if reading(p.cmd.Process.Pid, "huge") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the call has not begun")
		}
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != exitInterrupted || !strings.Contains(p.stdout.String(), `"code":"cancelled"`) ||
		!strings.Contains(p.stderr.String(), "was cancelled") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, p.stdout.String(), p.stderr.String())
	}
}

// reading tells whether a process has a file open; where that cannot be seen, it
// is assumed after a second.
func reading(pid int, name string) bool {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	fds, err := os.ReadDir(dir)
	if err != nil {
		time.Sleep(time.Second)
		return true
	}
	for _, fd := range fds {
		if target, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && filepath.Base(target) == name {
			return true
		}
	}
	return false
}

// TestBrokenPipe checks that a reader who has seen enough is no error.
func TestBrokenPipe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signal")
	}
	cmd := exec.Command(os.Args[0], "tool", "list", "--format", "json")
	cmd.Env = environment()
	var errs strings.Builder
	cmd.Stderr = &errs
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd.Stdout = w
	err = cmd.Run()
	w.Close()
	if err == nil || errs.Len() > 0 {
		t.Errorf("%v, stderr %q; want an end without a word", err, errs.String())
	}
}

func TestProgressLine(t *testing.T) {
	p := &progress{name: "video-processor", start: time.Now()}
	if got := p.line(); got != "video-processor: 0s" {
		t.Errorf("nothing known: %q", got)
	}
	p.Report(tool.Progress{Done: 1, Total: 4, Message: "frame\x1b[2J 1"})
	if got := p.line(); got != "video-processor: 0s, 25 %, frame [2J 1" {
		t.Errorf("some known: %q", got)
	}
	p.Report(tool.Progress{Done: 9, Total: 4})
	if got := p.line(); got != "video-processor: 0s, 100 %" {
		t.Errorf("more than all: %q", got)
	}
}

func TestProgressOutput(t *testing.T) {
	var out syncBuffer
	p := newProgress(&out, "x", false, 0, time.Millisecond, time.Hour)
	waitFor(t, func() bool { return strings.HasSuffix(out.String(), "\n") })
	p.End()
	if got := out.String(); got != "x: 0s\n" {
		t.Errorf("elsewhere than on a terminal: %q", got)
	}
	var screen syncBuffer
	p = newProgress(&screen, "x", true, 12, time.Millisecond, time.Millisecond)
	p.Report(tool.Progress{Message: "much to say"})
	waitFor(t, func() bool { return strings.Contains(screen.String(), "…") })
	p.End()
	if got := screen.String(); strings.Contains(got, "\n") || strings.Contains(got, "\x1b") || !strings.HasSuffix(got, "\r") {
		t.Errorf("on a terminal: %q", got)
	}
	var none syncBuffer
	newProgress(&none, "x", true, 12, time.Hour, time.Hour).End()
	if none.String() != "" {
		t.Errorf("a short call: %q", none.String())
	}
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(daptest.DefaultTimeout); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come")
		}
	}
}

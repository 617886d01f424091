//go:build unix

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A kernel whose run folder, or socket, was removed ends by itself, says so in its log,
// and leaves a kernel that has started in its place alone.
func TestRunFolderRemoved(t *testing.T) {
	w := newWorld(t)
	pidFile := w.path("pid")
	first := w.daemon("dev", "--log-file", w.path("first.log"), "--pid-file", pidFile)
	if err := os.RemoveAll(w.path("run", "llmspell", "dev")); err != nil {
		t.Fatal(err)
	}
	second := w.daemon("dev", "--log-file", w.path("second.log"))
	gone := func(pid int, log, reason string) {
		t.Helper()
		eventually(t, func() error {
			if alive(pid) {
				return fmt.Errorf("process %d still runs", pid)
			}
			return nil
		})
		if text := w.read(log); !strings.Contains(text, reason) {
			t.Errorf("no %q in the log:\n%s", reason, text)
		}
	}
	gone(first.PID, w.path("first.log"), "was removed")
	if _, err := os.Stat(pidFile); err == nil {
		t.Error("its pid file is left")
	}
	if out := w.ok(at("dev", "exec", "return 1")...); out != "1\n" {
		t.Errorf("the second kernel: %q", out)
	}
	if err := os.Remove(second.Socket); err != nil {
		t.Fatal(err)
	}
	gone(second.PID, w.path("second.log"), "the socket")
	if left, err := os.ReadDir(w.path("run", "llmspell")); err != nil || len(left) > 0 {
		t.Errorf("left of the second: %v, %v", left, err)
	}
}

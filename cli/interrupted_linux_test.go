package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
)

// TestCheckInterrupted interrupts a check that would take a minute or more, while it is busy
// with one file.
func TestCheckInterrupted(t *testing.T) {
	var text strings.Builder
	text.WriteString("local function f(x, y)\n  if x == 0 then return y\n")
	for i := range 60000 {
		fmt.Fprintf(&text, "  elseif x == %d then y = x.f%d\n", i, i)
	}
	text.WriteString("  end\n  return y\nend\nprint(f(1))\n")
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "busy.lua"), []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, dir, nil, "check")
			busy(t, p, time.Second)
			at := time.Now()
			if err := p.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code := p.exit(); code != exitInterrupted {
				t.Errorf("the exit code is %d: %s%s", code, p.stdout, p.stderr)
			}
			if took := time.Since(at); took > 5*time.Second {
				t.Errorf("it ends after %v", took)
			}
		})
	}
}

// busy waits until a process has used so much of the processor.
func busy(t *testing.T, p *process, most time.Duration) {
	t.Helper()
	const ticks = 100 // a second, in what the kernel tells
	for end := time.Now().Add(daptest.DefaultTimeout); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			break
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if user, err := strconv.Atoi(string(fields[11])); err == nil && time.Duration(user)*time.Second/ticks >= most {
			return
		}
	}
	t.Fatalf("the process is not busy: stdout %q, stderr %q", p.stdout, p.stderr)
}

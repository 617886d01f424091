//go:build unix

package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// TestInterruptPrograms ends scripts that wait for programs: these end too.
func TestInterruptPrograms(t *testing.T) {
	dir := t.TempDir()
	box, err := sandbox.New(dir, sandbox.Trusted())
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{
		"io.popen":    `io.popen("echo $$ > pid; exec sleep 600"):read("*a")`,
		"its lines":   `for l in io.popen("echo $$ > pid; echo first; exec sleep 600"):lines() do end`,
		"its end":     `io.popen("echo $$ > pid; exec sleep 600"):close()`,
		"os.execute":  `os.execute("echo $$ > pid; exec sleep 600")`,
		"its input":   `local f = io.popen("echo $$ > pid; exec sleep 600", "w") while true do f:write(string.rep("x", 1e5)) end`,
		"with pcalls": `while true do pcall(os.execute, "echo $$ > pid; exec sleep 600") end`,
	} {
		t.Run(name, func(t *testing.T) {
			k := New(Options{})
			defer k.Close()
			h, err := k.Open(SessionOptions{Dir: dir, Sandbox: box})
			if err != nil {
				t.Fatal(err)
			}
			run(t, h, "kept = 1")
			var took []time.Duration
			for range 5 {
				pid := filepath.Join(dir, "pid")
				if err := os.Remove(pid); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
				x := start(t, h, code)
				until(t, "the program runs", func() bool { info, err := os.Stat(pid); return err == nil && info.Size() > 0 })
				if c, err := h.Complete(t.Context(), "kep", 3); err != nil || c.Partial || len(c.Matches) != 1 {
					t.Errorf("%+v, %v", c, err)
				}
				before := time.Now()
				h.Interrupt(false)
				if o := ended(t, x); !errors.Is(o.Err, ErrInterrupted) {
					t.Fatal(o.Err)
				}
				took = append(took, time.Since(before))
			}
			slices.Sort(took)
			t.Logf("median %v, slowest %v", took[2], took[4])
			if got := run(t, h, "kept"); got[0] != "1" {
				t.Error(got)
			}
		})
	}
}

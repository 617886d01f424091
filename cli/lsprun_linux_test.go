package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// childOf returns the process that has the parent, 0 if there is none.
func childOf(parent int) int {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		data, _ := os.ReadFile(path)
		_, rest, _ := strings.Cut(string(data), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}

// TestScriptOfAKilledServerEnds: an editor that kills its language server leaves no script behind.
func TestScriptOfAKilledServerEnds(t *testing.T) {
	c, cmd, _ := language(t)
	c.Initialize(nil)
	uri := protocol.FileURI(filepath.Join(t.TempDir(), "a.lua"))
	c.Open(uri, "print('begun')\nwhile true do end\n")
	c.Begin("workspace/executeCommand", map[string]any{"command": "llmspell.run", "arguments": []any{map[string]any{"uri": uri}}})
	c.Await("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "begun") })
	script := childOf(cmd.Process.Pid)
	if script == 0 {
		t.Fatal("the server has no child")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	runs := func() bool {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", script))
		_, state, _ := strings.Cut(string(data), ") ")
		return err == nil && !strings.HasPrefix(state, "Z")
	}
	for end := time.Now().Add(time.Minute); runs(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			if p, err := os.FindProcess(script); err == nil {
				_ = p.Kill()
			}
			t.Fatal("the script runs on")
		}
	}
}

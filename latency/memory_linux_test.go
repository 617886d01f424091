//go:build !race

package latency

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// peakMemory is the most memory, in bytes, that the command has had resident by
// the time that it has run a piece of Lua.
func peakMemory(tb testing.TB, binary, code string) int64 {
	tb.Helper()
	cmd := exec.Command(binary, "exec", code+` print("ready") io.read()`)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	// What wait4 reports would count this process's memory before the exec too.
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	stdin.Close()
	if end := cmd.Wait(); end != nil || err != nil || line != "ready\n" {
		tb.Fatalf("%s exec %q printed %q: %v, %v", binary, code, line, err, end)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		tb.Fatalf("/proc says no VmHWM:\n%s", status)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kb << 10
}

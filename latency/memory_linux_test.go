//go:build !race

package latency

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ownMemory is the memory, in bytes, that the command has when it has run a piece of Lua,
// and the most that it can have had resident besides: pages of its file, which all
// processes share, and the system can drop.
func ownMemory(tb testing.TB, binary, code string) (own, pages int64) {
	tb.Helper()
	cmd := exec.Command(settled(tb, binary), "exec", code+` print("ready") io.read()`)
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
	own = statusBytes(tb, status, "RssAnon")
	return own, statusBytes(tb, status, "VmHWM") - own
}

// residentMemory is what a process has resident now, in bytes.
func residentMemory(tb testing.TB, pid int) int64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	return statusBytes(tb, status, "VmRSS")
}

// anonymousMemory is what a process has resident of its own, in bytes.
func anonymousMemory(tb testing.TB, pid int) int64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	return statusBytes(tb, status, "RssAnon")
}

// peakOf is the most memory that a running process has had resident, in bytes.
func peakOf(tb testing.TB, pid int) int64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	return statusBytes(tb, status, "VmHWM")
}

// processTime is the CPU time that all threads of a process have used; 0 if the system
// keeps no such account.
func processTime(tb testing.TB, pid int) (used time.Duration) {
	tb.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			tb.Fatalf("%s: %q", file, text)
		}
		used += time.Duration(ns)
	}
	return used
}

// settled copies a program and has the system write the copy out and drop it
// from its cache. Of a file that was written a moment ago it maps many times more
// than a process touches.
func settled(tb testing.TB, binary string) string {
	tb.Helper()
	program, err := os.ReadFile(binary)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(tb.TempDir(), "llmspell"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(program); err != nil {
		tb.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		tb.Fatal(err)
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		tb.Fatal(err)
	}
	return f.Name()
}

func statusBytes(tb testing.TB, status []byte, name string) int64 {
	tb.Helper()
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		tb.Fatalf("/proc says no %s:\n%s", name, status)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kb << 10
}

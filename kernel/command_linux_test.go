package kernel_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// shellIn runs code that may use the shell, and folder dir, and returns its output.
func shellIn(t *testing.T, dir, code string) string {
	t.Helper()
	p := sandbox.Folders(dir)
	p.Run.Allow = []string{"sh"}
	p.Env.Allow = []string{"PATH"}
	box, err := sandbox.New(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Dir: dir, Sandbox: box, Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if _, err := s.RunString(ctx, code, "=shell", nil); err != nil {
		t.Error(err)
	}
	return out.String()
}

// Commands of the shell work as without walls: streams, folder, status.
func TestShellWithinWalls(t *testing.T) {
	dir := t.TempDir()
	for code, want := range map[string]string{
		`print(os.execute("exit 3"), os.execute("true"), os.execute("kill -9 $$"))`:                      "768\t0\t9\n",
		`print((io.popen("echo out; pwd"):read("*a"):gsub("\n", ";")))`:                                  "out;" + dir + ";\n",
		`local f = io.popen("tr a b", "w") f:write("aha") f:close()`:                                     "bhb",
		`local f = io.popen("cat > made", "w") f:write("x") f:close() print(io.open("made"):read("*a"))`: "x\n",
		`os.execute("echo one") os.execute("echo two >&2")`:                                              "one\ntwo\n",
		`print(#io.popen("head -c 3000000 /dev/zero"):read("*a"))`:                                       "3000000\n",
		`local p = io.popen("yes") print(p:read()) p:close()`:                                            "y\n",
	} {
		if got := shellIn(t, dir, code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

// A shell reads and writes only what the script may.
func TestShellStaysInTheFolders(t *testing.T) {
	if !confined(t) {
		t.Log("this kernel has no Landlock: only the end of commands is tested")
		return
	}
	// Not below the temp folder's own name alone: only dir is allowed.
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := shellIn(t, dir, fmt.Sprintf(`os.execute("cat %[1]s; echo x > %[1]s; ln -s %[1]s l; cat l; cat /proc/%[2]d/environ; true")`, outside, os.Getpid()))
	if strings.Contains(out, "s3cret") || strings.Count(out, "ermission denied") != 4 {
		t.Errorf("the shell says %q", out)
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "s3cret" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

// confined tells whether programs stand within Landlock here.
func confined(t *testing.T) bool {
	t.Helper()
	p := sandbox.Safe()
	p.Run.Allow = []string{"true"}
	box, err := sandbox.New("/", p)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := box.Run(context.Background(), sandbox.Program{Name: "true"})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(strings.Join(exit.Confined, " "), "landlock")
}

// What a command leaves behind, also in a session of its own, ends with it; and
// there is an end to how many processes it may have.
func TestNothingIsLeftOfTheShell(t *testing.T) {
	dir := t.TempDir()
	for name, code := range map[string]string{
		"background": `os.execute("sleep 600 & echo $!")`,
		"session":    `os.execute("setsid sh -c 'echo $$; : > begun; exec sleep 600' & until [ -e begun ]; do sleep 0.02; done")`,
		"popen":      `print(io.popen("sleep 600 & echo $!; exec sleep 600"):read())`,
		"many":       `print(os.execute("for i in $(seq 200); do sleep 600 & done; echo $!; wait"))`,
	} {
		start := time.Now()
		out := shellIn(t, dir, code)
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("%s: took %v", name, took)
		}
		if name == "many" {
			if out != "9\n" && !strings.HasSuffix(out, "\n9\n") {
				t.Errorf("many: %q", out)
			}
			continue
		}
		pid, err := strconv.Atoi(strings.TrimSpace(out))
		if err != nil {
			t.Errorf("%s: %q: %v", name, out, err)
			continue
		}
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("%s: process %d is left", name, pid)
		}
	}
}

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Each profile is there when a command has ended, however it ended, and go tool pprof can read it.
func TestGoProfiles(t *testing.T) {
	dir := scratch(t, map[string]string{"work.lua": "local n = 0\nfor i = 1, 3000000 do n = n + i % 7 end\nprint(n)\n", "fail.lua": "error('on purpose')\n", "loop.lua": "print('running')\nwhile true do end\n"})
	flags := []string{"--cpuprofile", "cpu.pprof", "--memprofile=mem.pprof", "--trace", "info", "--trace", "./go.trace"}
	check := func(what string) {
		t.Helper()
		for name, magic := range map[string]string{"cpu.pprof": "\x1f\x8b", "mem.pprof": "\x1f\x8b", "go.trace": "go 1."} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !strings.HasPrefix(string(data), magic) {
				t.Errorf("%s: %s begins with %.8q: %v", what, name, data, err)
			}
			os.Remove(filepath.Join(dir, name))
		}
	}
	for _, tt := range []struct {
		script string
		code   int
	}{{"work.lua", 0}, {"fail.lua", 1}} {
		if code, out, errs := call(t, "", append([]string{"run", tt.script}, flags...)...); code != tt.code {
			t.Fatalf("exit %d: %s%s", code, out, errs)
		}
		check(tt.script)
	}

	cmd := exec.Command(os.Args[0], append([]string{"run", "loop.lua"}, flags...)...)
	cmd.Env = environment()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil && err != syscall.ESRCH {
		t.Skipf("this system sends no interrupts: %v", err)
	}
	_ = cmd.Wait() // its code says it
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d after the interrupt", code)
	}
	check("interrupted")
}

// A command that waits for what is typed ends when it is told to, and writes its profiles.
func TestGoProfilesAtPrompt(t *testing.T) {
	dir := scratch(t, map[string]string{"loop.lua": "while true do end\n"})
	for name, args := range map[string][]string{"repl": {"repl"}, "debug": {"debug", "loop.lua"}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".pprof")
			cmd := exec.Command(os.Args[0], append(args, "--cpuprofile", path)...)
			cmd.Env = environment()
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
			if name == "repl" { // it is at its prompt after an answer, and debug when it has stopped
				if _, err := in.Write([]byte("print(6 * 7)\n")); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Skipf("this system does not tell processes to end: %v", err)
			}
			_ = cmd.Wait() // its code says it
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("exit %d", code)
			}
			if data, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(data), "\x1f\x8b") {
				t.Errorf("the profile is %.8q: %v", data, err)
			}
		})
	}
}

func TestGoProfilesRefused(t *testing.T) {
	scratch(t, nil)
	steps(t, []step{
		{"exec --cpuprofile no/such/file 1", 1, "-", "--cpuprofile: open"},
		{"exec --memprofile= 1", 2, "-", "want the path of a file"},
		{"exec --trace nope 1", 2, "-", "want off, error, warn, info, debug, trace, or a file"},
		{"exec --trace error 6*7", 0, "42\n", "-"},
	})
}

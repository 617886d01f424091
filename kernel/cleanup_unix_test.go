//go:build unix

package kernel_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// TestCleanupAfterCancel: a run that is cancelled, wherever it is, leaves its
// files written, its processes ended and no goroutine behind.
func TestCleanupAfterCancel(t *testing.T) {
	const begin = `
		plain = io.open("plain", "w") plain:write("buffered")
		io.output("default") io.write("default output")
		into = io.popen("cat > piped", "w") into:write("piped on")
		sleeper = io.popen("echo $$; exec sleep 600")
		pid = io.open("pid", "w") pid:write(sleeper:read()) pid:close()
		co = coroutine.create(function()
			inner = io.open("inner", "w") inner:write("by a coroutine")
			coroutine.yield()
		end)
		coroutine.resume(co)
		io.open("ready", "w"):close()
	`
	for name, rest := range map[string]string{
		"busy":         `while true do end`,
		"pcall":        `while true do pcall(function() while true do end end) end`,
		"a coroutine":  `coroutine.wrap(function() while true do end end)()`,
		"a read":       `sleeper:read("*a")`,
		"a command":    `os.execute("sleep 600")`,
		"an iteration": `for line in sleeper:lines() do end`,
	} {
		t.Run(name, func(t *testing.T) {
			before := goruntime.NumGoroutine()
			dir := t.TempDir()
			s, err := kernel.NewSession(kernel.Config{Dir: dir, Sandbox: trusted(t, dir)})
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "main.lua", begin+rest)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := s.RunFile(ctx, filepath.Join(dir, "main.lua"), nil)
				ended <- err
			}()
			eventually(t, "the script is ready", func() bool {
				_, err := os.Stat(filepath.Join(dir, "ready"))
				return err == nil
			})
			cancel()
			var e *runtime.Error
			if err := <-ended; !errors.As(err, &e) || e.Kind != runtime.KindCancelled {
				t.Errorf("the script ended with %v", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			for file, want := range map[string]string{
				"plain": "buffered", "default": "default output", "piped": "piped on", "inner": "by a coroutine",
			} {
				if data, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(data) != want {
					t.Errorf("%s holds %q (%v), want %q", file, data, err, want)
				}
			}
			text, err := os.ReadFile(filepath.Join(dir, "pid"))
			pid, err2 := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil || err2 != nil || pid < 2 {
				t.Fatalf("no process: %q, %v, %v", text, err, err2)
			}
			eventually(t, "the process is gone", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
			eventually(t, "the goroutines are gone", func() bool { return goruntime.NumGoroutine() <= before })
		})
	}
}

// TestProcessesOutliveExecutions: what one execution has started and not closed
// goes on in the next, and gets what was written to it when the session ends.
func TestProcessesOutliveExecutions(t *testing.T) {
	dir := t.TempDir()
	s, err := kernel.NewSession(kernel.Config{Dir: dir, Sandbox: trusted(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ code, want string }{
		{`into = io.popen("cat > piped", "w") into:write("one,")`, ""},
		{`from = io.popen("echo first; read line < go; echo $line")`, ""},
		{`return from:read()`, "first"},
		{`into:write("two")`, "true"},
		{`os.execute("echo second > go") return from:read()`, "second"},
	} {
		r, err := s.RunString(context.Background(), c.code, "=test", nil)
		if got := strings.Join(r.Texts, " "); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.code, got, err, c.want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "piped")); err != nil || string(data) != "one,two" {
		t.Errorf("piped holds %q, %v", data, err)
	}
}

// eventually waits until something is true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so after a long time: %s", what)
		}
	}
}

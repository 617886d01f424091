//go:build unix

package lualib

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStdinIsTheHosts(t *testing.T) {
	w := newWorld(t)
	w.host.Stdin = strings.NewReader("first\n42 rest\nlast")
	got := w.output(t, `print(io.read()) print(io.read("*n", "*l")) for l in io.lines() do print(l) end print(io.read())`)
	if want := "first\n42\t rest\nlast\nnil\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// plainReader hides what a stream can do besides reading.
type plainReader struct{ io.Reader }

// TestCancelEndsReads cancels a script that waits for input, and expects input
// that comes later to reach the next execution.
func TestCancelEndsReads(t *testing.T) {
	for _, kind := range []string{"file", "reader"} {
		t.Run(kind, func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			w := newWorld(t)
			w.host.Stdin = read
			if kind == "reader" {
				w.host.Stdin = plainReader{read}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			w.host.Context = func() context.Context { return ctx }
			want := "nil\tinterrupted: the execution was cancelled\t4\nfalse\tsource.lua:1: interrupted: the execution was cancelled\n"
			got := w.output(t, `print(io.read()) print(pcall(function() for l in io.lines() do end end))`)
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			w.host.Context = t.Context
			if _, err := write.WriteString("late\nlater\n"); err != nil {
				t.Fatal(err)
			}
			if err := write.Close(); err != nil {
				t.Fatal(err)
			}
			if got := w.output(t, `print(io.read("*a"))`); got != "late\nlater\n\n" {
				t.Errorf("the next execution reads %q", got)
			}
		})
	}
}

// TestCancelEndsPipes cancels a script that waits for the other end of a named
// pipe: to be opened, to be written, to be read.
func TestCancelEndsPipes(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"open":  {`cancel() print(io.open("pipe"))`, "nil\tpipe: interrupted: the execution was cancelled\t4\n"},
		"read":  {`local f = io.open("pipe", "r+") cancel() print(f:read())`, "nil\tinterrupted: the execution was cancelled\t4\n"},
		"write": {`local f = io.open("pipe", "r+") cancel() print(f:write(("x"):rep(1000000)))`, "nil\tinterrupted: the execution was cancelled\t4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := syscall.Mkfifo(filepath.Join(w.host.Dir, "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
			w.cancelled(t, 50*time.Millisecond)
			if got := w.output(t, c.source); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPopen(t *testing.T) {
	w := newWorld(t)
	got := w.output(t, `
		local p = io.popen("echo out; echo err >&2")
		print(p:read("*l"), io.type(p)) print(p:close()) print(io.type(p), tostring(p))
		local p = io.popen("cat", "w") p:write("to stdout\n") print(p:seek()) p:close()
		local p = io.popen("cat | tail -c 6", "w") for i = 1, 3000 do p:write(("x"):rep(99), "\n") end p:write("ready\n") p:close()
		local p = io.popen("cat", "w") p:write(("y"):rep(300000), "\n") p:close()
		local n = 0 local p = io.popen("seq 1 30000; seq 1 30000 >&2") for l in p:lines() do n = n + 1 end print(n) p:close()`)
	want := "out\tfile\ntrue\nclosed file\tfile (closed)\nnil\tIllegal seek\t29\nto stdout\nready\n" + strings.Repeat("y", 300000) + "\n30000\n"
	if got != want {
		t.Errorf("got %.300q…, want %.300q…", got, want)
	}
	if !strings.HasPrefix(w.stderr.String(), "err\n") || !strings.HasSuffix(w.stderr.String(), "\n30000\n") {
		t.Errorf("the commands' errors: %d bytes", w.stderr.Len())
	}
}

// TestCloseFiles leaves files and processes open at the end of the state.
func TestCloseFiles(t *testing.T) {
	w := newWorld(t)
	if err := w.run(`
		f = io.open("left", "w") f:write("flushed")
		io.output("default") io.write("this too")
		p = io.popen("cat > piped", "w") p:write("and this")
		q = io.popen("sleep 60")`); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	w.closeFiles()
	if d := time.Since(start); d > 40*time.Second {
		t.Errorf("closing took %v", d)
	}
	for name, want := range map[string]string{"left": "flushed", "default": "this too", "piped": "and this"} {
		if data, err := os.ReadFile(filepath.Join(w.host.Dir, name)); err != nil || string(data) != want {
			t.Errorf("%s holds %q (%v), want %q", name, data, err, want)
		}
	}
	if got := w.output(t, `io.output(io.stdout) print(io.type(f), io.type(p), pcall(f.write, f, "x"))`); got != "closed file\tclosed file\tfalse\tattempt to use a closed file\n" {
		t.Errorf("after closing: %q", got)
	}
}

// TestForgottenFilesAreClosed opens more files than it keeps.
func TestForgottenFilesAreClosed(t *testing.T) {
	w := newWorld(t)
	o := newIOLib(w.L, w.host, &environment{host: w.host})
	w.L.SetGlobal("open", w.L.NewFunction(o.openFile))
	lib := &o.open
	defer lib.closeAll()
	if err := w.run(`kept = open("kept", "w") kept:write("kept")`); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := w.run(fmt.Sprintf(`open("f%d", "w"):write("data")`, i)); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
	}
	deadline := time.Now().Add(time.Minute)
	for len(lib.files) > 10 && time.Now().Before(deadline) {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		lib.closeForgotten()
	}
	if n := len(lib.files); n > 10 {
		t.Errorf("%d files are open", n)
	}
	if data, err := os.ReadFile(filepath.Join(w.host.Dir, "f0")); err != nil || string(data) != "data" {
		t.Errorf("a forgotten file holds %q (%v)", data, err)
	}
	if got := w.output(t, `print(kept:seek())`); got != "4\n" {
		t.Errorf("the file that is still referred to answers %q", got)
	}
}

//go:build unix

package kernel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// ioScript uses files and processes in every way that the libraries offer.
const ioScript = `
	local function show(...) print((tostring(select(1, ...)):gsub("0x%x+", "ADDR")), select(2, ...)) end
	for _, mode in ipairs{"r", "rb", "r+", "w", "wb", "w+", "a", "a+", "wx", "r+x", "", "x", "rw", "+r"} do
		for _, name in ipairs{"file", "none/x", "folder", "folder/", "file/", "file/x", "link", "dangling", "", "new-" .. #mode} do
			local f, e, n = io.open(name, mode)
			print(mode, name, io.type(f), e, n)
			if f then
				show(f:read(3)) show(f:write("W")) print(f:seek("cur")) print(f:seek("end")) show(f:close())
			end
		end
		local f = io.open("file") print(f and f:read("*a")) if f then f:close() end
		print(os.remove("dangling-target"))
	end
	local f = assert(io.open("file", "w")) f:write("one\ntwo\n3 0x10") f:close()
	for l in io.lines("file") do io.write("[", l, "]") end print()
	print(pcall(io.lines, "none")) print(pcall(io.input, "none")) print(pcall(io.output, "none/x"))
	io.input("file") print(io.read("*l", "*l", "*n", "*n")) io.close(io.input()) io.input(io.stdin)
	io.output("out") io.write("a", 1) io.close() io.output(io.stdout)
	print(os.rename("out", "renamed"), os.rename("none", "x")) print(os.rename("renamed", "none/x")) print(os.rename("renamed", "folder"))
	print(os.remove("renamed")) print(os.remove("renamed")) print(os.remove("folder"))
	print(os.rename("empty", "empty2"), os.rename("empty2", "emptier"), os.remove("emptier"))
	local t = io.tmpfile() t:write("temp") t:seek("set") print(t:read("*a"), t:close())
	local name = os.tmpname() local f = io.open(name, "a+") f:write("x") f:close() print(io.open(name):read("*a"), os.remove(name))
	print(loadfile("file")) print(loadfile("none")) print(pcall(dofile, "none"))
	local f = io.open("m.lua", "w") f:write("return ...") f:close()
	print(dofile("m.lua"), require("m"), loadfile("m.lua")(5))
	print(pcall(require, "nothing"))
	local p = io.popen("cat > piped", "w") p:write("via cat\n") print(p:close(), io.open("piped"):read("*a"))
	local p = io.popen("echo a; echo b >&2; pwd | grep -c .") print(p:read("*a"), p:close())
	print(os.execute("exit 3"), os.execute(), io.open("file"):seek("end"))
	print(io.open(("x"):rep(300)))
	print(io.open("l1")) print(os.remove("l1"), os.remove("l2"))
	print(io.open("/dev/null", "w") ~= nil)
`

// fill makes the files that ioScript uses.
func fill(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "file", "content")
	write(t, dir, "folder/in", "x")
	write(t, dir, "piped", "") // the shell makes nothing new beside what is denied
	for _, err := range []error{
		os.Symlink("file", filepath.Join(dir, "link")), os.Symlink("dangling-target", filepath.Join(dir, "dangling")),
		os.Symlink("l2", filepath.Join(dir, "l1")), os.Symlink("l1", filepath.Join(dir, "l2")),
		os.Mkdir(filepath.Join(dir, "empty"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestGuardedAsUnguarded: where everything is allowed that a script does, it
// does the same in a sandbox as without one.
func TestGuardedAsUnguarded(t *testing.T) {
	var plain bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr, host.Dir, host.LookupEnv = &plain, &plain, fill(t), os.LookupEnv
	st, err := runtime.New(runtime.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	fn, err := st.LoadString(ioScript, "=io", "")
	if err == nil {
		_, err = st.Call(context.Background(), fn)
	}
	st.Close()
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*sandbox.Policy)) func(dir string) sandbox.Policy {
		return func(dir string) sandbox.Policy {
			p := sandbox.Restricted(dir)
			p.Run.Allow = []string{"sh"}
			p.Read.Allow, p.Write.Allow = append(p.Read.Allow, os.DevNull), append(p.Write.Allow, os.DevNull)
			change(&p)
			return p
		}
	}
	for name, policy := range map[string]func(dir string) sandbox.Policy{
		"trusted":    func(string) sandbox.Policy { return sandbox.Trusted() },
		"restricted": with(func(*sandbox.Policy) {}),
		"denying":    with(func(p *sandbox.Policy) { p.Read.Deny, p.Write.Deny = []string{"never"}, []string{"never"} }),
		"whole disk": with(func(p *sandbox.Policy) { p.Read.All, p.Write.All = true, true }),
		"disk less one": with(func(p *sandbox.Policy) {
			p.Read, p.Write = sandbox.Rule{All: true, Deny: []string{"never"}}, sandbox.Rule{All: true, Deny: []string{"never"}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := fill(t)
			box, err := sandbox.New(dir, policy(dir))
			if err != nil {
				t.Fatal(err)
			}
			s, out := newSession(t, kernel.Config{Dir: dir, Sandbox: box})
			if _, err := s.RunString(context.Background(), ioScript, "=io", nil); err != nil {
				t.Fatal(err)
			}
			want, got := strings.Split(plain.String(), "\n"), strings.Split(out.String(), "\n")
			for i := range max(len(want), len(got)) {
				if i >= len(want) || i >= len(got) || want[i] != got[i] {
					t.Fatalf("line %d differs\n got %q\nwant %q", i+1, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
				}
			}
		})
	}
}

// TestCancelEndsGuardedPipes cancels a script that waits for the other end of a
// named pipe, in a sandbox.
func TestCancelEndsGuardedPipes(t *testing.T) {
	for _, source := range []string{`print(io.open("pipe"))`, `print(io.open("pipe", "w"))`, `print(io.open("pipe", "r+"):read())`, `for l in io.lines("pipe") do end`} {
		t.Run(source, func(t *testing.T) {
			dir := t.TempDir()
			if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, _ := newSession(t, kernel.Config{Dir: dir})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var e *runtime.Error
			if _, err := s.RunString(ctx, source, "=test", nil); !errors.As(err, &e) || e.Kind != runtime.KindTimeout && e.Kind != runtime.KindCancelled {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// Many sessions may use one sandbox.
func TestSessionsShareASandbox(t *testing.T) {
	dir := t.TempDir()
	box, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			var out bytes.Buffer
			s, err := kernel.NewSession(kernel.Config{Dir: dir, Stdout: &out, Sandbox: box})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = s.RunString(context.Background(), fmt.Sprintf(`
				for n = 1, 50 do
					local name = "f%d-" .. n
					local f = assert(io.open(name, "w")) f:write(name) f:close()
					assert(io.open(name):read("*a") == name)
					local f, e = io.open("/etc/passwd") assert(not f and e:find("denied"))
					assert(os.remove(name))
				end
				print("done")`, i), "=test", nil)
			if err := errors.Join(err, s.Close()); err != nil || out.String() != "done\n" {
				t.Errorf("printed %q, %v", out.String(), err)
			}
		})
	}
	done.Wait()
}

// A session without a sandbox of its own is restricted to its folder.
func TestDefaultSandbox(t *testing.T) {
	dir := t.TempDir()
	s, out := newSession(t, kernel.Config{Dir: dir})
	if _, err := s.RunString(context.Background(), `
		print(io.open("here", "w") ~= nil, (select(2, io.open("/etc/passwd"))))
		print(pcall(os.execute, "true"))`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"true\tread access to \"/etc/passwd\" is denied", "--allow-run=sh"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("printed %q; want %q", out, want)
		}
	}
}

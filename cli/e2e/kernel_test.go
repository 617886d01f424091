//go:build unix

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestKernelLife(t *testing.T) {
	w := newWorld(t)
	connection, pidFile := w.path("c", "connection.json"), w.path("kernel.pid")
	out := w.ok("kernel", "start", "--daemon", "--id", "dev", "--port", "0", "--metrics-port", "0", "--connection-file", connection, "--pid-file", pidFile)
	contains(t, "start", out, "kernel dev started: process ", "unix:"+w.path("run", "llmspell", "dev", "kernel.sock"), "127.0.0.1:", "/metrics")
	s := w.status("dev")
	if s.Status != "running" || s.PID <= 0 || s.ConnectionFile != connection || s.Clients != 0 || s.MemoryBytes <= 0 ||
		s.LogFile != w.path("state", "llmspell", "kernel-dev.log") || s.Address == "" || s.MetricsAddress == "" {
		t.Errorf("status %+v", s)
	}
	if pid, err := os.ReadFile(pidFile); err != nil || strings.TrimSpace(string(pid)) != fmt.Sprint(s.PID) {
		t.Errorf("pid file %q, %v", pid, err)
	}
	for _, format := range []string{"table", "yaml", "text"} {
		contains(t, format, w.ok("kernel", "status", "--format", format), "dev", fmt.Sprint(s.PID))
	}
	if out := w.ok("kernel", "list", "--quiet"); out != "dev\n" {
		t.Errorf("quiet: %q", out)
	}
	for _, name := range []string{"dev", s.Socket, "unix:" + s.Socket, filepath.Dir(s.Socket), connection, s.Address} {
		if out := w.ok("exec", "--connect", name, "return 6 * 7"); out != "42\n" {
			t.Errorf("%s: %q", name, out)
		}
	}
	w.fails(1, "runs already: process "+fmt.Sprint(s.PID), "kernel", "start", "--daemon", "--id", "dev")
	w.fails(1, "runs already: process "+fmt.Sprint(s.PID), "kernel", "start", "--id", "dev")
	contains(t, "stop", w.ok("kernel", "stop"), "kernel dev", "stopped")
	if alive(s.PID) {
		t.Error("the process lives on")
	}
	for _, path := range []string{connection, pidFile, filepath.Dir(s.Socket)} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is left", path)
		}
	}
	w.fails(5, "kernel start", "kernel", "stop", "dev")
	w.fails(5, `no such kernel runs: "dev"`, "kernel", "status", "dev")
	w.fails(5, "kernel start --daemon", "exec", "--connect", "dev", "return 1")
	contains(t, "logs", w.ok("kernel", "logs", "dev"), "kernel started", "kernel ended")
}

// A script in a kernel is as one here: arguments, folder, variables, streams, codes.
func TestRunConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.write("data.txt", "from the working folder")
	w.write("all.lua", `
		print(ARGS.key, arg[0], ...)
		print(io.open("data.txt"):read("a") or io.open("data.txt"):read("*a"))
		print(os.getenv("GREETING"))
		io.stderr:write("one\n") io.write("two\n") io.stderr:write("three\n")
		local first = io.read("*l")
		print("read " .. first .. "," .. io.read("*a"))
		os.exit(7)
	`)
	p := w.start([]string{"LLMSPELL_KERNEL=dev", "GREETING=hello"}, "run", "--allow-env=GREETING", "all.lua", "--", "a", "--key", "v")
	fmt.Fprint(p.stdin, "line\nthe rest\n")
	p.stdin.Close()
	r := p.end()
	if r.code != 7 {
		t.Error(r)
	}
	contains(t, "stdout", r.out, "v\tall.lua\ta\t--key\tv\n", "from the working folder\n", "hello\n", "two\n", "read line,the rest\n")
	if r.errout != "one\nthree\n" {
		t.Errorf("stderr %q", r.errout)
	}
	w.write("bad.lua", "local t = nil\nprint(t.x)")
	remote, local := w.run("run", "--connect", "dev", "bad.lua"), w.run("run", "bad.lua")
	if remote.code != 1 || remote.errout != local.errout {
		t.Errorf("error in a kernel: %v\nhere: %v", remote, local)
	}
	tests := []struct {
		code int
		want string
		args []string
	}{
		{2, "", []string{"exec", "--connect", "dev", "return ("}},
		{4, "", []string{"exec", "--connect", "dev", "--timeout", "100ms", "while true do end"}},
		{4, "", []string{"exec", "--connect", "dev", "--max-instructions", "10000", "while true do end"}},
		{2, "dap --attach", []string{"run", "--connect", "dev", "--debug-listen", ":0", "all.lua"}},
		{2, "kernel start", []string{"run", "--connect", "dev", "--mcp-project", "all.lua"}},
	}
	tests[0].code = w.run("exec", "return (").code
	for _, tt := range tests {
		w.fails(tt.code, tt.want, tt.args...)
	}
	// Variables of one command are not those of the next.
	w.ok("exec", "--connect", "dev", "x = 1")
	if out := w.ok("exec", "--connect", "dev", "return x"); out != "nil\n" {
		t.Errorf("x is %q", out)
	}
	// The flag wins over the variable.
	q := w.start([]string{"LLMSPELL_KERNEL=nowhere"}, "exec", "--connect=", "return 'here'")
	if r := q.end(); r.out != "here\n" {
		t.Error(r)
	}
}

func TestToolsConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for _, args := range [][]string{
		{"tool", "list", "--format", "names"}, {"tool", "list", "--category", "utility"}, {"tool", "search", "calculate", "--format", "json"},
		{"tool", "info", "calculator"}, {"tool", "info", "csv-analyzer", "--show-schema"},
	} {
		here := w.run(args...)
		there := w.run(append(args, "--connect", "dev")...)
		if here.code != there.code || here.out != there.out {
			t.Errorf("%v: exit %d and %d, %d and %d bytes", args, here.code, there.code, len(here.out), len(there.out))
		}
	}
	contains(t, "invoke", w.ok("tool", "invoke", "--connect", "dev", "calculator", "input=2+3"), `"result":5`, `"duration_ms":`)
	upper := []string{"tool", "invoke", "--format", "text", "text-manipulator", "operation=uppercase", "input=abc"}
	if here, there := w.ok(upper...), w.ok(append(upper, "--connect", "dev")...); here != there {
		t.Errorf("%q, here %q", there, here)
	}
	w.fails(6, "no tool named", "tool", "invoke", "--connect", "dev", "calculatr", "input=1")
	for _, args := range [][]string{{"tool", "invoke", "calculator", "inputt=1"}, {"tool", "invoke", "calculator", "input=1/"}} {
		here, there := w.run(args...), w.run(append(args, "--connect", "dev")...)
		if here.code != there.code || here.errout != there.errout {
			t.Errorf("%v\nhere: %v", there, here)
		}
	}
}

// What a client may do travels with it, and the operator's flags are the most.
func TestPermissionsConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("free")
	secret := filepath.Join(w.root, "secret.txt")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", w.path("tmp")) // the temp folder may be read
	if err := os.MkdirAll(w.path("tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	code := "local f = assert(io.open([[" + secret + "]])) return f:read('*a')"
	if r := w.run("exec", "--connect", "free", "--sandbox", "safe", code); r.code == 0 || strings.Contains(r.out, "secret\n") {
		t.Errorf("a safe script reads: %v", r)
	}
	if out := w.ok("exec", "--connect", "free", "--allow-read="+secret, code); out != "secret\n" {
		t.Errorf("%q", out)
	}
	if out := w.ok("exec", "--connect", "free", "-A", code); out != "secret\n" {
		t.Errorf("%q", out)
	}
	w.daemon("strict", "--sandbox", "safe", "--allow-read="+w.dir)
	w.fails(3, "operator", "exec", "--connect", "strict", "-A", code)
	w.fails(3, "operator", "exec", "--connect", "strict", "--allow-read="+secret, code)
	if r := w.run("exec", "--connect", "strict", code); r.code == 0 {
		t.Errorf("beyond the ceiling: %v", r)
	}
	if out := w.ok("exec", "--connect", "strict", "return 1"); out != "1\n" {
		t.Errorf("%q", out)
	}
}

func TestManyClients(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev", "--max-clients", "50")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 3 {
				p := w.start(nil, "exec", "--connect", "dev", fmt.Sprintf("local n = 0 for k = 1, 20000 do n = n + k end print(%d, %d)", i, j))
				if r := p.end(); r.code != 0 || r.out != fmt.Sprintf("%d\t%d\n", i, j) {
					t.Error(r)
				}
			}
		})
	}
	all.Wait()
	eventually(t, func() error { // the kernel notices a moment later that a client has gone
		if s := w.status("dev"); s.Clients != 0 || s.Sessions != 0 || s.Running != 0 {
			return fmt.Errorf("afterwards: %+v", s)
		}
		return nil
	})
}

func TestMaxClients(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev", "--max-clients", "1")
	p := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('on') while true do end")
	p.sees(p.err, "on")
	r := w.run("exec", "--connect", "dev", "return 1")
	if r.code == 0 || !strings.Contains(r.errout, "--max-clients") {
		t.Error(r)
	}
	p.signal(os.Interrupt)
	if r := p.end(); r.code != 130 {
		t.Error(r)
	}
	if out := w.ok("exec", "--connect", "dev", "return 1"); out != "1\n" {
		t.Errorf("%q", out)
	}
}

// Ctrl-C ends the script, and neither the kernel nor what others run.
func TestInterruptConnected(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev")
	other := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('other') while not io.open('stop') do end return 'done'")
	other.sees(other.err, "other")
	for _, code := range []string{"while true do end", "pcall(function() while true do end end) while true do pcall(error) end", "io.read()"} {
		p := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('on') "+code)
		p.sees(p.err, "on")
		p.signal(os.Interrupt)
		if r := p.end(); r.code != 130 {
			t.Errorf("%s: %v", code, r)
		}
	}
	// A client that is killed leaves nothing running.
	p := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('on') while true do end")
	p.sees(p.err, "on")
	p.signal(os.Kill)
	p.end()
	eventually(t, func() error {
		if s := w.status("dev"); s.Running != 1 || s.Clients != 1 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	w.write("stop", "")
	if r := other.end(); r.code != 0 || r.out != "done\n" {
		t.Error(r)
	}
	if !alive(s.PID) {
		t.Error("the kernel has ended")
	}
}

// A kernel that is to end lets what runs finish, and takes nothing new.
func TestDrain(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev")
	p := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('on') while not io.open('stop') do end return 'finished'")
	p.sees(p.err, "on")
	stop := w.start(nil, "kernel", "stop", "dev", "--timeout", "10m")
	eventually(t, func() error {
		if r := w.run("exec", "--connect", "dev", "return 1"); r.code == 0 {
			return fmt.Errorf("new work is taken: %v", r)
		} else if r.code != 5 || !strings.Contains(r.errout, "shutting down") {
			t.Fatal(r)
		}
		return nil
	})
	if !alive(s.PID) {
		t.Fatal("the kernel did not wait")
	}
	w.write("stop", "")
	if r := p.end(); r.code != 0 || r.out != "finished\n" {
		t.Error(r)
	}
	if r := stop.end(); r.code != 0 || !strings.Contains(r.out, "stopped") {
		t.Error(r)
	}
}

// What does not end in time is interrupted.
func TestStopTimeout(t *testing.T) {
	w := newWorld(t)
	for _, flags := range [][]string{{"--timeout", "100ms"}, {"--force"}, {"--timeout", "0"}} {
		w.daemon("dev")
		p := w.start(nil, "exec", "--connect", "dev", "io.stderr:write('on') while true do end")
		p.sees(p.err, "on")
		contains(t, strings.Join(flags, " "), w.ok(append([]string{"kernel", "stop", "dev"}, flags...)...), "stopped")
		if r := p.end(); r.code == 0 {
			t.Error(r)
		}
	}
}

func TestStopHung(t *testing.T) {
	w := newWorld(t)
	s, other := w.daemon("hung"), w.daemon("well")
	if err := syscall.Kill(s.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if got := w.status("hung"); got.Status != "unresponsive" {
		t.Errorf("%+v", got)
	}
	out := w.ok("kernel", "stop", "--all", "--force")
	contains(t, "stop", out, fmt.Sprintf("hung (process %d) killed", s.PID), fmt.Sprintf("well (process %d) stopped", other.PID))
	if alive(s.PID) || alive(other.PID) {
		t.Error("a process lives on")
	}
}

// A kernel that was killed keeps nothing from starting.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		s := w.daemon("dev", "--connection-file", w.path("c.json"))
		if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			if alive(s.PID) {
				return fmt.Errorf("process %d lives", s.PID)
			}
			return nil
		})
	}
	w.fails(5, "no such kernel", "exec", "--connect", "dev", "return 1")
	if list := w.statuses(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	// A stale socket and a half-written record.
	dir := w.path("run", "llmspell", "dev")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(dir, "kernel.sock"))
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	for name, text := range map[string]string{"kernel.json": `{"id": "d`, "lock": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.daemon("dev")
	w.ok("kernel", "stop", "dev")
}

// Many that start the same kernel at once get one.
func TestStartRace(t *testing.T) {
	w := newWorld(t)
	var starts [5]*process
	for i := range starts {
		starts[i] = w.start(nil, "kernel", "start", "--daemon", "--id", "dev")
	}
	started := 0
	for _, p := range starts {
		r := p.end()
		switch {
		case r.code == 0:
			started++
		case !strings.Contains(r.errout, "runs already"):
			t.Error(r)
		}
	}
	if started != 1 || len(w.statuses()) != 1 {
		t.Errorf("%d were started, %d run", started, len(w.statuses()))
	}
}

func TestAutoKernel(t *testing.T) {
	w := newWorld(t)
	var all [5]*process
	for i := range all {
		all[i] = w.start([]string{"LLMSPELL_KERNEL=auto"}, "exec", "return "+fmt.Sprint(i))
	}
	for i, p := range all {
		if r := p.end(); r.code != 0 || r.out != fmt.Sprintln(i) {
			t.Error(r)
		}
	}
	if list := w.statuses(); len(list) != 1 || list[0].ID != "default" {
		t.Errorf("%+v", list)
	}
}

func TestIdleExit(t *testing.T) {
	w := newWorld(t)
	file := w.write("llmspell.toml", "[kernel]\nidle_timeout = \"1h\"\n")
	s := w.daemon("dev", "--config", file)
	// Work and clients keep it.
	p := w.start(nil, "exec", "--connect", "dev", `io.stderr:write('on') while not io.open('stop') do end
		local t = os.time() + 2 while os.time() < t do end return 'worked'`)
	p.sees(p.err, "on")
	w.write("llmspell.toml", "[kernel]\nidle_timeout = \"100ms\"\n")
	if err := syscall.Kill(s.PID, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if text := w.read(s.LogFile); !strings.Contains(text, "configuration reloaded") {
			return fmt.Errorf("the log: %s", text)
		}
		return nil
	})
	w.write("stop", "")
	if r := p.end(); r.code != 0 || r.out != "worked\n" {
		t.Error(r)
	}
	eventually(t, func() error {
		if alive(s.PID) {
			return fmt.Errorf("it does not end")
		}
		return nil
	})
	contains(t, "log", w.ok("kernel", "logs", "dev"), "nobody needs it")
	if left, _ := os.ReadDir(w.path("run", "llmspell")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

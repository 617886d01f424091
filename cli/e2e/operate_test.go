//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// foreground starts a kernel that stays in the foreground.
func (w *world) foreground(env []string, flags ...string) *process {
	w.t.Helper()
	p := w.start(env, append([]string{"kernel", "start", "--id", "fg"}, flags...)...)
	p.sees(p.out, "kernel fg started")
	return p
}

func TestForegroundSignals(t *testing.T) {
	w := newWorld(t)
	p := w.foreground(nil)
	script := w.start(nil, "exec", "--connect", "fg", "io.stderr:write('on') while true do end")
	script.sees(script.err, "on")
	p.signal(os.Interrupt) // ends what runs
	if r := script.end(); r.code != 130 {
		t.Error(r)
	}
	if out := w.ok("exec", "--connect", "fg", "return 1"); out != "1\n" {
		t.Errorf("%q", out)
	}
	eventually(t, func() error { // an interrupt would end what runs, not the kernel
		if s := w.status("fg"); s.Running != 0 || s.Sessions != 0 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	p.signal(syscall.SIGUSR1)
	p.sees(p.err, "goroutine 1 ")
	p.signal(os.Interrupt) // nothing runs, or a second one
	if r := p.end(); r.code != 0 {
		t.Error(r)
	}

	p = w.foreground(nil)
	script = w.start(nil, "exec", "--connect", "fg", "io.stderr:write('on') while not io.open('stop') do end return 'finished'")
	script.sees(script.err, "on")
	p.signal(syscall.SIGTERM) // drains
	w.write("stop", "")
	if r := script.end(); r.code != 0 || r.out != "finished\n" {
		t.Error(r)
	}
	if r := p.end(); r.code != 0 {
		t.Error(r)
	}
}

func TestReload(t *testing.T) {
	w := newWorld(t)
	file := w.write("llmspell.toml", "[kernel]\nidle_timeout = \"1h\"\n[log]\nlevel = \"warn\"\n")
	s := w.daemon("dev", "--config", file)
	logged := func(want string) {
		t.Helper()
		eventually(t, func() error {
			if text, err := os.ReadFile(s.LogFile); err != nil || !strings.Contains(string(text), want) {
				return fmt.Errorf("no %q in the log: %s %v", want, text, err)
			}
			return nil
		})
	}
	hangup := func(text string) {
		t.Helper()
		w.write("llmspell.toml", text)
		if err := syscall.Kill(s.PID, syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	hangup("[kernel]\nidle_timeout = \"1h\"\n[log]\nlevel = \"info\"\n")
	logged("configuration reloaded")
	// A mistake changes nothing.
	hangup("[kernel]\nidle_timeot = \"1s\"\n")
	logged("the configuration stays as it was")
	// A log that was put aside is written anew.
	if err := os.Rename(s.LogFile, s.LogFile+".1"); err != nil {
		t.Fatal(err)
	}
	hangup("[kernel]\nidle_timeout = \"1h\"\n[log]\nlevel = \"info\"\n")
	logged("configuration reloaded")
	if info, err := os.Stat(s.LogFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	// Limits are in force at once.
	hangup("[kernel]\nidle_timeout = \"200ms\"\n[log]\nlevel = \"info\"\n")
	eventually(t, func() error {
		if alive(s.PID) {
			return fmt.Errorf("the new idle_timeout is not in force")
		}
		return nil
	})
}

// A kernel that is told to start again does, with the configuration of now.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	file := w.write("llmspell.toml", "")
	s := w.daemon("dev", "--config", file)
	w.write("llmspell.toml", "[kernel]\nmetrics_port = 0\n")
	client, err := rpc.Dial(t.Context(), "unix:"+s.Socket, rpc.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Shutdown(t.Context(), rpc.ShutdownParams{Restart: true, Drain: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		list := w.statuses()
		if len(list) != 1 || list[0].Status != "running" || list[0].MetricsAddress == "" {
			return fmt.Errorf("%+v", list)
		}
		return nil
	})
	if out := w.ok("exec", "--connect", "dev", "return 1"); out != "1\n" || w.status("dev").PID != s.PID {
		t.Errorf("%q %+v", out, w.status("dev"))
	}
}

func TestTCP(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev", "--port", "0")
	if out := w.ok("exec", "--connect", s.Address, "return 1"); out != "1\n" {
		t.Errorf("%q", out)
	}
	token, err := os.ReadFile(filepath.Join(filepath.Dir(s.Socket), "token"))
	if err != nil {
		t.Fatal(err)
	}
	// A client that does not see the run folder.
	stranger := []string{"XDG_RUNTIME_DIR=" + w.path("none"), "TMPDIR=" + w.path("none")}
	run := func(env []string, args ...string) result {
		return w.start(append(stranger, env...), append([]string{"exec", "--connect", s.Address, "return 1"}, args...)...).end()
	}
	file := w.write("token", string(token))
	if r := run(nil, "--token-file", file); r.code != 0 || r.out != "1\n" {
		t.Error(r)
	}
	if r := run([]string{"LLMSPELL_KERNEL_TOKEN=" + strings.TrimSpace(string(token))}); r.code != 0 {
		t.Error(r)
	}
	if r := run(nil); r.code != 3 || !strings.Contains(r.errout, "--token-file") {
		t.Error(r)
	}
	bad := w.write("bad", strings.Repeat("0123456789abcdef", 4))
	if r := run(nil, "--token-file", bad); r.code == 0 {
		t.Error(r)
	}
	// A browser gets nothing.
	if resp, err := http.Get("http://" + s.Address + "/"); err == nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			t.Errorf("a browser gets %q", body)
		}
	}
}

func TestMetricsOfKernel(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev", "--metrics-port", "0")
	w.ok("exec", "--connect", "dev", "return 1")
	eventually(t, func() error { // the kernel notices a moment later that the client has gone
		if s := w.status("dev"); s.Clients != 0 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	resp, err := http.Get("http://" + s.MetricsAddress + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "metrics", string(text), `llmspell_kernel_requests_total{method="exec.run",status="ok"} 1`, "llmspell_kernel_active_connections ", "llmspell_kernel_request_duration_seconds_bucket")
}

// What is in the way is said, in the foreground and by the process that starts it in
// the background.
func TestCannotStart(t *testing.T) {
	w := newWorld(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	open := w.path("open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(open, "llmspell"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(open, "llmspell"), 0o777); err != nil {
		t.Fatal(err)
	}
	long := w.path(strings.Repeat("d", 100))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		code int
		want string
		env  []string
		args []string
	}{
		{"port taken", 1, "another --port", nil, []string{"--port", port}},
		{"metrics port taken", 1, "metrics", nil, []string{"--metrics-port", port}},
		{"no port", 2, "65535", nil, []string{"--port", "70000"}},
		{"bad id", 2, "--id", nil, []string{"--id", "a/b"}},
		{"open run folder", 1, "chmod 700", []string{"XDG_RUNTIME_DIR=" + open}, nil},
		{"deep run folder", 1, "XDG_RUNTIME_DIR", []string{"XDG_RUNTIME_DIR=" + long}, nil},
		{"unknown flag", 2, "unknown flag", nil, []string{"--nonsense"}},
		{"bad configuration", 2, "max_clients", []string{"LLMSPELL_KERNEL_MAX_CLIENTS=many"}, nil},
		{"no descriptors", 1, "ulimit -n", nil, nil},
	}
	for _, tt := range tests {
		for _, flags := range [][]string{nil, {"--daemon"}} {
			t.Run(tt.name+strings.Join(flags, ""), func(t *testing.T) {
				args := append(append([]string{"kernel", "start"}, flags...), tt.args...)
				var r result
				if tt.name == "no descriptors" {
					if flags != nil {
						return // what the process in the background says, the other case shows
					}
					// Below some number the Go runtime itself cannot begin.
					for n := 9; n < 30 && !strings.Contains(r.errout, tt.want); n++ {
						r = w.limited(n, args...)
					}
				} else {
					r = w.start(tt.env, args...).end()
				}
				if r.code != tt.code || !strings.Contains(r.errout, tt.want) {
					t.Errorf("%v; want exit %d and %q", r, tt.code, tt.want)
				}
			})
		}
	}
}

// limited runs a command that can open so many files. A kernel that starts is ended.
func (w *world) limited(files int, args ...string) result {
	w.t.Helper()
	p := &process{w: w, args: args, out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
	p.cmd = exec.Command("/bin/sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, files), os.Args[0]}, args...)...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = w.dir, w.environ(), p.out, p.err
	p.begin()
	for end := time.After(patience); ; {
		select {
		case <-p.done:
			return p.end()
		case <-end:
			return p.end() // says that it does not end
		case <-time.After(2 * time.Millisecond):
			if strings.Contains(p.out.String(), "started") {
				p.signal(os.Interrupt)
				return p.end()
			}
		}
	}
}

// systemd hears that the kernel is ready and that it ends, and its socket is served.
func TestSystemd(t *testing.T) {
	w := newWorld(t)
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: w.path("notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	next := func() string {
		t.Helper()
		buf := make([]byte, 4096)
		if err := notify.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		n, err := notify.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	dir := w.path("run", "llmspell", "unit")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "kernel.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 2 { // the socket serves one kernel after the other
		p := &process{w: w, args: []string{"systemd"}, out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
		p.cmd = exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" kernel start --id unit`, os.Args[0])
		p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.ExtraFiles = w.dir, p.out, p.err, []*os.File{f}
		p.cmd.Env = w.environ("NOTIFY_SOCKET="+w.path("notify"), "LISTEN_FDS=1", "WATCHDOG_USEC=200000")
		p.begin()
		seen := ""
		for !strings.Contains(seen, "READY=1") || !strings.Contains(seen, "WATCHDOG=1") {
			seen += next() + "\n"
		}
		if out := w.ok("exec", "--connect", "unit", "return os.getenv('LISTEN_FDS'), os.getenv('NOTIFY_SOCKET')"); !strings.HasPrefix(out, "nil\t") {
			t.Errorf("%q", out)
		}
		p.signal(syscall.SIGHUP)
		for !strings.Contains(seen, "RELOADING=1") {
			seen += next() + "\n"
		}
		p.signal(syscall.SIGTERM)
		for !strings.Contains(seen, "STOPPING=1") {
			seen += next() + "\n"
		}
		if r := p.end(); r.code != 0 {
			t.Error(r)
		}
		if _, err := os.Stat(socket); err != nil {
			t.Fatal("systemd's socket is gone")
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func TestInstallService(t *testing.T) {
	w := newWorld(t)
	out := w.ok("kernel", "install-service", "--service-type", "systemd", "--id", "dev", "--print", "--allow-read=/srv", "--max-clients", "5", "--enable")
	contains(t, "units", out, `"kernel" "start" "--id=dev"`, `"--allow-read=/srv"`, `"--max-clients=5"`, "Type=notify", "kernel.sock", "systemctl --user enable")
	contains(t, "plist", w.ok("kernel", "install-service", "--service-type", "launchd", "--print"), "<plist", "<string>--id=default</string>")
	contains(t, "install", w.ok("kernel", "install-service", "--service-type", "systemd"), w.path("config", "systemd", "user", "llmspell-kernel.service"), "start it with: systemctl --user")
	w.fails(1, "--force", "kernel", "install-service", "--service-type", "systemd")
	w.ok("kernel", "install-service", "--service-type", "systemd", "--force")
	w.fails(2, "--user", "kernel", "install-service", "--service-type", "systemd", "--user", "nobody")
}

func TestStatusWatch(t *testing.T) {
	w := newWorld(t)
	if out := w.ok("kernel", "status"); out != "no kernel runs\n" {
		t.Errorf("%q", out)
	}
	if out := w.ok("kernel", "status", "--format", "json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("%q", out)
	}
	if out := w.ok("kernel", "status", "--format", "yaml"); strings.TrimSpace(out) != "[]" {
		t.Errorf("%q", out)
	}
	w.daemon("dev")
	p := w.start(nil, "kernel", "status", "--watch", "--interval", "20ms", "--format", "json")
	eventually(t, func() error {
		if n := strings.Count(p.out.String(), `"dev"`); n < 3 {
			return fmt.Errorf("shown %d times", n)
		}
		return nil
	})
	p.signal(os.Interrupt)
	if r := p.end(); r.code != 0 {
		t.Error(r)
	}
	var shape []map[string]any
	if err := json.Unmarshal([]byte(w.ok("kernel", "status", "--format", "json")), &shape); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "pid", "uptime_seconds", "socket", "log_file", "sessions", "clients", "memory_bytes", "cpu_seconds", "status"} {
		if _, ok := shape[0][name]; !ok {
			t.Errorf("no %s in %v", name, shape[0])
		}
	}
}

func TestLogs(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev")
	p := w.start(nil, "kernel", "logs", "dev", "-f")
	p.sees(p.out, "kernel started")
	if err := os.Rename(s.LogFile, s.LogFile+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.sees(p.out, "configuration reloaded")
	w.ok("kernel", "stop", "dev")
	p.sees(p.out, "kernel ended")
	p.signal(os.Interrupt)
	if r := p.end(); r.code != 0 {
		t.Error(r)
	}
	if out := w.ok("kernel", "logs", "dev", "-n", "1"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "kernel ended") {
		t.Errorf("%q", out)
	}
	w.fails(5, "no such kernel", "kernel", "logs", "other")
}

// BenchmarkDaemonReady is from the start of the command to its end, when the kernel is
// ready: two starts of the program.
func BenchmarkDaemonReady(b *testing.B) {
	w := newWorld(b)
	for i := 0; b.Loop(); i++ {
		id := "b" + strconv.Itoa(i)
		w.ok("kernel", "start", "--daemon", "--id", id)
		b.StopTimer()
		w.ok("kernel", "stop", id)
		b.StartTimer()
	}
}

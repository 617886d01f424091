//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The report of a script is the same wherever it runs, but for the word that says where.
func TestReportsConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.write("s.lua", "print('out', ...) return {a = {1, 2}}, 'x'")
	for _, args := range [][]string{
		{"exec", "print('p') return 1, {a = 1}, 'x'"},
		{"exec", "return nil, 2"},
		{"exec", "print('p')"},
		{"exec", `return 0/0, 1/0, -1/0, "\255", {0/0}`},
		{"exec", "error('no')"},
		{"exec", "x ="},
		{"exec", "os.exit(9)"},
		{"exec", "os.exit(0)"},
		{"exec", "while true do end", "--timeout", "100ms"},
		{"run", "s.lua", "--", "a", "b"},
		{"run", "s.lua", "--stream"},
	} {
		here := w.run(append([]string{"--output", "json"}, args...)...)
		there := w.run(append([]string{"--output", "json"}, append([]string{args[0], "--connect", "dev"}, args[1:]...)...)...)
		if here.code != there.code || there.errout != "" {
			t.Errorf("%q: %v, and connected %v", args, here, there)
		}
		var a, b map[string]any
		if err := json.Unmarshal([]byte(here.out), &a); err != nil {
			t.Errorf("%q: %v: %v", args, here, err)
		}
		if err := json.Unmarshal([]byte(there.out), &b); err != nil {
			t.Errorf("%q: %v: %v", args, there, err)
		}
		if a["mode"] != "embedded" || b["mode"] != "connected" {
			t.Errorf("%q: modes %v and %v", args, a["mode"], b["mode"])
		}
		delete(a, "mode")
		delete(b, "mode")
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%q:\n%s%s", args, here.out, there.out)
		}
	}
	if out := w.ok("--output", "pretty", "exec", "--connect", "dev", "return 1"); !strings.Contains(out, "\n  \"result\": 1") {
		t.Errorf("pretty: %s", out)
	}
}

// A kernel that has all the clients it serves still says how it is, and ends when told.
func TestFullKernel(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("full", "--max-clients", "1")
	busy := w.start(nil, "exec", "--connect", "full", "print('runs') io.flush() while true do end")
	busy.sees(busy.out, "runs")
	if s := w.status("full"); s.Status != "running" || s.Clients != 1 {
		t.Errorf("%+v", s)
	}
	w.fails(5, "no more than 1 client at a time", "exec", "--connect", "full", "return 1")
	contains(t, "profile", w.run("kernel", "profile", "goroutine", "full", "-o", "p.gz").String(), "p.gz written")
	contains(t, "stop", w.ok("kernel", "stop", "full", "--force"), "stopped")
	busy.end()
	if alive(s.PID) {
		t.Error("the process lives on")
	}
}

// A second start of an id leaves no word about an end in the log of the first.
func TestLogOfTaken(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.fails(1, "runs already", "kernel", "start", "--daemon", "--id", "dev")
	if log := w.ok("kernel", "logs", "dev"); strings.Contains(log, "kernel ended") || strings.Count(log, "kernel started") != 1 {
		t.Error(log)
	}
	w.ok("kernel", "stop")
	if log := w.ok("kernel", "logs", "dev"); strings.Contains(log, "warn") || !strings.Contains(log, "kernel ended") {
		t.Error(log)
	}
}

func TestStopByPIDFile(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev", "--pid-file", w.path("kernel.pid"))
	w.daemon("other")
	stale := w.write("stale.pid", fmt.Sprint(os.Getpid()))
	w.fails(5, "no kernel of this user is process", "kernel", "stop", "--pid-file", stale)
	w.fails(2, "no process id", "kernel", "stop", "--pid-file", w.write("bad.pid", "dev"))
	w.fails(2, "does not go with", "kernel", "stop", "--all", "--pid-file", stale)
	contains(t, "stop", w.ok("kernel", "stop", "--pid-file", w.path("kernel.pid")), "kernel dev", "stopped")
	if alive(s.PID) || w.status("other").Status != "running" {
		t.Error("the wrong one was stopped")
	}
}

func TestLogRotationFlags(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev", "--log-rotate-size", "1000", "--log-rotate-count", "1", "--set", "log.level=debug")
	log := w.path("state", "llmspell", "kernel-dev.log")
	for range 8 {
		w.ok("exec", "--connect", "dev", "return 1")
	}
	eventually(t, func() error {
		for _, path := range []string{log, log + ".1"} {
			if info, err := os.Stat(path); err != nil || info.Size() > 1000 {
				return fmt.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if _, err := os.Stat(log + ".2"); err == nil {
		t.Error("more are kept than --log-rotate-count says")
	}
	w.fails(2, "--log-rotate-size", "kernel", "start", "--daemon", "--log-rotate-size", "5 apples")
	w.fails(2, "--log-rotate-count", "kernel", "start", "--daemon", "--log-rotate-count", "-1")
}

// A service begins in another folder: the paths that it is given are whole.
func TestServicePaths(t *testing.T) {
	w := newWorld(t)
	w.write("c.toml", "")
	out := w.ok("kernel", "install-service", "--print", "--service-type", "systemd", "-c", "c.toml", "--log-file", "l.log", "--pid-file", "p")
	contains(t, "unit", out, "--config="+filepath.Join(w.dir, "c.toml"), "--log-file="+filepath.Join(w.dir, "l.log"), "--pid-file="+filepath.Join(w.dir, "p"))
}

// The limits of the command hold in the loop on a kernel.
func TestREPLLimitsConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	p := w.start(nil, "repl", "--connect", "dev", "--timeout", "2s")
	fmt.Fprint(p.stdin, "while true do end\n6 * 7\n")
	p.stdin.Close()
	r := p.end()
	if r.code != 1 || !strings.Contains(r.errout, "time limit of 2s") || r.out != "42\n" {
		t.Error(r)
	}
	w.fails(2, "--mcp-config", "repl", "--connect", "dev", "--mcp-config", "x.json")
}

// The script completes in a bash that has no package for completion.
func TestBashAlone(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(w.dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	w.write(filepath.Join("bin", "llmspell"), "#!/bin/sh\nexec '"+self+"' \"$@\"\n")
	if err := os.Chmod(filepath.Join(bin, "llmspell"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("completion", w.ok("completion", "bash"))
	w.write("try.sh", `PATH=$PWD/bin:$PATH
compopt() { :; }
. ./completion
complete_words() {
	COMP_LINE=$1; shift
	COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
	__start_llmspell
	echo "$COMP_LINE -> ${COMPREPLY[*]}"
}
complete_words 'llmspell ver' llmspell ver
complete_words 'llmspell kernel stop ' llmspell kernel stop ''
complete_words 'llmspell exec --connect=d' llmspell exec --connect = d
complete_words 'llmspell exec --connect=' llmspell exec --connect =
complete_words 'llmspell --set log.level=x tool info calc' llmspell --set log.level = x tool info calc
complete_words 'llmspell kernel start --sandbox ' llmspell kernel start --sandbox ''
complete_words 'llmspell man --dir bi' llmspell man --dir bi
`)
	cmd := exec.Command("bash", "--norc", "--noprofile", "try.sh")
	cmd.Dir, cmd.Env = w.dir, w.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contains(t, "completions", string(out), "llmspell ver -> version\n", "kernel stop  -> dev\n", "--connect=d -> dev\n", "--connect= -> auto dev\n",
		"tool info calc -> calculator\n", "--sandbox  -> safe restricted trusted\n", "--dir bi -> bin\n")
	if strings.Contains(string(out), "not found") {
		t.Errorf("%s", out)
	}
}

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The bombs of these tests burn out by themselves after some thousand
// processes, so that a mistake here does not bring the machine down.
func TestForkBombs(t *testing.T) {
	const double = `[ $1 -gt 0 ] || exec sleep $2; `
	for name, text := range map[string]string{
		"plain": "b() { " + double + "b $(($1-1)) $2 | b $(($1-1)) $2 & }; b 11 $1; sleep $1",
		"loop":  "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); sleep $1 & done; wait",
		"session": `export B='` + double + `setsid sh -c "$B" sh $(($1-1)) $2 & setsid sh -c "$B" sh $(($1-1)) $2 & sleep $2'; ` +
			`sh -c "$B" sh 10 $1`,
		// Each process forks twice and ends, so that all are orphans.
		"orphans": `export B='` + double + `setsid sh -c "$B" sh $(($1-1)) $2 & setsid sh -c "$B" sh $(($1-1)) $2 & exit'; ` +
			`sh -c "$B" sh 11 $1; sleep $1`,
	} {
		t.Run(name, func(t *testing.T) {
			s, tok := shell(t), token()
			p := script(text, tok)
			p.Env = []string{"MARK=" + tok}
			p.Limits = Limits{Processes: 40, Wall: 3 * time.Minute}
			e := run(t, s, p)
			if e.Reason != ByProcessLimit || e.Killed == 0 {
				t.Errorf("ended by %s, killed %d, took %v, %q", e.Reason, e.Killed, e.Duration, e.Stderr)
			}
			t.Logf("%d processes were killed after %v", e.Killed, e.Duration) // more than 40: the supervisor has to get its turn
			gone(t, tok)
		})
	}
}

// However a process hides, it ends with the program.
func TestNothingIsLeft(t *testing.T) {
	for name, text := range map[string]string{
		"background":        "sleep $1 & exit 0",
		"daemon":            "(setsid sh -c 'setsid sleep $0 & exit' $1 &) ; exit 0",
		"holds the output":  "sleep $1 & echo out; exit 0",
		"empty environment": "env -i /bin/sh -c 'setsid env -i /bin/sleep $0 &' $1; exit 0",
		"ignores signals":   "(trap '' TERM INT HUP QUIT; sleep $1) & exit 0",
		"stopped":           "sleep $1 & kill -STOP $!; exit 0",
		"zombies":           "i=0; while [ $i -lt 20 ]; do (true &) ; i=$((i+1)); done; sleep $1 & exit 0",
		"closes its output": "exec >&- 2>&-; sleep $1 & exit 0",
	} {
		t.Run(name, func(t *testing.T) {
			s, tok := shell(t), token()
			p := script(text, tok)
			p.Limits.Wall = 5 * time.Minute
			start := time.Now()
			e := run(t, s, p)
			if e.Reason != ByItself {
				t.Errorf("ended by %s: %+v", e.Reason, e)
			}
			if d := time.Since(start); d > 2*time.Minute {
				t.Errorf("took %v: it has waited for what the program left", d)
			}
			gone(t, tok)
		})
	}
}

func TestLimits(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		limits     Limits
		want       Reason
	}{
		{"wall", "trap '' TERM; while :; do sleep $1; done", Limits{Wall: 100 * time.Millisecond}, ByWallLimit},
		{"closed output", "exec >&- 2>&- <&-; sleep $1", Limits{Wall: 100 * time.Millisecond}, ByWallLimit},
		{"CPU", "while :; do :; done", Limits{CPU: 300 * time.Millisecond}, ByCPULimit},
		{"CPU of many", "for i in 1 2 3 4; do (while :; do :; done) & done; wait", Limits{CPU: 300 * time.Millisecond}, ByCPULimit},
		{"CPU of the dead", "while :; do (i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done); done", Limits{CPU: 300 * time.Millisecond}, ByCPULimit},
		{"memory", "x=$(head -c 50000000 /dev/zero | tr '\\0' x); x=$x$x; sleep $1", Limits{Memory: 60 << 20}, ByMemoryLimit},
		{"memory of many", "for i in 1 2 3 4; do (x=$(head -c 20000000 /dev/zero | tr '\\0' x); sleep $1; :) & done; wait", Limits{Memory: 60 << 20}, ByMemoryLimit},
		{"flood", "yes", Limits{Wall: 200 * time.Millisecond, Output: 1000}, ByWallLimit},
		{"file size", "head -c 100000 /dev/zero >f; [ $(wc -c <f) -le 4096 ]", Limits{FileSize: 4096}, ByItself},
		{"open files", "exec 3<. 4<. 5<. 6<. 7<. 8<. 9<.; bash -c 'for i in $(seq 10 60); do eval \"exec $i<.\" || exit 7; done'; [ $? -ne 0 ]", Limits{OpenFiles: 20}, ByItself},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, tok := shell(t), token()
			p := script(tc.text, tok)
			p.Limits = tc.limits
			if p.Limits.Wall == 0 {
				p.Limits.Wall = 5 * time.Minute
			}
			e := run(t, s, p)
			for tc.name == "flood" && e.DroppedStdout < 1000 && p.Limits.Wall < time.Minute { // it has not come to it yet
				p.Limits.Wall *= 4
				e = run(t, s, p)
			}
			if e.Reason != tc.want || tc.want == ByItself && e.Code != 0 {
				t.Errorf("ended by %s with %d after %v; want %s: %q", e.Reason, e.Code, e.Duration, tc.want, e.Stderr)
			}
			if tc.name == "flood" && (len(e.Stdout) != 1000 || e.DroppedStdout < 1000) {
				t.Errorf("kept %d bytes and dropped %d", len(e.Stdout), e.DroppedStdout)
			}
			gone(t, tok)
		})
	}
}

// A program need not read its input, and gets all of it if it does.
func TestInput(t *testing.T) {
	s := shell(t)
	input := []byte(strings.Repeat("0123456789", 200000))
	if e := run(t, s, Program{Name: "true", Stdin: input}); e.Code != 0 {
		t.Errorf("unread input: %+v", e)
	}
	if e := run(t, s, Program{Name: "wc", Args: []string{"-c"}, Stdin: input}); strings.TrimSpace(string(e.Stdout)) != "2000000" {
		t.Errorf("wc -c: %q", e.Stdout)
	}
	e := run(t, s, Program{Name: "cat", Stdin: input, Limits: Limits{Output: 100}})
	if len(e.Stdout) != 100 || e.DroppedStdout != int64(len(input)-100) {
		t.Errorf("kept %d, dropped %d", len(e.Stdout), e.DroppedStdout)
	}
}

func TestCancelRun(t *testing.T) {
	s, tok := shell(t), token()
	if _, err := s.Run(cancelled(), script("sleep $1", tok)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	before := goroutines()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			// The program says that it runs by making a file.
			mark := t.TempDir()
			box := shell(t, func(p *Policy) { p.Write.Allow = append(p.Write.Allow, mark) })
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				for {
					if _, err := os.Stat(mark + "/on"); err == nil || ctx.Err() != nil {
						cancel()
						return
					}
					time.Sleep(time.Millisecond)
				}
			}()
			p := script("trap '' TERM INT; setsid sleep $1 & : >$2/on; sleep $1", tok, mark)
			if _, err := box.Run(ctx, p); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled in the middle: %v", err)
			}
		})
	}
	wait.Wait()
	gone(t, tok)
	for end := time.Now().Add(time.Minute); goroutines() > before && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if after := goroutines(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// When the supervisor itself is killed, what it watched is found and killed.
func TestSupervisorKilled(t *testing.T) {
	s, tok := shell(t), token()
	done := make(chan error, 1)
	go func() {
		_, err := s.Run(context.Background(), script("setsid sh -c 'sleep $0; :' $1 & sleep $1", tok))
		done <- err
	}()
	for supervisor := 0; ; time.Sleep(time.Millisecond) {
		tree := descendants(os.Getpid())
		for _, p := range tree {
			if p.parent == os.Getpid() {
				supervisor = p.pid
			}
		}
		if len(tree) >= 5 { // the supervisor, sh, sh, sleep, sleep
			unix.Kill(supervisor, unix.SIGKILL)
			break
		}
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("Run = %v", err)
	}
	gone(t, tok)
}

// When the process that has called Run is killed, its programs end too.
func TestCallerKilled(t *testing.T) {
	tok := token()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=setsid sleep "+tok+" & sleep "+tok+"; :")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(descendants(cmd.Process.Pid)) < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the helper has not started: %+v", descendants(cmd.Process.Pid))
		}
	}
	watched := descendants(cmd.Process.Pid)
	cmd.Process.Kill()
	cmd.Wait()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		alive := 0
		for _, p := range processes() { // a zombie waits for init, which is not ours
			if !p.zombie && slices.ContainsFunc(watched, func(w process) bool { return w.pid == p.pid }) {
				alive++
			}
		}
		if alive == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes live on", alive)
		}
	}
	gone(t, tok)
}

// Where no signal can be kept within the walls, processes are found and killed
// one group after the other.
func TestKillByGroups(t *testing.T) {
	tok := token()
	cmd := exec.Command("sh", "-c", "setsid sh -c 'sleep $0; :' $0 & (sleep $0; :) & sleep $0; :", tok)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(descendants(os.Getpid())) < 6 {
		time.Sleep(time.Millisecond)
	}
	(&supervisor{}).killOnce()
	cmd.Wait()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if !slices.ContainsFunc(processes(), func(p process) bool {
			line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
			return strings.Contains(string(line), tok)
		}) {
			return
		}
	}
	gone(t, tok)
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (a) b) S 1 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 2000 30 18446744073709551615"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if p, ok := parseStat(line); ok && p.pid == 0 && p.parent == 0 && len(line) < 20 {
			t.Fatalf("%q is understood as %+v", line, p)
		}
		proportional(string(line))
	})
}

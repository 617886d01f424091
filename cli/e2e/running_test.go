//go:build unix

package e2e

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// job keeps a value in its session, waits for the file "go", and keeps another.
const job = `x = 1
State.set("a", 1, {scope = "session"})
print("ready") io.flush()
while not io.open("go") do end
print("later", pcall(State.set, "b", 2, {scope = "session"}))
`

// began waits until the job has begun.
func (p *process) began() *process {
	p.w.t.Helper()
	p.sees(p.out, "ready")
	return p
}

// let lets the job go on, or the next one wait.
func (w *world) let(goes bool) {
	w.t.Helper()
	if goes {
		w.write("go", "")
	} else if err := os.Remove(w.dir + "/go"); err != nil {
		w.t.Fatal(err)
	}
}

// noScopes checks that nothing of sessions is left in the State.
func (w *world) noScopes() {
	w.t.Helper()
	if out := w.ok("state", "show", "--format", "text"); strings.Contains(out, "session:") {
		w.t.Errorf("left in the State:\n%s", out)
	}
}

// What a script runs in can be deleted and archived by nobody who does not insist, and
// whoever does, the script ends with an error and nothing of the session is left.
func TestSessionThatRuns(t *testing.T) {
	w := newWorld(t)
	w.write("job.lua", job)
	dev := w.daemon("dev")
	for _, where := range []string{"here", "there"} {
		run := []string{"run", "--session", "s", "job.lua"}
		if where == "there" {
			run = at("dev", run...)
		}
		p := w.start(nil, run...)
		p.began()
		who := "of process "
		if where == "there" {
			who = `is the kernel "dev"`
		}
		w.fails(1, who, "session", "delete", "s")
		w.fails(1, "--force archives", "session", "archive", "s")
		w.fails(1, "execution 1 (job.lua) of process ", at("dev", "session", "delete", "s")...)
		w.fails(1, "--force archives", at("dev", "session", "archive", "s")...)
		w.fails(1, "runs: execution 1", "session", "delete", "--all")
		w.fails(1, "{force = true} deletes", "exec", "Session.delete(Session.find('s').id)")
		w.fails(1, "{force = true} archives", at("dev", "exec", "Session.archive(Session.find('s').id)")...)
		if out := w.ok("session", "show", "s"); !strings.Contains(out, "active") || !strings.Contains(out, "running") {
			t.Errorf("%s: a refusal has changed it:\n%s", where, out)
		}
		if where == "here" {
			w.ok(at("dev", "session", "delete", "s", "--force")...)
		} else {
			w.ok("exec", "assert(Session.delete(Session.find('s').id, {force = true}))")
		}
		w.let(true)
		if r := p.end(); r.code != 1 || !strings.Contains(r.errout, "was deleted while execution 1 ran") ||
			!strings.Contains(r.out, "later\tfalse\tState.set: scope session:") || !strings.Contains(r.out, "was deleted: nothing can be kept in it") {
			t.Errorf("%s: %v", where, r)
		}
		w.let(false)
		w.noScopes()
	}

	// One that is imported under the id meanwhile is another session, and stays as it came.
	for _, run := range [][]string{{"run", "--session", "s", "job.lua"}, at("dev", "run", "--session", "s", "job.lua")} {
		w.ok("exec", "--session", "s", "State.set('a', 0, {scope = 'session'})")
		w.ok("session", "export", "s", "s.zip", "--force")
		p := w.start(nil, run...)
		p.began()
		w.ok("session", "delete", "s", "--force")
		w.ok("session", "import", "s.zip")
		w.let(true)
		if r := p.end(); r.code != 1 || !strings.Contains(r.errout, "was deleted while execution 2 ran") ||
			!strings.Contains(r.out, "later\tfalse\tState.set: scope session:") || !strings.Contains(r.out, "another one of this id was imported since") {
			t.Errorf("%v: %v", run, r)
		}
		w.let(false)
		if out := w.ok("state", "show", "--format", "text"); !strings.HasSuffix(out, "\ta\t0\n") || strings.Count(out, "\n") != 1 {
			t.Errorf("%v: the imported session keeps\n%s", run, out)
		}
		w.ok("session", "delete", "s")
		w.noScopes()
	}

	p := w.start(nil, at("dev", "run", "--session", "s", "job.lua")...)
	p.began()
	w.ok("session", "archive", "s", "--force", "--reason", "over")
	w.let(true)
	if r := p.end(); r.code != 1 || !strings.Contains(r.errout, "was archived while execution 1 ran") || !strings.Contains(r.out, "what an archived session keeps cannot be changed") {
		t.Error(r)
	}
	w.let(false)
	if out := w.ok("session", "show", "s"); !strings.Contains(out, "interrupted") || !strings.Contains(out, "the session was archived while this ran") || strings.Contains(out, "variable") {
		t.Errorf("an archived session was changed:\n%s", out)
	}
	w.ok("session", "delete", "s")
	w.noScopes()

	// A script may insist for its own session.
	own := "State.set('k', 1, {scope = 'session'}) local id = Session.get_current().id "
	w.fails(1, "of process ", "exec", "--session", "own", own+"Session.delete(id)")
	w.fails(1, "was deleted while execution 2 ran", "exec", "--session", "own", own+"Session.delete(id, {force = true})")
	w.fails(3, "was deleted while execution 1 ran", "exec", "--session", "own", own+"Session.delete(id, {force = true}) os.exit(3)")
	w.fails(1, "mine", at("dev", "exec", "--session", "own", own+"Session.delete(id, {force = true}) error('mine')")...)
	w.noScopes()

	// Who was killed runs no more, and neither does a session between two executions.
	p = w.start(nil, "run", "--session", "s", "job.lua")
	p.began()
	w.fails(1, "--force", "session", "delete", "s")
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.end()
	w.ok("session", "delete", "s")
	p = w.start(nil, at("dev", "run", "--session", "s", "job.lua")...)
	p.began()
	if err := syscall.Kill(dev.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.end()
	eventually(t, func() error {
		if alive(dev.PID) {
			return errors.New("the killed kernel lives on")
		}
		return nil
	})
	w.ok("session", "archive", "s")
	w.ok("session", "delete", "s")
	w.noScopes()
}

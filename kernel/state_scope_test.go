package kernel_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/state"
)

// onDisk are services whose databases are in a folder.
func onDisk(t *testing.T, dir string) *kernel.Services {
	t.Helper()
	services := kernel.NewServices(kernel.Openers{
		State: func() (*state.Store, error) {
			return state.Open(t.Context(), filepath.Join(dir, "state.db"), state.Options{})
		},
		Archive: func() (*archive.Store, error) {
			return archive.Open(t.Context(), filepath.Join(dir, "sessions.db"), archive.Options{})
		},
	})
	t.Cleanup(func() {
		if err := services.Close(); err != nil {
			t.Error(err)
		}
	})
	return services
}

// The scope "session" is the current session's: kept with one on disk, gone with one
// that is not.
func TestSessionScope(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, err := services.Archive()
	if err != nil {
		t.Fatal(err)
	}
	record, err := sessions.Create(t.Context(), archive.Spec{Name: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	store, err := services.State()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Set(t.Context(), state.Scope{Kind: state.Custom, ID: "session"}, "old", "of an earlier version", state.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	run := func(id, code string) {
		t.Helper()
		s, _ := newSession(t, kernel.Config{Services: services, SessionID: id, Dir: dir})
		if _, err := s.RunString(t.Context(), code, "=test", nil); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	run(record.ID, `
		State.save("session", "k", {n = 1}) State.set("k2", 2, {scope = "session"})
		assert(State.load("session:`+record.ID+`", "k").n == 1 and State.info("k", {scope = "session"}).scope == "session:`+record.ID+`")
		assert(table.concat(State.list_keys("session"), " ") == "k k2" and State.delete("session", "k2") and not State.exists("k2", {scope = "session"}))
		State.register_migration{version = 2, scope = "session", steps = {{add = "m", default = 5}}}
		assert(State.migrate(2).changed == 1)
		Hook.register("BeforeStateWrite", function(c) if c.data.key == "moved" then return {type = "modified", data = {scope = "session"}} end end)
		State.set("moved", 1) assert(State.load("session", "moved") == 1 and not State.exists("moved"))
		assert(State.load("custom:session", "old") == "of an earlier version" and State.load("session", "old") == nil)`)
	run(record.ID, `assert(State.load("session", "k").n == 1 and State.load("session", "k").m == 5)`)
	run("", `
		assert(State.load("session", "k") == nil)
		State.save("session", "k", "mine") assert(State.load("session", "k") == "mine" and State.clear("session") == 1)
		State.save("session", "k", "again") assert(State.info("k", {scope = "session"}).scope:match("^session:live:"))
		Session.set_current("`+record.ID+`")
		assert(State.load("session", "k").n == 1)
		Session.set_current(nil)
		assert(State.load("session", "k") == "again")
		State.save("global", "k", "g") State.save("workflow:w", "k", 1) State.save("agent:a", "k", 2) State.save("tool:t", "k", 3)
		State.save("user:u", "k", 4) State.save("hook:h", "k", 5) State.save("custom:x", "k", 6) State.save("own", "k", 7)
		assert(State.load("own", "k") == 7 and State.load("custom:own", "k") == 7 and State.get("k") == "g" and State.agent_get("a", "k") == 2)
		local ok, err = pcall(State.save, "session:", "k", 1) assert(not ok and err:find("an ID must follow", 1, true))`)
	scopes, err := store.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range scopes {
		names = append(names, s.Scope.String())
	}
	want := "agent:a custom:own custom:session custom:x global hook:h session:" + record.ID + " tool:t user:u workflow:w"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("scopes %s\nwant   %s", got, want)
	}
}

// What a session on disk has kept in its scope goes with it, whoever deletes it; that of
// a copy which is replayed does not.
func TestDeletedSessionsLeaveNoState(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, err := services.Archive()
	if err != nil {
		t.Fatal(err)
	}
	store, err := services.State()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, name := range []string{"script", "go", "old", "stays"} {
		r, err := sessions.Create(t.Context(), archive.Spec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
		if _, err := store.Set(t.Context(), state.Scope{Kind: state.Session, ID: r.ID}, "k", name, state.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := newSession(t, kernel.Config{Services: services, Dir: dir})
	if _, err := s.RunString(t.Context(), `Session.delete("`+ids[0]+`") assert(State.load("session:`+ids[0]+`", "k") == nil)`, "=test", nil); err != nil {
		t.Error(err)
	}
	if err := sessions.Delete(t.Context(), ids[1]); err != nil {
		t.Error(err)
	}
	if err := sessions.Delete(t.Context(), ids[3], "there is none"); err == nil {
		t.Error("a session was deleted that is not there")
	}
	if _, err := sessions.SetStatus(t.Context(), ids[2], archive.Completed, ""); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		if gone, err := sessions.Cleanup(t.Context(), archive.Retention{Completed: 1, DryRun: dry}); err != nil || len(gone) != 1 {
			t.Errorf("cleanup: %v, %v", gone, err)
		}
		if _, there, err := store.Get(t.Context(), state.Scope{Kind: state.Session, ID: ids[2]}, "k"); err != nil || there != dry {
			t.Errorf("dry %v: the value is there: %v, %v", dry, there, err)
		}
	}
	scopes, err := store.Scopes(t.Context())
	if err != nil || len(scopes) != 1 || scopes[0].Scope.ID != ids[3] {
		t.Errorf("scopes %v, %v", scopes, err)
	}
}

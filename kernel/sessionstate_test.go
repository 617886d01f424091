package kernel_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/kernel/state"
)

// stores opens both databases of some services.
func stores(t *testing.T, services *kernel.Services) (*archive.Store, *state.Store) {
	t.Helper()
	sessions, err := services.Archive()
	if err != nil {
		t.Fatal(err)
	}
	values, err := services.State()
	if err != nil {
		t.Fatal(err)
	}
	return sessions, values
}

// sessionScope is what the session of an id keeps.
func sessionScope(id string) state.Scope { return state.Scope{Kind: state.Session, ID: id} }

// kept lists what is in the scope of a session, as "key=value key=value".
func kept(t *testing.T, values *state.Store, id string) string {
	t.Helper()
	list, err := values.List(t.Context(), sessionScope(id), state.ListOptions{Values: true})
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range list {
		text, err := state.Encode(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, e.Key+"="+string(text))
	}
	return strings.Join(words, " ")
}

// writes are all ways of a script to change the scope S.
const writes = `
	local ways = {
		set = function() State.set("new", 1, {scope = S}) end,
		save = function() State.save(S, "k", 2) end,
		remove = function() State.save(S, "k", nil) end,
		delete = function() State.delete(S, "k") end,
		clear = function() State.clear(S) end,
		increment = function() State.increment("k", 1, {scope = S}) end,
		compare = function() State.compare_and_set("k", 1, 2, {scope = S}) end,
		compare_nil = function() State.compare_and_set("k", 1, nil, {scope = S}) end,
		transaction = function() State.transaction(function(tx) tx.set("other", 1) tx.set("k", 2, {scope = S}) end) end,
		hooked = function()
			local id = Hook.register("BeforeStateWrite", function() return {type = "modified", data = {scope = S}} end)
			local ok, err = pcall(State.set, "k", 3)
			Hook.unregister(id)
			if not ok then error(err, 0) end
		end,
	}
`

// What an archived session keeps is nobody's to change, and is there to be read.
func TestArchivedKeepsItsState(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, values := stores(t, services)
	r, err := sessions.Create(t.Context(), archive.Spec{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	scope := sessionScope(r.ID)
	if _, err := values.Set(t.Context(), scope, "k", int64(1), state.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.SetStatus(t.Context(), r.ID, archive.Archived, ""); err != nil {
		t.Fatal(err)
	}
	_, err = luaWithSessions(t, services, dir, `S = "session:`+r.ID+`"`+writes+`
		for way, f in pairs(ways) do
			local ok, err = pcall(f)
			assert(not ok and tostring(err):find("archived session", 1, true) and tostring(err):find(S, 1, true), way .. ": " .. tostring(err))
		end
		assert(State.load(S, "k") == 1 and State.get("other") == nil)
		Session.set_current(S:sub(9))
		assert(State.load("session", "k") == 1 and not pcall(State.save, "session", "k", 5))`)
	if err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func() error{
		"set":    func() error { _, err := values.Set(t.Context(), scope, "k", "x", state.SetOptions{}); return err },
		"delete": func() error { _, err := values.Delete(t.Context(), scope, "k"); return err },
		"clear":  func() error { _, err := values.Clear(t.Context(), scope); return err },
		"import": func() error {
			_, err := values.Import(t.Context(), strings.NewReader(`{"llmspell_state":1,"entries":[]}`), state.ImportOptions{Scope: &scope})
			return err
		},
	} {
		if err := change(); !errors.Is(err, state.ErrArchived) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A whole import takes the rest.
	done, err := values.Import(t.Context(), strings.NewReader(`{"llmspell_state":1,"entries":[{"scope":"`+scope.String()+`","key":"k","value":7},
		{"scope":"`+scope.String()+`","key":"l","value":7},{"scope":"global","key":"g","value":7}]}`), state.ImportOptions{})
	if err != nil || done.Values != 1 || done.Archived != 2 || done.ArchivedScopes != scope.String() || done.Replaced != 0 || done.Repeated != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if got := kept(t, values, r.ID); got != "k=1" {
		t.Errorf("it keeps %q", got)
	}
	// What was archived is exported, imported and deleted with the session.
	var bundle bytes.Buffer
	if missing, err := sessions.Export(t.Context(), r.ID, &bundle); err != nil || missing != nil {
		t.Fatal(missing, err)
	}
	if err := sessions.Delete(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, values, r.ID); got != "" {
		t.Errorf("after the deletion: %q", got)
	}
	if _, err := sessions.Import(t.Context(), bytes.NewReader(bundle.Bytes()), int64(bundle.Len()), archive.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, values, r.ID); got != "k=1" {
		t.Errorf("after the import: %q", got)
	}
}

// For a session that was deleted nothing is kept; what is left of it may be removed. An id
// that never was a session is a name.
func TestDeletedKeepsNothing(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, values := stores(t, services)
	r, err := sessions.Create(t.Context(), archive.Spec{ID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sessions.Delete(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	// What an export has is taken: the session may come after it.
	left := func() {
		t.Helper()
		if _, err := values.Import(t.Context(), strings.NewReader(`{"llmspell_state":1,"entries":[{"scope":"session:mine","key":"k","value":1}]}`), state.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	left()
	if _, err := luaWithSessions(t, services, dir, `S = "session:mine"`+writes+`
		for way, f in pairs(ways) do
			local ok, err = pcall(f)
			if way == "remove" or way == "delete" or way == "clear" or way == "compare_nil" then
				assert(ok, way .. ": " .. tostring(err))
			elseif way ~= "compare" or not ok then
				assert(not ok and tostring(err):find("session that was deleted", 1, true), way .. ": " .. tostring(err))
			end
		end
		State.save("session:never was one", "k", 1) assert(State.increment("k", 1, {scope = "session:never was one"}) == 2)
		State.save("session", "k", 1) assert(State.load("session", "k") == 1)`); err != nil {
		t.Error(err)
	}
	left()
	if n, err := values.Clear(t.Context(), sessionScope("mine")); err != nil || n != 1 {
		t.Error(n, err)
	}
	if _, err := values.Set(t.Context(), sessionScope("mine"), "k", 1, state.SetOptions{}); !errors.Is(err, state.ErrGone) {
		t.Error(err)
	}
	if _, err := sessions.Create(t.Context(), archive.Spec{ID: "mine"}); err != nil {
		t.Fatal(err)
	}
	if _, err := values.Set(t.Context(), sessionScope("mine"), "k", 1, state.SetOptions{}); err != nil {
		t.Error(err)
	}
}

// What a script goes on with when its session was deleted is not kept in another one that
// was imported under the id: neither in the State, nor as artifacts or variables.
func TestImportedIsNotTheDeleted(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, values := stores(t, services)
	r, err := sessions.Create(t.Context(), archive.Spec{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := newSession(t, kernel.Config{Services: services, SessionID: r.ID, Dir: dir})
	if _, err := s.RunString(t.Context(), `v = "of the bundle" State.save("session", "k", 1)`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	var bundle bytes.Buffer
	if _, err := sessions.Export(t.Context(), r.ID, &bundle); err != nil {
		t.Fatal(err)
	}
	s.State().L.SetGlobal("between", s.State().L.NewFunction(func(*lua.LState) int {
		if err := sessions.ForceDelete(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
		if _, err := sessions.Import(t.Context(), bytes.NewReader(bundle.Bytes()), int64(bundle.Len()), archive.ImportOptions{}); err != nil {
			t.Error(err)
		}
		return 0
	}))
	_, err = s.RunString(t.Context(), `
		v = "of the old run"
		between()
		S = "session"`+writes+`
		ways.artifact = function() Artifact.store(nil, "custom", "a", "b") end
		ways.keep = function() Session.save() end
		ways.rename = function() Session.update(nil, {name = "old"}) end
		ways.checkpoint = function() Session.checkpoint(nil, "c") end
		for _, scope in ipairs{"session", "session:`+r.ID+`"} do
			S = scope
			for way, f in pairs(ways) do
				local ok, err = pcall(f)
				assert(not ok and tostring(err):find("another one of this id was imported", 1, true), way .. ": " .. tostring(err))
			end
		end`, "=test", nil)
	if !errors.Is(err, archive.ErrLost) || !strings.Contains(err.Error(), "was deleted while execution 2 ran") {
		t.Errorf("the end: %v", err)
	}
	if _, err := s.RunString(t.Context(), `v = "later"`, "=test", nil); !errors.Is(err, archive.ErrLost) {
		t.Errorf("the next execution of the old session: %v", err)
	}
	vars, err := sessions.Variables(t.Context(), r.ID)
	if got := kept(t, values, r.ID); got != "k=1" || err != nil || vars["v"] != "of the bundle" {
		t.Errorf("the imported session keeps %q, %v, %v", got, vars, err)
	}
	after, err := sessions.Get(t.Context(), r.ID)
	if err != nil || after.Artifacts != 0 || after.Name != "n" || after.Executions != 1 {
		t.Errorf("%+v, %v", after, err)
	}
	fresh, _ := newSession(t, kernel.Config{Services: services, SessionID: r.ID, Dir: dir})
	if _, err := fresh.RunString(t.Context(), `assert(v == "of the bundle") State.save("session", "k", 2) Artifact.store(nil, "custom", "a", "b")`, "=test", nil); err != nil {
		t.Error(err)
	}
	if got := kept(t, values, r.ID); got != "k=2" {
		t.Errorf("a new run has kept %q", got)
	}
}

// A replay of an archived session finds what it keeps, and changes a copy that its steps
// share and that goes with it.
func TestReplayOfAnArchivedSession(t *testing.T) {
	dir := t.TempDir()
	services := onDisk(t, dir)
	sessions, values := stores(t, services)
	r, err := sessions.Create(t.Context(), archive.Spec{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		`State.save("session", "k", 1) return State.load("session:` + r.ID + `", "k")`,
		`return State.increment("k", 1, {scope = "session"}), #State.list_keys("session")`,
	} {
		s, _ := newSession(t, kernel.Config{Services: services, SessionID: r.ID, Dir: dir})
		if _, err := s.RunString(t.Context(), code, "=test", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sessions.SetStatus(t.Context(), r.ID, archive.Archived, ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		report, err := (&kernel.Replayer{Config: kernel.Config{Services: services, Dir: dir}}).Replay(t.Context(), sessions, r.ID, replay.Options{Mode: replay.Exact, Compare: true})
		if err != nil || report.Failed != 0 || !report.Identical {
			t.Errorf("%+v, %v", report, err)
		}
	}
	list, err := values.Scopes(t.Context())
	if got := kept(t, values, r.ID); got != "k=2" || err != nil || len(list) != 1 {
		t.Errorf("it keeps %q, and there are %v, %v", got, list, err)
	}
}

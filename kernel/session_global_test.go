package kernel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/hooks"
)

// lua runs a script with sessions, in a folder of its own, and returns what it
// printed.
func luaWithSessions(t *testing.T, services *kernel.Services, dir, code string) (string, error) {
	t.Helper()
	s, out := newSession(t, kernel.Config{Services: services, Dir: dir})
	_, err := s.RunString(context.Background(), code, "=(test)", nil)
	return out.String(), err
}

// Every name that the reference of the globals lists is there and works.
func TestSessionGlobals(t *testing.T) {
	services, _ := archiveServices(t)
	dir := t.TempDir()
	write(t, dir, "in.txt", "from a file")
	out, err := luaWithSessions(t, services, dir, `
		-- Session: records
		local id = Session.builder():name("one"):description("d"):tag("a"):tags({"b", "c"}):metadata({k = 1}):metadata("l", {2}):build()
		local dotted = Session.builder().name("two").tag("a").build()
		local plain = Session.create{name = "three", description = "x", tags = {"z"}, metadata = {deep = {1, {y = true}}}, parent = id}
		local r = Session.get(id)
		assert(r.id == id and r.name == "one" and r.status == "active" and #r.tags == 3 and r.metadata.k == 1 and r.metadata.l[1] == 2)
		assert(r.created_at:match("^%d%d%d%d%-%d%d%-%d%dT"))
		assert(Session.get(plain).parent == id and Session.get(plain).metadata.deep[2].y == true)
		assert(Session.get("none") == nil and Session.find("two").id == dotted and Session.find(id:sub(1, 8)).id == id)
		assert(#Session.list() == 3 and #Session.list{tags = {"a"}} == 2 and #Session.list{limit = 1} == 1 and #Session.list{status = "completed"} == 0)
		assert(#Session.search("thr") == 1 and Session.count{tags = {"a"}} == 2)
		assert(Session.update(id, {name = "uno", metadata = {k = 2}}).metadata.k == 2)
		assert(#Session.add_tags(id, "x", "y").tags == 5 and #Session.remove_tags(id, {"x"}).tags == 4)

		-- Session: other names of options, and an id of one's own
		local child = Session.create{id = "user-123", parent_session_id = id, created_by = "eve"}
		assert(child == "user-123" and Session.get(child).parent == id and Session.find("user-123").id == child)
		assert(Session.list{parent_session_id = id, user = "eve", active = true, sort_by = "updated_at"}[1].id == child)
		assert(#Session.list{active = true} == 4 and #Session.list{active = false} == 0 and Session.list{sort_by = "name"}[4].name == "uno")
		for want, wrong in pairs{["exists already"] = {Session.create, {id = child}}, ["the session id"] = {Session.create, {id = "a b"}},
			["in memory"] = {Session.create, {id = "live:x"}}, ["give one of them"] = {Session.list, {active = true, status = "failed"}}} do
			local ok, err = pcall(wrong[1], wrong[2])
			assert(not ok and err:find(want, 1, true), err)
		end
		assert(Session.delete(child, {force = true}))

		-- Session: variables and statuses
		assert(Session.get_current() == nil and Session.set_current(id) and Session.get_current().id == id)
		counter, fn = 7, function() end
		tangled = {print}
		local ok, unkept = Session.save(id)
		assert(ok and unkept.tangled:match("function") and not unkept.fn)
		local cp = Session.checkpoint(id, "first")
		counter = 8
		assert(Session.suspend(id, "lunch").status == "suspended")
		counter = nil
		assert(Session.resume(id).status == "active" and counter == 8)
		assert(Session.restore(id, cp.id).name == "first" and counter == 7 and #Session.list_checkpoints(id) == 1)
		counter = nil
		assert(Session.load(id).id == id and counter == 7)
		assert(Session.save(dotted, {other = {1, 2}}) and Session.load(dotted).variables == 1 and other[2] == 2)
		assert(Session.complete(dotted, "done").reason == "done" and Session.archive(dotted).status == "archived")
		assert(Session.fail(plain, "broken").status == "failed" and Session.resume(plain).status == "active")
		assert(#Session.executions(id) == 0 and #Session.cleanup{completed_seconds = 1, dry_run = true} == 0)
		Session.set_current(id)

		-- Artifact
		local a = Artifact.store(id, "agent_output", "note.txt", "hello", {tags = {"t"}, mime_type = "text/plain", author = "ada"})
		assert(#a.content_hash == 64 and a.session_id == id and a.sequence == 1)
		local got = Artifact.get(id, a)
		assert(got.content == "hello" and got.metadata.name == "note.txt" and got.metadata.metadata.author == "ada" and got.metadata.mime_type == "text/plain")
		assert(Artifact.get(nil, a).content == "hello" and Artifact.get(id, "note.txt").content == "hello" and Artifact.get(id, 1).content == "hello")
		assert(Artifact.get(id, a.content_hash).metadata.version == 1 and Artifact.get(id, "none") == nil)
		assert(Artifact.store(nil, "tool_result", "data", {x = 1}).sequence == 2 and Artifact.get(id, "data").content == '{"x":1}')
		for _, kind in ipairs{"user_input", "system_generated", "custom"} do Artifact.store(id, kind, kind, "\0\255") end
		assert(Artifact.get(id, "custom").content == "\0\255")
		local f = Artifact.store_file(id, "in.txt", "user_input", {name = "file", note = 1})
		assert(Artifact.get(id, f).content == "from a file" and Artifact.get(id, f).metadata.name == "file")
		assert(Artifact.save_file(id, f, "out.txt") == 11 and io.open("out.txt"):read("*a") == "from a file")
		local apart = Session.create("apart")
		Artifact.store(apart, "custom", "n", "c")
		assert(#Artifact.query{} == 7 and #Artifact.list("") == 6 and Artifact.delete(apart, "n") and Session.delete(apart, {force = true}))
		assert(#Artifact.list(id) == 6 and #Artifact.list("") == 6 and #Artifact.list() == 6)
		assert(#Artifact.query{session_id = id, type = "user_input"} == 2 and #Artifact.query{name_pattern = "no*"} == 1 and #Artifact.query{tags = {"t"}} == 1)
		assert(#Artifact.query{min_size = 6, max_size = 7} == 1 and #Artifact.query{created_after = "2020-01-01", limit = 2} == 2 and #Artifact.query{created_before = 1} == 0)
		assert(Artifact.verify(id).checked == 6 and #Artifact.verify("").damaged == 0)
		assert(Artifact.delete(id, a) == true and Artifact.delete(id, a) == false)

		-- bundles
		assert(Session.export(id, "s.zip"))
		local copy = Session.import("s.zip", {new_id = true, name = "copy"})
		assert(copy ~= id and Session.get(copy).artifacts == 5 and Artifact.get(copy, "file").content == "from a file")
		assert(Session.delete(copy) and not Session.delete(copy))

		-- replays
		local can, why = Session.can_replay(id)
		assert(can == false and why:match("journal") and #Session.list_replayable() == 0)
		assert(Session.get_replay_metadata(id).executions == 0)
		assert(not pcall(Session.replay, id, {mode = "exact"}))
		assert(Replay.modes.exact == "exact" and Replay.modes.modified and Replay.modes.simulate and Replay.modes.debug)
		local config = Replay.create_config("modified")
		assert(config.mode == "modified" and config.compare_results == true)
		local m = Replay.create_modification("variables.x", 5, true)
		assert(m.path == "variables.x" and m.value == 5 and m.enabled and not Replay.create_modification("variables.x", 5, false).enabled)
		assert(Replay.schedules.once(2).delay_seconds == 2)
		assert(Replay.schedules.interval(1, 2, 3).max_executions == 3)
		assert(Replay.schedules.cron("*/5 * * * *").expression == "*/5 * * * *")
		assert(#Replay.next_times(Replay.schedules.cron("@hourly", 9)) == 5 and #Replay.next_times(Replay.schedules.once(1)) == 1)
		local comparator = Replay.create_comparator()
		local c = comparator:compare_json({a = 1, b = {1, 2}}, {a = 1, b = {1, 3}})
		assert(not c.identical and c.similarity_score > 0.6 and c.similarity_score < 0.7 and #c.differences == 1 and c.differences[1].path == "$.b[1]")
		assert(comparator.compare_json('{"a":1}', {a = 1}).identical and Replay.compare(1, 1).similarity_score == 1)
		print("all")`)
	if err != nil || out != "all\n" {
		t.Fatalf("printed %q, %v", out, err)
	}
}

func TestSessionGlobalErrors(t *testing.T) {
	services, _ := archiveServices(t)
	dir := t.TempDir()
	for code, want := range map[string]string{
		`Session.create(5)`:                      `Session.create: parameter "options" is wrong: expected an object, got the number 5`,
		`Session.create{nam = "x"}`:              `parameter "options.nam" is not known; did you mean "name"?`,
		`Session.create{tags = {1}}`:             `parameter "options.tags[1]" is wrong: expected a string, got the number 1`,
		`Session.create{metadata = {f = print}}`: `.metadata.f`,
		`Session.builder():name({})`:             `must be the name as a string, not a table`,
		`Session.get()`:                          `there is no current session`,
		`local id = Session.create{}; Session.set_current(id); Session.delete()`: `the id of a session`,
		`Session.save("none", {})`: `Session.save: there is no session "none"`,
		`Session.set_current(Session.create{}) Session.save(Session.create{})`:                     `is not the current one`,
		`Session.complete(Session.create{}, {})`:                                                   `argument 2 must be the reason as a string, not a table`,
		`local i = Session.create{}; Session.resume(i)`:                                            `is active already; it can become suspended, completed, failed, archived`,
		`Session.list{status = "gone"}`:                                                            `parameter "filter.status[1]" is wrong: expected one of "active", "suspended"`,
		`Session.list{created_after = "noon"}`:                                                     `created_after must be a time`,
		`Artifact.store(Session.create{}, "x", "n", "")`:                                           `"x" is not a type of artifacts`,
		`Artifact.store(Session.create{}, "custom", "n", print)`:                                   `argument 4 must be the content`,
		`Artifact.store_file(Session.create{}, "/etc/passwd", "custom")`:                           `Artifact.store_file: `,
		`Artifact.get(Session.create{}, {})`:                                                       `names no artifact`,
		`Session.export(Session.create{}, "/etc/x.zip")`:                                           `/etc/x.zip`,
		`Session.replay(Session.create{}, {mode = "fast"})`:                                        `"fast" is not a mode`,
		`Session.replay(Session.create{}, {modifications = {{}}})`:                                 `modifications must be a list`,
		`Replay.create_modification("x.y", 1)`:                                                     `begins with neither variables nor steps`,
		`Replay.schedules.cron("61 * * * *")`:                                                      `"61" is not between 0 and 59`,
		`Replay.schedules.once(-1)`:                                                                `argument 1 must be the delay in seconds`,
		`Session.replay(Session.create{}, {schedule = {type = "interval", interval_seconds = 1}})`: `has no end`,
	} {
		_, err := luaWithSessions(t, services, dir, code)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", code, err, want)
		}
	}
	_, err := luaWithSessions(t, kernel.NewServices(kernel.Openers{}), dir, `Session.list()`)
	if err == nil || !strings.Contains(err.Error(), "keeps no sessions") {
		t.Errorf("without an archive: %v", err)
	}
}

func TestReplayFromLua(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	runIn(t, services, r.ID, `x = (x or 1) * 2; print(x); return x`, `print(Session.get_current().id, Artifact.store(nil, "custom", "n", "c").sequence); return pcall(Session.replay)`)
	out, err := luaWithSessions(t, services, t.TempDir(), `
		local id = Session.find("x").id
		assert(Session.can_replay(id) and #Session.list_replayable() == 1 and Session.get_replay_metadata(id).executions == 2)
		local rep = Session.replay(id, {mode = "exact", compare_results = true, to_step = 1, timeout_seconds = 60, stop_on_error = true, metadata = {why = "test"}})
		assert(rep.identical and rep.status == "completed" and #rep.steps == 1 and rep.metadata.why == "test")
		local changed = Session.replay(id, {mode = "modified", compare_results = true, to_step = 1, modifications = {Replay.create_modification("variables.x", 50)}})
		assert(not changed.identical and changed.steps[1].comparison.differences[1].replayed == "100")
		local all = Session.replay(id, {schedule = Replay.schedules.interval(0, 0.01, 3), to_step = 1})
		assert(#all == 3)
		local second = Session.replay(id, {mode = "debug"})
		assert(second.status == "stopped" and second.steps[2].replayed.result[1] == false) -- a replay starts no replay
		assert(#Artifact.list(id) == 1) -- what the replay stored is gone with it
		print("all")`)
	if err != nil || out != "all\n" {
		t.Fatalf("printed %q, %v", out, err)
	}
}

// A replay ends with the script that waits for it.
func TestReplayIsInterrupted(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	runIn(t, services, r.ID, `if stop == nil then stop = 1 else while true do end end`, `x = 1`)
	s, _ := newSession(t, kernel.Config{Services: services, Dir: t.TempDir()})
	for _, code := range []string{
		`Session.replay("` + r.ID + `", {mode = "modified", modifications = {{path = "variables.stop", value = 1}}})`,
		`Session.replay("` + r.ID + `", {schedule = Replay.schedules.once(1000)})`,
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err := s.RunString(ctx, code, "=(test)", nil)
		cancel()
		if err == nil {
			t.Errorf("%s: no error", code)
		}
	}
	out, err := s.RunString(context.Background(), `return Session.replay("`+r.ID+`", {mode = "modified", timeout_seconds = 1, modifications = {{path = "variables.stop", value = 1}}}).status`, "=(test)", nil)
	if err != nil || len(out.Texts) != 1 || out.Texts[0] != "stopped" {
		t.Errorf("with a timeout: %v, %v", out.Texts, err)
	}
}

// What happened is journaled whatever came of it.
func TestJournalOutcomes(t *testing.T) {
	ctx := context.Background()
	services, store := archiveServices(t)
	r := newRecord(t, store)
	dir := t.TempDir()
	s, _ := newSession(t, kernel.Config{Services: services, SessionID: r.ID, Dir: dir})
	write(t, dir, "main.lua", "#!/usr/bin/env llmspell\nreturn ...")
	if _, err := s.RunFile(ctx, "main.lua", []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	_, _ = s.RunString(ctx, `error("no")`, "=(x)", nil)
	_, _ = s.RunString(ctx, `this is not Lua`, "=(x)", nil)
	short, cancel := context.WithTimeout(ctx, time.Second)
	_, _ = s.RunString(short, `while true do end`, "=(x)", nil)
	cancel()
	_, _ = s.RunFile(ctx, "missing.lua", nil)
	_, _ = s.RunString(ctx, `os.exit(0)`, "=(x)", nil)
	list, err := store.Executions(ctx, r.ID, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Kind+" "+string(e.Outcome))
	}
	want := "file completed, code failed, code failed, code interrupted, file failed, code completed"
	if strings.Join(got, ", ") != want {
		t.Errorf("journaled %v, want %s", got, want)
	}
	if first := list[0]; len(first.Result) != 2 || first.Result[1] != "b" || first.Dir != dir || first.Name != "main.lua" {
		t.Errorf("%+v", first)
	}
	if src, err := store.Source(ctx, list[0]); err != nil || !strings.HasPrefix(src, "#!") {
		t.Errorf("source %q, %v", src, err)
	}
	// The file may change, or go: what ran is replayed.
	write(t, dir, "main.lua", "return 'other'")
	rep, err := (&kernel.Replayer{Config: kernel.Config{Services: services, Dir: dir}}).Replay(ctx, store, r.ID, replayOnly(1))
	if err != nil || !rep.Identical {
		t.Errorf("%+v, %v", rep, err)
	}
}

func TestSuspendedSessionRunsNothing(t *testing.T) {
	services, store := archiveServices(t)
	r := newRecord(t, store)
	if _, err := store.SetStatus(context.Background(), r.ID, "suspended", ""); err != nil {
		t.Fatal(err)
	}
	_, err := kernel.NewSession(kernel.Config{Services: services, SessionID: r.ID})
	if err == nil || !strings.Contains(err.Error(), "session resume") {
		t.Errorf("error %v", err)
	}
	// An archived one cannot be made active: nothing of that kind is advised.
	if _, err := store.SetStatus(context.Background(), r.ID, "archived", ""); err != nil {
		t.Fatal(err)
	}
	_, err = kernel.NewSession(kernel.Config{Services: services, SessionID: r.ID})
	if err == nil || strings.Contains(err.Error(), "resume") || !strings.Contains(err.Error(), "is archived: ") {
		t.Errorf("archived: error %v", err)
	}
}

// Hooks of the kernel see what scripts do to sessions.
func TestSessionHooksFire(t *testing.T) {
	services, _ := archiveServices(t)
	var seen []string
	for _, p := range []hooks.Point{hooks.SessionStart, hooks.SessionEnd, hooks.SessionCheckpoint, hooks.SessionRestore, hooks.SessionSave} {
		if _, err := services.Hooks.Register(p, hooks.Definition{Name: string(p), Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) {
			seen = append(seen, string(c.Point))
			return hooks.Result{}, nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := luaWithSessions(t, services, t.TempDir(), `
		local id = Session.create{}
		Session.save(id, {x = 1})
		Session.checkpoint(id)
		Session.load(id)
		Session.complete(id)`); err != nil {
		t.Fatal(err)
	}
	// complete keeps the variables of what load has made the current session.
	if got, want := strings.Join(seen, " "), "SessionStart SessionSave SessionCheckpoint SessionRestore SessionSave SessionEnd"; got != want {
		t.Errorf("hooks %s, want %s", got, want)
	}
}

func TestSessionsWithAColon(t *testing.T) {
	services, _ := archiveServices(t)
	out, err := luaWithSessions(t, services, t.TempDir(), `
		local s = Session:create{name = "s"}
		local a = Artifact:store(s, "custom", "n", "text")
		print(Session:get(s).name, #Session:list(), Artifact:get(s, a).content, #Artifact:list(s), Session:delete(s))`)
	if err != nil || out != "s\t1\ttext\t1\ttrue\n" {
		t.Errorf("%q, %v", out, err)
	}
}

package kernel_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// Forms of the original's scripts, as its documents and examples have them, work as the
// table in docs/lua-api.md says.
func TestScriptsOfTheOriginal(t *testing.T) {
	for name, code := range map[string]string{
		"sessions": `
			local id = Session.create({name = "Research", description = "d", tags = {"a"}, metadata = {k = "v"}})
			progress = {step = 3}
			assert(Session.save(id))
			progress = nil
			local record = Session.load(id)
			assert(record.id == id and progress.step == 3 and Session.getCurrent().id == id)
			-- A record stands for its id.
			assert(Session.get(record).name == "Research" and Session.suspend(record, "lunch").status == "suspended")
			assert(Session.resume(Session.get(id)).status == "active" and Session.save(record))
			assert(Session.setCurrent(nil) and Session.getCurrent() == nil and Session.setCurrent(record) and Session.get_current().id == id)
			for i, s in ipairs(Session.list({tags = {"a"}, status = "active", limit = 10})) do assert(Session.can_replay(s) == false and i == 1) end
			assert(Session.complete(record).status == "completed" and Session.delete(record) and not Session.delete(id))`,
		"what is saved where another session is the current one is given": `
			local one, other = Session.create("one"), Session.create("other")
			Session.set_current(one)
			local ok, err = pcall(Session.save, other)
			assert(not ok and err:find("is not the current one", 1, true), err)
			assert(Session.save(other, {x = 1}) and Session.load(other).variables == 1 and x == 1)`,
		"a table that is no record": `
			local ok, err = pcall(Session.get, {name = "x"})
			assert(not ok and err:find("Session.get: argument 1 must be the id of a session, or its record; this table has no id", 1, true), err)`,
		"artifacts": `
			local session = Session.create({name = "artifacts"})
			local id = Artifact.store(session, "agent_output", "report.md", "# Report", {mime_type = "text/markdown", author = "me", tags = {"daily"}})
			local a = Artifact.get(session, id)
			assert(a.content == "# Report" and a.metadata.custom.author == "me" and a.metadata.metadata.author == "me" and a.metadata.artifact_type == "agent_output")
			local row = Artifact.list(Session.get(session))[1]
			assert(row.custom.author == "me" and row.content_hash == id.content_hash and #Artifact.query({session_id = session, type = "agent_output", tags = {"daily"}}) == 1)
			local path = "in.txt" local f = io.open(path, "w") f:write("from a file") f:close()
			local stored = Artifact.storeFile(session, path, "user_input", {source = "disk"})
			assert(Artifact.get(session, stored).content == "from a file" and Artifact.get(session, stored).metadata.custom.source == "disk")
			assert(Artifact.delete(session, id) and Artifact.get(session, id) == nil and not Artifact.delete(session, id))`,
		"events": `
			local sub = Event.subscribe("job.*")
			for i = 1, 5 do Event.publish("job.done", {n = i}, {language = "lua", correlation_id = "c", ttl_seconds = 3600}) end
			local some = Event.receive_batch(sub, 3, 1000)
			assert(#some == 3 and some[1].data.n == 1 and some[3].data.n == 3)
			local rest = Event.receive_batch({sub})
			assert(#rest == 2 and rest[2].data.n == 5 and #Event.receive_batch(sub, 10, 1) == 0)
			local stats = Event.subscription_stats(sub)
			assert(stats.id == sub and stats.pattern == "job.*" and stats.received == 5 and stats.pending == 0)
			assert(Event.unsubscribe(sub) and Event.subscription_stats(sub) == nil)
			for _, wrong in ipairs({0, -1, 1.5, 1e9, "x", {}, 0/0}) do
				local own = Event.subscribe("x")
				local ok, err = pcall(Event.receive_batch, own, wrong, 0)
				assert(not ok and err:find("Event.receive_batch: argument 2 is how many events at most", 1, true), err)
			end
			local ok, err = pcall(Event.receive_batch, sub)
			assert(not ok and err:find("there is no subscription", 1, true), err)`,
		"a skip lets the operation go on": `
			for _, result in ipairs({"skip", "skipped", {type = "skip"}, {type = "skipped", reason = "not mine"}, {type = "Skipped"}}) do
				local calls = 0
				local h = Hook.register("BeforeToolExecution", function() calls = calls + 1 return result end, "high")
				assert(Tool.execute("calculator", {input = "1 + 1"}).result.result == 2 and calls == 1 and h:stats().skipped == 1)
				h:unregister()
			end`,
		"built-in hooks": `
			for name, want in pairs({rate_limit = "hooks.builtin.tools_per_minute", ["rate-limiter"] = "hooks.builtin.tools_per_minute", logging = "hooks.builtin.logging",
				caching = "cache of their own", loging = 'did you mean "logging"?', zzzzz = "there is no built-in hook"}) do
				local ok, err = pcall(Hook.enable_builtin, name)
				assert(not ok and err:find("Hook.enable_builtin: ", 1, true) and err:find(want, 1, true), err)
			end
			assert(not pcall(Hook.enable_builtin))`,
		"state": `
			assert(State.save("session:s1", "k", {a = {1, 2}}) == 1 and State.load("session:s1", "k").a[2] == 2 and State.load("session:s1", "none") == nil)
			State.save("any words", "k", 1) assert(State.load("custom:any words", "k") == 1 and #State.list_keys("any words") == 1 and State.delete("any words", "k"))
			State.agent_set("a", "k", 1) State.tool_set("t", "k", 2) State.save("workflow:w", "step", "out")
			assert(State.agent_get("a", "k") == 1 and State.load("agent:a", "k") == 1 and State.tool_get("t", "k") == 2)
			assert(State.workflow_get("w", "step") == "out" and State.workflow_list("w")[1] == "step")
			local ok, err = pcall(State.migrate, "2")
			assert(not ok and err:find('as a whole number, got the string "2"', 1, true), err)`,
		"tools": `
			local calc = Tool.get("calculator")
			assert(calc.schema.parameters[1].name and calc:execute({input = "2 * 3"}).result.result == 6 and Tool.calculator.execute({expression = "1"}).success)
			assert(Tool.get("none") == nil and Tool.exists("calculator") and #Tool.categories() > 3 and Tool.discover({category = "utility"})[1].category == "utility")
			assert(Tool.get_info("calculator").name == "calculator" and Tool.get_schema("calculator").parameters and Tool.invoke("calculator", {input = "1"}).result.result == 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
				t.Setenv(name, t.TempDir())
			}
			services := kernel.NewDefaultServices(nil, nil)
			t.Cleanup(func() {
				if err := services.Close(); err != nil {
					t.Error(err)
				}
			})
			if _, err := luaWithSessions(t, services, t.TempDir(), strings.TrimSpace(code)); err != nil {
				t.Error(err)
			}
		})
	}
}

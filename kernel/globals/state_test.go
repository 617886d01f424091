package globals

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/hooks"
	store "github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// stateful is a Lua state whose State is kept in a file.
func stateful(t *testing.T, reg *hooks.Registry) *lua.LState {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "state.db"), store.Options{History: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	L := lua.NewState()
	t.Cleanup(L.Close)
	InstallJSON(L, lualib.NewHost())
	InstallState(L, func() (*store.Store, error) { return s, nil }, store.ViewOptions{Hooks: reg}, Env{})
	return L
}

func TestStateInLua(t *testing.T) {
	for name, script := range map[string]string{
		"get and set": `
			assert(State.set("k", {a = 1, list = {1, 2, {x = "y"}}, e = {}}) == 1)
			local v = State.get("k")
			assert(v.a == 1 and v.list[3].x == "y" and next(v.e) == nil)
			assert(State.set("k", "two") == 2 and State.get("k") == "two")
			assert(State.get("none") == nil and State.get("none", {default = {1}})[1] == 1)
			assert(State.exists("k") and not State.exists("none"))
			assert(State:get("k") == "two" and State:set("k", 3) == 3)
			State.set("k", nil)
			assert(State.get("k") == nil and not State.exists("k"))
			State.set("b", "\0\255") assert(State.get("b") == "\0\255")
			State.set("i", math.huge) assert(State.get("i") == math.huge)
			State.set("n", 0/0) local n = State.get("n") assert(n ~= n)
			State.set("f", false) assert(State.get("f") == false and State.exists("f"))
			State.set(5, 1) assert(State.get("5") == 1)`,
		"null": `
			local null = JSON.null
			local was = {a = null, list = {1, null, 3}, [7] = null}
			State.set("k", was)
			local v = State.get("k")
			assert(v.a == null and v.list[2] == null and #v.list == 3 and v[7] == null)
			State.set("k2", v)
			assert(State.get("k2").list[2] == null and State.list({values = true})[2].value.a == null)
			assert(State.compare_and_set("k", was, {b = null}) and State.get("k").b == null)
			local done, there = State.compare_and_set("k", {}, 1)
			assert(not done and there.b == null)
			assert(State.transaction(function() State.set("t", {null}) return State.get("t")[1] end) == null)
			State.set("k", null) State.save("global", "k2", null)
			assert(not State.exists("k") and not State.exists("k2"))
			State.set("k", 1) assert(State.compare_and_set("k", 1, null) and not State.exists("k"))`,
		"scopes": `
			State.set("k", "s", {scope = "session:1"}) State.set("k", "m", {scope = "mine"}) State.set("k", "g")
			assert(State.get("k", {scope = "session:1"}) == "s" and State.load("custom:mine", "k") == "m" and State.load("global", "k") == "g")
			local all = State.scopes()
			assert(#all == 3 and all[1].scope == "custom:mine" and all[1].entries == 1 and all[1].bytes == 3)
			assert(State.clear("session:1") == 1 and State.get("k", {scope = "session:1"}) == nil and State.get("k") == "g")`,
		"original": `
			State.save("global", "k", {n = 5}) assert(State.load("global", "k").n == 5 and State.load("global", "x") == nil)
			State.save("workflow:w", "step:one:output", "out") State.save("workflow:w", "final_output", 1)
			assert(State.workflow_get("w", "one") == "out" and State.workflow_get("w", "final_output") == 1 and State.workflow_get("w", "no") == nil)
			assert(table.concat(State.workflow_list("w"), " ") == "final_output step:one:output")
			State.agent_set("a", "k", 1) assert(State.agent_get("a", "k") == 1 and State.load("agent:a", "k") == 1)
			State.tool_set("t", "k", 2) assert(State.tool_get("t", "k") == 2 and State.load("tool:t", "k") == 2)
			assert(table.concat(State.list_keys("global"), " ") == "k")
			assert(State.delete("global", "k") == true and State.delete("global", "k") == false and #State.list_keys("global") == 0)`,
		"delete": `
			State.set("k", 1) State.set("k", 2, {scope = "mine"})
			assert(State.delete("k", {scope = "mine"}) and State.get("k") == 1 and State.delete("k") and not State.delete("k"))`,
		"list": `
			for _, k in ipairs{"a", "b:1", "b:2", "c"} do State.set(k, {key = k}) end
			assert(table.concat(State.list(), " ") == "a b:1 b:2 c")
			assert(table.concat(State.list{prefix = "b:"}, " ") == "b:1 b:2" and table.concat(State.list{limit = 2, after = "a"}, " ") == "b:1 b:2")
			local e = State.list{prefix = "c", values = true}[1]
			assert(e.key == "c" and e.value.key == "c" and e.version == 1 and e.written_at:match("^%d%d%d%d%-") and not e.ttl)`,
		"ttl and info": `
			State.set("k", 1, {ttl = 3600}) State.set("k", 2, {ttl_seconds = 0.5})
			local i = State.info("k")
			assert(i.version == 2 and i.revision > 1 and i.ttl == 0.5 and i.size == 1 and i.expires_at and i.created_at and i.scope == "global")
			assert(State.info("none") == nil)
			local h = State.history("k") assert(#h == 1 and h[1].value == 1 and h[1].version == 1)`,
		"compare and set": `
			assert(State.compare_and_set("k", nil, 1) == true)
			local ok, there = State.compare_and_set("k", nil, 2) assert(ok == false and there == 1)
			assert(State.compare_and_set("k", 1, {a = {1, 2}}) and State.compare_and_set("k", {a = {1, 2}}, 3))
			ok, there = State.compare_and_set("k", 1, 4) assert(not ok and there == 3)
			assert(State.compare_and_set("k", nil, 5, {version = 3}) and not State.compare_and_set("k", nil, 6, {version = 3}))
			assert(State.compare_and_set("k", nil, 6, {revision = State.info("k").revision}) and State.get("k") == 6)
			assert(State.compare_and_set("k", 6, nil) and not State.exists("k"))`,
		"increment": `
			assert(State.increment("n") == 1 and State.increment("n", 5) == 6 and State.increment("n", -0.5) == 5.5)
			assert(State.increment("n", 1, {scope = "mine"}) == 1)`,
		"transaction": `
			State.set("a", 10) State.set("b", 0)
			local x, y, z = State.transaction(function(tx)
				assert(tx == State)
				tx.increment("a", -3) State.increment("b", 3) tx:set("c", {1}) State.set("d", 1) State.set("d", nil)
				assert(tx.get("a") == 7 and tx.get("c")[1] == 1 and not tx.exists("d") and #State.list() == 3)
				return "x", nil, "z"
			end)
			assert(x == "x" and y == nil and z == "z" and State.get("a") == 7 and State.get("b") == 3)
			local ok, err = pcall(State.transaction, function(tx) tx.set("a", 0) tx.delete("b") error("no", 0) end)
			assert(not ok and err == "no" and State.get("a") == 7 and State.get("b") == 3)
			ok, err = pcall(State.transaction, function() error({code = 5}) end)
			assert(not ok and err.code == 5)
			State.transaction(function() State.transaction(function() State.set("a", 1) end) State.set("b", 1) end)
			assert(State.get("a") == 1 and State.get("b") == 1)
			ok, err = pcall(State.transaction, function() State.set("a", 2) State.transaction(function() error("inner", 0) end) end)
			assert(not ok and err == "inner" and State.get("a") == 1)
			State.set("n1", 0) State.delete("n2")
			State.transaction(function()
				State.set("n1", 1)
				assert(not pcall(State.transaction, function() State.set("n1", 2) State.set("n2", 2) error("inner") end))
				assert(State.get("n1") == 1 and State.get("n2") == nil)
				State.increment("n1", 10)
			end)
			assert(State.get("n1") == 11 and State.get("n2") == nil)
			assert(select("#", State.transaction(function() end)) == 0)
			assert(not pcall(State.transaction, function() State.restore_backup("x") end))`,
		"migrations": `
			State.set("u", {name = "Ann", old = 1})
			assert(State.get_migration_status().current_version == 1 and State.get_schema_versions()[1].status == "initial")
			State.register_migration{version = 2, description = "d", steps = {{add = "age", default = 7}, {remove = "old"}, {rename = "name", to = "title"}}}
			local st = State.get_migration_status()
			assert(st.latest_version == 2 and #st.pending == 1 and not st.up_to_date and State.get_schema_versions()[2].status == "pending")
			local r = State.migrate(2)
			assert(r.success and r.version == 2 and r.changed == 1 and r.applied[1].description == "d")
			local u = State.get("u") assert(u.age == 7 and u.title == "Ann" and u.old == nil and u.name == nil)
			assert(State.get_migration_status().up_to_date and State.get_schema_versions()[2].status == "applied")
			assert(not pcall(State.migrate, 3))`,
		"transforms": `
			for i = 1, 30 do State.set("u" .. i, {n = i, [7] = "seven"}) end
			State.set("other", 1)
			State.register_migration{version = 2, prefix = "u", steps = {{add = "age", default = 0}}, transform = function(v, e)
				assert(v.age == 0 and v[7] == "seven" and e.key:sub(1, 1) == "u" and e.scope == "global" and State.get("other") == 1)
				if v.n == 3 then return nil, "delete" end
				if v.n == 4 then v.age = nil return v end
				return {v.n, key = e.key}
			end}
			local st = State.get_migration_status() assert(st.latest_version == 2 and #st.pending == 1)
			local r = State.migrate(2, {dry_run = true})
			assert(r.dry_run and r.examined == 30 and r.changed == 29 and r.unchanged == 1 and r.deleted == 1 and State.get("u1").n == 1)
			r = State.migrate(2)
			assert(not r.dry_run and r.from == 1 and r.examined == 30 and r.changed == 29 and r.deleted == 1 and r.applied[1].changed == 29)
			local u = State.get("u5") assert(u[1] == 5 and u.key == "u5" and State.get("u3") == nil and State.get("u4").n == 4)

			-- What is wrong is said, and changes nothing.
			local cases = {
				{function(v) if v == 1 then error("boom") end return 0 end, 'other.*boom'},
				{function() return print end, "cannot be kept"}, {function() end, "returned nothing"},
				{function() State.set("k", 1) return 1 end, "State.set: a migration is under way"},
				{function() State.migrate(3) return 1 end, "a migration is under way"},
				{function() return {[true] = 1} end, "a key is a boolean"},
				{function(v) return v, "delete" end, 'returned "delete" as its second result, behind a value that is table'},
				{function(v) return v, "delte" end, 'returned "delte"'}, {function() return nil, "delte" end, 'returned "delte".*nil and "delete"'},
				{function(v) return v, true end, "returned boolean"}, {function() return nil, 1 end, "returned number"},
			}
			for _, case in ipairs(cases) do
				State.register_migration{version = 3, transform = case[1]}
				local ok, err = pcall(State.migrate, 3)
				assert(not ok and err:find("nothing was changed", 1, true) and err:find(case[2]), err)
				assert(State.get("other") == 1 and State.get_migration_status().current_version == 2 and not State.exists("k"))
			end
			assert(not pcall(State.register_migration, {version = 3, transform = 5}) and not pcall(State.register_migration, {version = 3}))
			for _, step in ipairs{{add = "x"}, {remove = "x", default = 1}, {default = 1}} do
				local ok, err = pcall(State.register_migration, {version = 3, steps = {step}})
				assert(not ok and err:find("version 3, step 1: want one of add (with default", 1, true), err)
			end
			State.register_migration{version = 9, steps = {{add = "x", default = JSON.null}}}
			State.register_migration{version = 3, prefix = "other", transform = function(v) return ("a" .. v):gsub("a", "b") end}
			assert(State.migrate(3).changed == 1 and State.get("other") == "b1")
			State.set("k", 2)`,
		"number keys": `
			local t = {[1] = "a", [3] = "c", [-2] = "m", [0.5] = {1, nil, 3}, [1e300] = 1, [math.huge] = 2, k = {[5] = {x = {[7] = 7}}}, ["3"] = "text", ["\xff"] = 1}
			State.set("t", t)
			local function same(a, b)
				if type(a) ~= "table" or type(b) ~= "table" then return a == b end
				for k, v in pairs(a) do if not same(v, b[k]) then return false end end
				for k in pairs(b) do if a[k] == nil then return false end end
				return true
			end
			assert(same(State.get("t"), t))
			assert(State.compare_and_set("t", t, {[2] = 2}) and State.get("t")[2] == 2 and State.get("t")["2"] == nil)
			local deep = 1 for i = 1, 100 do deep = {[i + 1] = deep} end
			State.set("deep", deep) assert(same(State.get("deep"), deep))
			local ok, err = pcall(State.set, "b", {list = {[true] = 1}})
			assert(not ok and err:find(".list: a key is a boolean; keys must be strings or numbers", 1, true), err)
			State.transaction(function() State.set("tx", {[9] = 9}) assert(State.get("tx")[9] == 9) end)
			assert(State.get("tx")[9] == 9 and State.list{prefix = "tx", values = true}[1].value[9] == 9)`,
		"backups": `
			State.set("k", "old")
			local id, info = State.create_backup("why")
			assert(type(id) == "string" and info.id == id and info.description == "why" and info.entries == 1)
			State.set("k", "new")
			assert(State.validate_backup(id) == true)
			local ok, before = State.restore_backup(info)
			assert(ok and State.get("k") == "old" and #State.list_backups() == 2)
			State.restore_backup(before) assert(State.get("k") == "new")
			assert(#State.cleanup_backups{keep = 1} == 2 and #State.list_backups() == 1)
			State.delete_backup(State.list_backups()[1].id)
			assert(#State.list_backups() == 0 and not pcall(State.restore_backup, id))
			local u = State.get_storage_usage()
			assert(u.entries == 1 and u.file_bytes > 0 and u.total_bytes >= u.file_bytes and u.scopes.global.entries == 1)
			State.flush()`,
	} {
		t.Run(name, func(t *testing.T) {
			if err := stateful(t, nil).DoString(script); err != nil {
				t.Error(err)
			}
		})
	}
}

// Errors name the function, and the argument or what is wrong with it.
func TestStateErrorsInLua(t *testing.T) {
	L := stateful(t, nil)
	for script, want := range map[string]string{
		`State.get()`:                                             "State.get: argument 1: expected a key as a string, got nil",
		`State.get({})`:                                           "State.get: argument 1: expected a key as a string, got table",
		`State.get("")`:                                           "State.get: not a valid name: key \"\" must not be empty",
		`State.get("k", 5)`:                                       "State.get: argument 2: expected a table of options",
		`State.get("k", {scop = "x"})`:                            `"scope"`,
		`State.get("k", {scope = ""})`:                            "a scope is \"global\"",
		`State.get("k", {scope = "session:"})`:                    "an ID must follow the colon",
		`State.set("k")`:                                          "State.set: argument 2: a value is missing",
		`State.set("k", print)`:                                   "State.set: argument 2: the value cannot be kept: a function cannot be converted",
		`State.set("k", {a = {b = print}})`:                       ".a.b: a function cannot be converted",
		`local t = {} t.t = t State.set("k", t)`:                  "a table that contains itself",
		`State.set("k", coroutine.create(print))`:                 "a thread cannot be converted",
		`State.set("k", 1, {ttl = -1})`:                           "ttl",
		`State.set("k", 1, {ttl = "x"})`:                          "ttl",
		`State.set("k", ("x"):rep(11 * 1024 * 1024))`:             "too large: the value has 11534338 bytes, 10485760 are allowed",
		`State.save("global", "k")`:                               "State.save: argument 3: a value is missing",
		`State.save(nil, "k", 1)`:                                 "State.save: argument 1: expected a scope",
		`State.agent_set("", "k", 1)`:                             "State.agent_set: not a valid name: scope",
		`State.increment("k", "x")`:                               "State.increment: argument 2: expected a number to add, got string",
		`State.set("t", "x") State.increment("t")`:                "only numbers can be incremented, and this is a string",
		`State.transaction(5)`:                                    "State.transaction: argument 1: expected a function, got number",
		`State.compare_and_set("k", print, 1)`:                    "State.compare_and_set: argument 2",
		`State.migrate("x")`:                                      "State.migrate: argument 1: expected the version",
		`State.migrate(1.5)`:                                      "State.migrate: argument 1: expected the version",
		`State.migrate(7)`:                                        "no migration to version",
		`State.register_migration()`:                              "State.register_migration: argument 1: expected a table",
		`State.register_migration{version = 2}`:                   "steps",
		`State.register_migration{version=2,steps={{}}}`:          "want one of add",
		`State.register_migration{version=2,trnsform=print}`:      `"options.trnsform" is not known; did you mean "transform"?`,
		`State.register_migration{version=2,transform="x"}`:       `"options.transform" is wrong: expected a function, got string`,
		`State.set("k", 1, {on_done=print})`:                      `"options.on_done" is not known`,
		`State.restore_backup("../x")`:                            "there is no such backup",
		`State.clear()`:                                           "State.clear: argument 1: expected a scope",
		`State.transaction(function() State.migrate(2) end)`:      "not possible in a transaction",
		`State.transaction(function() State.create_backup() end)`: "a backup is not possible in a transaction",
		`State.transaction(function() for i = 1, 2 do State.get("c") end State.set("c", 1) other() end, {retries = "x"})`: "retries",
	} {
		err := L.DoString(script)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", script, err, want)
		}
	}
	if err := L.DoString(`assert(#State.list() == 1)`); err != nil {
		t.Error("something was written:", err)
	}
}

// A transaction whose values others change runs again; with no retries it fails.
func TestStateTransactionRunsAgain(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	L := lua.NewState()
	defer L.Close()
	InstallState(L, func() (*store.Store, error) { return s, nil }, store.ViewOptions{}, Env{})
	L.SetGlobal("other", L.NewFunction(func(*lua.LState) int {
		if _, err := s.Increment(context.Background(), store.Scope{}, "n", 10, store.SetOptions{}); err != nil {
			t.Error(err)
		}
		return 0
	}))
	if err := L.DoString(`
		local runs = 0
		local r = State.transaction(function()
			runs = runs + 1
			local n = State.get("n") or 0
			if runs < 3 then other() end
			State.set("n", n + 1)
			return runs
		end)
		assert(r == 3 and State.get("n") == 21)
		local ok, err = pcall(State.transaction, function() local n = State.get("n") other() State.set("n", n) end, {retries = 0})
		assert(not ok and err:find("State.transaction: conflict: \"n\" in scope global was changed"), err)
		assert(State.get("n") == 31)`); err != nil {
		t.Error(err)
	}
}

func TestStateHooksInLua(t *testing.T) {
	reg := hooks.New(hooks.Options{})
	if _, err := reg.Register(hooks.BeforeStateWrite, hooks.Definition{Name: "guard", Func: func(_ context.Context, c *hooks.Call) (hooks.Result, error) {
		if c.Thread == nil || c.Language != "lua" {
			t.Errorf("thread %v, language %q", c.Thread, c.Language)
		}
		if c.Data["value"] == "bad" {
			return hooks.Result{Kind: hooks.Cancel, Reason: "bad value"}, nil
		}
		return hooks.Result{}, nil
	}}); err != nil {
		t.Fatal(err)
	}
	if err := stateful(t, reg).DoString(`
		State.set("k", "good")
		local ok, err = pcall(State.set, "k", "bad")
		assert(not ok and err:find("State.set: cancelled by the hook guard at BeforeStateWrite: bad value"), err)
		assert(not pcall(State.transaction, function() State.set("j", 1) State.set("k", "bad") end))
		assert(State.get("k") == "good" and State.get("j") == nil)`); err != nil {
		t.Error(err)
	}
}

func BenchmarkStateInLua(b *testing.B) {
	s, err := store.Open(context.Background(), filepath.Join(b.TempDir(), "state.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	L := lua.NewState()
	defer L.Close()
	InstallState(L, func() (*store.Store, error) { return s, nil }, store.ViewOptions{}, Env{})
	for name, code := range map[string]string{"get": `return State.get("k")`, "set": `State.set("k", {a = 1, b = "x"})`} {
		b.Run(name, func(b *testing.B) {
			fn, err := L.LoadString(code)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				L.Push(fn)
				L.Call(0, 0)
			}
		})
	}
}

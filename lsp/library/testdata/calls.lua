-- Calls the functions of the kernel's globals in many ways, for the comparison with
-- their declarations.
local calc = Tool.get("calculator")
calc:execute({input = "1 + 1"}, {cache = false, retries = 2})
calc.execute({input = "1 + 1"})
calc:getSchema() calc.get_schema()
Tool.invoke("calculator", {input = "2"})
Tool.exists("calculator") Tool.exists("nothing")
for _, t in ipairs(Tool.list()) do
  Tool.info(t.name) Tool.get_info(t.name) Tool.schema(t.name) Tool.get_schema(t.name) Tool.get(t.name)
end
Tool.list({needs = "files", without = {"network"}, security = "restricted"})
Tool.search("file") Tool.search("file", {category = "utility"})
Tool.discover() Tool.discover({query = "json", tag = "text"}) Tool.categories()
Tool.parallel({{"calculator", {input = "1"}}, {"nothing"}, {"calculator", {}}}, {timeout_ms = 10000})
CHECK(Tool.calculator:execute({input = "1"})._raw_text, "string")
for _, wait in ipairs({"wait", "result"}) do
  local h = Tool.start("calculator", {input = "3"})
  METHOD("llmspell.ToolHandle", h, wait, 60000)
  METHOD("llmspell.ToolHandle", h, "done")
  METHOD("llmspell.ToolHandle", h, "name")
  METHOD("llmspell.ToolHandle", h, "cancel")
end
local own = Tool.register({name = "own_tool", description = "d", category = "c", version = "2.0.0", tags = {"x"}, aliases = {"mine"},
  parameters = {who = {type = "string", required = true}}, result = {type = "string"},
  execute = function(p) if p.who == "" then return nil, "nobody" end return "Hello, " .. p.who end})
own:execute({who = "Ann"})
METHOD("llmspell.ToolHandle", Tool.start("own-tool", {who = ""}), "result")
pcall(Tool.execute, "own-tool", {who = ""})
Tool.register({name = "schema-tool", description = "d", parameters = {type = "object", properties = {n = {type = "integer"}}}, execute = function(p) return p end})
Tool.register({name = "list-tool", description = "d", parameters = {{name = "n", type = "integer", minimum = 1}}, execute = function() end})
local answers = Tool.parallel({{name = "own-tool", params = {who = "x"}}, {"list-tool", {n = 0}}})
CHECK(answers[2].error, "llmspell.ToolError")

State:set("k", {1, {a = true}}) State.set("k", 2, {ttl = 100, scope = "mine"}) State.set("gone", nil)
State.get("k") State.get("k", {scope = "mine", default = 1}) State.exists("k") State.info("k") State.info("none")
State.info("k", {scope = "mine"}) State.list() State.list({values = true, limit = 5, after = "a", prefix = ""}) State.history("k")
State.increment("n") State.increment("n", 2.5, {ttl = 9}) State.compare_and_set("n", 3.5, 4, {scope = "global"})
State.compare_and_set("n", nil, 4, {version = 99}) State.scopes() State.save("agent:a", "k", "v", {ttl = 5}) State.load("agent:a", "k")
State.list_keys("agent:a") State.agent_set("a", "x", 1) State.agent_get("a", "x") State.tool_set("t", "x", 1) State.tool_get("t", "x")
State.set("step:one:output", "done", {scope = "workflow:w"}) State.workflow_get("w", "one") State.workflow_get("w", "two") State.workflow_list("w")
State.transaction(function(tx) tx.set("in", 1) tx.delete("in") return 1, "two" end, {retries = 3})
State.delete("k", {scope = "mine"}) State.delete("global", "k") State.delete("k") State.flush() State.clear("agent:a")
local backup, info = State.create_backup("before") State.list_backups() State.validate_backup(info) State.restore_backup(backup)
State.cleanup_backups({keep = 1, max_age_days = 30}) State.delete_backup(State.list_backups()[1]) State.get_storage_usage()
State.register_migration({version = 2, description = "d", scope = "global", prefix = "user:", steps = {{add = "age", default = 0}, {remove = "x"}}})
State.register_migration({version = 3, steps = {{rename = "a", to = "b"}}})
State.register_migration({version = 4, transform = function(value, entry) CHECK(entry, "llmspell.StateInfo") return value end})
State.get_migration_status() State.get_schema_versions() State.migrate(2, {dry_run = true}) State.migrate(4) State.get_migration_status() State.get_schema_versions()

local id = Session.create({name = "one", description = "d", tags = {"a", "b"}, metadata = {k = 1}, created_by = "me"})
local two = Session.builder():name("two"):description("d"):tag("x"):tags({"y", "z"}):metadata({a = 1}):metadata("b", 2):parent(id):created_by("me"):build()
Session:set_current(id) Session.get() Session.get(two) Session.get("none") Session.find("one") Session.find("none") Session.get_current()
Session.list() Session.list({status = {"active", "failed"}, tags = "a", name = "o*", order = "name", limit = 3, created_after = os.time() - 9})
Session.search("one") Session.count() Session.update(id, {name = "uno", metadata = {z = true}}) Session.add_tags(id, "c", {"d"}) Session.remove_tags(id, "c")
variable = {1, 2} other = print
Session.save() Session.save(two, {x = 1}) Session.checkpoint(id, "cp") Session.list_checkpoints() Session.restore() Session.load(id)
Session.suspend(id, "later") Session.resume(id) Session.fail(two, "oh") Session.complete(id) Session.archive(id, "kept", {force = true})
Session.executions() Session.executions(two, {from = 1, to = 2, limit = 3})
Session.export(two, "two.zip") Session.import("two.zip", {new_id = true, name = "copy"})
Session.can_replay() Session.get_replay_metadata() Session.list_replayable() Session.cleanup({completed_seconds = 1e6, failed_seconds = 0, archived_seconds = 9, keep = 1, dry_run = true})
Session.getCurrent() Session.setCurrent(Session.get(two))
Session.delete("none") Session.delete(Session.get(two), {force = true}) Session.set_current() Session.save(Session.create())

local s = Session.create("artifacts")
local ref = Artifact.store(s, "custom", "a.txt", "text", {tags = "t", mime_type = "text/plain", created_by = "me", note = 1})
Artifact.store(s, nil, "a.txt", {1, 2}) Artifact.get(s, "a.txt") Artifact.get(s, 1) Artifact.get(nil, ref) Artifact.get(s, {name = "a.txt", version = 1}) Artifact.get(s, "none")
Artifact.save_file(s, ref.content_hash, "out.txt") Artifact.store_file(s, "out.txt", "user_input", {name = "in.txt"}) Artifact.list() Artifact.list("") Artifact.list(s)
Artifact.query() Artifact.query({session_id = s, type = "custom", name_pattern = "*.txt", tags = {"t"}, min_size = 1, latest = true}) Artifact.verify(s) Artifact.verify()
Artifact.storeFile(Session.get(s), "out.txt", "user_input") Artifact.list(Session.get(s)) Artifact.delete(s, ref) Artifact.delete(s, "none")

Replay.create_config() Replay.create_config("debug") Replay.create_modification("variables.x", {1}) Replay.create_modification("steps.1.code", "x", false)
Replay.create_comparator():compare_json({1}, {1, 2}) Replay.compare("a", 1)
CHECK(Replay.modes, "table")
Replay.next_times(Replay.schedules.cron("0 3 * * *", 2), 2) Replay.next_times(Replay.schedules.interval(1, 2, 3)) Replay.next_times(Replay.schedules:once(1))

local sub = Event.subscribe({"a.*", "b"}, {buffer = 5, policy = "drop_newest"})
Event:publish("a.x", {1}, {source = "s", target = "t", tags = {"x"}, priority = 3, ttl_seconds = 50}) Event.publish("b")
Event.receive(sub) Event.receive({sub}, 10) Event.receive(sub, 0) Event.receive({sub}, 0)
Event.publish("b") Event.receive_batch(sub) Event.receive_batch({sub}, 2, 0) Event.subscription_stats(sub) Event.subscription_stats(0)
local on = Event.on("c", function(e) CHECK(e, "llmspell.Event") if e.data then error("oh") end end)
Event.publish("c") Event.publish("c", 1) Event.dispatch() Event.dispatch(1)
Event.list_subscriptions() Event.history() Event.history("a.*") Event.history({pattern = "a.*", since = 0, ["until"] = os.time() + 9, after = 0, limit = 9}) Event.get_stats() Event.unsubscribe(on) Event.unsubscribe(on)

local seen
local h = Hook.register("BeforeToolExecution", function(ctx) seen = ctx end, {priority = -5, name = "n", description = "d", version = "1", tags = {"t"}, component = {type = "tool", name = "calc*"}, guard = true, timeout_ms = 900, slow_ms = 900})
Tool.execute("calculator", {input = "5"})
CHECK(seen, "llmspell.HookContext")
h:id() h.hook_point() h:disable() h:enable() h:stats() Hook.disable(h) Hook.enable(h:id()) Hook.points() Hook.stats()
Hook.list() Hook.list("before_tool_execution") Hook.list({hook_point = "BeforeToolExecution", priority = "normal", tag = "t", name = "n", language = "lua"}) Hook.list({tag = "t"})
Hook.register("custom:p", function() return "no" end, "high") Hook.fire("custom:p") Hook.fire("custom:none", {a = 1})
local failing = Hook.register("custom:q", function(ctx) CHECK(ctx, "llmspell.HookContext") return {type = ctx.data.type, data = {x = 1}, reason = "r", target = "t", delay_ms = 1, max_attempts = 2} end, 7)
for _, kind in ipairs({"continue", "skip", "cancel", "modified", "replace", "redirect", "retry", "wrong"}) do
  CHECK(Hook.fire("custom:q", {type = kind}), "llmspell.HookOutcome")
end
pcall(Hook.enable_builtin, "logging") failing:stats() Hook.unregister(failing) h:unregister()

Config:get("tools.enabled") Config.get() Config.get("no", 3) Config.getSection("tools") Config.getSection("no") Config.getProvider("no") Config.listProviders() Config.getSecurity()
Config.getTools() Config.getPermissions() Config.isFileAccessAllowed("/etc/passwd", "write") Config.isFileAccessAllowed() Config.isNetworkAccessAllowed("example.com", 443) Config.isNetworkAccessAllowed()
Config.restoreSnapshot(Config.snapshot()) Config.toJson(true) Config.setSecurity({})
pcall(Config.addAllowedPath, "/") pcall(Config.setProvider, "p", {})

JSON.decode(JSON.encode({1, {x = "y"}})) JSON.array({}) JSON:is_array({1}) JSON.stringify(nil) JSON.stringify({}, 2) JSON.stringify({}, {pretty = true, sort_keys = false})
Utils.uuid() Utils.now() Utils.timestamp() Utils:sleep(1) Utils.deepcopy({}) Utils.deepcopy(nil)

for _, level in ipairs({"trace", "debug", "info", "warn", "error"}) do
  Debug[level]("m") Logger[level]({}, "mod") Debug.log(level, "m", "mod") Debug:logWithData(level, "m", {1}, "mod")
end
Debug.setLevel("off") Debug.getLevel() Debug.setLevel("trace") Debug.setEnabled(true) Debug.isEnabled() Debug.addModuleFilter("net.*", false)
Debug.addAdvancedFilter("x", "regex", true) Debug.getFilterSummary() Debug.removeModuleFilter("x") Debug.clearModuleFilters() Debug.setDefaultFilterEnabled(true)
Debug.getCapturedEntries(3) Debug.getCapturedEntries() Debug.clearCaptured()
local timer = Debug.timer("t") timer:lap() timer.lap("half") timer:elapsed() Debug.recordEvent(timer, "e", {1}) Debug.recordEvent(timer.id, "e") timer:stop()
Debug.performanceReport() Debug.jsonReport() Debug.memoryStats() Debug.memorySnapshot() Debug.memorySnapshot("l") Debug.startProfile(500) Debug.stopProfile() Debug.flameGraph()
Debug.show({1}) Debug.dump({}) Debug.dumpCompact(nil) Debug.dumpVerbose({1}, "l") Debug.dumpWithOptions({1}, {max_depth = 1, show_types = true}, "l")
Debug.stackTrace() Debug.stackTrace({max_depth = 3, capture_locals = true, capture_upvalues = true, include_source = true}) Debug.stackTraceJson() Debug.breakpoint() Debug.isAttached()

local function numbers() return Streaming.create(function(yield) for i = 1, 9 do yield(i, "n") end end) end
local stream = numbers()
stream:next() stream.isDone() stream:is_done() stream:collect(2) stream:map(function(v) return tostring(v) end):filter(function(v) return v ~= "4" end):take(2):collect()
for v in numbers():iter() do CHECK(v, "integer") end
stream:close() stream:next() CHECK(numbers()(), "integer")

local turn = Memory.episodic.add("m1", "user", "My boat is called Marigold", {topic = "boats"})
Memory.episodic.add("m1", "bot", "A fine name", nil, {id = "b1", time = "2024-05-01"}) Memory.episodic:add(Session.get(s), "bot", "x")
Memory.episodic.search("m1", "boat", 3) Memory.episodic.search("", "marigold") Memory.episodic.search(nil, "boat", {limit = 2, role = "user", since = 0}) Memory.episodic.search("m1", "boat", {mode = "words"})
Memory.episodic.get("m1", turn) Memory.episodic.get(nil, "none") Memory.episodic.list() Memory.episodic.list({session = {"m*"}, id = turn, processed = false, order = "newest", metadata = {topic = "boats"}})
Memory.episodic.list({["until"] = os.time() + 9, session = "m1"}) Memory.episodic.sessions() Memory.stats() Memory:stats() Memory.episodic.forget({session = "m1", id = {turn, "b1"}})

RAG.ingest("a text") RAG.ingest({content = "x", id = "1", title = "T", source = "s", metadata = {n = 1}, kind = "md", timestamp = "2024-05-01"}) RAG.ingest_batch({{text = "y"}, "z"}, {collection = "c", kind = "plain"})
RAG.ingest({}, {scope = "user", scope_id = "u", tenant_id = "t", metadata = {a = 1}, chunking = {chunk_size = 100, overlap = 5, strategy = "fixed"}, ttl_seconds = 50, provider = "x"})
RAG.ingest({path = "."}, {globs = "*.none", exclude = {"x"}, hidden = true, chunking = {size = 50, chunk_overlap = 2}, ttl = 9})
RAG.search("text") RAG.search("x", {k = 2, threshold = 0.5, collection = "c", id = {"1"}, metadata = {n = 1}, scope = "*", provider = 1}) RAG.search("x", {top_k = 2, metadata_filter = {n = 1}}) RAG:search("y", {limit = 1, filters = {}, tenant_id = "t"})
RAG.search("x", {scope = "session", scope_id = s}) RAG.list() RAG.list({id = "1", collection = {"c"}, metadata = {n = 1}, limit = 5, scope = "global"}) RAG.collections() RAG.collections({scope = "user", scope_id = "u", tenant_id = "t"})
RAG.get_stats() RAG.get_stats("session", s) RAG.set_ttl("c", 5) RAG.set_ttl("c", 0, {scope = "user", scope_id = "u", tenant_id = "t"}) RAG.create_session_collection(s, 60) RAG.create_session_collection(Session.get(s))
RAG.configure_session({session_id = s, vector_ttl = 60}) RAG.configure_session({session_id = s, ttl = 5, collection = "c"}) RAG.cleanup_scope("user", "u") RAG.list_providers() RAG.save() RAG.delete({id = "1", scope = "*"})
RAG.configure({collection = "c", k = 3, threshold = 0.1, chunking = {size = 99}, scope = "user", scope_id = "u", tenant_id = "t", provider = 1, embedding = {}, vector_storage = {}, cache = {}, enabled = true, multi_tenant = true})
RAG.configure({top_k = 4}) RAG.configure({limit = 4})

Memory.episodic.add("c1", "Ann", "My boat is called Marigold", {topic = "boats"}, {time = "2024-05-01"}) RAG.ingest({id = "care", text = "# Boats\n\nVarnish a boat each year.", kind = "markdown"}, {scope = "global", collection = "default"})
Context.assemble("boat") Context.assemble("boat", "rag", 500, "c1", {encoding = "cl100k_base", role = "Ann", since = 0, metadata = {topic = "boats"}, min_score = 0.1, candidates = 9}) Context:assemble("boat", "rag", 100, nil, {collection = {"default"}, scope = "*"})
Context.assemble("boat", "rag", 100, nil, {scope = "user", scope_id = "u", tenant_id = "t", ["until"] = os.time()}) Context.test("boat") Context.test("boat", Session.get(s)) Context.test("boat", "c1", {role = {"x"}}) Context.analyze("boat", 300, "c1") Context.analyze("boat")
for _, strategy in ipairs(Context.strategies()) do Context.assemble("boat", strategy.name, 200) end Context.strategy_stats() Memory.episodic.forget({session = "c1"})

-- The options that are not given above.
Artifact.query({artifact_type = "custom", content_hash = ref.content_hash, created_after = "2020-01-01", created_before = os.time() + 99, limit = 5, max_size = 1e6, offset = 0})
Debug.dumpWithOptions({}, {compact_mode = true, indent_size = 3, max_array_elements = 4, max_string_length = 5, max_table_pairs = 6, show_addresses = true})
Event.publish("x", nil, {correlation_id = "c", language = "x", ttl = 5}) Event.history({correlation_id = "c"})
Event.subscribe("x", {buffer_size = 4, language = "y", overflow = "block", block_ms = 5}) Hook.list({point = "ToolError"})
Session.update(s, {description = "d", tags = {"q"}}) Session.create({parent = s}) Session.create({id = "own-1", parent_session_id = s})
Session.list({created_before = os.time() + 9, created_by = "me", offset = 0, parent = s, text = "x", updated_after = 0, updated_before = "2100-01-01"})
Session.list({user = "me", active = true, parent_session_id = s, sort_by = "created_at"})
State.compare_and_set("zz", nil, 1, {revision = 0}) State.set("zz", 1, {ttl_seconds = 4}) State.save("global", "zz", 1, {ttl_seconds = 4})
Tool.parallel({{name = "calculator", params = {input = "1"}, options = {timeout_ms = 9000}}}, {limit = 1})
Tool.list({security_level = "safe"}) Tool.search("x", {limit = 1})
Tool.register({name = "by-schema", description = "d", schema = {type = "object"}, execute = function() end})

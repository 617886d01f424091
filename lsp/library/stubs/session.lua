---@meta

--- Records of work that lasts: variables, a journal of what was executed, and artifacts. An `id` that is left out, or nil,
--- is the current session: that of `--session`, or what `Session.set_current` has chosen.
---
--- ```lua
--- local id = Session.create({name = "nightly", tags = {"report"}})
--- Session.set_current(id)
--- print(Session.get_current().name, Session.count({tags = "report"})) --> nightly	1
--- Session.complete(id, "done")
--- ```
---@class Session
---@colon optional
Session = {}

---@alias llmspell.SessionStatus
---| "active" # may execute
---| "suspended" # set aside
---| "completed" # has done what it was for
---| "failed" # could not do it
---| "archived" # is kept as it is

--- A session as it is kept.
---@class llmspell.SessionRecord
---@field id llmspell.SessionId
---@field name string
---@field description string
---@field status llmspell.SessionStatus
---@field reason? string
---@field tags string[]
---@field metadata table<string, any>
---@field created_at llmspell.Timestamp
---@field updated_at llmspell.Timestamp
---@field ended_at? llmspell.Timestamp
---@field created_by? string
---@field parent? llmspell.SessionId
---@field executions integer
---@field artifacts integer
---@field artifact_bytes integer
---@field variables integer how many it has
---@field damaged? string why `metadata` is empty: what is kept cannot be read

--- What names a session: its id, or its record.
---@alias llmspell.SessionRef llmspell.SessionId|llmspell.SessionRecord

---@class (exact) llmspell.SessionSpec
---@field id? string its id, which no other session has: letters, digits and `- _ . :`; else a random one
---@field name? string
---@field description? string
---@field tags? llmspell.Texts
---@field metadata? table<string, any>
---@field parent? llmspell.SessionId
---@field parent_session_id? llmspell.SessionId the same
---@field created_by? string

---@class (exact) llmspell.SessionChange
---@field name? string
---@field description? string
---@field tags? llmspell.Texts
---@field metadata? table<string, any> laid over what is there

--- Selects sessions.
---@class (exact) llmspell.SessionFilter
---@field status? llmspell.SessionStatus|llmspell.SessionStatus[]
---@field tags? llmspell.Texts all of them
---@field name? string with `*` and `?`
---@field text? string words
---@field parent? llmspell.SessionId
---@field parent_session_id? llmspell.SessionId the same
---@field created_by? string
---@field user? string the same
---@field active? boolean true: status `active`; false: all others. Not with `status`
---@field created_after? llmspell.Time
---@field created_before? llmspell.Time
---@field updated_after? llmspell.Time
---@field updated_before? llmspell.Time
---@field order? "updated"|"created"|"name"|"updated_at"|"created_at"
---@field sort_by? "updated"|"created"|"name"|"updated_at"|"created_at" the same
---@field limit? integer
---@field offset? integer

--- Makes a session.
---@param spec? llmspell.SessionSpec|string its name, or what it is
---@return llmspell.SessionId id
function Session.create(spec) end

--- Makes a session step by step.
---
--- ```lua
--- local id = Session.builder():name("nightly"):tag("report"):metadata("owner", "Ann"):build()
--- print(Session.get(id).metadata.owner) --> Ann
--- ```
---@return llmspell.SessionBuilder builder
---@nodiscard
function Session.builder() end

---@class llmspell.SessionBuilder
---@colon optional
local SessionBuilder = {}

--- Sets the name.
---@param name string
---@return llmspell.SessionBuilder self
function SessionBuilder:name(name) end

--- Sets the description.
---@param description string
---@return llmspell.SessionBuilder self
function SessionBuilder:description(description) end

--- Adds a tag.
---@param tag string
---@return llmspell.SessionBuilder self
function SessionBuilder:tag(tag) end

--- Adds tags.
---@param tags llmspell.Texts
---@return llmspell.SessionBuilder self
function SessionBuilder:tags(tags) end

--- Adds metadata: a table, or one name and its value.
---@param metadata table<string, any>|string
---@param value? any
---@return llmspell.SessionBuilder self
---@overload fun(self: llmspell.SessionBuilder, metadata: table<string, any>): llmspell.SessionBuilder
---@overload fun(self: llmspell.SessionBuilder, name: string, value: any): llmspell.SessionBuilder
function SessionBuilder:metadata(metadata, value) end

--- Sets the session that this one comes from.
---@param parent llmspell.SessionId
---@return llmspell.SessionBuilder self
function SessionBuilder:parent(parent) end

--- Says who has made it.
---@param creator string
---@return llmspell.SessionBuilder self
function SessionBuilder:created_by(creator) end

--- Makes the session.
---@return llmspell.SessionId id
function SessionBuilder:build() end

--- The record of a session, or nil if there is none.
---@param id? llmspell.SessionRef
---@return llmspell.SessionRecord? record
---@nodiscard
function Session.get(id) end

--- The record of an id, a name, or the beginning of an id (four characters); nil if there is none.
---@param text string
---@return llmspell.SessionRecord? record
---@nodiscard
function Session.find(text) end

--- The records that fit, the latest change first.
---@param filter? llmspell.SessionFilter
---@return llmspell.SessionRecord[] records
---@nodiscard
function Session.list(filter) end

--- The records that words find.
---@param words string
---@param filter? llmspell.SessionFilter
---@return llmspell.SessionRecord[] records
---@nodiscard
function Session.search(words, filter) end

--- How many records fit.
---@param filter? llmspell.SessionFilter
---@return integer count
---@nodiscard
function Session.count(filter) end

--- Changes what is said of a session.
---@param id? llmspell.SessionRef
---@param change? llmspell.SessionChange
---@return llmspell.SessionRecord record
function Session.update(id, change) end

--- Adds tags.
---@param id llmspell.SessionRef?
---@param ... llmspell.Texts
---@return llmspell.SessionRecord record
function Session.add_tags(id, ...) end

--- Takes tags away.
---@param id llmspell.SessionRef?
---@param ... llmspell.Texts
---@return llmspell.SessionRecord record
function Session.remove_tags(id, ...) end

--- Keeps variables in a session: those that are given, else the script's own, if it is the current session or there is none.
---@param id? llmspell.SessionRef
---@param variables? table<string, any>
---@return true done
---@return table<string, string> unkept why variables are not kept, by name
function Session.save(id, variables) end

--- Makes a session the current one, and its variables globals.
---@param id? llmspell.SessionRef
---@return llmspell.SessionRecord record
function Session.load(id) end

--- Sets a session aside. The variables of the current session are kept.
---@param id? llmspell.SessionRef
---@param reason? string
---@return llmspell.SessionRecord record
function Session.suspend(id, reason) end

--- Goes on with a session. Without another current session it becomes the current one, and its variables globals.
---@param id? llmspell.SessionRef
---@return llmspell.SessionRecord record
function Session.resume(id) end

--- Ends a session that has done what it was for.
---@param id? llmspell.SessionRef
---@param reason? string
---@return llmspell.SessionRecord record
function Session.complete(id, reason) end

--- Ends a session that could not do what it was for.
---@param id? llmspell.SessionRef
---@param reason? string
---@return llmspell.SessionRecord record
function Session.fail(id, reason) end

---@class (exact) llmspell.SessionForce
---@field force? boolean also while something is executed in it, which then ends with an error

--- Keeps a session as it is: it can only be read, exported and deleted. One in which
--- something is executed is refused without force.
---@param id? llmspell.SessionRef
---@param reason? string
---@param options? llmspell.SessionForce
---@return llmspell.SessionRecord record
function Session.archive(id, reason, options) end

--- Deletes a session. One in which something is executed is refused without force.
---@param id llmspell.SessionRef
---@param options? llmspell.SessionForce
---@return boolean was false if there was none
function Session.delete(id, options) end

---@class (exact) llmspell.SessionCleanupOptions
---@field completed_seconds? number of completed sessions: not changed for so long
---@field failed_seconds? number of failed ones
---@field archived_seconds? number of archived ones
---@field keep? integer how many of the latest stay
---@field dry_run? boolean only says which

--- Deletes sessions that were not changed for so long. Active and suspended ones stay.
---@param options? llmspell.SessionCleanupOptions
---@return llmspell.SessionRecord[] deleted
function Session.cleanup(options) end

--- The record of the current session, or nil.
---@return llmspell.SessionRecord? record
---@nodiscard
function Session.get_current() end

--- Chooses the current session.
---@param id? llmspell.SessionRef nil: none
---@return true done
function Session.set_current(id) end

--- The name of `Session.get_current` in the original.
---@return llmspell.SessionRecord? record
---@nodiscard
---@deprecated use Session.get_current
function Session.getCurrent() end

--- The name of `Session.set_current` in the original.
---@param id? llmspell.SessionRef nil: none
---@return true done
---@deprecated use Session.set_current
function Session.setCurrent(id) end

--- A copy of a session's variables.
---@class llmspell.SessionCheckpoint
---@field id integer
---@field session_id llmspell.SessionId
---@field name string
---@field created_at llmspell.Timestamp
---@field execution integer
---@field size integer bytes

--- Makes a copy of the variables. Those of the current session are kept first.
---@param id? llmspell.SessionRef
---@param name? string
---@return llmspell.SessionCheckpoint checkpoint
function Session.checkpoint(id, name) end

--- The checkpoints, the oldest first.
---@param id? llmspell.SessionRef
---@return llmspell.SessionCheckpoint[] checkpoints
---@nodiscard
function Session.list_checkpoints(id) end

--- Makes the variables of a checkpoint those of the session, and globals if it is the current one.
---@param id? llmspell.SessionRef
---@param checkpoint? integer the latest if left out
---@return llmspell.SessionCheckpoint checkpoint
function Session.restore(id, checkpoint) end

--- One execution in the journal.
---@class llmspell.SessionExecution
---@field sequence integer
---@field kind string
---@field name string
---@field content_hash string of its code
---@field args string[]
---@field started_at llmspell.Timestamp
---@field duration_ms number
---@field outcome "completed"|"failed"|"interrupted"|"crashed"|"running"
---@field output string what it has printed, the first MB
---@field result any[]
---@field tool_calls integer
---@field error? string

---@class (exact) llmspell.SessionExecutionOptions
---@field from? integer
---@field to? integer
---@field limit? integer

--- The journal.
---@param id? llmspell.SessionRef
---@param options? llmspell.SessionExecutionOptions
---@return llmspell.SessionExecution[] executions
---@nodiscard
function Session.executions(id, options) end

--- Writes a session to a file, where the sandbox allows it.
---@param id llmspell.SessionRef?
---@param path llmspell.File
---@return true done
---@return string[]? missing what is damaged, or could not be read in the State, and is not in the file
function Session.export(id, path) end

---@class (exact) llmspell.SessionImportOptions
---@field new_id? boolean give it another id
---@field name? string

--- Reads a session from a file that `Session.export` has written.
---@param path llmspell.File
---@param options? llmspell.SessionImportOptions
---@return llmspell.SessionId id
function Session.import(path, options) end

--- Whether a session has something to replay.
---@param id? llmspell.SessionRef
---@return boolean can
---@return string? reason why not
---@nodiscard
function Session.can_replay(id) end

---@class llmspell.ReplayInfo
---@field session_id llmspell.SessionId
---@field name string
---@field can_replay boolean
---@field reason? string why not
---@field executions integer
---@field first_step integer
---@field last_step integer
---@field states integer Lua states that they ran in
---@field tool_calls integer
---@field failed integer executions that did not succeed
---@field started_at? llmspell.Timestamp
---@field ended_at? llmspell.Timestamp
---@field duration_ms number

--- What there is of a session to replay.
---@param id? llmspell.SessionRef
---@return llmspell.ReplayInfo info
---@nodiscard
function Session.get_replay_metadata(id) end

--- The records of sessions that have something to replay.
---@param limit? integer
---@return llmspell.SessionRecord[] records
---@nodiscard
function Session.list_replayable(limit) end

--- Runs the journaled executions again, in Lua states of their own.
---@param id? llmspell.SessionRef
---@param options? llmspell.ReplayOptions
---@return llmspell.ReplayReport|llmspell.ReplayReport[] report with a schedule a list of reports
---@overload fun(id: llmspell.SessionRef?, options: llmspell.ReplayScheduled): llmspell.ReplayReport[]
---@overload fun(id?: llmspell.SessionRef, options?: llmspell.ReplayOptions): llmspell.ReplayReport
function Session.replay(id, options) end

---@meta

--- Keeps values between executions, sessions and processes.
---
--- What can be kept: booleans, numbers, strings, and tables of these. A value that is read is a copy: changing it changes nothing
--- until it is set.
---
--- ```lua
--- State.set("user", {name = "Ann", tags = {"a", "b"}})
--- print(State.get("user").name)              --> Ann
--- print(State.get("limit", {default = 10}))  --> 10
--- print(State.increment("runs"))             --> 1
--- ```
---@class State
---@colon optional
State = {}

--- Which key is meant.
---@class (exact) llmspell.StateOptions
---@field scope? llmspell.StateScope `global` if left out

---@class (exact) llmspell.StateGetOptions : llmspell.StateOptions
---@field default? any what is returned if there is no value

---@class (exact) llmspell.StateSetOptions : llmspell.StateOptions
---@field ttl? number seconds after which the value ends; without one it lasts
---@field ttl_seconds? number the same

---@class (exact) llmspell.StateCompareOptions : llmspell.StateSetOptions
---@field version? integer compare this instead of the value
---@field revision? integer compare this instead of the value

---@class (exact) llmspell.StateListOptions : llmspell.StateOptions
---@field prefix? string only keys that begin so
---@field after? llmspell.StateKey only keys after this one: for pages give the last key
---@field limit? integer
---@field values? boolean `true`: tables as of `State.info` with `value`

---@class (exact) llmspell.StateListEntries : llmspell.StateListOptions
---@field values true

---@class (exact) llmspell.StateTTLOptions
---@field ttl? number seconds after which the value ends
---@field ttl_seconds? number the same

---@class (exact) llmspell.StateTransactionOptions
---@field retries? integer how often the function runs again when others have changed what it has read (32)

--- What is known of a value.
---@class llmspell.StateInfo
---@field scope llmspell.StateScope
---@field key llmspell.StateKey
---@field version integer counts the writes of this value
---@field revision integer is never used twice
---@field size integer bytes
---@field created_at? llmspell.Timestamp
---@field written_at? llmspell.Timestamp
---@field ttl? number seconds
---@field expires_at? llmspell.Timestamp

--- What is known of a value, and the value.
---@class llmspell.StateEntry : llmspell.StateInfo
---@field value any
---@field damaged? string why there is no value, in a list: its checksum is wrong

--- Reads a value.
---@param key llmspell.StateKey
---@param options? llmspell.StateGetOptions
---@return any value the value, or `options.default`, or nil
---@nodiscard
function State.get(key, options) end

--- Writes a value. Nil removes what is there.
---
--- ```lua
--- State.set("token", "abc", {scope = "session:42", ttl = 3600})
--- print(State.info("token", {scope = "session:42"}).ttl) --> 3600
--- ```
---@param key llmspell.StateKey
---@param value llmspell.Value?
---@param options? llmspell.StateSetOptions
---@return integer? version the new version; nothing in a transaction, or if the value was removed
function State.set(key, value, options) end

--- Removes a value.
---@param key llmspell.StateKey
---@param options? llmspell.StateOptions
---@return boolean was whether there was one
---@overload fun(scope: llmspell.StateScope, key: llmspell.StateKey): boolean
function State.delete(key, options) end

--- Whether there is a value.
---@param key llmspell.StateKey
---@param options? llmspell.StateOptions
---@return boolean exists
---@nodiscard
function State.exists(key, options) end

--- What is known of a value, or nil if there is none.
---@param key llmspell.StateKey
---@param options? llmspell.StateOptions
---@return llmspell.StateInfo? info
---@nodiscard
function State.info(key, options) end

--- The keys of a scope in order.
---
--- ```lua
--- State.set("user:1", "Ann") State.set("user:2", "Ben")
--- print(table.concat(State.list({prefix = "user:"}), " ")) --> user:1 user:2
--- ```
---@param options? llmspell.StateListOptions
---@return llmspell.StateKey[]|llmspell.StateEntry[] keys with `values = true` entries
---@nodiscard
---@overload fun(options: llmspell.StateListEntries): llmspell.StateEntry[]
---@overload fun(options?: llmspell.StateListOptions): llmspell.StateKey[]
function State.list(options) end

--- Former versions, the latest first, if the store keeps any.
---@param key llmspell.StateKey
---@param options? llmspell.StateOptions
---@return llmspell.StateEntry[] versions
---@nodiscard
function State.history(key, options) end

--- Adds to a number. A value that is not there counts as 0.
---@param key llmspell.StateKey
---@param by? number 1 if left out
---@param options? llmspell.StateSetOptions
---@return number sum
function State.increment(key, by, options) end

--- Writes a value if the one that is there equals another, or has a version or revision.
---
--- ```lua
--- print(State.compare_and_set("best", nil, 3)) --> true
--- print(State.compare_and_set("best", 1, 4))   --> false	3
--- ```
---@param key llmspell.StateKey
---@param expected llmspell.Value? nil: there is none
---@param value llmspell.Value? nil removes it
---@param options? llmspell.StateCompareOptions
---@return boolean done
---@return any current the value that is there, if it was not done
function State.compare_and_set(key, expected, value, options) end

--- Removes all values of a scope.
---@param scope llmspell.StateScope
---@return integer count how many there were
function State.clear(scope) end

--- All scopes that have values.
---@return { scope: llmspell.StateScope, entries: integer, bytes: integer }[] scopes
---@nodiscard
function State.scopes() end

--- Runs a function; all its writes count, or none. Functions of `State` that it calls are part of the transaction. An error in it leaves
--- everything as it was, and goes on as it is. If something that it has read is changed by others meanwhile, **it runs again**.
---
--- ```lua
--- State.set("a", 50)
--- State.transaction(function(tx)
---   tx.set("a", tx.get("a") - 10)
---   tx.increment("b", 10)
--- end)
--- print(State.get("a"), State.get("b")) --> 40	10
--- ```
---@generic T
---@param fn fun(tx: State): T...
---@param options? llmspell.StateTransactionOptions
---@return T ... what the function returns
function State.transaction(fn, options) end

--- Returns when all that was written is safe from a power failure.
function State.flush() end

--- As `State.set`, with the scope first.
---@param scope llmspell.StateScope
---@param key llmspell.StateKey
---@param value llmspell.Value? nil removes it
---@param options? llmspell.StateTTLOptions
---@return integer? version
function State.save(scope, key, value, options) end

--- As `State.get`, with the scope first.
---@param scope llmspell.StateScope
---@param key llmspell.StateKey
---@return any value nil if there is none
---@nodiscard
function State.load(scope, key) end

--- The keys of a scope in order.
---@param scope llmspell.StateScope
---@return llmspell.StateKey[] keys
---@nodiscard
function State.list_keys(scope) end

--- The output of a step of a workflow (`step:STEP:output` in `workflow:ID`), or the value of that very key.
---@param workflow string
---@param step string
---@return any value nil if there is none
---@nodiscard
function State.workflow_get(workflow, step) end

--- All keys of a workflow.
---@param workflow string
---@return llmspell.StateKey[] keys
---@nodiscard
function State.workflow_list(workflow) end

--- Reads a value in the scope `agent:ID`.
---@param agent llmspell.AgentName
---@param key llmspell.StateKey
---@return any value nil if there is none
---@nodiscard
function State.agent_get(agent, key) end

--- Writes a value in the scope `agent:ID`.
---@param agent llmspell.AgentName
---@param key llmspell.StateKey
---@param value llmspell.Value? nil removes it
---@param options? llmspell.StateTTLOptions
---@return integer? version
function State.agent_set(agent, key, value, options) end

--- Reads a value in the scope `tool:ID`.
---@param tool llmspell.ToolName
---@param key llmspell.StateKey
---@return any value nil if there is none
---@nodiscard
function State.tool_get(tool, key) end

--- Writes a value in the scope `tool:ID`.
---@param tool llmspell.ToolName
---@param key llmspell.StateKey
---@param value llmspell.Value? nil removes it
---@param options? llmspell.StateTTLOptions
---@return integer? version
function State.tool_set(tool, key, value, options) end

--- One step of a migration: `{add = name, default = value}`, `{remove = name}` or `{rename = name, to = name}`.
---@class (exact) llmspell.StateMigrationStep
---@field add? string
---@field default? any
---@field remove? string
---@field rename? string
---@field to? string

---@class (exact) llmspell.StateMigration
---@field version integer the version that it leads to, 2 or more
---@field description? string
---@field scope? string a pattern of scopes
---@field prefix? string of keys
---@field steps? llmspell.StateMigrationStep[] required without `transform`
---@field transform? fun(value: any, entry: llmspell.StateInfo): any, "delete"? returns the new value, or the old one, or nil and `"delete"`. It may read `State`, and not write

---@class llmspell.StateMigrated
---@field version integer
---@field description string
---@field applied_at llmspell.Timestamp
---@field changed integer how many values it has changed

--- Notes a migration, for `State.migrate`.
---
--- ```lua
--- State.set("user:1", {name = "Ann"})
--- State.register_migration({version = 2, description = "titles", prefix = "user:", steps = {{rename = "name", to = "title"}}})
--- print(State.migrate(2).changed, State.get("user:1").title) --> 1	Ann
--- ```
---@param migration llmspell.StateMigration
function State.register_migration(migration) end

---@class (exact) llmspell.StateMigrateOptions
---@field dry_run? boolean changes nothing, and says what would change

--- What a migration has done.
---@class llmspell.StateMigrateResult
---@field success boolean
---@field dry_run boolean
---@field version integer
---@field from integer the version that there was
---@field examined integer how many values it has looked at
---@field changed integer
---@field unchanged integer
---@field deleted integer
---@field applied llmspell.StateMigrated[]

--- Applies the migrations up to a version, in order, all or none. A backup is made before.
---@param version integer
---@param options? llmspell.StateMigrateOptions
---@return llmspell.StateMigrateResult result
function State.migrate(version, options) end

--- Which migrations were applied, and which wait.
---@return { current_version: integer, latest_version: integer, up_to_date: boolean, applied: llmspell.StateMigrated[], pending: { version: integer, description: string }[] } status
---@nodiscard
function State.get_migration_status() end

--- The versions of the schema that are known.
---@return { version: integer, description: string, status: "initial"|"applied"|"pending", applied_at?: llmspell.Timestamp }[] versions
---@nodiscard
function State.get_schema_versions() end

---@class llmspell.StateBackup
---@field id string
---@field description string
---@field created_at llmspell.Timestamp
---@field size integer bytes
---@field sha256 string
---@field entries integer
---@field schema integer the version of the values' schema
---@field damaged? integer how many values were damaged when it was made, and are in it as they were
---@field damaged_names? string[] scopes and keys of some of them
---@field automatic? boolean it was made before a restore or a migration
---@field removed? string[] the ids of old backups that went when it was made, from create_backup

--- Makes a backup of all values. Others may write meanwhile.
---@param description? string
---@return string id
---@return llmspell.StateBackup backup
function State.create_backup(description) end

--- All backups.
---@return llmspell.StateBackup[] backups
---@nodiscard
function State.list_backups() end

--- Checks a backup, makes one of what is there, and replaces everything in one transaction.
---@param id string|llmspell.StateBackup
---@return true done
---@return string before the id of the backup of what was there
---@return string[]? left_out scopes of sessions that were deleted since the backup was made
---@return string? unsound names values that were damaged when the backup was made
---@return string[]? removed the ids of old backups that went when the one of what was there was made
function State.restore_backup(id) end

--- Whether a backup is complete and unchanged.
---@param id string|llmspell.StateBackup
---@return boolean valid
---@return string? reason what is wrong; of a valid one, that it has values which were damaged when it was made
---@return string[]? damaged scopes and keys of some of these
function State.validate_backup(id) end

--- Deletes a backup.
---@param id string|llmspell.StateBackup
function State.delete_backup(id) end

---@class (exact) llmspell.StateCleanupOptions
---@field keep? integer how many of the latest stay (10)
---@field max_age_days? number

--- Deletes old backups.
---@param options? llmspell.StateCleanupOptions
---@return llmspell.StateBackup[] deleted
function State.cleanup_backups(options) end

---@class llmspell.StateUsage
---@field entries integer
---@field expired integer
---@field value_bytes integer
---@field history integer
---@field scopes table<llmspell.StateScope, { entries: integer, bytes: integer }>
---@field file_bytes integer
---@field log_bytes integer
---@field free_bytes integer
---@field backups integer
---@field backup_bytes integer
---@field total_bytes integer

--- What all this takes.
---@return llmspell.StateUsage usage
---@nodiscard
function State.get_storage_usage() end

---@meta

--- Messages with levels and filters, timers, dumps, stack traces, memory and profiles.
---
--- A message that passes level and filters is kept (the last 1000 are). Those of `warn` and `error` also go to the script's stderr,
--- or what `LLMSPELL_LOG` says of the component `script`.
---
--- ```lua
--- Debug.info("ready", "net")
--- local t = Debug.timer("load")
--- print(Debug.getCapturedEntries()[1].message, t:stop() >= 0) --> ready	true
--- ```
---@class Debug
---@colon optional
Debug = {}

--- Messages with levels: the same functions as those of `Debug`.
---@class Logger
---@colon optional
Logger = {}

---@alias llmspell.LogLevel
---| "trace"
---| "debug"
---| "info"
---| "warn"
---| "error"

--- A message of level trace.
---@param message any
---@param module? string
function Debug.trace(message, module) end

--- A message of level debug.
---@param message any
---@param module? string
function Debug.debug(message, module) end

--- A message of level info.
---@param message any
---@param module? string
function Debug.info(message, module) end

--- A message of level warn.
---@param message any
---@param module? string
function Debug.warn(message, module) end

--- A message of level error.
---@param message any
---@param module? string
function Debug.error(message, module) end

--- A message of level trace.
---@param message any
---@param module? string
function Logger.trace(message, module) end

--- A message of level debug.
---@param message any
---@param module? string
function Logger.debug(message, module) end

--- A message of level info.
---@param message any
---@param module? string
function Logger.info(message, module) end

--- A message of level warn.
---@param message any
---@param module? string
function Logger.warn(message, module) end

--- A message of level error.
---@param message any
---@param module? string
function Logger.error(message, module) end

--- A message.
---@param level llmspell.LogLevel|string in upper or lower case
---@param message any
---@param module? string
function Debug.log(level, message, module) end

--- A message with data.
---@param level llmspell.LogLevel|string in upper or lower case
---@param message any
---@param data? any
---@param module? string
function Debug.logWithData(level, message, data, module) end

--- Sets the least level that is kept.
---@param level llmspell.LogLevel|"off"|string in upper or lower case
function Debug.setLevel(level) end

--- The least level that is kept.
---@return llmspell.LogLevel|"off" level
---@nodiscard
function Debug.getLevel() end

--- Switches all messages on or off.
---@param enabled boolean
function Debug.setEnabled(enabled) end

--- Whether messages are kept at all.
---@return boolean enabled
---@nodiscard
function Debug.isEnabled() end

--- Lets messages of modules pass, or not. The filter that was added last decides.
---@param pattern string such as `net.*`
---@param enabled boolean
function Debug.addModuleFilter(pattern, enabled) end

---@alias llmspell.LogFilterKind
---| "exact"
---| "wildcard"
---| "hierarchical" # a module and those below it
---| "regex"

--- Lets messages of modules pass, or not, by a kind of pattern.
---@param pattern string
---@param kind llmspell.LogFilterKind|string in upper or lower case
---@param enabled boolean
function Debug.addAdvancedFilter(pattern, kind, enabled) end

--- Takes filters away.
---@param pattern string
---@return boolean was whether there was such a filter
function Debug.removeModuleFilter(pattern) end

--- Takes all filters away.
function Debug.clearModuleFilters() end

--- Whether messages of modules without a filter pass.
---@param enabled boolean
function Debug.setDefaultFilterEnabled(enabled) end

--- What filters there are.
---@return { default_enabled: boolean, total_rules: integer, rules: { pattern: string, type: llmspell.LogFilterKind, enabled: boolean }[], level: llmspell.LogLevel|"off", enabled: boolean } summary
---@nodiscard
function Debug.getFilterSummary() end

---@class llmspell.LogEntry
---@field timestamp llmspell.Timestamp
---@field level llmspell.LogLevel
---@field message string
---@field module? string
---@field data? any

--- The messages that were kept, the oldest first.
---@param limit? integer only the last so many
---@return llmspell.LogEntry[] entries
---@nodiscard
function Debug.getCapturedEntries(limit) end

--- Forgets them.
function Debug.clearCaptured() end

--- Measures time, in milliseconds.
---@class llmspell.Timer
---@colon optional
---@field id integer
---@field name string
local Timer = {}

--- Ends the measuring.
---@return number ms
function Timer:stop() end

--- Notes the time so far.
---@param label? string
---@return number ms
function Timer:lap(label) end

--- The time so far.
---@return number ms
---@nodiscard
function Timer:elapsed() end

--- Begins to measure time.
---@param name string
---@return llmspell.Timer timer
function Debug.timer(name) end

--- Notes a mark on a timer.
---@param timer llmspell.Timer|integer a timer, or its id
---@param name string
---@param data? any
function Debug.recordEvent(timer, name, data) end

--- Timers, messages and memory as text.
---@return string report
---@nodiscard
function Debug.performanceReport() end

--- Timers, messages and memory as JSON.
---@return string json
---@nodiscard
function Debug.jsonReport() end

---@class llmspell.MemoryStats
---@field used_bytes integer
---@field allocated_bytes integer
---@field resident_bytes integer
---@field objects integer
---@field collections integer

--- Memory of the whole process.
---@return llmspell.MemoryStats stats
---@nodiscard
function Debug.memoryStats() end

---@class llmspell.MemorySnapshot : llmspell.MemoryStats
---@field timestamp llmspell.Timestamp
---@field timestamp_secs number
---@field active_timers integer
---@field label? string

--- Memory of the whole process, with the time.
---@param label? string
---@return llmspell.MemorySnapshot snapshot
---@nodiscard
function Debug.memorySnapshot(label) end

--- Begins to sample the running script.
---@param hz? integer samples a second (100), up to 1,000
function Debug.startProfile(hz) end

--- Ends it.
---@return string stacks folded, as flame graph viewers read them
function Debug.stopProfile() end

--- The folded stacks of the last profile, `""` if there was none.
---@return string stacks
---@nodiscard
function Debug.flameGraph() end

--- A value as the REPL shows a result: strings with quotes, tables unfolded, in one line if
--- that is short. One that has `__tostring` is what that says.
---
--- ```lua
--- print(Debug.show({1, "a"})) --> {1, "a"}
--- ```
---@param value? any
---@return string text
---@nodiscard
function Debug.show(value) end

--- A value as text. No metamethod is called.
---
--- ```lua
--- print(Debug.dumpCompact({1, 2}, "list")) --> list: {1, 2}
--- ```
---@param value? any
---@param label? string
---@return string text
---@nodiscard
function Debug.dump(value, label) end

--- A value as text in one line.
---@param value? any
---@param label? string
---@return string text
---@nodiscard
function Debug.dumpCompact(value, label) end

--- A value as text, with types and addresses.
---@param value? any
---@param label? string
---@return string text
---@nodiscard
function Debug.dumpVerbose(value, label) end

---@class (exact) llmspell.DumpOptions
---@field max_depth? integer (10)
---@field indent_size? integer (2)
---@field max_string_length? integer (200)
---@field max_array_elements? integer (50)
---@field max_table_pairs? integer (50)
---@field show_types? boolean
---@field show_addresses? boolean
---@field compact_mode? boolean

--- A value as text.
---@param value any
---@param options llmspell.DumpOptions
---@param label? string
---@return string text
---@nodiscard
function Debug.dumpWithOptions(value, options, label) end

---@class (exact) llmspell.StackOptions
---@field max_depth? integer (50)
---@field capture_locals? boolean
---@field capture_upvalues? boolean
---@field include_source? boolean

--- The calls as text.
---@param options? llmspell.StackOptions
---@return string trace
---@nodiscard
function Debug.stackTrace(options) end

--- The calls as JSON.
---@param options? llmspell.StackOptions
---@return string json
---@nodiscard
function Debug.stackTraceJson(options) end

--- Stops an attached debugger here; without one nothing happens.
function Debug.breakpoint() end

--- Whether a debugger is attached.
---@return boolean attached
---@nodiscard
function Debug.isAttached() end

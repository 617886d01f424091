---@meta

--- Runs journaled executions again, and compares.
---
--- ```lua
--- local c = Replay.compare('{"a": 1}', '{"a": 2}')
--- print(c.identical, c.differences[1].path) --> false	$.a
--- ```
---@class Replay
---@colon optional
Replay = {}

---@alias llmspell.ReplayMode
---| "exact" # the same code, arguments and variables; tools work anew
---| "simulate" # tool calls are answered from the journal
---| "modified" # exact with changes
---| "debug" # exact, both sides in the report, ends at the first difference

--- The names of the modes.
---@type table<llmspell.ReplayMode, llmspell.ReplayMode>
Replay.modes = {}

---@class (exact) llmspell.ReplayOptions
---@field mode? llmspell.ReplayMode
---@field compare_results? boolean compare outcome, output, results, error and tool calls
---@field from_step? integer number of the first execution
---@field to_step? integer and of the last
---@field timeout_seconds? number of the whole
---@field stop_on_error? boolean end where a step fails that did not fail when it was recorded
---@field modifications? llmspell.ReplayModification[]
---@field metadata? table<string, any> goes into the report
---@field schedule? llmspell.ReplaySchedule the script waits, and gets a list of reports

---@class (exact) llmspell.ReplayScheduled : llmspell.ReplayOptions
---@field schedule llmspell.ReplaySchedule

--- A change of what is replayed.
---@class llmspell.ReplayModification
---@field path string
---@field value any
---@field enabled boolean

---@class llmspell.ReplaySchedule
---@field type "once"|"interval"|"cron"
---@field delay_seconds? number
---@field initial_delay_seconds? number
---@field interval_seconds? number
---@field expression? string
---@field max_executions? integer

---@class llmspell.ReplayDifference
---@field path string as in JSONPath
---@field kind "added"|"removed"|"changed"|"type_changed"
---@field original? any
---@field replayed? any

---@class llmspell.ReplayComparison
---@field identical boolean
---@field similarity_score number the share of values that agree, 0 to 1
---@field summary string
---@field differences llmspell.ReplayDifference[]

---@class llmspell.ReplayStep
---@field sequence integer
---@field kind string
---@field name string
---@field outcome string
---@field recorded_outcome string
---@field failed boolean
---@field error? string
---@field damaged? string
---@field duration_ms number
---@field tool_calls integer
---@field simulated_calls integer
---@field comparison? llmspell.ReplayComparison
---@field original? any
---@field replayed? any

---@class llmspell.ReplayReport
---@field session_id llmspell.SessionId
---@field mode llmspell.ReplayMode
---@field status "completed"|"failed"|"stopped"
---@field reason? string
---@field started_at llmspell.Timestamp
---@field duration_ms number
---@field steps llmspell.ReplayStep[]
---@field failed integer how many steps have failed
---@field compared boolean
---@field identical? boolean
---@field similarity_score? number
---@field metadata? table<string, any>

--- A table of options, to be changed.
---@param mode? llmspell.ReplayMode
---@return llmspell.ReplayOptions options
---@nodiscard
function Replay.create_config(mode) end

--- A change for the option `modifications`.
---
--- Paths are `variables.NAME…`, `steps.N.code`, `steps.N.args[I]`, `steps.N.tool_calls[I].params…` and
--- `steps.N.tool_calls[I].result…`; indexes count from 0.
---@param path string
---@param value any
---@param enabled? boolean true if left out
---@return llmspell.ReplayModification modification
---@nodiscard
function Replay.create_modification(path, value, enabled) end

--- Compares values.
---@class llmspell.ReplayComparator
---@colon optional
local Comparator = {}

--- Compares any two values, or texts that hold JSON objects or arrays.
---@param original? any
---@param replayed? any
---@return llmspell.ReplayComparison comparison
---@nodiscard
function Comparator:compare_json(original, replayed) end

--- An object that compares values.
---@return llmspell.ReplayComparator comparator
---@nodiscard
function Replay.create_comparator() end

--- Compares any two values, or texts that hold JSON objects or arrays.
---@param original? any
---@param replayed? any
---@return llmspell.ReplayComparison comparison
---@nodiscard
function Replay.compare(original, replayed) end

--- The same as `Session.replay`.
---@param id? llmspell.SessionId
---@param options? llmspell.ReplayOptions
---@return llmspell.ReplayReport|llmspell.ReplayReport[] report with a schedule a list of reports
---@overload fun(id: llmspell.SessionId?, options: llmspell.ReplayScheduled): llmspell.ReplayReport[]
---@overload fun(id?: llmspell.SessionId, options?: llmspell.ReplayOptions): llmspell.ReplayReport
function Replay.run(id, options) end

--- When a schedule is due, in seconds since 1970.
---@param schedule llmspell.ReplaySchedule
---@param n? integer how many times (5)
---@return number[] times
---@nodiscard
function Replay.next_times(schedule, n) end

--- Makes schedules.
---@class llmspell.ReplaySchedules
---@colon optional
Replay.schedules = {}

--- Once, after a delay.
---@param delay number seconds
---@return llmspell.ReplaySchedule schedule
---@nodiscard
function Replay.schedules.once(delay) end

--- Again and again.
---@param initial number seconds until the first
---@param every number seconds between two
---@param max? integer how many; 0: no end
---@return llmspell.ReplaySchedule schedule
---@nodiscard
function Replay.schedules.interval(initial, every, max) end

--- By a time table as of cron: `0 3 * * *`.
---@param table string
---@param max? integer how many (1)
---@return llmspell.ReplaySchedule schedule
---@nodiscard
function Replay.schedules.cron(table, max) end

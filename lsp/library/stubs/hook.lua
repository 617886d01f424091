---@meta

--- Functions that see what the kernel is about to do, or has just done, and may change it.
---
--- ```lua
--- local h = Hook.register("BeforeToolExecution", function(ctx)
---   if ctx.component_id.name == "calculator" then
---     return {type = "cancel", reason = "no sums today"}
---   end
--- end, {priority = "high", name = "offline"})
--- print(pcall(Tool.execute, "calculator", {input = "1 + 1"}))
--- print(h:unregister()) --> true
--- ```
---@class Hook
---@colon optional
Hook = {}

---@alias llmspell.HookPriority
---| "highest"
---| "high" # -100
---| "normal" # 0
---| "low" # 100
---| "lowest"

--- What a call is about.
---@class llmspell.HookComponent
---@field type? string `tool`, `state`, `session`, `event`, `system`, …
---@field name? string

--- What a hook gets. It is a copy: a change has no effect until the hook returns it.
---@class llmspell.HookContext
---@field point llmspell.HookPoint
---@field component_id llmspell.HookComponent
---@field correlation_id string
---@field language string
---@field data table<string, any> what the point is about
---@field metadata table<string, any> more that may help to judge

--- What a hook returns as a table.
---@class (exact) llmspell.HookAnswer
---@field type "continue"|"skip"|"skipped"|"cancel"|"cancelled"|"modified"|"replace"|"redirect"|"retry"
---@field data? any of `modified` members of `ctx.data`, of `replace` the result
---@field reason? string of `cancel` and `skip`
---@field target? string of `redirect`: another tool, or another type of event
---@field delay_ms? number of `retry` (1,000)
---@field max_attempts? integer of `retry` (3)

--- What a hook returns: nothing or `"continue"`, `"skip"`, any other text to cancel with that reason, or a table.
---@alias llmspell.HookResult nil|"continue"|"skip"|string|llmspell.HookAnswer

---@alias llmspell.HookFunction fun(ctx: llmspell.HookContext): llmspell.HookResult

---@class (exact) llmspell.HookOptions
---@field priority? llmspell.HookPriority|integer lower runs first
---@field name? string
---@field description? string
---@field version? string
---@field tags? string[]
---@field component? string|llmspell.HookComponent only calls about that; `*` and `?` in names
---@field guard? boolean `true`: when the hook fails the operation is refused
---@field timeout_ms? integer how long the function may take (5,000)
---@field slow_ms? integer what counts as slow (50)

---@class llmspell.HookInfo
---@field id string
---@field name string
---@field description? string
---@field hook_point llmspell.HookPoint
---@field priority string
---@field priority_value integer
---@field language string
---@field version string
---@field tags string[]
---@field component? llmspell.HookComponent
---@field enabled boolean
---@field guard boolean
---@field calls integer
---@field failures integer
---@field slow integer
---@field skipped integer
---@field modified integer
---@field decided integer
---@field passed_over integer
---@field total_ms number
---@field longest_ms number
---@field breaker "closed"|"open"|"half_open"
---@field opened integer how often the breaker has opened
---@field last_failure? string

--- A hook that was registered.
---@class llmspell.HookHandle
---@colon optional
---@field package _hook userdata
local HookHandle = {}

--- The number of the hook, as `hook-N`.
---@return string id
---@nodiscard
function HookHandle:id() end

--- The point at which it runs.
---@return llmspell.HookPoint point
---@nodiscard
function HookHandle:hook_point() end

--- Takes the hook away.
---@return boolean was whether it was there
function HookHandle:unregister() end

--- Switches the hook on.
---@return true done
function HookHandle:enable() end

--- Switches the hook off.
---@return true done
function HookHandle:disable() end

--- What is known of the hook, with counts.
---@return llmspell.HookInfo info
---@nodiscard
function HookHandle:stats() end

--- Registers a hook, which ends with the session.
---@param point llmspell.HookPoint
---@param fn llmspell.HookFunction
---@param options? llmspell.HookOptions|llmspell.HookPriority|integer options, or the priority alone
---@return llmspell.HookHandle handle
function Hook.register(point, fn, options) end

--- Takes a hook away.
---@param hook llmspell.HookHandle|string|integer a handle, or its id
---@return boolean was whether it was there
function Hook.unregister(hook) end

---@class (exact) llmspell.HookFilter
---@field hook_point? llmspell.HookPoint
---@field point? llmspell.HookPoint the same
---@field language? string
---@field priority? llmspell.HookPriority|integer
---@field tag? string
---@field name? string

--- Hooks in the order in which they run, with those of the kernel.
---@param filter? llmspell.HookFilter|llmspell.HookPoint
---@return llmspell.HookInfo[] hooks
---@nodiscard
function Hook.list(filter) end

--- The names of all points.
---@return llmspell.HookPoint[] points
---@nodiscard
function Hook.points() end

--- Counts of the kernel.
---@return { hooks: integer, open: integer, calls: integer, failures: integer, opened: integer, recursions: integer } stats
---@nodiscard
function Hook.stats() end

--- Switches a hook on.
---@param hook llmspell.HookHandle|string|integer a handle, or its id
---@return boolean was whether it was there
function Hook.enable(hook) end

--- Switches a hook off.
---@param hook llmspell.HookHandle|string|integer a handle, or its id
---@return boolean was whether it was there
function Hook.disable(hook) end

--- Raises an error: the built-in hooks belong to the kernel, and `[hooks.builtin]` in the configuration switches them on.
---@param name string
---@return nil
---@deprecated set hooks.builtin in the configuration
function Hook.enable_builtin(name) end

---@class llmspell.HookOutcome
---@field type "continue"|"skip"|"skipped"|"cancel"|"modified"|"replace"|"redirect"|"retry"
---@field data? any
---@field reason? string
---@field target? string
---@field hook? string the one that has decided
---@field delay_ms? number
---@field max_attempts? integer

--- Runs the hooks of a point of the script's own.
---
--- ```lua
--- Hook.register("custom:price", function(ctx) return {type = "modified", data = {price = ctx.data.price * 2}} end)
--- print(Hook.fire("custom:price", {price = 4}).data.price) --> 8
--- ```
---@param point llmspell.HookPoint `custom:NAME`
---@param data? table<string, any>
---@return llmspell.HookOutcome outcome
function Hook.fire(point, data) end

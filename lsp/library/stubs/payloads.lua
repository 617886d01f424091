---@meta

-- What the kernel's own events carry as `data`, and what hooks get as `ctx.data`: the classes are found by the name of the event or
-- the point.

---@class llmspell.EventData.kernel.started
---@field id string
---@field version string
---@field pid integer

---@class llmspell.EventData.kernel.stopping
---@field id string
---@field reason string `drain`, `stop`, `idle`, or an error

---@class llmspell.EventData.kernel.config_reloaded
---@field keys string[]

---@class llmspell.EventData.session.created
---@field session string
---@field name string

---@class llmspell.EventData.session.closed
---@field session string
---@field name string
---@field reason? string if it was not closed by its client

---@class llmspell.EventData.execution.started
---@field session string
---@field script string

---@class llmspell.EventData.execution.completed
---@field session string
---@field script string
---@field duration_ms number

---@class llmspell.EventData.execution.failed
---@field session string
---@field script string
---@field duration_ms number
---@field kind "script"|"syntax"|"file"|"cancelled"|"timeout"|"budget"|"exit"|"kernel"
---@field message string
---@field line? integer

---@class llmspell.EventData.tool.invoked
---@field tool llmspell.ToolName
---@field category string

---@class llmspell.EventData.tool.completed
---@field tool llmspell.ToolName
---@field operation string
---@field duration_ms number

---@class llmspell.EventData.tool.failed
---@field tool llmspell.ToolName
---@field operation string
---@field duration_ms number
---@field code string
---@field message string

---@class llmspell.EventData.state.changed
---@field scope llmspell.StateScope
---@field key llmspell.StateKey
---@field action string

---@class llmspell.HookData.BeforeToolDiscovery
---@field function "list"|"search"|"discover"
---@field query? string
---@field filter? llmspell.ToolFilter

---@class llmspell.HookData.AfterToolDiscovery
---@field function "list"|"search"|"discover"
---@field tools llmspell.ToolSummary[]

---@class llmspell.HookData.ToolValidation
---@field params llmspell.ToolParams

---@class llmspell.HookData.BeforeToolExecution
---@field params llmspell.ToolParams

---@class llmspell.HookData.AfterToolExecution
---@field params llmspell.ToolParams
---@field success boolean
---@field operation string
---@field duration_ms number
---@field result? any
---@field text? string
---@field message? string
---@field error? llmspell.ToolError

---@class llmspell.HookData.ToolError
---@field params llmspell.ToolParams
---@field error llmspell.ToolError

---@class llmspell.HookData.BeforeStateRead
---@field scope llmspell.StateScope
---@field key llmspell.StateKey
---@field operation string

---@class llmspell.HookData.AfterStateRead : llmspell.HookData.BeforeStateRead
---@field found? boolean
---@field value? any
---@field version? integer

---@class llmspell.HookData.BeforeStateWrite : llmspell.HookData.BeforeStateRead
---@field value? any
---@field by? number
---@field ttl? number
---@field version? integer

---@class llmspell.HookData.AfterStateWrite : llmspell.HookData.BeforeStateWrite

---@class llmspell.HookData.StateConflict : llmspell.HookData.BeforeStateWrite

---@class llmspell.HookData.StateMigration
---@field phase "before"|"after"

---@class llmspell.HookData.SessionStart
---@field name? string
---@field description? string
---@field tags? string[]
---@field metadata? table<string, any>
---@field parent? string

---@class llmspell.HookData.SessionEnd
---@field session_id llmspell.SessionId
---@field name? string
---@field status string

---@class llmspell.HookData.SessionCheckpoint
---@field session_id llmspell.SessionId
---@field name? string

---@class llmspell.HookData.SessionRestore
---@field session_id llmspell.SessionId
---@field name? string
---@field status string

---@class llmspell.HookData.SessionSave
---@field session_id llmspell.SessionId
---@field variables table<string, any>

---@class llmspell.HookData.BeforeEventEmit
---@field event_type llmspell.EventName
---@field data? any

---@class llmspell.HookData.AfterEventEmit : llmspell.HookData.BeforeEventEmit
---@field id string
---@field sequence integer
---@field subscriptions integer

---@class llmspell.HookData.EventHandlerError : llmspell.HookData.BeforeEventEmit
---@field id string
---@field sequence integer
---@field error string

---@class llmspell.HookData.SystemStartup
---@field id string
---@field version string
---@field pid integer

---@class llmspell.HookData.SystemShutdown
---@field id string
---@field reason string `drain`, `stop`, `idle`, or an error

---@class llmspell.HookData.ConfigurationChange
---@field keys string[]

---@class llmspell.HookData.ResourceLimitExceeded
---@field resource "time"|"instructions"|"memory"
---@field message string
---@field chunk? string
---@field line? integer

---@class llmspell.HookData.SecurityViolation
---@field source "tool"|"script"
---@field message string
---@field permission? string
---@field target? string
---@field reason? string

---@class llmspell.HookData.PerformanceThresholdExceeded
---@field operation string
---@field duration_ms number
---@field threshold_ms number

---@class llmspell.HookData.MemoryUsageHigh
---@field bytes integer
---@field threshold integer

---@class llmspell.HookData.CpuUsageHigh
---@field percent number of one core
---@field threshold number

---@meta

--- The name of a tool, with hyphens or underscores: `calculator`, `text-manipulator`.
---@alias llmspell.ToolName string

--- A category of tools: `Tool.categories()` has all of them.
---@alias llmspell.ToolCategory string

--- A tag of tools.
---@alias llmspell.ToolTag string

--- The type of an event: a name such as `user.created`. Those of the kernel are listed.
---@alias llmspell.EventName string
---| "kernel.started" # `id`, `version`, `pid`
---| "kernel.stopping" # `id`, `reason` (drain, stop, idle, or an error)
---| "kernel.config_reloaded" # `keys`
---| "session.created" # `session`, `name`
---| "session.closed" # `session`, `name`, `reason`
---| "execution.started" # `session`, `script`
---| "execution.completed" # `session`, `script`, `duration_ms`
---| "execution.failed" # `session`, `script`, `duration_ms`, `kind`, `message`, `line`
---| "tool.invoked" # `tool`, `category`
---| "tool.completed" # `tool`, `operation`, `duration_ms`
---| "tool.failed" # `tool`, `operation`, `duration_ms`, `code`, `message`
---| "state.changed" # `scope`, `key`, `action`

--- The type of an event, or a pattern: `*` stands for any text, `?` for one character.
---@alias llmspell.EventPattern llmspell.EventName

--- A place in the kernel's work at which hooks run. PascalCase, snake_case and kebab-case are the same; `custom:NAME` is a
--- point of the script's own.
---@alias llmspell.HookPoint string
---| "BeforeToolDiscovery" # before Tool.list, search and discover: `function`, `query`, `filter`
---| "AfterToolDiscovery" # after them: `function`, `tools`
---| "ToolValidation" # before parameters are checked: `params` as given
---| "BeforeToolExecution" # before a tool works: `params`, complete and checked
---| "AfterToolExecution" # after it: `params`, `success`, `operation`, `duration_ms`, `result`, `text`, `message`, `error`
---| "ToolError" # when a call has failed: `params`, `error`
---| "BeforeStateRead" # `scope`, `key`, `operation`
---| "AfterStateRead" # and `value`
---| "BeforeStateWrite" # `scope`, `key`, `operation`, `value`, `by`, `ttl`, `version`
---| "AfterStateWrite" # the same
---| "StateConflict" # somebody else has changed the value
---| "StateMigration" # `phase` is `before` or `after`
---| "SessionStart" # `name`, `description`, `tags`, `metadata`, `parent`
---| "SessionEnd" # `session_id`, `name`, `status`
---| "SessionCheckpoint" # `session_id`, `name`
---| "SessionRestore" # `session_id`, `name`, `status`
---| "SessionSave" # `session_id`, `variables`
---| "BeforeEventEmit" # `event_type`, `data`
---| "AfterEventEmit" # `event_type`, `data`, `id`, `sequence`, `subscriptions`
---| "EventHandlerError" # `event_type`, `data`, `id`, `sequence`, `error`
---| "SystemStartup" # `id`, `version`, `pid`
---| "SystemShutdown" # `id`, `reason`
---| "ConfigurationChange" # `keys`
---| "ResourceLimitExceeded" # `resource`, `message`, `chunk`, `line`
---| "SecurityViolation" # `source`, `message`, and the permission, target and reason
---| "PerformanceThresholdExceeded" # `operation`, `duration_ms`, `threshold_ms`
---| "MemoryUsageHigh" # `bytes`, `threshold`
---| "CpuUsageHigh" # `percent`, `threshold`
---| "BeforeAgentInit" # later
---| "AfterAgentInit" # later
---| "BeforeAgentExecution" # later
---| "AfterAgentExecution" # later
---| "AgentError" # later
---| "BeforeAgentShutdown" # later
---| "AfterAgentShutdown" # later
---| "BeforeWorkflowStart" # later
---| "WorkflowStageTransition" # later
---| "BeforeWorkflowStage" # later
---| "AfterWorkflowStage" # later
---| "WorkflowCheckpoint" # later
---| "WorkflowRollback" # later
---| "AfterWorkflowComplete" # later
---| "WorkflowError" # later

--- A key of `State`: text of 1 to 1,024 bytes.
---@alias llmspell.StateKey string

--- The scope of a key: `global`, `session:ID`, `workflow:ID`, `agent:ID`, `tool:ID`, `user:ID`, `hook:ID`, or a text of
--- one's own.
---@alias llmspell.StateScope string
---| "global" # what is meant when none is given
---| "session" # that of the current session, or of the one that runs

--- The id of a session on disk.
---@alias llmspell.SessionId string

--- The path of a file or folder, from the working folder.
---@alias llmspell.File string

--- The name of a module: `a.b` is the file `a/b.lua`.
---@alias llmspell.Module string

--- A model, as `provider/name`.
---@alias llmspell.ModelName string

--- The name of an agent.
---@alias llmspell.AgentName string

--- The name of a template.
---@alias llmspell.TemplateName string

--- A value as JSON has them: a boolean, number, string, or a table of these.
---@alias llmspell.Value boolean|number|string|table

--- A time as RFC 3339: `2026-01-31T12:00:00Z`.
---@alias llmspell.Timestamp string

--- A time: RFC 3339, a date with or without a time of day, or seconds since 1970 as `os.time` gives them. Without a zone a text is in UTC.
---@alias llmspell.Time string|number

--- A text, or a list of texts.
---@alias llmspell.Texts string|string[]

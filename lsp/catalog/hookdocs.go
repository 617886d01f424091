package catalog

import "github.com/llmspell/llmspell/kernel/hooks"

// hookDocs describe the hook points. docs/hooks.md says more.
func hookDocs() map[hooks.Point]describedName {
	const (
		later  = "It is accepted, and fires when the kernel has what it is about"
		change = "A hook may change it (`modified`), "
		tell   = "It tells of something: what the hook returns changes nothing. Data: "
	)
	return map[hooks.Point]describedName{
		hooks.BeforeAgentInit:      {detail: "Before an agent is made", data: later},
		hooks.AfterAgentInit:       {detail: "After an agent was made", data: later},
		hooks.BeforeAgentExecution: {detail: "Before an agent works", data: later},
		hooks.AfterAgentExecution:  {detail: "After an agent has worked", data: later},
		hooks.AgentError:           {detail: "An agent has failed", data: later},
		hooks.BeforeAgentShutdown:  {detail: "Before an agent ends", data: later},
		hooks.AfterAgentShutdown:   {detail: "After an agent has ended", data: later},

		hooks.BeforeToolDiscovery: {detail: "Before tools are listed or searched",
			data: "Data: `function` (list, search, discover), `query`, `filter`. " + change + "replace the list, or refuse"},
		hooks.AfterToolDiscovery: {detail: "After tools were listed or searched",
			data: "Data: `function`, `tools`. " + change + "replace the list, or refuse"},
		hooks.ToolValidation: {detail: "Before the parameters of a tool are checked",
			data: "Data: `params` as given. " + change + "replace the parameters, redirect to another tool, retry, or refuse with `validation_error`"},
		hooks.BeforeToolExecution: {detail: "Before a tool works, with checked parameters",
			data: "Data: `params`, complete. " + change + "replace the result, redirect to another tool, retry, or refuse with `cancelled`"},
		hooks.AfterToolExecution: {detail: "After a tool has worked",
			data: "Data: `params`, `success`, `operation`, `duration_ms`, `result`, `text`, `message`, `error`. " + change +
				"replace the result, redirect to another tool, have it work again, or make the call fail"},
		hooks.ToolError: {detail: "A call of a tool has failed, also because of its parameters",
			data: "Data: `params`, `error` {`code`, `message`, `details`}. " + change + "replace the result, redirect to another tool, or have it work again"},

		hooks.BeforeWorkflowStart:     {detail: "Before a workflow starts", data: later},
		hooks.WorkflowStageTransition: {detail: "A workflow goes from one stage to the next", data: later},
		hooks.BeforeWorkflowStage:     {detail: "Before a stage of a workflow", data: later},
		hooks.AfterWorkflowStage:      {detail: "After a stage of a workflow", data: later},
		hooks.WorkflowCheckpoint:      {detail: "A workflow keeps where it is", data: later},
		hooks.WorkflowRollback:        {detail: "A workflow goes back to a checkpoint", data: later},
		hooks.AfterWorkflowComplete:   {detail: "After a workflow", data: later},
		hooks.WorkflowError:           {detail: "A workflow has failed", data: later},

		hooks.BeforeStateRead:  {detail: "Before a value of the state is read"},
		hooks.AfterStateRead:   {detail: "After a value of the state was read"},
		hooks.BeforeStateWrite: {detail: "Before a value of the state is written"},
		hooks.AfterStateWrite:  {detail: "After a value of the state was written"},
		hooks.StateConflict:    {detail: "Two have written a value of the state at the same time"},
		hooks.StateMigration:   {detail: "Values of the state get another form"},

		hooks.SystemStartup:         {detail: "The kernel has started", data: tell + "`id`, `version`, `pid`"},
		hooks.SystemShutdown:        {detail: "The kernel ends", data: tell + "`id`, `reason` (drain, stop, idle, or an error)"},
		hooks.ConfigurationChange:   {detail: "The configuration has changed", data: tell + "`keys`, the names that have changed"},
		hooks.ResourceLimitExceeded: {detail: "A script has reached a limit", data: tell + "`resource` (time, instructions, memory), `message`, `chunk`, `line`"},
		hooks.SecurityViolation:     {detail: "A permission was denied", data: tell + "`source` (tool, script), `message`, the permission, target and reason"},

		hooks.SessionStart:      {detail: "A session starts", data: "Data: `session_id`, `name`, `record`. A hook of the kernel may refuse the session"},
		hooks.SessionEnd:        {detail: "A session ends", data: "Data: `session_id`, `name`, `status`, `reason`"},
		hooks.SessionCheckpoint: {detail: "A session makes a checkpoint"},
		hooks.SessionRestore:    {detail: "A session goes back to a checkpoint"},
		hooks.SessionSave:       {detail: "A session is saved"},

		hooks.BeforeEventEmit: {detail: "Before an event is published",
			data: "Data: `event_type`, `data`. A hook may cancel it, replace the data, or redirect to another type"},
		hooks.AfterEventEmit:    {detail: "After an event was published", data: tell + "`event_type`, `data`, `id`, `sequence`, `subscriptions`"},
		hooks.EventHandlerError: {detail: "A handler of an event has failed", data: tell + "`event_type`, `data`, `id`, `sequence`, `error`"},

		hooks.PerformanceThresholdExceeded: {detail: "Something took longer than it should", data: tell + "`operation`, `duration_ms`, `threshold_ms`"},
		hooks.MemoryUsageHigh:              {detail: "The kernel uses much memory", data: tell + "`bytes`, `threshold`"},
		hooks.CPUUsageHigh:                 {detail: "The kernel uses much processor time", data: tell + "`percent` of one core, `threshold`"},
	}
}

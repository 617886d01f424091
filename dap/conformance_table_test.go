package dap_test

// row is a line of the conformance table: a request, an event or a capability
// of version 1.71 of the protocol.
type row struct {
	name string
	// no: why it is not supported; "" if it is.
	no string
	// notes say what there is to know for users.
	notes string
	// feature names the session whose conversation is the proof.
	feature string
	// proof is what must have been said there, see proves; without it, a
	// request must have succeeded, or been refused, and an event been sent.
	proof []string
}

// requestRows are the requests, in the order of the specification. The reverse
// requests come from the server.
func requestRows() []row {
	return []row{
		{name: "cancel", notes: "by `requestId` or `progressId`: evaluations, variables, completions, sources, memory; waiting ones, too", feature: "cancel"},
		{name: "runInTerminal", notes: "to clients that offer it, for a `console` that is a terminal", feature: "run in terminal"},
		{name: "startDebugging", notes: "to clients that offer it, for scripts that the script runs", feature: "child session"},
		{name: "initialize", notes: "lines and columns from 0 or 1; paths as `path` or `uri`", feature: "initialize"},
		{name: "configurationDone", notes: "the script starts after it", feature: "steps"},
		{name: "launch", notes: "see [Launch](#launch)", feature: "run"},
		{name: "attach", notes: "see [Attach](#attach)", feature: "attach"},
		{name: "restart", notes: "breakpoints stay; new launch arguments are taken", feature: "restart"},
		{name: "disconnect", notes: "`terminateDebuggee`, `suspendDebuggee`", feature: "disconnect"},
		{name: "terminate", notes: "files and processes that the script has open are closed; `pcall` does not catch it", feature: "terminate"},
		{name: "breakpointLocations", notes: "lines", feature: "line breakpoints"},
		{name: "setBreakpoints", notes: "at any time; verified from disk before the file is loaded; also the deprecated `lines`", feature: "line breakpoints"},
		{name: "setFunctionBreakpoints", notes: "`push`, `Heap.push`, `string.format`, `tool:calculator`", feature: "function breakpoints"},
		{name: "setExceptionBreakpoints", notes: "see [Exception filters](#exception-filters)", feature: "exception conditions"},
		{name: "dataBreakpointInfo", notes: "locals, upvalues, fields, globals; expressions in a frame", feature: "data breakpoints"},
		{name: "setDataBreakpoints", notes: "read, write, readWrite; without an access type at each change", feature: "data breakpoints"},
		{name: "setInstructionBreakpoints", notes: "offsets count instructions", feature: "instruction breakpoints"},
		{name: "continue", notes: "all threads", feature: "steps"},
		{name: "next", notes: "granularity `line` (and `statement`), `instruction`", feature: "steps"},
		{name: "stepIn", notes: "likewise, and into a `targetId`", feature: "steps"},
		{name: "stepOut", notes: "shows what the function returned", feature: "steps"},
		{name: "stepBack", no: noBack, feature: "refusals"},
		{name: "reverseContinue", no: noBack, feature: "refusals"},
		{name: "restartFrame", notes: "runs the function again, with what its parameters hold now", feature: "restart frame"},
		{name: "goto", notes: "within one function and scope; a refusal says why", feature: "goto"},
		{name: "pause", notes: "also in a loop without calls", feature: "pause"},
		{name: "stackTrace", notes: "pages, formats; goes on into the threads that resumed this one", feature: "coroutines"},
		{name: "scopes", notes: "return values, locals, upvalues, globals", feature: "steps"},
		{name: "variables", notes: "pages, `filter`, hexadecimal", feature: "paging"},
		{name: "setVariable", notes: "the value is a Lua expression", feature: "set variable"},
		{name: "source", notes: "of what the script has loaded, and of files in the workspace", feature: "modules and sources"},
		{name: "threads", notes: "the main one and each coroutine; while running, too", feature: "coroutines"},
		{name: "terminateThreads", notes: "coroutines", feature: "terminate threads"},
		{name: "modules", notes: "files, with who loaded them", feature: "modules and sources"},
		{name: "loadedSources", notes: "files, and text that the script made: those with functions that live, and the last 100 of the others (2 MB compiled)", feature: "modules and sources"},
		{name: "evaluate", notes: "contexts `watch`, `hover`, `repl`, `clipboard`, `variables`", feature: "evaluate"},
		{name: "setExpression", notes: "names, fields, elements", feature: "set expression"},
		{name: "stepInTargets", notes: "the calls of a line", feature: "step targets"},
		{name: "gotoTargets", notes: "a column is not needed", feature: "goto"},
		{name: "completions", notes: "names in scope, keys, methods, keywords; text of several lines", feature: "completions"},
		{name: "exceptionInfo", notes: "Lua traceback, chain of Go errors", feature: "exceptions uncaught"},
		{name: "readMemory", notes: "bytes of strings", feature: "memory"},
		{name: "writeMemory", notes: "makes another string and assigns it", feature: "memory"},
		{name: "disassemble", notes: "gopher-lua's instructions; one address each", feature: "disassemble"},
		{name: "locations", notes: "where a function is defined", feature: "locations"},
	}
}

const noBack = "there is no record of the past"

// customRows are requests that are not in the specification.
func customRows() []row {
	return []row{
		{name: "toggleSkipFileStatus", notes: "`{resource}` or `{sourceReference}`: begin or cease to step through this source", feature: "skip files"},
		{name: "setStepFilters", notes: "`{skipFiles, stepFilters}` replace those of the configuration", feature: "skip files"},
	}
}

func eventRows() []row {
	return []row{
		{name: "initialized", notes: "right after the response to `initialize`", feature: "steps"},
		{name: "stopped", notes: "once for each stop, after the response to what caused it", feature: "steps"},
		{name: "continued", notes: "when a restart ends a stop, or somebody else does where the client is attached", feature: "restart"},
		{name: "exited", notes: "exit codes as of `llmspell run`", feature: "run"},
		{name: "terminated", feature: "run"},
		{name: "thread", notes: "the main thread when the script starts; coroutines", feature: "coroutines"},
		{name: "output", notes: "`stdout`, `stderr`, `console`; with the line that wrote it", feature: "run"},
		{name: "breakpoint", notes: "verified, moved or lost when a file is loaded", feature: "breakpoints while running"},
		{name: "module", notes: "`new`, and `changed` when a file is loaded again", feature: "modules and sources"},
		{name: "loadedSource", notes: "`new`, `changed`, `removed`", feature: "modules and sources"},
		{name: "process", feature: "run"},
		{name: "capabilities", notes: "when less is possible, as without debugging", feature: "no debug"},
		{name: "progressStart", notes: "after 500 ms, to clients that show progress", feature: "progress"},
		{name: "progressUpdate", notes: "each second", feature: "progress"},
		{name: "progressEnd", feature: "progress"},
		{name: "invalidated", notes: "`variables`, `stacks`; to clients that know it", feature: "set variable"},
		{name: "memory", notes: "to clients that know it", feature: "memory"},
	}
}

// capabilityRows are the properties of Capabilities.
func capabilityRows() []row {
	return []row{
		{name: "supportsConfigurationDoneRequest", feature: "steps", proof: []string{"-> configurationDone"}},
		{name: "supportsFunctionBreakpoints", feature: "function breakpoints", proof: []string{"-> setFunctionBreakpoints", "! stopped reason=function breakpoint"}},
		{name: "supportsConditionalBreakpoints", feature: "conditions", proof: []string{"-> setBreakpoints breakpoints.condition", "! stopped reason=breakpoint"}},
		{name: "supportsHitConditionalBreakpoints", feature: "hit conditions", proof: []string{"-> setBreakpoints breakpoints.hitCondition", "! stopped reason=breakpoint"}},
		{name: "supportsEvaluateForHovers", feature: "evaluate", proof: []string{"-> evaluate context=hover"}},
		{name: "exceptionBreakpointFilters", notes: "`uncaught`, `caught`, `all`, `runtime`, `error`, `assert`, `tool`, `limit`", feature: "exceptions caught", proof: []string{"-> setExceptionBreakpoints filters", "! stopped reason=exception"}},
		{name: "supportsStepBack", no: noBack, feature: "refusals", proof: []string{"x stepBack"}},
		{name: "supportsSetVariable", feature: "set variable", proof: []string{"-> setVariable"}},
		{name: "supportsRestartFrame", feature: "restart frame", proof: []string{"-> restartFrame", "! stopped reason=restart"}},
		{name: "supportsGotoTargetsRequest", feature: "goto", proof: []string{"-> gotoTargets", "-> goto", "! stopped reason=goto"}},
		{name: "supportsStepInTargetsRequest", feature: "step targets", proof: []string{"-> stepInTargets", "-> stepIn targetId"}},
		{name: "supportsCompletionsRequest", feature: "completions", proof: []string{"<- completions targets.label"}},
		{name: "completionTriggerCharacters", notes: "`.` `:` `[`", feature: "completions", proof: []string{"-> completions text=list.", "-> completions text=list[", "<- completions targets.label"}},
		{name: "supportsModulesRequest", feature: "modules and sources", proof: []string{"<- modules modules.id"}},
		{name: "additionalModuleColumns", notes: "`loadedBy`", feature: "modules and sources", proof: []string{"<- modules modules.loadedBy=require"}},
		{name: "supportedChecksumAlgorithms", notes: "SHA256, of files", feature: "modules and sources", proof: []string{"<- loadedSources sources.checksums.algorithm=SHA256"}},
		{name: "supportsRestartRequest", notes: "of launched scripts", feature: "restart", proof: []string{"-> restart arguments.program"}},
		{name: "supportsExceptionOptions", no: "filters and their conditions say the same", feature: "initialize"},
		{name: "supportsValueFormattingOptions", notes: "`hex`; formats of frames", feature: "formats", proof: []string{"-> variables format.hex", "-> evaluate format.hex", "-> stackTrace format.parameters"}},
		{name: "supportsExceptionInfoRequest", feature: "exceptions uncaught", proof: []string{"<- exceptionInfo breakMode"}},
		{name: "supportTerminateDebuggee", feature: "attach", proof: []string{"-> disconnect terminateDebuggee=true"}},
		{name: "supportSuspendDebuggee", notes: "of attached scripts; the next client that attaches takes the stop over", feature: "attach", proof: []string{"-> disconnect suspendDebuggee=true"}},
		{name: "supportsDelayedStackTraceLoading", feature: "paging", proof: []string{"-> stackTrace levels=1", "<- stackTrace totalFrames"}},
		{name: "supportsLoadedSourcesRequest", feature: "modules and sources", proof: []string{"<- loadedSources sources.path"}},
		{name: "supportsLogPoints", feature: "log points", proof: []string{"-> setBreakpoints breakpoints.logMessage", "! output category=console"}},
		{name: "supportsTerminateThreadsRequest", feature: "terminate threads", proof: []string{"-> terminateThreads", "! thread reason=exited"}},
		{name: "supportsSetExpression", feature: "set expression", proof: []string{"-> setExpression"}},
		{name: "supportsTerminateRequest", feature: "terminate", proof: []string{"-> terminate", "! terminated"}},
		{name: "supportsDataBreakpoints", feature: "data breakpoints", proof: []string{"<- dataBreakpointInfo dataId", "-> setDataBreakpoints breakpoints.dataId", "! stopped reason=data breakpoint"}},
		{name: "supportsReadMemoryRequest", feature: "memory", proof: []string{"<- variables variables.memoryReference", "<- readMemory data"}},
		{name: "supportsWriteMemoryRequest", feature: "memory", proof: []string{"<- writeMemory bytesWritten", "! memory"}},
		{name: "supportsDisassembleRequest", feature: "disassemble", proof: []string{"<- disassemble instructions.instruction"}},
		{name: "supportsCancelRequest", feature: "cancel", proof: []string{"-> cancel requestId", "x evaluate"}},
		{name: "supportsBreakpointLocationsRequest", feature: "line breakpoints", proof: []string{"<- breakpointLocations breakpoints.line"}},
		{name: "supportsClipboardContext", notes: "the whole text", feature: "evaluate", proof: []string{"-> evaluate context=clipboard"}},
		{name: "supportsSteppingGranularity", notes: "`statement` is `line`", feature: "instruction steps", proof: []string{"-> next granularity=instruction", "-> stepIn granularity=instruction"}},
		{name: "supportsInstructionBreakpoints", feature: "instruction breakpoints", proof: []string{"<- stackTrace stackFrames.instructionPointerReference", "-> setInstructionBreakpoints breakpoints.instructionReference", "! stopped reason=instruction breakpoint"}},
		{name: "supportsExceptionFilterOptions", notes: "a condition sees the error as `err`", feature: "exception conditions", proof: []string{"-> setExceptionBreakpoints filterOptions.condition", "! stopped reason=exception"}},
		{name: "supportsSingleThreadExecutionRequests", no: "coroutines run by turns: there is nothing else to hold", feature: "initialize"},
		{name: "supportsDataBreakpointBytes", no: "Lua values have no bytes to watch", feature: "initialize"},
		{name: "breakpointModes", no: "there is one", feature: "initialize"},
		{name: "supportsANSIStyling", notes: "output is passed on as it is", feature: "ansi", proof: []string{"! output output=\x1b[1mbold\x1b[0m\n"}},
	}
}

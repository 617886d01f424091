package dap

import (
	"encoding/json"
	"maps"

	dap "github.com/google/go-dap"
)

// capabilities is the specification's Capabilities, with all that is true of
// this server. What is missing: stepBack, execution of single threads (there is
// one goroutine), breakpoints on bytes, exceptionOptions (filters do it).
type capabilities struct {
	ConfigurationDone      bool `json:"supportsConfigurationDoneRequest,omitempty"`
	FunctionBreakpoints    bool `json:"supportsFunctionBreakpoints,omitempty"`
	ConditionalBreakpoints bool `json:"supportsConditionalBreakpoints,omitempty"`
	HitConditions          bool `json:"supportsHitConditionalBreakpoints,omitempty"`
	LogPoints              bool `json:"supportsLogPoints,omitempty"`
	DataBreakpoints        bool `json:"supportsDataBreakpoints,omitempty"`
	InstructionBreakpoints bool `json:"supportsInstructionBreakpoints,omitempty"`
	BreakpointLocations    bool `json:"supportsBreakpointLocationsRequest,omitempty"`

	EvaluateForHovers bool `json:"supportsEvaluateForHovers,omitempty"`
	Clipboard         bool `json:"supportsClipboardContext,omitempty"`
	Formats           bool `json:"supportsValueFormattingOptions,omitempty"`
	SetVariable       bool `json:"supportsSetVariable,omitempty"`
	SetExpression     bool `json:"supportsSetExpression,omitempty"`
	Completions       bool `json:"supportsCompletionsRequest,omitempty"`
	ReadMemory        bool `json:"supportsReadMemoryRequest,omitempty"`
	WriteMemory       bool `json:"supportsWriteMemoryRequest,omitempty"`
	Disassemble       bool `json:"supportsDisassembleRequest,omitempty"`
	DelayedStack      bool `json:"supportsDelayedStackTraceLoading,omitempty"`

	StepInTargets       bool `json:"supportsStepInTargetsRequest,omitempty"`
	SteppingGranularity bool `json:"supportsSteppingGranularity,omitempty"`
	GotoTargets         bool `json:"supportsGotoTargetsRequest,omitempty"`
	RestartFrame        bool `json:"supportsRestartFrame,omitempty"`
	TerminateThreads    bool `json:"supportsTerminateThreadsRequest,omitempty"`

	ExceptionInfo          bool `json:"supportsExceptionInfoRequest,omitempty"`
	ExceptionFilterOptions bool `json:"supportsExceptionFilterOptions,omitempty"`

	LoadedSources bool `json:"supportsLoadedSourcesRequest,omitempty"`
	Modules       bool `json:"supportsModulesRequest,omitempty"`
	Restart       bool `json:"supportsRestartRequest,omitempty"`
	Terminate     bool `json:"supportsTerminateRequest,omitempty"`
	Cancel        bool `json:"supportsCancelRequest,omitempty"`
	// TerminateDebuggee and SuspendDebuggee are options of disconnect.
	TerminateDebuggee bool `json:"supportTerminateDebuggee,omitempty"`
	SuspendDebuggee   bool `json:"supportSuspendDebuggee,omitempty"`
	// ANSI: output, and values in the clipboard context, keep escape sequences.
	ANSI bool `json:"supportsANSIStyling,omitempty"`

	CompletionTriggers []string                         `json:"completionTriggerCharacters,omitempty"`
	ExceptionFilters   []dap.ExceptionBreakpointsFilter `json:"exceptionBreakpointFilters,omitempty"`
	ModuleColumns      []dap.ColumnDescriptor           `json:"additionalModuleColumns,omitempty"`
	Checksums          []dap.ChecksumAlgorithm          `json:"supportedChecksumAlgorithms,omitempty"`
}

// allCapabilities is what a session can do. A flag is set only for what a test
// drives.
func allCapabilities() capabilities {
	return capabilities{
		ConfigurationDone: true, FunctionBreakpoints: true, ConditionalBreakpoints: true, HitConditions: true, LogPoints: true,
		DataBreakpoints: true, InstructionBreakpoints: true, BreakpointLocations: true,
		EvaluateForHovers: true, Clipboard: true, Formats: true, SetVariable: true, SetExpression: true, Completions: true,
		ReadMemory: true, WriteMemory: true, Disassemble: true, DelayedStack: true,
		StepInTargets: true, SteppingGranularity: true, GotoTargets: true, RestartFrame: true, TerminateThreads: true,
		ExceptionInfo: true, ExceptionFilterOptions: true,
		LoadedSources: true, Modules: true, Restart: true, Terminate: true, Cancel: true, TerminateDebuggee: true, ANSI: true,
		CompletionTriggers: []string{".", ":", "["},
		ExceptionFilters:   exceptionFilterList(),
		ModuleColumns:      []dap.ColumnDescriptor{{AttributeName: "loadedBy", Label: "Loaded by", Type: "string"}},
		Checksums:          []dap.ChecksumAlgorithm{checksumAlgorithm},
	}
}

// noDebugCapabilities is what remains for a script that runs without an engine.
func noDebugCapabilities() capabilities {
	return capabilities{ConfigurationDone: true, Restart: true, Terminate: true, Cancel: true, TerminateDebuggee: true, ANSI: true}
}

// capabilities are those of this session, on this server.
func (s *session) capabilities() capabilities {
	c := allCapabilities()
	if s.server.opts.ReadOnly {
		c = c.readOnly()
	}
	attached := s.run != nil && s.run.target != nil
	// Who launches cannot come back to a script that is left stopped, and not
	// every attached program can be started again.
	c.SuspendDebuggee = attached || s.server.opts.AttachOnly
	c.Restart = !s.server.opts.AttachOnly
	if attached {
		c.Restart = s.run.target.opts.Restart != nil
	}
	return c
}

// readOnly is c without what a read-only server refuses.
func (c capabilities) readOnly() capabilities {
	c.ConditionalBreakpoints, c.LogPoints, c.ExceptionFilterOptions = false, false, false
	c.EvaluateForHovers, c.Clipboard, c.SetVariable, c.SetExpression, c.WriteMemory = false, false, false, false, false
	c.GotoTargets, c.RestartFrame, c.TerminateThreads = false, false, false
	return c
}

// capabilityChanges lists the flags in which b differs from a. The lists that go
// with a flag stay: without it they mean nothing.
func capabilityChanges(a, b capabilities) map[string]bool {
	flags := func(c capabilities) map[string]bool {
		set := map[string]bool{}
		data, _ := json.Marshal(c) // nothing in it can fail
		var all map[string]any
		_ = json.Unmarshal(data, &all)
		for name, v := range all {
			if on, ok := v.(bool); ok {
				set[name] = on
			}
		}
		return set
	}
	before, after := flags(a), flags(b)
	changes := maps.Clone(after)
	for name := range before {
		if !after[name] {
			changes[name] = false
		} else {
			delete(changes, name)
		}
	}
	return changes
}

// announce tells the client when what it can do has changed.
func (s *session) announce(now capabilities) {
	if changes := capabilityChanges(s.told, now); len(changes) > 0 {
		s.told = now
		s.emit("capabilities", map[string]any{"capabilities": changes})
	}
}

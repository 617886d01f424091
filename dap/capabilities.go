package dap

import dap "github.com/google/go-dap"

// The ids of the exception filters.
const (
	filterUncaught = "uncaught"
	filterCaught   = "caught"
	filterAll      = "all"
)

// capabilities lists what the server can do. A flag is set only for what a
// test drives.
func capabilities() dap.Capabilities {
	return dap.Capabilities{
		SupportsConfigurationDoneRequest:  true,
		SupportsConditionalBreakpoints:    true,
		SupportsHitConditionalBreakpoints: true,
		SupportsLogPoints:                 true,
		SupportsEvaluateForHovers:         true,
		SupportsClipboardContext:          true,
		SupportsSetVariable:               true,
		SupportsExceptionInfoRequest:      true,
		SupportsDelayedStackTraceLoading:  true,
		SupportsLoadedSourcesRequest:      true,
		SupportsRestartRequest:            true,
		SupportsTerminateRequest:          true,
		SupportsCancelRequest:             true,
		ExceptionBreakpointFilters: []dap.ExceptionBreakpointsFilter{
			{
				Filter: filterUncaught, Label: "Uncaught errors", Default: true,
				Description: "Stop where an error is raised that no pcall, xpcall or coroutine.resume will catch.",
			},
			{
				Filter: filterCaught, Label: "Caught errors",
				Description: "Stop where an error is raised that pcall, xpcall or coroutine.resume will catch.",
			},
			{
				Filter: filterAll, Label: "All errors",
				Description: "Stop where any error is raised.",
			},
		},
	}
}

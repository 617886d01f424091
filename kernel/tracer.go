package kernel

import (
	"context"

	"github.com/llmspell/llmspell/tools"
)

// Tracer is told what sessions do, for traces. Its methods may be called by any
// goroutine, and must return soon. See kernel/trace.
type Tracer interface {
	// StartExecution is called before a script runs. The script runs under the
	// context that it returns, and so do the tools that it calls. end is called
	// with the script's error, or nil.
	StartExecution(ctx context.Context, e TracedExecution) (inner context.Context, end func(error))
	// ToolContext returns the context of one call of a tool.
	ToolContext(ctx context.Context) context.Context
	// ToolHook is told of the calls of tools.
	ToolHook() tools.Hook
}

// TracedExecution is what a Tracer learns of an execution.
type TracedExecution struct {
	Session string // its id; "" if it has none
	Script  string // its file or the name of its chunk
}

// trace tells the tracer, if there is one, of an execution.
func (s *Session) trace(ctx context.Context, script string) (context.Context, func(error)) {
	t := s.cfg.Services.Tracer
	if t == nil {
		return ctx, func(error) {}
	}
	return t.StartExecution(ctx, TracedExecution{Session: s.cfg.ID, Script: script})
}

// runContext returns a function that gives the context of each call of a tool.
func (s *Session) runContext() func() context.Context {
	t := s.cfg.Services.Tracer
	if t == nil {
		return s.state.RunContext
	}
	return func() context.Context { return t.ToolContext(s.state.RunContext()) }
}

func (s *Session) traceHooks() []tools.Hook {
	if t := s.cfg.Services.Tracer; t != nil {
		return []tools.Hook{t.ToolHook()}
	}
	return nil
}

package kernel

import (
	"context"
	"slices"

	"github.com/llmspell/llmspell/tools"
)

// Tracer is told what sessions do, for traces. Its methods may be called by any
// goroutine, and must return soon. See kernel/trace.
type Tracer interface {
	// StartRequest is called when a client asks for something. traceparent and
	// tracestate are those of W3C Trace Context, or empty. The request is worked on
	// under the context that it returns; end is called with the error of the answer,
	// or nil.
	StartRequest(ctx context.Context, method, traceparent, tracestate string) (inner context.Context, end func(error))
	// StartExecution is called before a script runs. The script runs under the
	// context that it returns, and so do the tools that it calls. end is called
	// with the script's error, or nil.
	StartExecution(ctx context.Context, e TracedExecution) (inner context.Context, end func(error))
	// ToolContext returns the context of one call of a tool.
	ToolContext(ctx context.Context) context.Context
	// ToolHook is told of the calls of tools.
	ToolHook() tools.Hook
	// Shutdown delivers what is still to be delivered. It ends within seconds.
	Shutdown(ctx context.Context) error
}

// NewInvoker makes an Invoker for calls of tools that no script makes: they are
// counted and traced with those of the sessions.
func (s *Services) NewInvoker(reg *tools.Registry, o tools.Options) *tools.Invoker {
	if s.Tracer != nil {
		o.Hooks = append(slices.Clone(o.Hooks), s.Tracer.ToolHook())
	}
	inv := tools.NewInvoker(reg, o)
	s.Tools.Add(inv) // for as long as the services are there
	return inv
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

package tools

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// DefaultTimeout bounds a call when neither the call, the tool nor the Invoker
// says otherwise.
const DefaultTimeout = 30 * time.Second

// Observation is what a metrics hook learns of one call.
type Observation struct {
	Tool      string
	Operation string
	Duration  time.Duration
	Err       *tool.Error // nil when the call worked
}

// Options of an Invoker. The zero value works.
type Options struct {
	// Sandbox is what calls may touch that bring none of their own. Nil: the
	// process's working folder and the temp folder.
	Sandbox *sandbox.Sandbox
	// Timeout of calls of tools that have none of their own. 0: DefaultTimeout.
	Timeout time.Duration
	// Settings finds the configured values of tools. What it does not know is
	// looked for in the environment: see SettingVariable.
	Settings func(tool, name string) (string, bool)
	// Observe is called after each call, on the caller's goroutine.
	Observe func(Observation)
	// Panicked is told of a tool's panic, with its stack: for the log.
	Panicked func(name string, value any, stack []byte)
}

// Invoker runs the tools of a registry. It is safe for concurrent use, starts
// no goroutine, and runs each call on the goroutine of its caller.
type Invoker struct {
	reg     *Registry
	opt     Options
	sandbox func() (*sandbox.Sandbox, error) // of calls that bring none
}

// NewInvoker makes an Invoker.
func NewInvoker(reg *Registry, opt Options) *Invoker {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	inv := &Invoker{reg: reg, opt: opt}
	inv.sandbox = sync.OnceValues(func() (*sandbox.Sandbox, error) {
		if opt.Sandbox != nil {
			return opt.Sandbox, nil
		}
		return sandbox.New("", sandbox.Restricted("."))
	})
	return inv
}

// CallOptions of one call. The zero value takes everything from the Invoker.
type CallOptions struct {
	Timeout time.Duration
	Sandbox *sandbox.Sandbox
	// Progress is told how a long call goes on, on a goroutine of the tool's.
	Progress func(tool.Progress)
}

// Invoke calls a tool by name. The Response is never nil; when the error is not
// nil it is the same *tool.Error that the Response carries.
func (inv *Invoker) Invoke(ctx context.Context, name string, params map[string]any, opt CallOptions) (*Response, error) {
	h, err := inv.Handle(name)
	if err != nil {
		return failed("", err), err
	}
	return h.Invoke(ctx, params, opt)
}

// Handle finds a tool once for many calls. The error is a *tool.Error that
// suggests names.
func (inv *Invoker) Handle(name string) (*Handle, error) {
	e, ok := inv.reg.find(name)
	if !ok {
		return nil, inv.reg.Unknown(name)
	}
	return &Handle{inv: inv, entry: e}, nil
}

// Handle is a tool that is ready to be called.
type Handle struct {
	inv   *Invoker
	entry *entry
}

// Descriptor describes the tool.
func (h *Handle) Descriptor() *tool.Descriptor { return h.entry.def.Descriptor }

// Invoke checks the parameters and calls the tool. The Response is never nil;
// when the error is not nil it is the same *tool.Error that the Response
// carries. The parameters are not changed.
func (h *Handle) Invoke(ctx context.Context, params map[string]any, opt CallOptions) (*Response, error) {
	start := time.Now()
	d := h.Descriptor()
	limit := opt.Timeout
	if limit <= 0 {
		limit = d.Timeout
	}
	if limit <= 0 {
		limit = h.inv.opt.Timeout
	}
	call := tool.NewCall(params, nil, func(name string) string { return h.inv.setting(d, name) }, opt.Progress)
	result, err := h.run(ctx, call, params, opt, start.Add(limit))
	elapsed := time.Since(start)

	if err != nil {
		te := h.explain(ctx, call.Operation, err, limit)
		h.observe(call.Operation, elapsed, te)
		r := failed(call.Operation, te)
		r.Duration = elapsed
		return r, te
	}
	h.observe(call.Operation, elapsed, nil)
	return &Response{
		Operation: call.Operation, Success: true, Message: result.Message, Text: result.Text,
		Result: result.Value, Metadata: result.Metadata, Duration: elapsed,
	}, nil
}

func (h *Handle) run(parent context.Context, call *tool.Call, params map[string]any, opt CallOptions, deadline time.Time) (result *tool.Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			if h.inv.opt.Panicked != nil {
				h.inv.opt.Panicked(h.Descriptor().Name, v, debug.Stack())
			}
			err = tool.Errorf(tool.Internal, "the tool failed unexpectedly (%v); this is a bug in the tool", v)
		}
	}()
	checked, err := h.entry.checker().CheckObject(params)
	if err != nil {
		return nil, err
	}
	call.Params = checked
	call.Operation = call.Params.String("operation")
	if call.Sandbox = opt.Sandbox; call.Sandbox == nil {
		if call.Sandbox, err = h.inv.sandbox(); err != nil {
			return nil, err
		}
	}
	t, err := h.entry.make()
	if err != nil {
		return nil, fmt.Errorf("the tool could not be set up: %w", err)
	}
	ctx := withDeadline(parent, deadline)
	defer ctx.end()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	result, err = t.Run(ctx, call)
	if err == nil && result == nil {
		result = &tool.Result{}
	}
	return result, err
}

// explain makes the error complete: whose it is, of which kind, and for the
// ends of time what ended it.
func (h *Handle) explain(parent context.Context, operation string, err error, limit time.Duration) *tool.Error {
	te := tool.AsError(h.Descriptor().Name, operation, err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && parent.Err() != nil:
		te.Code, te.Message = tool.Timeout, "was stopped because the time of its caller is up"
	case errors.Is(err, context.DeadlineExceeded):
		te.Code = tool.Timeout
		te.Message = fmt.Sprintf("did not finish within %v; pass less work or a longer timeout", limit)
	case errors.Is(err, context.Canceled):
		te.Code = tool.Cancelled
		te.Message = "was cancelled"
	}
	return te
}

func (h *Handle) observe(operation string, d time.Duration, err *tool.Error) {
	if h.inv.opt.Observe != nil {
		h.inv.opt.Observe(Observation{Tool: h.Descriptor().Name, Operation: operation, Duration: d, Err: err})
	}
}

func failed(operation string, err error) *Response {
	var te *tool.Error
	if !errors.As(err, &te) {
		te = tool.AsError("", operation, err)
	}
	return &Response{Operation: operation, Error: te}
}

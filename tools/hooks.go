package tools

import (
	"context"
	"runtime/debug"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// Hook is told of every call that an Invoker makes, on the goroutine of the
// caller. The Before of all hooks run in the order of Options.Hooks, the After
// in the reverse order, so that each hook encloses those behind it. After is
// called for exactly those hooks whose Before (if any) has let the call pass. A
// panic in a hook fails the call.
type Hook struct {
	// Before runs before the parameters are checked. It may put another map in
	// the place of call.Params; it must not change the map that it finds. An
	// error refuses the call and is its error: make it with tool.Errorf to
	// choose its code. May be nil.
	Before func(ctx context.Context, call *HookCall) error
	// Ready runs when the parameters have been checked, just before the tool works.
	// It may call call.Answer, or refuse. May be nil.
	Ready func(ctx context.Context, call *HookCall) error
	// After runs when the call has ended, whatever came of it, and must not
	// change the response. May be nil.
	After func(ctx context.Context, call *HookCall, r *Response)
}

// HookCall is a call as hooks see it.
type HookCall struct {
	Tool    *tool.Descriptor
	Params  map[string]any
	Sandbox *sandbox.Sandbox // nil: the Invoker's

	answer *tool.Result
}

// Answer makes r the result of the call: the tool does not work.
func (c *HookCall) Answer(r *tool.Result) { c.answer = r }

// ready runs the hooks' Ready, until one of them answers.
func (c *invocation) ready() (err error) {
	if c.hooked == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = c.h.hookPanicked(v)
		}
	}()
	for _, hook := range c.h.inv.opt.Hooks {
		if hook.Ready == nil || c.hooked.answer != nil {
			continue
		}
		if err := hook.Ready(c.parent, c.hooked); err != nil {
			return err
		}
	}
	return nil
}

// before runs the hooks' Before and counts those that have let the call pass.
func (c *invocation) before() (err error) {
	hooks := c.h.inv.opt.Hooks
	if len(hooks) == 0 {
		return nil
	}
	c.hooked = &HookCall{Tool: c.h.Descriptor(), Params: c.params, Sandbox: c.opt.Sandbox}
	defer func() {
		if v := recover(); v != nil {
			err = c.h.hookPanicked(v)
		}
	}()
	for _, hook := range hooks {
		if hook.Before != nil {
			if err := hook.Before(c.parent, c.hooked); err != nil {
				return err
			}
		}
		c.passed++
	}
	c.params = c.hooked.Params
	return nil
}

// after runs the hooks' After. A panic in one fails the response; the others
// see that.
func (c *invocation) after(r *Response) {
	for i := c.passed - 1; i >= 0; i-- {
		if f := c.h.inv.opt.Hooks[i].After; f != nil {
			c.afterOne(f, r)
		}
	}
}

func (c *invocation) afterOne(f func(context.Context, *HookCall, *Response), r *Response) {
	defer func() {
		if v := recover(); v != nil {
			*r = Response{Operation: r.Operation, Duration: r.Duration,
				Error: tool.AsError(c.h.Descriptor().Name, r.Operation, c.h.hookPanicked(v))}
		}
	}()
	f(c.parent, c.hooked, r)
}

func (h *Handle) hookPanicked(v any) error {
	if h.inv.opt.Panicked != nil {
		h.inv.opt.Panicked(h.Descriptor().Name, v, debug.Stack())
	}
	return tool.Errorf(tool.Internal, "a hook failed unexpectedly (%v); this is a bug in the hook, not in the tool", v)
}

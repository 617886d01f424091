package tools

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// Hook is told of every call that an Invoker makes, on the goroutine of the
// caller. Before, Validate and Ready run in the order of Options.Hooks, Ended and
// After in the reverse order, so that each hook encloses those behind it. Ended
// and After are called for exactly those hooks whose Before (if any) has let the
// call pass. A panic in a hook fails the call. Any of the functions may be nil.
//
// Before and After are for those who look: they see each call once, whatever
// becomes of it in between. Validate, Ready and Ended are for those who change it.
type Hook struct {
	// Active tells whether the hook has anything to do now. It is asked once, when
	// a call begins; if not, the call does not know the hook. It must be quick.
	// Nil: always.
	Active func() bool
	// Before runs first of all. It may put another map in the place of
	// call.Params; it must not change the map that it finds. An error refuses the
	// call and is its error: make it with tool.Errorf to choose its code.
	Before func(ctx context.Context, call *HookCall) error
	// Validate runs before the parameters are checked against the schema, for each
	// tool that the call comes to. As Before, it may replace call.Params or refuse;
	// it may also call call.Redirect.
	Validate func(ctx context.Context, call *HookCall) error
	// Ready runs when the parameters have been checked, just before the tool works:
	// call.Params are complete. It may replace them (they are checked again), call
	// call.Answer or call.Redirect, or refuse.
	Ready func(ctx context.Context, call *HookCall) error
	// Ended runs when the tool has worked or the call has failed. It may change the
	// response's Success, Result, Text, Message, Error and Metadata, or call
	// call.Repeat or call.Redirect; then there will be another response.
	Ended func(ctx context.Context, call *HookCall, r *Response)
	// After runs when the call is over, whatever came of it, and must not change
	// the response.
	After func(ctx context.Context, call *HookCall, r *Response)
}

// HookCall is a call as hooks see it.
type HookCall struct {
	Tool    *tool.Descriptor // the one that works, or will
	Params  map[string]any
	Sandbox *sandbox.Sandbox // nil: the Invoker's
	// Thread is CallOptions.Thread.
	Thread any
	// Began: the parameters were right and no hook has refused the call, so that
	// the tool has worked or a hook has answered for it.
	Began bool
	// Attempt counts how often the tool has worked or is about to, because of
	// Repeat: from 1.
	Attempt int

	answer   *tool.Result
	redirect string
	repeat   bool
	pause    time.Duration
}

// Answer makes r the result of the call: the tool does not work.
func (c *HookCall) Answer(r *tool.Result) { c.answer = r }

// Redirect makes another tool do the work, with the parameters that the caller, or a
// hook, has given. The hooks Validate and Ready run again. The call fails if there is no such tool, or after
// too many redirections.
func (c *HookCall) Redirect(name string) { c.redirect = name }

// Repeat makes the tool work again after a pause, if the call's time allows.
func (c *HookCall) Repeat(after time.Duration) { c.repeat, c.pause = true, after }

func (c *HookCall) redirects() bool { return c != nil && c.redirect != "" }

// What hooks may make of one call.
const (
	maxRedirects = 8
	maxRepeats   = 100
)

// hook finds the hooks that have something to do.
func (c *invocation) hook() {
	all := c.h.inv.opt.Hooks
	for i := range all {
		if all[i].Active == nil || all[i].Active() {
			c.hooks = append(c.hooks, &all[i])
		}
	}
	if len(c.hooks) > 0 {
		c.hooked = &HookCall{Tool: c.h.Descriptor(), Params: c.params, Sandbox: c.opt.Sandbox, Thread: c.opt.Thread, Attempt: 1}
	}
}

// before runs the hooks' Before and counts those that have let the call pass.
func (c *invocation) before() (err error) {
	if len(c.hooks) == 0 {
		return nil
	}
	defer c.recovered(&err)
	for _, hook := range c.hooks {
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

// validate runs the hooks' Validate.
func (c *invocation) validate() (err error) {
	if len(c.hooks) == 0 {
		return nil
	}
	defer c.recovered(&err)
	c.hooked.Tool, c.hooked.Params, c.hooked.Began = c.h.Descriptor(), c.params, false
	for _, hook := range c.hooks {
		if hook.Validate != nil {
			if err := hook.Validate(c.parent, c.hooked); err != nil {
				return err
			}
		}
	}
	c.params = c.hooked.Params
	return nil
}

// ready runs the hooks' Ready, until one of them answers or redirects.
func (c *invocation) ready() (err error) {
	if len(c.hooks) == 0 {
		return nil
	}
	defer c.recovered(&err)
	checked := map[string]any(c.call.Params)
	c.hooked.Params = checked
	for _, hook := range c.hooks {
		if hook.Ready == nil {
			continue
		}
		if err := hook.Ready(c.parent, c.hooked); err != nil {
			return err
		}
		if c.hooked.answer != nil || c.hooked.redirect != "" {
			break
		}
	}
	changed := !sameMap(c.hooked.Params, checked)
	if changed {
		c.params = c.hooked.Params // else they stay as the caller gave them, for a redirection: what is filled in is this tool's
	}
	if c.hooked.redirect == "" {
		c.hooked.Began = true
		if c.hooked.answer == nil && changed {
			return c.checkParams()
		}
	}
	return nil
}

// redirected makes the call another tool's.
func (c *invocation) redirected() error {
	name := c.hooked.redirect
	c.hooked.redirect, c.hooked.answer = "", nil
	if c.redirects++; c.redirects > maxRedirects {
		return tool.Errorf(tool.LimitExceeded, "hooks have redirected the call %d times; is there a circle?", maxRedirects)
	}
	to, err := c.h.inv.HandleContext(c.ctx, name)
	if err != nil {
		return err
	}
	c.h.stats.inFlight.Add(-1)
	to.stats.inFlight.Add(1)
	c.h = to
	c.call = tool.NewCall(nil, nil, to.setting, c.report())
	return nil
}

// ended runs the hooks' Ended, and tells whether the tool is to work again, or
// another one instead.
func (c *invocation) ended(r *Response) (again bool) {
	for i := c.passed - 1; i >= 0; i-- {
		f := c.hooks[i].Ended
		if f == nil {
			continue
		}
		c.hooked.Tool = c.h.Descriptor()
		c.afterOne(f, r)
		if c.hooked.redirect != "" {
			if c.redirects <= maxRedirects {
				c.pause = 0
				return true
			}
			c.hooked.redirect = "" // the error says so already
		}
		if c.hooked.repeat {
			c.hooked.repeat = false
			if c.mayRepeat() {
				c.hooked.Attempt++
				c.hooked.answer = nil
				c.pause, c.opt.NoCache = c.hooked.pause, true // the same answer again would help nobody
				return true
			}
		}
	}
	return false
}

func (c *invocation) mayRepeat() bool {
	return c.hooked.Began && c.hooked.Attempt < maxRepeats && time.Until(c.ctx.deadline) > c.hooked.pause && c.ctx.why() == nil
}

// after runs the hooks' After. A panic in one fails the response; the others
// see that.
func (c *invocation) after(r *Response) {
	for i := c.passed - 1; i >= 0; i-- {
		if f := c.hooks[i].After; f != nil {
			c.hooked.Tool = c.h.Descriptor()
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

// recovered turns a panic in a hook into the call's error.
func (c *invocation) recovered(err *error) {
	if v := recover(); v != nil {
		*err = c.h.hookPanicked(v)
	}
}

func (h *Handle) hookPanicked(v any) error {
	if h.inv.opt.Panicked != nil {
		h.inv.opt.Panicked(h.Descriptor().Name, v, debug.Stack())
	}
	return tool.Errorf(tool.Internal, "a hook failed unexpectedly (%v); this is a bug in the hook, not in the tool", v)
}

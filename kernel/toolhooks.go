package kernel

import (
	"context"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// ToolHook makes the hook points of tools fire for the calls of an Invoker. The
// calls' Thread is that of the hooks; language says who makes the calls.
func ToolHook(r *hooks.Registry, language string) tools.Hook {
	h := &toolHook{reg: r, language: language, points: hooks.ToolPoints()}
	return tools.Hook{Active: h.active, Validate: h.validate, Ready: h.ready, Ended: h.ended}
}

type toolHook struct {
	reg      *hooks.Registry
	language string
	points   *hooks.Set
}

func (h *toolHook) active() bool { return h.reg.HasAny(h.points) }

func (h *toolHook) call(p hooks.Point, c *tools.HookCall, data map[string]any) *hooks.Call {
	return &hooks.Call{
		Point: p, Component: hooks.Component{Type: "tool", Name: c.Tool.Name}, Language: h.language, Data: data, Thread: c.Thread,
		Metadata: map[string]any{"category": c.Tool.Category, "attempt": c.Attempt, "side_effects": c.Tool.SideEffects},
	}
}

// validate fires ToolValidation, with the parameters as they were given.
func (h *toolHook) validate(ctx context.Context, c *tools.HookCall) error {
	if !h.reg.Has(hooks.ToolValidation) {
		return nil
	}
	call := h.call(hooks.ToolValidation, c, map[string]any{"params": c.Params})
	out, err := h.reg.Ask(ctx, call)
	if err != nil {
		return refused(tool.InvalidParameters, err)
	}
	switch out.Kind {
	case hooks.Replace:
		call.Data["params"] = out.Value
	case hooks.Redirect:
		c.Redirect(out.Target)
	}
	return setParams(c, call, out.Hook)
}

// ready fires BeforeToolExecution, with the checked parameters.
func (h *toolHook) ready(ctx context.Context, c *tools.HookCall) error {
	if !h.reg.Has(hooks.BeforeToolExecution) {
		return nil
	}
	call := h.call(hooks.BeforeToolExecution, c, map[string]any{"params": c.Params})
	out, err := h.reg.Ask(ctx, call)
	if err != nil {
		return refused(tool.Cancelled, err)
	}
	switch out.Kind {
	case hooks.Replace:
		c.Answer(result(out.Value))
	case hooks.Redirect:
		c.Redirect(out.Target)
	}
	return setParams(c, call, out.Hook)
}

// setParams takes what hooks have made of the parameters.
func setParams(c *tools.HookCall, call *hooks.Call, hook string) error {
	params, ok := call.Data["params"].(map[string]any)
	if !ok {
		return tool.Errorf(tool.InvalidParameters, "the hook %s has put something else in the place of the parameters; they are a table with names", hook)
	}
	c.Params = params
	return nil
}

// refused is the error of a call that hooks have not let pass.
func refused(code tool.Code, err error) error {
	var cancelled *hooks.CancelledError
	if !errors.As(err, &cancelled) {
		return err
	}
	e := tool.Errorf(code, "%w", err)
	e.Details = map[string]any{"hook": cancelled.Hook, "point": string(cancelled.Point), "reason": cancelled.Reason}
	return e
}

// result is what a hook gives in the place of a tool's own.
func result(v any) *tool.Result {
	r := tool.Value(v)
	if text, ok := v.(string); ok {
		r.Text = &text
	}
	return r
}

// ended fires SecurityViolation, ToolError and AfterToolExecution.
func (h *toolHook) ended(ctx context.Context, c *tools.HookCall, r *tools.Response) {
	if r.Error != nil {
		if cancelled := (*hooks.CancelledError)(nil); !errors.As(r.Error, &cancelled) {
			if r.Error.Code == tool.PermissionDenied && h.reg.Has(hooks.SecurityViolation) {
				h.reg.Run(ctx, h.call(hooks.SecurityViolation, c, violation("tool", r.Error.Message, r.Error.Details)))
			}
			if h.reg.Has(hooks.ToolError) {
				data := map[string]any{"params": c.Params, "error": errorData(r.Error)}
				if h.settle(ctx, h.call(hooks.ToolError, c, data), c, r) {
					return
				}
			}
		}
	}
	if c.Began && h.reg.Has(hooks.AfterToolExecution) {
		data := map[string]any{"params": c.Params, "success": r.Success, "operation": r.Operation, "duration_ms": r.DurationMS(), "result": r.Result}
		if r.Error != nil {
			data["error"] = errorData(r.Error)
		}
		if r.Text != nil {
			data["text"] = *r.Text
		}
		if r.Message != "" {
			data["message"] = r.Message
		}
		h.settle(ctx, h.call(hooks.AfterToolExecution, c, data), c, r)
	}
}

// settle runs the hooks that may change an answer, and tells whether they want
// another one.
func (h *toolHook) settle(ctx context.Context, call *hooks.Call, c *tools.HookCall, r *tools.Response) (again bool) {
	before := call.Data
	out := h.reg.Run(ctx, call)
	switch out.Kind {
	case hooks.Retry:
		if c.Attempt < out.MaxAttempts {
			c.Repeat(out.Delay)
			return true
		}
	case hooks.Redirect:
		c.Redirect(out.Target)
		return true
	case hooks.Replace:
		succeed(r, out.Value)
		return false
	case hooks.Cancel:
		err := &hooks.CancelledError{Point: call.Point, Hook: out.Hook, Reason: out.Reason}
		fail(r, tool.AsError(c.Tool.Name, r.Operation, refused(tool.Cancelled, err)))
		return false
	}
	if _, changed := out.Data["result"]; changed && r.Success || changed && call.Data["success"] == true {
		succeed(r, call.Data["result"])
	}
	if text, ok := call.Data["text"].(string); ok && text != before["text"] {
		r.Text = &text
	}
	if message, ok := call.Data["message"].(string); ok {
		r.Message = message
	}
	if info, ok := call.Data["error"].(map[string]any); ok && r.Error != nil {
		if message, ok := info["message"].(string); ok && message != r.Error.Message {
			e := *r.Error
			e.Message = message
			r.Error = &e
		}
	}
	return false
}

func succeed(r *tools.Response, value any) {
	answer := result(value)
	r.Success, r.Error, r.Result, r.Text = true, nil, answer.Value, answer.Text
}

func fail(r *tools.Response, err *tool.Error) {
	r.Success, r.Error, r.Result, r.Text, r.Message = false, err, nil, nil, ""
}

func errorData(e *tool.Error) map[string]any {
	info := map[string]any{"code": string(e.Code), "message": e.Message}
	if len(e.Details) > 0 {
		info["details"] = e.Details
	}
	return info
}

// violation is the data of SecurityViolation.
func violation(source, message string, details map[string]any) map[string]any {
	data := map[string]any{"source": source, "message": message}
	for name, value := range details {
		if _, ok := data[name]; !ok {
			data[name] = value
		}
	}
	return data
}

// toolEvents publishes what happens to calls of tools, when somebody listens.
func toolEvents(b *events.Bus, opt func(thread any) events.PublishOptions) tools.Hook {
	publish := func(ctx context.Context, c *tools.HookCall, eventType string, data map[string]any) {
		if b.Listened(eventType) {
			data["tool"] = c.Tool.Name
			_, _ = b.Publish(ctx, eventType, data, opt(c.Thread)) // the call does not depend on who listens
		}
	}
	return tools.Hook{
		Active: func() bool {
			return b.Listened(events.ToolInvoked) || b.Listened(events.ToolCompleted) || b.Listened(events.ToolFailed)
		},
		Before: func(ctx context.Context, c *tools.HookCall) error {
			publish(ctx, c, events.ToolInvoked, map[string]any{"category": c.Tool.Category})
			return nil
		},
		After: func(ctx context.Context, c *tools.HookCall, r *tools.Response) {
			if r.Error != nil {
				publish(ctx, c, events.ToolFailed, map[string]any{"operation": r.Operation, "duration_ms": r.DurationMS(),
					"code": string(r.Error.Code), "message": fmt.Sprint(r.Error.Message)})
				return
			}
			publish(ctx, c, events.ToolCompleted, map[string]any{"operation": r.Operation, "duration_ms": r.DurationMS()})
		},
	}
}

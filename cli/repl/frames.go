package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-dap"
)

var errNotStopped = errors.New("no script is stopped")

// currentFrame is the frame that is looked at.
func (d *debugWords) currentFrame() (dap.StackFrame, error) {
	if d.current == nil || d.frame >= len(d.current.frames) {
		return dap.StackFrame{}, errNotStopped
	}
	return d.current.frames[d.frame], nil
}

func (d *debugWords) backtrace(context.Context, string) error {
	if d.current == nil {
		return errNotStopped
	}
	for i, f := range d.current.frames {
		mark := " "
		if i == d.frame {
			mark = "*"
		}
		where := ""
		if f.Line > 0 {
			where = fmt.Sprintf("  at %s:%d", sourceName(f.Source), f.Line)
		}
		d.loop.printf(" %s #%d %s%s\n", mark, i, f.Name, where)
	}
	return nil
}

func (d *debugWords) selectFrame(ctx context.Context, rest string) error {
	n, err := number(rest, 0)
	if err != nil {
		return err
	}
	return d.look(ctx, n)
}

func (d *debugWords) up(ctx context.Context, _ string) error { return d.look(ctx, d.frame+1) }

func (d *debugWords) down(ctx context.Context, _ string) error { return d.look(ctx, d.frame-1) }

// look goes to another frame.
func (d *debugWords) look(ctx context.Context, n int) error {
	switch {
	case d.current == nil:
		return errNotStopped
	case n < 0 || n >= len(d.current.frames):
		return fmt.Errorf("there is no frame %d: the stack has %d", n, len(d.current.frames))
	}
	d.frame = n
	f := d.current.frames[n]
	d.loop.printf("#%d %s at %s:%d\n", n, f.Name, sourceName(f.Source), f.Line)
	d.source(ctx, f)
	return nil
}

func (d *debugWords) locals(ctx context.Context, _ string) error {
	f, err := d.currentFrame()
	if err != nil {
		return err
	}
	var scopes dap.ScopesResponseBody
	if err := d.call(ctx, "scopes", dap.ScopesArguments{FrameId: f.Id}, &scopes); err != nil {
		return err
	}
	for _, s := range scopes.Scopes {
		if s.Name != "Locals" {
			continue
		}
		var vars dap.VariablesResponseBody
		if err := d.call(ctx, "variables", dap.VariablesArguments{VariablesReference: s.VariablesReference}, &vars); err != nil {
			return err
		}
		for _, v := range vars.Variables {
			d.loop.printf("%s = %s\n", v.Name, v.Value)
		}
		if len(vars.Variables) == 0 {
			d.loop.printf("(none)\n")
		}
	}
	return nil
}

func (d *debugWords) print(ctx context.Context, expression string) error {
	if expression == "" {
		return errors.New(".print needs an expression")
	}
	return d.evaluate(ctx, expression, "repl", "")
}

// evaluate shows the value of an expression in the frame.
func (d *debugWords) evaluate(ctx context.Context, expression, kind, before string) error {
	f, err := d.currentFrame()
	if err != nil {
		return err
	}
	var body dap.EvaluateResponseBody
	err = d.call(ctx, "evaluate", dap.EvaluateArguments{Expression: expression, FrameId: f.Id, Context: kind}, &body)
	if err != nil {
		return err
	}
	if body.Result != "" {
		d.loop.printf("%s%s\n", before, body.Result)
	}
	return nil
}

func (d *debugWords) watch(ctx context.Context, rest string) error {
	if rest == "" {
		return errors.New(".watch needs an expression")
	}
	if !slices.Contains(d.watches, rest) {
		d.watches = append(d.watches, rest)
	}
	if d.current != nil {
		return d.evaluate(ctx, rest, "watch", rest+" = ")
	}
	return nil
}

func (d *debugWords) unwatch(_ context.Context, rest string) error {
	n := len(d.watches)
	if d.watches = slices.DeleteFunc(d.watches, func(w string) bool { return w == rest }); len(d.watches) == n {
		return fmt.Errorf("%q is not watched: see .list", rest)
	}
	return nil
}

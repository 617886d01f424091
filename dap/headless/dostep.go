package headless

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// stepLimit bounds an evaluation of the steps file.
const stepLimit = 30 * time.Second

// configure carries out the steps that come before the script runs.
func (r *run) configure(ctx context.Context) {
	s := &r.script
	for s.next < len(s.all) && s.all[s.next].configures() {
		r.carryOut(ctx, &stopped{})
	}
}

// doSteps carries out the steps for a stop, up to and with one that resumes,
// and returns how to resume.
func (r *run) doSteps(ctx context.Context, at stopped) func() error {
	s := &r.script
	for s.next < len(s.all) {
		st := &s.all[s.next]
		r.carryOut(ctx, &at)
		if !st.resumes() {
			continue
		}
		switch st.Command {
		case "next":
			return func() error { return r.engine.StepOver(at.Thread) }
		case "stepIn":
			return func() error { return r.engine.StepIn(at.Thread) }
		case "stepOut":
			return func() error { return r.engine.StepOut(at.Thread) }
		}
		break
	}
	return r.engine.Continue
}

// carryOut does the next step and reports it.
func (r *run) carryOut(ctx context.Context, at *stopped) {
	st := &r.script.all[r.script.next]
	r.script.next++
	report := Step{Type: "step", Line: st.line, Command: st.Command, Success: true}
	if err := r.do(ctx, at, st, &report); err != nil {
		report.Success, report.Error = false, err.Error()
		r.script.failures = append(r.script.failures, fmt.Sprintf("%s:%d: %s: %v", r.opts.Steps, st.line, st.Command, err))
	}
	r.tell(func(p reporter) { p.step(report) })
}

func (r *run) do(ctx context.Context, at *stopped, st *step, out *Step) error {
	a := &st.args
	switch st.Command {
	case "setBreakpoints":
		return r.setBreakpoints(a, out)
	case "setFunctionBreakpoints":
		r.script.functions = nil
		for _, b := range a.Breakpoints {
			r.script.functions = append(r.script.functions, debug.FunctionBreakpointSpec{Name: b.Name, Condition: b.Condition, HitCondition: b.HitCondition})
		}
		r.installFunctions()
		return nil
	case "setExceptionBreakpoints":
		r.script.errors, _ = parseErrorFilter(a.Filters) // checked when it was read
		r.installErrors()
		return nil
	case "launch", "continue", "next", "stepIn", "stepOut":
		return nil
	case "stackTrace":
		frames := at.frames
		if a.Levels > 0 {
			frames = frames[:min(a.Levels, len(frames))]
		}
		out.Stack = r.stack(frames)
		return nil
	}
	frame, err := at.frameAt(a.Frame)
	if err != nil {
		return err
	}
	switch st.Command {
	case "locals":
		out.Variables, err = r.variables(frame.ID, debug.ScopeLocals)
	case "variables":
		out.Variables, err = r.stepVariables(ctx, frame.ID, a)
	case "evaluate":
		v := r.evaluate(ctx, frame.ID, a.Expression, stepLimit)
		out.Value, out.ValueType = v.Value, v.Type
		err = v.failure()
	case "setVariable":
		out.Value, out.ValueType, err = r.setVariable(frame.ID, a.Name, a.Value)
	case "expect":
		err = r.expect(ctx, at, frame, a)
	}
	return err
}

func (e Evaluation) failure() error {
	if e.Error == "" {
		return nil
	}
	return errors.New(e.Error)
}

// frameAt is a frame by its index in the stack; 0 is the innermost Lua one.
func (at *stopped) frameAt(index int) (debug.Frame, error) {
	if index == 0 {
		index = at.top
	}
	if index >= len(at.frames) {
		return debug.Frame{}, fmt.Errorf("there is no frame %d: the stack has %d", index, len(at.frames))
	}
	return at.frames[index], nil
}

func (r *run) setBreakpoints(a *arguments, out *Step) error {
	paths, found := Place{File: a.Source.Path}.Find(r.opts.Script)
	if !found {
		return fmt.Errorf("there is no file %s, here or beside %s", a.Source.Path, r.opts.Script)
	}
	list := []debug.BreakpointSpec{}
	for _, b := range a.Breakpoints {
		list = append(list, debug.BreakpointSpec{Line: b.Line, Condition: b.Condition, HitCondition: b.HitCondition, LogMessage: b.LogMessage})
	}
	if r.script.breakpoints == nil {
		r.script.breakpoints = map[string][]debug.BreakpointSpec{}
	}
	r.script.breakpoints[paths[0]] = list
	r.countLogs()
	for _, b := range r.installFile(paths[0]) {
		out.Breakpoints = append(out.Breakpoints, BoundPoint{Line: b.Line, Verified: b.Verified, Message: b.Message})
	}
	return nil
}

// stepVariables lists a scope, or what is in the value of an expression.
func (r *run) stepVariables(ctx context.Context, frame int, a *arguments) ([]Variable, error) {
	if a.Expression == "" {
		scope := a.Scope
		if scope == "" {
			scope = debug.ScopeLocals
		}
		return r.variables(frame, scope)
	}
	bounded, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	v, err := r.engine.Evaluate(bounded, frame, a.Expression, debug.EvalRepl)
	if err != nil {
		return nil, err
	}
	if v.Ref == 0 {
		return []Variable{}, nil
	}
	vars, err := r.engine.Variables(v.Ref, debug.FilterAll, 0, 0)
	return reported(vars), err
}

// setVariable sets a local, an upvalue, or else a global.
func (r *run) setVariable(frame int, name, value string) (text, kind string, err error) {
	scopes, err := r.engine.Scopes(frame)
	if err != nil {
		return "", "", err
	}
	for _, s := range scopes {
		if s.Kind != debug.ScopeGlobals {
			vars, err := r.engine.Variables(s.Ref, debug.FilterAll, 0, 0)
			if err != nil {
				return "", "", err
			}
			if !contains(vars, name) {
				continue
			}
		}
		v, err := r.engine.SetVariable(s.Ref, name, value)
		return v.Value, v.Type, err
	}
	return "", "", fmt.Errorf("there is no variable %s", name)
}

func contains(vars []debug.Variable, name string) bool {
	for _, v := range vars {
		if v.Name == name {
			return true
		}
	}
	return false
}

// expect compares a stop with what the step says of it.
func (r *run) expect(ctx context.Context, at *stopped, frame debug.Frame, a *arguments) error {
	var problems []string
	differ := func(what, got, want string) {
		if want != "" && got != want {
			problems = append(problems, fmt.Sprintf("the %s is %s, want %s", what, got, want))
		}
	}
	differ("reason", at.report.Reason, a.Reason)
	if file := r.files.name(frame.Source); a.File != "" && file != a.File && !strings.HasSuffix(file, "/"+a.File) {
		differ("file", file, a.File)
	}
	if a.Line != 0 {
		differ("line", fmt.Sprint(frame.Line), fmt.Sprint(a.Line))
	}
	differ("function", frame.Name, a.Function)
	if a.Expression != "" {
		v := r.evaluate(ctx, frame.ID, a.Expression, stepLimit)
		switch {
		case v.Error != "":
			problems = append(problems, a.Expression+": "+v.Error)
		case !v.isTrue():
			problems = append(problems, fmt.Sprintf("%s is %s", a.Expression, v.Value))
		}
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}

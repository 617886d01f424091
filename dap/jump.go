package dap

import (
	"errors"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// stepInTargets lists the calls of a frame's line.
func (s *session) stepInTargets(args dap.StepInTargetsArguments) (any, error) {
	e, frame, err := s.engineFor(args.FrameId)
	if err != nil {
		return nil, err
	}
	targets, err := e.StepInTargets(frame)
	if err != nil {
		return nil, err
	}
	body := dap.StepInTargetsResponseBody{Targets: make([]dap.StepInTarget, 0, len(targets))}
	for _, t := range targets {
		body.Targets = append(body.Targets, dap.StepInTarget{
			Id: s.handles.toClient(t.ID), Label: t.Label, Line: s.client.toClientLine(t.Line),
		})
	}
	return body, nil
}

// gotoTargets lists the places of a line where the script can go on. Columns
// do not matter, and some clients send none.
func (s *session) gotoTargets(args dap.GotoTargetsArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	key, err := sourceOf("gotoTargets", args.Source)
	if err != nil {
		return nil, err
	}
	source, err := key.source(s.run.translator, s.run.args.Cwd)
	if err != nil {
		return nil, err
	}
	targets, err := e.GotoTargets(source, s.client.toServerLine(args.Line))
	if err != nil {
		return nil, err
	}
	body := dap.GotoTargetsResponseBody{Targets: make([]dap.GotoTarget, 0, len(targets))}
	for _, t := range targets {
		body.Targets = append(body.Targets, dap.GotoTarget{
			Id: s.handles.toClient(t.ID), Label: t.Label, Line: s.client.toClientLine(t.Line),
			InstructionPointerReference: s.handles.toClientAddress(t.Address),
		})
	}
	return body, nil
}

// jump answers goto, which Go keeps for itself.
func (s *session) jump(args dap.GotoArguments) (any, error) {
	target, err := s.handles.toEngine(args.TargetId)
	if err != nil {
		return nil, err
	}
	return nil, s.proceed(func(e *debug.Engine) error { return e.Goto(args.ThreadId, target) })
}

// restartFrame starts the function of a frame again.
func (s *session) restartFrame(args dap.RestartFrameArguments) (any, error) {
	frame, err := s.handles.toEngine(args.FrameId)
	if err != nil {
		return nil, err
	}
	return nil, s.proceed(func(e *debug.Engine) error { return e.RestartFrame(frame) })
}

// terminateThreads ends coroutines.
func (s *session) terminateThreads(args dap.TerminateThreadsArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if len(args.ThreadIds) == 0 {
		return nil, badArguments("terminateThreads needs \"threadIds\": the coroutines to end")
	}
	var problems []error
	for _, id := range args.ThreadIds {
		problems = append(problems, e.TerminateThread(id))
	}
	return nil, errors.Join(problems...)
}

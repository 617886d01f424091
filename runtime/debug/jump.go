package debug

import (
	"errors"
)

// GotoTargets returns where the innermost frame of the stopped thread could go
// on at a line. An error says why it cannot.
func (e *Engine) GotoTargets(src Source, line int) ([]GotoTarget, error) {
	return nil, errors.New("not built yet")
}

// Goto makes the stopped thread go on at a target, where it stops again, with
// ReasonGoto, before anything has run.
func (e *Engine) Goto(thread, target int) error { return errors.New("not built yet") }

// RestartFrame starts the function of a frame again, with what its parameters
// hold now, and stops there with ReasonRestart.
func (e *Engine) RestartFrame(frame int) error { return errors.New("not built yet") }

// StepInTargets returns the calls on the line of a frame that have not begun.
func (e *Engine) StepInTargets(frame int) ([]StepInTarget, error) {
	return nil, errors.New("not built yet")
}

// StepInTarget runs until the function that a target calls is entered, or, if
// that has no Lua code, as StepOver does.
func (e *Engine) StepInTarget(thread, target int) error { return errors.New("not built yet") }

// StepInstruction executes one instruction of the thread. With over set, a call
// is executed as a whole.
func (e *Engine) StepInstruction(thread int, over bool) error { return errors.New("not built yet") }

// SetSkip says which sources steps run through without stopping; nil: none. It
// may be changed at any time.
func (e *Engine) SetSkip(skip func(Source) bool) {}

// SetStepFilter says which functions a step in runs through, by the name that
// their declaration or their caller gives them; nil: none.
func (e *Engine) SetStepFilter(skip func(name string) bool) {}

package dap

import (
	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// Each of these returns when the engine has taken the order. The stopped event
// that follows is held back until the response is queued (see outbox).

func (s *session) resume(dap.ContinueArguments) (any, error) {
	// One script, one goroutine: all coroutines run or none does.
	body := dap.ContinueResponseBody{AllThreadsContinued: true}
	return body, s.proceed((*debug.Engine).Continue)
}

func (s *session) next(args dap.NextArguments) (any, error) {
	return s.step(args.Granularity,
		func(e *debug.Engine) error { return e.StepOver(args.ThreadId) },
		func(e *debug.Engine) error { return e.StepInstruction(args.ThreadId, true) })
}

func (s *session) stepIn(args dap.StepInArguments) (any, error) {
	if args.TargetId != 0 {
		target, err := s.handles.toEngine(args.TargetId)
		if err != nil {
			return nil, err
		}
		return nil, s.proceed(func(e *debug.Engine) error { return e.StepInTarget(args.ThreadId, target) })
	}
	return s.step(args.Granularity,
		func(e *debug.Engine) error { return e.StepIn(args.ThreadId) },
		func(e *debug.Engine) error { return e.StepInstruction(args.ThreadId, false) })
}

// stepOut leaves the frame, whatever the granularity is.
func (s *session) stepOut(args dap.StepOutArguments) (any, error) {
	out := func(e *debug.Engine) error { return e.StepOut(args.ThreadId) }
	return s.step(args.Granularity, out, out)
}

// step takes a step of a granularity. A statement counts as its lines.
func (s *session) step(g dap.SteppingGranularity, line, instruction func(*debug.Engine) error) (any, error) {
	switch g {
	case "", "statement", "line":
		return nil, s.proceed(line)
	case "instruction":
		return nil, s.proceed(instruction)
	default:
		return nil, badArguments("granularity %q is unknown: use \"statement\", \"line\" or \"instruction\"", g)
	}
}

// proceed lets the stopped script run on.
func (s *session) proceed(order func(*debug.Engine) error) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	clear(s.memory)
	// Cleared first: the next stop may come before order returns.
	was := s.run.stopped.Swap(false)
	if err := order(e); err != nil {
		s.run.stopped.CompareAndSwap(false, was)
		return err
	}
	return nil
}

func (s *session) pause(dap.PauseArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	return nil, e.Pause()
}

package debug

import (
	"errors"
)

// Modules lists the files that the script has loaded, oldest first.
func (e *Engine) Modules() []Module { return nil }

// TerminateThread ends a coroutine: the next time that it would run, it raises
// an error that nothing in it can catch, and is dead. The main thread cannot be
// ended alone.
func (e *Engine) TerminateThread(thread int) error { return errors.New("not built yet") }

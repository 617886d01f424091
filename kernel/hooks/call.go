package hooks

import (
	"context"
	"fmt"
	"time"
)

// Component is the thing that a hook's call is about: {tool, calculator},
// {session, ID}, {state, SCOPE}, {event, TYPE}, {system, kernel}.
type Component struct {
	Type string
	Name string
}

// Call is what happens at a point, as hooks see it. Whoever runs the hooks makes
// a Call for each run.
type Call struct {
	Point     Point
	Component Component
	// CorrelationID joins the calls, events and log lines of one piece of work.
	CorrelationID string
	// Language of who caused the call: "lua", or "" for the kernel itself.
	Language string
	// Data is what the point is about, as JSON-like values; docs/hooks.md gives
	// its members for each point. Hooks must not change it: a result Modified
	// does, and after the run Data is what came of it.
	Data map[string]any
	// Metadata is what may help to judge, and cannot be modified.
	Metadata map[string]any
	// Thread is the *lua.LState that the call is made on, on the goroutine that
	// runs it; nil where no Lua runs, and then no Lua function is called.
	Thread any
}

// Kind says what a hook wants.
type Kind uint8

// The kinds of results.
const (
	// Continue: nothing to say.
	Continue Kind = iota
	// Skip: the hook does not apply to this call, and says so: counted apart, and
	// the next hook is asked.
	Skip
	// Modified: the operation goes on with other data.
	Modified
	// Cancel: the operation is refused.
	Cancel
	// Redirect: something else does the operation.
	Redirect
	// Replace: the hook's value is the result.
	Replace
	// Retry: before an operation, ask again later; after it, do it again.
	Retry
)

func (k Kind) String() string {
	if names := [...]string{"continue", "skip", "modified", "cancel", "redirect", "replace", "retry"}; int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// Result is what a hook answers. The zero value goes on.
type Result struct {
	Kind Kind
	// Data of Modified: members that take the place of those of Call.Data.
	Data map[string]any
	// Value of Replace: the result, as a JSON-like value.
	Value any
	// Reason of Cancel and Skip, for people.
	Reason string
	// Target of Redirect: a name of the kind that the operation has, such as a
	// tool's.
	Target string
	// Delay and MaxAttempts of Retry. 0: DefaultRetryDelay, DefaultRetryAttempts.
	Delay       time.Duration
	MaxAttempts int
	// Untimed: how long the hook took says nothing, because a debugger had it
	// stopped.
	Untimed bool
}

// What Retry takes when it does not say.
const (
	DefaultRetryDelay    = time.Second
	DefaultRetryAttempts = 3
)

// Limits of Retry.
const (
	maxRetryDelay    = time.Hour
	maxRetryAttempts = 100
)

// Outcome is what a run of the hooks of a point has come to: the Result that
// ended it, or Continue, or Modified if Call.Data has changed and nothing else; its
// Data are then all members that hooks have changed.
type Outcome struct {
	Result
	// Hook is the name of the hook that has decided; "" when none has.
	Hook string
}

// CancelledError is the error of an operation that a hook has refused.
type CancelledError struct {
	Point  Point
	Hook   string
	Reason string
}

func (e *CancelledError) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = "no reason given"
	}
	return fmt.Sprintf("cancelled by the hook %s at %s: %s", e.Hook, e.Point, reason)
}

// Func is a hook. It runs on the goroutine that does the work, unless its
// Definition has a Timeout. An error, like a panic, is counted and logged, and
// means Continue.
type Func func(ctx context.Context, call *Call) (Result, error)

// check refuses what cannot be a result.
func (r *Result) check() error {
	switch r.Kind {
	case Continue, Skip, Modified, Cancel, Replace:
	case Redirect:
		if r.Target == "" {
			return NoTarget()
		}
	case Retry:
		if r.Delay < 0 || r.Delay > maxRetryDelay {
			return fmt.Errorf("the result retry has a delay of %v; it must lie between 0 and %v", r.Delay, maxRetryDelay)
		}
		if r.MaxAttempts < 0 || r.MaxAttempts > maxRetryAttempts {
			return fmt.Errorf("the result retry has %d attempts; there can be 1 to %d", r.MaxAttempts, maxRetryAttempts)
		}
		if r.Delay == 0 {
			r.Delay = DefaultRetryDelay
		}
		if r.MaxAttempts == 0 {
			r.MaxAttempts = DefaultRetryAttempts
		}
	default:
		return fmt.Errorf("the result is of %v, which there is not", r.Kind)
	}
	return nil
}

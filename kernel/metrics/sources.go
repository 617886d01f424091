package metrics

import (
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
)

// Sources are asked for figures when somebody reads them. All of them may be nil:
// then there are no such figures. They are called by several goroutines, and
// should answer within microseconds. Counts since the start only grow.
type Sources struct {
	ID      string    // the kernel's
	Version string    // of llmspell
	Started time.Time // when the kernel began; zero: when Metrics was made

	// Methods are those that requests can have; all others are counted as Other.
	// Empty: any, up to a bound.
	Methods []string

	Connections func() int // of clients, now
	Refused     func() int64
	Sessions    func() Sessions
	Executions  func() Executions
	Tools       func() tools.Snapshot // Totals of all sessions
	State       func() []Operation    // of the database of values; few names
	Events      func() Events
	Hooks       func() Hooks
	Points      func() []hooks.PointCount // what the built-in hook has counted; few
	Dropped     func() int64              // bytes of scripts' output that no client took
	// Ready says why the kernel takes no work: it drains, or a database is gone.
	Ready func() error
}

// Sessions are those of a kernel.
type Sessions struct {
	Open   int   // now
	Opened int64 // since the start
}

// Executions are those of all sessions.
type Executions struct {
	Submitted, Completed, Failed, Interrupted int64 // since the start
	Running, Queued                           int   // now
}

// Operation is how often something was done since the start.
type Operation struct {
	Name          string
	Count, Errors int64 // Errors are among Count
}

// Events are those of the bus.
type Events struct {
	Published, Delivered, Dropped int64 // since the start
	Subscriptions, Queued         int   // now
}

// Hooks are those of all sessions.
type Hooks struct {
	Registered, BreakersOpen         int   // now
	Calls, Failures, BreakersTripped int64 // since the start
}

package metrics

import (
	"github.com/llmspell/llmspell/kernel"
)

// OfKernel returns the sources that a kernel itself has: sessions, executions,
// tools, events and hooks. Whoever serves it adds the others: connections, the
// methods of requests, readiness. For the durations of executions, call
// ObserveExecution from kernel.Options.Ended.
func OfKernel(k *kernel.Kernel, version string) Sources {
	services := k.Services()
	return Sources{
		ID: k.ID(), Version: version, Started: k.Started(),
		Sessions: func() Sessions {
			return Sessions{Open: len(k.Sessions()), Opened: k.Counts().Sessions}
		},
		Executions: func() Executions {
			c := k.Counts()
			return Executions{
				Submitted: c.Submitted, Completed: c.Completed, Failed: c.Failed, Interrupted: c.Interrupted,
				Running: c.Running, Queued: c.Queued,
			}
		},
		Tools: services.Tools.Snapshot,
		State: func() []Operation {
			list := services.StateOperations()
			out := make([]Operation, len(list))
			for i, o := range list {
				out[i] = Operation(o)
			}
			return out
		},
		Points: services.HookPoints.Counts,
		Events: func() Events {
			s := services.Events.Stats()
			return Events{
				Published: s.Published, Delivered: s.Delivered, Dropped: s.Dropped + s.Expired + s.Rejected,
				Subscriptions: s.Subscriptions, Queued: s.Pending,
			}
		},
		Hooks: func() Hooks {
			t := services.Hooks.Totals()
			return Hooks{Registered: t.Hooks, BreakersOpen: t.Open, Calls: t.Calls, Failures: t.Failures, BreakersTripped: t.Opened}
		},
	}
}

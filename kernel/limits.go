package kernel

import "time"

// Limits of a Kernel. A field that is zero takes its value from DefaultLimits; a
// negative one means no limit.
type Limits struct {
	MaxSessions      int           // sessions that exist at once
	MaxParallel      int           // executions that run at once, in all sessions
	MaxQueue         int           // executions that wait in one session
	MaxResult        int           // bytes of an execution's results, see Outcome.Truncated
	ExecutionTimeout time.Duration // of each execution
	IdleTimeout      time.Duration // a session that was not used for so long is closed
}

// DefaultLimits are those of a kernel that serves one user.
func DefaultLimits() Limits {
	return Limits{MaxSessions: 100, MaxParallel: 10, MaxQueue: 1000, MaxResult: 8 << 20, ExecutionTimeout: -1, IdleTimeout: -1}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, d *int }{
		{&l.MaxSessions, &d.MaxSessions}, {&l.MaxParallel, &d.MaxParallel}, {&l.MaxQueue, &d.MaxQueue}, {&l.MaxResult, &d.MaxResult},
	} {
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	if l.ExecutionTimeout == 0 {
		l.ExecutionTimeout = d.ExecutionTimeout
	}
	if l.IdleTimeout == 0 {
		l.IdleTimeout = d.IdleTimeout
	}
	return l
}

// Limits returns the limits in force.
func (k *Kernel) Limits() Limits {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.limits
}

// SetLimits changes the limits. Executions that run keep theirs; of sessions and
// executions that exist already, none is ended because there are too many.
func (k *Kernel) SetLimits(l Limits) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.limits = l.withDefaults()
	for _, h := range k.sessions {
		h.watch()
	}
	k.dispatch()
}

// shorter is the shorter of two times, of which 0 and less mean none.
func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

package events

// The types of the kernel's own events. docs/events.md gives the data of each.
// Those of tools are published only while somebody has subscribed to them.
const (
	KernelStarted  = "kernel.started"         // {id, version, pid}
	KernelStopping = "kernel.stopping"        // {id, reason}
	ConfigReloaded = "kernel.config_reloaded" // {keys}

	SessionCreated = "session.created" // {session, name}
	SessionClosed  = "session.closed"  // {session, name, reason?}

	ExecutionStarted   = "execution.started"   // {session, script}
	ExecutionCompleted = "execution.completed" // {session, script, duration_ms}
	ExecutionFailed    = "execution.failed"    // {session, script, duration_ms, kind, message, line?}

	ToolInvoked   = "tool.invoked"   // {tool, category}
	ToolCompleted = "tool.completed" // {tool, operation, duration_ms}
	ToolFailed    = "tool.failed"    // {tool, operation, duration_ms, code, message}

	StateChanged = "state.changed" // {scope, key, action}
)

// ofKernel tells whether a type is one of the kernel's own events.
func ofKernel(eventType string) bool {
	switch eventType {
	case KernelStarted, KernelStopping, ConfigReloaded, SessionCreated, SessionClosed, ExecutionStarted, ExecutionCompleted, ExecutionFailed,
		ToolInvoked, ToolCompleted, ToolFailed, StateChanged:
		return true
	}
	return false
}

// Listened tells whether somebody has subscribed to a type.
func (b *Bus) Listened(eventType string) bool {
	return !b.opt.Off && len(b.routes.Load().of(eventType)) > 0
}

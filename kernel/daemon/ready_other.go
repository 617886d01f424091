//go:build !unix && !windows

package daemon

// closeOnExec does nothing: scripts run no programs here.
func closeOnExec(uintptr) {}

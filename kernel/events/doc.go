// Package events carries events between the scripts, tools and clients of a kernel.
package events

// Bus carries events.
type Bus struct{}

// New makes a bus.
func New() *Bus { return &Bus{} }

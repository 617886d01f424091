package dap

import (
	"maps"
	"slices"
	"time"
)

// HandlerNames lists the requests that the server knows.
func HandlerNames() []string { return slices.Sorted(maps.Keys(handlers())) }

// SetHandshakeTimeout changes how long another debug server may take to let a session
// begin.
func (s *Server) SetHandshakeTimeout(d time.Duration) { s.handshakeTimeout = d }

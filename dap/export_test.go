package dap

import (
	"maps"
	"slices"
)

// HandlerNames lists the requests that the server knows.
func HandlerNames() []string { return slices.Sorted(maps.Keys(handlers())) }

package debug

import (
	"errors"
)

// dataBreakpoints is what SetDataBreakpoints has set.
type dataBreakpoints struct{}

// DataBreakpointInfo tells whether a variable can be watched: the child `name`
// of a container, or with ref 0 what the expression `name` stands for in a
// frame (0: a global).
func (e *Engine) DataBreakpointInfo(ref int, name string, frame int) (DataInfo, error) {
	return DataInfo{}, errors.New("not built yet")
}

// SetDataBreakpoints replaces all data breakpoints and answers in the order of
// specs.
func (e *Engine) SetDataBreakpoints(specs []DataBreakpointSpec) []Breakpoint {
	return make([]Breakpoint, len(specs))
}

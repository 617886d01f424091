package replay

import (
	"fmt"
	"sync"
)

// Call is a call of a tool.
type Call struct {
	Tool      string
	Params    any
	Result    any  // the envelope, without times
	Simulated bool // no tool has worked for it
}

// Answers answers the tool calls of one step. Its methods may be called by any
// goroutine.
type Answers struct {
	all bool // every call must be answered from here

	mu     sync.Mutex
	calls  []answer
	number int // how many calls there have been
}

type answer struct {
	Call
	used     bool
	modified bool // the result is to be given
	params   bool // the parameters are to be given
}

// Answer is what becomes of a call: Result, or the tool works, with Params if that
// is not nil.
type Answer struct {
	Given  bool
	Result any
	Params map[string]any
}

// Next says what becomes of a call. The error is for the script: the journal has
// no answer.
func (a *Answers) Next(tool string, params any) (Answer, error) {
	if a == nil {
		return Answer{}, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.number
	a.number++
	if !a.all {
		if n < len(a.calls) && a.calls[n].Tool == tool {
			c := &a.calls[n]
			out := Answer{Given: c.modified, Result: c.Result}
			if c.params {
				out.Params, _ = c.Params.(map[string]any)
			}
			return out, nil
		}
		return Answer{}, nil
	}
	c := a.find(tool, params)
	if c == nil {
		return Answer{}, fmt.Errorf("the journal has no more calls of %s that could answer this one (simulate)", tool)
	}
	c.used = true
	if isCut(c.Result) {
		return Answer{}, fmt.Errorf("the journal has not kept what %s answered: it was too large (simulate)", tool)
	}
	return Answer{Given: true, Result: c.Result}, nil
}

// find looks for an unused call of the tool with these parameters, else for any
// unused one of it.
func (a *Answers) find(tool string, params any) *answer {
	var other *answer
	for i := range a.calls {
		c := &a.calls[i]
		if c.used || c.Tool != tool {
			continue
		}
		if same(c.Params, params) {
			return c
		}
		if other == nil {
			other = c
		}
	}
	return other
}

package headless

import (
	"context"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// install sets all that is asked for: once --max-stops is reached, only the
// log points.
func (r *run) install() {
	paths := map[string]bool{}
	for _, p := range r.points {
		for _, path := range p.paths {
			paths[path] = true
		}
	}
	for path := range r.script.breakpoints {
		paths[path] = true
	}
	for path := range paths {
		r.installFile(path)
	}
	r.installFunctions()
	r.installErrors()
}

// installFile sets the breakpoints of a file and returns the answers for those
// of the steps.
func (r *run) installFile(path string) []debug.Breakpoint {
	specs := []debug.BreakpointSpec{}
	var owners []*point
	for _, p := range r.points {
		for _, at := range p.paths {
			if at == path && (!r.cutOff || p.kind == kindLog) {
				specs = append(specs, p.lineSpec())
				owners = append(owners, p)
			}
		}
	}
	if !r.cutOff {
		specs = append(specs, r.script.breakpoints[path]...)
	}
	answers := r.engine.SetBreakpoints(debug.Source{Path: path}, specs)
	r.own(answers, owners)
	return answers[len(owners):]
}

func (r *run) installFunctions() {
	var specs []debug.FunctionBreakpointSpec
	var owners []*point
	if !r.cutOff {
		for _, p := range r.points {
			if p.kind == kindFunction {
				specs = append(specs, debug.FunctionBreakpointSpec{Name: p.function, Condition: p.place.Condition})
				owners = append(owners, p)
			}
		}
		specs = append(specs, r.script.functions...)
	}
	r.own(r.engine.SetFunctionBreakpoints(specs), owners)
}

func (r *run) installErrors() {
	filter := r.errors
	filter.Caught = filter.Caught || r.script.errors.Caught
	filter.Uncaught = filter.Uncaught || r.script.errors.Uncaught
	if r.cutOff || !filter.Caught && !filter.Uncaught {
		r.engine.SetExceptionFilters()
		return
	}
	r.engine.SetExceptionFilters(filter)
}

// own notes whose the first answers are; the others are of steps.
func (r *run) own(answers []debug.Breakpoint, owners []*point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, p := range owners {
		r.owners[answers[i].ID] = p
		p.answered(answers[i])
	}
}

// countLogs notes how often log points were reached: they do not stop. The
// engine's counts go on when breakpoints are set again.
func (r *run) countLogs() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	hits, err := r.engine.Hits(ctx)
	if err != nil {
		return // the execution is being ended, and the counts with it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	reached := map[*point]int{}
	for id, n := range hits {
		if p := r.owners[id]; p != nil && p.kind == kindLog {
			reached[p] += n
		}
	}
	for p, n := range reached {
		p.hits = n
	}
}

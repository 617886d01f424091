package headless

import (
	"errors"
	"time"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// The exit codes that Run decides on; others are those of the script's error.
const (
	exitScript = 1
	exitFailed = 7
)

// finish makes the summary and decides on the exit code.
func (r *run) finish(err, after error, took time.Duration) Result {
	s := r.summary()
	s.Seconds = took.Seconds()
	s.Error = r.errorSummary(err)
	s.ExitCode = exitCode(err, after, len(s.Failures) > 0)
	r.tell(func(p reporter) { p.end(s) })
	return Result{ExitCode: s.ExitCode, Failures: s.Failures, Err: errors.Join(err, after)}
}

// exitCode decides between what has gone wrong: what ended the script from
// outside, then an error of its own, then what was not met (since that may
// follow from the others), then what it gave to os.exit.
func exitCode(err, after error, failed bool) int {
	var e *runtime.Error
	switch {
	case errors.As(err, &e) && e.Kind != runtime.KindExit:
		return e.ExitCode()
	case err != nil && e == nil, after != nil:
		return exitScript
	case failed:
		return exitFailed
	case e != nil:
		return e.Code
	}
	return 0
}

func (r *run) errorSummary(err error) *ErrorSummary {
	var e *runtime.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e):
		return &ErrorSummary{Kind: "error", Message: err.Error()}
	}
	name := map[runtime.ErrorKind]string{
		runtime.KindScript: "error", runtime.KindSyntax: "syntax", runtime.KindFile: "file",
		runtime.KindCancelled: "cancelled", runtime.KindTimeout: "timeout", runtime.KindBudget: "budget",
		runtime.KindExit: "exit",
	}[e.Kind]
	return &ErrorSummary{Kind: name, Message: e.Error(), File: r.files.shorten(e.Chunk), Line: e.Line, Traceback: e.Trace}
}

// summary tells what has become of all that was asked for.
func (r *run) summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Summary{
		Type: "summary", Script: r.files.shorten(r.opts.Script), Stops: r.n,
		Breakpoints: []BreakpointSummary{}, Expectations: []ExpectationSummary{}, Failures: []string{},
	}
	for _, p := range r.points {
		problem := p.problem(r.opts.Script, r.cutOff)
		if problem != "" {
			s.Failures = append(s.Failures, p.label()+" "+problem)
		}
		file, line := r.where(p)
		if p.kind != kindExpect {
			s.Breakpoints = append(s.Breakpoints, BreakpointSummary{
				Kind: string(p.kind), Spec: p.spec, File: file, Line: line, Verified: p.verified != nil, Hits: p.hits, Message: problem,
			})
			continue
		}
		s.Expectations = append(s.Expectations, ExpectationSummary{
			Spec: p.spec, File: file, Line: line, Expression: p.place.Action, Verified: p.verified != nil,
			Met: problem == "", Stops: p.hits, Failed: p.failed, Failures: append([]Failure{}, p.failures...), Message: problem,
		})
	}
	if r.script.all != nil {
		s.Steps = r.script.summary(r.opts.Steps)
		s.Failures = append(s.Failures, s.Steps.Failures...)
	}
	if c := r.measures.Coverage; c != nil {
		s.Coverage = &CoverageSummary{}
		s.Coverage.Lines, s.Coverage.Hit = c.Lines()
	}
	if p := r.measures.profile; p != nil {
		s.Profile = &ProfileSummary{p.Samples()}
	}
	return s
}

// where is the place of a point: where it is bound, or else as it was given.
func (r *run) where(p *point) (file string, line int) {
	if b := p.verified; b != nil {
		return r.files.name(b.Source), b.Line
	}
	if p.kind == kindFunction {
		return "", 0
	}
	return r.files.name(debug.Source{Path: p.paths[0]}), p.place.Line
}

package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/archive"
)

// Runner makes the Lua states in which steps are run.
type Runner interface {
	// NewState makes a state whose globals are the variables.
	NewState(ctx context.Context, variables map[string]any) (State, error)
}

// State runs steps one after the other. Close it.
type State interface {
	Run(ctx context.Context, s *Step) *Outcome
	Close() error
}

// Step is an execution that is to be run again.
type Step struct {
	Execution *archive.Execution // as it was recorded
	Source    string
	Args      []string
	Answers   *Answers // nil: all tools work
}

// Outcome is how a step has ended.
type Outcome struct {
	Outcome archive.Outcome
	Output  string
	Result  []any
	Error   string
	Calls   []Call
}

// Run replays a session. The error says why it could not be done; what went wrong
// in a step is in the report.
func Run(ctx context.Context, s *archive.Store, session string, r Runner, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	mods, err := sortModifications(o.Modifications)
	if err != nil {
		return nil, err
	}
	all, err := s.Executions(ctx, session, 0, o.To, 0)
	if err != nil && !errors.Is(err, archive.ErrDamaged) {
		return nil, err
	}
	if err := checkSteps(session, all, &o, mods); err != nil {
		return nil, err
	}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	x := &run{ctx: ctx, s: s, r: r, o: &o, mods: mods, states: map[string]State{},
		report: &Report{Session: session, Mode: o.Mode, Status: Done, Started: time.Now(), Steps: []*StepReport{}, Metadata: o.Metadata, Compared: o.Compare || o.Mode == Debug}}
	err = x.all(all)
	if closeErr := x.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	x.sum()
	return x.report, nil
}

func checkSteps(session string, all []*archive.Execution, o *Options, mods *modifications) error {
	if len(all) == 0 {
		return fmt.Errorf("session %s has nothing to replay: no execution is in its journal", session)
	}
	first, last := all[0].Sequence, all[len(all)-1].Sequence
	if o.From > last {
		return fmt.Errorf("session %s has steps %d to %d, and no step %d", session, first, last, o.From)
	}
	known := map[int]bool{}
	for _, e := range all {
		known[e.Sequence] = true
	}
	for n := range mods.steps {
		if !known[n] {
			return fmt.Errorf("session %s has no step %d to modify", session, n)
		}
	}
	return nil
}

// run is one replay.
type run struct {
	ctx    context.Context
	s      *archive.Store
	r      Runner
	o      *Options
	mods   *modifications
	states map[string]State // by the recorded state
	report *Report
}

func (x *run) all(list []*archive.Execution) error {
	needed := map[string]bool{} // recorded states of which a step is to be run
	for _, e := range list {
		needed[e.State] = needed[e.State] || e.Sequence >= x.o.From
	}
	for _, e := range list {
		if !needed[e.State] {
			continue
		}
		if x.ctx.Err() != nil {
			x.stop(fmt.Sprintf("before step %d: %v", e.Sequence, x.why()))
			return nil
		}
		warm := e.Sequence < x.o.From // only to bring the state to where it was
		more, err := x.step(e, warm)
		if err != nil {
			return fmt.Errorf("step %d: %w", e.Sequence, err)
		}
		if !more {
			return nil
		}
	}
	return nil
}

func (x *run) why() error {
	if errors.Is(x.ctx.Err(), context.DeadlineExceeded) && x.o.Timeout > 0 {
		return fmt.Errorf("the time for the replay, %v, is up", x.o.Timeout)
	}
	return context.Cause(x.ctx)
}

func (x *run) stop(reason string) { x.report.Status, x.report.Reason = Stopped, reason }

// step runs one execution again; more says whether to go on.
func (x *run) step(e *archive.Execution, warm bool) (more bool, err error) {
	st, state, calls, err := x.ready(e, warm)
	if errors.Is(err, archive.ErrDamaged) {
		return x.cannot(e, err), nil
	}
	if err != nil {
		return false, err
	}
	began := time.Now()
	out := state.Run(x.ctx, st)
	if warm {
		return true, nil
	}
	rep := &StepReport{
		Sequence: e.Sequence, Kind: e.Kind, Name: e.Name, Outcome: string(out.Outcome), Recorded: string(e.Outcome), Error: out.Error,
		DurationMS: float64(time.Since(began)) / float64(time.Millisecond), ToolCalls: len(out.Calls),
		Failed: out.Outcome != archive.Succeeded && e.Outcome == archive.Succeeded || e.Damaged != "", Damaged: e.Damaged,
	}
	for _, c := range out.Calls {
		if c.Simulated {
			rep.Simulated++
		}
	}
	x.compare(rep, e, calls, out)
	return x.goesOn(rep), nil
}

// ready makes all that a step needs. The error wraps archive.ErrDamaged where its record is.
func (x *run) ready(e *archive.Execution, warm bool) (st *Step, state State, calls []Call, err error) {
	if e.Args == nil {
		return nil, nil, nil, fmt.Errorf("%s (%w)", e.Damaged, archive.ErrDamaged)
	}
	entries, err := x.s.Entries(x.ctx, e.Session, e.Sequence)
	if err != nil {
		return nil, nil, nil, err
	}
	calls = recordedCalls(entries)
	if st, err = x.prepare(e, calls, warm); err == nil {
		state, err = x.state(e)
	}
	return st, state, calls, err
}

// notRun is the outcome of a step whose record is so damaged that it cannot be run again.
const notRun = "damaged"

// cannot reports a step that cannot be run again, also one that was only to bring its state to
// where it was: those behind it may fail for that.
func (x *run) cannot(e *archive.Execution, why error) (more bool) {
	rep := &StepReport{
		Sequence: e.Sequence, Kind: e.Kind, Name: e.Name, Outcome: notRun, Recorded: string(e.Outcome), Failed: true, Damaged: why.Error(),
		Error: "it was not run again: what was recorded of it is damaged",
	}
	x.compare(rep, e, nil, &Outcome{Outcome: notRun, Error: rep.Error})
	return x.goesOn(rep)
}

// goesOn adds a step to the report, and tells whether others follow.
func (x *run) goesOn(rep *StepReport) bool {
	x.report.Steps = append(x.report.Steps, rep)
	if x.o.Progress != nil {
		x.o.Progress(rep)
	}
	if rep.Failed {
		x.report.Failed++
	}
	switch {
	case x.ctx.Err() != nil:
		x.stop(fmt.Sprintf("in step %d: %v", rep.Sequence, x.why()))
	case rep.Failed && x.o.StopOnError:
		x.stop(fmt.Sprintf("step %d failed", rep.Sequence))
	case x.o.Mode == Debug && !rep.Comparison.Identical:
		x.stop(fmt.Sprintf("step %d differs", rep.Sequence))
	default:
		return true
	}
	return false
}

func recordedCalls(entries []*archive.Entry) []Call {
	calls := []Call{}
	for _, n := range entries {
		if n.Kind == archive.EntryTool {
			calls = append(calls, Call{Tool: n.Name, Params: n.Params, Result: n.Result})
		}
	}
	return calls
}

// prepare makes the step of an execution, with what the options change.
func (x *run) prepare(e *archive.Execution, calls []Call, warm bool) (*Step, error) {
	source, err := x.s.Source(x.ctx, e)
	if err != nil {
		return nil, err
	}
	st := &Step{Execution: e, Source: source, Args: e.Args}
	answers := make([]answer, len(calls))
	for i, c := range calls {
		answers[i].Call = c
	}
	if x.o.Mode == Simulate || warm {
		st.Answers = &Answers{all: true, calls: answers}
		return st, nil
	}
	if len(x.mods.steps[e.Sequence]) > 0 {
		if answers, err = x.mods.toStep(st, answers); err != nil {
			return nil, err
		}
		st.Answers = &Answers{calls: answers}
	}
	return st, nil
}

// state returns the Lua state that stands for the one in which e was run.
func (x *run) state(e *archive.Execution) (State, error) {
	if st := x.states[e.State]; st != nil {
		return st, nil
	}
	vars, err := x.s.Before(x.ctx, e)
	if err != nil {
		return nil, err
	}
	if vars, err = x.mods.toVariables(vars); err != nil {
		return nil, err
	}
	st, err := x.r.NewState(x.ctx, vars)
	if err != nil {
		return nil, err
	}
	x.states[e.State] = st
	return st, nil
}

func (x *run) close() error {
	var errs []error
	for _, st := range x.states {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

func (x *run) compare(rep *StepReport, e *archive.Execution, calls []Call, out *Outcome) {
	if !x.report.Compared {
		return
	}
	replayed := out.Output
	if e.Printed > int64(len(e.Output)) { // only the beginning was kept
		replayed = replayed[:min(len(replayed), len(e.Output))]
	}
	was := side(string(e.Outcome), e.Output, e.Result, e.Error, calls)
	is := side(string(out.Outcome), replayed, out.Result, out.Error, out.Calls)
	rep.Comparison = Compare(was, hide(was, is))
	if x.o.Mode == Debug {
		rep.Original, rep.Replayed = was, is
	}
}

// side is what is compared of a step.
func side(outcome, output string, result []any, text string, calls []Call) map[string]any {
	list := make([]any, len(calls))
	for i, c := range calls {
		list[i] = map[string]any{"tool": c.Tool, "params": c.Params, "result": c.Result}
	}
	lines := []any{}
	for line := range strings.Lines(output) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return map[string]any{"outcome": outcome, "output": lines, "result": append([]any{}, result...), "error": text, "tool_calls": list}
}

func isCut(v any) bool {
	o, ok := v.(archive.Opaque)
	return ok && o.Type == archive.Cut
}

// hide puts what was too large to keep in the place of what cannot be compared
// with it.
func hide(was, is any) any {
	if isCut(was) {
		return was
	}
	switch w := was.(type) {
	case map[string]any:
		if m, ok := is.(map[string]any); ok {
			out := make(map[string]any, len(m))
			for k, v := range m {
				out[k] = hide(w[k], v)
			}
			return out
		}
	case []any:
		if list, ok := is.([]any); ok {
			out := make([]any, len(list))
			for i, v := range list {
				if out[i] = v; i < len(w) {
					out[i] = hide(w[i], v)
				}
			}
			return out
		}
	}
	return is
}

// sum completes the report.
func (x *run) sum() {
	r := x.report
	r.Duration = time.Since(r.Started)
	r.DurationMS = float64(r.Duration) / float64(time.Millisecond)
	if r.Failed > 0 && r.Status == Done {
		r.Status = Failed
	}
	if !r.Compared || len(r.Steps) == 0 {
		return
	}
	r.Identical = true
	total := 0.0
	for _, st := range r.Steps {
		r.Identical = r.Identical && st.Comparison.Identical
		total += st.Comparison.Similarity
	}
	r.Similarity = total / float64(len(r.Steps))
}

// Info says what there is of a session to replay.
type Info struct {
	Session    string        `json:"session_id"`
	Name       string        `json:"name"`
	CanReplay  bool          `json:"can_replay"`
	Reason     string        `json:"reason,omitempty"` // why it cannot be replayed
	Executions int           `json:"executions"`
	First      int           `json:"first_step"`
	Last       int           `json:"last_step"`
	States     int           `json:"states"` // Lua states that they ran in
	ToolCalls  int           `json:"tool_calls"`
	Failed     int           `json:"failed"` // executions that did not succeed
	Started    time.Time     `json:"started_at,omitzero"`
	Ended      time.Time     `json:"ended_at,omitzero"`
	Duration   time.Duration `json:"-"` // of the executions together
	DurationMS float64       `json:"duration_ms"`
}

// Describe says what there is of a session to replay.
func Describe(ctx context.Context, s *archive.Store, session string) (*Info, error) {
	r, err := s.Get(ctx, session)
	if err != nil {
		return nil, err
	}
	list, err := s.Executions(ctx, session, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	out := &Info{Session: r.ID, Name: r.Name, Executions: len(list), CanReplay: len(list) > 0}
	if len(list) == 0 {
		out.Reason = "no execution is in its journal"
		return out, nil
	}
	states := map[string]bool{}
	for _, e := range list {
		states[e.State] = true
		out.ToolCalls += e.Calls
		out.Duration += e.Duration
		if e.Outcome != archive.Succeeded {
			out.Failed++
		}
		if end := e.Started.Add(e.Duration); end.After(out.Ended) {
			out.Ended = end
		}
	}
	out.States, out.First, out.Last, out.Started = len(states), list[0].Sequence, list[len(list)-1].Sequence, list[0].Started
	out.DurationMS = float64(out.Duration) / float64(time.Millisecond)
	return out, nil
}

// Replayable returns the sessions that have something to replay, limit at most (0:
// all), the latest first.
func Replayable(ctx context.Context, s *archive.Store, limit int) ([]*archive.Session, error) {
	return s.List(ctx, archive.Filter{Executed: true, Limit: limit})
}

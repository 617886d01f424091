package dap

import (
	"cmp"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/runtime/debug"
)

// breakpoints holds what the client has set, from before the launch to the
// end of the session, under ids of its own: engines come and go with restarts,
// and count from 1 again.
type breakpoints struct {
	mu       sync.Mutex
	lastID   int
	groups   map[groupKey][]*clientBreakpoint
	byEngine map[int]*clientBreakpoint
}

// breakpointKind says which request sets a breakpoint.
type breakpointKind int

const (
	sourceBreakpoints breakpointKind = iota
	functionBreakpoints
	exceptionBreakpoints
	dataBreakpoints
	instructionBreakpoints
)

// groupKey names breakpoints that are set together. A source is named as the
// client does: path mappings are not known before launch.
type groupKey struct {
	kind   breakpointKind
	source sourceKey // for source breakpoints
}

// clientBreakpoint is one breakpoint and what the client was last told of it.
type clientBreakpoint struct {
	id       int
	engineID int
	asked    asked
	told     debug.Breakpoint
}

// goneRun says why a data or instruction breakpoint does not survive a
// restart: what it means exists no more.
const goneRun = "it belonged to a run of the script that has ended: set it again"

// asked is a breakpoint as the client asked for it.
type asked struct {
	// identity tells, within a group, which breakpoint of the next request is
	// the same: a line, a name.
	identity any
	// spec is a debug.…Spec, or an exceptionChoice.
	spec any
	line int    // of the engine; 0 if it is not on a line
	at   string // the address of an instruction, as the client has it
	run  int    // the run that it belongs to; 0: any
	// problem: it cannot be set, whatever the engine is.
	problem string
}

func newBreakpoints() *breakpoints {
	return &breakpoints{groups: map[groupKey][]*clientBreakpoint{}, byEngine: map[int]*clientBreakpoint{}}
}

// setGroup makes all breakpoints of a group, sets them where the script is, and
// builds the response.
func (s *session) setGroup(key groupKey, all []asked) (breakpointsBody, error) {
	set := s.breakpoints.replace(key, all)
	answers, err := s.place(s.run, key, set)
	if err != nil {
		return breakpointsBody{}, err
	}
	body, _ := s.breakpoints.answer(set, answers, s.translator())
	return body, nil
}

// place sets a group in the engine of r. Without one that lives, it says what
// can be said.
func (s *session) place(r *run, key groupKey, set []*clientBreakpoint) ([]debug.Breakpoint, error) {
	var e *debug.Engine
	if r != nil && !r.over() {
		e = r.engine
	}
	switch key.kind {
	case functionBreakpoints:
		return placeIn(e, set, (*debug.Engine).SetFunctionBreakpoints), nil
	case dataBreakpoints:
		return placeIn(e, set, (*debug.Engine).SetDataBreakpoints), nil
	case instructionBreakpoints:
		return placeIn(e, set, (*debug.Engine).SetInstructionBreakpoints), nil
	case exceptionBreakpoints:
		return s.placeExceptions(r, e, set), nil
	default:
		return s.placeSource(r, e, key.source, set)
	}
}

// placeIn sets those breakpoints of set that can be set. The answers are in the
// order of set.
func placeIn[S any](e *debug.Engine, set []*clientBreakpoint, install func(*debug.Engine, []S) []debug.Breakpoint) []debug.Breakpoint {
	answers := make([]debug.Breakpoint, len(set))
	var specs []S
	var where []int
	for i, b := range set {
		if b.asked.problem != "" {
			answers[i].Message = b.asked.problem
			continue
		}
		specs, where = append(specs, b.asked.spec.(S)), append(where, i)
	}
	if e == nil {
		for _, i := range where {
			answers[i].Message, answers[i].Pending = "no script runs: it is set when one is started", true
		}
		return answers
	}
	for i, a := range install(e, specs) {
		answers[where[i]] = a
	}
	return answers
}

// replace makes all the breakpoints of a group. Those that were there before
// keep their ids.
func (bs *breakpoints) replace(key groupKey, all []asked) []*clientBreakpoint {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	old := map[any]*clientBreakpoint{}
	for _, b := range bs.groups[key] {
		delete(bs.byEngine, b.engineID)
		if old[b.asked.identity] == nil {
			old[b.asked.identity] = b
		}
	}
	set := make([]*clientBreakpoint, 0, len(all))
	for _, a := range all {
		b := &clientBreakpoint{asked: a}
		if same := old[a.identity]; same != nil {
			b.id = same.id
			delete(old, a.identity)
		} else {
			bs.lastID++
			b.id = bs.lastID
		}
		set = append(set, b)
	}
	if len(set) == 0 {
		delete(bs.groups, key)
	} else {
		bs.groups[key] = set
	}
	return set
}

// answer records what an engine, or a look at the file, said of set. It returns
// what to tell the client, and which of it is news.
func (bs *breakpoints) answer(set []*clientBreakpoint, answers []debug.Breakpoint, t translator) (breakpointsBody, []breakpoint) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	all := breakpointsBody{Breakpoints: make([]breakpoint, 0, len(set))}
	var news []breakpoint
	for i, b := range set {
		a := debug.Breakpoint{Line: b.asked.line, Message: "the script that this source belonged to has ended"}
		if i < len(answers) {
			a = answers[i]
		}
		if a.ID != 0 {
			bs.byEngine[a.ID] = b
		}
		before := b.told
		b.told, b.engineID = a, a.ID
		w := b.wire(t)
		all.Breakpoints = append(all.Breakpoints, w)
		if differs(before, a) {
			news = append(news, w)
		}
	}
	return all, news
}

// install sets all breakpoints in the engine of a new run, and tells the
// client where that differs from what it knows.
func (bs *breakpoints) install(s *session, r *run) {
	bs.mu.Lock()
	clear(bs.byEngine)
	keys := make([]groupKey, 0, len(bs.groups)+1)
	for key := range bs.groups {
		keys = append(keys, key)
	}
	bs.mu.Unlock()
	if exceptions := (groupKey{kind: exceptionBreakpoints}); !slices.Contains(keys, exceptions) {
		keys = append(keys, exceptions) // the launch configuration may have some
	}
	slices.SortFunc(keys, func(a, b groupKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.source.path, b.source.path), cmp.Compare(a.source.reference, b.source.reference))
	})
	for _, key := range keys {
		bs.mu.Lock()
		set := bs.groups[key]
		for _, b := range set {
			if b.asked.run != 0 && b.asked.run != s.handles.run {
				b.asked.problem = goneRun
			}
		}
		bs.mu.Unlock()
		var answers []debug.Breakpoint
		if key.source.reference == 0 {
			answers, _ = s.place(r, key, set) // a path that is wrong now was told to be
		}
		_, news := bs.answer(set, answers, r.translator)
		for _, b := range news {
			s.emit("breakpoint", breakpointEventBody{Reason: "changed", Breakpoint: b})
		}
	}
}

// changed records news of an engine and returns what to tell the client, or
// nil if that is nothing new.
func (bs *breakpoints) changed(r *run, news debug.Breakpoint) *breakpoint {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b := bs.byEngine[news.ID]
	if b == nil || !differs(b.told, news) {
		return nil
	}
	b.told = news
	wire := b.wire(r.translator)
	return &wire
}

// clientIDs translates ids of the engine.
func (bs *breakpoints) clientIDs(engineIDs []int) []int {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	ids := make([]int, 0, len(engineIDs))
	for _, id := range engineIDs {
		if b := bs.byEngine[id]; b != nil {
			ids = append(ids, b.id)
		}
	}
	return ids
}

// differs compares what a client can see.
func differs(a, b debug.Breakpoint) bool {
	return a.Verified != b.Verified || a.Pending != b.Pending || a.Line != b.Line || a.Message != b.Message
}

// wire describes b to the client.
func (b *clientBreakpoint) wire(t translator) breakpoint {
	w := breakpoint{ID: b.id, Verified: b.told.Verified, Message: b.told.Message, Source: t.source(b.told.Source), Instruction: b.asked.at}
	if line := cmp.Or(max(b.told.Line, 0), b.asked.line); line > 0 {
		line = t.toClientLine(line)
		w.Line = &line
	}
	if !w.Verified {
		w.Reason = "failed"
		if b.told.Pending {
			w.Reason = "pending"
		}
	}
	return w
}

package dap

import (
	"maps"
	"path/filepath"
	"sync"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// breakpoints holds what the client has set, from before the launch to the
// end of the session, under ids of its own: engines come and go with restarts,
// and count from 1 again.
type breakpoints struct {
	mu       sync.Mutex
	lastID   int
	sources  map[sourceKey][]*clientBreakpoint
	byEngine map[int]*clientBreakpoint
}

// sourceKey names a source as the client does: path mappings are not known
// before launch.
type sourceKey struct {
	path      string
	reference int
}

// clientBreakpoint is one breakpoint and what the client was last told of it.
type clientBreakpoint struct {
	id       int
	engineID int
	spec     debug.BreakpointSpec
	told     debug.Breakpoint
}

func newBreakpoints() *breakpoints {
	return &breakpoints{sources: map[sourceKey][]*clientBreakpoint{}, byEngine: map[int]*clientBreakpoint{}}
}

func (s *session) setBreakpoints(args dap.SetBreakpointsArguments) (any, error) {
	key := sourceKey{reference: args.Source.SourceReference}
	if key.reference == 0 {
		if args.Source.Path == "" {
			return nil, badArguments("setBreakpoints: source needs a path or a sourceReference")
		}
		key.path = args.Source.Path
	}
	specs := make([]debug.BreakpointSpec, 0, len(args.Breakpoints)+len(args.Lines))
	for _, b := range args.Breakpoints {
		specs = append(specs, debug.BreakpointSpec{
			Line: s.client.toServerLine(b.Line), Condition: b.Condition,
			HitCondition: b.HitCondition, LogMessage: b.LogMessage,
		})
	}
	if args.Breakpoints == nil {
		for _, line := range args.Lines { // deprecated form
			specs = append(specs, debug.BreakpointSpec{Line: s.client.toServerLine(line)})
		}
	}
	tr := s.translator()
	source, err := key.source(tr, s.folder())
	if err != nil {
		return nil, err
	}
	set := s.breakpoints.replace(key, specs)
	body, _ := s.breakpoints.answer(set, s.place(s.run, source, specs), tr, s.run == nil)
	return body, nil
}

// place sets breakpoints in the engine of r. Without one that lives, it says
// where they will be.
func (s *session) place(r *run, source debug.Source, specs []debug.BreakpointSpec) []debug.Breakpoint {
	switch {
	case r != nil && r.engine != nil && !r.over():
		return r.engine.SetBreakpoints(source, specs)
	case source.Path != "":
		return debug.VerifyFile(source.Path, specs)
	default:
		return nil
	}
}

// translator converts for the present run, or for the client before the first.
func (s *session) translator() translator {
	if s.run != nil {
		return s.run.translator
	}
	t := s.client
	if s.pending != nil {
		t.mappings = s.pending.args.PathMappings
	}
	return t
}

// folder is where relative paths of the client start.
func (s *session) folder() string {
	switch {
	case s.run != nil:
		return s.run.args.Cwd
	case s.pending != nil:
		return s.pending.args.Cwd
	default:
		return ""
	}
}

// source translates the key for the engine.
func (k sourceKey) source(t translator, dir string) (debug.Source, error) {
	if k.reference != 0 {
		return debug.Source{Reference: k.reference}, nil
	}
	path, err := t.toServerPath(k.path)
	if err != nil {
		return debug.Source{}, err
	}
	if path, err = absolute(path, dir); err != nil {
		return debug.Source{}, err
	}
	return debug.Source{Name: filepath.Base(path), Path: path}, nil
}

// replace makes specs the breakpoints of a source. Those on a line that had
// one keep its id.
func (bs *breakpoints) replace(key sourceKey, specs []debug.BreakpointSpec) []*clientBreakpoint {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	old := map[int]*clientBreakpoint{}
	for _, b := range bs.sources[key] {
		delete(bs.byEngine, b.engineID)
		if old[b.spec.Line] == nil {
			old[b.spec.Line] = b
		}
	}
	set := make([]*clientBreakpoint, 0, len(specs))
	for _, spec := range specs {
		b := &clientBreakpoint{spec: spec}
		if same := old[spec.Line]; same != nil {
			b.id = same.id
			delete(old, spec.Line)
		} else {
			bs.lastID++
			b.id = bs.lastID
		}
		set = append(set, b)
	}
	if len(set) == 0 {
		delete(bs.sources, key)
	} else {
		bs.sources[key] = set
	}
	return set
}

// answer records what an engine, or VerifyFile, said of set. It returns what
// to tell the client, and which of it is news.
func (bs *breakpoints) answer(set []*clientBreakpoint, answers []debug.Breakpoint, t translator, beforeLaunch bool) (breakpointsBody, []breakpoint) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	all := breakpointsBody{Breakpoints: make([]breakpoint, 0, len(set))}
	var news []breakpoint
	for i, b := range set {
		a := debug.Breakpoint{Line: b.spec.Line, Message: "the script that this source belonged to has ended"}
		if i < len(answers) {
			a = answers[i]
		}
		if a.ID != 0 {
			bs.byEngine[a.ID] = b
		}
		before := b.told
		b.told, b.engineID = a, a.ID
		w := b.wire(t, beforeLaunch)
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
	sets := maps.Clone(bs.sources)
	bs.mu.Unlock()
	for key, set := range sets {
		var answers []debug.Breakpoint
		if source, err := key.source(r.translator, r.args.Cwd); err == nil && key.reference == 0 {
			specs := make([]debug.BreakpointSpec, len(set))
			for i, b := range set {
				specs[i] = b.spec
			}
			answers = s.place(r, source, specs)
		}
		_, news := bs.answer(set, answers, r.translator, false)
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
	wire := b.wire(r.translator, false)
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
	return a.Verified != b.Verified || a.Line != b.Line || a.Message != b.Message
}

// wire describes b to the client.
func (b *clientBreakpoint) wire(t translator, beforeLaunch bool) breakpoint {
	line := b.told.Line
	if line <= 0 {
		line = b.spec.Line
	}
	line = t.toClientLine(line)
	w := breakpoint{ID: b.id, Verified: b.told.Verified, Message: b.told.Message, Source: t.source(b.told.Source), Line: &line}
	if !w.Verified {
		w.Reason = "failed"
		if beforeLaunch {
			w.Reason = "pending"
		}
	}
	return w
}

func (s *session) setExceptionBreakpoints(args dap.SetExceptionBreakpointsArguments) (any, error) {
	ids := append([]string(nil), args.Filters...)
	for _, o := range args.FilterOptions {
		ids = append(ids, o.FilterId)
	}
	s.filter = debug.ExceptionFilter{}
	body := breakpointsBody{Breakpoints: make([]breakpoint, 0, len(ids))}
	for _, id := range ids {
		b := breakpoint{Verified: true}
		switch id {
		case filterUncaught:
			s.filter.Uncaught = true
		case filterCaught:
			s.filter.Caught = true
		case filterAll:
			s.filter = debug.ExceptionFilter{Uncaught: true, Caught: true}
		default:
			b = breakpoint{Message: "unknown exception filter " + id + ": use uncaught, caught or all", Reason: "failed"}
		}
		body.Breakpoints = append(body.Breakpoints, b)
	}
	if s.run != nil && s.run.engine != nil && !s.run.over() {
		s.run.engine.SetExceptionFilters(s.filter)
	}
	return body, nil
}

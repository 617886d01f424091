package dap

import (
	"path/filepath"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// sourceKey names a source as the client does.
type sourceKey struct {
	path      string
	reference int
}

// sourceOf reads the source of a request's arguments.
func sourceOf(command string, src dap.Source) (sourceKey, error) {
	switch {
	case src.SourceReference != 0:
		return sourceKey{reference: src.SourceReference}, nil
	case src.Path != "":
		return sourceKey{path: src.Path}, nil
	default:
		return sourceKey{}, badArguments("%s: source needs a path or a sourceReference", command)
	}
}

// source translates the key for the engine.
func (k sourceKey) source(t translator, dir string) (debug.Source, error) {
	if k.reference != 0 {
		ref, err := t.references.toEngine(k.reference)
		return debug.Source{Reference: ref}, err
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

func (s *session) setBreakpoints(args dap.SetBreakpointsArguments) (any, error) {
	key, err := sourceOf("setBreakpoints", args.Source)
	if err != nil {
		return nil, err
	}
	if _, err := key.source(s.translator(), s.folder()); err != nil {
		return nil, err
	}
	all := make([]asked, 0, len(args.Breakpoints)+len(args.Lines))
	add := func(spec debug.BreakpointSpec) {
		all = append(all, asked{identity: spec.Line, line: spec.Line, spec: spec})
	}
	for _, b := range args.Breakpoints {
		add(debug.BreakpointSpec{
			Line: s.client.toServerLine(b.Line), Condition: b.Condition,
			HitCondition: b.HitCondition, LogMessage: b.LogMessage,
		})
	}
	if args.Breakpoints == nil {
		for _, line := range args.Lines { // deprecated form
			add(debug.BreakpointSpec{Line: s.client.toServerLine(line)})
		}
	}
	return s.setGroup(groupKey{kind: sourceBreakpoints, source: key}, all)
}

// placeSource sets the breakpoints of a source. Without an engine it looks at
// the file.
func (s *session) placeSource(r *run, e *debug.Engine, key sourceKey, set []*clientBreakpoint) ([]debug.Breakpoint, error) {
	t, dir := s.translator(), s.folder()
	if r != nil { // s.run may not be r yet
		t, dir = r.translator, r.args.Cwd
	}
	source, err := key.source(t, dir)
	if err != nil {
		return nil, err
	}
	specs := make([]debug.BreakpointSpec, len(set))
	for i, b := range set {
		specs[i] = b.asked.spec.(debug.BreakpointSpec)
	}
	switch {
	case e != nil:
		return e.SetBreakpoints(source, specs), nil
	case source.Path == "":
		return nil, nil
	case s.server.opts.ReadOnly:
		answers := make([]debug.Breakpoint, len(specs))
		for i, spec := range specs {
			answers[i] = debug.Breakpoint{Line: spec.Line, Pending: true, Message: "this server is read-only: it looks at the file once a script has begun"}
		}
		return answers, nil
	}
	return debug.VerifyFile(source.Path, specs), nil
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

// breakpointLocations lists the lines of a range at which breakpoints stop.
func (s *session) breakpointLocations(args dap.BreakpointLocationsArguments) (any, error) {
	key, err := sourceOf("breakpointLocations", args.Source)
	if err != nil {
		return nil, err
	}
	source, err := key.source(s.translator(), s.folder())
	if err != nil {
		return nil, err
	}
	from := s.client.toServerLine(args.Line)
	to := from
	if args.EndLine != 0 {
		to = max(from, s.client.toServerLine(args.EndLine))
	}
	var lines []int
	if s.run != nil && s.run.engine != nil && !s.run.over() {
		lines, err = s.run.engine.Lines(source, from, to)
	} else if source.Path != "" && !s.server.opts.ReadOnly {
		lines, err = debug.LinesOfFile(source.Path, from, to)
	} else {
		err = wrongState("breakpointLocations: no script runs that this source belongs to")
	}
	if err != nil {
		return nil, err
	}
	body := locationsBody{Breakpoints: make([]breakpointLocation, 0, len(lines))}
	for _, line := range lines {
		body.Breakpoints = append(body.Breakpoints, breakpointLocation{Line: s.client.toClientLine(line)})
	}
	return body, nil
}

// setFunctionBreakpoints stops where functions are entered.
func (s *session) setFunctionBreakpoints(args dap.SetFunctionBreakpointsArguments) (any, error) {
	all := make([]asked, 0, len(args.Breakpoints))
	for _, b := range args.Breakpoints {
		a := asked{identity: b.Name, spec: debug.FunctionBreakpointSpec{Name: b.Name, Condition: b.Condition, HitCondition: b.HitCondition}}
		if b.Name == "" {
			a.problem = "a function breakpoint needs the name of a function, such as push, Heap.push or tool:calculator"
		}
		all = append(all, a)
	}
	return s.setGroup(groupKey{kind: functionBreakpoints}, all)
}

package debug

import (
	"context"
	"fmt"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"sort"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// breakpoint is a breakpoint with its place and what was compiled for it. The
// fields from hits on belong to the goroutine that runs Lua.
type breakpoint struct {
	Breakpoint
	reason    StopReason
	spec      BreakpointSpec
	condition hitCondition
	message   []logPart
	broken    bool // its own text is at fault: it can never work

	hits  *int
	conds map[*compile.Slot]*expression
	logs  map[*compile.Slot][]*expression // by part of message; nil for text
}

// sourceKey identifies a source: files by their real path.
func sourceKey(s Source) string {
	if s.Path == "" {
		return fmt.Sprintf("#%d", s.Reference)
	}
	return pathKey(s.Path)
}

func pathKey(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if goruntime.GOOS == "windows" {
		path = strings.ToLower(path)
	}
	return path
}

func sourceOf(s *runtime.Source) Source {
	if s.Path != "" {
		return Source{Name: filepath.Base(s.Path), Path: s.Path}
	}
	return Source{Name: s.Chunk.Display, Reference: s.ID}
}

func (e *Engine) sourceOfChunk(c *compile.Chunk) Source {
	if s := e.st.SourceOf(c); s != nil {
		return sourceOf(s)
	}
	return Source{Name: c.Display}
}

// VerifyFile says where breakpoints would be in a file that is not loaded.
// Their ids are 0.
func VerifyFile(path string, specs []BreakpointSpec) []Breakpoint {
	chunk, err := compileFile(path)
	out := make([]Breakpoint, len(specs))
	for i, spec := range specs {
		b := newBreakpoint(spec, Source{Name: filepath.Base(path), Path: path})
		if err == nil {
			b.place(chunk)
		} else {
			b.await(err.Error())
		}
		out[i] = b.Breakpoint
	}
	return out
}

func compileFile(path string) (*compile.Chunk, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return runtime.NewCache().Compile(runtime.FileSource(data), "@"+filepath.Base(path))
}

func newBreakpoint(spec BreakpointSpec, src Source) *breakpoint {
	b := &breakpoint{reason: ReasonBreakpoint, spec: spec, hits: new(int), conds: map[*compile.Slot]*expression{}, logs: map[*compile.Slot][]*expression{}}
	b.Source, b.Line = src, spec.Line
	var err error
	if b.condition, err = parseHitCondition(spec.HitCondition); err == nil && spec.Condition != "" {
		err = checkExpression(spec.Condition)
	}
	if err == nil && spec.LogMessage != "" {
		b.message, err = parseLogMessage(spec.LogMessage)
	}
	if err != nil {
		b.Message, b.broken = err.Error(), true
	}
	return b
}

// place finds the line where the breakpoint can stop: its own, or the next one
// within the innermost function that holds it.
func (b *breakpoint) place(c *compile.Chunk) {
	if b.broken {
		return
	}
	lines := c.Lines()
	line := b.spec.Line
	if line < 1 {
		b.Message = fmt.Sprintf("there is no line %d: lines count from 1", line)
		return
	}
	if len(lines[line]) == 0 {
		all := make([]int, 0, len(lines))
		for l := range lines {
			all = append(all, l)
		}
		sort.Ints(all)
		i, _ := slices.BinarySearch(all, line)
		if i == len(all) || all[i] > lastLineAround(c, line) {
			b.Message = fmt.Sprintf("no code at or after line %d to stop at", line)
			return
		}
		line = all[i]
	}
	b.Verified, b.Line = true, line
}

// await says what is missing, if the breakpoint can work at all.
func (b *breakpoint) await(message string) {
	if !b.broken {
		b.Message, b.Pending = message, true
	}
}

// lastLineAround is the last line of the innermost function that holds a line.
func lastLineAround(c *compile.Chunk, line int) int {
	last, size := int(^uint(0)>>1), int(^uint(0)>>1)
	for _, fn := range c.Functions[1:] {
		from, to := fn.Proto.LineDefined, fn.Proto.LastLineDefined
		if from <= line && line <= to && to-from < size {
			last, size = to, to-from
		}
	}
	return last
}

// SetBreakpoints replaces all breakpoints of one source and answers in the
// order of specs. A source that is not loaded yet is read from its file, and
// its breakpoints are bound when it is loaded.
func (e *Engine) SetBreakpoints(src Source, specs []BreakpointSpec) []Breakpoint {
	if src.Name == "" && src.Path != "" {
		src.Name = filepath.Base(src.Path)
	}
	key := sourceKey(src)
	e.mu.Lock()
	chunk := latest(e.chunks[key])
	e.mu.Unlock()
	var err error
	if chunk == nil && src.Path != "" && e.readable(src.Path) {
		chunk, err = compileFile(src.Path)
	}
	out := make([]Breakpoint, len(specs))
	list := make([]*breakpoint, len(specs))
	for i, spec := range specs {
		b := newBreakpoint(spec, src)
		switch {
		case chunk != nil:
			b.place(chunk)
		case err != nil:
			b.await(err.Error())
		default:
			b.await("the source is not loaded")
		}
		list[i] = b
	}
	e.mu.Lock()
	for i, b := range list {
		e.nextID++
		b.ID = e.nextID
		b.inherit(e.breakpoints[key])
		out[i] = b.Breakpoint
	}
	e.breakpoints[key] = list
	e.mu.Unlock()
	e.st.Post(func(*lua.LState) {
		for _, b := range e.bind() { // only if a new version was loaded meanwhile
			e.h.BreakpointChanged(b)
		}
	})
	return out
}

// inherit goes on counting where one of the old breakpoints that asked for the
// same has got to: clients send all breakpoints of a file again for each change.
func (b *breakpoint) inherit(old []*breakpoint) {
	for _, o := range old {
		if o.spec == b.spec {
			b.hits = o.hits
			return
		}
	}
}

func latest(cs []*compile.Chunk) *compile.Chunk {
	if len(cs) == 0 {
		return nil
	}
	return cs[len(cs)-1]
}

// bind computes which slots have breakpoints, arms them, and returns the
// breakpoints that changed because their source was loaded.
func (e *Engine) bind() (changed []Breakpoint) {
	e.mu.Lock()
	if e.detached { // nobody would disarm them
		e.mu.Unlock()
		return nil
	}
	sites := map[*compile.Slot][]*breakpoint{}
	for key, list := range e.breakpoints {
		chunks := e.chunks[key]
		for _, b := range list {
			if c := latest(chunks); c != nil && !b.broken {
				was := b.Breakpoint
				b.Message, b.Verified, b.Pending = "", false, false
				if b.place(c); b.Breakpoint != was {
					changed = append(changed, b.Breakpoint)
				}
			}
			for _, c := range chunks {
				if !b.Verified {
					continue
				}
				for _, s := range c.Lines()[b.Line] {
					sites[s] = append(sites[s], b)
				}
			}
		}
	}
	changed = append(changed, e.bindFunctions(sites)...)
	e.mu.Unlock()
	old := e.sites
	e.sites = sites
	touched := map[*compile.Function]bool{}
	for s := range old {
		touched[s.Function] = true
	}
	for s := range sites {
		touched[s.Function] = true
	}
	for fn := range touched {
		e.arm(fn)
	}
	return changed
}

// hit evaluates the breakpoints of a slot and returns the stop that they ask
// for; its Reason is "" if none does.
func (e *Engine) hit(L *lua.LState, f vm.Frame, slot *compile.Slot, bps []*breakpoint) (s Stop) {
	for _, b := range bps {
		if b.spec.Condition != "" {
			ok, err := e.testCondition(L, f, slot, b)
			if err != nil {
				s.Text = fmt.Sprintf("condition %q: %v", b.spec.Condition, err)
				e.h.LogPoint(s.Text, b.Source, b.Line)
			} else if !ok {
				continue
			}
		}
		*b.hits++
		if !b.condition.met(*b.hits) {
			continue
		}
		if b.message != nil {
			e.h.LogPoint(e.logText(L, f, slot, b), b.Source, b.Line)
			continue
		}
		if s.Reason == "" {
			s.Reason, s.Description = b.reason, "Paused on "+article(b.reason)
		}
		s.Breakpoints = append(s.Breakpoints, b.ID)
	}
	return s
}

// article is "a breakpoint", "an instruction breakpoint".
func article(reason StopReason) string {
	if reason == ReasonInstruction {
		return "an " + string(reason)
	}
	return "a " + string(reason)
}

func (e *Engine) testCondition(L *lua.LState, f vm.Frame, slot *compile.Slot, b *breakpoint) (bool, error) {
	x := b.conds[slot]
	if x == nil {
		var err error
		if x, err = e.compileExpression(L, L, f, b.spec.Condition, false); err != nil {
			return false, err
		}
		b.conds[slot] = x
	}
	values, err := x.eval(context.Background(), e, L, L, f, conditionBudget)
	if err != nil {
		return false, err
	}
	return len(values) > 0 && lua.LVAsBool(values[0]), nil
}

// conditionBudget is how many instructions a condition or log message may run.
const conditionBudget = 10_000_000

// logText fills in a log message. What goes wrong in an expression stands in
// its place.
func (e *Engine) logText(L *lua.LState, f vm.Frame, slot *compile.Slot, b *breakpoint) string {
	compiled := b.logs[slot]
	if compiled == nil {
		compiled = make([]*expression, len(b.message))
		b.logs[slot] = compiled
	}
	var out strings.Builder
	for i, part := range b.message {
		if part.code == "" {
			out.WriteString(part.text)
			continue
		}
		var err error
		if compiled[i] == nil {
			compiled[i], err = e.compileExpression(L, L, f, part.code, false)
		}
		var values []lua.LValue
		if err == nil {
			values, err = compiled[i].eval(context.Background(), e, L, L, f, conditionBudget)
		}
		if err != nil {
			out.WriteString("{" + part.code + ": " + err.Error() + "}")
			continue
		}
		secret := e.secrets.Load().mentions(part.code)
		for j, v := range values {
			if j > 0 {
				out.WriteString(", ")
			}
			if secret && hidesResult(v) {
				out.WriteString(masked)
				continue
			}
			out.WriteString(e.plain(L, v))
		}
	}
	return out.String()
}

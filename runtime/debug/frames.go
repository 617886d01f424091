package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// frameRef is what a frame handle stands for.
type frameRef struct {
	th   *lua.LState
	f    vm.Frame
	fn   *lua.LFunction
	code *compile.Function // nil in Go frames

	label FrameKind // FrameTail or FrameResumed: no frame, f is the one that it belongs to
}

// StackTrace returns `levels` frames of a thread from `start` on (levels <= 0:
// all), innermost first, and how many there are. The frames of a coroutine that
// was resumed are followed by a label and those of the thread that did.
func (e *Engine) StackTrace(thread, start, levels int) (frames []Frame, total int, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		th, err := e.thread(thread)
		if err != nil {
			return err
		}
		top := currentFrame(th)
		if th == at.L {
			top = at.top
		}
		if levels <= 0 {
			levels = maxFrames
		}
		floor := restartFloor(at, start+levels)
		total = e.walkThreads(th, top, start, start+levels, func(r frameRef, tails int) {
			f := e.describeFrame(r, tails)
			f.CanRestart = r.th == at.L && (f.Kind == FrameLua || f.Kind == FrameMain) && r.f.Index() >= floor
			frames = append(frames, f)
		})
		return nil
	})
	return frames, total, err
}

// maxFrames is how many frames are given to a client that asks for all: finding
// one costs its distance from the top.
const maxFrames = 2000

// walkThreads is walk for a thread, those that have resumed it, and the labels
// between them.
func (e *Engine) walkThreads(th *lua.LState, top vm.Frame, start, end int, visit func(r frameRef, tails int)) int {
	n := e.walk(th, top, start, end, visit)
	for th = th.Parent; th != nil; th = th.Parent {
		top := currentFrame(th) // the call of resume
		if n >= start && n < end {
			visit(frameRef{th: th, f: top, fn: functionOf(th, top), label: FrameResumed}, 0)
		}
		n++
		n += e.walk(th, top, start-n, end-n, visit)
	}
	return n
}

func (e *Engine) resumedBy(th *lua.LState) string { return "resumed by " + e.describeThread(th).Name }

// walk visits the frames from start up to end, and counts all that are shown. A
// frame that tail calls have replaced others in is followed by one label.
func (e *Engine) walk(th *lua.LState, top vm.Frame, start, end int, visit func(r frameRef, tails int)) int {
	n := 0
	level := 0
	if top.Valid() {
		level = vm.Level(th, top)
	}
	for f := top; f.Valid(); f = f.Parent() {
		if n >= end && f.Index() > maxFrames {
			return n + f.Index() + 1 // counting what is far below would cost more than it tells
		}
		at, tails := level, 0
		level++
		if !f.IsGo() {
			tails = f.TailCalls()
			level += tails
		}
		if runtime.IsOperatorFrame(f) {
			continue
		}
		shown := 1 + min(tails, 1)
		if n+shown > start && n < end {
			d, _ := th.GetStack(at)
			fn := vm.Function(th, d)
			if n >= start {
				visit(frameRef{th: th, f: f, fn: fn, code: staticOf(fn)}, 0)
			}
			if shown == 2 && n+1 >= start && n+1 < end {
				visit(frameRef{th: th, f: f, fn: fn, label: FrameTail}, tails)
			}
		}
		n += shown
	}
	return n
}

func (e *Engine) describeFrame(r frameRef, tails int) Frame {
	switch {
	case r.label == FrameResumed:
		return Frame{ID: e.handles.add(r), Name: e.resumedBy(r.th), Kind: FrameResumed}
	case tails == 1:
		return Frame{ID: e.handles.add(r), Name: "(tail call)", Kind: FrameTail}
	case tails > 1:
		return Frame{ID: e.handles.add(r), Name: fmt.Sprintf("(%d tail calls)", tails), Kind: FrameTail}
	}
	out := Frame{ID: e.handles.add(r), Kind: FrameLua, Name: e.frameName(r)}
	switch {
	case r.fn.IsG:
		out.Kind = FrameGo
	case r.code == nil:
		out.Source = Source{Name: r.fn.Proto.SourceName}
	default:
		out.Source = e.sourceOfChunk(r.code.Chunk)
		out.Line = r.code.Line(r.f.Pc())
		out.Skipped = e.skipped(r.code.Chunk)
		out.Module = moduleID(e.st.SourceOf(r.code.Chunk))
		out.Address = e.address(r.code, r.code.RawPc(r.f.Pc()))
		if r.code.Parent == nil {
			out.Kind = FrameMain
		}
	}
	return out
}

// frameName is the name of a function as its caller knows it.
func (e *Engine) frameName(r frameRef) string {
	name, kind := e.st.FunctionName(r.th, r.f)
	switch {
	case r.fn.IsG:
		if full := e.natives[r.fn]; full != "" {
			name = full
		}
		if name == "" {
			name = "function"
		}
		return "[Go] " + name
	case r.code != nil && r.code.Parent == nil:
		return "main chunk"
	case r.th == e.st.L && !r.f.Parent().Valid() && r.code != nil && r.code.Name != "":
		return r.code.Name // the embedding program has called it
	case name == "" || name == "?":
		return fmt.Sprintf("(anonymous:%d)", r.fn.Proto.LineDefined)
	case kind == "method":
		return ":" + name
	}
	return name
}

// frameOf resolves a frame handle.
func (e *Engine) frameOf(id int) (frameRef, error) {
	r, ok := e.handles.get(id).(frameRef)
	if !ok {
		return frameRef{}, fmt.Errorf("frame %d: %w", id, ErrStale)
	}
	return r, nil
}

// FrameAt describes a frame that StackTrace has given: by another number, and without
// CanRestart.
func (e *Engine) FrameAt(id int) (out Frame, err error) {
	err = e.inStop(context.Background(), func(*stop) error {
		r, err := e.frameOf(id)
		if err == nil {
			out = e.describeFrame(r, 0)
		}
		return err
	})
	return out, err
}

// Scopes lists the scopes of a frame: locals (with varargs), upvalues if there
// are any, globals. A label has none.
func (e *Engine) Scopes(frame int) (out []Scope, err error) {
	err = e.inStop(context.Background(), func(at *stop) error {
		r, err := e.frameOf(frame)
		if err != nil {
			return err
		}
		if out = []Scope{}; r.label != "" {
			return nil
		}
		if at.returned != nil && r.th == at.L && r.f.Index() == at.top.Index() {
			c := &returnScope{at.returned}
			out = append(out, Scope{Name: "Return values", Kind: ScopeReturns, Ref: e.handles.add(c), Named: len(c.r.values)})
		}
		if r.code != nil {
			locals := &localScope{r}
			out = append(out, Scope{Name: "Locals", Kind: ScopeLocals, Ref: e.handles.add(locals), Named: len(locals.entries())})
			if n := len(r.fn.Upvalues); n > 0 {
				out = append(out, Scope{Name: "Upvalues", Kind: ScopeUpvalues, Ref: e.handles.add(&upvalueScope{r}), Named: n})
			}
		}
		env := r.fn.Env
		if env == nil || r.fn.IsG {
			env = r.th.G.Global
		}
		out = append(out, Scope{Name: "Globals", Kind: ScopeGlobals, Ref: e.handles.add(&globalScope{e: e, r: r, env: env}), Expensive: true})
		return nil
	})
	return out, err
}

// Location tells where the script is. Only for the goroutine that runs Lua,
// such as a call from the session's Stdout.
func (e *Engine) Location() (src Source, line int, ok bool) {
	s, line := e.st.Location()
	if s == nil {
		return Source{}, 0, false
	}
	return sourceOf(s), line, true
}

// Sources lists what was loaded, oldest first.
func (e *Engine) Sources() (out []Source) {
	ctx, cancel := context.WithTimeout(context.Background(), threadsTimeout)
	defer cancel()
	_ = e.st.Do(ctx, func(*lua.LState) {
		for _, s := range e.st.Sources() {
			out = append(out, sourceOf(s))
		}
	})
	return out
}

// SourceText returns the text of a loaded source by its reference.
func (e *Engine) SourceText(ref int) (string, error) {
	text, found := "", false
	ctx, cancel := context.WithTimeout(context.Background(), threadsTimeout)
	defer cancel()
	err := e.st.Do(ctx, func(*lua.LState) {
		for _, s := range e.st.Sources() {
			if s.ID == ref {
				text, found = s.Chunk.Source, true
			}
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("no loaded source has reference %d", ref)
	}
	return text, err
}

package globals

import (
	"context"
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// hooked tells whether hooks want to see calls of tools. The calls are then made
// in steps: hooks may be functions of the script, and run on this goroutine, even
// where another one does the work.
func (g *toolGlobal) hooked() bool {
	return g.env.Hooks != nil && g.env.Hooks.HasAny(g.points)
}

// inSteps makes a call whose hooks may have another tool do the work, also one
// that is a function of the script, or have it done again.
func (g *toolGlobal) inSteps(L *lua.LState, o *toolObject, params map[string]any, opt tools.CallOptions) (*tools.Response, error) {
	opt.Thread = L
	own, r := o.handle.Begin(g.env.context(), params, opt)
	if r == nil {
		r = g.finish(L, own)
	}
	if r.Error != nil {
		return r, r.Error
	}
	return r, nil
}

// finish does the work here until the call has its answer.
func (g *toolGlobal) finish(L *lua.LState, own *tools.Own) *tools.Response {
	for {
		if r, again := own.Conclude(g.work(L, own)); !again {
			return r
		}
	}
}

// isScripted tells whether the work of a call is to run a function of the script.
func (g *toolGlobal) isScripted(own *tools.Own) bool {
	return g.scripted[own.Descriptor()] != nil && !own.Answered()
}

// work lets the tool work. What a function of the script raises is its error.
func (g *toolGlobal) work(L *lua.LState, own *tools.Own) (*tool.Result, error) {
	if !g.isScripted(own) {
		return own.Perform()
	}
	if err := own.Pause(); err != nil {
		return nil, err
	}
	params, err := runtime.FromGo(L, map[string]any(own.Params()), runtime.ConvertLimits{})
	if err != nil {
		return nil, err
	}
	values, err := g.env.protected(L, 0, g.scripted[own.Descriptor()], params)
	if err != nil {
		if cause := (*tool.Error)(nil); errors.As(err, &cause) && cause.Code == tool.PermissionDenied {
			return nil, err
		}
		return nil, tool.Errorf(tool.ExecutionFailed, "%s", err.Error())
	}
	values = append(values, lua.LNil, lua.LNil)
	return scriptedResult(values[0], values[1])
}

// work is a call of Tool.parallel, and what another goroutine has made of it.
type work struct {
	call   *parallelCall
	own    *tools.Own
	result *tool.Result
	err    error
}

// next waits for work that has ended. Meanwhile clients are answered.
func (g *toolGlobal) next(ended <-chan work) work {
	var wake <-chan struct{}
	if g.env.Wake != nil && g.env.Serve != nil {
		wake = g.env.Wake()
	}
	for {
		select {
		case w := <-ended:
			return w
		case <-wake:
			g.env.Serve()
		}
	}
}

// parallelInSteps makes calls, limit at a time, with their hooks and the functions
// of the script on this goroutine and all other work on others.
func (g *toolGlobal) parallelInSteps(L *lua.LState, ctx context.Context, calls []*parallelCall, limit int) {
	if limit <= 0 {
		limit = tools.DefaultParallel
	}
	ended := make(chan work, limit)
	running := 0
	begin := func(w work) {
		if g.isScripted(w.own) {
			w.call.response = g.finish(L, w.own)
			return
		}
		running++
		go func() {
			w.result, w.err = w.own.Perform()
			ended <- w
		}()
	}
	collect := func() {
		w := g.next(ended)
		running--
		r, again := w.own.Conclude(w.result, w.err)
		if again {
			begin(w)
			return
		}
		w.call.response = r
	}
	for _, c := range calls {
		if c.response != nil {
			continue
		}
		for running >= limit {
			collect()
		}
		if err := ctx.Err(); err != nil {
			c.response = failure(c.request.Tool, err)
			continue
		}
		opt := c.request.Options
		opt.Wake, opt.Serve = nil, nil // other goroutines wait for the tools
		own, r := c.object.handle.Begin(ctx, c.request.Params, opt)
		if c.response = r; r == nil {
			begin(work{call: c, own: own})
		}
	}
	for running > 0 {
		collect()
	}
}

// staged is a started call whose hooks run on this goroutine. Its end is seen when
// the script asks for it.
type staged struct {
	own    *tools.Own
	cancel context.CancelFunc
	done   chan struct{} // closed when the work has ended

	// Written before done is closed.
	result *tool.Result
	err    error

	response *tools.Response // nil: the call is not over
}

// stage begins a call that goes on by itself.
func (g *toolGlobal) stage(L *lua.LState, o *toolObject, params map[string]any, opt tools.CallOptions) (*staged, error) {
	ctx, cancel := context.WithCancel(g.env.context())
	opt.Wake, opt.Serve = nil, nil // another goroutine waits for the tool
	own, r := o.handle.Begin(ctx, params, opt)
	s := &staged{own: own, cancel: cancel, response: r}
	switch {
	case r != nil:
		cancel()
		if r.Error != nil {
			return nil, r.Error
		}
	case g.isScripted(own):
		s.response = g.finish(L, own)
		cancel()
	default:
		s.launch()
	}
	return s, nil
}

func (s *staged) launch() {
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		s.result, s.err = s.own.Perform()
	}()
}

// settle runs the hooks of a call whose work may have ended, and tells whether the
// call is over.
func (s *staged) settle(g *toolGlobal, L *lua.LState) bool {
	if s.response != nil {
		return true
	}
	select {
	case <-s.done:
	default:
		return false
	}
	r, again := s.own.Conclude(s.result, s.err)
	switch {
	case !again:
		s.response = r
	case L != nil && g.isScripted(s.own):
		s.response = g.finish(L, s.own)
	default:
		s.launch()
		return false
	}
	s.cancel()
	return true
}

// wait waits for the call to be over. When ctx is done first it returns its error;
// the call goes on.
func (s *staged) wait(ctx context.Context, g *toolGlobal, L *lua.LState) error {
	for !s.settle(g, L) {
		if err := g.env.await(ctx, s.done); err != nil && !s.settle(g, L) {
			return err
		}
	}
	return nil
}

// close ends the calls that nobody has waited for, so that they are counted. Hooks
// of the script do not run any more.
func (g *toolGlobal) close() {
	for _, s := range g.handles.staged {
		s.cancel()
		for !s.settle(g, nil) {
			<-s.done
		}
	}
	g.handles.staged = nil
}

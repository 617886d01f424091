package globals

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// parallel is Tool.parallel. Tools that are functions of the script run one
// after the other, on the script's goroutine, while the others run.
func (g *toolGlobal) parallel(L *lua.LState) int {
	const function = "Tool.parallel"
	limit, ctx, cancel := g.parallelOptions(L, function, L.Get(2))
	defer cancel()
	calls := g.calls(L, function, L.Get(1))

	if g.hooked() {
		g.parallelInSteps(L, ctx, calls, limit)
	} else {
		g.parallelAtOnce(L, ctx, calls, limit)
	}
	if err := g.env.context().Err(); err != nil { // the script must end
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	out := L.CreateTable(len(calls), 0)
	for _, c := range calls {
		t, err := g.response(L, c.response)
		if err != nil {
			return g.env.raise(L, fmt.Errorf("%s: the result of %s: %w", function, c.request.Tool, err))
		}
		out.Append(t)
	}
	L.Push(out)
	return 1
}

// parallelAtOnce makes the calls when no hook has to run on this goroutine.
func (g *toolGlobal) parallelAtOnce(L *lua.LState, ctx context.Context, calls []*parallelCall, limit int) {
	// The requests that other goroutines carry out, and their places.
	var requests []tools.Request
	var places []int
	for i, c := range calls {
		if c.response == nil && c.scripted == nil {
			requests, places = append(requests, c.request), append(places, i)
		}
	}
	var responses []*tools.Response // written before done is closed
	done := make(chan struct{})
	go func() {
		defer close(done)
		responses = g.inv.InvokeAll(ctx, requests, limit)
	}()
	for _, c := range calls {
		if c.scripted == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			c.response = failure(c.request.Tool, err)
		} else {
			c.response, _ = g.guarded(L, c.object, c.scripted, c.request.Params, c.request.Options) // the error is in the response
		}
	}
	_ = g.env.await(context.Background(), done) // the calls end with ctx, after their time of grace
	for i, r := range responses {
		calls[places[i]].response = r
	}
}

func (g *toolGlobal) parallelOptions(L *lua.LState, function string, v lua.LValue) (limit int, ctx context.Context, cancel func()) {
	if v == lua.LNil {
		ctx, cancel = context.WithCancel(g.env.context())
		return 0, ctx, cancel
	}
	p, err := checked(v, options.ToolParallelOptions)
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	timeout := options.MaxTimeout
	if p.Has("timeout_ms") {
		timeout = time.Duration(p.Float("timeout_ms") * float64(time.Millisecond))
	}
	ctx, cancel = context.WithTimeout(g.env.context(), timeout)
	return p.Int("limit"), ctx, cancel
}

// parallelCall is one call of Tool.parallel.
type parallelCall struct {
	request  tools.Request
	object   *toolObject
	scripted *lua.LFunction
	response *tools.Response // set at once for a call that cannot be made
}

// calls reads the list of calls: {name, params, options}, or the same with the
// names name, params and options. What is wrong with the list itself raises an
// error; what is wrong with a call is its response.
func (g *toolGlobal) calls(L *lua.LState, function string, v lua.LValue) []*parallelCall {
	list, ok := v.(*lua.LTable)
	if !ok {
		g.env.raise(L, fmt.Errorf("%s: expected a list of calls, such as {{\"calculator\", {input = \"1+1\"}}}, got %s", function, v.Type()))
	}
	n := list.Len()
	if n > options.MaxParallel {
		g.env.raise(L, fmt.Errorf("%s: %d calls are too many; make at most %d at a time", function, n, options.MaxParallel))
	}
	out := make([]*parallelCall, n)
	for i := range out {
		item, ok := list.RawGetInt(i + 1).(*lua.LTable)
		if !ok {
			g.env.raise(L, fmt.Errorf("%s: call %d: expected {name, params}, got %s", function, i+1, list.RawGetInt(i+1).Type()))
		}
		if err := knownKeys(item, options.ToolCall); err != nil {
			g.env.raise(L, fmt.Errorf("%s: call %d: %w", function, i+1, err))
		}
		name, ok := part(item, 1, "name").(lua.LString)
		if !ok {
			g.env.raise(L, fmt.Errorf("%s: call %d: expected the name of a tool as a string, got %s", function, i+1, part(item, 1, "name").Type()))
		}
		opt, err := g.options(part(item, 3, "options"))
		if err != nil {
			g.env.raise(L, fmt.Errorf("%s: call %d: %w", function, i+1, err))
		}
		out[i] = g.parallelCall(L, string(name), part(item, 2, "params"), opt)
	}
	return out
}

func part(item *lua.LTable, i int, name string) lua.LValue {
	if v := item.RawGetInt(i); v != lua.LNil {
		return v
	}
	return item.RawGetString(name)
}

func (g *toolGlobal) parallelCall(L *lua.LState, name string, arg lua.LValue, opt tools.CallOptions) *parallelCall {
	opt.Thread = L
	c := &parallelCall{request: tools.Request{Tool: name, Options: opt}}
	var err error
	if c.object, err = g.object(L, name); err != nil {
		c.response = failure(name, err)
		return c
	}
	if g.env.Called != nil {
		g.env.Called(L, c.object.host, arg)
	}
	d := c.object.handle.Descriptor()
	c.request.Tool, c.scripted = d.Name, g.scripted[d]
	if c.request.Params, err = toParams(arg, g.env.limits(L)); err != nil {
		c.response = failure(d.Name, err)
	}
	if c.response != nil {
		c.scripted = nil
	}
	return c
}

// failure is the response of a call that was not made.
func failure(name string, err error) *tools.Response {
	te := tool.AsError(name, "", err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		te.Message = "was stopped because the time of its caller is up"
	case errors.Is(err, context.Canceled):
		te.Message = "was cancelled"
	}
	return &tools.Response{Error: te}
}

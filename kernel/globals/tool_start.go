package globals

import (
	"context"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxHandles is how many started calls of one state may run at a time.
const maxHandles = 1000

// handles are the calls that a state has started.
type handles struct {
	running []*tools.Pending
	staged  []*staged   // those with hooks
	meta    *lua.LTable // the metatable of handles, made for the first
}

// handle is a started call as a script sees it.
type handle struct {
	object   *toolObject
	pending  *tools.Pending
	staged   *staged         // when hooks see the call; then pending is nil
	response *tools.Response // of a tool of the script's own, which has ended when Tool.start returns
}

// start is Tool.start. The call ends with the running script.
func (g *toolGlobal) start(L *lua.LState) int {
	const function = "Tool.start"
	name := g.name(L, function)
	o, err := g.object(L, name)
	if err != nil {
		return g.env.raise(L, callError(function, err))
	}
	params, opt := g.begin(L, function, o, L.Get(2), L.Get(3))
	h := &handle{object: o}
	if g.hooked() {
		if err = g.handles.room(g, L); err == nil {
			if h.staged, err = g.stage(L, o, params, opt); err == nil {
				g.handles.staged = append(g.handles.staged, h.staged)
			}
		}
	} else if fn := g.scripted[o.handle.Descriptor()]; fn != nil {
		began := false
		if h.response, began = g.guarded(L, o, fn, params, opt); !began {
			err = h.response.Error
		}
	} else if err = g.handles.room(g, L); err == nil {
		if h.pending, err = o.handle.Start(g.env.context(), params, opt); err == nil {
			g.handles.running = append(g.handles.running, h.pending)
		}
	}
	if err != nil {
		return g.env.raise(L, callError(function, tool.AsError(o.handle.Descriptor().Name, "", err)))
	}
	ud := L.NewUserData()
	ud.Value, ud.Metatable = h, g.handleMeta(L)
	L.Push(ud)
	return 1
}

// room makes sure that not too many calls run at a time.
func (hs *handles) room(g *toolGlobal, L *lua.LState) error {
	if len(hs.running)+len(hs.staged) < maxHandles {
		return nil
	}
	hs.staged = slices.DeleteFunc(hs.staged, func(s *staged) bool { return s.settle(g, L) })
	kept := hs.running[:0]
	for _, p := range hs.running {
		select {
		case <-p.Done():
		default:
			kept = append(kept, p)
		}
	}
	clear(hs.running[len(kept):])
	if hs.running = kept; len(kept)+len(hs.staged) >= maxHandles {
		return tool.Errorf(tool.LimitExceeded, "%d started calls still run; wait for some of them, or cancel them, before you start more", maxHandles)
	}
	return nil
}

func (g *toolGlobal) handleMeta(L *lua.LState) *lua.LTable {
	if g.handles.meta != nil {
		return g.handles.meta
	}
	methods := L.CreateTable(0, 8)
	for name, f := range map[string]func(*lua.LState, *handle) int{
		"wait": g.wait, "result": g.result, "cancel": cancelHandle, "done": g.isDone, "name": handleName,
	} {
		methods.RawSetString(name, L.NewFunction(func(L *lua.LState) int { return f(L, g.handle(L, name)) }))
	}
	m := L.CreateTable(0, 4)
	m.RawSetString("__index", methods)
	m.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		h := g.handle(L, "tostring")
		state := "running"
		if h.ended(g, L) {
			state = "done"
		}
		L.Push(lua.LString(fmt.Sprintf("call of %s (%s)", h.object.handle.Descriptor().Name, state)))
		return 1
	}))
	m.RawSetString("__metatable", lua.LString("call of a tool"))
	g.handles.meta = m
	return m
}

// handle checks the first argument of a method.
func (g *toolGlobal) handle(L *lua.LState, method string) *handle {
	if ud, ok := L.Get(1).(*lua.LUserData); ok {
		if h, ok := ud.Value.(*handle); ok {
			return h
		}
	}
	g.env.raise(L, fmt.Errorf("handle:%s: expected a handle of Tool.start, got %s; write handle:%s() with a colon", method, L.Get(1).Type(), method))
	return nil
}

func (h *handle) ended(g *toolGlobal, L *lua.LState) bool {
	if h.staged != nil {
		return h.staged.settle(g, L)
	}
	if h.pending == nil {
		return true
	}
	select {
	case <-h.pending.Done():
		return true
	default:
		return false
	}
}

// wait is handle:wait(timeout_ms): the envelope, or nil and "timeout". A call
// that failed raises its error, as Tool.execute does.
func (g *toolGlobal) wait(L *lua.LState, h *handle) int {
	r, in := g.await(L, h, "handle:wait")
	if !in {
		return 2
	}
	if r.Error != nil {
		return g.env.raise(L, callError("handle:wait", r.Error))
	}
	return g.pushResponse(L, "handle:wait", h.object, r)
}

// result is handle:result(timeout_ms): as wait, but a call that failed gives its
// envelope too.
func (g *toolGlobal) result(L *lua.LState, h *handle) int {
	r, in := g.await(L, h, "handle:result")
	if !in {
		return 2
	}
	return g.pushResponse(L, "handle:result", h.object, r)
}

// await waits for a call until it, the given time or the script ends. Where the
// time is up it pushes nil and "timeout".
func (g *toolGlobal) await(L *lua.LState, h *handle, function string) (r *tools.Response, in bool) {
	if h.staged != nil && h.staged.settle(g, L) {
		return h.staged.response, true
	}
	if h.pending == nil && h.staged == nil {
		return h.response, true
	}
	name := h.object.handle.Descriptor().Name
	script := g.env.context()
	ctx := script
	if v := L.Get(2); v != lua.LNil {
		ms, ok := v.(lua.LNumber)
		if !ok || !(ms >= 0 && float64(ms) <= float64(options.MaxTimeout/time.Millisecond)) {
			err := &schema.FieldError{Path: "timeout_ms", Expected: fmt.Sprintf("a number between 0 and %d", options.MaxTimeout/time.Millisecond), Found: v.String()}
			g.env.raise(L, callError(function, tool.AsError(name, "", err)))
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(script, time.Duration(float64(ms)*float64(time.Millisecond)))
		defer cancel()
	}
	var err error
	if h.staged != nil {
		if err = h.staged.wait(ctx, g, L); err == nil {
			return h.staged.response, true
		}
	} else if err = g.env.await(ctx, h.pending.Done()); err == nil {
		r, _ = h.pending.Wait(ctx) // the error is in the response
		return r, true
	}
	if script.Err() != nil { // the script must end: the error stops it, and nothing catches that
		g.env.raise(L, callError(function, tool.AsError(name, "", err)))
	}
	L.Push(lua.LNil)
	L.Push(lua.LString("timeout"))
	return nil, false
}

func cancelHandle(_ *lua.LState, h *handle) int {
	if h.staged != nil {
		h.staged.cancel()
	}
	if h.pending != nil {
		h.pending.Cancel()
	}
	return 0
}

func (g *toolGlobal) isDone(L *lua.LState, h *handle) int {
	L.Push(lua.LBool(h.ended(g, L)))
	return 1
}

func handleName(L *lua.LState, h *handle) int {
	L.Push(lua.LString(h.object.handle.Descriptor().Name))
	return 1
}

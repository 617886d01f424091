package debug

import (
	"path"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/vm"
)

// wrapping is a Go function that has breakpoints: it calls us first until they
// are gone.
type wrapping struct {
	hook *nativeHook
	bps  []*breakpoint
}

// wrap wraps the functions that have breakpoints, and no others.
func (fs *functionBreakpoints) wrap(e *Engine, natives map[*lua.LFunction][]*breakpoint) {
	for fn, w := range fs.wrapped {
		if len(natives[fn]) == 0 {
			e.unwrapNative(fn, w.hook)
			delete(fs.wrapped, fn)
		}
	}
	for fn, bps := range natives {
		w := fs.wrapped[fn]
		if w == nil {
			if fs.wrapped == nil {
				fs.wrapped = map[*lua.LFunction]*wrapping{}
			}
			w = &wrapping{}
			fs.wrapped[fn] = w
			w.hook = e.wrapNative(fn, func(L *lua.LState, call lua.LGFunction) int {
				if e.st.Watched() {
					e.inGo(L, w.bps)
				}
				return call(L)
			})
		}
		w.bps = bps
	}
}

// inGo asks the breakpoints of a Go function that has just been called. The
// stop is in its frame; its place is that of the call.
func (e *Engine) inGo(L *lua.LState, bps []*breakpoint) {
	f := currentFrame(L)
	s := e.hit(L, f, nil, bps)
	if s.Reason == "" {
		return
	}
	for caller := f; caller.Valid(); caller = caller.Parent() {
		if caller.IsGo() {
			continue
		}
		if fn := staticOf(functionOf(L, caller)); fn != nil {
			s.Source, s.Line = e.sourceOfChunk(fn.Chunk), fn.Line(caller.Pc())
			break
		}
	}
	e.stopAt(L, f, s)
}

// hostScheme begins the names of tools, which are the host's even if the state
// was not told of its names.
const hostScheme = "tool:"

// hostName is the name or pattern of HostCall that a person means; "" if none.
func (e *Engine) hostName(name string) (string, error) {
	if canonical := e.st.HostNames(); canonical != nil {
		return canonical(name)
	}
	if strings.HasPrefix(name, hostScheme) {
		_, err := path.Match(name, "")
		return name, err
	}
	return "", nil
}

// onHost stops at function breakpoints on names of the host's. Their conditions
// see params.
func (e *Engine) onHost(L *lua.LState, name string, params lua.LValue) {
	e.mu.Lock()
	list := e.functions.list
	e.mu.Unlock()
	var bps []*breakpoint
	for _, b := range list {
		if !b.isHost(name) {
			continue
		}
		if b.spec.Condition != "" {
			e.giveParams(L, b.breakpoint, params)
		}
		bps = append(bps, b.breakpoint)
	}
	if len(bps) > 0 {
		e.inGo(L, bps)
	}
}

// giveParams sets what the condition of a host breakpoint sees as params.
func (e *Engine) giveParams(L *lua.LState, b *breakpoint, params lua.LValue) {
	x := b.conds[nil]
	if x == nil {
		c, err := compileText([]string{"params"}, "return "+b.spec.Condition)
		if err != nil {
			return // testCondition will say so
		}
		x = &expression{fn: L.NewFunctionFromProto(c.Instantiate().Protos[1])}
		x.fn.Env = L.G.Global
		for i := range x.fn.Upvalues {
			x.fn.Upvalues[i] = newUpvalue(L)
		}
		b.conds[nil] = x
	}
	for _, u := range x.fn.Upvalues { // params, if it is mentioned
		u.SetValue(params)
	}
}

// goArguments reads the arguments in the frame of a Go function.
func goArguments(th *lua.LState, f vm.Frame) []lua.LValue {
	d := vm.Debug(th, f)
	out := make([]lua.LValue, f.Args())
	for i := range out {
		out[i] = vm.Register(th, d, i)
	}
	return out
}

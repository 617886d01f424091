package kernel

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/runtime"
)

// noteGlobals remembers the globals that every session begins with: all others
// are the script's variables.
func (s *Session) noteGlobals() {
	s.stock = map[string]lua.LValue{}
	t := s.globalTable()
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if name, ok := k.(lua.LString); ok {
			s.stock[string(name)] = v
		}
	}
}

func (s *Session) globalTable() *lua.LTable { return s.state.L.G.Global }

// KeptVariables returns the globals that scripts have set and whose values can be
// kept, for archive.Encode, and why others cannot, by their names. Functions, which
// never can, are in neither. Like a script, it belongs to the goroutine that runs
// Lua.
func (s *Session) KeptVariables() (kept map[string]any, unkept map[string]error) {
	kept, unkept, _ = s.keptVariables(context.Background())
	return kept, unkept
}

// keptVariables is KeptVariables that gives up when ctx is done, with its cause.
func (s *Session) keptVariables(ctx context.Context) (kept map[string]any, unkept map[string]error, err error) {
	kept, unkept = map[string]any{}, map[string]error{}
	t := s.globalTable()
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		name, ok := k.(lua.LString)
		if !ok || name == "arg" || name == "ARGS" || s.stock[string(name)] == v {
			continue
		}
		switch v.(type) {
		case *lua.LFunction, *lua.LState:
			continue
		case *lua.LUserData:
			if !runtime.IsNull(v) {
				continue
			}
		}
		value, err := globals.KeepUntil(ctx, v)
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if err != nil {
			unkept[string(name)] = err
			continue
		}
		kept[string(name)] = value
	}
	return kept, unkept, nil
}

// SetVariables makes globals of variables that archive.Decode has returned, and
// JSON.null of one that is nil, until ctx is done: then the error is its cause. It belongs
// to the goroutine that runs Lua.
func (s *Session) SetVariables(ctx context.Context, vars map[string]any) error {
	t := s.globalTable()
	for name, v := range vars {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		t.RawSetString(name, globals.KeptPart(s.state.L, v))
	}
	return nil
}

package debug

import (
	"fmt"
	"sort"

	lua "github.com/yuin/gopher-lua"
)

// globalScope holds the globals: the program's own, sorted, then one node with
// the standard library.
type globalScope struct {
	e   *Engine
	r   frameRef
	env *lua.LTable
}

func (s *globalScope) frame() frameRef { return s.r }

// nameOf returns a function that gives the expression for a global in the
// frame: its name, unless a local or upvalue hides it, or its place in _G.
func (s *globalScope) nameOf() func(k lua.LValue) string {
	hidden := s.r.localNames()
	if s.r.code != nil {
		for _, name := range s.r.fn.Proto.DbgUpvalues {
			hidden[name] = true
		}
	}
	table := s.env.RawGetString("_G") == lua.LValue(s.env) && !hidden["_G"]
	return func(k lua.LValue) string {
		name, ok := k.(lua.LString)
		switch {
		case ok && isIdentifier(string(name)) && !hidden[string(name)]:
			return string(name)
		case table:
			return keyExpr("_G", k)
		}
		return ""
	}
}

func (s *globalScope) entries() (own, std []child) {
	nameOf := s.nameOf()
	s.env.ForEach(func(k, v lua.LValue) {
		ch := child{name: keyName(k), value: v, expr: nameOf(k)}
		if name, ok := k.(lua.LString); ok && s.e.stdGlobal[string(name)] {
			std = append(std, ch)
		} else {
			own = append(own, ch)
		}
	})
	for _, list := range [][]child{own, std} {
		sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	}
	return own, std
}

func (s *globalScope) size() (int, int) {
	own, std := s.entries()
	return len(own) + min(len(std), 1), 0
}

func (s *globalScope) indexed(int, int) []child { return nil }

func (s *globalScope) named(start, count int) []child {
	own, std := s.entries()
	if len(std) > 0 {
		own = append(own, child{
			name: "(standard library)", text: fmt.Sprintf("%d names", len(std)), kind: KindVirtual,
			nested: &listScope{globalScope: s, items: std}, readOnly: true,
		})
	}
	return page(own, start, count)
}

func (s *globalScope) set(name string, v lua.LValue) error {
	return (&tableScope{t: s.env}).set(name, v)
}

// listScope is a fixed part of the globals.
type listScope struct {
	*globalScope
	items []child
}

func (s *listScope) size() (int, int)               { return len(s.items), 0 }
func (s *listScope) named(start, count int) []child { return page(s.items, start, count) }

// keepGlobals remembers which globals, and which Go functions, are the
// library's.
func (e *Engine) keepGlobals() {
	e.stdGlobal = map[string]bool{}
	e.natives = map[*lua.LFunction]string{}
	e.globals = e.st.L.G.Global
	e.st.L.G.Global.ForEach(func(k, v lua.LValue) {
		name, ok := k.(lua.LString)
		if !ok {
			return
		}
		e.stdGlobal[string(name)] = true
		switch v := v.(type) {
		case *lua.LFunction:
			e.natives[v] = string(name)
		case *lua.LTable:
			if name == "_G" {
				return
			}
			v.ForEach(func(k2, v2 lua.LValue) {
				if fn, ok := v2.(*lua.LFunction); ok && fn.IsG {
					e.natives[fn] = string(name) + "." + k2.String()
				}
			})
		}
	})
}

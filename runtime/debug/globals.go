package debug

import (
	"fmt"
	"sort"

	lua "github.com/yuin/gopher-lua"
)

// globalScope holds the globals: the program's own, sorted, then one node with
// the standard library.
type globalScope struct {
	e    *Engine
	r    frameRef
	env  *lua.LTable
	work *work

	own, std []global // sorted, valid while handles.changes is at
	at       int
}

// global is a key with its name.
type global struct {
	name string
	key  lua.LValue
}

func (s *globalScope) frame() frameRef { return s.r }
func (s *globalScope) bind(w *work)    { s.work = w }

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

// names sorts the globals. Programs can have very many: the result is kept
// until the debugger changes something.
func (s *globalScope) names() (own, std []global) {
	if s.own != nil && s.at == s.e.handles.changes {
		return s.own, s.std
	}
	own = []global{}
	for k, _ := s.env.Next(lua.LNil); k != lua.LNil && s.work.step(); k, _ = s.env.Next(k) {
		g := global{keyName(k), k}
		if name, ok := k.(lua.LString); ok && s.e.stdGlobal[string(name)] {
			std = append(std, g)
		} else {
			own = append(own, g)
		}
	}
	for _, list := range [][]global{own, std} {
		// A request that was given up leaves them as they are: any order will do.
		sort.Slice(list, func(i, j int) bool { return s.work.step() && list[i].name < list[j].name })
	}
	if s.work.step() {
		s.own, s.std, s.at = own, std, s.e.handles.changes
	}
	return own, std
}

func (s *globalScope) size() (int, int) {
	own, std := s.names()
	return len(own) + min(len(std), 1), 0
}

func (s *globalScope) indexed(int, int) []child { return nil }

func (s *globalScope) named(start, count int) []child {
	own, std := s.names()
	out := s.page(own, start, count)
	if len(std) > 0 && len(out) < count && start <= len(own) {
		out = append(out, child{
			name: "(standard library)", text: fmt.Sprintf("%d names", len(std)), kind: KindVirtual,
			nested: &listScope{globalScope: s, items: std}, readOnly: true,
		})
	}
	return out
}

// page makes children of some of the globals.
func (s *globalScope) page(all []global, start, count int) []child {
	nameOf := s.nameOf()
	var out []child
	start = min(start, len(all))
	for _, g := range all[start:min(start+count, len(all))] {
		out = append(out, child{name: g.name, key: g.key, value: orNil(s.env.RawGet(g.key)), expr: nameOf(g.key)})
	}
	return out
}

func (s *globalScope) table() *tableScope { return &tableScope{t: s.env, work: s.work} }

func (s *globalScope) set(name string, v lua.LValue) error { return s.table().set(name, v) }
func (s *globalScope) get(ch child) lua.LValue             { return s.table().get(ch) }
func (s *globalScope) put(ch child, v lua.LValue) error    { return s.table().put(ch, v) }

// listScope is a fixed part of the globals.
type listScope struct {
	*globalScope
	items []global
}

func (s *listScope) size() (int, int)               { return len(s.items), 0 }
func (s *listScope) named(start, count int) []child { return s.page(s.items, start, count) }

// keepGlobals remembers which globals, and which Go functions, are the
// library's, and which of these change nothing.
func (e *Engine) keepGlobals() {
	const functions = 400 // about as many as llmspell has: a map that grows is made anew many times
	e.stdGlobal = make(map[string]bool, 100)
	e.natives = make(map[*lua.LFunction]string, functions)
	e.globals = e.st.L.G.Global
	e.purity = make(map[*lua.LFunction]purity, functions)
	if mt, ok := e.st.L.GetMetatable(lua.LString("")).(*lua.LTable); ok {
		for op := lua.OP_ADD; op <= lua.OP_UNM; op++ { // numbers in strings
			for _, name := range operatorEvents[op] {
				if fn, ok := mt.RawGetString(name).(*lua.LFunction); ok && fn.IsG {
					e.keepNative(fn, "string."+name)
				}
			}
		}
	}
	e.st.L.G.Global.ForEach(func(k, v lua.LValue) {
		name, ok := k.(lua.LString)
		if !ok {
			return
		}
		e.stdGlobal[string(name)] = true
		switch v := v.(type) {
		case *lua.LFunction:
			e.keepNative(v, string(name))
		case *lua.LTable:
			if name == "_G" {
				return
			}
			v.ForEach(func(k2, v2 lua.LValue) {
				if fn, ok := v2.(*lua.LFunction); ok && fn.IsG {
					e.keepNative(fn, string(name)+"."+k2.String())
				}
			})
		}
	})
}

// keepNative names a library function. One that has the name of a harmless
// function and another is not trusted: a script may have renamed it.
func (e *Engine) keepNative(fn *lua.LFunction, name string) {
	p := purities[name]
	if old, known := e.purity[fn]; known && old != p {
		p = impure
	}
	e.natives[fn], e.purity[fn] = name, p
}

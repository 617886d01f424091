package debug

import (
	"context"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Members returns count of the program's own globals, from start on, or the fields
// that a path of names leads to from a global: their values as a debugger shows them,
// sorted by name, with those that a value inherits behind its own; and how many there
// are. Only keys that are names count. Nothing of the program runs: no metamethod is
// called, and a path that needs one leads nowhere. So does one through a secret. That
// is no error, and there are no members.
func (i *Inspector) Members(ctx context.Context, path []string, start, count int) (out []Variable, total int, err error) {
	err = i.do(ctx, func(L *lua.LState, r frameRef) error {
		m := &members{view: i.e.view(ctx, L, Format{}), seen: map[lua.LString]bool{}}
		m.raw = true
		var list []child
		if len(path) == 0 {
			list = m.globals(i.e, r.globals())
		} else if value, ok := m.follow(r.globals(), path); ok {
			list = m.of(value, strings.Join(path, "."))
		}
		total = len(list)
		start = min(max(start, 0), total)
		for _, ch := range list[start:min(start+max(count, 0), total)] {
			if !m.check() {
				break
			}
			out = append(out, m.variable(nil, ch))
		}
		return m.err
	})
	return out, total, err
}

// members collects the fields of values without running anything.
type members struct {
	*view
	seen map[lua.LString]bool
}

// globals are the program's own.
func (m *members) globals(e *Engine, env *lua.LTable) []child {
	return slices.DeleteFunc(m.fields(env, ""), func(ch child) bool { return e.stdGlobal[ch.name] })
}

// follow finds the value at the end of a path. It is not ok if there is none, or if a
// part of the path is secret.
func (m *members) follow(env *lua.LTable, path []string) (lua.LValue, bool) {
	value := lua.LValue(env)
	for n, name := range path {
		next := lua.LValue(lua.LNil)
		for _, t := range m.tables(value, n > 0) {
			if next = orNil(t.RawGetString(name)); next != lua.LNil {
				break
			}
		}
		if next == lua.LNil || m.secrets.hides(name, next) {
			return nil, false
		}
		value = next
	}
	return value, true
}

// tables are a value, if it is a table, and those that its fields are inherited from,
// as long as no function decides it.
func (m *members) tables(value lua.LValue, inherited bool) (out []*lua.LTable) {
	for value != nil && len(out) < maxGuardDepth {
		t, ok := value.(*lua.LTable)
		if ok && slices.Contains(out, t) {
			break
		}
		if ok {
			out = append(out, t)
		} else if len(out) > 0 {
			break
		}
		if !inherited {
			break
		}
		value = event(m.L, value, "__index")
	}
	return out
}

// of are the fields of a value.
func (m *members) of(value lua.LValue, expr string) (out []child) {
	if _, text := value.(lua.LString); text {
		return nil // the string library's, which nobody needs a value for
	}
	for _, t := range m.tables(value, true) {
		out = append(out, m.fields(t, expr+".")...)
	}
	return out
}

// fields are those of one table that were not seen before, sorted.
func (m *members) fields(t *lua.LTable, prefix string) (out []child) {
	key := lua.LValue(lua.LNil)
	if array, _ := tableSize(t); array > 0 {
		key = lua.LNumber(array)
	}
	for k, v := t.Next(key); k != lua.LNil && m.step(); k, v = t.Next(k) {
		name, ok := k.(lua.LString)
		if !ok || !isIdentifier(string(name)) || m.seen[name] {
			continue
		}
		m.seen[name] = true
		out = append(out, child{name: string(name), key: name, value: orNil(v), expr: prefix + string(name)})
	}
	slices.SortFunc(out, func(a, b child) int { return strings.Compare(a.name, b.name) })
	return out
}

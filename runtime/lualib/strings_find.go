package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (h *Host) stringFind(L *lua.LState) int {
	s := checkString(L, 1)
	pattern := checkString(L, 2)
	init := searchStart(L, s)
	if !lua.LVAsBool(L.Get(4)) && strings.ContainsAny(pattern, patternSpecials) {
		m := matcher{L: L, host: h, subject: s, pattern: pattern}
		start, end := m.searchAnchored(init)
		if start < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(start + 1))
		L.Push(lua.LNumber(end))
		if m.level == 0 {
			return 2
		}
		return 2 + m.pushValues(start, end)
	}
	i := h.index(L, s[init:], pattern)
	if i < 0 {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(lua.LNumber(init + i + 1))
	L.Push(lua.LNumber(init + i + len(pattern)))
	return 2
}

func (h *Host) stringMatch(L *lua.LState) int {
	s := checkString(L, 1)
	pattern := checkString(L, 2)
	init := searchStart(L, s)
	m := matcher{L: L, host: h, subject: s, pattern: pattern}
	start, end := m.searchAnchored(init)
	if start < 0 {
		L.Push(lua.LNil)
		return 1
	}
	return m.pushValues(start, end)
}

// searchStart is argument 3 of find and match as an offset in s. A start
// behind the end is the end, as in Lua 5.1; later versions find nothing then.
func searchStart(L *lua.LState, s string) int {
	return min(max(relative(optInt(L, 3, 1), len(s))-1, 0), len(s))
}

// stringGmatch returns an iterator that looks for one match a call. A '^' at
// the start of the pattern is an ordinary character here, as in PUC Lua.
func (h *Host) stringGmatch(L *lua.LState) int {
	m := &matcher{L: L, host: h, subject: checkString(L, 1), pattern: checkString(L, 2)}
	next := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		m.L = L // may be another coroutine each time
		if next > len(m.subject) {
			return 0
		}
		start, end := m.search(next, 0)
		if start < 0 {
			next = len(m.subject) + 1
			return 0
		}
		next = end
		if end == start { // do not find the same empty match again
			next++
		}
		return m.pushValues(start, end)
	}))
	return 1
}

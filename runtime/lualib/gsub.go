package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// substitution is one running string.gsub.
type substitution struct {
	matcher
	out buffer
	// One of these replaces each match.
	text     string
	table    *lua.LTable
	function *lua.LFunction
}

func (h *Host) stringGsub(L *lua.LState) int {
	s := checkString(L, 1)
	pattern := checkString(L, 2)
	limit := optInt(L, 4, len(s)+1)
	g := substitution{
		matcher: matcher{L: L, host: h, subject: s, pattern: pattern},
		out:     buffer{L: L, host: h},
	}
	switch v := L.Get(3).(type) {
	case *lua.LTable:
		g.table = v
	case *lua.LFunction:
		g.function = v
	default:
		text, ok := toString(v)
		if !ok {
			argError(L, 3, "string/function/table expected")
		}
		g.text = text
	}
	n := g.replace(limit)
	if n == 0 {
		L.Push(lua.LString(s))
	} else {
		L.Push(lua.LString(g.out.String()))
	}
	L.Push(lua.LNumber(n))
	return 2
}

// replace replaces the first limit matches at most and returns their number.
// The result is in out, unless the number is 0.
func (g *substitution) replace(limit int) int {
	s := g.subject
	p, anchored := 0, strings.HasPrefix(g.pattern, "^")
	if anchored {
		p = 1
	}
	n, copied, from := 0, 0, 0 // s[:copied] is dealt with; the next match starts at from or later
	for n < limit && from <= len(s) {
		var start, end int
		if anchored {
			start, end = 0, g.matchAt(0, p)
		} else {
			start, end = g.search(from, p)
		}
		if start < 0 || end < 0 {
			break
		}
		n++
		g.out.writeString(s[copied:start])
		g.writeReplacement(start, end)
		copied, from = end, end
		if end == start { // step over one byte, which is copied with the next piece
			from++
		}
		if anchored {
			break
		}
	}
	if n > 0 {
		g.out.writeString(s[copied:])
	}
	return n
}

// writeReplacement appends what replaces the match from start to end.
func (g *substitution) writeReplacement(start, end int) {
	L := g.L
	var v lua.LValue
	switch {
	case g.table != nil:
		v = L.GetTable(g.table, g.value(0, start, end))
	case g.function != nil:
		L.Push(g.function)
		L.Call(g.pushValues(start, end), 1)
		v = L.Get(-1)
		L.Pop(1)
	default:
		g.expand(start, end)
		return
	}
	if lua.LVIsFalse(v) {
		g.out.writeString(g.subject[start:end])
		return
	}
	text, ok := toString(v)
	if !ok {
		raisef(L, "invalid replacement value (a %s)", v.Type())
	}
	g.out.writeString(text)
}

// expand appends the replacement string with %0 to %9 filled in. Before any
// other byte the '%' is dropped; at the end it stands for a zero byte, which is
// what PUC Lua 5.1 makes of it.
func (g *substitution) expand(start, end int) {
	text := g.text
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			g.out.writeString(text)
			return
		}
		g.out.writeString(text[:i])
		c := byte(0)
		if i+1 < len(text) {
			c = text[i+1]
			text = text[i+2:]
		} else {
			text = ""
		}
		switch {
		case c == '0':
			g.out.writeString(g.subject[start:end])
		case isDigit(c):
			v, _ := toString(g.value(int(c)-'1', start, end))
			g.out.writeString(v)
		default:
			g.out.writeByte(c)
		}
	}
}

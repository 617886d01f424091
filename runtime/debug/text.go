package debug

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/lualib"
)

// Lengths in bytes of what is shown of a value.
const (
	maxText    = 1024
	maxPreview = 100
	maxItem    = 40
)

// tostringBudget is how many instructions a __tostring may run.
const tostringBudget = 100_000

func number(n lua.LNumber) string { return lualib.FormatNumber(n) }

// quote is a string as Lua source, cut to about n bytes.
func quote(s string, n int) string {
	more := ""
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s, more = s[:n], "…"
	}
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case s[0] == '"' || s[0] == '\\':
			b.WriteByte('\\')
			b.WriteByte(s[0])
		case s[0] == '\n':
			b.WriteString(`\n`)
		case s[0] == '\t':
			b.WriteString(`\t`)
		case s[0] == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && size <= 1 || s[0] < ' ' || s[0] == 127:
			fmt.Fprintf(&b, `\%03d`, s[0])
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	b.WriteByte('"')
	return b.String() + more
}

// text is a value as shown to a person.
func (e *Engine) text(L *lua.LState, v lua.LValue, n int) string {
	switch v := v.(type) {
	case lua.LString:
		return quote(string(v), n)
	case lua.LNumber:
		return number(v)
	case *lua.LTable:
		if s, ok := e.tostring(L, v, v.Metatable); ok {
			return s
		}
		return preview(v)
	case *lua.LUserData:
		if s, ok := e.tostring(L, v, v.Metatable); ok {
			return s
		}
		return "userdata"
	case *lua.LFunction:
		return e.functionText(v)
	case *lua.LState:
		return "thread (" + e.st.Status(v) + ")"
	}
	return v.String()
}

// plain is a value as print would show it, for log messages.
func (e *Engine) plain(L *lua.LState, v lua.LValue) string {
	if s, ok := v.(lua.LString); ok {
		return string(s)
	}
	return e.text(L, v, maxText)
}

// tostring runs a __tostring metamethod under a budget. Its errors are shown.
func (e *Engine) tostring(L *lua.LState, v, mt lua.LValue) (string, bool) {
	t, ok := mt.(*lua.LTable)
	if !ok {
		return "", false
	}
	fn, ok := t.RawGetString("__tostring").(*lua.LFunction)
	if !ok {
		if name, ok := t.RawGetString("__name").(lua.LString); ok {
			if tbl, ok := v.(*lua.LTable); ok {
				return string(name) + " " + preview(tbl), true
			}
			return string(name), true
		}
		return "", false
	}
	out, err := e.st.Eval(context.Background(), L, tostringBudget, fn, v)
	switch {
	case err != nil:
		return "(__tostring failed: " + err.Error() + ")", true
	case len(out) > 0 && lua.LVCanConvToString(out[0]):
		return cut(lua.LVAsString(out[0]), maxText), true
	}
	return "(__tostring returned no string)", true
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func (e *Engine) functionText(fn *lua.LFunction) string {
	if fn.IsG {
		if name := e.natives[fn]; name != "" {
			return "function " + name + " (Go)"
		}
		return "function (Go)"
	}
	return fmt.Sprintf("function (%s:%d)", fn.Proto.SourceName, fn.Proto.LineDefined)
}

// preview shows the beginning of a table: {1, 2, name="x", …}.
func preview(t *lua.LTable) string {
	var b strings.Builder
	b.WriteByte('{')
	first := true
	item := func(s string) bool {
		if !first {
			b.WriteString(", ")
		}
		first = false
		if b.Len()+len(s) > maxPreview {
			b.WriteString("…")
			return false
		}
		b.WriteString(s)
		return true
	}
	array, hash := tableSize(t)
	for i := 1; i <= array; i++ {
		if !item(brief(orNil(t.RawGetInt(i)))) {
			b.WriteByte('}')
			return b.String()
		}
	}
	key := lua.LValue(lua.LNil)
	if array > 0 {
		key = lua.LNumber(array)
	}
	for i := 0; i < hash; i++ {
		var v lua.LValue
		if key, v = t.Next(key); key == lua.LNil {
			break
		}
		if !item(keyName(key) + "=" + brief(v)) {
			break
		}
	}
	b.WriteByte('}')
	return b.String()
}

// brief is a value inside a preview.
func brief(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return quote(string(v), maxItem)
	case lua.LNumber:
		return number(v)
	case *lua.LTable:
		if array, hash := tableSize(v); array+hash == 0 {
			return "{}"
		}
		return "{…}"
	case *lua.LFunction:
		return "function"
	case *lua.LUserData:
		return "userdata"
	case *lua.LState:
		return "thread"
	}
	return v.String()
}

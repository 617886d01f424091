package debug

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// Lengths in bytes of what is shown of a value.
const (
	maxText    = 1024
	maxWhole   = 1 << 20
	maxPreview = 100
	maxItem    = 40
)

func number(n lua.LNumber) string { return lualib.FormatNumber(n) }

// number is a number in the format of the request.
func (v *view) number(n lua.LNumber) string {
	f := float64(n)
	if !v.format.Hex || f != math.Trunc(f) || math.Abs(f) > 1<<63 {
		return number(n)
	}
	if f < 0 {
		return "-0x" + strconv.FormatUint(uint64(-f), 16)
	}
	return "0x" + strconv.FormatUint(uint64(f), 16)
}

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

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// quoted is a string of the program as shown, without what is secret.
func (v *view) quoted(s lua.LString, n int) string { return quote(v.secrets.start(string(s), n), n) }

// text is a value as shown to a person outside of any request.
func (e *Engine) text(L *lua.LState, value lua.LValue, n int) string {
	return e.view(context.Background(), L, Format{}).text(value, n)
}

// plain is a value as print would show it, for log messages.
func (e *Engine) plain(L *lua.LState, value lua.LValue) string {
	if s, ok := value.(lua.LString); ok {
		return string(s)
	}
	return e.text(L, value, maxText)
}

// text is a value as shown to a person.
func (v *view) text(value lua.LValue, n int) string {
	return v.secrets.redact(v.textOf(value, n))
}

func (v *view) textOf(value lua.LValue, n int) string {
	switch x := value.(type) {
	case lua.LString:
		return v.quoted(x, n)
	case lua.LNumber:
		return v.number(x)
	case *lua.LTable:
		if s, ok := v.tostring(x, x.Metatable, n); ok {
			return s
		}
		if s := v.e.st.ShapeOf(x); s != nil {
			return v.line(x, s, maxShape)
		}
		return v.preview(x)
	case *lua.LUserData:
		if s, ok := v.tostring(x, x.Metatable, n); ok {
			return s
		}
		return userdataText(x)
	case *lua.LFunction:
		return v.e.functionText(x)
	case *lua.LState:
		return "thread (" + v.e.st.Status(x) + ")"
	}
	return value.String()
}

// Limits of what __tostring metamethods may run: one of them, and all of a
// request together.
const (
	tostringBudget  = 100_000
	tostringBudgets = 1_000_000
)

// tostring is the text that a value gives itself: by __tostring, which runs
// under a budget and must not change the program, or by __name. Errors are
// shown. A raw view runs nothing.
func (v *view) tostring(value, metatable lua.LValue, n int) (string, bool) {
	mt, ok := metatable.(*lua.LTable)
	if !ok {
		return "", false
	}
	fn, ok := mt.RawGetString("__tostring").(*lua.LFunction)
	if !ok || v.raw {
		name, ok := mt.RawGetString("__name").(lua.LString)
		if !ok {
			return "", false
		}
		text := cut(v.secrets.start(string(name), maxPreview), maxPreview)
		if t, ok := value.(*lua.LTable); ok {
			text += " " + v.preview(t)
		}
		return text, true
	}
	if v.budget <= 0 {
		return "(__tostring not run: others took too long)", true
	}
	g := v.e.newGuard()
	out, err := g.eval(v.ctx, v.L, min(tostringBudget, v.budget), fn, value)
	v.budget -= g.steps
	switch {
	case g.refusal != "":
		return "", false // it would change something: better what is in the value
	case err != nil:
		message := err.Error()
		return "(__tostring failed: " + cut(v.secrets.start(message, maxText), maxText) + ")", true
	case len(out) > 0 && lua.LVCanConvToString(out[0]):
		return cut(v.secrets.start(lua.LVAsString(out[0]), n), n), true
	}
	return "(__tostring returned no string)", true
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
func (v *view) preview(t *lua.LTable) string {
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
		if !item(v.brief(orNil(t.RawGetInt(i)))) {
			b.WriteByte('}')
			return b.String()
		}
	}
	key := lua.LValue(lua.LNil)
	if array > 0 {
		key = lua.LNumber(array)
	}
	for i := 0; i < hash; i++ {
		var value lua.LValue
		if key, value = t.Next(key); key == lua.LNil {
			break
		}
		text := v.brief(value)
		if v.secrets.hides(keyWord(key), value) {
			text = masked
		}
		if !item(v.keyName(key) + "=" + text) {
			break
		}
	}
	b.WriteByte('}')
	return b.String()
}

// brief is a value inside a preview.
func (v *view) brief(value lua.LValue) string {
	switch x := value.(type) {
	case lua.LString:
		return v.quoted(x, maxItem)
	case lua.LNumber:
		return v.number(x)
	case *lua.LTable:
		if array, hash := tableSize(x); array+hash == 0 {
			return "{}"
		}
		if s := v.e.st.ShapeOf(x); s != nil {
			return v.line(x, s, maxItem)
		}
		return "{…}"
	case *lua.LFunction:
		return "function"
	case *lua.LUserData:
		return userdataText(x)
	case *lua.LState:
		return "thread"
	}
	return value.String()
}

// userdataText is a userdata as shown where it has no text of its own.
func userdataText(u *lua.LUserData) string {
	if runtime.IsNull(u) {
		return "JSON.null"
	}
	return "userdata"
}

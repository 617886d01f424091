package lsp

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// isName tells whether a text can be written as a name.
func isName(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return !isKeyword(s)
}

// isKeyword tells whether a text is a reserved word.
func isKeyword(s string) bool {
	for k := syntax.And; k.IsKeyword(); k++ {
		if k.String() == s {
			return true
		}
	}
	return false
}

// luaKey is a name as a key in a table constructor.
func luaKey(name string) string {
	if isName(name) {
		return name
	}
	return "[" + quoteLua(name, `"`) + "]"
}

// quoteLua writes a text as a string between quotes.
func quoteLua(s, quote string) string { return quote + escapeLua(s, quote) + quote }

// escapeLua writes a text as it stands between quotes.
func escapeLua(s, quote string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '\\' || quote != "" && ch == quote[0]:
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch == '\n':
			b.WriteString(`\n`)
		case ch == '\r':
			b.WriteString(`\r`)
		case ch == '\t':
			b.WriteString(`\t`)
		case ch < ' ' || ch == 0x7f:
			fmt.Fprintf(&b, `\%03d`, ch)
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// luaValue writes a default or constant for people: tables and long texts are cut.
func luaValue(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 40 {
			v = strings.ToValidUTF8(v[:40], "") + "…"
		}
		return quoteLua(v, `"`)
	case float64:
		return luaNumber(v)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) == 0 {
			return "{}"
		}
		return "{…}"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		return "{…}"
	}
	return fmt.Sprint(v)
}

// luaNumber writes a number as Lua code.
func luaNumber(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "math.huge"
	case math.IsInf(v, -1):
		return "-math.huge"
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// escapeSnippet escapes what has a meaning in snippets.
func escapeSnippet(s string) string {
	if !strings.ContainsAny(s, "\\$}") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, "$", `\$`, "}", `\}`).Replace(s)
}

// valueSnippet is a value of a type as a snippet with one tab stop. again: what comes
// to stand there can be completed.
func valueSnippet(t types.Type, def any) (text string, again bool) {
	if choices := choicesOf(t, def); len(choices) > 1 {
		return "${1|" + strings.Join(choices, ",") + "|}", false
	} else if len(choices) == 1 {
		return "${1:" + choices[0] + "}", false
	}
	switch def := def.(type) {
	case string:
		return `"${1:` + escapeSnippet(escapeLua(def, `"`)) + `}"`, false
	case float64, bool:
		return "${1:" + luaValue(def) + "}", false
	}
	switch t := firstOf(t).(type) {
	case types.Basic:
		switch t {
		case types.String:
			return `"$1"`, true
		case types.Number, types.Integer:
			return "${1:0}", false
		case types.TableType:
			return "{$1}", false
		case types.FunctionType:
			return "function($1)\n\t$0\nend", false
		}
	case *types.Array, *types.Map, *types.Tuple, *types.Object:
		return "{$1}", true
	case *types.Func:
		names := make([]string, len(t.Params))
		for i, p := range t.Params {
			names[i] = p.Name
		}
		return "function(" + escapeSnippet(strings.Join(names, ", ")) + ")\n\t$0\nend", false
	}
	return "$1", false
}

// firstOf is the first alternative of a type that is a value.
func firstOf(t types.Type) types.Type {
	if u, ok := t.(*types.Union); ok {
		for _, of := range u.Of {
			if of != types.Nil {
				return of
			}
		}
	}
	return t
}

// choicesOf are the values of a type with few, as choices of a snippet, the default
// first; nil if there are others.
func choicesOf(t types.Type, def any) []string {
	var out []string
	add := func(v any) {
		text := luaValue(v)
		if s, ok := v.(string); ok {
			text = quoteLua(s, `"`)
		}
		text = strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`, "}", `\}`).Replace(text)
		if v == def && len(out) > 0 {
			out = append([]string{text}, out...)
			return
		}
		out = append(out, text)
	}
	for _, of := range types.Alternatives(t) {
		switch of := of.(type) {
		case *types.Literal:
			add(of.Value)
		case types.Basic:
			switch of {
			case types.Boolean:
				add(true)
				add(false)
			case types.Nil:
			default:
				return nil
			}
		default:
			return nil
		}
	}
	return out
}

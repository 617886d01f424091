package kernel

import (
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// Result of an execution: what the chunk returned.
type Result struct {
	// Values belong to the Lua state.
	Values []lua.LValue
	// Texts are the values as tostring shows them, if Script.Texts asked for them.
	Texts []string
	// Go are the values as runtime.ToGo gives them, if Script.Values asked for
	// them; one that has no such form is its text.
	Go []any
	// Truncated says that the results were larger than Script.MaxBytes: texts are
	// cut, and what is left has no place at all.
	Truncated bool
}

// maxResults is how many values of a bounded result are shown.
const maxResults = 10_000

// valueCost is how many bytes a value counts, besides its text.
const valueCost = 8

// show makes texts and Go values of the results, inside the execution:
// metamethods run, and large tables take their time. Lua errors are raised.
func (r *Result) show(s *Session, L *lua.LState, script *Script, values []lua.LValue) {
	b := bound{left: int64(script.MaxBytes), none: script.MaxBytes <= 0}
	for i, v := range values {
		if !b.none && (i >= maxResults || b.left <= 0) {
			r.Truncated = true
			return
		}
		whole := true
		if script.Texts {
			text, all := b.text(script.text(s, L, v))
			r.Texts, whole = append(r.Texts, text), all
		}
		if script.Values {
			g, all := b.value(s, L, v)
			r.Go, whole = append(r.Go, g), whole && all
		}
		r.Truncated = r.Truncated || !whole
	}
}

// text is a value as the script's caller wants to see it.
func (script *Script) text(s *Session, L *lua.LState, v lua.LValue) string {
	if script.Pretty {
		return globals.Show(L, v, func(n int) { s.state.Host().Charge(L, n) })
	}
	return lualib.ToString(L, v)
}

// bound is what is left of a result's bytes.
type bound struct {
	left int64
	none bool // there is no bound
}

// text cuts a text to what is left.
func (b *bound) text(s string) (out string, whole bool) {
	if b.none {
		return s, true
	}
	whole = true
	if n := int(max(b.left-valueCost, 0)); len(s) > n {
		for i := 1; i < utf8.UTFMax && n > 0 && !utf8.RuneStart(s[n]); i++ {
			n--
		}
		s, whole = s[:n], false
	}
	b.left -= int64(len(s)) + valueCost
	return s, whole
}

// value converts a value, or gives its text if it has no Go form or is too large.
func (b *bound) value(s *Session, L *lua.LState, v lua.LValue) (out any, whole bool) {
	lim := runtime.ConvertLimits{Charge: func(n int) { s.state.Host().Charge(L, n) }}
	if !b.none {
		lim.MaxBytes = max(b.left, 1)
		lim.MaxNodes = int(max(b.left/valueCost, 1))
	}
	g, err := runtime.ToGo(v, lim)
	if err == nil {
		b.left -= size(g)
		return g, true
	}
	text, all := b.text(lualib.ToString(L, v))
	_, isTable := v.(*lua.LTable)
	return text, all && !(isTable && !b.none && tooLarge(v, lim))
}

// tooLarge tells whether a table was not converted only because of the bound.
func tooLarge(v lua.LValue, lim runtime.ConvertLimits) bool {
	lim.MaxBytes, lim.MaxNodes = 0, 0
	_, err := runtime.ToGo(v, lim)
	return err == nil
}

// size is roughly how many bytes a Go value has.
func size(v any) int64 {
	n := int64(valueCost)
	switch v := v.(type) {
	case string:
		n += int64(len(v))
	case []any:
		for _, x := range v {
			n += size(x)
		}
	case map[string]any:
		for k, x := range v {
			n += int64(len(k)) + size(x)
		}
	}
	return n
}

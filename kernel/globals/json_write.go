package globals

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
)

// maxJSONText is the longest text that JSON.stringify makes, in bytes.
const maxJSONText = 256 << 20

// jsonWriter writes Lua values as JSON.
type jsonWriter struct {
	g       *jsonGlobal
	L       *lua.LState
	indent  string
	sort    bool
	out     []byte
	nodes   int
	charged int           // bytes of out that were asked for
	open    []*lua.LTable // the tables around the value in hand
}

// options reads {indent=, pretty=, sort_keys=}, or the value of indent alone.
func (w *jsonWriter) options(v lua.LValue) error {
	o, ok := v.(*lua.LTable)
	if !ok {
		return w.setIndent(v)
	}
	if err := knownKeys(o, options.JSONWriteOptions); err != nil {
		return err
	}
	if lua.LVAsBool(o.RawGetString("pretty")) {
		w.indent = "  "
	}
	if v := o.RawGetString("sort_keys"); v != lua.LNil {
		w.sort = lua.LVAsBool(v)
	}
	return w.setIndent(o.RawGetString("indent"))
}

func (w *jsonWriter) setIndent(v lua.LValue) error {
	switch v := v.(type) {
	case *lua.LNilType:
		return nil
	case lua.LBool:
		if v {
			w.indent = "  "
		}
		return nil
	case lua.LNumber:
		if v >= 0 && v <= 16 && v == lua.LNumber(int(v)) {
			w.indent = strings.Repeat(" ", int(v))
			return nil
		}
	case lua.LString:
		if len(v) <= 16 && strings.Trim(string(v), " \t") == "" {
			w.indent = string(v)
			return nil
		}
	}
	return fmt.Errorf("indent: expected a number of spaces up to 16, or up to 16 spaces and tabs, got %s", shown(v))
}

func (w *jsonWriter) value(v lua.LValue) error {
	if w.nodes++; w.nodes%jsonPieceNodes == 0 {
		w.g.host.Charge(w.L, jsonPieceNodes)
	}
	if err := w.step(0); err != nil {
		return err
	}
	switch v := v.(type) {
	case *lua.LNilType:
		w.out = append(w.out, "null"...)
	case lua.LBool:
		w.out = strconv.AppendBool(w.out, bool(v))
	case lua.LNumber:
		return w.number(float64(v))
	case lua.LString:
		return w.str(string(v))
	case *lua.LTable:
		return w.table(v)
	default:
		if v != w.g.null {
			return &runtime.ConvertError{Reason: fmt.Sprintf("a %s cannot be written as JSON; nil, booleans, numbers, strings, tables and JSON.null can", v.Type())}
		}
		w.out = append(w.out, "null"...)
	}
	return nil
}

// number writes whole numbers without an exponent as far as they are exact.
func (w *jsonWriter) number(f float64) error {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return &runtime.ConvertError{Reason: fmt.Sprintf("the number %s cannot be written as JSON: write a text or JSON.null in its place", lua.LNumber(f))}
	case f == math.Trunc(f) && math.Abs(f) < 1<<53 && !(f == 0 && math.Signbit(f)):
		w.out = strconv.AppendInt(w.out, int64(f), 10)
	default:
		format := byte('f')
		if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			format = 'e'
		}
		w.out = strconv.AppendFloat(w.out, f, format, -1, 64)
	}
	return nil
}

const hexDigits = "0123456789abcdef"

// step tells the host of the text that was written, and asks it for n bytes more; it may
// end the script there.
func (w *jsonWriter) step(n int) error {
	if len(w.out)+n > maxJSONText {
		return fmt.Errorf("the text would be longer than %d MB: write it in pieces", maxJSONText>>20)
	}
	if written := len(w.out) + n - w.charged; written > jsonPiece {
		w.g.host.Alloc(w.L, int64(written))
		w.g.host.Charge(w.L, written/jsonPieceSteps)
		w.charged = len(w.out) + n
	}
	return nil
}

// str writes a string. Bytes that are no UTF-8 become U+FFFD.
func (w *jsonWriter) str(s string) error {
	w.out = append(w.out, '"')
	if len(s) > jsonPiece {
		if err := w.step(len(s)); err != nil {
			return err
		}
		w.out = slices.Grow(w.out, len(s)+2) // once, and not by copying what is there again and again
	}
	for len(s) > jsonPiece {
		n := wholeRunes(s, jsonPiece)
		w.piece(s[:n])
		if err := w.step(0); err != nil {
			return err
		}
		w.g.host.Charge(w.L, n/jsonPieceSteps)
		s = s[n:]
	}
	w.piece(s)
	w.out = append(w.out, '"')
	return nil
}

// wholeRunes is n, or less if a rune would be cut there.
func wholeRunes(s string, n int) int {
	for back := range utf8.UTFMax {
		if utf8.RuneStart(s[n-back]) {
			return n - back
		}
	}
	return n // in no rune: such bytes are replaced one by one
}

// piece writes a part of a string.
func (w *jsonWriter) piece(s string) {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
			w.out = append(append(w.out, s[start:i]...), `\ufffd`...)
		} else {
			w.out = append(w.out, s[start:i]...)
			if j := strings.IndexByte("\"\\\b\f\n\r\t", c); j >= 0 {
				w.out = append(w.out, '\\', `"\bfnrt`[j])
			} else {
				w.out = append(w.out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i++
		start = i
	}
	w.out = append(w.out, s[start:]...)
}

// text is what was written. A long text is copied in pieces.
func (w *jsonWriter) text() string {
	if len(w.out) <= jsonPiece {
		return string(w.out)
	}
	w.g.host.Alloc(w.L, int64(len(w.out)))
	var text strings.Builder
	text.Grow(len(w.out))
	for piece := range slices.Chunk(w.out, 16*jsonPiece) {
		text.Write(piece)
		w.g.host.Charge(w.L, len(piece)/jsonPieceSteps)
	}
	return text.String()
}

func (w *jsonWriter) table(t *lua.LTable) error {
	if slices.Contains(w.open, t) {
		return &runtime.ConvertError{Reason: "a table contains itself: JSON cannot express that"}
	}
	if len(w.open) == maxJSONDepth {
		return fmt.Errorf("tables are nested more than %d deep", maxJSONDepth)
	}
	w.open = append(w.open, t)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	if n, ok := w.g.elements(w.L, t); ok {
		return w.list(t, n)
	}
	return w.object(t)
}

// line begins a line at the depth in hand, if lines are wanted.
func (w *jsonWriter) line() {
	if w.indent == "" {
		return
	}
	w.out = append(w.out, '\n')
	for range w.open {
		w.out = append(w.out, w.indent...)
	}
}

// end closes an array or object on a line of its own, unless it is empty.
func (w *jsonWriter) end(c byte, empty bool) {
	if w.indent != "" && !empty {
		w.out = append(w.out, '\n')
		for range len(w.open) - 1 {
			w.out = append(w.out, w.indent...)
		}
	}
	w.out = append(w.out, c)
}

func (w *jsonWriter) list(t *lua.LTable, n int) error {
	w.out = append(w.out, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			w.out = append(w.out, ',')
		}
		w.line()
		if err := w.value(t.RawGetInt(i)); err != nil {
			return under(runtime.IndexStep(i), err)
		}
	}
	w.end(']', n == 0)
	return nil
}

type jsonMember struct {
	name  string
	value lua.LValue
}

func (w *jsonWriter) object(t *lua.LTable) error {
	members, err := w.members(t)
	if err != nil {
		return err
	}
	w.out = append(w.out, '{')
	for i, m := range members {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.line()
		if err := w.str(m.name); err != nil {
			return err
		}
		if w.out = append(w.out, ':'); w.indent != "" {
			w.out = append(w.out, ' ')
		}
		if err := w.value(m.value); err != nil {
			return under(runtime.FieldStep(m.name), err)
		}
	}
	w.end('}', len(members) == 0)
	return nil
}

// members returns what an object has, by name or in the table's order.
func (w *jsonWriter) members(t *lua.LTable) ([]jsonMember, error) {
	var out []jsonMember
	numbers := false
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if len(out)%jsonPieceNodes == jsonPieceNodes-1 {
			w.g.host.Charge(w.L, jsonPieceNodes)
		}
		switch k := k.(type) {
		case lua.LString:
			out = append(out, jsonMember{string(k), v})
		case lua.LNumber:
			numbers = true
			out = append(out, jsonMember{strconv.FormatFloat(float64(k), 'f', -1, 64), v})
		default:
			return nil, &runtime.ConvertError{Reason: MemberKeyFault(k.Type().String())}
		}
	}
	if w.sort {
		slices.SortStableFunc(out, func(a, b jsonMember) int { return strings.Compare(a.name, b.name) })
	}
	if numbers {
		seen := make(map[string]bool, len(out))
		for _, m := range out {
			if seen[m.name] {
				return nil, &runtime.ConvertError{Reason: fmt.Sprintf("a table has the number %s and the text %q as keys, which become the same name", m.name, m.name)}
			}
			seen[m.name] = true
		}
	}
	return out, nil
}

// MemberKeyFault says why JSON.stringify refuses a table with a key of a type of Lua's.
func MemberKeyFault(luaType string) string {
	return "a key is a " + luaType + ": names of members are strings or numbers"
}

package debug

import (
	"strings"
	"unicode"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// Lengths in bytes of what is shown of a table of a known shape.
const (
	maxShape = 200 // the line where it stands alone
	maxQuote = 60  // a text in that line
)

// maxShaped is how many fields a table may have to be shown in an order of its own.
const maxShaped = 64

// line is a table as its shape shows it, in n bytes.
func (v *view) line(t *lua.LTable, s *runtime.Shape, n int) string {
	return cut(s.Text(&shapeFields{v, t, min(maxQuote, n/2), n}), n)
}

// shapeFields are the fields of a table as they may be shown.
type shapeFields struct {
	v     *view
	t     *lua.LTable
	quote int // room for a text
	room  int // for a line
}

// value is a field, masked if it is secret.
func (f *shapeFields) value(name string) lua.LValue {
	value := orNil(f.t.RawGetString(name))
	if f.v.secrets.hides(name, value) {
		return lua.LString(masked)
	}
	return value
}

func (f *shapeFields) Word(name string) string {
	switch x := f.value(name).(type) {
	case lua.LString:
		return strings.Map(printable, cut(f.v.secrets.start(string(x), maxQuote), maxQuote))
	case lua.LNumber:
		return f.v.number(x)
	case lua.LBool:
		return x.String()
	}
	return ""
}

// printable keeps a line one line.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

func (f *shapeFields) Quote(name string) string {
	if s, ok := f.value(name).(lua.LString); ok {
		return f.v.quoted(s, f.quote)
	}
	return f.Word(name)
}

func (f *shapeFields) Count(name string) int {
	t, ok := f.value(name).(*lua.LTable)
	if !ok {
		return 0
	}
	n, _ := tableSize(t)
	return n
}

func (f *shapeFields) Line(name string) string {
	t, ok := f.value(name).(*lua.LTable)
	if !ok || t == f.t || f.room < maxItem {
		return ""
	}
	s := f.v.e.st.ShapeOf(t)
	if s == nil {
		return ""
	}
	return f.v.line(t, s, f.room-maxItem/2) // less with each level: the tables may contain themselves
}

// shaped are the keys of a table of a known shape in the order in which they are shown: those
// that the shape names first. nil: it has no shape, or too many fields.
func (s *tableScope) shaped(hash int) []lua.LValue {
	if s.shape == nil || hash > maxShaped {
		return nil
	}
	keys := make([]lua.LValue, 0, hash)
	first := map[lua.LValue]bool{}
	for _, name := range s.shape.First {
		if key := lua.LString(name); s.t.RawGetString(name) != lua.LNil && !first[key] {
			first[key] = true
			keys = append(keys, key)
		}
	}
	for k, _ := s.t.Next(lua.LNil); k != lua.LNil; k, _ = s.t.Next(k) {
		if !first[k] {
			keys = append(keys, k)
		}
	}
	return keys
}

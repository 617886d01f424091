package runtime

import lua "github.com/yuin/gopher-lua"

// Shape is a kind of table that the host gives to scripts, known by its fields. A debugger shows such a table by what
// it is, on one line; scripts see a plain table.
type Shape struct {
	// Has are the fields that tell: a table without elements and metatable that has them all is of this kind.
	Has []string
	// First are the fields that are shown before the others, in this order.
	First []string
	// Text is the line.
	Text func(ShapeFields) string
}

// ShapeFields are the fields of a table as a Shape's Text may show them: without what is secret, on one line.
type ShapeFields interface {
	// Word is a text, number or boolean as it is, cut if it is long; "" if there is none, or a table.
	Word(name string) string
	// Quote is a text in quotes, cut to the room that there is for it.
	Quote(name string) string
	// Count is how many elements a list has.
	Count(name string) int
	// Line is a table as its own Shape shows it, "" if it has none.
	Line(name string) string
}

// ShapeOf finds the first shape that fits a table. Only for the goroutine that runs Lua.
func (st *State) ShapeOf(t *lua.LTable) *Shape {
	if t.Metatable != nil && t.Metatable != lua.LNil || len(st.shapes) == 0 || t.Len() > 0 {
		return nil
	}
	for i := range st.shapes {
		if st.shapes[i].fits(t) {
			return &st.shapes[i]
		}
	}
	return nil
}

func (s *Shape) fits(t *lua.LTable) bool {
	for _, name := range s.Has {
		if t.RawGetString(name) == lua.LNil {
			return false
		}
	}
	return true
}

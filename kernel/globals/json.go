package globals

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// InstallJSON defines the global JSON in a Lua state:
//
//	JSON.parse(text, {null=})        the value; bad input is an error with line and column
//	JSON.stringify(value, {indent=, pretty=, sort_keys=})  the text
//	JSON.decode, JSON.encode         the same
//	JSON.null                        stands for null in what is written
//	JSON.array(t)                    t (or a new table), written as an array even if it is empty
//	JSON.is_array(t)                 whether it would be written as an array
//
// null becomes nil, so that members that are null are absent; the option null
// sets another value, such as JSON.null. Tables are written as arrays if their keys
// are 1 to n, n > 0, else as objects; parsed arrays that are empty stay arrays.
func InstallJSON(L *lua.LState, host *lualib.Host) {
	g := &jsonGlobal{host: host, null: L.NewUserData(), array: L.CreateTable(0, 0)}
	g.null.Value = runtime.Null{}
	L.G.Registry.RawSetString(nullName, g.null)
	nullMeta := L.CreateTable(0, 4)
	nullMeta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int { L.Push(lua.LString("null")); return 1 }))
	nullMeta.RawSetString("__metatable", lua.LString("JSON.null"))
	g.null.Metatable = nullMeta
	g.array.RawSetString("__metatable", lua.LString("JSON array"))

	t := L.CreateTable(0, 12)
	parse, stringify := L.NewFunction(g.parse), L.NewFunction(g.stringify)
	t.RawSetString("array", L.NewFunction(g.markArray))
	t.RawSetString("decode", parse)
	t.RawSetString("encode", stringify)
	t.RawSetString("is_array", L.NewFunction(g.isArray))
	t.RawSetString("null", g.null)
	t.RawSetString("parse", parse)
	t.RawSetString("stringify", stringify)
	asMethods(t)
	L.SetGlobal("JSON", t)
}

// nullName is the name of JSON.null in the registry, which scripts cannot reach.
const nullName = "llmspell.json.null"

// jsonNull is the JSON.null of a state, nil if it has none.
func jsonNull(L *lua.LState) lua.LValue {
	if v := L.G.Registry.RawGetString(nullName); v != lua.LNil {
		return v
	}
	return nil
}

// withNulls are the limits for values of others' making in which null means something.
func withNulls(L *lua.LState) runtime.ConvertLimits {
	return runtime.ConvertLimits{Null: jsonNull(L)}
}

// jsonGlobal is the JSON of one Lua state.
type jsonGlobal struct {
	host  *lualib.Host
	null  *lua.LUserData
	array *lua.LTable // the metatable of tables that are arrays even if empty
}

func (g *jsonGlobal) raise(L *lua.LState, format string, args ...any) int {
	g.host.Raise(L, fmt.Errorf(format, args...))
	return 0
}

func (g *jsonGlobal) parse(L *lua.LState) int {
	text, ok := L.Get(1).(lua.LString)
	if !ok {
		return g.raise(L, "JSON.parse: expected a text, got %s", L.Get(1).Type())
	}
	r := jsonReader{g: g, L: L, text: string(text), null: lua.LNil}
	switch o := L.Get(2).(type) {
	case *lua.LTable:
		if err := knownKeys(o, options.JSONReadOptions); err != nil {
			return g.raise(L, "JSON.parse: %w", err)
		}
		r.null = o.RawGetString("null")
	case *lua.LNilType:
	default:
		return g.raise(L, "JSON.parse: expected a table of options, such as {null = JSON.null}, got %s", o.Type())
	}
	g.host.Alloc(L, 4*int64(len(text)))
	v, err := r.document()
	if err != nil {
		return g.raise(L, "JSON.parse: %w", err)
	}
	L.Push(v)
	return 1
}

func (g *jsonGlobal) stringify(L *lua.LState) int {
	if L.GetTop() == 0 {
		return g.raise(L, "JSON.stringify: expected a value, got none")
	}
	w := jsonWriter{g: g, L: L, sort: true}
	if err := w.options(L.Get(2)); err != nil {
		return g.raise(L, "JSON.stringify: %w", err)
	}
	if err := w.value(L.Get(1)); err != nil {
		return g.raise(L, "JSON.stringify: %w", err)
	}
	L.Push(lua.LString(w.text()))
	return 1
}

func (g *jsonGlobal) markArray(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	switch {
	case L.Get(1) == lua.LNil:
		t = L.NewTable()
	case !ok:
		return g.raise(L, "JSON.array: expected a table, got %s", L.Get(1).Type())
	case t.Metatable != lua.LNil && t.Metatable != g.array:
		return g.raise(L, "JSON.array: the table has a metatable already, and would lose it")
	}
	t.Metatable = g.array
	L.Push(t)
	return 1
}

func (g *jsonGlobal) isArray(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if ok {
		_, ok = g.elements(L, t)
	}
	L.Push(lua.LBool(ok))
	return 1
}

// elements returns how many elements the array has as which t is written.
func (g *jsonGlobal) elements(L *lua.LState, t *lua.LTable) (n int, ok bool) {
	if t.Metatable == g.array {
		return g.markedElements(L, t)
	}
	n = t.MaxN()
	for i := 1; i < n; i++ {
		if i%jsonPieceNodes == 0 {
			g.host.Charge(L, jsonPieceNodes)
		}
		if t.RawGetInt(i) == lua.LNil {
			return 0, false
		}
	}
	last := lua.LValue(lua.LNil)
	if n > 0 {
		last = lua.LNumber(n)
	}
	if k, _ := t.Next(last); k != lua.LNil {
		return 0, false
	}
	return n, n > 0
}

// maxHoles is how many elements of an array may be missing, beside as many as are
// there: an array of three numbers is not written as a million of nulls.
const maxHoles = 1000

// markedElements is elements of a table that is marked as an array: what is missing
// is null.
func (g *jsonGlobal) markedElements(L *lua.LState, t *lua.LTable) (n int, ok bool) {
	there := 0
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		if there%jsonPieceNodes == jsonPieceNodes-1 {
			g.host.Charge(L, jsonPieceNodes)
		}
		i, isNumber := k.(lua.LNumber)
		if !isNumber || i < 1 || i != lua.LNumber(int(i)) {
			return 0, false
		}
		n, there = max(n, int(i)), there+1
	}
	return n, n-there <= there+maxHoles
}

package runtime

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// baseNames are the globals that gopher-lua's libraries define, sorted.
var baseNames = strings.Fields(`_G _GOPHER_LUA_VERSION _VERSION _printregs assert collectgarbage coroutine debug dofile error getfenv
	getmetatable io ipairs load loadfile loadstring math module newproxy next os package pairs pcall print rawequal rawget rawset
	require select setfenv setmetatable string table tonumber tostring type unpack xpcall`)

// openLibraries opens gopher-lua's libraries. It registers functions from Go maps;
// pairs would visit them in another order in each state. So the names have their
// places before: a table keeps the order in which its keys came.
func openLibraries(L *lua.LState) {
	for _, name := range baseNames {
		L.G.Global.RawSetString(name, lua.LFalse)
	}
	for _, lib := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage}, {"", lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.IoLibName, lua.OpenIo},
		{lua.OsLibName, lua.OpenOs}, {lua.StringLibName, lua.OpenString}, {lua.MathLibName, lua.OpenMath},
		{lua.DebugLibName, lua.OpenDebug}, {lua.CoroutineLibName, lua.OpenCoroutine},
	} {
		if lib.name != "" {
			L.G.Global.RawSetString(lib.name, lua.LNil) // else that is the library
		}
		L.Push(L.NewFunction(lib.open))
		L.Call(0, 0)
		if lib.name != "" {
			inOrder(L, lib.name)
		}
	}
	for _, name := range baseNames {
		if L.G.Global.RawGetString(name) == lua.LFalse {
			L.G.Global.RawSetString(name, lua.LNil)
		}
	}
}

// inOrder replaces a library's table by one whose keys are sorted.
func inOrder(L *lua.LState, name string) {
	old := L.G.Global.RawGetString(name).(*lua.LTable)
	var names []string
	old.ForEach(func(k, _ lua.LValue) { names = append(names, k.String()) })
	slices.Sort(names)
	sorted := L.CreateTable(0, len(names))
	for _, k := range names {
		v := old.RawGetString(k)
		if v == old {
			v = sorted
		}
		sorted.RawSetString(k, v)
	}
	sorted.Metatable = old.Metatable
	L.G.Global.RawSetString(name, sorted)
	L.GetField(L.Get(lua.RegistryIndex), "_LOADED").(*lua.LTable).RawSetString(name, sorted)
	if name == lua.StringLibName {
		L.SetMetatable(lua.LString(""), sorted)
	}
}

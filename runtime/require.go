package runtime

import (
	"errors"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/lualib"
)

func (st *State) openRequire() {
	L := st.L
	pkg, ok := L.GetGlobal("package").(*lua.LTable)
	if !ok {
		return
	}
	st.SetPath(st.path)
	if loaders, ok := pkg.RawGetString("loaders").(*lua.LTable); ok {
		loaders.RawSetInt(2, L.NewFunction(st.luaFileLoader))
		pkg.RawSetString("searchers", loaders)
	}
	pkg.RawSetString("config", lua.LString("/\n;\n?\n!\n-\n"))
	L.SetGlobal("require", L.NewFunction(st.luaRequire))
}

// SetPath sets package.path: templates in which "?" stands for the name of the
// module. nil: ./?.lua and ./?/init.lua.
func (st *State) SetPath(templates []string) {
	if templates == nil {
		templates = []string{"./?.lua", "./?/init.lua"}
	}
	if pkg, ok := st.L.GetGlobal("package").(*lua.LTable); ok {
		pkg.RawSetString("path", lua.LString(strings.Join(templates, ";")))
	}
}

// luaFileLoader finds a module in package.path.
func (st *State) luaFileLoader(L *lua.LState) int {
	name := L.CheckString(1)
	path, ok := L.GetField(L.GetGlobal("package"), "path").(lua.LString)
	if !ok {
		L.RaiseError("'package.path' must be a string")
	}
	tried := ""
	for _, template := range strings.Split(string(path), ";") {
		file := strings.ReplaceAll(template, "?", strings.ReplaceAll(name, ".", "/"))
		if file == "" {
			continue
		}
		info, err := st.host.System.Stat(st.fileName(file))
		if denied, ok := errors.AsType[*lualib.Denied](err); ok {
			tried += "\n\t" + denied.Error()
			continue
		}
		if err != nil || info.IsDir() {
			tried += "\n\tno file '" + file + "'"
			continue
		}
		fn, err := st.loadFile(file, Load{By: "require", Module: name})
		if err != nil {
			L.RaiseError("%s", "error loading module '"+name+"' from file '"+file+"':\n\t"+err.Error())
		}
		L.Push(fn)
		return 1
	}
	L.Push(lua.LString(tried))
	return 1
}

// luaRequire is require(name), by the rules of PUC Lua 5.1's loadlib.c.
func (st *State) luaRequire(L *lua.LState) int {
	name := L.CheckString(1)
	loaded, ok := L.GetField(L.Get(lua.RegistryIndex), "_LOADED").(*lua.LTable)
	if !ok {
		L.RaiseError("'package.loaded' must be a table")
	}
	busy, _ := L.GetField(L.Get(lua.RegistryIndex), "llmspell.loading").(*lua.LTable)
	if busy == nil {
		busy = L.NewTable()
		L.SetField(L.Get(lua.RegistryIndex), "llmspell.loading", busy)
	}
	if v := L.GetField(loaded, name); lua.LVAsBool(v) {
		if busy.RawGetString(name) == v {
			L.RaiseError("loop or previous error loading module '%s'", name)
		}
		L.Push(v)
		return 1
	}
	loader := st.findLoader(L, name)
	mark := L.NewUserData()
	busy.RawSetString(name, mark)
	L.SetField(loaded, name, mark)
	L.Push(loader)
	L.Push(lua.LString(name))
	L.Call(1, 1)
	result := L.Get(-1)
	L.Pop(1)
	if result != lua.LNil {
		L.SetField(loaded, name, result)
	} else if L.GetField(loaded, name) == mark {
		L.SetField(loaded, name, lua.LTrue)
	}
	busy.RawSetString(name, lua.LNil)
	L.Push(L.GetField(loaded, name))
	return 1
}

func (st *State) findLoader(L *lua.LState, name string) lua.LValue {
	loaders, ok := L.GetField(L.GetGlobal("package"), "loaders").(*lua.LTable)
	if !ok {
		L.RaiseError("'package.loaders' must be a table")
	}
	var tried strings.Builder
	for i := 1; ; i++ {
		loader := loaders.RawGetInt(i)
		if loader == lua.LNil {
			L.RaiseError("%s", "module '"+name+"' not found:"+tried.String())
		}
		L.Push(loader)
		L.Push(lua.LString(name))
		L.Call(1, 1)
		v := L.Get(-1)
		L.Pop(1)
		switch v := v.(type) {
		case *lua.LFunction:
			return v
		case lua.LString:
			if !strings.HasPrefix(string(v), "\n") {
				tried.WriteString("\n\t")
			}
			tried.WriteString(string(v))
		}
	}
}

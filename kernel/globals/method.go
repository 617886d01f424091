package globals

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// asMethods lets the functions of a global be called with a colon too, as in
// Config:get(key): the global itself is then dropped from the arguments. Those that are
// named in of take a value of any kind, so the global alone is what they are given.
func asMethods(t *lua.LTable, of ...string) {
	seen := map[*lua.LFunction]bool{}
	t.ForEach(func(k, v lua.LValue) {
		fn, ok := v.(*lua.LFunction)
		if !ok || !fn.IsG || seen[fn] {
			return
		}
		seen[fn] = true
		call, least := fn.GFunction, 1
		if slices.Contains(of, lua.LVAsString(k)) {
			least = 2
		}
		fn.GFunction = func(L *lua.LState) int {
			if L.GetTop() >= least && L.Get(1) == t {
				L.Remove(1)
			}
			return call(L)
		}
	})
}

package runtime

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// argError raises PUC Lua's error for argument n of the running Go function.
func argError(L *lua.LState, n int, why string) {
	L.RaiseError("bad argument #%d to '%s' (%s)", n, runningName(L), why)
}

// runningName is the name by which the running Go function was called.
func runningName(L *lua.LState) string {
	d, ok := L.GetStack(0)
	if ok {
		if _, err := L.GetInfo("n", d, lua.LNil); err == nil && d.Name != "" && d.Name[0] != '(' && d.Name[0] != '<' {
			return d.Name
		}
	}
	return "?"
}

func typeError(L *lua.LState, n int, want string) {
	got := "no value"
	if n <= L.GetTop() {
		got = L.Get(n).Type().String()
	}
	argError(L, n, fmt.Sprintf("%s expected, got %s", want, got))
}

package globals

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// shown is an argument as errors show it that name what they expected: its value if it is a number, a
// boolean or a text, else what it is. No address of a table is in it, which says nothing.
func shown(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LNumber, lua.LBool, *lua.LNilType:
		return v.String()
	case lua.LString:
		return fmt.Sprintf("the string %q", clipped(string(v)))
	}
	return "a " + v.Type().String()
}

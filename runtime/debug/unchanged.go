package debug

import (
	"math"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// unchanged is the state of a watched local that need not be looked at: its
// register holds the value that is known. The VM compares it with a constant,
// which costs a tenth of a call of ours.
type unchanged struct {
	fn    *compile.Function
	reg   int
	n     int // number of the spare constant
	value lua.LValue
	in    []weak.Pointer[lua.FunctionProto]
}

// never is equal to nothing: it is compared with where every write is to be seen.
var never = lua.LNumber(math.NaN())

// arm makes a trap of the function pass while nothing changes.
func (u *unchanged) arm(t *compile.Trap, p *lua.FunctionProto) {
	k, ok := u.fn.SpareConstant(p, u.n)
	if !ok {
		return // the function has very many constants: each write is looked at
	}
	p.Constants[k] = u.value
	t.Unless(p, u.reg, k)
	for _, w := range u.in {
		if w.Value() == p {
			return
		}
	}
	u.in = append(u.in, weak.Make(p))
}

// know sets the value that is known.
func (u *unchanged) know(v lua.LValue) {
	switch v.(type) {
	case *lua.LTable, *lua.LUserData, nil:
		v = never // it could have a metamethod for ==
	}
	u.value = v
	for _, w := range u.in {
		if p := w.Value(); p != nil {
			if k, ok := u.fn.SpareConstant(p, u.n); ok {
				p.Constants[k] = v
			}
		}
	}
}

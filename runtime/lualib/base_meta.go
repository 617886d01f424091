package lualib

import lua "github.com/yuin/gopher-lua"

func baseGetmetatable(L *lua.LState) int {
	L.Push(L.GetMetatable(checkAny(L, 1)))
	return 1
}

// baseSetmetatable accepts tables only. gopher-lua's lets a script change the
// metatable of every string or number.
func baseSetmetatable(L *lua.LState) int {
	tb := checkTable(L, 1)
	mt := L.Get(2)
	if _, ok := mt.(*lua.LTable); !ok && (mt != lua.LNil || L.GetTop() < 2) {
		argError(L, 2, "nil or table expected")
	}
	if L.GetMetaField(tb, "__metatable") != lua.LNil {
		raise(L, "cannot change a protected metatable")
	}
	tb.Metatable = mt
	L.SetTop(1)
	return 1
}

// proxy marks the userdata that newproxy made.
type proxy struct{}

// IsProxy tells whether a userdata is one of newproxy's, whose metatable is the
// script's.
func IsProxy(ud *lua.LUserData) bool {
	_, ok := ud.Value.(proxy)
	return ok
}

func baseNewproxy(L *lua.LState) int {
	var metatable lua.LValue = lua.LNil
	switch v := L.Get(1).(type) {
	case lua.LBool:
		if v {
			metatable = L.NewTable()
		}
	case *lua.LUserData:
		if _, ok := v.Value.(proxy); !ok || v.Metatable == lua.LNil {
			argError(L, 1, "boolean or proxy expected")
		}
		metatable = v.Metatable
	case *lua.LNilType:
	default:
		argError(L, 1, "boolean or proxy expected")
	}
	ud := L.NewUserData()
	ud.Value = proxy{}
	ud.Metatable = metatable
	L.Push(ud)
	return 1
}

package debug

import (
	"errors"

	lua "github.com/yuin/gopher-lua"
)

// metaChildren are what a value has by its metatable: that, and what it finds
// missing fields in.
func metaChildren(metatable lua.LValue, expr string) []child {
	mt, ok := metatable.(*lua.LTable)
	if !ok {
		return nil
	}
	own, index := "", ""
	if expr != "" && mt.RawGetString("__metatable") == lua.LNil {
		own, index = "getmetatable("+expr+")", "getmetatable("+expr+").__index"
	}
	out := []child{{name: "(metatable)", value: mt, expr: own, kind: KindVirtual, readOnly: true}}
	ch := child{name: "(__index)", value: mt.RawGetString("__index"), expr: index, kind: KindVirtual, readOnly: true}
	switch ch.value.(type) {
	case *lua.LNilType:
		return out
	case *lua.LTable:
		value := ch
		ch = child{name: ch.name, text: "{…}", kind: KindVirtual, nested: &oneScope{value}, lazy: true, readOnly: true}
	}
	return append(out, ch)
}

// oneScope holds the value of a lazy child. Chains may be cycles: each link is
// made when it is opened.
type oneScope struct{ ch child }

func (s *oneScope) size() (int, int)         { return 1, 0 }
func (s *oneScope) indexed(int, int) []child { return nil }
func (s *oneScope) named(start, count int) []child {
	return page([]child{s.ch}, start, count)
}

func (s *oneScope) set(string, lua.LValue) error { return errMeta }

// userdataScope holds what a userdata has by its metatable.
type userdataScope struct {
	ud   *lua.LUserData
	expr string
}

func (s *userdataScope) size() (int, int)         { return len(metaChildren(s.ud.Metatable, "")), 0 }
func (s *userdataScope) indexed(int, int) []child { return nil }
func (s *userdataScope) named(start, count int) []child {
	return page(metaChildren(s.ud.Metatable, s.expr), start, count)
}

func (s *userdataScope) set(string, lua.LValue) error { return errMeta }

var errMeta = errors.New("a metatable cannot be replaced here: call setmetatable in the console")

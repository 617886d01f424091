package globals

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/runtime"
)

// Keep turns a Lua value into one that archive.Encode takes, and that Kept turns
// back into an equal one: unlike runtime.ToGo it tells numbers from texts among the
// keys. The error names the part that is a function, a userdata, a coroutine, or a
// table that contains itself.
// JSON.null is nil.
func Keep(v lua.LValue) (any, error) {
	k := keeper{lim: runtime.DefaultConvertLimits()}
	return k.value(v)
}

type keeper struct {
	lim   runtime.ConvertLimits
	nodes int
	open  []*lua.LTable // the tables around the value in hand
}

func (k *keeper) value(v lua.LValue) (any, error) {
	if k.nodes++; k.nodes > k.lim.MaxNodes {
		return nil, &runtime.ConvertError{Reason: fmt.Sprintf("the value has more than %d parts", k.lim.MaxNodes), Limit: true}
	}
	t, ok := v.(*lua.LTable)
	if !ok {
		if n, number := v.(lua.LNumber); number && n == 0 && math.Signbit(float64(n)) {
			return float64(n), nil // ToGo makes it the whole number 0
		}
		return runtime.ToGo(v, k.lim)
	}
	for _, o := range k.open {
		if o == t {
			return nil, &runtime.ConvertError{Reason: "a table that contains itself"}
		}
	}
	if len(k.open) >= k.lim.MaxDepth {
		return nil, &runtime.ConvertError{Reason: fmt.Sprintf("nested more than %d deep", k.lim.MaxDepth), Limit: true}
	}
	k.open = append(k.open, t)
	defer func() { k.open = k.open[:len(k.open)-1] }()
	return k.table(t)
}

func (k *keeper) table(t *lua.LTable) (any, error) {
	texts, whole, last, n := true, true, 0, 0
	for key, _ := t.Next(lua.LNil); key != lua.LNil; key, _ = t.Next(key) {
		n++
		switch key := key.(type) {
		case lua.LString:
			whole = false
		case lua.LNumber:
			texts = false
			if f := float64(key); f >= 1 && f == float64(int(f)) {
				last = max(last, int(f))
			} else {
				whole = false
			}
		case lua.LBool:
			texts, whole = false, false
		default:
			return nil, &runtime.ConvertError{Reason: fmt.Sprintf("a key is a %s; keys must be strings, numbers or booleans", key.Type())}
		}
	}
	switch {
	case texts:
		return k.named(t, n)
	case whole && last == n:
		return k.list(t, n)
	}
	return k.pairs(t, n)
}

func (k *keeper) named(t *lua.LTable, n int) (any, error) {
	out := make(map[string]any, n)
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		name := string(key.(lua.LString))
		var err error
		if out[name], err = k.value(v); err != nil {
			return nil, within(runtime.FieldStep(name), err)
		}
	}
	return out, nil
}

func (k *keeper) list(t *lua.LTable, n int) (any, error) {
	out := make([]any, n)
	for i := range out {
		var err error
		if out[i], err = k.value(t.RawGetInt(i + 1)); err != nil {
			return nil, within("["+strconv.Itoa(i+1)+"]", err)
		}
	}
	return out, nil
}

func (k *keeper) pairs(t *lua.LTable, n int) (any, error) {
	out := make(archive.Pairs, 0, n)
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		kept, err := k.value(key)
		if err != nil {
			return nil, err
		}
		value, err := k.value(v)
		if err != nil {
			return nil, within(fmt.Sprintf("[%v]", kept), err)
		}
		out = append(out, archive.Pair{Key: kept, Value: value})
	}
	return out, nil
}

// BeyondLimits is an error if variables are not kept only because they are nested too deep
// or too large, by their names as Session.KeptVariables tells them; else nil.
func BeyondLimits(unkept map[string]error) error {
	for _, name := range slices.Sorted(maps.Keys(unkept)) {
		if ce, ok := errors.AsType[*runtime.ConvertError](unkept[name]); ok && ce.Limit {
			return fmt.Errorf("the variable %s cannot be kept: %s: make it local, flatter or smaller, or keep it as an artifact", name, ce.Reason)
		}
	}
	return nil
}

// within puts a step in front of a conversion error's path.
func within(step string, err error) error {
	if ce, ok := err.(*runtime.ConvertError); ok {
		return &runtime.ConvertError{Path: step + ce.Path, Reason: ce.Reason, Limit: ce.Limit}
	}
	return err
}

// Kept turns a value that archive.Decode has returned into a Lua value. An
// archive.Opaque becomes its text, a nil in a list or map JSON.null.
func Kept(L *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case int:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case []any:
		t := L.CreateTable(len(v), 0)
		for i, item := range v {
			t.RawSetInt(i+1, KeptPart(L, item))
		}
		return t
	case map[string]any:
		t := L.CreateTable(0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			t.RawSetString(k, KeptPart(L, v[k]))
		}
		return t
	case archive.Pairs:
		t := L.NewTable()
		for _, p := range v {
			key := Kept(L, p.Key)
			if f, number := key.(lua.LNumber); key == lua.LNil || number && f != f {
				continue // no table can have it
			}
			t.RawSet(key, KeptPart(L, p.Value))
		}
		return t
	case archive.Opaque:
		return lua.LString(v.Text)
	}
	return lua.LNil
}

// KeptPart is Kept for what has a name or a place: a member of a table, or a
// variable. Its nil is JSON.null.
func KeptPart(L *lua.LState, v any) lua.LValue {
	if null := jsonNull(L); v == nil && null != nil {
		return null
	}
	return Kept(L, v)
}

// Shown is Keep for what must be noted whatever it is: parts that cannot be kept
// become an archive.Opaque.
func Shown(v lua.LValue, tostring func(lua.LValue) string) any {
	kept, err := Keep(v)
	if err == nil {
		return kept
	}
	return archive.Opaque{Type: v.Type().String(), Text: tostring(v)}
}

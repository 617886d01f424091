package globals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/runtime"
)

// Keep turns a Lua value into one that archive.Encode takes, and that Kept turns
// back into an equal one: unlike runtime.ToGo it tells numbers from texts among the
// keys, and takes tables as deep as archive.Decode does, such as long linked lists. The
// error names the part that is a function, a userdata, a coroutine, or a table that
// contains itself. JSON.null is nil.
func Keep(v lua.LValue) (any, error) { return KeepUntil(context.Background(), v) }

// KeepUntil is Keep that gives up when ctx is done, with its cause.
func KeepUntil(ctx context.Context, v lua.LValue) (any, error) {
	k := keeper{ctx: ctx, lim: runtime.DefaultConvertLimits()}
	kept, err := k.value(v)
	if ce, ok := err.(*runtime.ConvertError); ok && ce.Limit && containsItself(v) {
		return nil, &runtime.ConvertError{Reason: inItself} // however long the way round is
	}
	return kept, err
}

// inItself is what is wrong with a table that has no end.
const inItself = "a table that contains itself"

// maxKeptDepth is how deep the JSON of a kept value may be nested: encoding/json reads
// 10,000 levels, and some are those of what the value stands in.
const maxKeptDepth = 9_900

// lookEvery is how many parts are kept between two looks at the context.
const lookEvery = 1024

type keeper struct {
	ctx   context.Context
	lim   runtime.ConvertLimits
	nodes int
	depth int                  // of the JSON around the value in hand
	open  map[*lua.LTable]bool // the tables around it
}

func (k *keeper) value(v lua.LValue) (any, error) {
	if k.nodes++; k.nodes > k.lim.MaxNodes {
		return nil, &runtime.ConvertError{Reason: fmt.Sprintf("the value has more than %d parts", k.lim.MaxNodes), Limit: true}
	}
	if k.nodes%lookEvery == 0 && k.ctx.Err() != nil {
		return nil, context.Cause(k.ctx)
	}
	t, ok := v.(*lua.LTable)
	if !ok {
		if n, number := v.(lua.LNumber); number && n == 0 && math.Signbit(float64(n)) {
			return float64(n), nil // ToGo makes it the whole number 0
		}
		return runtime.ToGo(v, k.lim)
	}
	if k.open[t] {
		return nil, &runtime.ConvertError{Reason: inItself}
	}
	if k.open == nil {
		k.open = map[*lua.LTable]bool{}
	}
	k.open[t] = true
	defer delete(k.open, t)
	return k.table(t)
}

// within makes the parts of a table that is written with so many levels of JSON.
func (k *keeper) within(levels int, parts func() (any, error)) (any, error) {
	if k.depth+levels > maxKeptDepth {
		return nil, &runtime.ConvertError{Reason: fmt.Sprintf("nested more than %d deep", maxKeptDepth), Limit: true}
	}
	k.depth += levels
	defer func() { k.depth -= levels }()
	return parts()
}

func (k *keeper) table(t *lua.LTable) (any, error) {
	texts, whole, last, n := true, true, 0, 0
	levels := 1
	for key, _ := t.Next(lua.LNil); key != lua.LNil; key, _ = t.Next(key) {
		n++
		switch key := key.(type) {
		case lua.LString:
			whole = false
			levels = max(levels, archive.Levels(string(key)))
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
		return k.within(levels, func() (any, error) { return k.named(t, n) })
	case whole && last == n:
		return k.within(1, func() (any, error) { return k.list(t, n) })
	}
	return k.within(archive.PairsLevels, func() (any, error) { return k.pairs(t, n) })
}

func (k *keeper) named(t *lua.LTable, n int) (any, error) {
	out := make(map[string]any, n)
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		name := string(key.(lua.LString))
		var err error
		if out[name], err = k.value(v); err != nil {
			return nil, under(runtime.FieldStep(name), err)
		}
	}
	return out, nil
}

func (k *keeper) list(t *lua.LTable, n int) (any, error) {
	out := make([]any, n)
	for i := range out {
		var err error
		if out[i], err = k.value(t.RawGetInt(i + 1)); err != nil {
			return nil, under(runtime.IndexStep(i+1), err)
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
			return nil, under(fmt.Sprintf("[%v]", kept), err)
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

// longPath is when a path in an error is long enough: the rest of it is a dash of dots.
const longPath = 200

// under puts a step in front of a conversion error's path.
func under(step string, err error) error {
	ce, ok := err.(*runtime.ConvertError)
	switch {
	case !ok || strings.HasPrefix(ce.Path, "…"):
		return err
	case len(ce.Path) > longPath:
		step = "…"
	}
	return &runtime.ConvertError{Path: step + ce.Path, Reason: ce.Reason, Limit: ce.Limit}
}

// containsItself tells whether a value is a table that is found again inside of itself, or
// holds such a one. It needs no stack of its own, so the way may be of any length.
func containsItself(v lua.LValue) bool {
	type place struct {
		table *lua.LTable
		key   lua.LValue
	}
	root, ok := v.(*lua.LTable)
	if !ok {
		return false
	}
	open := map[*lua.LTable]bool{root: true} // false: seen, and left
	for way := []place{{root, lua.LNil}}; len(way) > 0; {
		at := &way[len(way)-1]
		key, value := at.table.Next(at.key)
		if at.key = key; key == lua.LNil {
			open[at.table] = false
			way = way[:len(way)-1]
			continue
		}
		if inner, ok := value.(*lua.LTable); ok {
			if on, seen := open[inner]; on {
				return true
			} else if !seen {
				open[inner] = true
				way = append(way, place{inner, lua.LNil})
			}
		}
	}
	return false
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

package runtime

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// FromGo turns a Go value into a Lua value. It takes what encoding/json
// produces, every integer and float type, json.Number and *big.Int, []byte (as
// a string), time.Time (RFC 3339), errors (their text), Lua values (as they
// are), pointers, slices, arrays and string-keyed maps of all these, and
// map[any]any with keys that are strings and numbers. Map keys are set in sorted
// order, so that pairs visits them in that order.
// Structs, functions and channels are errors that name the place.
func FromGo(L *lua.LState, v any, lim ConvertLimits) (lua.LValue, error) {
	c := fromGo{budget: budget{lim: lim.orDefault()}, L: L}
	return c.value(v, 1)
}

type fromGo struct {
	budget
	L *lua.LState
}

func (c *fromGo) value(v any, depth int) (lua.LValue, error) {
	if err := c.node(); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		if depth > 1 && c.lim.Null != nil {
			return c.lim.Null, nil
		}
		return lua.LNil, nil
	case string:
		return lua.LString(v), c.text(v)
	case bool:
		return lua.LBool(v), nil
	case float64:
		return lua.LNumber(v), nil
	case int64:
		return lua.LNumber(v), nil
	case int:
		return lua.LNumber(v), nil
	case map[string]any:
		return c.object(v, depth)
	case []any:
		return c.sequence(len(v), depth, func(i int) any { return v[i] })
	case map[any]any:
		return c.mixed(v, depth)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return nil, &ConvertError{Reason: fmt.Sprintf("%q is not a number that Lua can hold", v.String())}
		}
		return lua.LNumber(f), nil
	case lua.LValue:
		return v, nil
	case time.Time:
		return lua.LString(v.Format(time.RFC3339Nano)), nil
	case error:
		return lua.LString(v.Error()), c.text(v.Error())
	case []byte:
		return lua.LString(v), c.text(string(v))
	case *big.Int:
		if v == nil {
			return lua.LNil, nil
		}
		f, _ := v.Float64()
		return lua.LNumber(f), nil
	default:
		return c.reflected(reflect.ValueOf(v), depth)
	}
}

// object is sorted without its indirections: most maps are of this type, and
// the results of tools are made of small ones.
func (c *fromGo) object(m map[string]any, depth int) (lua.LValue, error) {
	if err := c.budget.depth(depth); err != nil {
		return nil, err
	}
	var few [8]string
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	t := c.L.CreateTable(0, len(keys))
	for _, k := range keys {
		if err := c.field(t, k, m[k], depth); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// mixed makes a table with number keys, which come first.
func (c *fromGo) mixed(m map[any]any, depth int) (lua.LValue, error) {
	if err := c.budget.depth(depth); err != nil {
		return nil, err
	}
	var numbers []float64
	var texts []string
	values := make(map[float64]any)
	for k, v := range m {
		var f float64
		switch k := k.(type) {
		case string:
			texts = append(texts, k)
			continue
		case int64:
			f = float64(k)
		case int:
			f = float64(k)
		case float64:
			f = k
		default:
			return nil, &ConvertError{Reason: fmt.Sprintf("a key is a Go value of type %T; keys must be strings or numbers", k)}
		}
		if _, taken := values[f]; taken || f != f {
			return nil, &ConvertError{Reason: fmt.Sprintf("the number %v cannot be a key, or is one twice", f)}
		}
		values[f] = v
		numbers = append(numbers, f)
	}
	slices.Sort(numbers)
	slices.Sort(texts)
	t := c.L.NewTable()
	for _, f := range numbers {
		lv, err := c.value(values[f], depth+1)
		if err != nil {
			return nil, under("["+lua.LNumber(f).String()+"]", err)
		}
		t.RawSet(lua.LNumber(f), lv)
	}
	for _, k := range texts {
		if err := c.field(t, k, m[k], depth); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (c *fromGo) field(t *lua.LTable, k string, v any, depth int) error {
	if err := c.text(k); err != nil {
		return err
	}
	lv, err := c.value(v, depth+1)
	if err != nil {
		return under(FieldStep(k), err)
	}
	if lv != lua.LNil {
		t.RawSetString(k, lv)
	}
	return nil
}

func (c *fromGo) sequence(n, depth int, get func(int) any) (lua.LValue, error) {
	if err := c.budget.depth(depth); err != nil {
		return nil, err
	}
	if c.nodes+n > c.lim.MaxNodes {
		c.nodes = c.lim.MaxNodes
		return nil, c.node()
	}
	t := c.L.CreateTable(n, 0)
	for i := range n {
		v, err := c.value(get(i), depth+1)
		if err != nil {
			return nil, under(IndexStep(i+1), err)
		}
		t.RawSetInt(i+1, v)
	}
	return t, nil
}

// reflected serves the types that no case of value names: named basic types,
// []T, map[string]T and pointers.
func (c *fromGo) reflected(v reflect.Value, depth int) (lua.LValue, error) {
	switch v.Kind() {
	case reflect.Bool:
		return lua.LBool(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return lua.LNumber(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return lua.LNumber(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return lua.LNumber(v.Float()), nil
	case reflect.String:
		return lua.LString(v.String()), c.text(v.String())
	case reflect.Pointer:
		if v.IsNil() {
			return lua.LNil, nil
		}
		if err := c.budget.depth(depth); err != nil { // a pointer to itself
			return nil, err
		}
		return c.value(v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return lua.LNil, nil
		}
		return c.sequence(v.Len(), depth, func(i int) any { return v.Index(i).Interface() })
	case reflect.Map:
		return c.reflectedMap(v, depth)
	default:
		return nil, &ConvertError{Reason: fmt.Sprintf("a Go value of type %s has no Lua counterpart", v.Type())}
	}
}

func (c *fromGo) reflectedMap(v reflect.Value, depth int) (lua.LValue, error) {
	if v.IsNil() {
		return lua.LNil, nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return nil, &ConvertError{Reason: fmt.Sprintf("a Go value of type %s has no Lua counterpart: its keys must be strings", v.Type())}
	}
	if err := c.budget.depth(depth); err != nil {
		return nil, err
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	t := c.L.CreateTable(0, len(keys))
	for _, k := range keys {
		if err := c.field(t, k.String(), v.MapIndex(k).Interface(), depth); err != nil {
			return nil, err
		}
	}
	return t, nil
}

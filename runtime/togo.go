package runtime

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// ToGo turns a Lua value into the Go value that encoding/json would use for
// it: nil, bool, int64 (a whole number below 2^53 in magnitude), float64,
// string, []any for a table that is a sequence, and map[string]any for any
// other table, the empty one included. A table that is partly a sequence
// becomes a map whose number keys are decimal strings, or with NumberKeys a
// map[any]any. Metatables are not consulted. A userdata that holds a Null is nil. Functions, other userdata,
// threads and tables that contain themselves are errors that name the place.
func ToGo(v lua.LValue, lim ConvertLimits) (any, error) {
	c := toGo{budget: budget{lim: lim.orDefault()}}
	return c.value(v)
}

type toGo struct {
	budget
	open []*lua.LTable // the tables around the value in hand, outermost first
}

func (c *toGo) value(v lua.LValue) (any, error) {
	if err := c.node(); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case lua.LString:
		return string(v), c.text(string(v))
	case lua.LNumber:
		return number(float64(v)), nil
	case lua.LBool:
		return bool(v), nil
	case *lua.LNilType:
		return nil, nil
	case *lua.LTable:
		return c.table(v)
	case nil:
		return nil, nil
	default:
		if IsNull(v) {
			return nil, nil
		}
		return nil, &ConvertError{Reason: fmt.Sprintf("a %s cannot be converted; only nil, booleans, numbers, strings and tables can", v.Type())}
	}
}

// number gives whole numbers as int64, as long as a float64 holds each of
// them exactly.
func number(f float64) any {
	const exact = 1 << 53
	if f == math.Trunc(f) && -exact < f && f < exact {
		return int64(f)
	}
	return f
}

func (c *toGo) table(t *lua.LTable) (any, error) {
	// Few tables are nested deeper than a handful, so a scan beats a map.
	if slices.Contains(c.open, t) {
		return nil, &ConvertError{Reason: "a table that contains itself"}
	}
	if err := c.budget.depth(len(c.open) + 1); err != nil {
		return nil, err
	}
	c.open = append(c.open, t)
	defer func() { c.open = c.open[:len(c.open)-1] }()

	if n := sequenceLen(t); n > 0 {
		return c.sequence(t, n)
	}
	return c.object(t)
}

// sequenceLen returns n when the keys of t are exactly 1..n, else 0.
func sequenceLen(t *lua.LTable) int {
	n := t.MaxN()
	if n == 0 {
		return 0
	}
	for i := 1; i < n; i++ {
		if t.RawGetInt(i) == lua.LNil {
			return 0
		}
	}
	if k, _ := t.Next(lua.LNumber(n)); k != lua.LNil {
		return 0
	}
	return n
}

func (c *toGo) sequence(t *lua.LTable, n int) (any, error) {
	if c.nodes+n > c.lim.MaxNodes { // before allocating n slots
		c.nodes = c.lim.MaxNodes
		return nil, c.node()
	}
	out := make([]any, n)
	for i := range out {
		v, err := c.value(t.RawGetInt(i + 1))
		if err != nil {
			return nil, under(IndexStep(i+1), err)
		}
		out[i] = v
	}
	return out, nil
}

func (c *toGo) object(t *lua.LTable) (any, error) {
	out := make(map[string]any)
	numbers := false // whether a number key has been seen: only then can keys clash
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		var key string
		switch k := k.(type) {
		case lua.LString:
			key = string(k)
		case lua.LNumber:
			if c.lim.NumberKeys {
				return c.mixed(t)
			}
			numbers = true
			key = strconv.FormatFloat(float64(k), 'f', -1, 64)
		default:
			return nil, &ConvertError{Reason: fmt.Sprintf("a key is a %s; keys must be strings or numbers", k.Type())}
		}
		if numbers {
			if _, taken := out[key]; taken {
				return nil, &ConvertError{Reason: fmt.Sprintf("has both the number %s and the string %q as keys, which become the same name", key, key)}
			}
		}
		if err := c.text(key); err != nil {
			return nil, err
		}
		g, err := c.value(v)
		if err != nil {
			return nil, under(FieldStep(key), err)
		}
		out[key] = g
	}
	return out, nil
}

// mixed converts a table that has number keys.
func (c *toGo) mixed(t *lua.LTable) (any, error) {
	out := make(map[any]any)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		var key any
		step := ""
		switch k := k.(type) {
		case lua.LString:
			if err := c.text(string(k)); err != nil {
				return nil, err
			}
			key, step = string(k), FieldStep(string(k))
		case lua.LNumber:
			key, step = number(float64(k)), "["+k.String()+"]"
		default:
			return nil, &ConvertError{Reason: fmt.Sprintf("a key is a %s; keys must be strings or numbers", k.Type())}
		}
		g, err := c.value(v)
		if err != nil {
			return nil, under(step, err)
		}
		out[key] = g
	}
	return out, nil
}

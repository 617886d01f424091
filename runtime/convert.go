package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// ConvertLimits bound one conversion between Lua and Go values, in either
// direction. A field that is zero takes its value from DefaultConvertLimits.
type ConvertLimits struct {
	MaxDepth int   // tables inside tables
	MaxNodes int   // values in all, tables included
	MaxBytes int64 // bytes of all strings and keys
	// Charge, if set, is called for each thousand values or so. It may raise a Lua
	// error, which ends the conversion.
	Charge func(values int)
	// NumberKeys makes ToGo keep the number keys of tables that are no sequences:
	// such a table becomes a map[any]any, whose keys are string, int64 and float64.
	// FromGo turns it back into an equal table.
	NumberKeys bool
	// Null, if set, is what FromGo makes of a nil inside a list or a map; without it
	// there are holes, and members that are absent. ToGo turns it back: it must be a
	// userdata that holds a Null.
	Null lua.LValue
}

// Null is the Go value of a userdata that stands for nil in tables, where nil itself
// cannot be. ToGo turns such a userdata into nil.
type Null struct{}

// IsNull tells whether a Lua value is a userdata that holds a Null.
func IsNull(v lua.LValue) bool {
	u, ok := v.(*lua.LUserData)
	if !ok {
		return false
	}
	_, ok = u.Value.(Null)
	return ok
}

// DefaultConvertLimits are wide enough for any reasonable document and stop a
// conversion long before it hurts the process.
func DefaultConvertLimits() ConvertLimits {
	return ConvertLimits{MaxDepth: 128, MaxNodes: 4 << 20, MaxBytes: 256 << 20}
}

func (lim ConvertLimits) orDefault() ConvertLimits {
	def := DefaultConvertLimits()
	if lim.MaxDepth <= 0 {
		lim.MaxDepth = def.MaxDepth
	}
	if lim.MaxNodes <= 0 {
		lim.MaxNodes = def.MaxNodes
	}
	if lim.MaxBytes <= 0 {
		lim.MaxBytes = def.MaxBytes
	}
	return lim
}

// ConvertError says which part of a value could not be converted, and why.
type ConvertError struct {
	Path   string // such as ".items[3].next"; empty for the value itself
	Reason string
}

func (e *ConvertError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// under prepends one step to the path. Paths are built only while an error
// travels up, so that a conversion that works never pays for them.
func under(step string, err error) error {
	if ce := (*ConvertError)(nil); errors.As(err, &ce) {
		ce.Path = step + ce.Path
	}
	return err
}

func fieldStep(key string) string {
	if isName(key) {
		return "." + key
	}
	if len(key) > 40 {
		key = key[:40] + "…"
	}
	return "[" + strconv.Quote(key) + "]"
}

func indexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// budget counts what a conversion has used of its limits.
type budget struct {
	lim   ConvertLimits
	nodes int
	bytes int64
}

// chargeEvery is how many values are converted between two calls of Charge.
const chargeEvery = 1024

func (b *budget) node() error {
	if b.nodes++; b.nodes%chargeEvery == 0 && b.lim.Charge != nil {
		b.lim.Charge(chargeEvery)
	}
	if b.nodes > b.lim.MaxNodes {
		return &ConvertError{Reason: fmt.Sprintf("the value has more than %d parts; pass a smaller one, or in pieces", b.lim.MaxNodes)}
	}
	return nil
}

func (b *budget) text(s string) error {
	if b.bytes += int64(len(s)); b.bytes > b.lim.MaxBytes {
		return &ConvertError{Reason: fmt.Sprintf("the value holds more than %d bytes of text; pass a smaller one, or in pieces", b.lim.MaxBytes)}
	}
	return nil
}

func (b *budget) depth(d int) error {
	if d > b.lim.MaxDepth {
		return &ConvertError{Reason: fmt.Sprintf("nested more than %d deep; pass a flatter value", b.lim.MaxDepth)}
	}
	return nil
}

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
			return nil, under(indexStep(i+1), err)
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
			return nil, under(fieldStep(key), err)
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
			key, step = string(k), fieldStep(string(k))
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
		return under(fieldStep(k), err)
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
			return nil, under(indexStep(i+1), err)
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

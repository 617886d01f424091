package runtime

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// evalLua returns the value of a Lua expression.
func evalLua(t testing.TB, L *lua.LState, expression string) lua.LValue {
	t.Helper()
	if err := L.DoString("return " + expression); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	v := L.Get(-1)
	L.Pop(1)
	return v
}

func TestToGo(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	for _, tc := range []struct {
		lua  string
		want any
	}{
		{"nil", nil},
		{"true", true},
		{"42", int64(42)},
		{"-7", int64(-7)},
		{"1.5", 1.5},
		{"2^53 - 1", int64(1<<53 - 1)},
		{"2^53", float64(1 << 53)},
		{"-2^53", -float64(1 << 53)},
		{"1/0", math.Inf(1)},
		{"'a\\0b'", "a\x00b"},
		{"{}", map[string]any{}},
		{"{1, 'x', {true}}", []any{int64(1), "x", []any{true}}},
		{"{a = 1, b = {c = {}}}", map[string]any{"a": int64(1), "b": map[string]any{"c": map[string]any{}}}},
		{"{1, 2, n = 2}", map[string]any{"1": int64(1), "2": int64(2), "n": int64(2)}},
		{"{[1.5] = 'x', [-1] = 'y', [0] = 'z'}", map[string]any{"1.5": "x", "-1": "y", "0": "z"}},
		{"{1, nil, 3}", map[string]any{"1": int64(1), "3": int64(3)}},
		{"{[3] = 'x'}", map[string]any{"3": "x"}},
		{"(function() local t = {1, 2, 3}; t[3] = nil; return t end)()", []any{int64(1), int64(2)}},
		{"(function() local t = {1}; t[1] = nil; return t end)()", map[string]any{}},
		{"(function() local t = {a = 1, b = 2}; t.a = nil; return t end)()", map[string]any{"b": int64(2)}},
		{"(function() local s = {1}; return {s, s} end)()", []any{[]any{int64(1)}, []any{int64(1)}}}, // shared, no cycle
	} {
		got, err := ToGo(evalLua(t, L, tc.lua), ConvertLimits{})
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("ToGo(%s) = %#v, %v; want %#v", tc.lua, got, err, tc.want)
		}
	}
}

func TestToGoErrors(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	deep := "(function() local t = {}; for i = 1, 200 do t = {t} end; return t end)()"
	for _, tc := range []struct {
		lua, want string
		lim       ConvertLimits
	}{
		{"print", "a function cannot be converted", ConvertLimits{}},
		{"{a = {1, print}}", ".a[2]: a function cannot", ConvertLimits{}},
		{"{['a b'] = {x = coroutine.create(print)}}", `["a b"].x: a thread cannot`, ConvertLimits{}},
		{"{io.stdout}", "[1]: a userdata cannot", ConvertLimits{}},
		{"(function() local t = {items = {{}, {}, {}}}; t.items[3].next = t.items; return t end)()", ".items[3].next: a table that contains itself", ConvertLimits{}},
		{"(function() local t = {}; t[1] = t; return t end)()", "[1]: a table that contains itself", ConvertLimits{}},
		{"{[true] = 1}", "a key is a boolean", ConvertLimits{}},
		{"{a = {[{}] = 1}}", ".a: a key is a table", ConvertLimits{}},
		{"{1, ['1'] = 2}", `both the number 1 and the string "1"`, ConvertLimits{}},
		{deep, "nested more than 128 deep", ConvertLimits{}},
		{"{{{}}}", "[1][1]: nested more than 2 deep", ConvertLimits{MaxDepth: 2}},
		{"{1, 2, 3, 4}", "more than 4 parts", ConvertLimits{MaxNodes: 4}},
		{"{a = 1, b = 2, c = 3}", "more than 3 parts", ConvertLimits{MaxNodes: 3}},
		{"{a = {('x'):rep(11)}}", ".a[1]: the value holds more than 10 bytes", ConvertLimits{MaxBytes: 10}},
	} {
		_, err := ToGo(evalLua(t, L, tc.lua), tc.lim)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("ToGo(%s) error = %v; want %q", tc.lua, err, tc.want)
		}
		if ce := (*ConvertError)(nil); !errors.As(err, &ce) {
			t.Errorf("ToGo(%s) error is a %T, not a *ConvertError", tc.lua, err)
		}
	}
}

type named string

func TestFromGo(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	n := 5
	when := time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC)
	for _, tc := range []struct {
		in   any
		want any // what ToGo makes of it again
	}{
		{nil, nil}, {true, true}, {"x", "x"}, {1.5, 1.5}, {7, int64(7)}, {int64(-7), int64(-7)}, {uint8(200), int64(200)}, {float32(0.5), 0.5},
		{json.Number("12"), int64(12)}, {json.Number("1e3"), int64(1000)}, {big.NewInt(99), int64(99)}, {(*big.Int)(nil), nil},
		{named("x"), "x"}, {&n, int64(5)}, {(*int)(nil), nil}, {[]byte{0, 255}, "\x00\xff"},
		{when, "2024-02-29T01:02:03Z"}, {errors.New("boom"), "boom"}, {lua.LString("as is"), "as is"},
		{[]string{"a", "b"}, []any{"a", "b"}}, {[2]int{1, 2}, []any{int64(1), int64(2)}}, {[]int(nil), nil}, {[]any{}, map[string]any{}},
		{map[string]int{"a": 1}, map[string]any{"a": int64(1)}}, {map[named][]bool{"a": {true}}, map[string]any{"a": []any{true}}},
		{map[string]any{"a": nil, "b": 1}, map[string]any{"b": int64(1)}}, {map[string]int(nil), nil},
	} {
		v, err := FromGo(L, tc.in, ConvertLimits{})
		if err != nil {
			t.Errorf("FromGo(%#v): %v", tc.in, err)
			continue
		}
		if got, err := ToGo(v, ConvertLimits{}); err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("FromGo(%#v) became %#v, %v; want %#v", tc.in, got, err, tc.want)
		}
	}
}

func TestFromGoErrors(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	loop := []any{nil}
	loop[0] = loop
	for _, tc := range []struct {
		in   any
		lim  ConvertLimits
		want string
	}{
		{map[string]any{"a": []any{struct{ X int }{1}}}, ConvertLimits{}, ".a[1]: a Go value of type struct"},
		{map[int]string{1: "x"}, ConvertLimits{}, "its keys must be strings"},
		{make(chan int), ConvertLimits{}, "type chan int has no Lua counterpart"},
		{json.Number("x"), ConvertLimits{}, `"x" is not a number`},
		{loop, ConvertLimits{}, "nested more than 128 deep"},
		{[]int{1, 2, 3}, ConvertLimits{MaxNodes: 3}, "more than 3 parts"},
		{[]string{"abc", "def"}, ConvertLimits{MaxBytes: 5}, "[2]: the value holds more than 5 bytes"},
		{map[string]any{"key": 1}, ConvertLimits{MaxBytes: 2}, "more than 2 bytes"},
	} {
		if _, err := FromGo(L, tc.in, tc.lim); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("FromGo(%T) error = %v; want %q", tc.in, err, tc.want)
		}
	}
}

func TestFromGoSetsKeysInOrder(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	m := map[string]any{}
	for _, k := range strings.Split("q w e r t y u i o p", " ") {
		m[k] = 1
	}
	v, err := FromGo(L, m, ConvertLimits{})
	if err != nil {
		t.Fatal(err)
	}
	L.SetGlobal("t", v)
	got := evalLua(t, L, "(function() local s = '' for k in pairs(t) do s = s .. k end return s end)()")
	if got.String() != "eiopqrtuwy" {
		t.Errorf("pairs visits %s; want the sorted keys", got)
	}
}

// randomValue makes a value as ToGo gives them.
func randomValue(r *rand.Rand, depth int) any {
	n := r.IntN(8)
	if depth == 0 {
		n = r.IntN(5)
	}
	switch n {
	case 0:
		return r.IntN(2) == 0
	case 1:
		return r.Int64N(1<<54) - 1<<53 + 1
	case 2:
		return math.Trunc(r.NormFloat64()*1e6) + 0.5
	case 3, 4:
		b := make([]byte, r.IntN(6))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	case 5:
		list := make([]any, 1+r.IntN(5))
		for i := range list {
			list[i] = randomValue(r, depth-1)
		}
		return list
	default:
		m := map[string]any{}
		for range r.IntN(5) {
			m["k"+strconv.Itoa(r.IntN(100))+".-"] = randomValue(r, depth-1)
		}
		return m
	}
}

func TestRoundTrip(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want := randomValue(r, 4)
		v, err := FromGo(L, want, ConvertLimits{})
		if err != nil {
			t.Fatalf("FromGo(%#v): %v", want, err)
		}
		got, err := ToGo(v, ConvertLimits{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%#v came back as %#v, %v", want, got, err)
		}
	}
}

// With NumberKeys a table comes back as it was, whatever its keys are.
func TestNumberKeys(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	if err := L.DoString(`t = {"a", nil, "c", [-1] = 1, [0.5] = {[7] = {}}, [2^53] = "big", [1/0] = "inf", k = {1, 2}, ["3"] = "text"} b = {x = {[true] = 1}, [1] = 1}`); err != nil {
		t.Fatal(err)
	}
	lim := ConvertLimits{NumberKeys: true}
	got, err := ToGo(L.GetGlobal("t"), lim)
	want := map[any]any{int64(1): "a", int64(3): "c", int64(-1): int64(1), 0.5: map[any]any{int64(7): map[string]any{}}, float64(1 << 53): "big", math.Inf(1): "inf",
		"k": []any{int64(1), int64(2)}, "3": "text"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v, %v", got, err)
	}
	back, err := FromGo(L, got, ConvertLimits{})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ToGo(back, lim); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("again %#v, %v", again, err)
	}
	L.SetGlobal("back", back)
	if err := L.DoString(`local keys = {} for k in pairs(back) do keys[#keys + 1] = tostring(k) end order = table.concat(keys, " ")`); err != nil {
		t.Fatal(err)
	}
	if got := L.GetGlobal("order").String(); !strings.HasSuffix(got, "3 k") {
		t.Errorf("the order is %q: texts come last", got)
	}
	for name, v := range map[string]lua.LValue{"a key is a boolean": L.GetGlobal("b")} {
		if _, err := ToGo(v, lim); err == nil || !strings.HasPrefix(err.Error(), ".x: "+name) {
			t.Errorf("%v", err)
		}
	}
	for _, m := range []map[any]any{{true: 1}, {math.NaN(): 1}, {int64(1): 1, 1.0: 2}, {1: make(chan int)}} {
		if v, err := FromGo(L, m, ConvertLimits{}); err == nil {
			t.Errorf("%v became %v", m, v)
		}
	}
	for _, small := range []ConvertLimits{{NumberKeys: true, MaxNodes: 3}, {NumberKeys: true, MaxBytes: 2}, {NumberKeys: true, MaxDepth: 2}} {
		if _, err := ToGo(L.GetGlobal("t"), small); err == nil {
			t.Errorf("%+v: it is converted", small)
		}
		if _, err := FromGo(L, got, small); err == nil {
			t.Errorf("back, %+v: it is converted", small)
		}
	}
}

// Any JSON survives the way through Lua but for what Lua cannot hold: null in
// an object is absence, an empty array is an empty table, and a number is a
// float64.
func FuzzJSONThroughLua(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,{"b":"\u0000"}],"c":{}}`, `[[],{},"",-0]`, `[1e300,9007199254740993]`, `{"1":1,"":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in any
		if json.Unmarshal([]byte(text), &in) != nil || strings.Contains(text, "null") {
			return
		}
		L := lua.NewState(lua.Options{SkipOpenLibs: true})
		defer L.Close()
		v, err := FromGo(L, in, ConvertLimits{MaxNodes: 10_000})
		if err != nil {
			if ce := (*ConvertError)(nil); !errors.As(err, &ce) {
				t.Fatalf("a %T, not a *ConvertError: %v", err, err)
			}
			return
		}
		out, err := ToGo(v, ConvertLimits{})
		if err != nil {
			t.Fatal(err)
		}
		if want := asLua(in); !reflect.DeepEqual(out, want) {
			t.Fatalf("%#v came back as %#v", want, out)
		}
	})
}

// asLua says what is left of a JSON value after Lua has held it.
func asLua(v any) any {
	switch v := v.(type) {
	case float64:
		return number(v)
	case []any:
		if len(v) == 0 {
			return map[string]any{}
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = asLua(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = asLua(e)
		}
		return out
	}
	return v
}

func BenchmarkToGo(b *testing.B) {
	L := lua.NewState()
	defer L.Close()
	v := evalLua(b, L, `{operation = "evaluate", input = "2 + 2", variables = {x = 1}}`)
	for b.Loop() {
		if _, err := ToGo(v, ConvertLimits{}); err != nil {
			b.Fatal(err)
		}
	}
}

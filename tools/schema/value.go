package schema

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
)

// same tells whether checking left a value alone. Maps and slices are compared
// by identity: Check returns the same one unless it had to change it.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
	case []any:
		b, ok := b.([]any)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	case string:
		b, ok := b.(string)
		return ok && a == b
	}
	return true // Check never changes numbers, booleans and null
}

// sameJSON compares two values as JSON does: 1, 1.0 and json.Number("1") are equal.
func sameJSON(a, b any) bool {
	if x, ok := ToFloat(a); ok {
		y, ok := ToFloat(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameJSON)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameJSON)
	}
	return reflect.DeepEqual(a, b)
}

func bit(t Type) uint8 {
	switch t {
	case Object:
		return 1
	case Array:
		return 2
	case String:
		return 4
	case Number:
		return 8 | 16 // every integer is a number
	case Integer:
		return 16
	case Boolean:
		return 32
	case Null:
		return 64
	}
	return 0
}

// kindOf returns the one bit of v's type, 128 for a Go type that is no JSON.
func kindOf(v any) uint8 {
	switch v := v.(type) {
	case string:
		return 4
	case int64, int:
		return 16
	case float64:
		if v == math.Trunc(v) && !math.IsInf(v, 0) {
			return 16
		}
		return 8
	case bool:
		return 32
	case map[string]any:
		return 1
	case []any:
		return 2
	case nil:
		return 64
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return 128
		}
		return kindOf(f)
	}
	return 128
}

func isEmptyMap(v any) bool  { m, ok := v.(map[string]any); return ok && len(m) == 0 }
func isEmptyList(v any) bool { l, ok := v.([]any); return ok && len(l) == 0 }

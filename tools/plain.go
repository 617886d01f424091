package tools

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/tools/schema"
)

// maxDepth bounds the nesting of parameters. Nothing that is deeper is meant, and
// a map that holds itself has no end.
const maxDepth = 1000

// plain turns what a Go program passes into what encoding/json would give:
// []string into []any, int32 into int64, a struct into a map. What is plain
// already, as all that comes from Lua and JSON is, stays the same.
func plain(params map[string]any) (map[string]any, error) {
	if params == nil {
		return nil, nil
	}
	v, _, err := plainValue(params, 0)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

func plainValue(v any, depth int) (out any, changed bool, err *schema.FieldError) {
	if depth > maxDepth {
		return nil, false, &schema.FieldError{Problem: fmt.Sprintf("is nested more than %d deep, or holds itself", maxDepth)}
	}
	switch v := v.(type) {
	case nil, bool, string, float64, int64, int, json.Number:
		return v, false, nil
	case map[string]any:
		return plainMap(v, depth)
	case []any:
		return plainList(v, depth)
	case []byte:
		return string(v), true, nil
	}
	return reflected(v, depth)
}

func plainMap(m map[string]any, depth int) (any, bool, *schema.FieldError) {
	out := m
	for k, v := range m {
		p, changed, err := plainValue(v, depth+1)
		if err != nil {
			return nil, false, within(err, k, depth)
		}
		if !changed {
			continue
		}
		if sameMap(out, m) {
			out = maps.Clone(m)
		}
		out[k] = p
	}
	return out, !sameMap(out, m), nil
}

func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

func plainList(list []any, depth int) (any, bool, *schema.FieldError) {
	var out []any
	for i, v := range list {
		p, changed, err := plainValue(v, depth+1)
		if err != nil {
			return nil, false, within(err, "["+strconv.Itoa(i+1)+"]", depth)
		}
		if !changed {
			continue
		}
		if out == nil {
			out = slices.Clone(list)
		}
		out[i] = p
	}
	if out == nil {
		return list, false, nil
	}
	return out, true, nil
}

// within names the parameter in whose value something is wrong. The path to it
// would be as long as it is deep.
func within(err *schema.FieldError, step string, depth int) *schema.FieldError {
	if depth == 0 {
		err.Path = step
	}
	return err
}

// reflected converts values of other Go types. A function, a channel and the
// like stay as they are, for the schema to refuse.
func reflected(v any, depth int) (any, bool, *schema.FieldError) {
	if _, ok := v.(json.Marshaler); ok { // time.Time, json.RawMessage
		return marshalled(v)
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Bool:
		return r.Bool(), true, nil
	case reflect.String:
		return r.String(), true, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), true, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if n := r.Uint(); n > math.MaxInt64 {
			return float64(n), true, nil
		}
		return int64(r.Uint()), true, nil
	case reflect.Float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(r.Float(), 'g', -1, 32), 64) // 0.1 stays 0.1
		return f, true, nil
	case reflect.Float64:
		return r.Float(), true, nil
	case reflect.Pointer:
		if r.IsNil() {
			return nil, true, nil
		}
		p, _, err := plainValue(r.Elem().Interface(), depth+1)
		return p, true, err
	case reflect.Slice, reflect.Array:
		out := make([]any, r.Len())
		for i := range out {
			out[i] = r.Index(i).Interface()
		}
		p, _, err := plainList(out, depth)
		return p, true, err
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			return v, false, nil
		}
		out := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			out[it.Key().String()] = it.Value().Interface()
		}
		p, _, err := plainMap(out, depth)
		return p, true, err
	case reflect.Struct:
		return marshalled(v)
	}
	return v, false, nil
}

func marshalled(v any) (any, bool, *schema.FieldError) {
	text, err := json.Marshal(v)
	var out any
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return nil, false, &schema.FieldError{Problem: fmt.Sprintf("is a Go %T that cannot be written as JSON: %v", v, err)}
	}
	return out, true, nil
}

package jsonschema

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// number returns the value of a number of any type that decoders make.
func number(v any) (float64, bool) {
	if n, ok := v.(*big.Int); ok {
		f, _ := new(big.Float).SetInt(n).Float64()
		return f, true
	}
	return schema.ToFloat(v)
}

// isMultiple computes with decimal fractions: 0.3 is a multiple of 0.1.
func isMultiple(v any, of float64) bool {
	text := fmt.Sprint(v)
	if f, ok := v.(float64); ok {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
		text = strconv.FormatFloat(f, 'g', -1, 64)
	}
	if f, _ := number(v); f == 0 {
		return true // also of a text such as 1e-999999999, which would be a huge fraction
	}
	if len(text) > 400 {
		return false
	}
	x, ok := new(big.Rat).SetString(text)
	y, okY := new(big.Rat).SetString(strconv.FormatFloat(of, 'g', -1, 64))
	return ok && okY && new(big.Rat).Quo(x, y).IsInt()
}

// Equal compares two values as JSON does: 1 and 1.0 are equal, and whole
// numbers beyond what a float64 tells apart are told apart.
func Equal(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		if !ok || x != y {
			return false
		}
		if math.Abs(x) >= 1<<53 { // beyond what a float64 tells apart
			s, t := fmt.Sprint(a), fmt.Sprint(b)
			_, isFloat := a.(float64)
			_, isFloatToo := b.(float64)
			return isFloat || isFloatToo || s == t
		}
		return true
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, Equal)
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	}
	return a == nil && b == nil
}

// duplicate returns the positions, from 1, of two equal items; 0, 0 for none.
func duplicate(l []any) (int, int) {
	seen := make(map[string]int, len(l))
	for i, v := range l {
		text, err := json.Marshal(v) // sorts members and writes 1.0 as 1
		if err != nil {
			text = fmt.Appendf(nil, "%T %v", v, v)
		}
		if first, ok := seen[string(text)]; ok {
			return first, i + 1
		}
		seen[string(text)] = i + 1
	}
	return 0, 0
}

func hasTypes(v any, types []string, luaTables bool) bool {
	for _, t := range types {
		switch v := v.(type) {
		case nil:
			if t == "null" {
				return true
			}
		case string:
			if t == "string" {
				return true
			}
		case bool:
			if t == "boolean" {
				return true
			}
		case []any:
			if t == "array" {
				return true
			}
		case map[string]any:
			if t == "object" || luaTables && t == "array" && len(v) == 0 {
				return true
			}
		default:
			f, ok := number(v)
			if ok && (t == "number" || t == "integer" && f == math.Trunc(f)) {
				return true
			}
		}
	}
	return false
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

func orWords(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		switch t {
		case "integer", "array", "object":
			words[i] = "an " + t
		case "null":
			words[i] = t
		default:
			words[i] = "a " + t
		}
	}
	return strings.Join(words, " or ")
}

// short writes a value of a schema in an error.
func short(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if r := []rune(string(text)); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return string(text)
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

package api

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
)

// show writes a value for a report.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return clip(string(text), 120)
}

// number reads any number; a string that is written as one counts, since
// headers are strings.
func number(v any) (float64, bool) {
	if text, ok := v.(string); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return f, err == nil
	}
	return schema.ToFloat(v)
}

// same compares as JSON does; a status or header that is written as a text
// equals the number.
func same(a, b any) bool {
	switch a.(type) {
	case float64, int64, int:
		x, _ := number(a)
		y, ok := number(b)
		return ok && x == y
	case string:
		if _, isText := b.(string); !isText {
			text, ok := httpx.ScalarText(b)
			return ok && text == a
		}
	}
	if list, ok := a.([]any); ok {
		other, ok := b.([]any)
		if m, isMap := b.(map[string]any); isMap && len(m) == 0 { // Lua writes the empty list and object alike
			return len(list) == 0
		}
		if !ok || len(list) != len(other) {
			return false
		}
		for i := range list {
			if !same(list[i], other[i]) {
				return false
			}
		}
		return true
	}
	if m, ok := a.(map[string]any); ok {
		other, ok := b.(map[string]any)
		if list, isList := b.([]any); isList && len(list) == 0 {
			return len(m) == 0
		}
		if !ok || len(m) != len(other) {
			return false
		}
		for k, v := range m {
			w, there := other[k]
			if !there || !same(v, w) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func contains(in, part any) bool {
	switch in := in.(type) {
	case string:
		text, ok := httpx.ScalarText(part)
		return ok && strings.Contains(in, text)
	case []any:
		for _, v := range in {
			if same(v, part) {
				return true
			}
		}
	case map[string]any:
		name, ok := part.(string)
		_, there := in[name]
		return ok && there
	}
	return false
}

func length(v any) (int, bool) {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v), true
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	}
	return 0, false
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case float64:
		if v != math.Trunc(v) {
			return "number"
		}
	}
	return "integer"
}

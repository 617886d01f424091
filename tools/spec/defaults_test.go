package spec

import "testing"

// TestDefaults gives parameters defaults that fit and some that do not.
func TestDefaults(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		parameters any
		want       string
	}{
		"fits":          {m{"n": m{"type": "integer", "minimum": 1.0, "default": 2.0}}, ""},
		"an empty list": {m{"n": m{"type": "array", "default": m{}}}, ""},
		"any type":      {m{"n": m{"type": "any", "default": "x"}}, ""},
		"false":         {m{"n": m{"type": "string", "default": false}}, `parameters: "n": the JSON Schema is wrong at /default: expected a string, got the boolean false`},
		"a wrong type":  {[]any{m{"name": "n", "type": "integer", "default": "2"}}, `parameters: item 1, "n": the JSON Schema is wrong at /default: expected an integer, got the string "2"`},
		"out of range":  {m{"n": m{"type": "number", "maximum": 3.0, "default": 4.0}}, `parameters: "n": the JSON Schema is wrong at /default: expected a number of at most 3, got the number 4`},
		"no member":     {m{"n": m{"type": "string", "enum": []any{"a", "b"}, "default": "c"}}, `parameters: "n": the JSON Schema is wrong at /default: expected one of "a", "b", got the string "c"; did you mean "a"?`},
		"in a table":    {m{"type": "object", "properties": m{"a/b": m{"type": "object", "properties": m{"x": m{"type": "number", "default": "1"}}}}}, `parameters: the JSON Schema is wrong at /properties/a~1b/properties/x/default: expected a number, got the string "1"`},
		"in an item":    {m{"l": m{"type": "array", "items": m{"type": "string", "default": 1.0}}}, `parameters: "l": the JSON Schema is wrong at /items/default: expected a string, got the number 1`},
		"a table":       {m{"o": m{"type": "object", "properties": m{"x": m{"type": "number"}}, "default": m{"x": "1"}}}, `parameters: "o": the JSON Schema is wrong at /default: x: expected a number, got the string "1"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := Parameters(c.parameters); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestAgreesWithTheDraft compares our checker with a full implementation of JSON
// Schema, for schemas and values that both know.
func TestAgreesWithTheDraft(t *testing.T) {
	schemas := []string{
		`{}`, `true`, `false`, `{"type":"integer"}`, `{"type":["string","null"]}`, `{"enum":[1,"a",[1],{"a":1}]}`, `{"const":1}`, `{"minimum":1,"maximum":2}`,
		`{"exclusiveMinimum":1}`, `{"exclusiveMaximum":1.5}`, `{"multipleOf":2}`, `{"multipleOf":0.1}`, `{"minLength":2}`, `{"maxLength":1}`, `{"pattern":"^a"}`,
		`{"minItems":1}`, `{"maxItems":1}`, `{"uniqueItems":true}`, `{"items":{"type":"integer"}}`, `{"minProperties":1}`, `{"maxProperties":1}`,
		`{"properties":{"a":{"type":"integer"}}}`, `{"properties":{"a":{}},"required":["a"]}`, `{"properties":{"a":{}},"additionalProperties":false}`, `{"additionalProperties":{"type":"string"}}`,
		`{"anyOf":[{"type":"string"},{"type":"integer"}]}`, `{"oneOf":[{"minimum":1},{"maximum":2}]}`, `{"allOf":[{"minimum":1},{"maximum":2}]}`, `{"not":{"type":"string"}}`,
		`{"type":"integer","anyOf":[{"minimum":2},{"multipleOf":2}]}`, `{"properties":{"a":{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"object","required":["b"],"properties":{"b":{}}}]}}}`,
		`{"not":{"not":{"type":"number"}}}`, `{"oneOf":[{"type":"object","required":["a"],"properties":{"a":{}}},{"type":"object","required":["b"],"properties":{"b":{}}}]}`,
	}
	values := []string{
		`null`, `true`, `false`, `0`, `1`, `1.0`, `1.5`, `2`, `3`, `-4`, `0.3`, `1e20`, `""`, `"a"`, `"ab"`, `"é"`, `"ba"`, `[1]`, `[1,1]`, `[1,1.0]`, `["a","b"]`, `[[1],[1]]`, `[{"a":1,"b":2},{"b":2,"a":1}]`,
		`{"a":1}`, `{"a":"x"}`, `{"b":"x"}`, `{"a":1,"b":2}`, `{"a":["x"]}`, `{"a":[1]}`, `{"a":{"b":1}}`, `{"a":{"c":1}}`, `[1,"x"]`, `[1,2]`,
	}
	for _, text := range schemas {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(text, err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("s.json", doc); err != nil {
			t.Fatal(text, err)
		}
		draft, err := c.Compile("s.json")
		if err != nil {
			t.Fatal(text, err)
		}
		var plain any
		if err := json.Unmarshal([]byte(text), &plain); err != nil {
			t.Fatal(text, err)
		}
		parsed, err := Parse(plain)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again, err := Parse(jsonOf(t, parsed))
		if err != nil {
			t.Errorf("%s, written and read again: %v", text, err)
			continue
		}
		for _, value := range values {
			theirs, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
			if err != nil {
				t.Fatal(value, err)
			}
			var v any
			if err := json.Unmarshal([]byte(value), &v); err != nil {
				t.Fatal(value, err)
			}
			want := draft.Validate(theirs) == nil
			for _, s := range []*Schema{parsed, again} {
				if _, err := Compile(s).Check(v); (err == nil) != want {
					t.Errorf("%s with %s: %v; the draft accepts it: %v", text, value, err, want)
				}
			}
		}
	}
}

func jsonOf(t *testing.T, s *Schema) any {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCombinedErrors(t *testing.T) {
	for _, tc := range []struct{ schema, value, want string }{
		{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `5`, `expected a string, or null, got the number 5`},
		{`{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"object","properties":{"b":{"type":"integer"}}}]}}}`, `{"a":{"b":"x"}}`, `parameter "a.b" is wrong: expected an integer`},
		{`{"oneOf":[{"minimum":1},{"maximum":2}]}`, `1.5`, `fits 2 of the descriptions of which it may fit one only`},
		{`{"not":{"type":"string"}}`, `"x"`, `expected something other than a string, got the string "x"`},
		{`{"exclusiveMinimum":1}`, `1`, `expected a number greater than 1, got the number 1`}, {`{"exclusiveMaximum":1}`, `1`, `a number less than 1`}, {`{"multipleOf":0.5}`, `1.2`, `a multiple of 0.5`},
		{`{"uniqueItems":true}`, `[1,1]`, `expected an array of different items, got one that holds an item twice`}, {`{"minProperties":2}`, `{"a":1}`, `an object of at least 2 members`},
		{`{"maximum":86400000}`, `86400001`, `at most 86400000`},
	} {
		var s, v any
		if json.Unmarshal([]byte(tc.schema), &s) != nil || json.Unmarshal([]byte(tc.value), &v) != nil {
			t.Fatal(tc)
		}
		parsed, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(parsed).Check(v); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s with %s: %v; want %q", tc.schema, tc.value, err, tc.want)
		}
	}
}

// A combination fills in defaults and renames as the schema does that the value
// fits.
func TestCombinationsFillIn(t *testing.T) {
	c := Compile(&Schema{AnyOf: []*Schema{
		Map("", Required("a", Text("")), Optional("n", Num("").WithDefault(1.0))),
		Map("", Required("b", Text(""), "bee")),
	}})
	for in, want := range map[string]string{`{"a":"x"}`: `{"a":"x","n":1}`, `{"bee":"y"}`: `{"b":"y"}`} {
		var v any
		if err := json.Unmarshal([]byte(in), &v); err != nil {
			t.Fatal(err)
		}
		out, err := c.Check(v)
		if text, _ := json.Marshal(out); err != nil || string(text) != want {
			t.Errorf("%s became %s, %v; want %s", in, text, err, want)
		}
	}
}

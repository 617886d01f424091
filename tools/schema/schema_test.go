package schema

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func sample() *Schema {
	code := Text("a code")
	code.Pattern = regexp.MustCompile(`^[a-z]+$`)
	code.MinLength, code.MaxLength = Ptr(2), Ptr(4)
	list := List("numbers", Num("a number"))
	list.MinItems, list.MaxItems = Ptr(1), Ptr(3)
	return Map("",
		Required("operation", Choice("what to do", "read", "create_dir").WithAliases(map[string]string{"mkdir": "create_dir"})),
		Optional("path", Text("where"), "file"),
		Optional("count", Int("how many", 0, 20)),
		Optional("ratio", Num("")),
		Optional("flag", Flag("")),
		Optional("code", code),
		Optional("list", list),
		Optional("any", &Schema{}),
		Optional("vars", Map("free")),
		Optional("rules", List("", Map("", Required("name", Text("")), Optional("nul", &Schema{Types: []Type{Null, Number}})))),
		Optional("texts", &Schema{Types: []Type{Object}, Additional: Text("")}))
}

func TestCheckAccepts(t *testing.T) {
	c := Compile(sample())
	for _, tc := range []struct{ in, want map[string]any }{
		{map[string]any{"operation": "read"}, map[string]any{"operation": "read", "flag": false}},
		{map[string]any{"operation": "mkdir", "flag": true}, map[string]any{"operation": "create_dir", "flag": true}},
		{map[string]any{"operation": "read", "flag": true, "file": "x"}, map[string]any{"operation": "read", "flag": true, "path": "x"}},
		{map[string]any{"operation": "read", "flag": true, "file": "x", "path": "x"}, map[string]any{"operation": "read", "flag": true, "path": "x"}},
		{map[string]any{"operation": "read", "flag": true, "path": nil}, map[string]any{"operation": "read", "flag": true}},
		{map[string]any{"operation": "read", "flag": true, "any": nil}, map[string]any{"operation": "read", "flag": true, "any": nil}},
		{map[string]any{"operation": "read", "flag": true, "count": 3.0}, map[string]any{"operation": "read", "flag": true, "count": 3.0}},
		{map[string]any{"operation": "read", "flag": true, "count": json.Number("3")}, map[string]any{"operation": "read", "flag": true, "count": json.Number("3")}},
		{map[string]any{"operation": "read", "flag": true, "vars": []any{}}, map[string]any{"operation": "read", "flag": true, "vars": map[string]any{}}},
		{map[string]any{"operation": "read", "flag": true, "rules": map[string]any{}}, map[string]any{"operation": "read", "flag": true, "rules": []any{}}},
		{map[string]any{"operation": "read", "flag": true, "rules": []any{map[string]any{"name": "x", "nul": nil}}},
			map[string]any{"operation": "read", "flag": true, "rules": []any{map[string]any{"name": "x", "nul": nil}}}},
		{map[string]any{"operation": "read", "flag": true, "texts": map[string]any{"a": "b"}}, map[string]any{"operation": "read", "flag": true, "texts": map[string]any{"a": "b"}}},
	} {
		before, _ := json.Marshal(tc.in)
		got, err := c.CheckObject(tc.in)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("Check(%v) = %v, %v; want %v", tc.in, got, err, tc.want)
		}
		if after, _ := json.Marshal(tc.in); string(after) != string(before) {
			t.Errorf("Check changed its input from %s to %s", before, after)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	c := Compile(sample())
	with := func(k string, v any) map[string]any { return map[string]any{"operation": "read", k: v} }
	for _, tc := range []struct {
		in          map[string]any
		field, want string
	}{
		{nil, "operation", `parameter "operation" is missing; expected one of "read", "create_dir" (what to do)`},
		{map[string]any{"operation": "raed"}, "operation", `expected one of "read", "create_dir", got the string "raed"; did you mean "read"?`},
		{map[string]any{"operation": 1.0}, "operation", `got the number 1`},
		{with("pth", "x"), "pth", `parameter "pth" is not known; did you mean "path"? (known are operation, path,`},
		{map[string]any{"paht": "x"}, "paht", `did you mean "path"?`}, // the unknown name comes before the missing one
		{map[string]any{"operation": "read", "file": "x", "path": "y"}, "file", `is another name for "path", which is given too`},
		{with("path", 5.0), "path", `parameter "path" is wrong: expected a string, got the number 5`},
		{with("path", strings.Repeat("é", 100)+"x"), "", ""},
		{with("count", 21.0), "count", "expected an integer between 0 and 20, got the number 21"},
		{with("count", int64(-1)), "count", "between 0 and 20, got the number -1"},
		{with("count", 1.5), "count", "expected an integer between 0 and 20, got the number 1.5"},
		{with("count", "3"), "count", `got the string "3"`},
		{with("flag", "yes"), "flag", `expected a boolean, got the string "yes"`},
		{with("ratio", true), "ratio", "expected a number, got the boolean true"},
		{with("code", "a"), "code", "of 2 to 4 characters that matches ^[a-z]+$, got 1 characters"},
		{with("code", "AB"), "code", `got the string "AB"`},
		{with("list", []any{}), "list", "an array of 1 to 3 items, got 0 items"},
		{with("list", []any{1.0, "x"}), "list[2]", `parameter "list[2]" is wrong: expected a number`},
		{with("vars", []any{1.0}), "vars", "expected an object, got an array of 1 item"},
		{with("rules", []any{map[string]any{}, nil}), "rules[1].name", "is missing"},
		{with("rules", []any{map[string]any{"name": "x", "nam": 1.0}}), "rules[1].nam", `did you mean "name"`},
		{with("texts", map[string]any{"a": 1.0}), "texts.a", "expected a string"},
		{with("path", map[string]any{"a": 1}), "path", "got an object with 1 member"},
		{with("path", struct{}{}), "path", "got a Go struct {}"},
	} {
		_, err := c.CheckObject(tc.in)
		if tc.want == "" {
			if err != nil {
				t.Errorf("Check(%v): %v", tc.in, err)
			}
			continue
		}
		var fe *FieldError
		if !errors.As(err, &fe) || fe.Path != tc.field || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Check(%v) = %v; want an error at %q with %q", tc.in, err, tc.field, tc.want)
			continue
		}
		if fe.Details()["field"] != tc.field {
			t.Errorf("Details() = %v; want the field %q", fe.Details(), tc.field)
		}
	}
}

func TestParseRoundTrip(t *testing.T) {
	first, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(first, &v); err != nil {
		t.Fatal(err)
	}
	s, err := Parse(v)
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(s)
	if err != nil || string(first) != string(second) {
		t.Errorf("the schema came back as\n%s\nfrom\n%s\n%v", second, first, err)
	}
}

func TestParseAndCheck(t *testing.T) {
	for _, tc := range []struct{ schema, value, want string }{
		{`{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age","name"]}`, `{"age":3,"name":null}`, ""},
		{`{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age"]}`, `{"age":-3}`, "expected an integer of at least 0, got the number -3"},
		{`{"required":["x"]}`, `{}`, `"x" is missing`},
		{`{"type":["string","null"]}`, `null`, ""},
		{`{"type":["string","null"]}`, `1`, "expected a string or null, got the number 1"},
		{`{"const":{"a":[1,2]}}`, `{"a":[1,2.0]}`, ""},
		{`{"enum":[1,"x",null]}`, `2`, `expected one of 1, "x", null, got the number 2`},
		{`{"items":{"type":"number","maximum":5}}`, `[1,6]`, "of at most 5, got the number 6"},
		{`{"additionalProperties":false}`, `{"x":1}`, "is not known"},
		{`{"additionalProperties":{"type":"string"}}`, `{"x":1}`, "expected a string"},
		{`true`, `1`, ""},
		{`false`, `1`, "expected no value at all"},
		{`{"minLength":2,"title":"t","$schema":"s"}`, `"é"`, "of at least 2 characters, got 1 characters"},
		{`{"maxItems":1}`, `[1,2]`, "of at most 1 item, got 2 items"},
	} {
		var def, value any
		if json.Unmarshal([]byte(tc.schema), &def) != nil || json.Unmarshal([]byte(tc.value), &value) != nil {
			t.Fatalf("bad test: %s %s", tc.schema, tc.value)
		}
		s, err := Parse(def)
		if err != nil {
			t.Errorf("Parse(%s): %v", tc.schema, err)
			continue
		}
		_, err = Compile(s).Check(value)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s of %s: %v; want %q", tc.value, tc.schema, err, tc.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat(`{"items":`, 100) + "1" + strings.Repeat("}", 100)
	for _, tc := range []struct{ schema, want string }{
		{`5`, "at the schema itself: expected an object, got the number 5"},
		{`{"oneOf":[]}`, `at /oneOf: expected at least one schema`}, {`{"anyOf":5}`, `at /anyOf: expected an array`}, {`{"allOf":[{"type":"x"}]}`, `at /allOf/0/type: expected object`},
		{`{"not":5}`, `at /not: expected an object`}, {`{"multipleOf":0}`, `at /multipleOf: expected a number greater than 0`}, {`{"minProperties":-1}`, `at /minProperties: expected a whole number`},
		{`{"if":{}}`, `at /if: the keyword "if" is not supported`}, {`{"$ref":"#"}`, `the keyword "$ref" is not supported`},
		{`{"type":"text"}`, `at /type: expected object, array, string`},
		{`{"properties":{"a/b":{"minimum":"x"}}}`, `at /properties/a~1b/minimum: expected a number, got the string "x"`},
		{`{"minLength":-1}`, `expected a whole number from 0`},
		{`{"pattern":"("}`, `missing closing )`},
		{`{"pattern":1}`, `expected a regular expression`},
		{`{"enum":1}`, `expected an array`},
		{`{"properties":[1]}`, `expected an object`},
		{`{"required":[1]}`, `expected names of properties`},
		{deep, "nested more than 64 deep"},
	} {
		var def any
		if err := json.Unmarshal([]byte(tc.schema), &def); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(def); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Parse(%.60s) = %v; want %q", tc.schema, err, tc.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"input", "operation", "variables", "text-manipulator"}
	for in, want := range map[string]string{
		"inptu": "input", "INPUT": "input", "operatoin": "operation", "variable": "variables", "xyz": "", "": "",
		"text_manipulater": "text-manipulator", strings.Repeat("x", 1e6): "",
	} {
		if got := Nearest(in, names); got != want {
			t.Errorf("Nearest(%.20q) = %q; want %q", in, got, want)
		}
	}
}

func FuzzParseAndCheck(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"type":"integer"}},"required":["b"]}`, `{"a":1}`)
	f.Add(`{"enum":[{"a":1},[2]]}`, `[2]`)
	f.Add(`{"type":"object","properties":{"a":{"type":"integer","d\u0065fault":"x"}}}`, `{}`)
	f.Fuzz(func(t *testing.T, def, text string) {
		var d, v any
		if json.Unmarshal([]byte(def), &d) != nil || json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		s, err := Parse(d)
		if err != nil {
			return
		}
		out, err := Compile(s).Check(v)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a text")
			}
			return
		}
		// What passed passes again: defaults must fit too, or not be filled in.
		written, err := json.Marshal(d) // the text may spell the word otherwise
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(s).Check(out); err != nil && !strings.Contains(string(written), "default") {
			t.Fatalf("%#v passed, and as %#v does not: %v", v, out, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	c := Compile(Map("", Optional("operation", Choice("", "evaluate", "validate").WithDefault("evaluate")), Optional("input", Text(""), "expression"), Optional("variables", Map(""))))
	in := map[string]any{"operation": "evaluate", "input": "1+1"}
	for b.Loop() {
		if _, err := c.CheckObject(in); err != nil {
			b.Fatal(err)
		}
	}
}

package jsonschema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// check lists the violations as field:keyword.
func check(t testing.TB, s *Schema, value string) string {
	t.Helper()
	found, err := s.Check(context.Background(), decode(t, value), 100)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, v := range found {
		out = append(out, v.Field()+":"+v.Keyword)
	}
	return strings.Join(out, " ")
}

func TestKeywords(t *testing.T) {
	for schema, values := range map[string]map[string]string{
		`true`:               {`1`: ``},
		`false`:              {`1`: `:false`},
		`{"type":"integer"}`: {`1.0`: ``, `1.5`: `:type`, `"1"`: `:type`, `null`: `:type`}, `{"type":["string","null"]}`: {`null`: ``, `1`: `:type`},
		`{"type":"object"}`: {`{}`: ``, `[]`: `:type`}, `{"type":"array"}`: {`[]`: ``, `{}`: `:type`},
		`{"enum":[1,"a",{"x":[null]}]}`: {`1.0`: ``, `{"x":[null]}`: ``, `2`: `:enum`}, `{"const":null}`: {`null`: ``, `0`: `:const`},
		`{"multipleOf":0.1}`: {`0.3`: ``, `1.05`: `:multipleOf`, `0`: ``, `1e308`: ``}, `{"multipleOf":2}`: {`9007199254740993`: ``, `3`: `:multipleOf`},
		`{"minimum":1,"exclusiveMaximum":3}`: {`1`: ``, `3`: `:exclusiveMaximum`, `0`: `:minimum`, `"x"`: ``}, `{"minimum":1,"exclusiveMinimum":true}`: {`1`: `:exclusiveMinimum`},
		`{"minLength":2,"maxLength":3}`: {`"é"`: `:minLength`, `"日本語"`: ``, `"abcd"`: `:maxLength`, `5`: ``}, `{"pattern":"b+"}`: {`"abc"`: ``, `"a"`: `:pattern`},
		`{"items":{"type":"integer"},"minItems":4,"uniqueItems":true}`: {`[1,1.0,"x"]`: `:minItems :uniqueItems [3]:type`},
		`{"prefixItems":[{"type":"string"}],"items":false}`:            {`["a"]`: ``, `[1]`: `[1]:type`, `["a",1]`: `[2]:items`}, `{"items":[{"type":"string"}],"additionalItems":{"type":"null"}}`: {`["a",null]`: ``, `["a",1]`: `[2]:type`},
		`{"contains":{"const":1},"maxContains":2}`: {`[2,1]`: ``, `[2]`: `:contains`, `[1,1,1]`: `:maxContains`}, `{"contains":{"const":1},"minContains":0}`: {`[]`: ``},
		`{"required":["a"],"properties":{"a":{"type":"string"}}}`: {`{}`: `a:required`, `{"a":null}`: `a:type`, `5`: ``}, `{"minProperties":1,"maxProperties":1}`: {`{}`: `:minProperties`, `{"a":1,"b":2}`: `:maxProperties`},
		`{"patternProperties":{"^x_":{"type":"string"}},"properties":{"a":{}},"additionalProperties":false}`: {`{"x_1":"s","a":1}`: ``, `{"x_1":1,"b":1}`: `b:additionalProperties x_1:type`},
		`{"propertyNames":{"maxLength":1}}`: {`{"ab":1}`: `ab:propertyNames`}, `{"dependentRequired":{"a":["b"]}}`: {`{"a":1}`: `b:dependentRequired`, `{"b":1}`: ``},
		`{"dependencies":{"a":["b"],"c":{"required":["d"]}}}`: {`{"a":1,"c":1}`: `b:dependentRequired d:required`}, `{"dependentSchemas":{"a":{"maxProperties":1}}}`: {`{"a":1,"b":2}`: `:maxProperties`},
		`{"allOf":[{"minimum":2},{"maximum":3}]}`: {`2`: ``, `1`: `:minimum`}, `{"anyOf":[{"type":"string"},{"minimum":2}]}`: {`"a"`: ``, `1`: `:anyOf`},
		`{"anyOf":[{"type":"string"},{"type":"object","required":["a"]}]}`: {`{}`: `a:required`, `1`: `:anyOf`},
		`{"oneOf":[{"minimum":2},{"minimum":4}]}`:                          {`3`: ``, `5`: `:oneOf`, `1`: `:oneOf`}, `{"not":{"type":"string"}}`: {`1`: ``, `"a"`: `:not`},
		`{"if":{"minimum":3},"then":{"maximum":4},"else":{"const":1}}`: {`3`: ``, `5`: `:maximum`, `2`: `:const`}, `{"format":"odd"}`: {`"x"`: ``},
		// References.
		`{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"string"}}}`: {`"x"`: ``, `1`: `:type`}, `{"properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}}`: {`{"child":{"child":{"n":"x"}}}`: `child.child.n:type`},
		`{"$ref":"#name","definitions":{"x":{"$anchor":"name","const":1}}}`: {`1`: ``, `2`: `:const`}, `{"$id":"https://e.com/s","$ref":"https://e.com/s#/$defs/a","$defs":{"a":{"const":1}}}`: {`2`: `:const`},
		`{"properties":{"$ref":{"type":"string"}}}`: {`{"$ref":1}`: `$ref:type`}, `{"$ref":"#"}`: {`1`: errDepth.Error()},
	} {
		s, err := Compile(decode(t, schema), nil)
		if err != nil {
			t.Errorf("%s: %v", schema, err)
			continue
		}
		for value, want := range values {
			if got := check(t, s, value); got != want {
				t.Errorf("%s with %s: %q; want %q", schema, value, got, want)
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	for schema, want := range map[string]string{
		`5`: "must be an object or a boolean", `[1]`: "not an array", `{"type":"strnig"}`: `"strnig" is no JSON type`, `{"minimum":"1"}`: "minimum must be a number",
		`{"minLength":-1}`: "whole number", `{"properties":{"a/b":{"pattern":"("}}}`: "at /properties/a~1b/pattern: ", `{"required":"a"}`: "required must be an array",
		`{"required":true}`: "beside properties", `{"anyOf":[]}`: "at least one schema", `{"multipleOf":0}`: "more than 0", `{"$ref":"#/nope"}`: "leads nowhere",
		`{"$ref":"other.json"}`: "leads out of the schema", `{"$ref":"#nope"}`: "no $anchor", `{"$ref":5}`: "must be a string", `{"unevaluatedProperties":false}`: "not supported",
		`{"$defs":{"a":{"type":5}}}`: "type must be an array", strings.Repeat(`{"not":`, 300) + "{}" + strings.Repeat("}", 300): "nested more than 200 deep",
		`{"allOf":[` + strings.Repeat("{},", maxNodes) + `{}]}`: "more than 20000 schemas",
	} {
		_, err := Compile(decode(t, schema), nil)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v; want %q", schema, err, want)
		}
	}
}

func TestFormatAndTables(t *testing.T) {
	s, err := Compile(map[string]any{"type": "array", "minItems": 1.0, "items": map[string]any{"format": "f"}}, func(name, text string) bool { return name == "f" && text == "ok" })
	if err != nil {
		t.Fatal(err)
	}
	if got := check(t, s, `["ok","no"]`); got != "[2]:format" {
		t.Errorf("format: %q", got)
	}
	s.LuaTables = true
	if got := check(t, s, `{}`); got != ":minItems" {
		t.Errorf("an empty table: %q", got)
	}
}

// A schema of a kilobyte may ask for 2^40 checks: the context ends them.
func TestExplosion(t *testing.T) {
	defs := map[string]any{"n0": map[string]any{"type": "string"}}
	for i := 1; i <= 40; i++ {
		ref := map[string]any{"$ref": fmt.Sprintf("#/$defs/n%d", i-1)}
		defs[fmt.Sprintf("n%d", i)] = map[string]any{"anyOf": []any{ref, ref}}
	}
	s, err := Compile(map[string]any{"$ref": "#/$defs/n40", "$defs": defs}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := s.Check(ctx, 1.0, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an exploding schema gives %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it was stopped after %v", d)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(`{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#"}}}}`, `[[],{}]`)
	f.Add(`{"oneOf":[{"type":"string","pattern":"a"},{"multipleOf":0.5}],"if":{},"then":{"const":1}}`, `1.5`)
	f.Add(`{"properties":{"a":false},"patternProperties":{"b":{}},"dependencies":{"a":["c"]},"uniqueItems":true}`, `{"a":1e308}`)
	f.Fuzz(func(t *testing.T, schema, value string) {
		var def, v any
		if json.Unmarshal([]byte(schema), &def) != nil || json.Unmarshal([]byte(value), &v) != nil {
			return
		}
		s, err := Compile(def, nil)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		if found, err := s.Check(ctx, v, 10); err == nil && len(found) > 10 {
			t.Errorf("%d violations", len(found))
		}
	})
}

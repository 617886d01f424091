package data

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestSchemaGenerator(t *testing.T) {
	const draft = `"$schema":"https://json-schema.org/draft/2020-12/schema"`
	tooltest.New(t, Definitions()).Table(t, "json-schema-generator", []tooltest.Want{
		{Params: `{"input":5}`, Field: "schema", Value: `{` + draft + `,"type":"integer"}`},
		{Params: `{"input":"{\"a\":1} {\"a\":null}","title":"T"}`, Field: "schema",
			Value: `{` + draft + `,"properties":{"a":{"type":["integer","null"]}},"required":["a"],"title":"T","type":"object"}`},
		{Params: `{"samples":[[1,2.5],[]],"bounds":true}`, Field: "schema",
			Value: `{` + draft + `,"items":{"maximum":2.5,"minimum":1,"type":"number"},"maxItems":2,"minItems":0,"type":"array"}`},
		{Params: `{"samples":["a","b","a","b"],"enum_limit":2}`, Field: "schema", Value: `{` + draft + `,"enum":["a","b"],"type":"string"}`},
		{Params: `{"samples":["a","b","a","c","c"],"enum_limit":2}`, Field: "schema", Value: `{` + draft + `,"type":"string"}`},
		{Params: `{"samples":["2024-02-29","2024-01-01"]}`, Field: "schema", Value: `{` + draft + `,"format":"date","type":"string"}`},
		{Params: `{"samples":["2024-02-29","soon"]}`, Field: "schema", Value: `{` + draft + `,"type":"string"}`},
		{Params: `{"samples":["::1"]}`, Field: "schema", Value: `{` + draft + `,"format":"ipv6","type":"string"}`},
		{Params: `{"samples":["https://example.com/x"],"detect_formats":false,"bounds":true}`, Field: "schema", Value: `{` + draft + `,"maxLength":21,"minLength":21,"type":"string"}`},
		{Params: `{"samples":[{"x":[]},{}],"closed":true}`, Field: "schema",
			Value: `{` + draft + `,"additionalProperties":false,"properties":{"x":{"items":{},"type":"array"}},"type":"object"}`},
		{Params: `{"input":null,"samples":[true]}`, Field: "samples", Value: `2`},

		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"{"}`, Err: `"input" is not JSON`},
		{Params: `{"samples":5}`, Err: `"samples" is wrong`},
		{Params: `{"samples":[1],"title":5}`, Err: `"title" is wrong`},
		{Params: `{"samples":[1],"enum_limit":99}`, Err: `"enum_limit" is wrong`},
		{Params: `{"samples":[1],"bounds":1}`, Err: `"bounds" is wrong`},
		{Params: `{"samples":[1],"closed":1}`, Err: `"closed" is wrong`},
		{Params: `{"samples":[1],"detect_formats":1}`, Err: `"detect_formats" is wrong`},
		{Params: `{"samples":[` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]}`, Err: "nested more than 100 deep", Code: tool.LimitExceeded},
	})
}

// An independent validator accepts the samples under the schema made of them.
func TestSamplesFitTheirSchema(t *testing.T) {
	samples := `[{"id":1,"mail":"a@example.com","at":"2024-02-29T10:00:00Z","tags":["x"],"o":{"k":[1,"a",null,{"z":1.5}]}},{"id":2.5,"tags":[],"o":null}]`
	r := tooltest.New(t, Definitions())
	for _, options := range []string{``, `,"bounds":true,"closed":true,"enum_limit":5`} {
		res, err := r.Call(t, context.Background(), "json-schema-generator", `{"samples":`+samples+options+`}`)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(res.Value.(map[string]any)["schema"])
		doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("s.json", doc); err != nil {
			t.Fatal(err)
		}
		s, compileErr := c.Compile("s.json")
		if compileErr != nil {
			t.Fatal(compileErr)
		}
		values, _ := jsonschema.UnmarshalJSON(strings.NewReader(samples))
		for _, v := range values.([]any) {
			if err := s.Validate(v); err != nil {
				t.Errorf("%s refuses its sample: %v", text, err)
			}
		}
	}
}

func TestSchemaGenerationIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := tooltest.New(t, Definitions())
	if _, err := r.Call(t, ctx, "json-schema-generator", `{"samples":[`+strings.Repeat("1,", 5000)+`1]}`); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

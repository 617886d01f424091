package data

import (
	"context"

	"github.com/llmspell/llmspell/internal/lru"
	"github.com/llmspell/llmspell/tools/internal/jsonschema"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func jsonDefinition() tool.Definition {
	queryText := schema.Text("The query, in the language of jq. A value that it computes with takes up to 256 MB; an assignment adds up to 4194304 elements to arrays; a text in which all matches of a pattern are looked for has up to 4 MB").WithDefault(".")
	queryText.MaxLength = schema.Ptr(64 << 10)
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "json-processor", Category: "data", Version: "1.0.0", Security: tool.Safe,
			Tags:        []string{"json", "jq", "query", "transform", "validate", "schema"},
			Description: "Queries and transforms JSON with jq, and validates it against a JSON Schema",
			Parameters: schema.Map("",
				schema.Optional("operation", schema.Choice("query the input with jq (transform and jq are the same); validate it; or query each value of a stream of JSON values, such as JSON lines",
					"query", "transform", "jq", "validate", "stream").WithDefault("query")),
				schema.Optional("input", &schema.Schema{Description: "JSON as text, or any value as it is"}, "data", "json"),
				schema.Optional("query", queryText, "filter", "expression"),
				schema.Optional("schema", &schema.Schema{Types: []schema.Type{schema.Object, schema.String}, Description: "The JSON Schema, or its text (validate): drafts 7 to 2020-12, with $ref within the schema; format is not checked, and $dynamicRef, unevaluatedProperties and unevaluatedItems are refused"})),
			Result: &schema.Schema{Description: "What the query gives: a value, or an array when it gives several, or null when it gives none; " +
				"stream always gives an array; validate gives {valid, errors: [{path, message, keyword}]}"},
			Examples: []tool.Example{
				{Description: "Query", Params: map[string]any{"operation": "query", "input": `{"users":[{"name":"Ann"},{"name":"Bob"}]}`, "query": ".users | map(.name)"},
					Want: []any{"Ann", "Bob"}},
				{Description: "Transform", Params: map[string]any{"operation": "transform", "input": map[string]any{"first": "Ann", "age": 30.0}, "query": "{name: .first}"},
					Want: map[string]any{"name": "Ann"}},
				{Description: "Query as jq does", Params: map[string]any{"operation": "jq", "input": "[3,1,2]", "query": "sort | .[0]"}, Want: 1.0},
				{Description: "Compute with a value as it is", Params: map[string]any{"input": map[string]any{"prices": []any{3.0, 4.5}}, "query": ".prices | add"}, Want: 7.5},
				{Description: "Validate", Params: map[string]any{"operation": "validate", "input": `{"age":"x"}`,
					"schema": map[string]any{"type": "object", "properties": map[string]any{"age": map[string]any{"type": "integer"}}}},
					Want: map[string]any{"valid": false, "errors": []any{map[string]any{"path": "age", "message": "must be an integer, not a string", "keyword": "type"}}}},
				{Description: "Query each line of JSON lines", Params: map[string]any{"operation": "stream", "input": "{\"n\":1}\n{\"n\":2}\n", "query": ".n * 10"},
					Want: []any{10.0, 20.0}},
			},
		},
		New: func() (tool.Tool, error) {
			return &jsonProcessor{cache: lru.New[*query](256), maxGrowth: maxGrowth}, nil
		},
	}
}

// maxOutputs bounds what one query may give.
const maxOutputs = 1_000_000

type jsonProcessor struct {
	cache     *lru.Cache[*query]
	maxGrowth uint64
}

// Run does one operation.
func (j *jsonProcessor) Run(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	input, given := call.Params["input"]
	if !given {
		return nil, call.Missing("input")
	}
	if call.Operation == "validate" {
		return validateJSON(ctx, call, input)
	}
	q, err := j.compile(call.Params.String("query"))
	if err != nil {
		return nil, err
	}
	ctx, stop := watch(ctx, j.maxGrowth)
	defer stop()
	text, isText := input.(string)
	if call.Operation == "stream" {
		return runStream(ctx, q, input, isText)
	}
	var outputs []any
	if isText {
		outputs, err = q.fromText(ctx, text)
	} else {
		outputs, err = q.fromValue(ctx, input, nil)
	}
	if err != nil {
		return nil, err
	}
	r := &tool.Result{Metadata: map[string]any{"outputs": len(outputs)}}
	switch len(outputs) {
	case 0:
	case 1:
		r.Value = outputs[0]
	default:
		r.Value = outputs
	}
	return r, nil
}

func runStream(ctx context.Context, q *query, input any, isText bool) (*tool.Result, error) {
	var values []any
	if isText {
		var err error
		if values, err = decodeStream(ctx, input.(string)); err != nil {
			return nil, err
		}
	} else if list, ok := input.([]any); ok {
		values = list
	} else {
		return nil, &schema.FieldError{Path: "input", Expected: "text with one JSON value after the other, or an array", Value: input}
	}
	outputs := []any{}
	for _, v := range values {
		var err error
		if outputs, err = q.fromValue(ctx, v, outputs); err != nil {
			return nil, err
		}
	}
	return &tool.Result{Value: outputs, Metadata: map[string]any{"inputs": len(values), "outputs": len(outputs)}}, nil
}

func validateJSON(ctx context.Context, call *tool.Call, input any) (*tool.Result, error) {
	def := call.Params["schema"]
	if def == nil {
		return nil, call.Missing("schema")
	}
	if text, ok := def.(string); ok {
		var err error
		if def, err = decodeJSON(ctx, text); err != nil {
			return nil, &schema.FieldError{Path: "schema", Problem: "is not JSON: " + err.Error()}
		}
	}
	s, err := jsonschema.Compile(def, nil)
	if err != nil {
		return nil, &schema.FieldError{Path: "schema", Problem: "is no JSON Schema that can be used: " + err.Error()}
	}
	if text, ok := input.(string); ok {
		value, err := decodeJSON(ctx, text)
		if err != nil {
			return invalid("", "not JSON: "+err.Error()), nil
		}
		input = value
	}
	found, err := s.Check(ctx, input, 1000)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(found))
	for i, f := range found {
		list[i] = map[string]any{"path": f.Field(), "message": f.Words, "keyword": f.Keyword}
	}
	return tool.Value(map[string]any{"valid": len(found) == 0, "errors": list}), nil
}

func invalid(path, message string) *tool.Result {
	return tool.Value(map[string]any{"valid": false, "errors": []any{map[string]any{"path": path, "message": message}}})
}

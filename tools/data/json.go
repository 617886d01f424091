package data

import (
	"context"
	"errors"
	"fmt"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/tools/internal/lru"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func jsonDefinition() tool.Definition {
	query := schema.Text("The query, in the language of jq").WithDefault(".")
	query.MaxLength = schema.Ptr(64 << 10)
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "json-processor", Category: "data", Version: "1.0.0", Security: tool.Safe,
			Tags:        []string{"json", "jq", "query", "transform", "validate", "schema"},
			Description: "Queries and transforms JSON with jq, and validates it against a JSON Schema",
			Parameters: schema.Map("",
				schema.Optional("operation", schema.Choice("query the input with jq; validate it; or query each value of a stream of JSON values, such as JSON lines",
					"query", "validate", "stream").WithDefault("query").WithAliases(map[string]string{"transform": "query", "jq": "query"})),
				schema.Optional("input", &schema.Schema{Description: "JSON as text, or any value as it is"}, "data", "json"),
				schema.Optional("query", query, "filter", "expression"),
				schema.Optional("schema", &schema.Schema{Types: []schema.Type{schema.Object, schema.String}, Description: "The JSON Schema, or its text (validate)"})),
			Result: &schema.Schema{Description: "What the query gives: a value, or an array when it gives several, or null when it gives none; " +
				"stream always gives an array; validate gives {valid, errors: [{path, message}]}"},
			Examples: []tool.Example{
				{Description: "Query", Params: map[string]any{"operation": "query", "input": `{"users":[{"name":"Ann"},{"name":"Bob"}]}`, "query": ".users | map(.name)"}},
				{Description: "Validate", Params: map[string]any{"operation": "validate", "input": `{"age":"x"}`,
					"schema": map[string]any{"type": "object", "properties": map[string]any{"age": map[string]any{"type": "integer"}}}}},
			},
		},
		New: func() (tool.Tool, error) {
			return &jsonProcessor{cache: lru.New[*gojq.Code](256), maxGrowth: maxGrowth}, nil
		},
	}
}

// maxOutputs bounds what one query may give.
const maxOutputs = 1_000_000

type jsonProcessor struct {
	cache     *lru.Cache[*gojq.Code]
	maxGrowth uint64
}

// Run does one operation.
func (j *jsonProcessor) Run(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	input, given := call.Params["input"]
	if !given {
		return nil, call.Missing("input")
	}
	if call.Operation == "validate" {
		return validateJSON(call, input)
	}
	code, err := j.compile(call.Params.String("query"))
	if err != nil {
		return nil, err
	}
	ctx, stop := watch(ctx, j.maxGrowth)
	defer stop()
	text, isText := input.(string)
	if call.Operation == "stream" {
		return runStream(ctx, code, input, isText)
	}
	var value any
	if isText { // decoding gives nothing that gojq does not know
		if value, err = decodeJSON(text); err != nil {
			return nil, &schema.FieldError{Path: "input", Problem: "is not JSON: " + err.Error()}
		}
	} else {
		value = forQuery(input)
	}
	outputs, err := runQuery(ctx, code, value, nil)
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

// compile is cached because scripts run one query over many inputs. Queries
// see neither the environment nor modules: gojq gives them none unless asked.
func (j *jsonProcessor) compile(query string) (*gojq.Code, error) {
	if code, ok := j.cache.Get(query); ok {
		return code, nil
	}
	wrong := func(err error) error {
		return &schema.FieldError{Path: "query", Problem: "is not a jq query: " + err.Error()}
	}
	parsed, err := gojq.Parse(query)
	if err != nil {
		return nil, wrong(err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, wrong(err)
	}
	if len(query) <= 4096 {
		j.cache.Put(query, code)
	}
	return code, nil
}

// runQuery appends what the query gives for one input.
func runQuery(ctx context.Context, code *gojq.Code, input any, outputs []any) ([]any, error) {
	iter := code.RunWithContext(ctx, input)
	for {
		v, ok := iter.Next()
		if !ok {
			return outputs, nil
		}
		if err, ok := v.(error); ok {
			if halt := (*gojq.HaltError)(nil); errors.As(err, &halt) && halt.Value() == nil {
				return outputs, nil // the query said halt
			}
			if cause := context.Cause(ctx); cause != nil {
				return nil, cause
			}
			return nil, tool.Errorf(tool.ExecutionFailed, "the query failed: %w", err)
		}
		if len(outputs) == maxOutputs {
			return nil, fmt.Errorf("the query gives more than %d values; narrow it, with limit(n; …) for example", maxOutputs)
		}
		outputs = append(outputs, fromQuery(v))
	}
}

func runStream(ctx context.Context, code *gojq.Code, input any, isText bool) (*tool.Result, error) {
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
		if outputs, err = runQuery(ctx, code, forQuery(v), outputs); err != nil {
			return nil, err
		}
	}
	return &tool.Result{Value: outputs, Metadata: map[string]any{"inputs": len(values), "outputs": len(outputs)}}, nil
}

func validateJSON(call *tool.Call, input any) (*tool.Result, error) {
	def := call.Params["schema"]
	if def == nil {
		return nil, call.Missing("schema")
	}
	if text, ok := def.(string); ok {
		var err error
		if def, err = decodeJSON(text); err != nil {
			return nil, &schema.FieldError{Path: "schema", Problem: "is not JSON: " + err.Error()}
		}
	}
	s, err := schema.Parse(def)
	if err != nil {
		return nil, &schema.FieldError{Path: "schema", Problem: err.Error()}
	}
	if text, ok := input.(string); ok {
		value, err := decodeJSON(text)
		if err != nil {
			return invalid("", "not JSON: "+err.Error()), nil
		}
		input = value
	}
	if _, err := schema.Compile(s).Check(input); err != nil {
		if field := (*schema.FieldError)(nil); errors.As(err, &field) {
			return invalid(field.Path, field.Reason()), nil
		}
		return nil, err
	}
	return tool.Value(map[string]any{"valid": true, "errors": []any{}}), nil
}

func invalid(path, message string) *tool.Result {
	return tool.Value(map[string]any{"valid": false, "errors": []any{map[string]any{"path": path, "message": message}}})
}

package utility

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/tools/internal/jsonschema"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility/internal/validate"
)

func validatorDefinition() tool.Definition {
	rule := func(pairs ...any) map[string]any { return object(pairs...) }
	return tool.Static(&tool.Descriptor{
		Name: "data-validator", Aliases: []string{"data-validation"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags: []string{"validate", "check", "rules", "schema", "email", "form"},
		Description: "Checks a value against rules (required, type, length, range, pattern, enum, email, url, date, custom, array, object) " +
			"or a JSON Schema, and reports every violation",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("validate the input, or list the kinds of rules and the names of custom checks", "validate", "checks").
				WithDefault("validate").WithAliases(map[string]string{"check": "validate", "list": "checks"})),
			schema.Optional("input", &schema.Schema{Description: "The value to check, of any type; a missing one counts as null"}, "data", "value"),
			schema.Optional("rules", &schema.Schema{Types: []schema.Type{schema.Object, schema.Array, schema.String},
				Description: "The rules: {rules: [{type: …}, …]}, the list itself, an object of fields such as {age: {type: integer, min: 18}}, " +
					"or words such as required|email. Each rule is one of required; type {expected}; length {min, max}; range {min, max}; " +
					"pattern {regex}, in RE2 syntax; enum {values}; email; url; date {format}, as for strftime, ISO 8601 by default; " +
					"custom {name}, where the operation checks lists the names; array {min_items, max_items, unique, item_rules}; " +
					"object {properties, required, additional_properties}; and each may have a message of its own"}),
			schema.Optional("schema", &schema.Schema{Types: []schema.Type{schema.Object}, Description: "A JSON Schema, beside rules or in their place: " +
				"drafts 7 to 2020-12, with $ref within the schema; formats that the operation checks lists are checked. " +
				"$dynamicRef, unevaluatedProperties and unevaluatedItems are refused"}, "json_schema")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("valid", schema.Flag("Whether the input obeys all rules (validate)")),
			schema.Optional("errors", schema.List(fmt.Sprintf("What is wrong, at most %d entries (validate)", validate.MaxViolations), schema.Map("",
				schema.Required("field", schema.Text("The place, such as user.tags[2], counted from 1; input is the whole value")),
				schema.Optional("value", &schema.Schema{Description: "What was found; a text about it when it is an array or an object"}),
				schema.Required("rule", schema.Text("The kind of rule that it breaks")),
				schema.Required("message", schema.Text("What would be right"))))),
			schema.Optional("rules", schema.List("The kinds of rules (checks)", nil)),
			schema.Optional("custom", schema.List("The names that custom takes (checks)", nil)),
		}},
		Examples: []tool.Example{
			{Description: "Check a text", Params: object("input", "ann@example", "rules", object("rules", array(rule("type", "required"), rule("type", "email")))),
				Want: object("valid", false, "errors", array(object("field", "input", "value", "ann@example", "rule", "email",
					"message", "input must be an e-mail address such as ann@example.com")))},
			{Description: "Check the fields of an object", Params: object(
				"input", object("name", "Ann", "age", 17.0),
				"rules", object("name", object("required", true, "min_length", 2.0), "age", object("type", "integer", "min", 18.0))),
				Want: object("valid", false, "errors", array(object("field", "age", "value", 17.0, "rule", "range", "message", "age must be at least 18")))},
			{Description: "Check with a JSON Schema", Params: object("input", object("tags", array("a", "b")), "schema", object("type", "object",
				"required", array("tags"), "properties", object("tags", object("type", "array", "items", object("type", "string"))))),
				Want: object("valid", true, "errors", array())},
			{Description: "List the kinds of rules", Params: object("operation", "checks")},
		},
	}, validateData)
}

func validateData(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Operation == "checks" {
		return tool.Value(map[string]any{"rules": anyList(validate.Names()), "custom": anyList(validate.Checks())}), nil
	}
	if !call.Params.Has("rules") && !call.Params.Has("schema") {
		return nil, call.Missing("rules", "schema")
	}
	var rules validate.Rules
	var given *jsonschema.Schema
	if v, ok := call.Params["rules"]; ok {
		var err error
		if rules, err = validate.Parse("rules", v); err != nil {
			return nil, err
		}
	}
	if v, ok := call.Params["schema"]; ok {
		var err error
		if given, err = jsonschema.Compile(v, validate.Format); err != nil {
			e := (*jsonschema.Error)(nil)
			errors.As(err, &e)
			return nil, &schema.FieldError{Path: "schema" + strings.ReplaceAll(e.Pointer, "/", "."), Problem: "makes no JSON Schema that can be used: " + e.Problem}
		}
		given.LuaTables = true
	}
	found, err := rules.Check(ctx, call.Params["input"])
	if err != nil {
		return nil, err
	}
	if given != nil {
		more, err := given.Check(ctx, call.Params["input"], validate.MaxViolations-len(found))
		if err != nil {
			return nil, err
		}
		for _, v := range more {
			found = append(found, schemaViolation(&v))
		}
	}
	list := make([]any, len(found))
	for i, f := range found {
		list[i] = map[string]any{"field": f.Field, "value": f.Value, "rule": f.Rule, "message": f.Message}
	}
	r := tool.Value(map[string]any{"valid": len(found) == 0, "errors": list})
	switch {
	case len(found) == 0:
		r.Message = "the input is valid"
	case len(found) == validate.MaxViolations:
		r.Message = fmt.Sprintf("the input breaks rules in %d places or more", len(found))
	default:
		r.Message = fmt.Sprintf("the input breaks rules in %d places; the first: %s", len(found), found[0].Message)
	}
	return r, nil
}

// schemaViolation is a violation of a JSON Schema in the words of rules.
func schemaViolation(v *jsonschema.Violation) validate.Violation {
	out := validate.Violation{Field: v.Field(), Value: validate.Shown(v.Value), Rule: v.Keyword}
	if out.Field == "" {
		out.Field = validate.Root
	}
	switch v.Keyword {
	case "minLength", "maxLength":
		out.Rule = "length"
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
		out.Rule = "range"
	case "const":
		out.Rule = "enum"
	case "minItems", "maxItems", "uniqueItems", "contains", "maxContains", "items":
		out.Rule = "array"
	case "minProperties", "maxProperties", "propertyNames":
		out.Rule = "object"
	case "additionalProperties":
		out.Rule = "additional_properties"
	case "dependentRequired":
		out.Rule = "required"
	}
	out.Message = out.Field + " " + v.Words
	return out
}

// object makes an object of names and values in turn, for examples.
func object(pairs ...any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

func array(items ...any) []any {
	if items == nil {
		return []any{}
	}
	return items
}

func anyList[T any](items []T) []any {
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = e
	}
	return out
}

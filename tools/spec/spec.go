// Package spec reads what a program says of a tool that it makes itself: the table of
// Tool.register, as plain data. The kernel registers what it reads, and the language
// server knows it before it runs: so both say the same of it, in the same words.
package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Read makes the descriptor of a tool. m has the keys name, description, parameters,
// result, category, version, tags and aliases, with values as encoding/json decodes
// them, whole numbers being int64 or float64. The error says which of them is wrong,
// and what is expected.
func Read(m map[string]any) (*tool.Descriptor, error) {
	p, err := checker().CheckObject(m)
	if err != nil {
		return nil, err
	}
	params := tool.Params(p)
	d := &tool.Descriptor{
		Name: Canonical(params.String("name")), Description: params.String("description"),
		Category: params.String("category"), Version: params.String("version"), Security: tool.Restricted, SideEffects: true,
		Tags: Texts(p["tags"]), Aliases: Texts(p["aliases"]),
	}
	if !isName(d.Name) {
		return nil, &schema.FieldError{Path: "name", Expected: "letters, digits, and hyphens or underscores between them", Value: params.String("name")}
	}
	if d.Parameters, err = Parameters(p["parameters"]); err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	if result, ok := p["result"]; ok {
		if d.Result, err = schema.Parse(result); err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
	}
	return d, nil
}

// checker checks what a tool says of itself.
var checker = sync.OnceValue(func() *schema.Checker {
	name := schema.Text("lower case words joined by hyphens")
	name.MaxLength = schema.Ptr(64)
	texts := schema.List("", schema.Text(""))
	return schema.Compile(schema.Map("",
		schema.Required("name", name), schema.Required("description", schema.Text("what the tool does")),
		schema.Optional("parameters", &schema.Schema{Types: []schema.Type{schema.Object, schema.Array}}, "schema"),
		schema.Optional("result", &schema.Schema{Types: []schema.Type{schema.Object}}),
		schema.Optional("category", schema.Text("").WithDefault("custom")), schema.Optional("version", schema.Text("").WithDefault("1.0.0")),
		schema.Optional("tags", texts), schema.Optional("aliases", texts),
	))
})

// isName tells whether a text is words of small letters and digits with hyphens between
// them.
func isName(s string) bool {
	for _, word := range strings.Split(s, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// Canonical is the name that a tool gets: in lower case, with hyphens.
func Canonical(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// Texts is a list of strings that a schema has checked.
func Texts(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		out = append(out, item.(string)) // as the schema has found
	}
	return out
}

// Parameters reads the parameters of a tool: a JSON Schema of an object, a
// list as that of Tool.get(name).schema.parameters, or its items by their names.
// None at all: anything goes.
func Parameters(v any) (*schema.Schema, error) {
	var s *schema.Schema
	var err error
	switch v := v.(type) {
	case nil:
		s = schema.Map("")
	case []any:
		s, err = parameterList(v)
	case map[string]any:
		if byName := named(v); byName != nil {
			s, err = parameterList(byName)
		} else {
			s, err = schema.Parse(v)
		}
	default:
		s, err = schema.Parse(v)
	}
	if err != nil {
		return nil, err
	}
	if len(s.Types) == 0 {
		s.Types = []schema.Type{schema.Object}
	}
	if !slices.Equal(s.Types, []schema.Type{schema.Object}) {
		return nil, errors.New(`they must be the properties of one object: {type = "object", properties = {…}}`)
	}
	return s, nil
}

// IsNamed tells whether parameters are given by their names, and not as a schema.
func IsNamed(m map[string]any) bool { return named(m) != nil }

// named turns {who = {type = "string", required = true}} into the list of
// parameters that it stands for; nil when it is a schema.
func named(m map[string]any) []any {
	var out []any
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p, ok := m[name].(map[string]any)
		if _, isType := p["type"].(string); !ok || !isType || name == "items" || name == "not" || name == "additionalProperties" {
			return nil
		}
		p = maps.Clone(p)
		p["name"] = name
		out = append(out, p)
	}
	return out
}

// parameterList reads {{name=, type=, description=, required=, default=, enum=}, …}.
// All else in an item is JSON Schema.
func parameterList(items []any) (*schema.Schema, error) {
	s := schema.Map("")
	s.Closed = true
	for i, item := range items {
		m, _ := item.(map[string]any)
		name, ok := m["name"].(string)
		if !ok || name == "" {
			return nil, fmt.Errorf("item %d: expected {name = \"…\", type = \"…\", description = \"…\", required = true or false}", i+1)
		}
		required, _ := m["required"].(bool)
		rest := map[string]any{}
		for k, v := range m {
			if k != "name" && k != "required" {
				rest[k] = v
			}
		}
		if rest["type"] == "any" {
			delete(rest, "type")
		}
		property, err := schema.Parse(rest)
		if err != nil {
			return nil, fmt.Errorf("item %d, %q: %w", i+1, name, err)
		}
		s.Properties = append(s.Properties, schema.Property{Name: name, Required: required, Schema: property})
	}
	return s, nil
}

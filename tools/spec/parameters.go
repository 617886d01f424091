package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/tools/schema"
)

// Error is what is wrong with the parameters of a tool, or with its result.
type Error struct {
	Member string // "parameters" or "result"
	// Item is the place in a list of parameters, from 1; 0 if they are no list.
	Item int
	// Name is the parameter of a list, or of a table by names, that is wrong; "" if it has
	// none, or the member as a whole is wrong.
	Name string
	// Err is a *schema.ParseError if a JSON Schema is wrong.
	Err error
}

func (e *Error) Error() string {
	switch {
	case e.Item > 0 && e.Name != "":
		return fmt.Sprintf("%s: item %d, %q: %v", e.Member, e.Item, e.Name, e.Err)
	case e.Item > 0:
		return fmt.Sprintf("%s: item %d: %v", e.Member, e.Item, e.Err)
	case e.Name != "":
		return fmt.Sprintf("%s: %q: %v", e.Member, e.Name, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Member, e.Err)
}

// Unwrap is what is wrong with the part that e names.
func (e *Error) Unwrap() error { return e.Err }

// Result reads the JSON Schema of what a tool gives. Errors are *Error.
func Result(v any) (*schema.Schema, error) {
	s, err := schema.Parse(v)
	if err != nil {
		return nil, &Error{Member: "result", Err: err}
	}
	return s, nil
}

// Parameters reads the parameters of a tool: a JSON Schema of an object, a
// list as that of Tool.get(name).schema.parameters, or its items by their names.
// None at all: anything goes. Errors are *Error.
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
			if s, err = parameterList(byName); err != nil {
				err.(*Error).Item = 0 // their order is ours
			}
		} else {
			s, err = parametersSchema(v)
		}
	default:
		s, err = parametersSchema(v)
	}
	if err != nil {
		return nil, err
	}
	if len(s.Types) == 0 {
		s.Types = []schema.Type{schema.Object}
	}
	if !slices.Equal(s.Types, []schema.Type{schema.Object}) {
		return nil, &Error{Member: "parameters", Err: errors.New(`they must be the properties of one object: {type = "object", properties = {…}}`)}
	}
	return s, nil
}

func parametersSchema(v any) (*schema.Schema, error) {
	s, err := schema.Parse(v)
	if err == nil {
		err = fitting(s, "")
	}
	if err != nil {
		return nil, &Error{Member: "parameters", Err: err}
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
// All else in an item is JSON Schema. Errors are *Error.
func parameterList(items []any) (*schema.Schema, error) {
	s := schema.Map("")
	s.Closed = true
	for i, item := range items {
		m, _ := item.(map[string]any)
		name, ok := m["name"].(string)
		if !ok || name == "" {
			return nil, &Error{Member: "parameters", Item: i + 1, Err: errors.New(`expected {name = "…", type = "…", description = "…", required = true or false}`)}
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
		if err == nil {
			err = fitting(property, "")
		}
		if err != nil {
			return nil, &Error{Member: "parameters", Item: i + 1, Name: name, Err: err}
		}
		s.Properties = append(s.Properties, schema.Property{Name: name, Required: required, Schema: property})
	}
	return s, nil
}

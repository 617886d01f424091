package schema

import (
	"encoding/json"
	"regexp"
)

// Type is a JSON type name.
type Type string

// The JSON types. Integer is a number without a fraction.
const (
	Object  Type = "object"
	Array   Type = "array"
	String  Type = "string"
	Number  Type = "number"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Null    Type = "null"
)

// Schema describes one value. The zero Schema accepts anything.
type Schema struct {
	Types       []Type // any of these; none means any type
	Description string
	Default     any // what a missing property counts as; nil for none
	Enum        []any
	// Aliases are further spellings of enum strings, each with the value that
	// Check puts in its place. They are not part of the JSON Schema.
	Aliases map[string]string

	Minimum, Maximum     *float64
	MinLength, MaxLength *int // of a string, in characters
	MinItems, MaxItems   *int
	Pattern              *regexp.Regexp // must match somewhere in the string
	Items                *Schema

	Properties []Property
	Closed     bool    // refuse properties that are not listed
	Additional *Schema // what unlisted properties must be; nil for anything

	// Keywords that few schemas need.
	ExclusiveMinimum, ExclusiveMaximum, MultipleOf *float64
	MinProperties, MaxProperties                   *int
	UniqueItems                                    bool
	Format                                         string    // describes; nothing is checked
	AllOf, AnyOf, OneOf                            []*Schema // the first of AnyOf that a value fits fills in its defaults
	Not                                            *Schema

	Deprecated bool // describes; nothing is checked
}

// Property is one named member of an object.
type Property struct {
	Name     string
	Required bool
	// Aliases are other names under which callers may pass the property. Check
	// renames them. They are not part of the JSON Schema.
	Aliases []string
	*Schema
}

// Ptr returns a pointer to v, for the optional bounds of a Schema.
func Ptr[T any](v T) *T { return &v }

// Text describes a string.
func Text(description string) *Schema {
	return &Schema{Types: []Type{String}, Description: description}
}

// Choice describes a string that is one of values.
func Choice(description string, values ...string) *Schema {
	s := Text(description)
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// Flag describes a boolean that is false when missing.
func Flag(description string) *Schema {
	return &Schema{Types: []Type{Boolean}, Description: description, Default: false}
}

// Num describes a number.
func Num(description string) *Schema {
	return &Schema{Types: []Type{Number}, Description: description}
}

// Int describes a whole number between low and high.
func Int(description string, low, high float64) *Schema {
	return &Schema{Types: []Type{Integer}, Description: description, Minimum: &low, Maximum: &high}
}

// Map describes an object with names of the caller's choice, or, when
// properties are given, with those and no others.
func Map(description string, properties ...Property) *Schema {
	return &Schema{Types: []Type{Object}, Description: description, Properties: properties, Closed: len(properties) > 0}
}

// List describes an array.
func List(description string, items *Schema) *Schema {
	return &Schema{Types: []Type{Array}, Description: description, Items: items}
}

// WithDefault returns the schema with a default value.
func (s *Schema) WithDefault(v any) *Schema { c := *s; c.Default = v; return &c }

// WithAliases returns the schema with further spellings of its enum values.
func (s *Schema) WithAliases(aliases map[string]string) *Schema {
	c := *s
	c.Aliases = aliases
	return &c
}

// Required makes a property that callers must pass.
func Required(name string, s *Schema, aliases ...string) Property {
	return Property{Name: name, Required: true, Schema: s, Aliases: aliases}
}

// Optional makes a property that callers may leave out.
func Optional(name string, s *Schema, aliases ...string) Property {
	return Property{Name: name, Schema: s, Aliases: aliases}
}

// MarshalJSON writes the schema as JSON Schema (draft 2020-12).
func (s *Schema) MarshalJSON() ([]byte, error) { return json.Marshal(s.JSON()) }

// JSON returns the schema as the value that encoding/json would decode from
// its JSON Schema text.
func (s *Schema) JSON() map[string]any {
	out := map[string]any{}
	switch len(s.Types) {
	case 0:
	case 1:
		out["type"] = string(s.Types[0])
	default:
		list := make([]any, len(s.Types))
		for i, t := range s.Types {
			list[i] = string(t)
		}
		out["type"] = list
	}
	if s.Description != "" {
		out["description"] = s.Description
	}
	if s.Default != nil {
		out["default"] = s.Default
	}
	if s.Enum != nil {
		out["enum"] = s.Enum
	}
	if s.Minimum != nil {
		out["minimum"] = *s.Minimum
	}
	if s.Maximum != nil {
		out["maximum"] = *s.Maximum
	}
	for name, n := range map[string]*int{
		"minLength": s.MinLength, "maxLength": s.MaxLength, "minItems": s.MinItems, "maxItems": s.MaxItems,
	} {
		if n != nil {
			out[name] = float64(*n)
		}
	}
	if s.Pattern != nil {
		out["pattern"] = s.Pattern.String()
	}
	if s.Items != nil {
		out["items"] = s.Items.JSON()
	}
	if s.Deprecated {
		out["deprecated"] = true
	}
	s.objectJSON(out)
	s.combinedJSON(out)
	return out
}

func (s *Schema) objectJSON(out map[string]any) {
	if len(s.Properties) > 0 {
		props := make(map[string]any, len(s.Properties))
		var required []any
		for _, p := range s.Properties {
			props[p.Name] = p.Schema.JSON()
			if p.Required {
				required = append(required, p.Name)
			}
		}
		out["properties"] = props
		if required != nil {
			out["required"] = required
		}
	}
	switch {
	case s.Closed:
		out["additionalProperties"] = false
	case s.Additional != nil:
		out["additionalProperties"] = s.Additional.JSON()
	}
}

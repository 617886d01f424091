package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// ParseError says which part of a JSON Schema is wrong.
type ParseError struct {
	Path       string // a JSON Pointer, such as /properties/age/type; empty for the schema itself
	Problem    string
	Keyword    bool   // the last step of Path is a keyword that there is not
	Suggestion string // what was probably meant instead, or ""
}

func (e *ParseError) Error() string {
	path, near := e.Path, ""
	if path == "" {
		path = "the schema itself"
	}
	if e.Suggestion != "" {
		near = fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return "the JSON Schema is wrong at " + path + ": " + e.Problem + near
}

// Parse reads a JSON Schema, as encoding/json decodes it: an object, or true or
// false. A keyword outside the part that this package checks is an error
// rather than a check that silently never happens. Errors are *ParseError.
func Parse(v any) (*Schema, error) {
	p := parser{}
	s := p.schema("", v, 0)
	if p.err != nil {
		return s, p.err
	}
	return s, nil
}

// maxParseDepth bounds the recursion over a schema that a script supplied.
const maxParseDepth = 64

// parser keeps the first error, so that each keyword reads in one line.
type parser struct{ err *ParseError }

// fail keeps an error, if it is the first. The result can be added to.
func (p *parser) fail(path, format string, args ...any) *ParseError {
	e := &ParseError{Path: path, Problem: fmt.Sprintf(format, args...)}
	if p.err == nil {
		p.err = e
	}
	return e
}

func (p *parser) schema(path string, v any, depth int) *Schema {
	s := &Schema{}
	if depth > maxParseDepth {
		p.fail(path, "nested more than %d deep", maxParseDepth)
		return s
	}
	switch v := v.(type) {
	case bool:
		if !v {
			s.Enum = []any{} // no value is one of none
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys) // so that the same schema always gives the same error
		for _, k := range keys {
			p.keyword(s, path+"/"+k, k, v[k], depth)
		}
		p.required(s, path+"/required", v["required"])
	default:
		p.fail(path, "expected an object, got %s", show(v))
	}
	return s
}

func (p *parser) keyword(s *Schema, path, keyword string, v any, depth int) {
	switch keyword {
	case "$schema", "$id", "$comment", "title", "examples", "readOnly", "writeOnly":
		// These describe; they check nothing.
	case "required": // read after the properties, by schema
	case "type":
		p.types(s, path, v)
	case "description":
		s.Description, _ = v.(string)
	case "default":
		s.Default = v
	case "deprecated":
		s.Deprecated, _ = v.(bool)
	case "enum":
		s.Enum = p.list(path, v)
	case "const":
		s.Enum = []any{v}
	case "minimum":
		s.Minimum = p.number(path, v)
	case "maximum":
		s.Maximum = p.number(path, v)
	case "minLength":
		s.MinLength = p.count(path, v)
	case "maxLength":
		s.MaxLength = p.count(path, v)
	case "minItems":
		s.MinItems = p.count(path, v)
	case "maxItems":
		s.MaxItems = p.count(path, v)
	case "pattern":
		p.pattern(s, path, v)
	case "items":
		s.Items = p.schema(path, v, depth+1)
	case "properties":
		p.properties(s, path, v, depth)
	case "additionalProperties":
		if b, ok := v.(bool); ok {
			s.Closed = !b
			return
		}
		s.Additional = p.schema(path, v, depth+1)
	default:
		if !p.combinedKeyword(s, path, keyword, v, depth) {
			e := p.fail(path, "the keyword %q is not supported; use type, enum, const, minimum, maximum, minLength, maxLength, minItems, maxItems, "+
				"pattern, items, properties, required, additionalProperties, allOf, anyOf, oneOf, not and their like", keyword)
			e.Keyword, e.Suggestion = true, Nearest(keyword, keywords())
		}
	}
}

// keywords are those that a misspelt one is compared with.
func keywords() []string {
	return []string{
		"type", "description", "default", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "items", "properties",
		"required", "additionalProperties", "deprecated", "title", "examples", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties",
		"uniqueItems", "format", "allOf", "anyOf", "oneOf", "not",
	}
}

// nearestType is the type that a name was probably meant to be: languages have other
// names for them. It is "" if that is not clear.
func nearestType(name string) string {
	switch strings.ToLower(name) {
	case "int", "long":
		return string(Integer)
	case "float", "double", "decimal":
		return string(Number)
	case "bool":
		return string(Boolean)
	case "str", "text":
		return string(String)
	case "list", "sequence":
		return string(Array)
	case "table", "map", "dict":
		return string(Object)
	case "nil", "none":
		return string(Null)
	case "":
		return ""
	}
	return Nearest(name, []string{string(Object), string(Array), string(String), string(Number), string(Integer), string(Boolean), string(Null)})
}

func (p *parser) list(path string, v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		if len(v) == 0 { // an empty Lua table
			return []any{}
		}
	}
	p.fail(path, "expected an array, got %s", show(v))
	return nil
}

func (p *parser) types(s *Schema, path string, v any) {
	names := []any{v}
	if list, ok := v.([]any); ok {
		names = list
	}
	for _, n := range names {
		name, _ := n.(string)
		switch t := Type(name); t {
		case Object, Array, String, Number, Integer, Boolean, Null:
			s.Types = append(s.Types, t)
		default:
			e := p.fail(path, "expected object, array, string, number, integer, boolean or null, got %s", show(n))
			e.Suggestion = nearestType(name)
		}
	}
}

func (p *parser) number(path string, v any) *float64 {
	f, ok := ToFloat(v)
	if !ok {
		p.fail(path, "expected a number, got %s", show(v))
	}
	return &f
}

func (p *parser) count(path string, v any) *int {
	f, ok := ToFloat(v)
	if !ok || f < 0 || f != math.Trunc(f) || f > math.MaxInt32 {
		p.fail(path, "expected a whole number from 0, got %s", show(v))
	}
	n := int(f)
	return &n
}

func (p *parser) pattern(s *Schema, path string, v any) {
	text, ok := v.(string)
	if !ok {
		p.fail(path, "expected a regular expression, got %s", show(v))
		return
	}
	re, err := regexp.Compile(text)
	if err != nil {
		p.fail(path, "%v (the syntax is RE2: https://github.com/google/re2/wiki/Syntax)", err)
	}
	s.Pattern = re
}

func (p *parser) properties(s *Schema, path string, v any, depth int) {
	m, ok := v.(map[string]any)
	if !ok {
		p.fail(path, "expected an object, got %s", show(v))
		return
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		sub := p.schema(path+"/"+escapePointer(name), m[name], depth+1)
		s.Properties = append(s.Properties, Property{Name: name, Schema: sub})
	}
}

// required marks the properties that are named; one that is named but not
// described may hold anything.
func (p *parser) required(s *Schema, path string, v any) {
	if v == nil {
		return
	}
	for _, n := range p.list(path, v) {
		name, ok := n.(string)
		if !ok {
			p.fail(path, "expected names of properties, got %s", show(n))
			return
		}
		i := slices.IndexFunc(s.Properties, func(pr Property) bool { return pr.Name == name })
		if i < 0 {
			i = len(s.Properties)
			s.Properties = append(s.Properties, Property{Name: name, Schema: orAny(s.Additional)})
		}
		s.Properties[i].Required = true
	}
}

func orAny(s *Schema) *Schema {
	if s == nil {
		return &Schema{}
	}
	return s
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// ToFloat reads any of the number types that JSON decoding and Lua conversion
// produce.
func ToFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

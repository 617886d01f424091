package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// combined checks the keywords that few schemas have. base is the checker that
// they belong to.
type combined struct {
	allOf, anyOf, oneOf []*Checker
	not                 *Checker
}

// compileCombined returns nil for a schema without such keywords.
func compileCombined(s *Schema) *combined {
	if s.Not == nil && len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 && s.ExclusiveMinimum == nil && s.ExclusiveMaximum == nil && s.MultipleOf == nil &&
		!s.UniqueItems && s.MinProperties == nil && s.MaxProperties == nil {
		return nil
	}
	x := &combined{allOf: compileAll(s.AllOf), anyOf: compileAll(s.AnyOf), oneOf: compileAll(s.OneOf)}
	if s.Not != nil {
		x.not = Compile(s.Not)
	}
	return x
}

func compileAll(list []*Schema) []*Checker {
	var out []*Checker
	for _, s := range list {
		out = append(out, Compile(s))
	}
	return out
}

// combine checks v, and puts in its place what the schema that it fits makes of
// it.
func (c *Checker) combine(v any) (any, *FieldError) {
	if err := c.rare(v); err != nil {
		return nil, err
	}
	var err *FieldError
	for _, sub := range c.combined.allOf {
		if v, err = sub.value(v); err != nil {
			return nil, err
		}
	}
	if len(c.combined.anyOf) > 0 {
		if v, err = c.choose(c.combined.anyOf, v, false); err != nil {
			return nil, err
		}
	}
	if len(c.combined.oneOf) > 0 {
		if v, err = c.choose(c.combined.oneOf, v, true); err != nil {
			return nil, err
		}
	}
	if not := c.combined.not; not != nil {
		if _, err := not.value(v); err == nil && !holdsUnknown(v) {
			return nil, &FieldError{Expected: "something other than " + not.describe(), Value: v}
		}
	}
	return v, nil
}

// choose finds the schema that v fits: any, or the only one.
func (c *Checker) choose(list []*Checker, v any, only bool) (any, *FieldError) {
	var out any
	var near *FieldError
	fits, meant := 0, 0
	for _, sub := range list {
		got, err := sub.value(v)
		switch {
		case err == nil:
			if fits++; fits == 1 {
				out = got
			}
			if !only {
				return out, nil
			}
		case sub.types != 0 && sub.types&kindOf(v) != 0: // of the right type, and wrong within
			near = err
			meant++
		}
	}
	switch {
	case fits == 1:
		return out, nil
	case fits > 1 && holdsUnknown(v):
		return v, nil
	case fits > 1:
		return nil, &FieldError{Problem: fmt.Sprintf("fits %d of the descriptions of which it may fit one only", fits), Value: v}
	case meant == 1:
		return nil, near
	}
	return nil, &FieldError{Expected: alternatives(list), Value: v}
}

func alternatives(list []*Checker) string {
	var words []string
	for _, sub := range list {
		if w := sub.describe(); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", or ")
}

// rare checks the keywords of numbers, arrays and objects that few schemas have.
func (c *Checker) rare(v any) *FieldError {
	s := c.schema
	wrong := func(expected string) *FieldError { return &FieldError{Expected: expected, Value: v} }
	switch v := v.(type) {
	case map[string]any:
		if s.MinProperties != nil && len(v) < *s.MinProperties || s.MaxProperties != nil && len(v) > *s.MaxProperties {
			return wrong("an object" + span(s.MinProperties, s.MaxProperties, "member"))
		}
	case []any:
		if s.UniqueItems && !unique(v) && !holdsUnknown(v) {
			return &FieldError{Expected: "an array of different items", Value: v, Found: "one that holds an item twice"}
		}
	default:
		f, ok := ToFloat(v)
		switch {
		case !ok:
		case s.ExclusiveMinimum != nil && !(f > *s.ExclusiveMinimum):
			return wrong("a number greater than " + plain(*s.ExclusiveMinimum))
		case s.ExclusiveMaximum != nil && !(f < *s.ExclusiveMaximum):
			return wrong("a number less than " + plain(*s.ExclusiveMaximum))
		case s.MultipleOf != nil && !multiple(f, *s.MultipleOf):
			return wrong("a multiple of " + plain(*s.MultipleOf))
		}
	}
	return nil
}

// multiple allows for what a float64 cannot hold: 0.3 is a multiple of 0.1.
func multiple(f, of float64) bool {
	q := f / of
	return math.Abs(q-math.Round(q)) <= 1e-9*math.Max(1, math.Abs(q)) && !math.IsInf(q, 0)
}

// unique compares the items' JSON, in which members are sorted.
func unique(list []any) bool {
	seen := make(map[string]bool, len(list))
	for _, v := range list {
		text, err := json.Marshal(v)
		if err != nil || seen[string(text)] {
			return err != nil // what is no JSON is not compared
		}
		seen[string(text)] = true
	}
	return true
}

// combinedJSON writes the keywords of this file.
func (s *Schema) combinedJSON(out map[string]any) {
	for name, f := range map[string]*float64{"exclusiveMinimum": s.ExclusiveMinimum, "exclusiveMaximum": s.ExclusiveMaximum, "multipleOf": s.MultipleOf} {
		if f != nil {
			out[name] = *f
		}
	}
	for name, n := range map[string]*int{"minProperties": s.MinProperties, "maxProperties": s.MaxProperties} {
		if n != nil {
			out[name] = float64(*n)
		}
	}
	if s.UniqueItems {
		out["uniqueItems"] = true
	}
	for name, list := range map[string][]*Schema{"allOf": s.AllOf, "anyOf": s.AnyOf, "oneOf": s.OneOf} {
		if len(list) > 0 {
			texts := make([]any, len(list))
			for i, sub := range list {
				texts[i] = sub.JSON()
			}
			out[name] = texts
		}
	}
	if s.Not != nil {
		out["not"] = s.Not.JSON()
	}
	if s.Format != "" {
		out["format"] = s.Format
	}
}

// combinedKeyword reads one of them.
func (p *parser) combinedKeyword(s *Schema, path, keyword string, v any, depth int) bool {
	switch keyword {
	case "exclusiveMinimum":
		s.ExclusiveMinimum = p.number(path, v)
	case "exclusiveMaximum":
		s.ExclusiveMaximum = p.number(path, v)
	case "multipleOf":
		if s.MultipleOf = p.number(path, v); !(*s.MultipleOf > 0) {
			p.fail(path, "expected a number greater than 0")
		}
	case "minProperties":
		s.MinProperties = p.count(path, v)
	case "maxProperties":
		s.MaxProperties = p.count(path, v)
	case "uniqueItems":
		s.UniqueItems, _ = v.(bool)
	case "format":
		s.Format, _ = v.(string)
	case "allOf":
		s.AllOf = p.schemas(path, v, depth)
	case "anyOf":
		s.AnyOf = p.schemas(path, v, depth)
	case "oneOf":
		s.OneOf = p.schemas(path, v, depth)
	case "not":
		s.Not = p.schema(path, v, depth+1)
	default:
		return false
	}
	return true
}

func (p *parser) schemas(path string, v any, depth int) []*Schema {
	list := p.list(path, v)
	if len(list) == 0 {
		p.fail(path, "expected at least one schema")
	}
	out := make([]*Schema, len(list))
	for i, sub := range list {
		out[i] = p.schema(fmt.Sprintf("%s/%d", path, i), sub, depth+1)
	}
	return out
}

package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Checker validates values against one schema. It is immutable and safe for
// concurrent use.
type Checker struct {
	schema   *Schema
	types    uint8 // bit set; 0 for any
	enum     map[string]struct{}
	props    []compiledProperty
	byName   map[string]int    // listed names
	byAlias  map[string]string // other spellings, to the listed name
	items    *Checker
	extra    *Checker
	combined *combined // nil for most
}

type compiledProperty struct {
	name     string
	required bool
	def      any
	check    *Checker
}

// Compile prepares a schema for checking. The schema must not change after.
func Compile(s *Schema) *Checker {
	c := &Checker{schema: s, combined: compileCombined(s)}
	for _, t := range s.Types {
		c.types |= bit(t)
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(v any) bool { _, ok := v.(string); return !ok }) {
		c.enum = make(map[string]struct{}, len(s.Enum))
		for _, v := range s.Enum {
			c.enum[v.(string)] = struct{}{}
		}
	}
	if s.Items != nil {
		c.items = Compile(s.Items)
	}
	if s.Additional != nil {
		c.extra = Compile(s.Additional)
	}
	c.byName = make(map[string]int, len(s.Properties))
	c.byAlias = make(map[string]string)
	for i, p := range s.Properties {
		c.byName[p.Name] = i
		for _, a := range p.Aliases {
			c.byAlias[a] = p.Name
		}
		c.props = append(c.props, compiledProperty{p.Name, p.Required, p.Default, Compile(p.Schema)})
	}
	return c
}

// Check validates a value. It returns the value to use in its place: aliases
// renamed, enum spellings made canonical, defaults filled in, and properties
// that are null left out. The value given is never changed; what comes back
// shares with it what needed no change. The error is a *FieldError.
func (c *Checker) Check(v any) (any, error) {
	out, err := c.value(v)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// CheckObject is Check for an object whose schema is an object.
func (c *Checker) CheckObject(m map[string]any) (map[string]any, error) {
	out, err := c.object(m)
	if err != nil {
		return nil, err
	}
	if c.combined != nil {
		v, err := c.combine(out)
		if err != nil {
			return nil, err
		}
		out, _ = v.(map[string]any)
	}
	return out, nil
}

// value returns a typed nil-able *FieldError so that the way up can extend its
// path without unwrapping.
func (c *Checker) value(v any) (any, *FieldError) {
	if c.types != 0 {
		kind := kindOf(v)
		if c.types&kind == 0 {
			// Lua writes the empty array and the empty object alike.
			switch {
			case kind == bit(Object) && c.types&bit(Array) != 0 && isEmptyMap(v):
				v = []any{}
			case kind == bit(Array) && c.types&bit(Object) != 0 && isEmptyList(v):
				v = map[string]any{}
			case isUnknown(v):
				return v, nil
			default:
				return nil, &FieldError{Expected: c.describe(), Value: v}
			}
		}
	}
	if c.schema.Enum != nil {
		var ok bool
		if v, ok = c.member(v); !ok && !holdsUnknown(v) {
			return nil, c.notMember(v)
		}
	}
	if c.combined == nil {
		return c.typed(v)
	}
	v, err := c.typed(v)
	if err != nil {
		return nil, err
	}
	return c.combine(v)
}

// typed checks what belongs to the value's type.
func (c *Checker) typed(v any) (any, *FieldError) {
	switch v := v.(type) {
	case string:
		return v, c.text(v)
	case map[string]any:
		return c.object(v)
	case []any:
		return c.list(v)
	case nil, bool:
		return v, nil
	default:
		return v, c.number(v)
	}
}

func (c *Checker) member(v any) (any, bool) {
	if s, ok := v.(string); ok && c.enum != nil {
		if _, ok := c.enum[s]; ok {
			return v, true
		}
		if canonical, ok := c.schema.Aliases[s]; ok {
			return canonical, true
		}
		return v, false
	}
	for _, e := range c.schema.Enum {
		if sameJSON(e, v) {
			return v, true
		}
	}
	return v, false
}

func (c *Checker) notMember(v any) *FieldError {
	e := &FieldError{Expected: c.describe(), Value: v}
	if s, ok := v.(string); ok && c.enum != nil {
		e.Suggestion = Nearest(s, slices.Sorted(maps.Keys(c.enum)))
	}
	return e
}

func (c *Checker) text(v string) *FieldError {
	s := c.schema
	if s.MinLength != nil || s.MaxLength != nil {
		n := utf8.RuneCountInString(v)
		if s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength {
			return &FieldError{Expected: c.describe(), Value: v, Found: fmt.Sprintf("%d characters", n)}
		}
	}
	if s.Pattern != nil && !s.Pattern.MatchString(v) {
		return &FieldError{Expected: c.describe(), Value: v}
	}
	return nil
}

func (c *Checker) number(v any) *FieldError {
	s := c.schema
	if s.Minimum == nil && s.Maximum == nil {
		return nil
	}
	f, ok := ToFloat(v)
	if !ok {
		return nil // not a number; the type was checked before
	}
	if s.Minimum != nil && !(f >= *s.Minimum) || s.Maximum != nil && !(f <= *s.Maximum) {
		return &FieldError{Expected: c.describe(), Value: v}
	}
	return nil
}

func (c *Checker) list(v []any) (any, *FieldError) {
	s := c.schema
	if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
		return nil, &FieldError{Expected: c.describe(), Value: v, Found: fmt.Sprintf("%d items", len(v))}
	}
	if c.items == nil {
		return v, nil
	}
	out := v
	for i, item := range v {
		checked, err := c.items.value(item)
		if err != nil {
			return nil, err.under("[" + strconv.Itoa(i+1) + "]")
		}
		if !same(checked, item) {
			if &out[0] == &v[0] {
				out = slices.Clone(v)
			}
			out[i] = checked
		}
	}
	return out, nil
}

func (c *Checker) object(m map[string]any) (map[string]any, *FieldError) {
	if len(c.props) == 0 && !c.schema.Closed && c.extra == nil {
		return m, nil
	}
	listed := 0
	for i := range c.props {
		if _, ok := m[c.props[i].name]; ok {
			listed++
		}
	}
	if listed != len(m) {
		var err *FieldError
		if m, err = c.unlisted(m); err != nil {
			return nil, err
		}
	}
	out, owned := m, false
	set := func(name string, v any) {
		if !owned {
			out, owned = maps.Clone(m), true
			if out == nil {
				out = map[string]any{}
			}
		}
		out[name] = v
	}
	for i := range c.props {
		p := &c.props[i]
		v, ok := m[p.name]
		if ok && v == nil && p.check.types&bit(Null) == 0 && p.check.types != 0 {
			ok = false // null stands for absent
			set(p.name, nil)
			delete(out, p.name)
		}
		if !ok {
			if p.required {
				return nil, &FieldError{Kind: MissingField, Path: p.name, Problem: "is missing", Expected: p.check.describe(), Help: p.check.schema.Description}
			}
			if p.def != nil {
				set(p.name, p.def)
			}
			continue
		}
		checked, err := p.check.value(v)
		if err != nil {
			return nil, err.under(p.name)
		}
		if !same(checked, v) {
			set(p.name, checked)
		}
	}
	return out, nil
}

// unlisted handles members that are not listed under their own name: it
// renames aliases, checks additional properties, and refuses the rest.
func (c *Checker) unlisted(m map[string]any) (map[string]any, *FieldError) {
	out := maps.Clone(m)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if _, ok := c.byName[name]; ok {
			continue
		}
		if target, ok := c.byAlias[name]; ok {
			if first, taken := out[target]; taken && !sameJSON(first, m[name]) && !holdsUnknown(first) && !holdsUnknown(m[name]) {
				return nil, &FieldError{Kind: TwiceGivenField, Path: name, Problem: fmt.Sprintf("is another name for %q, which is given too; pass one of them", target)}
			}
			delete(out, name)
			out[target] = m[name]
			continue
		}
		if c.schema.Closed {
			return nil, c.unknown(name)
		}
		if c.extra != nil {
			v, err := c.extra.value(m[name])
			if err != nil {
				return nil, err.under(name)
			}
			out[name] = v
		}
	}
	return out, nil
}

func (c *Checker) unknown(name string) *FieldError {
	names := make([]string, 0, len(c.props)+len(c.byAlias))
	for i := range c.props {
		names = append(names, c.props[i].name)
	}
	known := slices.Clone(names)
	for a := range c.byAlias {
		names = append(names, a)
	}
	slices.Sort(names)
	e := &FieldError{Kind: UnknownField, Path: name, Problem: "is not known", Suggestion: Nearest(name, names)}
	if len(known) > 0 {
		e.Help = "known are " + strings.Join(known, ", ")
	}
	return e
}

package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/tools/schema"
)

// typeOf is the type of the Lua values that a schema describes.
func typeOf(s *schema.Schema) types.Type {
	switch {
	case s == nil:
		return types.Any
	case s.Enum != nil:
		return enumType(s.Enum)
	case len(s.Types) == 0:
		return combinedType(s)
	}
	all := make([]types.Type, len(s.Types))
	for i, t := range s.Types {
		switch t {
		case schema.String:
			all[i] = types.String
		case schema.Number:
			all[i] = types.Number
		case schema.Integer:
			all[i] = types.Integer
		case schema.Boolean:
			all[i] = types.Boolean
		case schema.Null:
			all[i] = types.Nil
		case schema.Array:
			all[i] = &types.Array{Elem: typeOf(s.Items)}
		case schema.Object:
			all[i] = objectType(s)
		}
	}
	return types.Join(all...)
}

// maxLiterals is the longest enum whose values are told apart.
const maxLiterals = 1000

// enumType is the union of the values.
func enumType(values []any) types.Type {
	var of []types.Type
	seen := map[any]bool{}
	add := func(key any, t types.Type) {
		if !seen[key] {
			seen[key] = true
			of = append(of, t)
		}
	}
	for _, v := range values {
		f, isNumber := schema.ToFloat(v)
		switch v := v.(type) {
		case nil:
			add(nil, types.Nil)
		case bool:
			add(v, &types.Literal{Value: v})
		case map[string]any, []any:
			add(types.TableType, types.TableType)
		case string:
			if len(values) > maxLiterals {
				add(types.String, types.String)
				continue
			}
			add(v, &types.Literal{Value: v})
		default:
			switch {
			case !isNumber:
			case len(values) > maxLiterals:
				add(types.Number, types.Number)
			default:
				add(f, &types.Literal{Value: f})
			}
		}
	}
	switch len(of) {
	case 0:
		return types.Never
	case 1:
		return of[0]
	}
	return &types.Union{Of: of}
}

// combinedType is that of a schema that names no type itself.
func combinedType(s *schema.Schema) types.Type {
	if len(s.Properties) > 0 || s.Additional != nil {
		return objectType(s)
	}
	if len(s.AnyOf)+len(s.OneOf) > 0 {
		var all []types.Type
		for _, list := range [][]*schema.Schema{s.AnyOf, s.OneOf} {
			for _, sub := range list {
				all = append(all, typeOf(sub))
			}
		}
		return types.Join(all...)
	}
	if len(s.AllOf) == 1 {
		return typeOf(s.AllOf[0])
	}
	for _, sub := range s.AllOf {
		if _, ok := typeOf(sub).(*types.Object); ok {
			return objectType(s)
		}
	}
	if s.Items != nil {
		return &types.Array{Elem: typeOf(s.Items)}
	}
	return types.Any
}

// objectType is a table with the properties of a schema, and of those that it
// combines. Its fields are made when somebody asks.
func objectType(s *schema.Schema) *types.Object { return lazyObject("", s, "") }

func lazyObject(name string, s *schema.Schema, source string) *types.Object {
	o := types.NewLazy(name, func(o *types.Object) {
		b := fields{of: o, source: source, seen: map[string]*types.Field{}}
		b.add(s, false)
	})
	o.Doc, o.Closed = s.Description, isClosed(s)
	switch {
	case o.Closed:
	case s.Additional != nil:
		o.Key, o.Value = types.String, typeOf(s.Additional)
	default:
		o.Key, o.Value = types.String, types.Any
	}
	return o
}

// isClosed tells whether a schema, or one that it requires as well, refuses
// properties that are not listed.
func isClosed(s *schema.Schema) bool { return s.Closed || slices.ContainsFunc(s.AllOf, isClosed) }

// fields fills in an object.
type fields struct {
	of     *types.Object
	source string
	seen   map[string]*types.Field
}

// add adds the fields of a schema. Those of alternatives are all optional.
func (b *fields) add(s *schema.Schema, optional bool) {
	for _, p := range s.Properties {
		f := fieldOf(&p)
		f.Optional = f.Optional || optional
		f.Source = b.source
		if old := b.seen[p.Name]; old != nil {
			old.Type, old.Optional = types.Join(old.Type, f.Type), f.Optional && old.Optional
			continue
		}
		b.seen[p.Name] = f
		b.of.Add(f)
	}
	for _, p := range s.Properties {
		for _, a := range p.Aliases {
			b.of.Alias(a, p.Name)
		}
	}
	for _, sub := range s.AllOf {
		b.add(sub, optional)
	}
	for _, list := range [][]*schema.Schema{s.AnyOf, s.OneOf} {
		for _, sub := range list {
			b.add(sub, true)
		}
	}
}

func fieldOf(p *schema.Property) *types.Field {
	f := &types.Field{Name: p.Name, Type: typeOf(p.Schema), Doc: p.Description, Optional: !p.Required, Default: p.Default, Detail: detail(p.Schema)}
	if p.Deprecated {
		f.Deprecated = "yes"
	}
	if NamesFile(p) {
		f.Slot = "file"
	}
	return f
}

// detail says in one line what a type does not: the range, pattern, lengths and
// format.
func detail(s *schema.Schema) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	low, high := s.Minimum, s.Maximum
	add(span(low, high, ""))
	if s.ExclusiveMinimum != nil {
		add("greater than " + number(*s.ExclusiveMinimum))
	}
	if s.ExclusiveMaximum != nil {
		add("less than " + number(*s.ExclusiveMaximum))
	}
	if s.MultipleOf != nil {
		add("a multiple of " + number(*s.MultipleOf))
	}
	add(span(floats(s.MinLength), floats(s.MaxLength), " characters"))
	add(span(floats(s.MinItems), floats(s.MaxItems), " items"))
	add(span(floats(s.MinProperties), floats(s.MaxProperties), " members"))
	if s.UniqueItems {
		add("no item twice")
	}
	if s.Pattern != nil {
		add("matches " + s.Pattern.String())
	}
	if s.Format != "" {
		add(s.Format)
	}
	return strings.Join(parts, ", ")
}

func floats(n *int) *float64 {
	if n == nil {
		return nil
	}
	return schema.Ptr(float64(*n))
}

// span is a range in words: 1 to 20, at least 1.
func span(low, high *float64, unit string) string {
	switch {
	case low == nil && high == nil:
		return ""
	case low == nil:
		return "at most " + number(*high) + unit
	case high == nil:
		return "at least " + number(*low) + unit
	case *low == *high:
		return number(*low) + unit
	}
	return number(*low) + " to " + number(*high) + unit
}

// number writes a bound as people do.
func number(f float64) string {
	if f > -1e15 && f < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// collectAliases gathers the spellings of all properties within a schema.
func collectAliases(s *schema.Schema, out map[string][]string) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		if len(p.Aliases) > 0 {
			out[p.Name] = append(out[p.Name], p.Aliases...)
		}
		collectAliases(p.Schema, out)
	}
	collectAliases(s.Items, out)
	collectAliases(s.Additional, out)
	for _, list := range [][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range list {
			collectAliases(sub, out)
		}
	}
}

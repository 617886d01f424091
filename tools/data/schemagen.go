package data

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Bounds of samples.
const (
	maxSchemaDepth  = 100
	maxSchemaFields = 20_000
)

func schemaGeneratorDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "json-schema-generator", Aliases: []string{"json-schema", "schema-generator"}, Category: "data", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"json", "schema", "infer", "generate", "samples"},
		Description: "Writes the JSON Schema (draft 2020-12) that fits samples of JSON: types, required members, formats, and the values of members that have few",
		Parameters: schema.Map("",
			schema.Optional("input", &schema.Schema{Description: "One sample: any value, or JSON text; several JSON texts one after the other are several samples"}, "sample", "data", "json"),
			schema.Optional("samples", schema.List("Several samples: values as they are, which the schema must fit all of", nil)),
			schema.Optional("title", schema.Text("The title of the schema")),
			schema.Optional("detect_formats", (&schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "Find date-time, date, email, uri, uuid, ipv4 and ipv6"}).WithDefault(true)),
			schema.Optional("enum_limit", schema.Int("A text with at most so many values, each seen twice or more on average, becomes an enum; 0: never", 0, 50).WithDefault(0.0)),
			schema.Optional("bounds", schema.Flag("Give the least and greatest number, length and count that was seen")),
			schema.Optional("closed", schema.Flag("Refuse members that were not seen (additionalProperties: false)"))),
		Result: schema.Map("{schema, samples}"),
		Examples: []tool.Example{
			{Description: "From two samples", Params: map[string]any{"samples": []any{map[string]any{"id": 1.0, "mail": "ann@example.com"}, map[string]any{"id": 2.0, "age": 34.5}}},
				Want: map[string]any{"samples": 2, "schema": map[string]any{"type": "object", "required": []any{"id"}, "properties": map[string]any{
					"id": map[string]any{"type": "integer"}, "mail": map[string]any{"type": "string", "format": "email"}, "age": map[string]any{"type": "number"}}}}},
		},
	}, generateSchema)
}

func generateSchema(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	samples, _ := call.Params["samples"].([]any)
	if input, ok := call.Params["input"]; ok {
		if text, isText := input.(string); isText {
			values, err := decodeStream(ctx, text)
			if err != nil {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				return nil, &schema.FieldError{Path: "input", Problem: "is not JSON: " + err.Error()}
			}
			samples = append(slices.Clone(samples), values...)
		} else {
			samples = append(slices.Clone(samples), input)
		}
	}
	if len(samples) == 0 {
		return nil, call.Missing("input", "samples")
	}
	g := &generator{ctx: ctx, formats: call.Params.Bool("detect_formats"), enum: call.Params.Int("enum_limit"), bounds: call.Params.Bool("bounds"), closed: call.Params.Bool("closed")}
	root := &shape{}
	for _, v := range samples {
		if err := g.see(root, v, 0); err != nil {
			return nil, err
		}
	}
	out := g.schema(root)
	out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	if title := call.Params.String("title"); title != "" {
		out["title"] = title
	}
	return tool.Value(map[string]any{"schema": out, "samples": len(samples)}), nil
}

// generator collects the shapes of samples.
type generator struct {
	ctx             context.Context
	formats, bounds bool
	closed          bool
	enum            int
	steps, fields   int
}

// shape is what was seen at one place.
type shape struct {
	nulls, booleans, integers, numbers int
	texts, lists, objects              int
	low, high                          float64
	shortest, longest                  int
	formats                            map[string]bool // those that every text has; nil before the first
	values                             map[string]int  // of texts; nil when there are too many
	fewest, most                       int
	items                              *shape
	members                            map[string]*shape
	counts                             map[string]int // in how many objects a member was
}

func (g *generator) see(s *shape, v any, depth int) error {
	if g.steps++; g.steps&1023 == 0 && g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	if depth > maxSchemaDepth {
		return tool.Errorf(tool.LimitExceeded, "the samples are nested more than %d deep", maxSchemaDepth)
	}
	switch v := v.(type) {
	case nil:
		s.nulls++
	case bool:
		s.booleans++
	case string:
		g.text(s, v)
	case []any:
		if s.lists++; s.lists == 1 {
			s.fewest, s.most, s.items = len(v), len(v), &shape{}
		}
		s.fewest, s.most = min(s.fewest, len(v)), max(s.most, len(v))
		for _, e := range v {
			if err := g.see(s.items, e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if s.objects++; s.objects == 1 {
			s.members, s.counts = map[string]*shape{}, map[string]int{}
		}
		for name, e := range v {
			if s.members[name] == nil {
				if g.fields++; g.fields > maxSchemaFields {
					return tool.Errorf(tool.LimitExceeded, "the samples have more than %d different members; names that are data, such as ids, cannot be described", maxSchemaFields)
				}
				s.members[name] = &shape{}
			}
			s.counts[name]++
			if err := g.see(s.members[name], e, depth+1); err != nil {
				return err
			}
		}
	default:
		return g.number(s, v)
	}
	return nil
}

func (g *generator) number(s *shape, v any) error {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	case int:
		f = float64(v)
	default:
		return &schema.FieldError{Path: "samples", Problem: fmt.Sprintf("holds a %T, which is no JSON", v)}
	}
	if s.integers+s.numbers == 0 {
		s.low, s.high = f, f
	}
	s.low, s.high = min(s.low, f), max(s.high, f)
	if f == math.Trunc(f) {
		s.integers++
	} else {
		s.numbers++
	}
	return nil
}

func (g *generator) text(s *shape, v string) {
	length := len([]rune(v))
	if s.texts++; s.texts == 1 {
		s.shortest, s.longest = length, length
		s.formats, s.values = map[string]bool{}, map[string]int{}
		for _, name := range textFormats() {
			s.formats[name] = g.formats
		}
	}
	s.shortest, s.longest = min(s.shortest, length), max(s.longest, length)
	for name, all := range s.formats {
		s.formats[name] = all && hasFormat(name, v)
	}
	if s.values != nil {
		if s.values[v]++; len(s.values) > g.enum || len(v) > 200 {
			s.values = nil
		}
	}
}

// textFormats are the formats that are looked for, the narrowest first.
func textFormats() []string {
	return []string{"date-time", "date", "uuid", "ipv4", "ipv6", "email", "uri"}
}

func hasFormat(name, v string) bool {
	if len(v) > 2000 {
		return false
	}
	switch name {
	case "date-time":
		_, err := time.Parse(time.RFC3339Nano, v)
		return err == nil
	case "date":
		_, err := time.Parse("2006-01-02", v)
		return err == nil
	case "uuid":
		_, err := uuid.Parse(v)
		return err == nil && len(v) == 36
	case "ipv4", "ipv6":
		a, err := netip.ParseAddr(v)
		return err == nil && a.Zone() == "" && a.Is4() == (name == "ipv4")
	case "email":
		a, err := mail.ParseAddress(v)
		return err == nil && a.Address == v
	}
	u, err := url.Parse(v)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(v, " \n")
}

// schema writes the schema of a shape.
func (g *generator) schema(s *shape) map[string]any {
	out := map[string]any{}
	var types []any
	add := func(n int, name string) {
		if n > 0 {
			types = append(types, name)
		}
	}
	add(s.objects, "object")
	add(s.lists, "array")
	add(s.texts, "string")
	if s.numbers > 0 {
		types = append(types, "number")
	} else {
		add(s.integers, "integer")
	}
	add(s.booleans, "boolean")
	add(s.nulls, "null")
	switch len(types) {
	case 0: // the items of empty lists: anything
		return out
	case 1:
		out["type"] = types[0]
	default:
		out["type"] = types
	}
	if s.objects > 0 {
		g.object(s, out)
	}
	if s.lists > 0 {
		out["items"] = g.schema(s.items)
		if g.bounds {
			out["minItems"], out["maxItems"] = s.fewest, s.most
		}
	}
	if s.texts > 0 {
		g.textSchema(s, out, len(types) == 1)
	}
	if g.bounds && s.integers+s.numbers > 0 {
		out["minimum"], out["maximum"] = s.low, s.high
	}
	return out
}

func (g *generator) object(s *shape, out map[string]any) {
	properties, required := map[string]any{}, []any{}
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		properties[name] = g.schema(s.members[name])
		if s.counts[name] == s.objects {
			required = append(required, name)
		}
	}
	out["properties"] = properties
	if len(required) > 0 {
		out["required"] = required
	}
	if g.closed {
		out["additionalProperties"] = false
	}
}

func (g *generator) textSchema(s *shape, out map[string]any, alone bool) {
	// An enum holds for every type, so it is given to texts alone.
	if alone && s.values != nil && s.texts >= 2*len(s.values) {
		out["enum"] = anyStrings(slices.Sorted(maps.Keys(s.values)))
		return
	}
	for _, name := range textFormats() {
		if s.formats[name] {
			out["format"] = name
			break
		}
	}
	if g.bounds {
		out["minLength"], out["maxLength"] = s.shortest, s.longest
	}
}

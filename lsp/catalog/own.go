package catalog

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/spec"
	"github.com/llmspell/llmspell/tools/tool"
)

// Spec is what the text of a script says of a tool that it registers.
type Spec struct {
	// Name is the canonical name.
	Name    string
	Aliases []string
	// Text has all that is known, as JSON: equal texts make equal tools.
	Text string
	// Sure: the text says all of the parameters.
	Sure bool
}

// ReadSpec reads the table that Tool.register is given. What is not a literal is left
// out, together with what it would limit: nothing is wrong with a call that may be
// right. It is not ok if the name is not known, or cannot be a tool's.
func ReadSpec(t *LiteralTable) (Spec, bool) {
	if t == nil {
		return Spec{}, false
	}
	known := &LiteralTable{}
	for _, f := range t.Fields {
		switch f.Key {
		case "name", "description", "parameters", "schema", "result", "category", "version", "tags", "aliases":
			known.Fields = append(known.Fields, f)
		}
	}
	n := literal(known, 1)
	m, ok := n.value.(map[string]any)
	if !ok || n.bad != nil {
		return Spec{}, false
	}
	name, _ := m["name"].(string)
	s := Spec{Name: spec.Canonical(name), Sure: !t.Open && !n.holdsMore()}
	out := map[string]any{"name": name}
	text := func(key string) {
		if v, ok := m[key].(string); ok {
			out[key] = v
		}
	}
	text("description")
	text("category")
	text("version")
	if _, ok := out["description"]; !ok {
		out["description"] = ""
	}
	out["aliases"] = texts(m["aliases"])
	out["tags"] = texts(m["tags"])
	for _, key := range []string{"parameters", "schema"} {
		if v, ok := m[key]; ok {
			v, sure := parametersKnown(v)
			s.Sure = s.Sure && sure
			out["parameters"] = v
		}
	}
	if v, ok := m["result"]; ok {
		if v, sure := whole(v); sure {
			out["result"] = v
		}
	}
	d, err := spec.Read(out)
	if err != nil { // what is wrong with it is said when it runs
		out = map[string]any{"name": name, "description": out["description"]}
		s.Sure = false
		if d, err = spec.Read(out); err != nil {
			return Spec{}, false
		}
	}
	s.Aliases = d.Aliases
	data, err := json.Marshal(out)
	if err != nil { // cannot be: it is made of what JSON has
		return Spec{}, false
	}
	s.Text = string(data)
	return s, true
}

// Tool makes the tool of a spec. source says where it is known from.
func (s Spec) Tool(source string) *Tool {
	var m map[string]any
	if err := json.Unmarshal([]byte(s.Text), &m); err != nil {
		m = map[string]any{"name": s.Name, "description": ""}
	}
	d, err := spec.Read(m)
	if err != nil { // cannot be: it was read before
		d = &tool.Descriptor{Name: s.Name, Parameters: schema.Map("")}
	}
	if !s.Sure {
		d.Parameters.Closed = false
	}
	t := NewTool(d, source)
	t.Own, t.unsure = true, !s.Sure
	return t
}

// Given is the table that the tool's function gets: its parameters, checked, with the
// defaults filled in.
func (t *Tool) Given() *types.Object { return t.types.given() }

// texts are the strings of a list.
func texts(v any) []any {
	items, _ := v.([]any)
	return slices.DeleteFunc(slices.Clone(items), func(v any) bool { _, ok := v.(string); return !ok })
}

// parametersKnown is what is known of the parameters; sure: that is all.
func parametersKnown(v any) (known any, sure bool) {
	switch v := v.(type) {
	case []any:
		out, sure := make([]any, 0, len(v)), true
		for _, item := range v {
			m, ok := item.(map[string]any)
			if name, named := m["name"].(string); !ok || !named || name == "" {
				sure = false
				continue
			}
			p, all := schemaKnown(m)
			sure = sure && all
			out = append(out, p)
		}
		return out, sure
	case map[string]any:
		out, sure := schemaKnown(v)
		for key, p := range v { // {who = {type = kind}}
			if p, ok := p.(map[string]any); ok {
				known, ok := out[key].(map[string]any)
				if _, computed := p["type"].(schema.Unknown); computed && ok {
					known["type"] = "any"
				}
			}
		}
		return out, sure
	}
	return map[string]any{}, false
}

// whole is a value that is known through and through.
func whole(v any) (any, bool) {
	switch v := v.(type) {
	case schema.Unknown:
		return nil, false
	case []any:
		for _, item := range v {
			if _, ok := whole(item); !ok {
				return nil, false
			}
		}
	case map[string]any:
		for _, item := range v {
			if _, ok := whole(item); !ok {
				return nil, false
			}
		}
	}
	return v, true
}

// schemaKnown is a schema, or a table of schemas by name, without what is not known;
// sure: that is all of it. Values of which something is not known are left out as a
// whole, tables of properties one by one.
func schemaKnown(m map[string]any) (known map[string]any, sure bool) {
	out, sure := make(map[string]any, len(m)), true
	for key, v := range m {
		sub, isTable := v.(map[string]any)
		switch key {
		case "oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum", "const", "default", "required", "patternProperties", "dependencies":
			isTable = false
		}
		if isTable {
			p, all := schemaKnown(sub)
			out[key], sure = p, sure && all
			continue
		}
		if v, ok := whole(v); ok {
			out[key] = v
		} else {
			sure = false
		}
	}
	return out, sure
}

// WithOwn returns base with the tools that scripts register. The names of tools that
// come with llmspell stay theirs, as when it runs, but for Spec.Unjudged; those that a kernel has are taken
// over. base may be nil.
func WithOwn(base *Catalog, own []*Tool) *Catalog {
	if base == nil {
		base = New(Content{})
	}
	var add []*Tool
	replaces := false
	for _, t := range own {
		if d, ok := base.reg.KnownTool(t.Name); ok {
			if base.tool(d).Source == "" && !t.stands {
				continue
			}
			replaces = true
		}
		add = append(add, t)
	}
	if len(add) == 0 {
		return base
	}
	if replaces {
		return New(Content{Base: base, Version: base.Version, Live: base.live, Tools: add})
	}
	reg := base.reg.Layer()
	defs := make([]tool.Definition, len(add))
	made := &sync.Map{}
	for i, t := range add {
		defs[i] = described(t.descriptor)
		made.Store(t.descriptor, t)
	}
	register(reg, defs)
	out := newCatalog(reg, made)
	out.Version, out.live, out.slots, out.members, out.fields, out.under = base.Version, base.live, base.slots, base.members, base.fields, base
	return out
}

package mcp

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// foreignSchema reads the part of a JSON Schema that this program checks. The
// rest is for the server to check: whatever the schema says, the tool can be
// called.
func foreignSchema(v any) *schema.Schema {
	text, err := json.Marshal(v)
	if err != nil || len(text) > maxSchema {
		return schema.Map("")
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return schema.Map("")
	}
	s, err := schema.Parse((&reducer{root: plain, left: maxSchemaNodes}).reduce(plain))
	if err != nil {
		return schema.Map("")
	}
	return s
}

// Bounds of what references in a schema may unfold to.
const (
	maxSchemaDepth = 32
	maxSchemaNodes = 10_000
)

// reducer makes a schema that allows no less than another one, of the keywords
// that package schema knows, where they are of the form that it knows.
type reducer struct {
	root any
	open []string // the references that are being resolved
	deep int
	left int // nodes that may still be made
}

func (r *reducer) reduce(v any) map[string]any {
	out := map[string]any{}
	m, ok := v.(map[string]any)
	if !ok || r.deep > maxSchemaDepth || r.left <= 0 {
		return out
	}
	r.deep++
	r.left--
	defer func() { r.deep-- }()
	for _, keyword := range slices.Sorted(maps.Keys(m)) { // so that the same schema always gives the same
		r.keyword(out, m, keyword, m[keyword])
	}
	// Where other keywords name further properties, a closed list is not the whole one.
	for _, other := range []string{"patternProperties", "allOf", "anyOf", "oneOf", "$ref"} {
		if m[other] != nil {
			delete(out, "additionalProperties")
		}
	}
	return out
}

func (r *reducer) keyword(out, m map[string]any, keyword string, value any) {
	switch keyword {
	case "type", "description", "deprecated", "enum", "const", "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		if _, err := schema.Parse(map[string]any{keyword: value}); err == nil {
			out[keyword] = value
		}
	case "items":
		if m["prefixItems"] == nil { // else it is for the items behind those
			out[keyword] = r.reduce(value)
		}
	case "properties":
		if properties, ok := value.(map[string]any); ok {
			kept := make(map[string]any, len(properties))
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				kept[name] = r.reduce(properties[name])
			}
			out[keyword] = kept
		}
	case "additionalProperties":
		if closed, ok := value.(bool); ok {
			out[keyword] = closed
		}
	case "allOf", "anyOf", "oneOf":
		r.choice(out, keyword, value)
	case "$ref":
		if name, ok := value.(string); ok {
			r.both(out, r.resolve(name))
		}
	}
}

// choice reduces alternatives. What fits one of them only may fit several of the
// reduced ones, so oneOf becomes anyOf.
func (r *reducer) choice(out map[string]any, keyword string, value any) {
	list, _ := value.([]any)
	if len(list) == 0 || len(list) > 100 {
		return
	}
	kept := make([]any, len(list))
	for i, item := range list {
		kept[i] = r.reduce(item)
	}
	if keyword == "allOf" {
		for _, item := range kept {
			r.both(out, item.(map[string]any))
		}
		return
	}
	r.both(out, map[string]any{"anyOf": kept})
}

// both adds another schema, which has to be fulfilled too.
func (r *reducer) both(out, other map[string]any) {
	if len(other) == 0 {
		return
	}
	all, _ := out["allOf"].([]any)
	out["allOf"] = append(all, other)
}

// resolve finds what a reference within the schema names. Others, and those that
// contain themselves, may be anything.
func (r *reducer) resolve(name string) map[string]any {
	path, here := strings.CutPrefix(name, "#")
	if !here || slices.Contains(r.open, name) {
		return nil
	}
	v := r.root
	for _, step := range strings.Split(path, "/")[1:] {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	if path != "" && !strings.HasPrefix(path, "/") { // an anchor
		return nil
	}
	r.open = append(r.open, name)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return r.reduce(v)
}

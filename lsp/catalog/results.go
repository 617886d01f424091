package catalog

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/tools/schema"
)

// resultOf is the type of the field result of a call's envelope.
func resultOf(t *Tool, operation string) types.Type {
	s := t.Result
	if s == nil {
		return types.Any
	}
	if len(s.Properties) == 0 && s.Additional == nil && !s.Closed && slices.Equal(s.Types, []schema.Type{schema.Object}) {
		if o := t.described(s.Description, operation); o != nil {
			return o
		}
	}
	if operation == "" {
		return typeOf(s)
	}
	if picked := alternative(s, operation); picked != nil {
		return typeOf(picked)
	}
	out := typeOf(s)
	o, ok := out.(*types.Object)
	if !ok {
		return out
	}
	return ofOperation(t, o, operation)
}

// alternative is the one of a schema's alternatives that says, as a constant, which
// operation it is for.
func alternative(s *schema.Schema, operation string) *schema.Schema {
	for _, list := range [][]*schema.Schema{s.OneOf, s.AnyOf} {
		for _, sub := range list {
			for _, p := range sub.Properties {
				if p.Name == "operation" && slices.Contains(p.Enum, any(operation)) {
					return sub
				}
			}
		}
	}
	return nil
}

// ofOperation leaves out the fields that only other operations give. Descriptions of
// results say it in brackets: "The value (evaluate)".
func ofOperation(t *Tool, o *types.Object, operation string) types.Type {
	var out types.Object
	said := false
	for _, f := range o.Fields() {
		ops := t.operationsIn(f.Doc)
		said = said || ops != nil
		if ops == nil || slices.Contains(ops, operation) {
			out.Add(f)
		}
	}
	if !said {
		return o
	}
	out.Doc, out.Closed, out.Key, out.Value = o.Doc, o.Closed, o.Key, o.Value
	return &out
}

// operationsIn are the operations that a description names in brackets, nil for none.
// Brackets that hold anything else say nothing.
func (t *Tool) operationsIn(doc string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(doc, "(")
		if !ok {
			return out
		}
		inside, _, ok := strings.Cut(rest, ")")
		if !ok {
			return out
		}
		doc = rest
		if ops := strings.Split(inside, ", "); !slices.ContainsFunc(ops, func(op string) bool { return !t.hasOperation(op) }) {
			out = append(out, ops...)
		}
	}
}

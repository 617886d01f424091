package catalog

import (
	"encoding/json"
	"slices"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/spec"
	"github.com/llmspell/llmspell/tools/tool"
)

// A TakenName is a name in the table of Tool.register that a tool has which comes with
// llmspell: the call is always refused.
type TakenName struct {
	Problem
	// Owner is the tool that has it.
	Owner string
}

// TakenNames returns the names and aliases in the table that Tool.register is given which
// tools that come with llmspell have, the name first. The first message is the error of the
// call, but for what stands before it there, if nothing else is wrong with the table.
func TakenNames(table *LiteralTable) []TakenName {
	rest, _ := specFunction(table)
	root := literal(rest, 1)
	known, _ := root.value.(map[string]any)
	name, ok := known["name"].(string)
	if !ok || root.bad != nil || spec.CheckName(name) != nil {
		return nil
	}
	var out []TakenName
	add := func(written string, t trail) {
		d := owner(written)
		if d == nil {
			return
		}
		err := &tools.TakenError{Tool: spec.Canonical(name), Name: spec.Canonical(written), Owner: d.Name}
		x := TakenName{Problem{Code: WrongValue, On: OnValue, Message: err.Error()}, d.Name}
		x.At, x.Path = t.place()
		out = append(out, x)
	}
	for i := range root.of {
		if b := &root.of[i]; b.key == "name" {
			add(name, trail{step{in: root, branch: b}})
		}
	}
	for i := range root.of {
		b := &root.of[i]
		for j := range b.node.of {
			if alias, ok := b.node.of[j].node.value.(string); ok && b.key == "aliases" {
				add(alias, trail{step{in: root, branch: b}, step{in: b.node, branch: &b.node.of[j]}})
			}
		}
	}
	return out
}

// owner is the tool that comes with llmspell and has a name, nil if none has it.
func owner(name string) *tool.Descriptor {
	d, _ := tools.Builtin().KnownTool(spec.Canonical(name))
	return d
}

// Taken tells whether a tool that comes with llmspell has one of the spec's names, so that
// the runtime refuses the spec.
func (s Spec) Taken() bool {
	return owner(s.Name) != nil || slices.ContainsFunc(s.Aliases, func(a string) bool { return owner(a) != nil })
}

// Unjudged are the tools that stand in a file for those whose names its spec takes: nothing
// is known of their parameters and results, since nobody knows which tool is meant. source
// says where they are from. They come before all others in WithOwn.
func (s Spec) Unjudged(source string) []*Tool {
	var out []*Tool
	var done []*tool.Descriptor
	for i, name := range append([]string{s.Name}, s.Aliases...) {
		had := owner(name)
		if had == nil || slices.Contains(done, had) {
			continue
		}
		done = append(done, had)
		d := *had
		d.Aliases = slices.Clone(had.Aliases)
		if i == 0 { // it has the others of the spec's names too
			d.Aliases = append(d.Aliases, free(s.Aliases)...)
		}
		d.Parameters, d.Result = schema.Map(""), nil
		t := NewTool(&d, source)
		t.unsure, t.stands = true, true
		out = append(out, t)
	}
	return out
}

// Free is the spec without the aliases that are taken; not ok if its name is.
func (s Spec) Free() (Spec, bool) {
	if owner(s.Name) != nil {
		return Spec{}, false
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(s.Text), &m); err != nil {
		return Spec{}, false
	}
	s.Aliases = free(s.Aliases)
	m["aliases"] = s.Aliases
	data, err := json.Marshal(m)
	if err != nil { // cannot be: it was JSON before
		return Spec{}, false
	}
	s.Text = string(data)
	return s, true
}

// free are the names that no tool has which comes with llmspell.
func free(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return owner(n) != nil })
}

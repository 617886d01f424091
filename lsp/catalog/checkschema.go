package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/spec"
)

// checkSchema lets read, which takes a JSON Schema or what stands for one, look at a part
// again and again, each time with the last mistake taken out.
func checkSchema(b *branch, read func(any) (*schema.Schema, error)) []Problem {
	v, ok := b.node.schemaPart(b.key == "result")
	if !ok {
		return nil
	}
	out := unlisted(nil, trail{step{branch: b}}, 0)
	for range maxProblems {
		_, err := read(v)
		e, ok := err.(*spec.Error)
		if !ok {
			break
		}
		t := trailOf(b, e)
		p := Problem{Code: WrongValue, On: OnValue, Message: e.Error()}
		p.At, p.Path = t.place()
		if parse := (*schema.ParseError)(nil); errors.As(e, &parse) && parse.Suggestion != "" {
			to := parse.Suggestion
			p.Fixes = []Fix{{Kind: ReplaceName, Title: "Change to " + quoted(to), Text: to}}
			if parse.Keyword {
				p.On, p.Fixes = OnKey, []Fix{replaceKey(to)}
			}
		}
		out = append(out, p)
		if v = without(v, t[1:]); v == nil {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return slices.Compare(a.At, b.At) })
	return out
}

// item stands for a parameter of which the name is not known.
func item() map[string]any { return map[string]any{"name": "?"} }

// schemaPart is what is known of a JSON Schema, or of a list or table of parameters by
// name unless only a schema can be there: a copy of the maps. It is not ok if it is not
// known which of them it is.
func (n *node) schemaPart(only bool) (v any, ok bool) {
	switch v := n.value.(type) {
	case []any:
		if only {
			return nil, false
		}
		out := slices.Clone(v)
		for i := range n.of {
			of := n.of[i].node
			switch m := of.value.(type) {
			case schema.Unknown:
				out[i] = item()
			case map[string]any:
				out[i], _ = schemaKnown(m)
				if _, unknown := m["name"].(schema.Unknown); unknown || of.open && m["name"] == nil {
					out[i] = item()
				}
			}
		}
		return out, true
	case map[string]any:
		if !only && !n.isSchema() && !n.isByName() {
			return nil, false
		}
		out, _ := schemaKnown(v)
		return out, true
	}
	return nil, false
}

// isSchema tells whether a table that may be one of parameters by their names is certainly
// none: it has a member that is no table, or one whose type is no word.
func (n *node) isSchema() bool {
	for i := range n.of {
		switch m := n.of[i].node.value.(type) {
		case schema.Unknown:
		case map[string]any:
			switch m["type"].(type) {
			case string, schema.Unknown:
			case nil:
				if !n.of[i].node.open {
					return true
				}
			default:
				return true
			}
		default:
			return true
		}
	}
	return len(n.of) == 0 && !n.open
}

func (n *node) isByName() bool {
	for i := range n.of {
		m, _ := n.of[i].node.value.(map[string]any)
		if _, ok := m["type"].(string); !ok {
			return false
		}
	}
	return !n.open
}

// trailOf leads to what an error is about, as far as the text has it.
func trailOf(b *branch, e *spec.Error) trail {
	t := trail{step{branch: b}}
	down := func(meant func(*branch) bool) bool {
		n := t.last().node
		for i := range n.of {
			if meant(&n.of[i]) {
				t = append(t, step{in: n, branch: &n.of[i]})
				return true
			}
		}
		return false
	}
	switch {
	case e.Item > 0:
		down(func(b *branch) bool { return b.index == e.Item })
	case e.Name != "":
		down(func(b *branch) bool { return b.key == e.Name })
	}
	parse := (*schema.ParseError)(nil)
	if !errors.As(e.Err, &parse) || parse.Path == "" {
		return t
	}
	for _, s := range strings.Split(parse.Path[1:], "/") {
		key := strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
		at, err := strconv.Atoi(s)
		if !down(func(b *branch) bool { return b.key == key && b.index == 0 || err == nil && b.index == at+1 }) {
			break
		}
	}
	return t
}

// without is a value, which it changes, with the part gone that a trail leads to: in its
// place is what is never wrong. It is nil if that is the whole.
func without(v any, t trail) any {
	if len(t) == 0 {
		return nil
	}
	in := v
	for i, s := range t {
		last := i == len(t)-1
		switch of := in.(type) {
		case map[string]any:
			switch {
			case !last:
				in = of[s.key]
			case s.key == "type": // parameters by name need one
				of[s.key] = string(schema.Object)
				delete(of, "default") // it would have to fit
			default:
				delete(of, s.key)
			}
		case []any:
			switch {
			case !last:
				in = of[s.index-1]
			case i == 0:
				of[s.index-1] = item()
			default:
				of[s.index-1] = true
			}
		default:
			return nil
		}
	}
	return v
}

// unlisted adds the names in lists of required properties that are none of the properties,
// but nearly one: any other may be checked by nothing on purpose.
func unlisted(out []Problem, t trail, depth int) []Problem {
	n := t.last().node
	if depth > maxLiteralDepth {
		return out
	}
	var properties, required *branch
	for i := range n.of {
		switch b := &n.of[i]; b.key {
		case "properties":
			properties = b
		case "required":
			required = b
		}
		out = unlisted(out, append(slices.Clip(t), step{in: n, branch: &n.of[i]}), depth+1)
	}
	if properties == nil || required == nil || properties.node.holdsKeys() {
		return out
	}
	names := propertyNames(properties.node)
	given, _ := required.node.value.([]any)
	free := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(given, any(name)) })
	for i := range required.node.of {
		b := &required.node.of[i]
		name, ok := b.node.value.(string)
		if !ok || slices.Contains(names, name) {
			continue
		}
		near := schema.Nearest(name, free)
		if near == "" {
			continue
		}
		p := Problem{Code: UnlistedName, On: OnValue, Message: fmt.Sprintf("required names %q, which is none of the properties; did you mean %q?", name, near)}
		p.At, p.Path = append(slices.Clip(t), step{branch: required}, step{branch: b}).place()
		p.Fixes = []Fix{replaceName(near)}
		out = append(out, p)
	}
	return out
}

// holdsKeys tells whether a table may have more names than are known.
func (n *node) holdsKeys() bool {
	_, known := n.value.(map[string]any)
	return n.open || !known
}

func propertyNames(n *node) []string {
	var out []string
	for i := range n.of {
		out = append(out, n.of[i].key)
	}
	return out
}

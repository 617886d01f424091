package catalog

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// needsText says what the operations of the tools that are compiled in need, although
// no schema says so: a tool finds it out when it runs. A line is an operation:
//
//	TOOL OPERATION: NAME|NAME unless OTHER,OTHER; NAME
//
// The operation needs one of the first names, then the second. Nobody knows whether it
// does if one of the others is given. TestNeeds writes the text and compares it with
// what the tools say.
//
//go:embed needs.txt
var needsText string

// need is one thing that an operation needs.
type need struct {
	names  []string // one of them
	unless []string // it may not, if one of these is given
}

// needsOf reads what the operations of a tool need, in the order in which it asks.
func needsOf(name string) map[string][]need {
	out := map[string][]need{}
	for line := range strings.Lines(needsText) {
		head, list, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		of, operation, _ := strings.Cut(head, " ")
		if of != name {
			continue
		}
		for text := range strings.SplitSeq(list, "; ") {
			names, unless, _ := strings.Cut(text, " unless ")
			n := need{names: strings.Split(names, "|")}
			if unless != "" {
				n.unless = strings.Split(unless, ",")
			}
			out[operation] = append(out[operation], n)
		}
	}
	return out
}

// missed is the first thing that the operation in params needs and does not get, or
// nil. params have passed the schema: defaults are there, and no other spellings.
func (t *Tool) missed(params map[string]any) (n *need, operation string) {
	operation, ok := params["operation"].(string)
	if !ok {
		return nil, ""
	}
	given := func(name string) bool { _, ok := params[name]; return ok }
	list := t.needs()[operation]
	for i := range list {
		if !slices.ContainsFunc(list[i].names, given) {
			if slices.ContainsFunc(list[i].unless, func(name string) bool { return given(name) && !t.isDefault(name, params[name]) }) {
				return nil, ""
			}
			return &list[i], operation
		}
	}
	return nil, ""
}

// isDefault tells whether a parameter is as it would be if it were not given.
func (t *Tool) isDefault(name string, v any) bool {
	for i := range t.Params.Properties {
		if p := &t.Params.Properties[i]; p.Name == name {
			switch p.Default.(type) {
			case string, bool, int, int64, float64:
				return p.Default == v
			}
		}
	}
	return false
}

// missedProblem is the problem of a table whose operation needs more than is in it, in
// the words of the tool.
func (t *Tool) missedProblem(table *LiteralTable) []Problem {
	root := literal(table, 1)
	m, ok := root.value.(map[string]any)
	if !ok || root.open {
		return nil
	}
	filled, err := t.Checker().CheckObject(m)
	if err != nil {
		return nil
	}
	n, operation := t.missed(filled)
	if n == nil {
		return nil
	}
	err = (&tool.Call{Operation: operation}).Missing(n.names...)
	p := Problem{Code: MissingKey, Message: err.Error()}
	for _, name := range n.names {
		p.Fixes = append(p.Fixes, insertFixes(t.Params, root, name)...)
	}
	return []Problem{p}
}

// Needed returns the parameters that an operation of a tool needs although its schema
// does not say so: one of each group. "" is the operation that counts when none is
// named. There is none if the tool does not say.
func Needed(c *Catalog, name, operation string) (groups [][]string) {
	t := c.Tool(name)
	if t == nil {
		return nil
	}
	if operation == "" {
		operation = t.defaultOperation()
	}
	for _, n := range t.needs()[operation] {
		groups = append(groups, n.names)
	}
	return groups
}

// Use is what an operation of a tool does with a parameter.
type Use uint8

// The uses of parameters.
const (
	MayUse   Use = iota // nothing is known
	Requires            // the operation cannot do without it
	Ignores             // other operations need it, this one does not
)

// UseOf returns what an operation of a tool does with a parameter. "" is the operation
// that counts when none is named.
func UseOf(c *Catalog, tool, operation, name string) Use {
	t := c.Tool(tool)
	if t == nil {
		return MayUse
	}
	for i := range t.Params.Properties {
		if p := &t.Params.Properties[i]; p.Name == name && p.Required {
			return Requires
		}
	}
	if operation == "" {
		operation = t.defaultOperation()
	}
	if operation == "" || t.needs()[operation] == nil && !slices.Contains(t.Operations, operation) {
		return MayUse
	}
	for _, n := range t.needs()[operation] {
		if slices.Contains(n.names, name) {
			if len(n.names) == 1 && n.unless == nil {
				return Requires
			}
			return MayUse
		}
	}
	if of, _ := t.neededBy(name); len(of) > 0 {
		return Ignores
	}
	return MayUse
}

// RequiresParams tells whether a call of a tool without parameters is refused.
func RequiresParams(c *Catalog, tool string) bool {
	t := c.Tool(tool)
	return t != nil && slices.ContainsFunc(CheckCall(t, nil), func(p Problem) bool { return p.Code == MissingKey })
}

// defaultOperation is the operation that counts when none is named, "" if one must be.
func (t *Tool) defaultOperation() string {
	for i := range t.Params.Properties {
		if p := &t.Params.Properties[i]; p.Name == "operation" {
			s, _ := p.Default.(string)
			return s
		}
	}
	return ""
}

// neededBy are the operations that need a parameter, alone or one of several, as the
// tool lists them. all says that these are all that the tool has.
func (t *Tool) neededBy(name string) (operations []string, all bool) {
	i := slices.IndexFunc(t.Params.Properties, func(p schema.Property) bool { return p.Name == "operation" })
	if i < 0 {
		return nil, false
	}
	enum := t.Params.Properties[i].Enum
	for _, v := range enum {
		op, _ := v.(string)
		if slices.ContainsFunc(t.needs()[op], func(n need) bool { return slices.Contains(n.names, name) }) {
			operations = append(operations, op)
		}
	}
	return operations, len(operations) == len(enum)
}

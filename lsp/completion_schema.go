package lsp

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// inRequired tells whether the cursor is at an entry of the list `required` of a JSON Schema.
func (c *completer) inRequired() bool {
	item := c.t.Parent(c.n)
	return c.t.Kind(item) == syntax.PosField && c.keyOf(c.t.Parent(c.t.Parent(item))) == "required"
}

// requiredNames collects, in the list `required` of a JSON Schema, the names of the `properties`
// beside it that are not in the list yet.
func (c *completer) requiredNames(w stringWriter) {
	if !c.inRequired() {
		return
	}
	item := c.t.Parent(c.n)
	list := c.t.Parent(item)
	properties := c.valueOf(c.t.Parent(c.t.Parent(list)), "properties")
	if c.t.Kind(properties) != syntax.Table {
		return
	}
	listed := map[string]bool{}
	for other := range c.t.Children(list) {
		if text, ok := c.t.String(c.t.First(other)); ok && other != item {
			listed[text] = true
		}
	}
	for field := range c.t.Children(properties) {
		name := c.keyOf(field)
		if name == "" || listed[name] || strings.Contains(name, syntax.Marker) {
			continue
		}
		x := candidate{label: name, kind: protocol.ItemProperty}
		schema := c.t.Child(field, 1)
		if of, ok := c.t.String(c.valueOf(schema, "type")); ok {
			x.detail = ": " + of
		}
		if text, ok := c.t.String(c.valueOf(schema, "description")); ok {
			x.doc = func() documentation { return documentation{text: text} }
		}
		c.name(x, w)
	}
}

// keyOf is the name that an entry of a constructor has, "" if it has none.
func (c *completer) keyOf(field syntax.Node) string {
	switch c.t.Kind(field) {
	case syntax.NameField:
		return c.t.NameOf(c.t.First(field))
	case syntax.KeyField:
		name, _ := c.t.String(c.t.First(field))
		return name
	}
	return ""
}

// valueOf is the value that a constructor gives a name, None if it gives none.
func (c *completer) valueOf(table syntax.Node, name string) syntax.Node {
	if c.t.Kind(table) == syntax.Table {
		for field := range c.t.Children(table) {
			if c.keyOf(field) == name {
				return c.t.Child(field, 1)
			}
		}
	}
	return syntax.None
}

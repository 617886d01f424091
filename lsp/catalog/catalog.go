// Package catalog says what a script can name that is not in its text: tools with
// their schemas, events, hook points, state keys, models. It has three sources: the
// tools compiled in, a running kernel, and the script's own files (which package
// analysis adds). It knows nothing of Lua's syntax or of the protocol.
package catalog

import (
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
)

// A Catalog is one immutable view of all there is. It is taken once for a request,
// costs nothing to take, and never waits for a kernel.
type Catalog struct {
	// Version changes whenever the content does.
	Version uint64
	tools   map[string]*Tool  // by canonical name
	aliases map[string]string // other spellings to canonical names
	names   []string          // canonical names, sorted
	slots   map[string][]Entry
}

// Tool is a tool as the language server sees it.
type Tool struct {
	tools.Description
	// Params and Checker check parameters as the runtime does; Result describes
	// what is in the result's field of that name. Nil where a schema is not known.
	Params, Result *schema.Schema
	Checker        *schema.Checker
	// Source is "" for a tool that is compiled in, else where it is known from:
	// "live · kernel 9555".
	Source string
}

// Entry is a name that a string in a script can have, in a slot such as "event".
type Entry struct {
	Name   string
	Detail string // one line
	Doc    string // Markdown
	Source string
	Value  string // the present value as text, for a state key or variable; "" if there is none
}

// Tool returns a tool by its name, with the spellings that the runtime accepts
// (hyphens or underscores, aliases), or nil.
func (c *Catalog) Tool(name string) *Tool { return c.tools[c.canonical(name)] }

// Tools returns the canonical names of all tools, sorted.
func (c *Catalog) Tools() []string { return c.names }

// Entries returns the names known for a slot: "tool", "event", "hook", "state",
// "variable", "session", "model", "agent", "template", in the order to show them.
func (c *Catalog) Entries(slot string) []Entry { return c.slots[slot] }

func (c *Catalog) canonical(name string) string {
	if to, ok := c.aliases[name]; ok {
		return to
	}
	return name
}

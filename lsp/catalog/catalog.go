// Package catalog says what a script can name that is not in its text: tools with
// their schemas, events, hook points, state keys, models. It has three sources: the
// tools compiled in, a running kernel (package live), and the script's own files
// (which package analysis adds). From a schema it makes types, diagnostics in the
// runtime's own words with their fixes, snippets and documentation. It knows nothing
// of Lua's syntax or of the protocol, and waits for nobody but, for a moment, in
// Catalog.Members.
package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// A Catalog is one immutable view of all there is. It is taken once for a request,
// costs nothing to take, and but for Members and StateFields never waits for a kernel. What it is asked for it
// makes then, and keeps.
type Catalog struct {
	// Version changes whenever the content does.
	Version uint64

	reg     *tools.Registry
	made    *sync.Map // *tool.Descriptor to *Tool; shared by catalogs that have the same tools
	names   func() []string
	slots   func() map[string][]Entry
	toolSet func() []Entry
	live    bool
	under   *Catalog // that a few tools are laid over; nil: none
	members func(session string, path []string) (list []Entry, late bool)
	fields  func(scope, key string, path []string) (list []Entry, late bool)
}

// Tool is a tool as the language server sees it.
type Tool struct {
	tools.Summary
	// Source is "" for a tool that is compiled in, else where it is known from:
	// "live · kernel 9555".
	Source string
	// Params are the parameters, the schema of an object. Result describes what is
	// in the result's field of that name, nil if nobody says.
	Params, Result *schema.Schema

	// Own: a script of the workspace registers it.
	Own bool

	descriptor *tool.Descriptor
	unsure     bool // its parameters are not all known
	stands     bool // for one that comes with llmspell, see Spec.Unjudged
	checker    func() *schema.Checker
	aliases    func() map[string][]string // of the names of properties, anywhere in Params
	needs      func() map[string][]need
	types      toolTypes
}

// Checker checks parameters as the runtime does.
func (t *Tool) Checker() *schema.Checker { return t.checker() }

// Descriptor is what the tool is known by. It must not be changed.
func (t *Tool) Descriptor() *tool.Descriptor { return t.descriptor }

// Describe returns all that the tool says about itself.
func (t *Tool) Describe() tools.Description { return tools.Describe(t.descriptor) }

// Entry is a name that a string in a script can have, in a slot such as "event".
type Entry struct {
	Name   string
	Detail string // one line
	Doc    string // Markdown
	Source string
	Value  string // the present value as text, for a state key or variable; "" if there is none
	// Arg is what the name belongs to: the scope of a state key, the session of a
	// variable, the provider of a model. "" for the others.
	Arg string
}

// Content is what a Catalog is made of.
type Content struct {
	// Base is what there is besides; nil for nothing.
	Base    *Catalog
	Version uint64
	// Live says that Tools are all that a kernel has, those of other programs included.
	Live bool
	// Tools take the place of those of their names in Base.
	Tools []*Tool
	// Entries by slot come before those of Base, and take the place of those that have
	// the same name and Arg.
	Entries map[string][]Entry
	// Members is what Catalog.Members asks; nil: Base's.
	Members func(session string, path []string) (list []Entry, late bool)
	// StateFields is what Catalog.StateFields asks; nil: Base's.
	StateFields func(scope, key string, path []string) (list []Entry, late bool)
}

// New makes a Catalog. A tool whose names are taken, or that cannot be called, is
// left out.
func New(c Content) *Catalog {
	if c.Base == nil {
		c.Base = newCatalog(tools.NewRegistry(), &sync.Map{})
	}
	out := newCatalog(c.Base.reg, c.Base.made)
	out.under = c.Base.under
	if len(c.Tools) > 0 {
		out = newCatalog(merge(c))
	}
	out.Version, out.live, out.members, out.fields = c.Version, c.Live, c.Members, c.StateFields
	if out.members == nil {
		out.members = c.Base.members
	}
	if out.fields == nil {
		out.fields = c.Base.fields
	}
	base := c.Base
	out.slots = sync.OnceValue(func() map[string][]Entry { return mergeEntries(c.Entries, base.slots()) })
	return out
}

func newCatalog(reg *tools.Registry, made *sync.Map) *Catalog {
	c := &Catalog{reg: reg, made: made}
	c.names = sync.OnceValue(func() []string {
		known := reg.Known()
		out := make([]string, len(known))
		for i, d := range known {
			out[i] = d.Name
		}
		return out
	})
	c.slots = func() map[string][]Entry { return nil }
	c.toolSet = sync.OnceValue(c.toolEntries)
	return c
}

// Tool returns a tool by its name, with the spellings that the runtime accepts
// (hyphens or underscores, aliases), or nil. It is the same *Tool for the same
// tool, also in later catalogs.
func (c *Catalog) Tool(name string) *Tool {
	d, ok := c.reg.KnownTool(name)
	if !ok {
		return nil
	}
	return c.tool(d)
}

func (c *Catalog) tool(d *tool.Descriptor) *Tool {
	if t, ok := c.made.Load(d); ok {
		return t.(*Tool)
	}
	if c.under != nil {
		return c.under.tool(d)
	}
	t, _ := c.made.LoadOrStore(d, NewTool(d, "")) // those of other sources are there
	return t.(*Tool)
}

// known is the Tool of a descriptor if it is made, or nil.
func (c *Catalog) known(d *tool.Descriptor) *Tool {
	for ; c != nil; c = c.under {
		if t, ok := c.made.Load(d); ok {
			return t.(*Tool)
		}
	}
	return nil
}

// NewTool describes a tool that is known from source, for Content.
func NewTool(d *tool.Descriptor, source string) *Tool {
	t := &Tool{Summary: tools.Summarize(d), Source: source, Params: d.Parameters, Result: d.Result, descriptor: d}
	t.checker = sync.OnceValue(func() *schema.Checker { return schema.Compile(d.Parameters) })
	t.aliases = sync.OnceValue(func() map[string][]string {
		out := map[string][]string{}
		collectAliases(d.Parameters, out)
		return out
	})
	t.needs = sync.OnceValue(func() map[string][]need {
		if own, ok := tools.Builtin().KnownTool(d.Name); !ok || own != d {
			return nil // of another program, which may need something else
		}
		return needsOf(d.Name)
	})
	t.types.init(t)
	return t
}

// Tools returns the canonical names of all tools, sorted.
func (c *Catalog) Tools() []string { return c.names() }

// Entries returns the names known for a slot: "tool", "event", "hook", "state",
// "variable", "session", "model", "category" and "tag" of tools, in the order to show them.
func (c *Catalog) Entries(slot string) []Entry {
	switch slot {
	case "tool":
		return c.toolSet()
	case "category":
		return c.groups(func(d *tool.Descriptor) []string { return []string{d.Category} })
	case "tag":
		return c.groups(func(d *tool.Descriptor) []string { return d.Tags })
	}
	return c.slots()[slot]
}

// groups are the names that the tools are sorted under, with the tools of each.
func (c *Catalog) groups(of func(*tool.Descriptor) []string) []Entry {
	tools := map[string][]string{}
	for _, d := range c.reg.Known() {
		for _, name := range of(d) {
			if name != "" {
				tools[name] = append(tools[name], d.Name)
			}
		}
	}
	out := make([]Entry, 0, len(tools))
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		out = append(out, Entry{Name: name, Detail: strings.Join(tools[name], ", "), Doc: "Tools: " + strings.Join(tools[name], ", ") + "."})
	}
	return out
}

// Members returns the fields of the value that a path of names leads to from a global
// variable, as a session of a running kernel has it now: names, types and values as of
// "variable". It waits for the kernel for 30 ms at most, and gives what is known then;
// late says that the kernel's answer is still to come, for those who ask again.
// None are known without a kernel.
func (c *Catalog) Members(session string, path []string) (list []Entry, late bool) {
	if c.members == nil {
		return nil, false
	}
	return c.members(session, path)
}

// StateFields returns the fields of the value that a path of names leads to from a value
// of the state, as Members does; Arg is the scope.
func (c *Catalog) StateFields(scope, key string, path []string) (list []Entry, late bool) {
	if c.fields == nil {
		return nil, false
	}
	return c.fields(scope, key, path)
}

func (c *Catalog) toolEntries() []Entry {
	known := c.reg.Known()
	out := make([]Entry, len(known))
	for i, d := range known {
		out[i] = Entry{Name: d.Name, Detail: firstSentence(d.Description), Doc: d.Description, Arg: d.Category}
		if t := c.known(d); t != nil {
			out[i].Source = t.Source
		}
	}
	return out
}

func firstSentence(s string) string {
	if i := strings.IndexAny(s, "\n\r"); i >= 0 {
		s = s[:i]
	}
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}

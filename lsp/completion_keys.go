package lsp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// keys collects the keys that a table constructor wants and does not have yet, those
// that it must have first. field is the entry at the cursor. It tells whether nothing
// else can stand there.
func (c *completer) keys(table, field syntax.Node) (only bool) {
	ways := c.r.snap.WantedWays(c.f, table, field)
	want := ways[0]
	given := c.given(table, field, want)
	named := c.t.Kind(field) == syntax.NameField // a key with its value
	offered := map[string]bool{}
	for _, way := range ways {
		for _, x := range c.keysOf(way, table, given, named) {
			if !offered[x.label] {
				offered[x.label] = true
				c.items = append(c.items, x)
			}
		}
	}
	if c.isMetatable(table) {
		c.metamethods(given, named)
		return true
	}
	if named {
		return true
	}
	return len(offered)+len(given) > 0 && c.r.snap.Expected(c.f, table) != types.Unknown && !c.holdsList(want)
}

// keysOf are the keys that a table lacks to be one of a type, those that it must have first.
func (c *completer) keysOf(want types.Type, table syntax.Node, given map[string]bool, named bool) []candidate {
	needed := c.needed(want, table, given)
	var required, optional, ignored []candidate
	o, cat := toolParams(want), c.r.snap.CatalogOf(c.f)
	operation := textOf(c.t, table, "operation", 0)
	for _, m := range c.r.snap.Members(tables(want)) {
		if given[m.Name] || !wanted(m) {
			continue
		}
		x := c.key(want, m, named)
		switch {
		case needed[m.Name]:
			x.source = keySource(m, true)
			required = append(required, x)
		case o != nil && cat != nil && (operation != "" || !given["operation"]) && catalog.UseOf(cat, o.Tool, operation, m.Name) == catalog.Ignores:
			ignored = append(ignored, x)
		case m.Optional || nilable(m.Type):
			optional = append(optional, x)
		default:
			required = append(required, x)
		}
	}
	return slices.Concat(required, optional, ignored)
}

// needed are the parameters that the operation in a table needs and does not have yet,
// those of which it needs one included.
func (c *completer) needed(want types.Type, table syntax.Node, given map[string]bool) map[string]bool {
	o, cat := toolParams(want), c.r.snap.CatalogOf(c.f)
	if o == nil || cat == nil {
		return nil
	}
	operation := ""
	for f := range c.t.Children(table) {
		if c.t.Kind(f) != syntax.NameField || c.t.NameOf(c.t.First(f)) != "operation" {
			continue
		}
		value, ok := c.t.String(c.t.Child(f, 1))
		if !ok {
			return nil
		}
		operation = value
	}
	if operation == "" && given["operation"] {
		return nil
	}
	out := map[string]bool{}
	for _, group := range catalog.Needed(cat, o.Tool, operation) {
		if slices.ContainsFunc(group, func(name string) bool { return given[name] }) {
			continue
		}
		for _, name := range group {
			out[name] = true
		}
	}
	return out
}

// tables is a type without what is no table: strings have fields too.
func tables(t types.Type) types.Type {
	var out []types.Type
	for _, of := range types.Alternatives(t) {
		if o, ok := of.(*types.Object); ok {
			out = append(out, o)
		}
	}
	return types.Join(out...)
}

// isMetatable tells whether a table is given to setmetatable.
func (c *completer) isMetatable(table syntax.Node) bool {
	args := c.t.Parent(table)
	return c.t.Kind(args) == syntax.Args && c.t.Child(args, 1) == table && c.t.Source(c.t.First(c.t.Parent(args))) == "setmetatable"
}

// metamethods collects the keys of a metatable.
func (c *completer) metamethods(given map[string]bool, named bool) {
	for _, m := range [...]struct{ name, params string }{
		{"__index", ""}, {"__newindex", "self, key, value"}, {"__call", "self, ..."}, {"__tostring", "self"}, {"__len", "self"}, {"__eq", "a, b"}, {"__lt", "a, b"},
		{"__le", "a, b"}, {"__add", "a, b"}, {"__sub", "a, b"}, {"__mul", "a, b"}, {"__div", "a, b"}, {"__mod", "a, b"}, {"__pow", "a, b"},
		{"__unm", "self"}, {"__concat", "a, b"}, {"__metatable", ""}, {"__mode", ""}, {"__gc", "self"},
	} {
		if given[m.name] {
			continue
		}
		x := candidate{label: m.name, kind: protocol.ItemProperty, group: groupMember, insert: m.name}
		if !named {
			x.insert, x.snippet = m.name+" = ", m.name+" = $1"
			if m.params != "" {
				x.snippet = m.name + " = function(" + m.params + ")\n\t$0\nend"
			}
		}
		c.add(x)
	}
}

// wanted tells whether a field is one to give: the methods of a class are not.
func wanted(m analysis.Member) bool {
	return !m.Method && !m.Private && !strings.HasPrefix(m.Name, "[")
}

// given are the names of the keys that a table has beside the entry at the cursor, in
// all spellings that mean the same to what it is wanted as.
func (c *completer) given(table, field syntax.Node, want types.Type) map[string]bool {
	given := map[string]bool{}
	for f := c.t.First(table); f != syntax.None; f = c.t.Next(f) {
		name := c.t.First(f)
		if f == field || c.t.Kind(f) == syntax.PosField {
			continue
		}
		key := c.t.NameOf(name)
		if c.t.Kind(f) == syntax.KeyField {
			key, _ = c.t.String(name)
		}
		if key == "" {
			continue
		}
		given[key] = true
		if known := c.r.snap.Field(want, key); known != nil {
			given[known.Name] = true
		}
	}
	return given
}

// holdsList tells whether a table may have entries without names.
func (c *completer) holdsList(want types.Type) bool {
	return c.r.snap.Expected(c.f, c.n) != types.Unknown || want == types.Unknown
}

// key is the candidate for a key.
func (c *completer) key(of types.Type, m analysis.Member, named bool) candidate {
	x := candidate{
		label: m.Name, kind: protocol.ItemProperty, detail: typeDetail(m.Type), source: keySource(m, false),
		group: groupMember, deprecated: m.Deprecated != "",
	}
	x.doc = func() documentation { return c.keyDoc(of, m) }
	x.insert = luaKey(m.Name)
	if named {
		return x
	}
	value, again := valueSnippet(m.Type, m.Default)
	x.snippet = escapeSnippet(x.insert) + " = " + value
	x.insert += " = "
	x.again = again
	return x
}

// keySource is what stands at the end of a key's line: whether it must be given, what
// counts otherwise, and what it may be. needed: the operation of the tool needs it.
func keySource(m analysis.Member, needed bool) string {
	parts := make([]string, 0, 3)
	switch {
	case m.Default != nil:
		parts = append(parts, "default "+luaValue(m.Default))
	case needed:
		parts = append(parts, "needed")
	case !m.Optional && !nilable(m.Type):
		parts = append(parts, "required")
	}
	if m.Detail != "" {
		parts = append(parts, m.Detail)
	}
	if m.Source != "" {
		parts = append(parts, m.Source)
	}
	return strings.Join(parts, " · ")
}

func (c *completer) keyDoc(of types.Type, m analysis.Member) documentation {
	d := documentation{detail: m.Name + ": " + m.Type.String()}
	if o := toolParams(of); o != nil && c.r.snap.CatalogOf(c.f) != nil {
		if d.text = catalog.ParamDoc(c.r.snap.CatalogOf(c.f), o.Tool, m.Name); d.text != "" {
			return d
		}
	}
	d.text = fieldText(m.Field)
	return d
}

// toolParams is the table of a tool's parameters that a type is, or nil.
func toolParams(t types.Type) *types.Object {
	switch t := t.(type) {
	case *types.Object:
		if t.Role == types.ToolParams {
			return t
		}
	case *types.Union:
		for _, of := range t.Of {
			if o := toolParams(of); o != nil {
				return o
			}
		}
	}
	return nil
}

// fieldText is what is known of a field, as Markdown.
func fieldText(f *types.Field) string {
	text := f.Doc
	if text == "" {
		switch t := f.Type.(type) {
		case *types.Func:
			text = t.Doc
		case *types.Object:
			text = t.Doc
		}
	}
	if f.Deprecated != "" {
		what := "**Deprecated.**"
		if f.Deprecated != "yes" {
			what = "**Deprecated:** " + f.Deprecated
		}
		text = cmp.Or(strings.TrimSpace(what+"\n\n"+text), what)
	}
	return text
}

// typeDetail is a type as it stands behind a label.
func typeDetail(t types.Type) string {
	if t == nil || t == types.Unknown {
		return ""
	}
	text := t.String()
	if len(text) > maxDetail {
		cut := maxDetail
		for cut > 0 && text[cut]&0xC0 == 0x80 {
			cut--
		}
		text = text[:cut] + "…"
	}
	return ": " + text
}

// maxDetail is how many bytes of a type are shown behind a label.
const maxDetail = 60

// nilable tells whether nil is among the values of a type.
func nilable(t types.Type) bool {
	u, ok := t.(*types.Union)
	if !ok {
		return t == types.Nil
	}
	for _, of := range u.Of {
		if of == types.Nil {
			return true
		}
	}
	return false
}

package lsp

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// names collects what a name can mean: variables, the closest first, globals, keywords,
// snippets, modules that could be required.
func (c *completer) names() {
	head, word := c.before()
	if head == onlyIn {
		c.keyword("in")
		return
	}
	want := c.r.snap.Wanted(c.f, c.n)
	if head == operator {
		c.operators(word)
		if word != "" || !c.statement() {
			return
		}
	}
	c.locals(want)
	c.globals(want)
	if c.statement() {
		c.statements()
	} else {
		c.expressions()
	}
	c.modules()
}

// locals collects the variables that are visible, the innermost first.
func (c *completer) locals(want types.Type) {
	vars := c.f.Vars()
	for v := range vars.Visible(c.offset) {
		x := &vars.Vars[v]
		if c.seen[x.Name] || strings.Contains(x.Name, syntax.Marker) || !isName(x.Name) && x.Kind != scope.Self {
			continue
		}
		c.seen[x.Name] = true
		name := x.Name
		if x.Kind == scope.Self {
			name = "self"
		}
		c.variable(name, c.r.snap.VarType(c.f, v), groupLocal, want, func() string {
			if x.Kind == scope.Self {
				return ""
			}
			return c.r.snap.DocOf(c.f, x.Decl)
		})
	}
}

// globals collects those of the file and of others, and the library's.
func (c *completer) globals(want types.Type) {
	own := c.f.Vars().Globals
	names := c.r.snap.Globals(c.f)
	writes := map[string]bool{}
	for name, uses := range own {
		if slices.ContainsFunc(uses, func(u scope.Use) bool { return u.Write }) {
			writes[name] = true
		}
	}
	names = append(names, c.r.snap.Config().GlobalsOf(c.r.file.Path)...)
	slices.Sort(names)
	for _, name := range names {
		if c.seen[name] || !isName(name) || strings.Contains(name, syntax.Marker) {
			continue
		}
		c.seen[name] = true
		group := groupGlobal
		if !writes[name] {
			group = groupLibrary
		}
		t := c.r.snap.GlobalType(c.f, name)
		c.variable(name, t, group, want, func() string { return typeText(t) })
	}
	c.liveVariables()
}

// liveVariables collects the global variables of the sessions of a running kernel.
func (c *completer) liveVariables() {
	cat := c.r.snap.CatalogOf(c.f)
	if cat == nil {
		return
	}
	for _, e := range cat.Entries("variable") {
		if c.seen[e.Name] || !isName(e.Name) {
			continue
		}
		c.seen[e.Name] = true
		c.add(candidate{
			label: e.Name, kind: protocol.ItemVariable, group: groupGlobal, commit: memberCommits(), source: e.Source,
			detail: typeDetailOf(e.Detail), doc: func() documentation { return entryDoc(cat, "variable", e) },
		})
	}
}

// typeDetailOf is the name of a type as it stands behind a label.
func typeDetailOf(name string) string {
	if name == "" {
		return ""
	}
	return ": " + name
}

// typeText is the documentation of what a type describes.
func typeText(t types.Type) string {
	switch t := t.(type) {
	case *types.Func:
		return fieldText(&types.Field{Doc: t.Doc, Type: t, Deprecated: t.Deprecated})
	case *types.Object:
		return t.Doc
	}
	return ""
}

// variable adds a variable.
func (c *completer) variable(name string, t types.Type, group int, want types.Type, doc func() string) {
	x := candidate{label: name, kind: protocol.ItemVariable, group: group, commit: memberCommits()}
	switch t := t.(type) {
	case *types.Func:
		x.kind, x.detail, x.deprecated = protocol.ItemFunction, t.Head(), t.Deprecated != ""
		x.commit = nil
		c.call(&x, t, "", false, want)
		x.doc = func() documentation { return documentation{"function " + name + t.Signature(), doc()} }
	case *types.Object:
		x.detail = typeDetail(t)
		switch {
		case t.Role == types.ToolItself:
			x.kind = protocol.ItemModule
		case group == groupLibrary && t.Name == name:
			x.kind, x.detail = protocol.ItemModule, ""
		}
		x.doc = func() documentation { return documentation{name + ": " + t.String(), doc()} }
	default:
		x.detail = typeDetail(t)
		x.doc = func() documentation {
			return documentation{strings.TrimSuffix(name+": "+t.String(), ": unknown"), doc()}
		}
	}
	x.fits = c.fits(t, want)
	c.add(x)
}

// fits tells whether values of a type are what a place wants: any string is not, where
// one of a few is wanted.
func (c *completer) fits(t, want types.Type) bool {
	if !typed(t) || !typed(want) || !c.r.snap.Assignable(t, want) {
		return false
	}
	if _, literal := t.(*types.Literal); literal {
		return true
	}
	_, few := firstOf(want).(*types.Literal)
	return !few
}

// values collects literals of the type that the place wants: those of an enum, true and
// false, names that a string could have.
func (c *completer) values() {
	if kind, arg, ok := c.slotHere(); ok {
		c.quoted(kind, arg)
	}
	c.requiredNames(quotedNames)
	want := c.r.snap.Wanted(c.f, c.n)
	named := c.enumMembers(want)
	for _, t := range types.Alternatives(want) {
		switch t := t.(type) {
		case *types.Literal:
			if named[t.Value] {
				continue
			}
			text, filter := luaValue(t.Value), ""
			if s, ok := t.Value.(string); ok {
				text, filter = quoteLua(s, `"`), s
			}
			c.add(candidate{label: text, filter: filter, kind: protocol.ItemEnumMember, group: groupExpected, fits: true})
		case types.Basic:
			if t == types.Boolean {
				for _, word := range []string{"true", "false"} {
					c.seen[word] = true
					c.add(candidate{label: word, kind: protocol.ItemKeyword, group: groupExpected, fits: true})
				}
			}
		case *types.Func:
			c.functionLike(t)
		}
	}
}

// functionLike adds a function such as the place wants.
func (c *completer) functionLike(f *types.Func) {
	if !c.snippets {
		return
	}
	names := make([]string, 0, len(f.Params))
	for _, p := range f.Params {
		names = append(names, p.Name)
	}
	if f.Vararg != nil {
		names = append(names, "...")
	}
	head := "function(" + strings.Join(names, ", ") + ")"
	c.add(candidate{
		label: head + " … end", filter: "function", kind: protocol.ItemSnippet, group: groupExpected, fits: true,
		insert: head + " end", snippet: escapeSnippet(head) + "\n\t$0\nend",
	})
}

// slotHere tells what a string at the place of a name would name.
func (c *completer) slotHere() (kind, arg string, ok bool) {
	parent := c.t.Parent(c.n)
	if c.t.Kind(parent) == syntax.NameField {
		f := c.r.snap.ReadField(c.f, c.n)
		return fieldSlot(f), "", fieldSlot(f) != ""
	}
	if c.t.Kind(parent) != syntax.Args {
		return "", "", false
	}
	p, _, ok := c.r.snap.ParameterOf(c.f, c.n)
	if !ok || p.Slot == "" {
		return "", "", false
	}
	return p.Slot, "", true
}

// fieldSlot is what a string names that is the value of a field.
func fieldSlot(f *types.Field) string {
	if f == nil {
		return ""
	}
	return f.Slot
}

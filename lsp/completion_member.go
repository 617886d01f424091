package lsp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// memberCommits take a field or variable and go on with the expression.
func memberCommits() []string { return []string{".", ":", "["} }

// callCommits take a function whose call is not inserted with it, and begin the call. Where
// it is, nothing may take the item: a bracket that is typed would be one too many. Keys of
// tables have none either: behind in, or or end a blank or = may mean the operator or the
// word that is being typed, and in a table of another kind the name may be a value.
func callCommits() []string { return []string{"("} }

// members collects what can follow a dot or colon: behind a colon only methods, behind a
// dot all, methods last.
func (c *completer) members(index syntax.Node) {
	object := c.t.First(index)
	of := c.r.snap.TypeOf(c.f, object)
	colon := c.t.Kind(index) == syntax.Method
	want := c.r.snap.Expected(c.f, index)
	known := !colon && c.laterFields(object, of)
	seen := map[string]bool{}
	if c.isGlobals(object) {
		c.globals(want)
		return
	}
	list := c.r.snap.Members(of)
	functions := colon && !slices.ContainsFunc(list, func(m analysis.Member) bool { return m.Method })
	for _, m := range list {
		if strings.HasPrefix(m.Name, "[") || strings.Contains(m.Name, syntax.Marker) {
			continue
		}
		known, seen[m.Name] = true, true
		if functions {
			c.withDot(m, index, want)
			continue
		}
		if colon && (!m.Method || !isName(m.Name)) {
			continue
		}
		x := c.member(m, colon, want)
		if o, ok := m.Type.(*types.Object); ok && o.Role == types.ToolItself {
			x.label = strings.ReplaceAll(x.label, "-", "_") // which the runtime takes too
		}
		if !isName(x.label) {
			c.bracket(&x, index)
		}
		c.add(x)
	}
	c.live(object, colon, known, seen)
	if !known {
		c.usedFields(object, colon, seen)
	}
	if !colon {
		c.postfix(index, object, of)
	}
}

// isGlobals tells whether an expression is the table of the global variables.
func (c *completer) isGlobals(n syntax.Node) bool {
	return c.t.Kind(n) == syntax.Name && c.t.NameOf(n) == "_G" && c.f.Vars().Var(n) == scope.NoVar
}

// withDot collects a function that takes no object where a colon is written: a dot takes its place.
func (c *completer) withDot(m analysis.Member, index syntax.Node, want types.Type) {
	if _, function := m.Type.(*types.Func); !function || !isName(m.Name) {
		return
	}
	at, _ := c.t.TokenSpan(c.t.Token(index))
	whole := c.r.span(at, c.end)
	if whole.Start.Line != whole.End.Line {
		return
	}
	x := c.member(m, false, want)
	text := c.r.file.Text()
	x.whole, x.filter = &whole, text[at:c.start]+x.label
	x.insert = "." + x.label
	if x.snippet != "" {
		x.snippet = "." + x.snippet
	}
	c.add(x)
}

// laterFields collects the fields that a table does not have yet, and that the function
// wants which it is given to later: local p = {} p.input = "1" calc:execute(p).
func (c *completer) laterFields(object syntax.Node, of types.Type) (some bool) {
	want := tables(c.r.snap.WantedOf(c.f, object))
	for _, m := range c.r.snap.Members(want) {
		if !wanted(m) || !isName(m.Name) || c.r.snap.Field(of, m.Name) != nil {
			continue
		}
		x := c.key(want, m, true)
		x.commit = memberCommits()
		c.add(x)
		some = true
	}
	return some
}

// member is the candidate for a field.
func (c *completer) member(m analysis.Member, colon bool, want types.Type) candidate {
	x := candidate{
		label: m.Name, kind: protocol.ItemField, group: groupMember, source: m.Source,
		deprecated: m.Deprecated != "", commit: memberCommits(),
	}
	f, isFunc := m.Type.(*types.Func)
	if !isFunc { // the results of all functions are not worked out for a list
		x.detail = typeDetail(m.Type)
	}
	switch t := m.Type.(type) {
	case *types.Func:
		x.kind = protocol.ItemFunction
		if m.Method {
			x.kind, x.group = protocol.ItemMethod, groupMethod
			if colon {
				x.group = groupMember
			}
		}
		x.detail = head(t, colon)
		x.deprecated = x.deprecated || t.Deprecated != ""
	case *types.Literal:
		x.kind = protocol.ItemConstant
	case *types.Object:
		if t.Role == types.ToolItself {
			x.kind = protocol.ItemModule
		}
	}
	if m.Optional && !isFunc && x.detail != "" {
		x.source = strings.Trim("optional · "+m.Source, " ·")
	}
	if isFunc {
		c.call(&x, f, m.Owner, colon, want)
	} else {
		x.fits = c.fits(m.Type, want)
	}
	x.doc = func() documentation { return memberDoc(c.r.snap, m) }
	return x
}

// head is the parameters of a function, without the object that a colon gives it.
func head(f *types.Func, colon bool) string {
	if !colon || f.Self || len(f.Params) == 0 {
		return f.Head()
	}
	without := types.Func{Params: f.Params[1:], Vararg: f.Vararg}
	return without.Head()
}

// typed tells whether a type says anything.
func typed(t types.Type) bool { return t != types.Unknown && t != types.Any }

func memberDoc(s *analysis.Snapshot, m analysis.Member) documentation {
	name := m.Name
	if m.Owner != "" && !strings.Contains(m.Owner, " ") {
		sep := "."
		if m.Method {
			sep = ":"
		}
		name = m.Owner + sep + name
	}
	if f, ok := m.Type.(*types.Func); ok {
		return documentation{"function " + name + f.Signature(), fieldText(m.Field)}
	}
	return documentation{name + ": " + m.Type.String(), fieldText(m.Field)}
}

// call makes a candidate for a function insert a call with what must be given, unless
// the function itself is wanted, or a call is there.
func (c *completer) call(x *candidate, f *types.Func, owner string, colon bool, want types.Type) {
	if c.called() || wantsFunction(want) {
		return
	}
	if !c.r.settings.Completion.Calls || !c.snippets {
		x.commit = callCommits()
		return
	}
	if f.Special == "tool.execute" && c.r.snap.CatalogOf(c.f) != nil {
		tool := strings.TrimPrefix(owner, "tool ")
		if text, ok := catalog.Snippet(c.r.snap.CatalogOf(c.f), tool, ""); ok {
			// Without required parameters the cursor stands in the table.
			x.snippet, x.commit, x.again = strings.Replace(text, "({})", "({$1})", 1), nil, true
			return
		}
	}
	params := f.Params
	if colon && !f.Self && len(params) > 0 {
		params = params[1:] // the object, as of s:upper()
	}
	x.snippet, x.commit, x.again = callSnippet(x.label, f, params, f.Self && !colon && f.Special != "tool.execute"), nil, true
}

// called tells whether arguments, or an assignment, stand behind the cursor.
func (c *completer) called() bool {
	rest := c.r.file.Text()[c.end:]
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return false
	}
	switch rest[0] {
	case '(', '{', '"', '\'':
		return true
	case '[':
		return len(rest) > 1 && (rest[1] == '[' || rest[1] == '=')
	case '=':
		return len(rest) == 1 || rest[1] != '='
	}
	return false
}

// wantsFunction tells whether a place takes a function.
func wantsFunction(want types.Type) bool {
	for _, t := range types.Alternatives(want) {
		if _, ok := t.(*types.Func); ok || t == types.FunctionType {
			return true
		}
	}
	return false
}

// callSnippet is a call with the required ones of parameters as tab stops. self: the
// object has to be written too.
func callSnippet(name string, f *types.Func, params []types.Parameter, self bool) string {
	var b strings.Builder
	b.WriteString(escapeSnippet(name) + "(")
	stop := 0
	add := func(label, before, after string) {
		if stop++; stop > 1 {
			b.WriteString(", ")
		}
		b.WriteString(before + "${" + strconv.Itoa(stop) + ":" + escapeSnippet(label) + "}" + after)
	}
	if self {
		add("self", "", "")
	}
	for _, p := range params {
		if p.Optional || nilable(p.Type) {
			break
		}
		switch first := firstOf(p.Type); {
		case p.Slot != "":
			add("", `"`, `"`)
		case first == types.String:
			add(p.Name, "", "")
		default:
			if o, isTable := first.(*types.Object); isTable && o.Role == types.ToolParams {
				add("", "{", "}")
				break
			}
			add(p.Name, "", "")
		}
	}
	if stop == 0 && (len(params) > 0 || f.Vararg != nil) {
		b.WriteString("$1")
	}
	b.WriteString(")$0")
	return strings.ReplaceAll(b.String(), ":}", "}")
}

// bracket makes a candidate that is no name replace the dot: Tool["file-operations"].
func (c *completer) bracket(x *candidate, index syntax.Node) {
	dot, _ := c.t.TokenSpan(c.t.Token(index))
	whole := c.r.span(dot, c.end)
	if whole.Start.Line != whole.End.Line {
		return
	}
	text := c.r.file.Text()
	x.whole, x.insert, x.snippet, x.filter = &whole, "["+quoteLua(x.label, `"`)+"]", "", text[dot:c.start]+x.label
}

// usedFields collects the fields that the file uses of an expression of which nothing
// is known, but for those seen before.
func (c *completer) usedFields(object syntax.Node, colon bool, seen map[string]bool) {
	text := c.t.Source(object)
	for n := syntax.Node(1); int(n) < c.t.Len(); n++ {
		kind := c.t.Kind(n)
		if kind != syntax.Index && kind != syntax.Method || n == c.t.Parent(object) || c.t.Source(c.t.First(n)) != text {
			continue
		}
		name := c.t.NameOf(c.t.Child(n, 1))
		if name == "" || seen[name] || colon && kind != syntax.Method {
			continue
		}
		seen[name] = true
		x := candidate{label: name, kind: protocol.ItemField, group: groupMember, source: "used in this file", commit: memberCommits()}
		if kind == syntax.Method {
			x.kind, x.group = protocol.ItemMethod, groupMethod
		}
		c.add(x)
	}
}

package lsp

import (
	"context"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// hover answers textDocument/hover.
func hover() feature {
	return on("textDocument/hover", func(_ context.Context, r *request, p *protocol.HoverParams) (*protocol.Hover, error) {
		d, start, end := r.hoverAt(r.offset(p.Position))
		if d == "" {
			return nil, nil
		}
		span := r.span(start, end)
		return &protocol.Hover{Contents: *r.markup("textDocument.hover.contentFormat", d), Range: &span}, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.HoverProvider = true })
}

// hoverAt is what is known of the name or string at a byte, as Markdown, and the bytes
// that it stands for; "" if nothing is.
func (r *request) hoverAt(offset int) (text string, start, end int) {
	t := r.file.Tree()
	n := t.NodeAt(offset)
	if token := t.TokenAt(offset); token >= 0 && t.TokenKind(token) == syntax.Comment {
		return r.hoverAnnotation(offset)
	}
	start, end = t.Start(n), t.End(n)
	switch t.Kind(n) {
	case syntax.String:
		slot, ok := r.snap.SlotAt(r.file, offset)
		if !ok {
			return r.hoverLiveKey(n)
		}
		return r.hoverSlot(slot), slot.Start, slot.End
	case syntax.Name:
		return r.hoverName(n), start, end
	case syntax.Vararg:
		if types := r.snap.TypeOf(r.file, n); typed(types) {
			return fence("...: " + types.String()), start, end
		}
	}
	return "", 0, 0
}

func fence(code string) string { return "```lua\n" + code + "\n```" }

// join joins parts of Markdown, without the empty ones.
func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// hoverName describes a name.
func (r *request) hoverName(n syntax.Node) string {
	t := r.file.Tree()
	name := t.NameOf(n)
	parent := t.Parent(n)
	prefix := ""
	switch t.Kind(parent) {
	case syntax.LabelStat, syntax.GotoStat:
		return ""
	case syntax.NameField:
		if t.First(parent) == n {
			return r.hoverKey(n, name)
		}
	case syntax.Index, syntax.Method:
		if t.First(parent) != n {
			return r.hoverField(parent, n, name)
		}
	}
	v := r.file.Vars().Var(n)
	of := r.snap.TypeOf(r.file, n)
	switch {
	case v == scope.NoVar:
		prefix = "global "
		if !typed(of) && !r.snap.KnownGlobal(r.file, name) {
			return fence("global " + name + ": unknown")
		}
		if text := r.hoverLive(name); text != "" {
			if !typed(of) {
				return text
			}
			return join(r.describe(prefix, name, of, r.snap.DocOf(r.file, n)), "Now:", text)
		}
	default:
		prefix = [...]string{scope.Local: "local ", scope.LocalFunction: "local ", scope.Param: "(parameter) ", scope.Self: "(self) ", scope.LoopVar: "(loop variable) "}[r.file.Vars().Vars[v].Kind]
	}
	return r.describe(prefix, name, of, r.snap.DocOf(r.file, n))
}

// hoverKey describes a key of a table constructor.
func (r *request) hoverKey(n syntax.Node, name string) string {
	t := r.file.Tree()
	table := t.Parent(t.Parent(n))
	if f := r.snap.Option(r.file, n); f != nil {
		if o := toolParams(r.snap.Expected(r.file, table)); o != nil && r.snap.CatalogOf(r.file) != nil {
			if text := catalog.ParamDoc(r.snap.CatalogOf(r.file), o.Tool, f.Name); text != "" {
				return text
			}
		}
		mark := ""
		if f.Optional {
			mark = "?"
		}
		detail := f.Detail
		if f.Default != nil {
			detail = strings.Trim("default `"+luaValue(f.Default)+"` · "+detail, " ·")
		}
		label := strings.TrimSuffix("(field) "+name+mark+": "+f.Type.String(), ": unknown")
		return join(fence(label), strings.Trim(detail+" · "+f.Source, " ·"), fieldText(f))
	}
	return r.describe("(field) ", name, r.snap.TypeOf(r.file, t.Child(t.Parent(n), 1)), r.snap.DocOf(r.file, n))
}

// hoverField describes a field behind a dot or colon.
func (r *request) hoverField(index, n syntax.Node, name string) string {
	t := r.file.Tree()
	object := r.snap.TypeOf(r.file, t.First(index))
	of := r.snap.TypeOf(r.file, index)
	f := r.snap.Field(object, name)
	if f == nil && !typed(of) {
		return r.hoverLiveField(index, name)
	}
	owner := ""
	if chain := t.Source(t.First(index)); isChain(chain) {
		owner = chain + string(t.TokenText(t.Token(index)))
	}
	doc := r.snap.DocOf(r.file, n)
	if f != nil && f.Deprecated != "" {
		doc = fieldText(f)
	}
	text := r.describe("(field) ", owner+name, of, doc)
	if f != nil {
		text = join(text, f.Detail, f.Source)
	}
	return text
}

// describe describes something of a name, type and documentation.
func (r *request) describe(prefix, name string, of types.Type, doc string) string {
	switch of := of.(type) {
	case *types.Func:
		return join(fence("function "+name+of.Signature()), deprecatedText(of), doc, parametersText(of), overloadsText(name, of))
	case *types.Literal:
		base := "string"
		switch of.Value.(type) {
		case float64:
			base = "number"
		case bool:
			base = "boolean"
		}
		return join(fence(prefix+name+": "+base+" = "+of.String()), doc)
	case *types.Object:
		head := fence(prefix + name + ": " + of.String())
		switch {
		case of.Role == types.ToolItself && r.snap.CatalogOf(r.file) != nil:
			return join(head, catalog.ToolDoc(r.snap.CatalogOf(r.file), of.Tool))
		case of.Name != "" && of.Name == name:
			return join(fence(name), doc)
		}
		return join(fence(prefix+name+": "+r.tableText(of)), doc)
	}
	return join(fence(prefix+name+": "+of.String()), doc)
}

func deprecatedText(f *types.Func) string {
	switch f.Deprecated {
	case "":
		return ""
	case "yes":
		return "**Deprecated.**"
	}
	return "**Deprecated:** " + f.Deprecated
}

// maxFields is how many fields of a table are shown.
const maxFields = 16

// tableText is the type of a table with its fields, one a line.
func (r *request) tableText(o *types.Object) string {
	members := r.snap.Members(o)
	if len(members) == 0 {
		return o.String()
	}
	var b strings.Builder
	if o.Name != "" {
		b.WriteString(o.Name + " ")
	}
	b.WriteString("{\n")
	for i, m := range members {
		if i == maxFields {
			fmt.Fprintf(&b, "  -- and %d more\n", len(members)-i)
			break
		}
		mark := ""
		if m.Optional {
			mark = "?"
		}
		b.WriteString("  " + m.Name + mark)
		if f, ok := m.Type.(*types.Func); ok {
			b.WriteString(": function" + f.Head())
		} else {
			b.WriteString(typeDetail(m.Type))
		}
		b.WriteString(",\n")
	}
	b.WriteString("}")
	return b.String()
}

// parametersText lists the parameters and results that are documented.
func parametersText(f *types.Func) string {
	var b strings.Builder
	for _, p := range f.Params {
		if p.Doc != "" {
			b.WriteString("- `" + p.Name + "`: " + oneLine(p.Doc) + "\n")
		}
	}
	results, _ := f.Returns()
	for _, x := range results {
		if x.Doc != "" {
			b.WriteString("- returns " + oneLine(x.Doc) + "\n")
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// overloadsText lists the further ways to call a function.
func overloadsText(name string, f *types.Func) string {
	if len(f.Overloads) == 0 {
		return ""
	}
	lines := make([]string, len(f.Overloads))
	for i, o := range f.Overloads {
		lines[i] = "function " + name + o.Signature()
	}
	return "Also:\n" + fence(strings.Join(lines, "\n"))
}

// hoverSlot describes what a string names.
func (r *request) hoverSlot(slot analysis.Slot) string {
	switch slot.Kind {
	case "enum":
		for _, t := range types.Alternatives(slot.Expected) {
			if l, ok := t.(*types.Literal); ok && l.Value == slot.Value {
				return fence(quoteLua(slot.Value, `"`) + " -- one of\n" + slot.Expected.String())
			}
		}
		return ""
	case "key":
		return r.hoverKey(slot.Node, slot.Value)
	case "field":
		if f := r.snap.Field(slot.Expected, slot.Value); f != nil {
			return r.describe("(field) ", slot.Value, f.Type, fieldText(f))
		}
		return ""
	case "require":
		sym := r.snap.SymbolOf(r.file, slot.Node)
		f := r.snap.File(sym.URI)
		if sym.Kind != analysis.ModuleSymbol || f == nil {
			return ""
		}
		t := r.snap.Module(f)
		return join(r.describe("(module) ", slot.Value, t, typeText(t)), f.Path)
	}
	cat := r.snap.CatalogOf(r.file)
	if cat == nil {
		return r.ownText(slot)
	}
	if slot.Kind == "tool" {
		return catalog.ToolDoc(cat, slot.Value)
	}
	own := r.ownText(slot)
	for _, e := range cat.Entries(slot.Kind) {
		if e.Name != slot.Value || slot.Arg != "" && e.Arg != "" && e.Arg != slot.Arg {
			continue
		}
		d := entryDoc(cat, slot.Kind, e)
		if d.text == "" {
			d.text = e.Detail
		}
		return join("`"+e.Name+"` ("+slot.Kind+")", d.text, own)
	}
	if own == "" {
		return ""
	}
	return join("`"+slot.Value+"` ("+slot.Kind+")", own)
}

// hoverAnnotation describes a type that an annotation names: what stands above its
// declaration.
func (r *request) hoverAnnotation(offset int) (text string, start, end int) {
	sym, at, ok := r.snap.SymbolAt(r.file, offset)
	if !ok || sym.Kind != analysis.TypeSymbol {
		return "", 0, 0
	}
	for _, l := range r.snap.Definition(sym) {
		f := r.snap.File(l.URI)
		if f == nil {
			continue
		}
		b := blockOf(f, l.Start)
		if b == "" {
			continue
		}
		return b, at.Start, at.End
	}
	return "", 0, 0
}

// blockOf is the block of annotations around a byte, as Markdown.
func blockOf(f *analysis.File, at int) string {
	lines := f.Lines()
	isNote := func(line int) (string, bool) {
		if line < 0 || line >= lines.Count() {
			return "", false
		}
		return strings.CutPrefix(strings.TrimSpace(f.Text()[lines.Start(line):lines.End(line)]), "---")
	}
	first := lines.Line(at)
	for {
		if _, ok := isNote(first - 1); !ok {
			break
		}
		first--
	}
	var words, tags []string
	for line := first; len(tags) < maxFields; line++ {
		text, ok := isNote(line)
		if !ok {
			break
		}
		if text = strings.TrimPrefix(text, " "); strings.HasPrefix(text, "@") || strings.HasPrefix(text, "|") {
			tags = append(tags, "---"+text)
		} else {
			words = append(words, text)
		}
	}
	if len(tags) == 0 {
		return ""
	}
	return join(fence(strings.Join(tags, "\n")), strings.Join(words, "\n"))
}

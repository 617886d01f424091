package lsp

import (
	"context"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// signatureHelp answers textDocument/signatureHelp. In a table of named parameters these
// are the parameters, and the key at the cursor the active one.
func signatureHelp() feature {
	return on("textDocument/signatureHelp", func(_ context.Context, r *request, p *protocol.SignatureHelpParams) (*protocol.SignatureHelp, error) {
		offset := r.offset(p.Position)
		call, ok := r.snap.CallAt(r.file, offset)
		if !ok {
			return nil, nil
		}
		s := &signatures{r: r, call: call, offset: offset}
		if call.Table != syntax.None && call.Params != nil && len(r.snap.Members(call.Params)) > 0 {
			return s.table(), nil
		}
		if call.Func == nil {
			return nil, nil
		}
		return s.function(), nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.SignatureHelpProvider = &protocol.SignatureHelpOptions{TriggerCharacters: []string{"(", "{", ",", `"`, "'"}, RetriggerCharacters: []string{",", "=", "}", ")"}}
	})
}

type signatures struct {
	r      *request
	call   *analysis.Call
	offset int
}

const signatureFormats = "textDocument.signatureHelp.signatureInformation."

// markup is documentation, nil for none.
func (s *signatures) markup(text string) *protocol.MarkupContent {
	if text == "" {
		return nil
	}
	return s.r.markup(signatureFormats+"documentationFormat", text)
}

// labelWriter writes a signature, and notes where its parameters stand.
type labelWriter struct {
	text    strings.Builder
	units   uint32 // UTF-16 units written
	offsets bool   // the client takes places
	params  []protocol.ParameterInformation
}

func (w *labelWriter) write(text string) {
	w.text.WriteString(text)
	for _, r := range text {
		w.units += uint32(max(utf16.RuneLen(r), 1))
	}
}

func (w *labelWriter) param(text string, doc *protocol.MarkupContent) {
	start := w.units
	w.write(text)
	p := protocol.ParameterInformation{Label: text, Documentation: doc}
	if w.offsets {
		p.Label = [2]uint32{start, w.units}
	}
	w.params = append(w.params, p)
}

func (s *signatures) writer() *labelWriter {
	return &labelWriter{offsets: s.r.client.Can(signatureFormats + "parameterInformation.labelOffsetSupport")}
}

// none is the number of the active parameter if there is none.
func (s *signatures) none(count int) *uint32 {
	if s.r.client.Can(signatureFormats + "noActiveParameterSupport") {
		return nil
	}
	n := uint32(count) // no parameter has it
	return &n
}

// function describes the ways to call a function.
func (s *signatures) function() *protocol.SignatureHelp {
	all := []*types.Func{s.call.Func}
	t := s.r.file.Tree()
	if base, ok := s.r.snap.TypeOf(s.r.file, s.call.Callee).(*types.Func); ok && (base == s.call.Func || slices.Contains(base.Overloads, s.call.Func)) {
		all = append(slices.Clone(base.Overloads), base)
	}
	help := &protocol.SignatureHelp{}
	for i, f := range all {
		if f == s.call.Func {
			help.ActiveSignature = uint32(i)
		}
		w := s.writer()
		w.write(s.name(f, t) + "(")
		shift := 0
		if f.Self && !s.call.Colon && f.Special != "tool.execute" {
			w.param("self", nil)
			shift = 1
		}
		params := f.Params
		if s.call.Object && len(params) > 0 { // the one in front of the colon
			params, shift = params[1:], -1
		}
		for _, p := range params {
			if len(w.params) > 0 {
				w.write(", ")
			}
			w.param(p.Label(), s.markup(p.Doc))
		}
		if f.Vararg != nil {
			if len(w.params) > 0 {
				w.write(", ")
			}
			text := "..."
			if f.Vararg != types.Unknown && f.Vararg != types.Any {
				text += ": " + f.Vararg.String()
			}
			w.param(text, nil)
		}
		w.write(")")
		if results := resultsText(f); results != "" {
			w.write(": " + results)
		}
		active := s.none(len(w.params))
		at := s.call.Active + shift
		if shift > 0 && s.call.Argument == 0 {
			at = 0
		}
		if at < len(w.params) {
			n := uint32(at)
			active = &n
		}
		if f == s.call.Func {
			help.ActiveParameter = active
		}
		if w.params == nil {
			w.params = []protocol.ParameterInformation{}
		}
		doc := f.Doc
		if doc == "" {
			doc = all[len(all)-1].Doc
		}
		help.Signatures = append(help.Signatures, protocol.SignatureInformation{
			Label: w.text.String(), Documentation: s.markup(doc), Parameters: w.params, ActiveParameter: active,
		})
	}
	return help
}

// name is the function as it is called, or what it calls itself.
func (s *signatures) name(f *types.Func, t *syntax.Tree) string {
	if s.call.Node != syntax.None {
		if written := t.Source(s.call.Callee); isChain(written) {
			return written
		}
	}
	if f.Name != "" {
		return f.Name
	}
	return "function"
}

// isChain tells whether a text is names with dots and colons.
func isChain(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isWordByte(s[i]) && s[i] != '.' && s[i] != ':' {
			return false
		}
	}
	return s != "" && len(s) <= maxDetail
}

// resultsText is what a function gives.
func resultsText(f *types.Func) string {
	results, more := f.Returns()
	parts := make([]string, 0, len(results)+1)
	for _, r := range results {
		parts = append(parts, strings.TrimPrefix(typeDetail(r.Type), ": "))
	}
	if more != nil {
		parts = append(parts, "...")
	}
	return strings.Join(parts, ", ")
}

// table describes the keys of a table of named parameters.
func (s *signatures) table() *protocol.SignatureHelp {
	o := s.call.Params
	name := o.Tool
	if name == "" {
		name = o.Name
	}
	if name == "" && s.call.Func != nil {
		name = s.call.Func.Name
	}
	w := s.writer()
	w.write(strings.TrimSpace(name + " {"))
	given := map[string]bool{}
	for _, key := range s.call.Keys {
		if f := s.r.snap.Field(o, key); f != nil {
			given[f.Name] = true
		}
	}
	at, next := s.keyAt(), -1
	active := -1
	for _, m := range s.ordered(o) {
		if len(w.params) > 0 {
			w.write(",")
		}
		w.write(" ")
		mark := ""
		if !s.needs(o, m) {
			mark = "?"
		}
		if at != nil && at.Name == m.Name {
			active = len(w.params)
		}
		if next < 0 && !given[m.Name] {
			next = len(w.params)
		}
		w.param(m.Name+mark+typeDetail(types.Without(m.Type, types.Nil)), s.markup(s.keyText(o, m)))
	}
	w.write(" }")
	if w.params == nil {
		w.params = []protocol.ParameterInformation{}
	}
	parameter := s.none(len(w.params))
	if active < 0 && parameter != nil {
		active = next // the one that is likely to follow
	}
	if active >= 0 {
		n := uint32(active)
		parameter = &n
	}
	doc := o.Doc
	return &protocol.SignatureHelp{ActiveParameter: parameter, Signatures: []protocol.SignatureInformation{{
		Label: w.text.String(), Documentation: s.markup(doc), Parameters: w.params, ActiveParameter: parameter,
	}}}
}

// ordered are the fields of a table that can be given, those last that the operation of a
// tool does nothing with.
func (s *signatures) ordered(o *types.Object) []analysis.Member {
	var list []analysis.Member
	for _, m := range s.r.snap.Members(o) {
		if wanted(m) {
			list = append(list, m)
		}
	}
	if cat := s.r.snap.CatalogOf(s.r.file); o.Role == types.ToolParams && cat != nil {
		operation := textOf(s.r.file.Tree(), s.call.Table, "operation", 0)
		slices.SortStableFunc(list, func(a, b analysis.Member) int {
			ignores := func(m analysis.Member) int {
				if catalog.UseOf(cat, o.Tool, operation, m.Name) == catalog.Ignores {
					return 1
				}
				return 0
			}
			return ignores(a) - ignores(b)
		})
	}
	return list
}

// needs tells whether a field must be given.
func (s *signatures) needs(o *types.Object, m analysis.Member) bool {
	cat := s.r.snap.CatalogOf(s.r.file)
	switch {
	case !m.Optional && !nilable(m.Type):
		return true
	case cat == nil:
	case o.Role == types.ToolParams:
		operation := textOf(s.r.file.Tree(), s.call.Table, "operation", 0)
		return catalog.UseOf(cat, o.Tool, operation, m.Name) == catalog.Requires
	case o.Name == "llmspell.ToolCall": // {"calculator", {…}} or {name = "calculator", …}
		return m.Name == "name" || m.Name == "params" && catalog.RequiresParams(cat, textOf(s.r.file.Tree(), s.call.Table, "name", 1))
	}
	return false
}

// textOf is the text of a table's entry with a name, or that is at a place of the list, from
// 1; "" if it has none that is a literal.
func textOf(t *syntax.Tree, table syntax.Node, name string, place int) string {
	n := 0
	for f := range t.Children(table) {
		value := syntax.None
		switch t.Kind(f) {
		case syntax.PosField:
			if n++; n == place {
				value = t.First(f)
			}
		case syntax.NameField:
			if t.NameOf(t.First(f)) == name {
				value = t.Child(f, 1)
			}
		}
		if text, ok := t.String(value); ok && value != syntax.None {
			return text
		}
	}
	return ""
}

// keyAt is the field of the key whose entry the cursor is in, nil if it is in none.
func (s *signatures) keyAt() *types.Field {
	t := s.r.file.Tree()
	for f := t.First(s.call.Table); f != syntax.None; f = t.Next(f) {
		if s.offset < t.Start(f) || s.offset > t.End(f) {
			continue
		}
		name := t.NameOf(t.First(f))
		if t.Kind(f) == syntax.KeyField {
			name, _ = t.String(t.First(f))
		}
		if t.Kind(f) == syntax.PosField && t.Kind(t.First(f)) != syntax.Name {
			return nil
		}
		if known := s.r.snap.Field(s.call.Params, name); known != nil {
			return known
		}
	}
	return nil
}

func (s *signatures) keyText(o *types.Object, m analysis.Member) string {
	if o.Role == types.ToolParams && s.r.snap.CatalogOf(s.r.file) != nil {
		if text := catalog.ParamDoc(s.r.snap.CatalogOf(s.r.file), o.Tool, m.Name); text != "" {
			return text
		}
	}
	return fieldText(m.Field)
}

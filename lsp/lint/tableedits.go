package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// tableEdit makes the edit of a fix: of an entry of a table, of its value on, or of the
// table that was made at a place.
func (p *pass) tableEdit(fix catalog.Fix, x part, on, made syntax.Node) (Edit, bool) {
	t, field := p.tree, x.field
	switch fix.Kind {
	case catalog.ReplaceName:
		q, ok := t.Quote(on)
		return Edit{q.Start, q.End, fix.Text}, ok && !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n")
	case catalog.ReplaceKey:
		start, end := p.partKey(x)
		switch t.Kind(field) {
		case syntax.Invalid: // stored later
			if q, ok := t.Quote(x.key); ok {
				return Edit{q.Start, q.End, fix.Text}, !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n")
			}
			return Edit{start, end, fix.Text}, t.Kind(x.key) == syntax.Name && isName(fix.Text) && t.Kind(t.Parent(x.key)) == syntax.Index
		case syntax.NameField:
			if isName(fix.Text) {
				return Edit{start, end, fix.Text}, true
			}
			return Edit{start, end, `["` + fix.Text + `"]`}, !strings.ContainsAny(fix.Text, "\\\"\n")
		case syntax.KeyField:
			if q, ok := t.Quote(t.First(field)); ok && !q.Long() && !strings.ContainsAny(fix.Text, "\\\"'\n") {
				return Edit{q.Start, q.End, fix.Text}, true
			}
		}
	case catalog.ReplaceValue:
		return Edit{t.Start(on), t.End(on), fix.Text}, on != syntax.None && t.Kind(on) != syntax.Name
	case catalog.RemoveKey:
		return p.removeField(field)
	case catalog.InsertKeys:
		return p.insertFields(made, fix.Text)
	}
	return Edit{}, false
}

// removeField takes a field with its separator out of a table.
func (p *pass) removeField(field syntax.Node) (Edit, bool) {
	t := p.tree
	if field == syntax.None {
		return Edit{}, false
	}
	tokens := t.Tokens()
	first, end := t.Range(field)
	if end < len(tokens) && (tokens[end].Kind == syntax.Comma || tokens[end].Kind == syntax.Semicolon) {
		if tokens[end+1].Kind != syntax.Comment {
			return Edit{t.Start(field), int(tokens[end+1].Start), ""}, true
		}
		return Edit{t.Start(field), int(tokens[end].End), ""}, true
	}
	if first > 0 && (tokens[first-1].Kind == syntax.Comma || tokens[first-1].Kind == syntax.Semicolon) {
		return Edit{int(tokens[first-1].Start), t.End(field), ""}, true
	}
	return Edit{t.Start(field), t.End(field), ""}, true
}

// insertFields puts entries at the end of a table, or in front if the last one is a
// call whose results the table takes.
func (p *pass) insertFields(table syntax.Node, text string) (Edit, bool) {
	t := p.tree
	if t.Kind(table) != syntax.Table {
		return Edit{}, false
	}
	last := syntax.None
	for f := range t.Children(table) {
		last = f
	}
	first, after := t.Range(table)
	at := int(t.Tokens()[first].End)
	if last == syntax.None {
		if end := int(t.Tokens()[after-1].Start); first+2 == after { // no comment in it: as it would be formatted
			return Edit{at, end, " " + text + " "}, true
		}
		return Edit{at, at, " " + text}, true
	}
	if t.Kind(last) == syntax.PosField {
		at = t.Start(t.First(table))
		return Edit{at, at, text + ", "}, true
	}
	_, end := t.Range(last)
	if k := t.TokenKind(end); k == syntax.Comma || k == syntax.Semicolon {
		at = int(t.Tokens()[end].End)
		return Edit{at, at, " " + text + ","}, true
	}
	return Edit{t.End(last), t.End(last), ", " + text}, true
}

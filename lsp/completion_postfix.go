package lsp

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// postfix collects what can be made of the expression before a dot: expr.if becomes
// if expr then … end.
func (c *completer) postfix(index, object syntax.Node, of types.Type) {
	if !c.snippets || !c.r.settings.Completion.Postfix || c.called() {
		return
	}
	start := c.t.Start(object)
	if c.t.End(index) > c.offset+len(syntax.Marker)+(c.end-c.offset) {
		return
	}
	whole := c.r.span(start, c.end)
	if whole.Start.Line != whole.End.Line {
		return
	}
	source := c.r.file.Text()[start:c.original(c.t.End(object))]
	expr := escapeSnippet(source)
	statement := c.beginsStatement(index)
	call := c.t.Kind(object) == syntax.Call
	add := func(word, text, shown string) {
		c.add(candidate{
			label: word, kind: protocol.ItemSnippet, group: groupSnippet, source: shown, snippet: text, whole: &whole,
			filter: c.r.file.Text()[start:c.start] + word,
		})
	}
	short := shorten(source, 20)
	add("not", "not "+expr, "not "+short)
	list, sized := listLike(of)
	if sized {
		add("len", "#"+expr, "#"+short)
	}
	if call {
		callee := escapeSnippet(c.t.Source(c.t.First(object)))
		args := c.t.Source(c.t.Child(object, 1))
		if strings.HasPrefix(args, "(") {
			args = strings.TrimSpace(strings.TrimSuffix(args[1:], ")"))
		}
		if c.t.Kind(c.t.First(object)) == syntax.Method {
			receiver := c.t.Source(c.t.First(c.t.First(object)))
			name := c.t.Source(c.t.Child(c.t.First(object), 1))
			callee = escapeSnippet(receiver + "." + name)
			args = strings.TrimSuffix(receiver+", "+args, ", ")
		}
		text := "pcall(" + callee
		if args != "" {
			text += ", " + escapeSnippet(args)
		}
		text += ")"
		if statement {
			text = "local ok, ${1:result} = " + text + "\nif not ok then\n\t$0\nend"
		}
		add("pcall", text, "pcall(…)")
	}
	if !statement {
		return
	}
	add("if", "if "+expr+" then\n\t$0\nend", "if … then")
	add("ifnot", "if not "+expr+" then\n\t$0\nend", "if not … then")
	add("local", "local ${1:name} = "+expr+"$0", "local name = …")
	add("return", "return "+expr, "return …")
	add("print", "print("+expr+")", "print(…)")
	add("while", "while "+expr+" do\n\t$0\nend", "while … do")
	if !list {
		return
	}
	add("for", "for ${1:i}, ${2:v} in ipairs("+expr+") do\n\t$0\nend", "for … in ipairs")
	add("pairs", "for ${1:k}, ${2:v} in pairs("+expr+") do\n\t$0\nend", "for … in pairs")
}

// listLike tells whether there can be entries to go over in a value of a type, and whether
// it has a length.
func listLike(t types.Type) (list, sized bool) {
	switch t := firstOf(t).(type) {
	case types.Basic:
		unknown := t == types.Unknown || t == types.Any || t == types.TableType
		return unknown, unknown || t == types.String
	case *types.Literal:
		_, sized = t.Value.(string)
		return false, sized
	case *types.Array, *types.Tuple, *types.Map:
		return true, true
	case *types.Object:
		return t.Role == types.NoRole, t.Role == types.NoRole
	}
	return false, false
}

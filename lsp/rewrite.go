package lsp

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// rewrites are the ways to write what is at an offset otherwise, which mean the same.
func (r *request) rewrites(offset int) []protocol.CodeAction {
	t := r.file.Tree()
	if len(t.Errors()) > 0 {
		return nil
	}
	var out []protocol.CodeAction
	add := func(title string, start, end int, text string) {
		out = append(out, r.action(title, protocol.ActionRefactorRewrite, []lint.Edit{{Start: start, End: end, Text: text}}))
	}
	n := t.NodeAt(offset)
	if q, ok := t.Quote(n); ok && q.Closed && !q.Long() {
		other, name := `"`, "double"
		if q.Open == `"` {
			other, name = "'", "single"
		}
		if body := r.file.Text()[q.Start:q.End]; !strings.Contains(body, other) {
			// An escaped quote of the old kind is an escape of any character.
			add("Use "+name+" quotes", t.Start(n), t.End(n), other+body+other)
		}
	}
	index := t.Parent(n)
	name := t.Child(index, 1)
	if name != n || n == syntax.None {
		return out
	}
	first, end := t.Range(index)
	_, object := t.Range(t.First(index))
	for i := max(first, object); i < end; i++ {
		if t.TokenKind(i) == syntax.Comment {
			return out
		}
	}
	switch t.Kind(index) {
	case syntax.Index:
		if key := t.NameOf(name); key != "" && t.Kind(t.Parent(index)) != syntax.FuncStat {
			add(`Write ["`+key+`"]`, t.End(t.First(index)), t.End(index), `["`+key+`"]`)
		}
	case syntax.IndexKey:
		if key, ok := t.String(name); ok && isName(key) {
			add("Write ."+key, t.End(t.First(index)), t.End(index), "."+key)
		}
	}
	return out
}

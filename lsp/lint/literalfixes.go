package lint

import (
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// maxLiteralFixes is how many texts are offered where none is near.
const maxLiteralFixes = 8

// fixLiteral offers the texts that a place takes instead of one that it refuses: the nearest,
// or the first ones where none is near.
func (p *pass) fixLiteral(x *Finding, n syntax.Node) {
	for p.tree.Kind(n) == syntax.Paren {
		n = p.tree.First(n)
	}
	q, ok := p.tree.Quote(n)
	if p.tree.Kind(n) != syntax.String || !ok || !q.Closed || q.Long() {
		return
	}
	var names []string
	for _, t := range types.Alternatives(p.snap.Expected(p.file, n)) {
		if l, ok := t.(*types.Literal); ok {
			if name, ok := l.Value.(string); ok && !strings.ContainsAny(name, "\\\"'\n") {
				names = append(names, name)
			}
		}
	}
	value, _ := p.tree.String(n)
	if near := schema.Nearest(value, names); near != "" {
		names = []string{near}
	}
	for _, name := range names[:min(len(names), maxLiteralFixes)] {
		x.fix("Change to "+strconv.Quote(name), false, q.Start, q.End, name)
	}
}

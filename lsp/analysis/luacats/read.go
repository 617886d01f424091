package luacats

import (
	"sort"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Read reads the comments among the tokens of a text.
func Read(text string, tokens []syntax.Token) *Notes {
	n := &Notes{text: text}
	var g group
	for i, t := range tokens {
		if t.Kind == syntax.Comment {
			n.comment(&g, i, Span{int(t.Start), int(t.End)})
		}
	}
	n.flush(&g)
	n.settle()
	return n
}

// Update is Read of a tree whose base (syntax.Tree.Base) has been read: what its comments
// say in front of the place where they differ is taken from there. base must be what
// Read has returned for it.
func Update(base *Notes, t *syntax.Tree) *Notes {
	cut, _, _, _ := t.BaseTokens()
	if old, _, _, _ := t.Base(); old == t || base.Meta || len(base.Luacheck)+len(base.silenced) > 0 {
		return Read(t.Text(), t.Tokens()) // some reach as far as the text does
	}
	start, _ := t.TokenSpan(cut)
	// Tokens are not numbered anew in front of the place, nor is a block cut in two: it
	// begins with a statement, or behind the token that opens a block.
	blocks := sort.Search(len(base.Blocks), func(i int) bool { return base.Blocks[i].Last >= cut })
	as := sort.Search(len(base.As), func(i int) bool { return base.As[i].Start >= start })
	errors := sort.Search(len(base.Errors), func(i int) bool { return base.Errors[i].Start >= start })
	n := &Notes{
		text: t.Text(), Blocks: front(base.Blocks, blocks), As: front(base.As, as), Errors: front(base.Errors, errors),
	}
	var g group
	for i, count := cut, t.TokenCount(); i < count; i++ {
		if t.TokenKind(i) == syntax.Comment {
			start, end := t.TokenSpan(i)
			n.comment(&g, i, Span{start, end})
		}
	}
	n.flush(&g)
	n.settle()
	return n
}

// front returns the first n of a list, which nobody can append to in place.
func front[T any](list []T, n int) []T {
	if n == 0 {
		return nil
	}
	return list[:n:n]
}

// comment takes comment number i into the group, or ends that and begins another.
func (n *Notes) comment(g *group, i int, s Span) {
	if !strings.HasPrefix(n.text[s.Start:s.End], "--") {
		return
	}
	own := ownLine(n.text, s.Start)
	if g.open() && g.own && own && i == g.last+1 && strings.Count(n.text[g.span.End:s.Start], "\n") == 1 {
		g.add(n.text, i, s)
		return
	}
	n.flush(g)
	*g = group{first: i, span: s, own: own, lines: g.lines[:0]}
	g.add(n.text, i, s)
}

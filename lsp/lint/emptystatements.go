package lint

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

// emptyStatements reports semicolons that end nothing.
func (p *pass) emptyStatements() {
	if !p.on("empty-statement") || len(p.tree.Errors()) > 0 {
		return
	}
	tokens := p.tree.Tokens()
	before := -1 // the last token that is no comment
	for i, tok := range tokens {
		if tok.Kind == syntax.Comment {
			continue
		}
		if tok.Kind == syntax.Semicolon && (before < 0 || opensBlock(tokens[before].Kind)) && p.between(i) {
			x := p.report("empty-statement", int(tok.Start), int(tok.End), "the semicolon ends no statement")
			x.Unnecessary = true
			x.edit("Remove the semicolon", true, p.removal(i, i+1))
		}
		before = i
	}
}

// between tells whether a token is none of a table constructor's.
func (p *pass) between(i int) bool {
	n := p.tree.NodeAt(int(p.tree.Tokens()[i].Start))
	for ; n != syntax.None; n = p.tree.Parent(n) {
		switch p.tree.Kind(n) {
		case syntax.Table:
			return false
		case syntax.Block, syntax.Chunk:
			return true
		}
	}
	return true
}

func opensBlock(k syntax.TokenKind) bool {
	switch k {
	case syntax.Semicolon, syntax.Do, syntax.Then, syntax.Else, syntax.Repeat:
		return true
	}
	return false
}

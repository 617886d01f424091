package lint

import "github.com/llmspell/llmspell/runtime/syntax"

// removal takes the tokens first to end out of the text, which are a statement or a
// semicolon that ends none: with their lines, if nothing else is in them. What stands around
// them keeps its meaning.
func (p *pass) removal(first, end int) Edit {
	t := p.tree
	from, to := int(t.Tokens()[first].Start), int(t.Tokens()[end-1].End)
	if p.calledAcross(first, end) {
		return Edit{from, to, ";"}
	}
	if start, after := p.wholeLines(from, to); start < from || after > to {
		return Edit{start, after, ""}
	}
	if from > 0 && to < len(p.text) && joins(p.text[from-1], p.text[to]) {
		return Edit{from, to, " "}
	}
	return Edit{from, to, ""}
}

// calledAcross tells whether parentheses behind the tokens first to end would be the
// arguments of what stands before them: x = f ::done:: (g or h)().
func (p *pass) calledAcross(first, end int) bool {
	tokens := p.tree.Tokens()
	for end < len(tokens) && tokens[end].Kind == syntax.Comment {
		end++
	}
	if end == len(tokens) || tokens[end].Kind != syntax.LeftParen {
		return false
	}
	for first--; first >= 0 && tokens[first].Kind == syntax.Comment; first-- {
	}
	if first < 0 {
		return false
	}
	switch tokens[first].Kind {
	case syntax.Ident, syntax.StringToken, syntax.RightParen, syntax.RightBracket, syntax.RightBrace:
		return true
	}
	return false
}

// wholeLines widens a range to its lines, if nothing else is in them.
func (p *pass) wholeLines(start, end int) (int, int) {
	from, to := start, end
	for from > 0 && (p.text[from-1] == ' ' || p.text[from-1] == '\t') {
		from--
	}
	for to < len(p.text) && (p.text[to] == ' ' || p.text[to] == '\t' || p.text[to] == '\r' || p.text[to] == ';') {
		to++
	}
	if (from == 0 || p.text[from-1] == '\n') && (to == len(p.text) || p.text[to] == '\n') {
		return from, min(to+1, len(p.text))
	}
	return start, end
}

// names tells whether a name stands anywhere in the text.
func (p *pass) names(name string) bool {
	for i, tok := range p.tree.Tokens() {
		if tok.Kind == syntax.Ident && p.tree.TokenText(i) == name {
			return true
		}
	}
	return false
}

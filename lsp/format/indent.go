package format

import "github.com/llmspell/llmspell/runtime/syntax"

// levelOf returns the indentation of a token that begins a line. It depends on the
// lines of the tokens before it: what stands inside of something is one
// level deeper than the line in which that begins.
func (l *layout) levelOf(i int) int32 {
	if i == 0 || l.tokens[i].Kind == syntax.EOF {
		return 0
	}
	return indentIn(l.Tree, l.items[i].owner, i, l.top, func(token int) int32 { return l.items[token].level })
}

// passes tells whether nothing is indented by a node for what is in its child c.
func passes(t *syntax.Tree, n, c syntax.Node) bool {
	switch t.Kind(n) {
	case syntax.Binary, syntax.Unary, syntax.Index, syntax.Method, syntax.Call:
		return true
	case syntax.IndexKey:
		return t.First(n) == c
	}
	return false
}

// tops returns for each node the outermost around it, or itself, from which on
// nothing is passed through: chains of operators and calls can be as deep as the text
// is long, and are not to be climbed for each line.
func tops(t *syntax.Tree) []syntax.Node {
	out := make([]syntax.Node, t.Len())
	for n := t.Root(); int(n) < t.Len(); n++ {
		if up := t.Parent(n); passes(t, up, n) {
			out[n] = out[up]
		} else {
			out[n] = n
		}
	}
	return out
}

// indentIn returns the indentation of token i, whose deepest node is n, if it
// begins a line. top is what tops returns, or nil; level gives the indentation of the
// line that a token before it stands in.
func indentIn(t *syntax.Tree, n syntax.Node, i int, top []syntax.Node, level func(token int) int32) int32 {
	kind := t.TokenKind(i)
	up := func(n syntax.Node) (child, parent syntax.Node) {
		if top != nil {
			n = top[n]
		}
		return n, t.Parent(n)
	}
	for child := syntax.None; ; child, n = up(n) {
		first, end := t.Range(n)
		switch t.Kind(n) {
		case syntax.Chunk, syntax.Invalid:
			return 0
		case syntax.Block:
			opener := openerOf(t, n)
			base := int32(0)
			if opener >= 0 {
				base = level(opener) + 1
			}
			if child == syntax.None {
				return base
			}
			if begin, _ := t.Range(child); begin < i {
				return level(begin) + 1
			}
			return base
		case syntax.Table, syntax.Args, syntax.Params, syntax.Paren, syntax.IndexKey, syntax.KeyField:
			opener := t.Token(n)
			if !isOpener(t, opener) || i <= opener {
				continue
			}
			if i == end-1 && child == syntax.None || kind == syntax.RightBracket && child == syntax.None {
				return level(opener)
			}
			if child == syntax.None {
				if t.Kind(n) == syntax.KeyField || t.Kind(n) == syntax.IndexKey {
					return level(first) + 1
				}
				return level(opener) + 1
			}
			if begin, _ := t.Range(child); begin < i && begin > opener {
				return level(begin) + 1
			}
			return level(opener) + 1
		case syntax.FuncBody:
			if child == syntax.None && kind == syntax.End {
				begin, _ := t.Range(t.Parent(n))
				return level(begin)
			}
		case syntax.IfClause, syntax.ElseIfClause, syntax.ElseClause:
			if child == syntax.None && (kind == syntax.Then || kind == syntax.ElseIf || kind == syntax.Else) {
				begin, _ := t.Range(t.Parent(n))
				return level(begin)
			}
		case syntax.IfStat, syntax.DoStat, syntax.WhileStat, syntax.NumericFor, syntax.GenericFor, syntax.RepeatStat:
			if child == syntax.None && (kind == syntax.End || kind == syntax.Do || kind == syntax.Until) && i > first {
				return level(first)
			}
		}
	}
}

// openerOf returns the token that a block is indented from: the first of what it
// is the body of. It is -1 for the outermost.
func openerOf(t *syntax.Tree, block syntax.Node) int {
	n := t.Parent(block)
	switch t.Kind(n) {
	case syntax.Chunk:
		return -1
	case syntax.FuncBody, syntax.IfClause, syntax.ElseIfClause, syntax.ElseClause:
		n = t.Parent(n)
	}
	first, _ := t.Range(n)
	return first
}

// isOpener tells whether a token is a bracket.
func isOpener(t *syntax.Tree, token int) bool {
	if token < 0 {
		return false
	}
	switch t.TokenKind(token) {
	case syntax.LeftBrace, syntax.LeftParen, syntax.LeftBracket:
		return true
	}
	return false
}

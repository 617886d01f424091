package syntax

import (
	"sort"

	"github.com/llmspell/llmspell/runtime/internal/literal"
)

// TokenAt returns the number of the token at an offset: the one that it lies in, else
// of those that it touches a word rather than a symbol, and the one that ends
// there rather than the one that begins. It is -1 between tokens.
func (t *Tree) TokenAt(offset int) int {
	left, right := t.touching(offset)
	switch {
	case left < 0:
		return right
	case right < 0 || left == right:
		return left
	case t.weight(right) > t.weight(left):
		return right
	}
	return left
}

// touching returns the token that ends at an offset and the one that begins there,
// or twice the one around it; -1 for none. EOF is none.
func (t *Tree) touching(offset int) (left, right int) {
	left, right = -1, -1
	i := t.tokenBefore(offset)
	if i < 0 {
		return
	}
	tok := t.token(int32(i))
	switch at := int32(offset); {
	case tok.Start < at && at < tok.End:
		return i, i
	case tok.Start == at:
		if tok.Kind != EOF {
			right = i
		}
		if i > 0 && t.token(int32(i-1)).End == at {
			left = i - 1
		}
	case tok.End == at:
		left = i
	}
	return left, right
}

// tokenBefore returns the last token that begins at an offset or before it, -1 if
// there is none.
func (t *Tree) tokenBefore(offset int) int {
	return sort.Search(t.TokenCount(), func(i int) bool { return int(t.start(int32(i))) > offset }) - 1
}

// weight orders what a cursor between two tokens is meant to point at.
func (t *Tree) weight(token int) int {
	switch k := t.TokenKind(token); {
	case k == Ident:
		return 3
	case k == NumberToken || k == StringToken || k == BadString:
		return 2
	case k.IsKeyword():
		return 1
	}
	return 0
}

// NodeAt returns the deepest node that an offset lies in or touches: where two meet, a
// name rather than another, and the one that ends there rather than the one that begins.
// Where something is missing at the offset, it is the Missing node. The Chunk is
// everywhere.
func (t *Tree) NodeAt(offset int) Node {
	left, right := t.touching(offset)
	if left < 0 && right < 0 {
		return t.around(t.nodeOf(max(t.tokenBefore(offset), 0)), offset)
	}
	n := None
	switch {
	case left < 0:
		n = t.nodeOf(right)
	case right < 0 || left == right:
		n = t.nodeOf(left)
	default:
		a, b := t.nodeOf(left), t.nodeOf(right)
		wa, wb := t.weight(left), t.weight(right)
		n = a
		if wb > wa || wb == wa && b > a && t.contains(a, b) {
			n = b
		}
	}
	n = t.around(n, offset)
	for c := t.First(n); c != None; c = t.Next(c) {
		m := c
		if k := t.Kind(c); k == ExprList || k == NameList {
			m = t.First(c)
		}
		if t.Kind(m) == Missing && t.Start(m) == offset && t.End(c) == offset {
			return m
		}
	}
	return n
}

// around returns n or the nearest node around it that touches the offset.
func (t *Tree) around(n Node, offset int) Node {
	for n != t.Root() && (offset < t.Start(n) || offset > t.End(n)) {
		n = t.Parent(n)
	}
	return n
}

// contains tells whether b is in a.
func (t *Tree) contains(a, b Node) bool { return b >= a && b < t.after(a) }

// NodeOf returns the deepest node that has a token, by the token's number.
func (t *Tree) NodeOf(token int) Node { return t.nodeOf(token) }

// nodeOf returns the deepest node that has a token.
func (t *Tree) nodeOf(token int) Node {
	// Nodes are in the order of their first tokens: the last that begins at the
	// token or before it is in the one looked for.
	i := int32(token)
	n := Node(sort.Search(t.Len()-1, func(k int) bool { first, _ := t.span(Node(k + 1)); return first > i }))
	for n > 1 {
		if _, end := t.span(n); end > i {
			break
		}
		n = t.Parent(n)
	}
	return max(n, t.Root())
}

// NameOf returns the text of a Name, "" for all other nodes.
func (t *Tree) NameOf(n Node) string {
	if t.Kind(n) != Name {
		return ""
	}
	return t.Source(n)
}

// Number returns the value of a Number; ok is false for all other nodes and for
// malformed numbers.
func (t *Tree) Number(n Node) (value float64, ok bool) {
	if t.Kind(n) != Number {
		return 0, false
	}
	return literal.Numeral(t.Source(n))
}

// CommentsAbove returns the comments directly above a statement, or what else begins
// a line: tokens number first to end-1. There is no empty line between them nor
// below them, and each begins its line.
func (t *Tree) CommentsAbove(n Node) (first, end int) {
	begin, behind := t.Range(n)
	end = begin
	if begin == behind || n == t.Root() {
		return end, end
	}
	for end < behind && t.TokenKind(end) == Comment { // those that a block begins with are its own
		end++
	}
	first = end
	for below := end; first > 0 && t.TokenKind(first-1) == Comment; below = first {
		comment := t.token(int32(first - 1))
		begins := first == 1 || t.lineEnds(t.token(int32(first-2)).End, comment.Start) > 0
		if !begins || t.lineEnds(comment.End, t.start(int32(below))) != 1 {
			break
		}
		first--
	}
	return first, end
}

// CommentBehind returns the number of the comment that begins in the line in which n
// ends, with nothing between but a comma or semicolon; -1 if there is none.
func (t *Tree) CommentBehind(n Node) int {
	first, i := t.Range(n)
	if n == t.Root() || first == i {
		return -1
	}
	end := t.token(int32(i - 1)).End
	next := t.token(int32(i))
	if (next.Kind == Comma || next.Kind == Semicolon) && t.lineEnds(end, next.Start) == 0 {
		end = next.End
		i++
		next = t.token(int32(i))
	}
	if next.Kind != Comment || t.lineEnds(end, next.Start) > 0 {
		return -1
	}
	return i
}

// lineEnds counts the line ends of a part of the text.
func (t *Tree) lineEnds(from, to int32) (n int) {
	for s := t.text[from:to]; s != ""; {
		switch {
		case s[0] == '\r' && len(s) > 1 && s[1] == '\n':
			s = s[2:]
			n++
			continue
		case s[0] == '\n' || s[0] == '\r':
			n++
		}
		s = s[1:]
	}
	return n
}

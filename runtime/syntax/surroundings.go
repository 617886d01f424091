package syntax

import "strings"

// What the parser knows in front of a statement of a tree, told from the tree.

// opener returns the token that has opened the block of a region, -1 if that is the chunk.
func (r *region) opener() int32 {
	t := r.old
	n := t.Parent(r.block)
	switch t.Kind(n) {
	case Chunk:
		return -1
	case IfClause, ElseIfClause, ElseClause:
		n = t.Parent(n)
	case FuncBody:
		n = t.Parent(n)
		first, _ := t.span(n)
		if t.Kind(n) == LocalFunc {
			for first++; t.tokens[first].Kind != FunctionToken; first++ { // there may be comments
			}
		}
		return first
	}
	first, _ := t.span(n)
	return first
}

// closerOf is the token that closes a block which is not the chunk's.
func closerOf(t *Tree, block Node) TokenKind {
	if t.Kind(t.Parent(block)) == RepeatStat {
		return Until
	}
	return End
}

// isClause tells whether else may follow the block of such a node.
func isClause(k Kind) bool { return k == IfClause || k == ElseIfClause }

// doubtful is what bodyOf returns if the tree does not say it.
const doubtful = -2

// bodyOf returns what block.body is in front of a statement, or, if that is None, at the
// end of the block.
func (t *Tree) bodyOf(n, before Node) int {
	last, _ := t.span(n)
	for s := t.First(n); s != before && s != None; s = t.Next(s) {
		first, end := t.span(s)
		semicolons := 0
		for i := last; i < first; i++ {
			if t.tokens[i].Kind == Semicolon {
				semicolons++
			}
		}
		if semicolons > 1 || semicolons > 0 && s == t.First(n) {
			return doubtful // a statement without a node
		}
		last = end
		if k := t.tokens[first].Kind; closes(k) || k == DoubleColon {
			continue
		}
		if t.beginsLine(first) {
			p := parser{Tree: t}
			return p.indent(int(first))
		}
	}
	return -1
}

// beginsLine tells whether a token is the first of its line, but for comments and what is
// no token.
func (t *Tree) beginsLine(token int32) bool {
	before := token - 1
	for before >= 0 && (t.tokens[before].Kind == Comment || t.tokens[before].Kind == Bad) {
		before--
	}
	p := parser{Tree: t}
	return p.breakBetween(int(before), int(token))
}

// sameLine tells whether the token behind the region begins its line if it did, with the
// same indentation, and leaves the block where it was for a parser that trusts in that.
func (r *region) sameLine() bool {
	t, p := r.old, r.p
	if r.b.opener >= 0 && t.bodyOf(r.block, r.end) != r.b.body {
		return false
	}
	if p.kind == EOF {
		return true
	}
	old := parser{Tree: t}
	return t.beginsLine(r.endToken) == p.newLine() && old.indent(int(r.endToken)) == p.indent(p.i)
}

// maxNamed is how many errors are given other lines; with more the text is parsed.
const maxNamed = 8

// renumber puts the line of what is not closed into the message of an error, as unclosed
// does, after the text has changed in front of it.
func (x *Error) renumber(text string) {
	head := strings.Index(x.Message, "' expected") + len("' expected")
	near := head + strings.Index(x.Message[head:], " near '")
	opener := int(x.opener - 1)
	middle := ""
	if strings.ContainsAny(text[opener:x.Start], "\r\n") {
		lx := &lexer{text: text, pos: opener, limit: opener + 1}
		lx.run()
		line := 1
		if before := text[:opener]; strings.IndexByte(before, '\r') < 0 {
			line += strings.Count(before, "\n")
		} else {
			line = len(luaLines(before))
		}
		middle = " (to close '" + text[opener:lx.tokens[0].End] + "' at line " + itoa(line) + ")"
	}
	x.Message = x.Message[:head] + middle + x.Message[near:]
}

package syntax

import (
	"slices"
	"sort"
)

// Limits of nesting: beyond the first a text is refused, as by runtime/compile;
// beyond the second nothing is nested any more, so that no text exhausts the stack.
const (
	maxDepth  = 200
	hardDepth = 400
)

// Parse reads a text. There is a tree for any text; see Tree.Errors. Texts longer
// than 2 GiB have the tree of an empty one, and an error.
func Parse(text string) *Tree {
	if len(text) > 1<<31-1 {
		t := Parse("")
		t.errors = []Error{{Message: "the text is too long: at most 2 GiB are read"}}
		return t
	}
	tokens, lexical := lex(text)
	plain := &Tree{text: text, tokens: tokens, lexical: lexical}
	plain.read()
	if len(plain.misplaced) == 0 {
		return plain
	}
	return choose(plain, plain.trusting())
}

// trusting is the reading of t's text that trusts the indentation.
func (t *Tree) trusting() *Tree {
	trusting := &Tree{text: t.text, tokens: t.Tokens(), lexical: t.lexical, trusts: true}
	trusting.read()
	return trusting
}

// choose returns one of the readings of a text whose blocks do not close as they should:
// where they end is told from the indentation, if that does not find much more fault.
func choose(plain, trusting *Tree) *Tree {
	if len(trusting.faults) <= len(plain.faults)+2 {
		trusting.other = plain
		return trusting
	}
	plain.other = trusting
	return plain
}

// read makes the nodes of a tree that has its tokens.
func (t *Tree) read() {
	p := newParser(t)
	p.chunk()
	t.nodes = p.number(1)
	t.whole()
	t.faults, t.misplaced, t.jumps, t.deep = p.errors, p.misplaced, p.jumps, p.deep
	t.report()
}

// report puts the errors together.
func (t *Tree) report() {
	t.errors = t.faults
	if len(t.lexical) > 0 {
		t.errors = append(slices.Clone(t.lexical), t.faults...)
		sort.SliceStable(t.errors, func(i, j int) bool { return t.errors[i].Start < t.errors[j].Start })
	}
	if len(t.errors) == 0 && t.jumps {
		t.errors = checkGotos(t)
	}
}

// made is a node as the parser makes it: behind its children. size counts it and
// all nodes in it. at is its number in the tree, once that is known.
type made struct {
	kind              Kind
	token, first, end int32
	size, at          int32
}

// parser is the recursive descent. i is the current token, which is never a
// Comment or Bad, and kind its kind; last is the token consumed before.
type parser struct {
	*Tree
	made []made
	i    int
	last int
	kind TokenKind

	errors  []Error
	errorAt int // the token at which an error was reported last
	lines   []int32
	counted int // how often line has done without lines

	depth   int
	deep    bool // too many levels were reported
	fn      function
	jumps   bool // there are labels or gotos
	ifs     int  // if statements around this place, whose clauses may go on
	repeats int

	ends int // blocks around this place that an end closes

	misplaced []int32 // where blocks do not close as they should
}

// function is what matters of the function around a place.
type function struct {
	vararg bool
	loops  int
}

func newParser(t *Tree) *parser {
	p := &parser{Tree: t, i: -1, last: -1, errorAt: -1}
	p.made = make([]made, 0, len(t.tokens)+len(t.tokens)/4+4)
	p.fn.vararg = true
	p.next()
	p.last = -1
	return p
}

// next consumes the current token.
func (p *parser) next() {
	p.last = p.i
	i := p.i + 1
	for p.tokens[i].Kind == Comment || p.tokens[i].Kind == Bad {
		i++
	}
	p.i, p.kind = i, p.tokens[i].Kind
}

func (p *parser) accept(k TokenKind) bool {
	if p.kind == k {
		p.next()
		return true
	}
	return false
}

// ahead returns the kind of the token behind the current one.
func (p *parser) ahead() TokenKind {
	if p.kind == EOF {
		return EOF
	}
	i := p.i + 1
	for p.tokens[i].Kind == Comment || p.tokens[i].Kind == Bad {
		i++
	}
	return p.tokens[i].Kind
}

// mark is where the nodes of a construct begin.
func (p *parser) mark() int { return len(p.made) }

// node ends a construct: a node whose children are those made since mark, with the
// tokens from first to the one consumed last.
func (p *parser) node(kind Kind, mark, first, token int) {
	end := p.last + 1
	if first >= end {
		first, token = end, -1
	}
	p.add(kind, mark, first, end, token)
}

func (p *parser) add(kind Kind, mark, first, end, token int) {
	p.made = append(p.made, made{
		kind: kind, token: int32(token), first: int32(first), end: int32(end), size: int32(len(p.made) - mark + 1),
	})
}

// leaf makes a node of the current token and consumes it.
func (p *parser) leaf(kind Kind) {
	i := p.i
	p.made = append(p.made, made{kind: kind, token: int32(i), first: int32(i), end: int32(i + 1), size: 1})
	p.next()
}

// missing makes a Missing node behind the token consumed last.
func (p *parser) missing() {
	end := p.last + 1
	p.add(Missing, p.mark(), end, end, -1)
}

// name makes a Name of the current token, or is missing one.
func (p *parser) name() {
	if p.kind == Ident {
		p.leaf(Name)
		return
	}
	p.fail("'<name>' expected")
	p.missing()
}

// expect consumes a token, or reports that it is not there.
func (p *parser) expect(k TokenKind) bool {
	if p.accept(k) {
		return true
	}
	p.fail("'" + k.String() + "' expected")
	return false
}

// closing expects the token that ends a construct which the token opener opened.
func (p *parser) closing(k TokenKind, opener int) bool {
	if p.accept(k) {
		return true
	}
	p.failToClose(k, opener)
	return false
}

// chunk parses the whole text.
func (p *parser) chunk() {
	p.enter()
	p.statements(&block{opener: -1, closer: EOF, column: -1, body: -1})
	p.leave()
	end := len(p.tokens)
	token := 0
	p.add(Block, 0, 0, end-1, 0)
	if end == 1 {
		p.made[len(p.made)-1].token = -1
	}
	p.add(Chunk, 0, 0, end, token)
}

// number puts the nodes in the order in which a node comes before its children. They
// were made in the opposite one, so that reading them backwards gives for each
// node the numbers of its children, from the last to the first. The node made last,
// which all others are in, gets the number at; the others follow. It is preceded by
// None.
func (p *parser) number(at Node) []node {
	src := p.made
	out := make([]node, len(src)+1)
	root := len(src) - 1
	src[root].at = 1
	out[1] = node{kind: src[root].kind, token: src[root].token, first: src[root].first, end: src[root].end}
	shift := at - 1
	for j := root; j >= 0; j-- {
		parent := &src[j]
		if parent.size == 1 {
			continue
		}
		at := parent.at
		next, behind := None, at+parent.size
		first := j - int(parent.size) + 1
		for c := j - 1; c >= first; {
			child := &src[c]
			child.at = behind - child.size
			behind = child.at
			if child.first < parent.first { // without tokens, or with comments, before the first token
				child.first = parent.first
				child.end = max(child.end, parent.first)
				if child.token = child.first; child.first == child.end {
					child.token = -1
				}
			}
			out[behind] = node{
				kind: child.kind, token: child.token, first: child.first, end: child.end, parent: Node(at) + shift, next: next,
			}
			next = Node(behind) + shift
			c -= int(child.size)
		}
		out[at].child = next
	}
	return out
}

package syntax

import (
	"slices"
	"strings"
)

// region is some statements of a block that are read again. The parser is in the same
// state in front of them as it was when it read the old text, and so it makes the
// same of all that follows if it is in the same state behind them, too.
type region struct {
	*edit
	block Node

	stat  Node  // the first statement
	first int32 // the old token that the region begins with
	// What the region ends in front of: the statement end, or what closes the block if
	// that is None. endToken is its first token.
	end      Node
	endToken int32
	skip     int  // how many statements more than needed are read
	broken   bool // the block closes elsewhere now

	p      *parser
	b      block // as it is in front of the region, and then behind it
	origin int32 // what p's numbers of tokens are counted from
}

// outcome is what becomes of an attempt to read a region again.
type outcome uint8

const (
	parsed   outcome = iota
	tooShort         // more statements may help
	hopeless         // the whole text has to be parsed
)

// begins chooses the first statement: the last one in front of the differences, such
// that nothing in front of it has looked at what differs.
func (r *region) begins() bool {
	t := r.old
	begin, closer := t.span(r.block)
	if begin == closer || t.First(r.block) == None || !r.opened(begin) || closer < r.lexTo {
		return false
	}
	r.stat = None
	before := None
	for s := t.First(r.block); s != None; before, s = s, t.Next(s) {
		first, _ := t.span(s)
		if !r.before(first) {
			break
		}
		if before != None && r.startsAt(before, first) {
			r.stat, r.first = s, first
		}
	}
	if r.stat != None {
		return true
	}
	// From the beginning of the block.
	r.stat, r.first = t.First(r.block), begin
	if begin == 0 {
		return true
	}
	first, _ := t.span(r.stat)
	return !r.faulty(t.tokens[begin-1].Start, t.tokens[first].Start)
}

// opened tells whether the token before a block is what opens it, and is as it was.
func (r *region) opened(begin int32) bool {
	if begin == 0 {
		return r.block == 2
	}
	if !r.before(begin - 1) {
		return false
	}
	switch r.old.tokens[begin-1].Kind {
	case Then, Do, Else, Repeat, RightParen:
		return true
	}
	return false
}

// closed tells whether a token behind the differences closes the block, as it should.
func (r *region) closed(closer int32) bool {
	switch tok := r.old.tokens[closer]; tok.Kind {
	case EOF:
		return r.block == 2
	case End, Else, ElseIf, Until:
		_, badly := slices.BinarySearch(r.old.misplaced, tok.Start)
		return !badly
	}
	return false
}

// startsAt tells whether the region can begin with the statement whose first token is
// given: what is before it has looked at no more than two tokens from there on, unless
// there are errors, and has left no trace in the parser.
func (r *region) startsAt(before Node, first int32) bool {
	t := r.old
	second := first + 1
	for k := t.tokens[second].Kind; k == Comment || k == Bad; k = t.tokens[second].Kind {
		second++
	}
	if t.tokens[second].Kind == EOF || !r.before(second) {
		return false
	}
	return r.boundary(before, first)
}

// boundary tells whether the parser has nothing to remember between a statement and what
// begins at a token behind it.
func (r *region) boundary(before Node, token int32) bool {
	t := r.old
	switch t.Kind(before) {
	case ReturnStat, BreakStat: // nothing may follow
		return false
	case BadStat: // what follows may have its error already
		return false
	}
	from := t.Start(before)
	return !r.faulty(int32(from), t.tokens[token].Start)
}

// ends chooses where the region ends, each time farther behind. It reports false when
// there is nothing left to choose.
func (r *region) ends() bool {
	t := r.old
	if r.endToken > 0 && r.end == None {
		return false
	}
	if r.end != None {
		r.skip = 2*r.skip + 1
	}
	skip := r.skip
	before, s := r.stat, t.Next(r.stat)
	if r.end != None {
		before, s = r.end, t.Next(r.end)
	}
	for ; s != None; before, s = s, t.Next(s) {
		first, _ := t.span(s)
		if first < r.lexTo || !r.boundary(before, first) {
			continue
		}
		if skip--; skip < 0 {
			r.end, r.endToken = s, first
			return true
		}
	}
	_, closer := t.span(r.block)
	r.end, r.endToken = None, closer
	return r.closed(closer)
}

// parse reads the region.
func (r *region) parse() outcome {
	r.prepare()
	p := r.p
	target := int(r.endToken + r.movedTokens() - r.origin)
	if r.b.body == doubtful {
		r.broken = true
		return tooShort
	}
	for p.i != target {
		if p.i > target {
			if p.kind == EOF && p.i-int(r.first-r.origin) > maxOpen {
				return hopeless // something opens that does not close
			}
			return tooShort
		}
		if end, _ := p.step(&r.b); end {
			r.broken = true
			return tooShort
		}
		if p.deep {
			return hopeless
		}
	}
	if len(p.made) == 0 {
		return tooShort
	}
	if r.old.trusts && !r.sameLine() {
		return tooShort
	}
	if r.end == None {
		return parsed
	}
	// Nothing must be left to remember.
	if r.b.last || p.errorAt == p.i || p.last >= 0 && p.tokens[p.last].Kind == BadString {
		return tooShort
	}
	for i := p.last + 1; i < p.i; i++ {
		if p.tokens[i].Kind == Bad {
			return tooShort
		}
	}
	return parsed
}

// prepare makes a parser that stands in front of the region, and sees some tokens
// behind it.
func (r *region) prepare() {
	r.origin = r.first
	last := -1
	opener := r.opener()
	if r.first > 0 {
		r.origin--
		for r.origin > 0 && (r.old.tokens[r.origin].Kind == Comment || r.old.tokens[r.origin].Kind == Bad) {
			r.origin--
		}
		last = 0
	}
	count := int32(len(r.old.tokens)) + r.movedTokens()
	end := r.endToken + r.movedTokens()
	tokens := make([]Token, 0, end-r.origin+lookahead+2)
	if opener >= 0 { // the parser names it in messages: it is the token in front of all others
		tokens = append(tokens, r.old.tokens[opener])
		r.origin--
		last++
	}
	for i, seen := r.origin+int32(len(tokens)), 0; i < count && seen < lookahead; i++ {
		tok := r.at(i)
		tokens = append(tokens, tok)
		if i >= end && tok.Kind != Comment && tok.Kind != Bad {
			seen++
		}
	}
	if end := tokens[len(tokens)-1]; end.Kind != EOF {
		tokens = append(tokens, Token{Kind: EOF, Start: end.End, End: end.End})
	}
	t := &Tree{text: r.text, tokens: tokens, trusts: r.old.trusts}
	p := &parser{Tree: t, i: int(r.first-r.origin) - 1, errorAt: -1}
	p.made = make([]made, 0, len(tokens)+len(tokens)/4+4)
	p.next()
	p.last = last
	r.around(p)
	r.p = p
	r.b = block{opener: -1, closer: EOF, column: -1, body: -1}
	if opener < 0 {
		return
	}
	r.b.opener, r.b.closer = 0, closerOf(r.old, r.block)
	r.b.clause = isClause(r.old.Kind(r.old.Parent(r.block)))
	if p.trusts {
		r.b.column = p.indent(0)
		r.b.body = r.old.bodyOf(r.block, r.stat)
	}
}

// around tells the parser what is around the block.
func (r *region) around(p *parser) {
	t := r.old
	function := false
	for n := r.block; n != None; n = t.Parent(n) {
		p.depth += levels
		if t.Kind(n) == Block {
			switch up := t.Kind(t.Parent(n)); {
			case up == RepeatStat:
				p.repeats++
			case up != Chunk:
				p.ends++
			}
			if isClause(t.Kind(t.Parent(n))) {
				p.ifs++
			}
		}
		if function {
			continue
		}
		switch t.Kind(n) {
		case WhileStat, RepeatStat, NumericFor, GenericFor:
			p.fn.loops++
		case FuncBody:
			function = true
			for x := range t.Children(t.First(n)) {
				p.fn.vararg = p.fn.vararg || t.Kind(x) == Vararg
			}
		case Chunk:
			p.fn.vararg = true
		}
	}
}

// maxOpen is how many tokens are read to find where something closes that has opened.
const maxOpen = 1024

// tree puts the new tree together, nil if that does not do.
func (r *region) tree() *Tree {
	t, p := r.old, r.p
	behind := r.end // the first node behind the region
	if behind == None {
		behind = t.after(r.block)
	}
	n := &Tree{text: r.text, tokens: t.tokens, nodes: t.nodes, jumps: t.jumps || p.jumps, trusts: t.trusts}
	n.base = t
	n.cut, n.cutToken = r.stat, r.first

	// The nodes are made in a block of their own, which is left out.
	p.add(Block, 0, 0, 0, -1)
	nodes := p.number(r.stat - 1)[2:]
	for i := range nodes {
		x := &nodes[i]
		x.first += r.origin
		x.end += r.origin
		if x.token >= 0 {
			x.token += r.origin
		}
		if x.parent == r.stat-1 {
			x.parent = r.block
			if x.next == None && r.end != None {
				x.next = r.stat + Node(len(nodes))
			}
		}
	}
	n.patchNodes = nodes
	n.moved = Node(len(nodes)) - (behind - r.stat)
	n.tail = behind + n.moved
	n.movedTokens, n.movedBytes = r.movedTokens(), r.moved
	n.tailToken = r.endToken + n.movedTokens
	n.patchTokens = p.tokens[r.first-r.origin : n.tailToken-r.origin]

	if !r.errors(n) {
		return nil
	}
	n.report()
	return n
}

// errors gives the tree its errors: those of the region, and the old ones elsewhere.
func (r *region) errors(n *Tree) bool {
	t := r.old
	from, to := int(t.tokens[r.first].Start), int(t.tokens[r.endToken].Start)
	if r.end == None {
		to++ // what the region expects at its end is reported there
	}
	i, j := errorsBefore(t.faults, from), errorsBefore(t.faults, to)
	n.faults = slices.Concat(t.faults[:i], r.p.errors, t.faults[j:])
	named := 0
	for k := i + len(r.p.errors); k < len(n.faults); k++ {
		x := &n.faults[k]
		x.Start += int(r.moved)
		x.End += int(r.moved)
		if x.opener == 0 {
			continue
		}
		if int(x.opener) > to {
			x.opener += r.moved
		}
		if !r.sameLines() {
			if named++; named > maxNamed {
				return false
			}
			x.renumber(n.text)
		}
	}
	i, _ = slices.BinarySearch(t.misplaced, int32(from))
	j, _ = slices.BinarySearch(t.misplaced, int32(to))
	n.misplaced = slices.Concat(t.misplaced[:i], r.p.misplaced, t.misplaced[j:])
	for k := i + len(r.p.misplaced); k < len(n.misplaced); k++ {
		n.misplaced[k] += r.moved
	}
	from, to = len(t.text), int(t.tokens[r.lexTo].Start)
	if int(r.lexFrom) < len(t.tokens) {
		from = int(t.tokens[r.lexFrom].Start)
	}
	if t.tokens[r.lexTo].Kind == EOF {
		to++
	}
	i, j = errorsBefore(t.lexical, from), errorsBefore(t.lexical, to)
	n.lexical = slices.Concat(t.lexical[:i], r.lexical, t.lexical[j:])
	for k := i + len(r.lexical); k < len(n.lexical); k++ {
		n.lexical[k].Start += int(r.moved)
		n.lexical[k].End += int(r.moved)
	}
	return true
}

// sameLines tells whether the differences have no line ends, nor change what those
// around them are.
func (r *region) sameLines() bool {
	alike := func(text string, from, to int32) bool {
		return !strings.ContainsAny(text[from:to], "\r\n") &&
			strings.IndexByte(text[max(0, from-1):min(int(to)+1, len(text))], '\r') < 0
	}
	return alike(r.old.text, r.from, r.oldTo) && alike(r.text, r.from, r.oldTo+r.moved)
}

package syntax

import "slices"

// Limits of what is read again after an edit.
const (
	// maxAgain is how many tokens of the old text: beyond it, the tree that is known
	// gets its own nodes and tokens first, so that only the last edit counts.
	maxAgain = 4096
	// maxLexed is how many tokens of the new text are read to find the old ones again.
	maxLexed = 2 * maxAgain
	// lookahead is how many tokens, without comments, are shown to the parser behind the
	// statements that it reads. It looks at most maxSkipped ahead.
	lookahead = maxSkipped + 28
	// levels is how many levels of nesting a node makes at most.
	levels = 3
)

// Edit returns the tree of another text, the same as Parse(text) would. The more the
// texts have in common at both ends, the less it costs: only the statements around
// the place where they differ are read, and the new tree shares all else with t, or
// with the tree that t shares it with. Whenever it is not certain that this gives
// the same, the whole text is parsed.
func (t *Tree) Edit(text string) *Tree {
	if text == t.text {
		return t
	}
	if len(text) > 1<<31-1 {
		return Parse(text)
	}
	plain, trusting := t, t.other
	if t.trusts {
		plain, trusting = t.other, t
	}
	plain = plain.again(text)
	if plain == nil {
		if trusting == nil {
			return Parse(text)
		}
		tokens, lexical := lex(text)
		plain = &Tree{text: text, tokens: tokens, lexical: lexical}
		plain.read()
	}
	if len(plain.misplaced) == 0 {
		return plain
	}
	if trusting != nil {
		trusting = trusting.again(text)
	}
	if trusting == nil {
		trusting = plain.trusting()
	}
	return choose(plain, trusting)
}

// again is the same reading of another text, nil if the whole of it has to be parsed.
func (t *Tree) again(text string) *Tree {
	base := t
	if t.base != nil {
		base = t.base
	}
	e := newEdit(base, text)
	n := e.tree()
	if n == nil && e.far && base != t {
		n = newEdit(t.flat(), text).tree()
	}
	return n
}

// Shares tells whether Edit can save anything. It cannot while nesting is too deep: then the
// whole text is parsed.
func (t *Tree) Shares() bool { return t.base != nil || !t.deep }

// edit makes a tree of a text out of one without a base.
type edit struct {
	old  *Tree
	text string
	// The old text's bytes from to oldTo differ, and are moved by moved bytes.
	from, oldTo, moved int32

	// The old text's tokens lexFrom to lexTo-1 are replaced by tokens.
	lexFrom, lexTo int32
	tokens         []Token
	lexical        []Error

	far bool // there is too much between the first and the last difference
}

func newEdit(old *Tree, text string) *edit {
	a, b := old.text, text
	head := common(a, b)
	tail := commonEnd(a[head:], b[head:])
	return &edit{
		old: old, text: text,
		from: int32(head), oldTo: int32(len(a) - tail), moved: int32(len(b) - len(a)),
	}
}

// common returns how many bytes a and b begin with that are the same.
func common(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	const block = 256
	for i+block <= n && a[i:i+block] == b[i:i+block] {
		i += block
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// commonEnd likewise for their ends.
func commonEnd(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	const block = 256
	for i+block <= n && a[len(a)-i-block:len(a)-i] == b[len(b)-i-block:len(b)-i] {
		i += block
	}
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	return i
}

// tree returns the new tree, nil if the text has to be parsed.
func (e *edit) tree() *Tree {
	t := e.old
	if t.deep || len(t.nodes) < 3 || !e.lex() {
		return nil
	}
	// The innermost block around the difference whose statements can be read again.
	n := t.nodeOf(max(t.tokenBefore(int(e.from)), 0))
	if n == t.Root() { // behind all statements
		n = t.First(n)
	}
	for ; n != None; n = t.Parent(n) {
		if t.Kind(n) != Block {
			continue
		}
		r := region{edit: e, block: n}
		if !r.begins() {
			continue
		}
		for r.ends() {
			if r.endToken-r.first > maxAgain {
				e.far = e.lexTo-e.lexFrom > maxAgain/2 // what differs is far apart
				return nil
			}
			switch r.parse() {
			case parsed:
				return r.tree()
			case hopeless:
				return nil
			}
			if r.broken {
				break
			}
		}
	}
	return nil
}

// lex reads tokens from the last one that is certainly as it was, until they are the
// old ones again.
func (e *edit) lex() bool {
	old := e.old.tokens
	k, _ := slices.BinarySearchFunc(old, e.from, func(tok Token, at int32) int {
		if tok.End < at { // the lexer has looked at no more than one byte behind a token
			return -1
		}
		return 1
	})
	k = min(k, len(old)-1)
	e.lexFrom = int32(k)
	lx := &lexer{text: e.text, tokens: make([]Token, 0, 64)}
	if k == 0 {
		lx.begin()
	} else {
		lx.pos = int(min(old[k].Start, e.from))
		lx.pos = max(lx.pos, int(old[k-1].End))
	}
	lx.limit = int(e.oldTo + e.moved)
	lx.run()
	// s is the first old token that may be found again.
	s := k
	for {
		for s < len(old)-1 && old[s].Start < e.oldTo {
			s++
		}
		if n := len(lx.tokens); n > 0 {
			last := lx.tokens[n-1]
			for s < len(old)-1 && old[s].Start+e.moved < last.Start {
				s++
			}
			again := Token{Kind: old[s].Kind, Start: old[s].Start + e.moved, End: old[s].End + e.moved}
			if again.Kind != EOF && again == last && old[s].Start >= e.oldTo {
				lx.tokens = lx.tokens[:n-1]
				break
			}
			if n > maxLexed {
				e.far = true
				return false
			}
		}
		if lx.pos >= len(e.text) {
			s = len(old) - 1 // EOF
			break
		}
		lx.limit = lx.pos + 1
		lx.run()
	}
	e.lexTo, e.tokens, e.lexical = int32(s), lx.tokens, lx.errors
	if s < len(old)-1 { // errors of the token that was found again are known
		at := int(old[s].Start + e.moved)
		e.lexical = slices.DeleteFunc(e.lexical, func(x Error) bool { return x.Start >= at })
	}
	return true
}

// before tells whether a token of the old text ends in front of all differences.
func (e *edit) before(token int32) bool { return e.old.tokens[token].End < e.from }

// at returns a token by its number in a list of those in front of lexFrom, the new
// ones, and those from lexTo on, at their places in the new text.
func (e *edit) at(i int32) Token {
	switch {
	case i < e.lexFrom:
		return e.old.tokens[i]
	case int(i-e.lexFrom) < len(e.tokens):
		return e.tokens[i-e.lexFrom]
	}
	tok := e.old.tokens[i-e.movedTokens()]
	tok.Start += e.moved
	tok.End += e.moved
	return tok
}

// movedTokens is by how much the numbers of old tokens from lexTo on are greater now.
func (e *edit) movedTokens() int32 { return int32(len(e.tokens)) - (e.lexTo - e.lexFrom) }

// faulty tells whether the old text has errors that begin at bytes from to to.
func (e *edit) faulty(from, to int32) bool {
	for _, list := range [2][]Error{e.old.lexical, e.old.faults} {
		i := errorsBefore(list, int(from))
		if i < len(list) && list[i].Start <= int(to) {
			return true
		}
	}
	i, _ := slices.BinarySearch(e.old.misplaced, from)
	return i < len(e.old.misplaced) && e.old.misplaced[i] <= to
}

// errorsBefore returns how many errors begin before an offset.
func errorsBefore(list []Error, offset int) int {
	i, _ := slices.BinarySearchFunc(list, offset, func(x Error, at int) int { return x.Start - at })
	for i > 0 && list[i-1].Start >= offset {
		i--
	}
	return i
}

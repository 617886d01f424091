package syntax

import "sync"

// patch makes a Tree of another one that differs in one place. The nodes and tokens
// in front of the place are the base's, and so are those behind it, whose numbers
// and bytes are moved. Those of the place itself are the patch's own, and have the
// numbers that they have in the whole.
//
// The place is some statements of one block, with all tokens from the first of them
// to what follows the last, and it is never empty. So what lies around it either
// ends in front of it, begins behind it, or is around it as a whole: numbers up to
// the place are right as they are, and greater ones are moved.
//
// A tree without a base has its place behind its end.
type patch struct {
	base *Tree

	cut, tail           Node // the patch's nodes are cut to tail-1
	cutToken, tailToken int32
	moved               Node // by how much what is behind has greater numbers
	movedTokens         int32
	movedBytes          int32
	patchNodes          []node
	patchTokens         []Token

	tokensOnce sync.Once
	all        []Token
}

// whole makes a tree without a base ready for use.
func (t *Tree) whole() {
	t.cut, t.cutToken = Node(len(t.nodes)), int32(len(t.tokens))
	t.tail, t.tailToken = t.cut, t.cutToken
}

// behind returns a node that is not in front of the patch, as it is stored.
func (t *Tree) behind(n Node) *node {
	if n < t.tail {
		return &t.patchNodes[n-t.cut]
	}
	return &t.nodes[n-t.moved]
}

func (t *Tree) parentBehind(n Node) Node {
	parent := t.behind(n).parent
	if n >= t.tail && parent >= t.cut {
		parent += t.moved
	}
	return parent
}

func (t *Tree) childBehind(n Node) Node {
	child := t.behind(n).child
	if n >= t.tail && child != None {
		child += t.moved
	}
	return child
}

// nextBehind is Next where it leads behind the patch, or begins in it or behind it.
func (t *Tree) nextBehind(n Node) Node {
	if n < t.cut {
		return t.nodes[n].next + t.moved
	}
	next := t.behind(n).next
	if n >= t.tail && next != None {
		next += t.moved
	}
	return next
}

// tokenBehind is Token likewise.
func (t *Tree) tokenBehind(n Node) int {
	if n < t.cut {
		return int(t.nodes[n].token + t.movedTokens)
	}
	token := t.behind(n).token
	if n >= t.tail && token >= 0 {
		token += t.movedTokens
	}
	return int(token)
}

// span is Range.
func (t *Tree) span(n Node) (first, end int32) {
	if n < t.cut {
		x := &t.nodes[n]
		if x.end <= t.cutToken {
			return x.first, x.end
		}
		return x.first, x.end + t.movedTokens
	}
	x := t.behind(n)
	if n >= t.tail {
		return x.first + t.movedTokens, x.end + t.movedTokens
	}
	return x.first, x.end
}

// token returns token number i.
func (t *Tree) token(i int32) Token {
	if i < t.cutToken {
		return t.tokens[i]
	}
	return t.tokenMoved(i)
}

func (t *Tree) tokenMoved(i int32) Token {
	if i < t.tailToken {
		return t.patchTokens[i-t.cutToken]
	}
	tok := t.tokens[i-t.movedTokens]
	tok.Start += t.movedBytes
	tok.End += t.movedBytes
	return tok
}

// start returns where token number i begins.
func (t *Tree) start(i int32) int32 { return t.token(i).Start }

// allTokens puts the tokens of a patched tree together, once.
func (t *Tree) allTokens() []Token {
	t.tokensOnce.Do(func() { t.all = t.joinTokens() })
	return t.all
}

func (t *Tree) joinTokens() []Token {
	all := make([]Token, 0, t.TokenCount())
	all = append(all, t.tokens[:t.cutToken]...)
	all = append(all, t.patchTokens...)
	from := len(all)
	all = append(all, t.tokens[t.tailToken-t.movedTokens:]...)
	for i := from; i < len(all); i++ {
		all[i].Start += t.movedBytes
		all[i].End += t.movedBytes
	}
	return all
}

// Base returns the tree that t shares all but one place with, t itself if there is
// none; and that place: nodes cut to baseEnd-1 of the base are in t the nodes cut to
// end-1. What is known of the base's other nodes holds for those of t, whose numbers
// are the same in front of the place, and greater by end-baseEnd behind it. Without a
// base, cut is Len().
func (t *Tree) Base() (base *Tree, cut, baseEnd, end Node) {
	if t.base == nil {
		return t, t.cut, t.cut, t.cut
	}
	return t.base, t.cut, t.tail - t.moved, t.tail
}

// BaseTokens says the same of tokens, and by how many bytes those behind the place
// are moved.
func (t *Tree) BaseTokens() (cut, baseEnd, end, moved int) {
	return int(t.cutToken), int(t.tailToken - t.movedTokens), int(t.tailToken), int(t.movedBytes)
}

// flat returns the same tree without a base.
func (t *Tree) flat() *Tree {
	if t.base == nil {
		return t
	}
	f := &Tree{text: t.text, errors: t.errors, lexical: t.lexical, faults: t.faults, jumps: t.jumps, misplaced: t.misplaced, trusts: t.trusts}
	f.tokens = t.joinTokens()
	f.nodes = make([]node, 0, t.Len())
	f.nodes = append(f.nodes, t.nodes[:t.cut]...)
	for i := range f.nodes {
		x := &f.nodes[i]
		if x.next > t.cut {
			x.next += t.moved
		}
		if x.end > t.cutToken {
			x.end += t.movedTokens
		}
		if x.token > t.cutToken {
			x.token += t.movedTokens
		}
	}
	f.nodes = append(f.nodes, t.patchNodes...)
	from := len(f.nodes)
	f.nodes = append(f.nodes, t.nodes[t.tail-t.moved:]...)
	for i := from; i < len(f.nodes); i++ {
		x := &f.nodes[i]
		x.first += t.movedTokens
		x.end += t.movedTokens
		if x.token >= 0 {
			x.token += t.movedTokens
		}
		if x.parent >= t.cut {
			x.parent += t.moved
		}
		if x.child != None {
			x.child += t.moved
		}
		if x.next != None {
			x.next += t.moved
		}
	}
	f.whole()
	return f
}

package syntax

// Node is a node of a Tree: an index into its nodes. The zero Node is none.
type Node int32

// None is no node.
const None Node = 0

// Kind is what a node is.
type Kind uint8

// The kinds of nodes, with their children in order. Children written with ?
// may be absent; all others are there, as Missing if the text lacks them, or, for
// Block, NameList and Params, without tokens.
const (
	Invalid Kind = iota // of None
	Chunk               // Block; the whole text, EOF included
	Block               // statements; the semicolons and comments between what opens and closes it are its own

	LocalStat    // NameList, ExprList?
	LocalFunc    // Name, FuncBody
	FuncStat     // Name | Index | Method (what is assigned), FuncBody
	AssignStat   // ExprList of targets, ExprList of values
	CallStat     // Call
	DoStat       // Block
	WhileStat    // condition, Block
	RepeatStat   // Block, condition
	IfStat       // IfClause, ElseIfClause…, ElseClause?
	IfClause     // condition, Block
	ElseIfClause // condition, Block
	ElseClause   // Block
	NumericFor   // Name, first, last, step?, Block
	GenericFor   // NameList, ExprList, Block
	ReturnStat   // ExprList?
	BreakStat    //
	GotoStat     // Name (of the label)
	LabelStat    // Name
	BadStat      // expression?: what is no statement, with the tokens that are skipped

	NameList // Name…
	ExprList // expressions
	FuncBody // Params, Block
	Params   // Name…, Vararg?

	Name      // a variable, or the name that is declared or (in Index, Method) looked up: an Ident, or Missing
	Vararg    // ...
	Nil       // nil
	True      // true
	False     // false
	Number    // NumberToken
	String    // StringToken or BadString
	Function  // FuncBody
	Index     // object, Name: a.b
	IndexKey  // object, key: a[b]
	Method    // object, Name: a:b, only as the callee of a Call, and in FuncStat
	Call      // callee, Args
	Args      // expressions: (a, b), or one String or Table without parentheses
	Table     // PosField | NameField | KeyField…
	PosField  // value
	NameField // Name, value: name = value
	KeyField  // key, value: [key] = value
	Binary    // left, right; Tree.Token is the operator
	Unary     // operand; Tree.Token is the operator
	Paren     // expression
	Missing   // nothing where a child is required; it has no tokens
)

// node is 28 bytes without pointers.
type node struct {
	kind                Kind
	token               int32 // see Tree.Token
	first, end          int32 // tokens; first == end for Missing
	parent, child, next Node
}

// Error is a fault of the syntax, at the bytes Start to End.
type Error struct {
	Start, End int
	Message    string // in the words of runtime/compile where that has some

	opener int32 // 1 + where what is not closed begins; 0: the error is another one
}

// Tree is the syntax of one text. All methods take any Node, None included.
type Tree struct {
	text   string
	tokens []Token // the last is EOF
	nodes  []node  // nodes[0] is None, nodes[1] the Chunk
	errors []Error

	// What Edit needs to know: the errors of the lexer and those of the parser.
	lexical, faults []Error
	jumps           bool // there may be labels or gotos
	deep            bool // nesting is too deep
	// misplaced is where blocks do not close as they should: in order, with repetitions. If
	// they do not, there are two readings of the text, of which one trusts the
	// indentation: this, and other.
	misplaced []int32
	trusts    bool
	other     *Tree

	patch // of a tree that Edit has made
}

// Text returns the text.
func (t *Tree) Text() string { return t.text }

// Errors returns the faults in the order of the text, one for each place.
func (t *Tree) Errors() []Error { return t.errors }

// Root returns the Chunk.
func (t *Tree) Root() Node { return 1 }

// Len returns how many nodes there are: nodes are 1 to Len()-1. A node comes
// before its children, and they in the order of the text, so that a loop over
// all nodes goes through the tree in that order.
func (t *Tree) Len() int { return len(t.nodes) + int(t.moved) }

// Kind returns what n is.
func (t *Tree) Kind(n Node) Kind {
	if n < t.cut {
		return t.nodes[n].kind
	}
	return t.behind(n).kind
}

// Parent returns the node that n is a child of.
func (t *Tree) Parent(n Node) Node {
	if n < t.cut {
		return t.nodes[n].parent
	}
	return t.parentBehind(n)
}

// First returns the first child of n.
func (t *Tree) First(n Node) Node {
	if n < t.cut {
		return t.nodes[n].child
	}
	return t.childBehind(n)
}

// Next returns the sibling after n.
func (t *Tree) Next(n Node) Node {
	if n < t.cut {
		if next := t.nodes[n].next; next <= t.cut {
			return next
		}
	}
	return t.nextBehind(n)
}

// Child returns the child number i of n, from 0, or None.
func (t *Tree) Child(n Node, i int) Node {
	c := t.First(n)
	for ; i > 0 && c != None; i-- {
		c = t.Next(c)
	}
	return c
}

// Children yields the children of n.
func (t *Tree) Children(n Node) func(yield func(Node) bool) {
	return func(yield func(Node) bool) {
		for c := t.First(n); c != None; c = t.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// Start returns where the first token of n begins. A node without tokens begins and
// ends where the token before it ends, or where its parent begins.
func (t *Tree) Start(n Node) int {
	first, end := t.span(n)
	if first < end {
		return int(t.start(first))
	}
	if n == None {
		return 0
	}
	if f, e := t.span(t.Parent(n)); f == first && f < e {
		return int(t.start(first))
	}
	if first == 0 {
		return 0
	}
	return int(t.token(first - 1).End)
}

// End returns where the last token of n ends.
func (t *Tree) End(n Node) int {
	first, end := t.span(n)
	if first < end {
		return int(t.token(end - 1).End)
	}
	return t.Start(n)
}

// Source returns the text of n, from its first token to its last.
func (t *Tree) Source(n Node) string {
	first, end := t.span(n)
	if first == end {
		return ""
	}
	a := t.token(first)
	if first+1 < end {
		return t.text[a.Start:t.token(end-1).End]
	}
	return t.text[a.Start:a.End]
}

// Range returns the tokens of n: numbers first to end-1. There may be comments
// among them.
func (t *Tree) Range(n Node) (first, end int) {
	f, e := t.span(n)
	return int(f), int(e)
}

// Token returns the number of the token that says most of n: the operator of
// Binary and Unary, the only token of a leaf, the opening bracket of Call
// arguments, tables and IndexKey, the dot or colon of Index and Method, otherwise
// the first. It is -1 for a node without tokens.
func (t *Tree) Token(n Node) int {
	if n < t.cut {
		if token := t.nodes[n].token; token <= t.cutToken {
			return int(token)
		}
	}
	return t.tokenBehind(n)
}

// Tokens returns all tokens, comments included. The caller must not change them. Of
// a tree that Edit has made they are put together first, which takes time in
// proportion to the text: TokenKind, TokenText and TokenSpan do not.
func (t *Tree) Tokens() []Token {
	if t.base == nil {
		return t.tokens
	}
	return t.allTokens()
}

// TokenCount returns how many tokens there are, EOF included.
func (t *Tree) TokenCount() int { return len(t.tokens) + int(t.movedTokens) }

// TokenKind returns what token number i is.
func (t *Tree) TokenKind(i int) TokenKind { return t.token(int32(i)).Kind }

// TokenSpan returns the bytes of token number i: where it starts, and where it ends.
func (t *Tree) TokenSpan(i int) (start, end int) {
	tok := t.token(int32(i))
	return int(tok.Start), int(tok.End)
}

// TokenText returns the bytes of token number i.
func (t *Tree) TokenText(i int) string {
	tok := t.token(int32(i))
	return t.text[tok.Start:tok.End]
}

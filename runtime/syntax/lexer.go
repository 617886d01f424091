package syntax

import "strings"

// Classes of bytes.
const (
	other  uint8 = iota
	letter       // may begin a name, with _
	digit
	space
)

// classes gives the class of each byte.
var classes = [256]uint8{
	' ': space, '\t': space, '\n': space, '\r': space, '\v': space, '\f': space, '_': letter,
	'0': digit, '1': digit, '2': digit, '3': digit, '4': digit, '5': digit, '6': digit, '7': digit, '8': digit, '9': digit,
	'a': letter, 'b': letter, 'c': letter, 'd': letter, 'e': letter, 'f': letter, 'g': letter, 'h': letter, 'i': letter,
	'j': letter, 'k': letter, 'l': letter, 'm': letter, 'n': letter, 'o': letter, 'p': letter, 'q': letter, 'r': letter,
	's': letter, 't': letter, 'u': letter, 'v': letter, 'w': letter, 'x': letter, 'y': letter, 'z': letter,
	'A': letter, 'B': letter, 'C': letter, 'D': letter, 'E': letter, 'F': letter, 'G': letter, 'H': letter, 'I': letter,
	'J': letter, 'K': letter, 'L': letter, 'M': letter, 'N': letter, 'O': letter, 'P': letter, 'Q': letter, 'R': letter,
	'S': letter, 'T': letter, 'U': letter, 'V': letter, 'W': letter, 'X': letter, 'Y': letter, 'Z': letter,
}

// single are the tokens of one byte that never begin a longer one.
var single = [256]TokenKind{
	'+': Plus, '*': Star, '%': Percent, '^': Caret, '#': Hash, '(': LeftParen, ')': RightParen,
	'{': LeftBrace, '}': RightBrace, ']': RightBracket, ';': Semicolon, ',': Comma,
}

func isDigit(c byte) bool { return classes[c] == digit }
func isWord(c byte) bool  { return classes[c] == letter || classes[c] == digit }

// byteOrderMark may stand before the first token, and is a gap.
const byteOrderMark = "\uFEFF"

// lexer splits a text into tokens. It never fails: what is wrong becomes an error
// and a token.
type lexer struct {
	text   string
	pos    int
	limit  int // run stops at the first token or white space behind it
	tokens []Token
	errors []Error
}

// lex reads the whole text. The last token is EOF.
func lex(text string) ([]Token, []Error) {
	lx := &lexer{text: text, limit: len(text), tokens: make([]Token, 0, len(text)/4+16)}
	lx.begin()
	lx.run()
	lx.add(EOF, len(text))
	return lx.tokens, lx.errors
}

// begin reads what only a text may begin with.
func (lx *lexer) begin() {
	if strings.HasPrefix(lx.text, byteOrderMark) {
		lx.pos = len(byteOrderMark)
	}
	if lx.peek(0) == '#' {
		start := lx.pos
		lx.skipLine()
		lx.add(Comment, start)
	}
}

func (lx *lexer) add(kind TokenKind, start int) {
	lx.tokens = append(lx.tokens, Token{Kind: kind, Start: int32(start), End: int32(lx.pos)})
}

// fail notes an error from start to the place read so far.
func (lx *lexer) fail(start int, message, near string) {
	if near != "" {
		message += " near '" + printable(near) + "'"
	}
	lx.errors = append(lx.errors, Error{Start: start, End: lx.pos, Message: message})
}

// printable makes text fit for a message: valid UTF-8.
func printable(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func (lx *lexer) peek(i int) byte {
	if lx.pos+i < len(lx.text) {
		return lx.text[lx.pos+i]
	}
	return 0
}

func (lx *lexer) run() {
	text := lx.text
	for lx.pos < lx.limit {
		start := lx.pos
		c := text[start]
		switch classes[c] {
		case space:
			lx.pos++
		case letter:
			i := start + 1
			for i < len(text) && isWord(text[i]) {
				i++
			}
			lx.pos = i
			lx.add(wordKind(text[start:i]), start)
		case digit:
			lx.number(start)
		default:
			if k := single[c]; k != EOF {
				lx.pos++
				lx.add(k, start)
			} else {
				lx.symbol(start, c)
			}
		}
	}
}

// wordLengths has bit n set at the letters with which keywords of n letters begin.
var wordLengths = [256]uint16{
	'a': 1 << 3, 'b': 1 << 5, 'd': 1 << 2, 'e': 1<<3 | 1<<4 | 1<<6, 'f': 1<<3 | 1<<5 | 1<<8, 'i': 1 << 2, 'l': 1 << 5,
	'n': 1 << 3, 'o': 1 << 2, 'r': 1 << 6, 't': 1 << 4, 'u': 1 << 5, 'w': 1 << 5,
}

// wordKind tells the keyword that a word is, or Ident.
func wordKind(s string) TokenKind {
	if len(s) > 8 || wordLengths[s[0]]&(1<<len(s)) == 0 {
		return Ident
	}
	switch s {
	case "and":
		return And
	case "break":
		return Break
	case "do":
		return Do
	case "else":
		return Else
	case "elseif":
		return ElseIf
	case "end":
		return End
	case "false":
		return FalseToken
	case "for":
		return For
	case "function":
		return FunctionToken
	case "if":
		return If
	case "in":
		return In
	case "local":
		return LocalToken
	case "nil":
		return NilToken
	case "not":
		return Not
	case "or":
		return Or
	case "repeat":
		return Repeat
	case "return":
		return Return
	case "then":
		return Then
	case "true":
		return TrueToken
	case "until":
		return Until
	case "while":
		return While
	}
	return Ident
}

// symbol reads what is no name, number or token of one byte.
func (lx *lexer) symbol(start int, c byte) {
	take := func(n int, k TokenKind) {
		lx.pos += n
		lx.add(k, start)
	}
	next := lx.peek(1)
	switch {
	case c == '-' && next == '-':
		lx.comment(start)
	case c == '-':
		take(1, Minus)
	case c == '"' || c == '\'':
		lx.quoted(start, c)
	case c == '[':
		lx.bracket(start)
	case c == '.' && isDigit(next):
		lx.number(start)
	case c == '.' && next == '.' && lx.peek(2) == '.':
		take(3, Dots)
	case c == '.' && next == '.':
		take(2, Concat)
	case c == '.':
		take(1, Dot)
	case c == '=' && next == '=':
		take(2, Equal)
	case c == '=':
		take(1, Assign)
	case c == ':' && next == ':':
		take(2, DoubleColon)
	case c == ':':
		take(1, Colon)
	case c == '~' && next == '=':
		take(2, NotEqual)
	case c == '<' && next == '=':
		take(2, LessEqual)
	case c == '>' && next == '=':
		take(2, GreaterEqual)
	case c == '<' && next != '<':
		take(1, Less)
	case c == '>' && next != '>':
		take(1, Greater)
	case c == '/' && next != '/':
		take(1, Slash)
	default:
		lx.bad(start, c)
	}
}

// skipLine goes to the end of the line.
func (lx *lexer) skipLine() {
	i := lx.pos
	for i < len(lx.text) && lx.text[i] != '\n' && lx.text[i] != '\r' {
		i++
	}
	lx.pos = i
}

func (lx *lexer) comment(start int) {
	lx.pos += 2
	if lx.peek(0) == '[' {
		if level := lx.longLevel(); level >= 0 {
			if !lx.long(level) {
				lx.fail(start, "unfinished long comment", "<eof>")
			}
			lx.add(Comment, start)
			return
		}
	}
	lx.skipLine()
	lx.add(Comment, start)
}

// longLevel returns the level of the long bracket that opens at pos, or -1.
func (lx *lexer) longLevel() int {
	i := 1
	for lx.peek(i) == '=' {
		i++
	}
	if lx.peek(i) != '[' {
		return -1
	}
	return i - 1
}

// long goes behind the long bracket that closes the one at pos. It reports false,
// at the end of the text, if there is none.
func (lx *lexer) long(level int) bool {
	closing := "]]"
	if level > 0 {
		closing = "]" + strings.Repeat("=", level) + "]"
	}
	from := lx.pos + level + 2
	i := strings.Index(lx.text[from:], closing)
	if i < 0 {
		lx.pos = len(lx.text)
		return false
	}
	lx.pos = from + i + len(closing)
	return true
}

func (lx *lexer) bracket(start int) {
	level := lx.longLevel()
	switch {
	case level >= 0 && lx.long(level):
		lx.add(StringToken, start)
	case level >= 0:
		lx.fail(start, "unfinished long string", "<eof>")
		lx.add(BadString, start)
	case lx.peek(1) == '=':
		for lx.pos++; lx.peek(0) == '='; lx.pos++ {
		}
		lx.fail(start, "invalid long string delimiter", lx.text[start:lx.pos])
		lx.add(Bad, start)
	default:
		lx.pos++
		lx.add(LeftBracket, start)
	}
}

// instead tells what to write for an operator of a later Lua, or "".
func instead(op string) string {
	switch op {
	case "<<":
		return "bit32.lshift(a, n)"
	case ">>":
		return "bit32.rshift(a, n)"
	case "~":
		return "bit32.bxor(a, b) or bit32.bnot(a)"
	case "//":
		return "math.floor(a / b)"
	case "&":
		return "bit32.band(a, b)"
	case "|":
		return "bit32.bor(a, b)"
	}
	return ""
}

// inOther tells what to write for an operator of other languages, or "".
func inOther(op string) string {
	switch op {
	case "!=":
		return "~="
	case "!":
		return "not"
	case "&&":
		return "and"
	case "||":
		return "or"
	}
	return ""
}

// bad reads bytes that begin no token.
func (lx *lexer) bad(start int, c byte) {
	lx.pos++
	if c == '<' || c == '>' || c == '/' || c == '!' && lx.peek(0) == '=' || (c == '&' || c == '|') && lx.peek(0) == c {
		lx.pos++
	}
	op := lx.text[start:lx.pos]
	switch use, own := instead(op), inOther(op); {
	case own != "":
		lx.fail(start, "operator '"+op+"' is of other languages: use "+own, op)
	case use != "":
		lx.fail(start, "operator '"+op+"' is of Lua 5.3, this is Lua 5.1 with goto: use "+use, op)
	case c >= 0x80: // one error for a run of other writing
		for lx.peek(0) >= 0x80 {
			lx.pos++
		}
		lx.fail(start, "unexpected symbol", clip(lx.text[start:lx.pos]))
	case c < ' ' || c == 127:
		lx.fail(start, "unexpected symbol", "char("+itoa(int(c))+")")
	default:
		lx.fail(start, "unexpected symbol", op)
	}
	lx.add(Bad, start)
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

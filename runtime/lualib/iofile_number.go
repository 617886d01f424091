package lualib

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

// maxNumeral bounds the text of a number that is read from a file.
const maxNumeral = 400

// numeral collects the longest prefix of a stream that can begin a number, as
// C's scanf does: it looks at one byte ahead and never gives back more.
type numeral struct {
	from io.ByteScanner
	text []byte
	err  error
}

// next returns the byte ahead without taking it; 0 at the end.
func (n *numeral) next() byte {
	if n.err != nil || len(n.text) >= maxNumeral {
		return 0
	}
	c, err := n.from.ReadByte()
	if err != nil {
		n.err = err
		return 0
	}
	n.err = n.from.UnreadByte()
	return c
}

// take takes the byte ahead.
func (n *numeral) take() {
	c, err := n.from.ReadByte()
	if err != nil {
		n.err = err
		return
	}
	n.text = append(n.text, c)
}

// accept takes the byte ahead if it is one of set.
func (n *numeral) accept(set string) bool {
	c := n.next()
	for i := 0; i < len(set); i++ {
		if c == set[i] && c != 0 {
			n.take()
			return true
		}
	}
	return false
}

// acceptAll takes bytes as long as they are in set and tells if there were any.
func (n *numeral) acceptAll(set string) bool {
	some := false
	for n.accept(set) {
		some = true
	}
	return some
}

// acceptWord takes bytes as long as they spell word, ignoring case.
func (n *numeral) acceptWord(word string) {
	for i := 0; i < len(word) && n.next()|0x20 == word[i]; i++ {
		n.take()
	}
}

// scan collects a number.
func (n *numeral) scan() {
	for n.accept(cSpace) {
		n.text = n.text[:0]
	}
	n.accept("+-")
	switch n.next() | 0x20 {
	case 'n':
		n.acceptWord("nan")
		return
	case 'i':
		n.acceptWord("infinity")
		return
	}
	digits, exponent := "0123456789", "eE"
	some := n.accept("0")
	if some && n.accept("xX") {
		some = false
		digits, exponent = "0123456789abcdefABCDEF", "pP"
	}
	some = n.acceptAll(digits) || some
	if n.accept(".") {
		some = n.acceptAll(digits) || some
	}
	mantissa := len(n.text)
	if some && n.accept(exponent) {
		n.accept("+-")
		if !n.acceptAll("0123456789") {
			// An exponent without digits is taken from the stream but does not count.
			n.text = n.text[:mantissa]
		}
	}
}

// readNumber reads a number after any white space.
func (o *ioLib) readNumber(f *file) (lua.LValue, error) {
	if err := f.beforeRead(); err != nil {
		return nil, err
	}
	n := &numeral{from: f.reader}
	n.scan()
	if n.err != nil && n.err != io.EOF {
		return nil, n.err
	}
	value, ok := ParseNumber(string(n.text))
	if !ok {
		return nil, errNothing
	}
	return lua.LNumber(value), nil
}

package lualib

import (
	"math"
	"strconv"
	"strings"
)

// Numbers of any length are read in one pass, in pieces like other long strings. All but
// the first digits decide only whether the number lies above what these say.

// Digits that decide which float64 a text is: a decimal one is told from its neighbours
// by 767, a hexadecimal one by 14. strconv misreads whole numbers of more than 800.
const (
	decimalDigits = 780
	hexDigits     = 32
)

// maxShift bounds an exponent: beyond it every number is infinite or zero.
const maxShift = 1 << 40

// ParseLongNumber is ParseNumber of a text of any length. step is told how many bytes were
// handled, after each piece; it may end the execution.
func ParseLongNumber(s string, step func(bytes int)) (float64, bool) {
	if len(s) <= decimalDigits {
		return parseShort(s)
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return parseLong(trimSpace(s, step), step)
}

// trimSpace is s without white space around it.
func trimSpace(s string, step func(bytes int)) string {
	for len(s) > 0 {
		piece := s[:min(len(s), pieceBytes)]
		rest := strings.TrimLeft(piece, cSpace)
		s = s[len(piece)-len(rest):]
		if rest != "" {
			break
		}
		step(len(piece))
	}
	for len(s) > 0 {
		piece := s[max(0, len(s)-pieceBytes):]
		rest := strings.TrimRight(piece, cSpace)
		s = s[:len(s)-len(piece)+len(rest)]
		if rest != "" {
			break
		}
		step(len(piece))
	}
	return s
}

// parseLong reads what is left when white space is gone.
func parseLong(s string, step func(bytes int)) (float64, bool) {
	body := strings.TrimPrefix(s, "-")
	negative := len(body) < len(s)
	if !negative {
		body = strings.TrimPrefix(s, "+")
	}
	n := longNumber{text: body, step: step}
	var f float64
	var ok bool
	switch {
	case len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x':
		n.at = 2
		f, ok = n.read("0x", 'p', hexDigits, 4, func(c byte) bool { return isDigit(c) || (c|0x20)-'a' < 6 })
	case body != "" && (body[0] == '.' || isDigit(body[0])):
		f, ok = n.read("", 'e', decimalDigits, 1, isDigit)
	default:
		f, ok = n.named()
	}
	if negative {
		f = math.Copysign(f, -1)
	}
	return f, ok
}

// longNumber is a number that is being read.
type longNumber struct {
	text string
	at   int
	told int // up to where step knows
	step func(bytes int)
}

// next returns the byte at hand, and goes on.
func (n *longNumber) next() (c byte, ok bool) {
	if n.at == len(n.text) {
		return 0, false
	}
	if n.at-n.told >= pieceBytes {
		n.step(n.at - n.told)
		n.told = n.at
	}
	c = n.text[n.at]
	n.at++
	return c, true
}

// read reads digits[.digits] and an exponent that begins with a letter, of which each digit
// before the point makes so many.
func (n *longNumber) read(prefix string, letter byte, most int, perDigit int64, digit func(byte) bool) (float64, bool) {
	digits := append(make([]byte, 0, most+40), prefix...)
	most += len(prefix)
	var shift int64 // of the digits, by digits
	some, point, beyond := false, false, false
	c, more := n.next()
	for ; more; c, more = n.next() {
		if c == '.' && !point {
			point = true
			continue
		}
		if !digit(c) {
			break
		}
		some = true
		if point {
			shift--
		}
		switch {
		case c == '0' && len(digits) == len(prefix): // a zero in front
		case len(digits) < most:
			digits = append(digits, c)
		default:
			shift++
			beyond = beyond || c != '0'
		}
	}
	if !some {
		return 0, false
	}
	var exponent int64
	if more {
		var ok bool
		if exponent, ok = n.exponent(c, letter); !ok {
			return 0, false
		}
	}
	if len(digits) == len(prefix) {
		return 0, true
	}
	if beyond { // more than the digits say, whatever comes then
		digits = append(digits, '1')
		shift--
	}
	digits = append(digits, letter)
	// What strconv is given is never longer than a line, nor its exponent beyond an int's.
	exponent = min(max(exponent+perDigit*shift, -1e6), 1e6)
	return parseFloat(string(strconv.AppendInt(digits, exponent, 10)))
}

// exponent reads the rest of the text, from c on, as an exponent.
func (n *longNumber) exponent(c, letter byte) (value int64, ok bool) {
	if c|0x20 != letter {
		return 0, false
	}
	c, more := n.next()
	negative := c == '-'
	if more && (c == '-' || c == '+') {
		c, more = n.next()
	}
	for ; more; c, more = n.next() {
		if !isDigit(c) {
			return 0, false
		}
		ok = true
		value = min(value*10+int64(c-'0'), maxShift)
	}
	if negative {
		value = -value
	}
	return value, ok
}

// named is parseNamed: of names only nan(…) can be long.
func (n *longNumber) named() (float64, bool) {
	switch {
	case len(n.text) <= len("infinity"):
		return parseNamed(n.text)
	case !strings.EqualFold(n.text[:4], "nan(") || n.text[len(n.text)-1] != ')':
		return 0, false
	}
	n.text, n.at = n.text[:len(n.text)-1], 4
	for c, more := n.next(); more; c, more = n.next() {
		if !isDigit(c) && c != '_' && (c|0x20)-'a' >= 26 {
			return 0, false
		}
	}
	return math.NaN(), true
}

package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// stringFormat is C's printf for one value a directive, as in PUC Lua 5.1, with
// two differences, both from Lua 5.2 and later: %s takes any value and shows it
// as tostring does, and zero bytes are kept (PUC Lua 5.1 cuts %s and %c at them).
func (h *Host) stringFormat(L *lua.LState) int {
	format := checkString(L, 1)
	top := L.GetTop() // a metamethod's result is pushed above it
	out := buffer{L: L, host: h}
	arg := 1
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			out.writeString(format)
			break
		}
		out.writeString(format[:i])
		format = format[i+1:]
		if strings.HasPrefix(format, "%") {
			out.writeByte('%')
			format = format[1:]
			continue
		}
		arg++
		if arg > top {
			argError(L, arg, "no value")
		}
		var d directive
		d, format = parseDirective(L, format)
		out.writeDirective(d, arg)
	}
	L.Push(lua.LString(out.String()))
	return 1
}

// directive is a conversion of string.format: %[flags][width][.precision]verb.
type directive struct {
	minus, plus, space, alternate, zero bool

	width     int
	precision int // -1: none given
	verb      byte
}

// parseDirective reads a directive after its '%' and returns what follows it.
// The verb is 0 at the end of the format.
func parseDirective(L *lua.LState, s string) (d directive, rest string) {
	i := 0
flags:
	for ; i < len(s); i++ {
		switch s[i] {
		case '-':
			d.minus = true
		case '+':
			d.plus = true
		case ' ':
			d.space = true
		case '#':
			d.alternate = true
		case '0':
			d.zero = true
		default:
			break flags
		}
	}
	if i > 5 { // there are five flags
		raise(L, "invalid format (repeated flags)")
	}
	d.width, s = parseTwoDigits(s[i:])
	d.precision = -1
	if strings.HasPrefix(s, ".") {
		d.precision, s = parseTwoDigits(s[1:])
	}
	if s == "" {
		return d, ""
	}
	if isDigit(s[0]) {
		raise(L, "invalid format (width or precision too long)")
	}
	d.verb = s[0]
	return d, s[1:]
}

// parseTwoDigits reads a number of two digits at most; none is 0.
func parseTwoDigits(s string) (n int, rest string) {
	i := 0
	for ; i < 2 && i < len(s) && isDigit(s[i]); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n, s[i:]
}

// writeDirective appends argument arg as the directive says.
func (b *buffer) writeDirective(d directive, arg int) {
	switch d.verb {
	case 'd', 'i':
		b.writeSigned(d, castInt(checkNumber(b.L, arg)))
	case 'u', 'o', 'x', 'X':
		b.writeUnsigned(d, castUint(checkNumber(b.L, arg)))
	case 'e', 'E', 'f', 'g', 'G':
		b.writeFloat(d, checkNumber(b.L, arg))
	case 'c':
		d.zero = false
		b.writeField(d, "", string([]byte{castChar(checkNumber(b.L, arg))}))
	case 's':
		s := ToString(b.L, b.L.Get(arg))
		if d.precision >= 0 && d.precision < len(s) {
			s = s[:d.precision]
		}
		d.zero = false
		b.writeField(d, "", s)
	case 'q':
		b.writeQuoted(checkString(b.L, arg))
	case 0:
		raise(b.L, "invalid option '%' to 'format'")
	default:
		raise(b.L, "invalid option '%"+string([]byte{d.verb})+"' to 'format'")
	}
}

// writeField appends prefix and body, filled up to the width: with spaces to
// the right, zeros between the two, or spaces to the left.
func (b *buffer) writeField(d directive, prefix, body string) {
	fill := d.width - len(prefix) - len(body)
	if fill > 0 && !d.minus && !d.zero {
		b.pad(' ', fill)
	}
	b.writeString(prefix)
	if d.zero && !d.minus {
		b.pad('0', fill)
	}
	b.writeString(body)
	if d.minus {
		b.pad(' ', fill)
	}
}

// writeQuoted appends s as a Lua string literal.
func (b *buffer) writeQuoted(s string) {
	b.writeByte('"')
	for charged := len(s); ; {
		i := strings.IndexAny(s[:min(len(s), pieceBytes)], "\"\\\n\r\x00")
		if charged-len(s) >= pieceBytes {
			b.host.bytes(b.L, charged-len(s))
			charged = len(s)
		}
		if i < 0 && len(s) > pieceBytes {
			b.writeString(s[:pieceBytes])
			s = s[pieceBytes:]
			continue
		}
		if i < 0 {
			break
		}
		b.writeString(s[:i])
		switch s[i] {
		case '\r':
			b.writeString(`\r`)
		case 0:
			b.writeString(`\000`)
		default:
			b.writeByte('\\')
			b.writeByte(s[i])
		}
		s = s[i+1:]
	}
	b.writeString(s)
	b.writeByte('"')
}

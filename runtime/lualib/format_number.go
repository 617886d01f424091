package lualib

import (
	"math"
	"strconv"
	"strings"
)

// castChar is C's cast from double to int, of which %c takes the lowest byte;
// what does not fit an int gives 0.
func castChar(f float64) byte {
	if i := castInt(f); i == int64(int32(i)) {
		return byte(i)
	}
	return 0
}

// signPrefix is what stands before a number.
func (d directive) signPrefix(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.plus:
		return "+"
	case d.space:
		return " "
	}
	return ""
}

// writeSigned appends n as %d does.
func (b *buffer) writeSigned(d directive, n int64) {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude // right for the smallest integer too
	}
	b.writeInteger(d, d.signPrefix(n < 0), strconv.FormatUint(magnitude, 10))
}

// writeUnsigned appends n as %u, %o, %x and %X do.
func (b *buffer) writeUnsigned(d directive, n uint64) {
	prefix, digits := "", ""
	switch d.verb {
	case 'o':
		digits = strconv.FormatUint(n, 8)
		// '#' asks for a leading zero, which counts as a digit.
		if d.alternate && n != 0 {
			digits = "0" + digits
		} else if d.alternate && d.precision == 0 {
			d.precision = 1
		}
	case 'x', 'X':
		digits = strconv.FormatUint(n, 16)
		if d.alternate && n != 0 {
			prefix = "0x"
		}
		if d.verb == 'X' {
			prefix, digits = strings.ToUpper(prefix), strings.ToUpper(digits)
		}
	default:
		digits = strconv.FormatUint(n, 10)
	}
	b.writeInteger(d, prefix, digits)
}

// writeInteger applies an integer's precision, the least number of digits, and
// appends the field. No digits at all are left of a zero with precision 0.
func (b *buffer) writeInteger(d directive, prefix, digits string) {
	if d.precision >= 0 {
		d.zero = false
		if d.precision == 0 && digits == "0" {
			digits = ""
		}
		if missing := d.precision - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
	}
	b.writeField(d, prefix, digits)
}

// writeFloat appends f as %e, %E, %f, %g and %G do.
func (b *buffer) writeFloat(d directive, f float64) {
	prefix := d.signPrefix(math.Signbit(f))
	f = math.Abs(f)
	var body string
	switch {
	case math.IsNaN(f):
		body, d.zero = "nan", false
	case math.IsInf(f, 0):
		body, d.zero = "inf", false
	default:
		body = d.floatDigits(f)
	}
	if d.verb == 'E' || d.verb == 'G' {
		body = strings.ToUpper(body)
	}
	b.writeField(d, prefix, body)
}

// floatDigits formats a finite f that is not negative.
func (d directive) floatDigits(f float64) string {
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	style := d.verb | 0x20
	if !d.alternate {
		return strconv.FormatFloat(f, style, precision, 64)
	}
	// '#' keeps the point, and the zeros that %g drops.
	if style == 'g' {
		precision = max(precision, 1) - 1
		e := strconv.FormatFloat(f, 'e', precision, 64)
		exponent, err := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
		style = 'e'
		if err == nil && exponent >= -4 && exponent <= precision {
			style = 'f'
			precision -= exponent
		}
	}
	s := strconv.FormatFloat(f, style, precision, 64)
	if precision > 0 {
		return s
	}
	mantissa, exponent, _ := strings.Cut(s, "e")
	if style == 'e' {
		exponent = "e" + exponent
	}
	return mantissa + "." + exponent
}

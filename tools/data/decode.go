package data

import (
	"context"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// decoder reads one JSON text into the values that encoding/json would give,
// about three times as fast: it reads a string in place, its strings are parts
// of the text rather than copies, and maps are made in their final size. It says
// only that a text is wrong; encoding/json then says where and why.
type decoder struct {
	ctx  context.Context
	text string
	at   int
	left int // values until the next look at ctx
	// stack holds the members of the containers that are open.
	keys   []string
	values []any
}

// lookEvery is how many values are read between two looks at the context.
const lookEvery = 10_000

// maxNesting is encoding/json's.
const maxNesting = 10_000

// decodeFast decodes a whole text. ok is false when it is not JSON, or when ctx
// is done.
func decodeFast(ctx context.Context, text string) (v any, ok bool) {
	d := decoder{ctx: ctx, text: text, left: lookEvery, values: make([]any, 0, 64), keys: make([]string, 0, 64)}
	v, ok = d.value(0)
	d.space()
	return v, ok && d.at == len(text)
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\n', '\t', '\r':
			d.at++
		default:
			return
		}
	}
}

// next skips white space and the byte c, if it is there.
func (d *decoder) next(c byte) bool {
	d.space()
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *decoder) value(depth int) (any, bool) {
	d.space()
	if d.at == len(d.text) {
		return nil, false
	}
	if d.left--; d.left == 0 {
		if d.left = lookEvery; d.ctx.Err() != nil {
			return nil, false
		}
	}
	switch d.text[d.at] {
	case '{':
		if d.at++; depth == maxNesting {
			return nil, false
		}
		return d.object(depth + 1)
	case '[':
		if d.at++; depth == maxNesting {
			return nil, false
		}
		return d.array(depth + 1)
	case '"':
		d.at++
		s, ok := d.string()
		return s, ok
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		f, ok := d.number()
		return f, ok
	}
}

func (d *decoder) word(w string) bool {
	if len(d.text)-d.at < len(w) || d.text[d.at:d.at+len(w)] != w {
		return false
	}
	d.at += len(w)
	return true
}

func (d *decoder) array(depth int) (any, bool) {
	if d.next(']') {
		return []any{}, true
	}
	base := len(d.values)
	for {
		v, ok := d.value(depth)
		if !ok {
			return nil, false
		}
		d.values = append(d.values, v)
		if d.next(',') {
			continue
		}
		if !d.next(']') {
			return nil, false
		}
		out := make([]any, len(d.values)-base)
		copy(out, d.values[base:])
		clear(d.values[base:])
		d.values = d.values[:base]
		return out, true
	}
}

func (d *decoder) object(depth int) (any, bool) {
	if d.next('}') {
		return map[string]any{}, true
	}
	base, keys := len(d.values), len(d.keys)
	for {
		if !d.next('"') {
			return nil, false
		}
		key, ok := d.string()
		if !ok || !d.next(':') {
			return nil, false
		}
		v, ok := d.value(depth)
		if !ok {
			return nil, false
		}
		d.keys, d.values = append(d.keys, key), append(d.values, v)
		if d.next(',') {
			continue
		}
		if !d.next('}') {
			return nil, false
		}
		out := make(map[string]any, len(d.keys)-keys)
		for i, k := range d.keys[keys:] {
			out[k] = d.values[base+i] // the last of equal names counts
		}
		clear(d.values[base:])
		d.keys, d.values = d.keys[:keys], d.values[:base]
		return out, true
	}
}

// number reads a number. Whole ones of up to 15 digits, which a float64 holds
// exactly, need no parsing.
func (d *decoder) number() (float64, bool) {
	start := d.at
	negative := d.at < len(d.text) && d.text[d.at] == '-'
	if negative {
		d.at++
	}
	first := d.at
	var n int64
	for d.at < len(d.text) && isDigit(d.text[d.at]) {
		if d.at-first < 15 {
			n = n*10 + int64(d.text[d.at]-'0')
		}
		d.at++
	}
	digits := d.at - first
	if digits == 0 || digits > 1 && d.text[first] == '0' {
		return 0, false
	}
	whole := true
	if d.at < len(d.text) && d.text[d.at] == '.' {
		whole = false
		d.at++
		if !d.digits() {
			return 0, false
		}
	}
	if d.at < len(d.text) && d.text[d.at]|0x20 == 'e' {
		whole = false
		if d.at++; d.at < len(d.text) && (d.text[d.at] == '+' || d.text[d.at] == '-') {
			d.at++
		}
		if !d.digits() {
			return 0, false
		}
	}
	if whole && digits <= 15 {
		if negative {
			return math.Copysign(float64(n), -1), true
		}
		return float64(n), true
	}
	f, err := strconv.ParseFloat(d.text[start:d.at], 64)
	return f, err == nil
}

func (d *decoder) digits() bool {
	start := d.at
	for d.at < len(d.text) && isDigit(d.text[d.at]) {
		d.at++
	}
	return d.at > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// string reads a string behind its first quotation mark. One without escapes
// and in valid UTF-8 is a part of the text.
func (d *decoder) string() (string, bool) {
	start, ascii := d.at, true
	for d.at < len(d.text) {
		switch c := d.text[d.at]; {
		case c == '"':
			s := d.text[start:d.at]
			if !ascii && !utf8.ValidString(s) {
				return d.rewritten(start)
			}
			d.at++
			return s, true
		case c == '\\':
			return d.rewritten(start)
		case c < ' ':
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
		d.at++
	}
	return "", false
}

// rewritten reads a string that holds escapes, or bytes that are not UTF-8 and
// become U+FFFD.
func (d *decoder) rewritten(start int) (string, bool) {
	out := make([]byte, 0, d.at-start+32)
	for d.at = start; d.at < len(d.text); {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return string(out), true
		case c < ' ':
			return "", false
		case c == '\\':
			d.at++
			r, ok := d.escape()
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, r)
		case c < utf8.RuneSelf:
			out = append(out, c)
			d.at++
		default:
			r, size := utf8.DecodeRuneInString(d.text[d.at:])
			out = utf8.AppendRune(out, r)
			d.at += size
		}
	}
	return "", false
}

// escape reads what is behind a backslash.
func (d *decoder) escape() (rune, bool) {
	if d.at == len(d.text) {
		return 0, false
	}
	c := d.text[d.at]
	d.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return d.unicode()
	}
	return 0, false
}

// unicode reads the digits of \uXXXX, and a second half of a pair behind them. A
// half without the other becomes U+FFFD.
func (d *decoder) unicode() (rune, bool) {
	r, ok := d.hex(d.at)
	if !ok {
		return 0, false
	}
	d.at += 4
	if !utf16.IsSurrogate(r) {
		return r, true
	}
	if d.at+1 < len(d.text) && d.text[d.at] == '\\' && d.text[d.at+1] == 'u' {
		if second, ok := d.hex(d.at + 2); ok {
			if both := utf16.DecodeRune(r, second); both != utf8.RuneError {
				d.at += 6
				return both, true
			}
		}
	}
	return utf8.RuneError, true
}

func (d *decoder) hex(at int) (rune, bool) {
	if len(d.text)-at < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(d.text[at : at+4]) {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

package globals

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/lualib"
)

// maxJSONDepth bounds how deep arrays and objects may be nested, in both
// directions.
const maxJSONDepth = 1000

// How much is done between two moments at which a script can end: bytes, of which so many
// count as one step, and elements or members.
const (
	jsonPiece      = 64 << 10
	jsonPieceSteps = 16
	jsonPieceNodes = 1000
)

// jsonReader makes Lua values of a JSON text (RFC 8259) in one pass.
type jsonReader struct {
	g     *jsonGlobal
	L     *lua.LState
	text  string
	at    int
	depth int
	nodes int
	told  int // up to where the host knows
	null  lua.LValue
	// values and keys are those of the arrays and objects that are being read: a
	// table is made when its size is known, since a growing one costs much more.
	values []lua.LValue
	keys   []string
}

// document reads the one value of the text.
func (r *jsonReader) document() (lua.LValue, error) {
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.at < len(r.text) {
		return nil, r.wrong("the end of the text")
	}
	return v, nil
}

// wrong says what was expected at the place in hand.
func (r *jsonReader) wrong(expected string) error {
	found := "the end of the text"
	if r.at < len(r.text) {
		c, _ := utf8.DecodeRuneInString(r.text[r.at:])
		found = strconv.QuoteRune(c)
	}
	return r.fail("expected %s, found %s", expected, found)
}

func (r *jsonReader) fail(format string, args ...any) error {
	before := r.text[:min(r.at, len(r.text))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Errorf("line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

// step tells the host of the bytes that were read, which may end the script there.
func (r *jsonReader) step() {
	if n := r.at - r.told; n >= jsonPiece {
		r.g.host.Charge(r.L, n/jsonPieceSteps)
		r.told = r.at
	}
}

func (r *jsonReader) space() {
	for r.at < len(r.text) {
		if r.at-r.told >= jsonPiece {
			r.step()
		}
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek returns the next byte that is no space, or 0.
func (r *jsonReader) peek() byte {
	r.space()
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *jsonReader) value() (lua.LValue, error) {
	if r.nodes++; r.nodes%jsonPieceNodes == 0 {
		r.g.host.Charge(r.L, jsonPieceNodes)
	}
	r.step()
	switch c := r.peek(); {
	case c == '{':
		return r.nested(r.object)
	case c == '[':
		return r.nested(r.list)
	case c == '"':
		s, err := r.str()
		return lua.LString(s), err
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	case c == 't':
		return r.word("true", lua.LTrue)
	case c == 'f':
		return r.word("false", lua.LFalse)
	case c == 'n':
		return r.word("null", r.null)
	}
	return nil, r.wrong("a value")
}

func (r *jsonReader) word(word string, v lua.LValue) (lua.LValue, error) {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return nil, r.wrong("a value")
	}
	r.at += len(word)
	return v, nil
}

func (r *jsonReader) nested(read func() (lua.LValue, error)) (lua.LValue, error) {
	if r.depth++; r.depth > maxJSONDepth {
		return nil, r.fail("nested more than %d deep", maxJSONDepth)
	}
	defer func() { r.depth-- }()
	r.at++
	return read()
}

func (r *jsonReader) list() (lua.LValue, error) {
	if r.peek() == ']' {
		r.at++
		t := r.L.NewTable()
		t.Metatable = r.g.array
		return t, nil
	}
	base := len(r.values)
	for {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.values = append(r.values, v)
		switch r.peek() {
		case ',':
			r.at++
		case ']':
			r.at++
			t := r.L.CreateTable(len(r.values)-base, 0)
			for i, v := range r.values[base:] {
				if i%jsonPieceNodes == jsonPieceNodes-1 {
					r.g.host.Charge(r.L, jsonPieceNodes)
				}
				if v == lua.LNil {
					t.Metatable = r.g.array // so that it is an array still
					continue
				}
				t.RawSetInt(i+1, v)
			}
			r.values = r.values[:base]
			return t, nil
		default:
			return nil, r.wrong("',' or ']'")
		}
	}
}

func (r *jsonReader) object() (lua.LValue, error) {
	if r.peek() == '}' {
		r.at++
		return r.L.NewTable(), nil
	}
	base, first := len(r.values), len(r.keys)
	for {
		if r.peek() != '"' {
			return nil, r.wrong("a name in double quotes")
		}
		key, err := r.str()
		if err != nil {
			return nil, err
		}
		if r.peek() != ':' {
			return nil, r.wrong("':'")
		}
		r.at++
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.keys, r.values = append(r.keys, key), append(r.values, v)
		switch r.peek() {
		case ',':
			r.at++
		case '}':
			r.at++
			t := r.L.CreateTable(0, len(r.keys)-first)
			for i, key := range r.keys[first:] {
				if i%jsonPieceNodes == jsonPieceNodes-1 {
					r.g.host.Charge(r.L, jsonPieceNodes)
				}
				t.RawSetString(key, r.values[base+i]) // of names that appear twice the last counts
			}
			r.keys, r.values = r.keys[:first], r.values[:base]
			return t, nil
		default:
			return nil, r.wrong("',' or '}'")
		}
	}
}

func (r *jsonReader) number() (lua.LValue, error) {
	start := r.at
	if r.text[r.at] == '-' {
		r.at++
	}
	switch {
	case r.at < len(r.text) && r.text[r.at] == '0':
		r.at++
	case r.digits() == 0:
		return nil, r.wrong("a digit")
	}
	whole := true
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		if whole = false; r.digits() == 0 {
			return nil, r.wrong("a digit")
		}
	}
	if r.at < len(r.text) && (r.text[r.at] == 'e' || r.text[r.at] == 'E') {
		r.at++
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if whole = false; r.digits() == 0 {
			return nil, r.wrong("a digit")
		}
	}
	text := r.text[start:r.at]
	if whole && len(text) <= 15 {
		n, _ := strconv.ParseInt(text, 10, 64) // up to 15 digits always are one
		if n == 0 && text[0] == '-' {
			return lua.LNumber(math.Copysign(0, -1)), nil
		}
		return lua.LNumber(n), nil
	}
	f, _ := lualib.ParseLongNumber(text, func(n int) { r.g.host.Charge(r.L, n/jsonPieceSteps) })
	if math.IsInf(f, 0) {
		r.at = start
		return nil, r.fail("the number %s is too large", clipped(text))
	}
	return lua.LNumber(f), nil
}

func clipped(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func (r *jsonReader) digits() int {
	start := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		if r.at++; r.at-r.told >= jsonPiece {
			r.step()
		}
	}
	return r.at - start
}

// plain goes to the next byte of a string that is not written as it is.
func (r *jsonReader) plain() {
	for r.at < len(r.text) {
		end := min(len(r.text), r.at+jsonPiece)
		for r.at < end {
			if c := r.text[r.at]; c == '"' || c == '\\' || c < ' ' {
				return
			}
			r.at++
		}
		r.step()
	}
}

// str reads a string, at whose opening quote the reader is.
func (r *jsonReader) str() (string, error) {
	r.at++
	start := r.at
	r.plain()
	if r.at < len(r.text) && r.text[r.at] == '"' {
		r.at++
		return r.text[start : r.at-1], nil
	}
	return r.escaped(start)
}

// escaped reads the rest of a string that is not all as it is written.
func (r *jsonReader) escaped(start int) (string, error) {
	var out strings.Builder
	for {
		for from := r.text[start:r.at]; from != ""; {
			n := min(len(from), 16*jsonPiece)
			out.WriteString(from[:n])
			if from = from[n:]; from != "" {
				r.g.host.Charge(r.L, n/jsonPieceSteps)
			}
		}
		if r.at == len(r.text) {
			return "", r.fail("a string does not end")
		}
		switch c := r.text[r.at]; c {
		case '"':
			r.at++
			return out.String(), nil
		case '\\':
			if err := r.escape(&out); err != nil {
				return "", err
			}
		default:
			return "", r.fail("a string holds the control character 0x%02x: write it as \\u%04x", c, c)
		}
		r.step()
		start = r.at
		r.plain()
	}
}

// escape reads one escape, at whose backslash the reader is.
func (r *jsonReader) escape(out *strings.Builder) error {
	if r.at++; r.at == len(r.text) {
		return r.fail("a string does not end")
	}
	if r.text[r.at] == 'u' {
		c, err := r.unicode()
		if err == nil {
			out.WriteRune(c)
		}
		return err
	}
	i := strings.IndexByte(`"\/bfnrt`, r.text[r.at])
	if i < 0 {
		return r.wrong(`one of " \ / b f n r t u after \`)
	}
	out.WriteByte("\"\\/\b\f\n\r\t"[i])
	r.at++
	return nil
}

// unicode reads uXXXX, and the second half of a pair. A half alone becomes
// U+FFFD, as in encoding/json.
func (r *jsonReader) unicode() (rune, error) {
	c, err := r.hex()
	if err != nil || !utf16.IsSurrogate(c) {
		return c, err
	}
	if strings.HasPrefix(r.text[r.at:], `\u`) {
		back := r.at
		r.at++
		second, err := r.hex()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(c, second); pair != utf8.RuneError {
			return pair, nil
		}
		r.at = back
	}
	return utf8.RuneError, nil
}

func (r *jsonReader) hex() (rune, error) {
	r.at++ // the u
	if len(r.text)-r.at < 4 {
		r.at = len(r.text)
		return 0, r.fail("a string does not end")
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	if err != nil {
		return 0, r.fail("expected four hexadecimal digits after \\u, found %q", r.text[r.at:r.at+4])
	}
	r.at += 4
	return rune(n), nil
}

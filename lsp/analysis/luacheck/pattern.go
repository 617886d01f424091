package luacheck

import (
	"errors"
	"regexp"
	"strings"
)

// pattern chooses warnings by code and name. A nil part fits everything.
type pattern struct {
	source     string
	code, name *regexp.Regexp
}

// newPattern reads a pattern: CODE/NAME, a name if there is a letter in it, else a code.
// The parts are patterns of Lua; codes are compared from the beginning, names as a whole.
// W211, as luacheck prints it, is 211.
func newPattern(s string) (pattern, error) {
	p := pattern{source: s}
	code, name, both := strings.Cut(s, "/")
	if !both && strings.ContainsFunc(withoutLetter(s), isLetter) {
		code, name = "", s
	}
	var err error
	if code = withoutLetter(code); code != "" || both {
		if p.code, err = luaPattern(code, false); err != nil {
			return p, err
		}
	}
	if name != "" || both || p.code == nil {
		p.name, err = luaPattern(name, true)
	}
	return p, err
}

// withoutLetter is a code without the W or E that luacheck prints before it.
func withoutLetter(s string) string {
	if len(s) > 1 && (s[0] == 'W' || s[0] == 'E') && (s[1] >= '0' && s[1] <= '9' || s[1] == '.' || s[1] == '[') {
		return s[1:]
	}
	return s
}

func isLetter(r rune) bool { return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// match tells of both parts whether they fit; has is false of a part that the pattern has not.
func (p pattern) match(code, name string) (fitsCode, hasCode, fitsName, hasName bool) {
	return p.code != nil && p.code.MatchString(code), p.code != nil, p.name != nil && p.name.MatchString(name), p.name != nil
}

// maxPattern bounds the length of a pattern, in bytes.
const maxPattern = 200

var errPattern = errors.New("the pattern is malformed")

// luaPattern makes a regular expression of a pattern of Lua. Unless that has an anchor, it
// is one of the beginning, and with whole of the end too.
func luaPattern(s string, whole bool) (*regexp.Regexp, error) {
	if len(s) > maxPattern {
		return nil, errors.New("the pattern is too long")
	}
	anchored := strings.HasPrefix(s, "^") || strings.HasSuffix(s, "$")
	var out strings.Builder
	out.WriteString("(?s)")
	if rest, ok := strings.CutPrefix(s, "^"); ok || !anchored {
		out.WriteString(`\A`)
		s = rest
	}
	for i := 0; i < len(s); {
		if s[i] == '$' && i == len(s)-1 {
			out.WriteString(`\z`)
			break
		}
		if s[i] == '(' || s[i] == ')' {
			out.WriteByte(s[i])
			i++
			continue
		}
		item, next, err := luaItem(s, i)
		if err != nil {
			return nil, err
		}
		out.WriteString(item)
		if i = next; i < len(s) {
			switch s[i] {
			case '*', '+', '?':
				out.WriteByte(s[i])
				i++
			case '-':
				out.WriteString("*?")
				i++
			}
		}
	}
	if whole && !anchored {
		out.WriteString(`\z`)
	}
	re, err := regexp.Compile(out.String())
	if err != nil {
		return nil, errPattern
	}
	return re, nil
}

// luaItem is what stands for one character at i.
func luaItem(s string, i int) (item string, next int, err error) {
	switch s[i] {
	case '.':
		return ".", i + 1, nil
	case '%':
		if i+1 >= len(s) {
			return "", 0, errPattern
		}
		item, err = luaClass(s[i+1], false)
		return item, i + 2, err
	case '[':
		return luaSet(s, i)
	}
	return regexp.QuoteMeta(s[i : i+1]), i + 1, nil
}

// luaClass is %c, in or outside of a set.
func luaClass(c byte, inSet bool) (string, error) {
	class := map[byte]string{
		'a': "[:alpha:]", 'c': "[:cntrl:]", 'd': "[:digit:]", 'l': "[:lower:]", 'p': "[:punct:]", 's': "[:space:]",
		'u': "[:upper:]", 'w': "[:alnum:]", 'x': "[:xdigit:]", 'z': `\x00`,
	}[c|0x20]
	switch {
	case !isLetter(rune(c)) && (c < '0' || c > '9') || c == '_':
		return regexp.QuoteMeta(string(rune(c))), nil
	case class == "": // %b, %f, captures
		return "", errors.New("%" + string(rune(c)) + " is not understood in patterns here")
	}
	if c < 'a' { // the complement
		if class[0] != '[' {
			return "", errPattern
		}
		class = "[:^" + class[2:]
	}
	if inSet {
		return class, nil
	}
	return "[" + class + "]", nil
}

// luaSet is the set that begins at i.
func luaSet(s string, i int) (item string, next int, err error) {
	out := "["
	if i++; i < len(s) && s[i] == '^' {
		out += "^"
		i++
	}
	for first := true; ; first = false {
		switch {
		case i >= len(s):
			return "", 0, errPattern
		case s[i] == ']' && !first:
			return out + "]", i + 1, nil
		case s[i] == '%':
			if i+1 >= len(s) {
				return "", 0, errPattern
			}
			class, err := luaClass(s[i+1], true)
			if err != nil {
				return "", 0, err
			}
			out += class
			i += 2
		case i+2 < len(s) && s[i+1] == '-' && s[i+2] != ']':
			if s[i] > s[i+2] {
				return "", 0, errPattern
			}
			out += inSet(s[i]) + "-" + inSet(s[i+2])
			i += 3
		default:
			out += inSet(s[i])
			i++
		}
	}
}

// inSet is a character as one of a set.
func inSet(c byte) string {
	if strings.IndexByte(`]^-[\`, c) >= 0 {
		return `\` + string(rune(c))
	}
	return string(rune(c))
}

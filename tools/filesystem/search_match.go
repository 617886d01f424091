package filesystem

import (
	"bytes"
	"context"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
)

// matcher finds a text or regular expression in lines.
type matcher struct {
	literal []byte         // the text to find, in lower case when fold; nil for a regular expression
	fold    bool           // ASCII letters match in both cases
	re      *regexp.Regexp // used when literal is nil
	must    []byte         // what every match of re contains; nil when that is unknown
	maxLine int            // bytes of a line that re is tried on
	lower   []byte         // the content in lower case; kept from file to file
}

// regexpWork bounds how many states a regular expression may go through in
// one line, since a match in progress cannot be cancelled.
const regexpWork = 20_000_000

func newMatcher(pattern string, isRegexp, caseSensitive bool) (*matcher, error) {
	if !isRegexp && (caseSensitive || isASCII(pattern)) {
		m := &matcher{literal: []byte(pattern), fold: !caseSensitive}
		if m.fold {
			m.literal = toLower(nil, m.literal)
		}
		return m, nil
	}
	source := pattern
	if !isRegexp {
		source = regexp.QuoteMeta(pattern)
	}
	if !caseSensitive {
		source = "(?i)" + source
	}
	wrong := func(err error) error {
		return &schema.FieldError{Path: "pattern", Problem: "is not a regular expression: " + err.Error(),
			Help: "the syntax is RE2's, without backreferences and lookaround; set use_regex to false to find the text as it is"}
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, wrong(err)
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, wrong(err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, wrong(err)
	}
	return &matcher{re: re, must: required(tree.Simplify()), maxLine: max(4096, regexpWork/len(prog.Inst))}, nil
}

// required returns the longest text that every match must contain.
func required(re *syntax.Regexp) []byte {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []byte(string(re.Rune))
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		var best []byte
		for _, sub := range re.Sub {
			if text := required(sub); len(text) > len(best) {
				best = text
			}
		}
		return best
	}
	return nil
}

// clone returns a matcher for another goroutine.
func (m *matcher) clone() *matcher { c := *m; c.lower = nil; return &c }

// span is a match: a line, and where in it.
type span struct {
	lineStart, lineEnd int // without the end of the line
	start, end         int
}

// find returns the matches in content, most at most: one a line, the first.
// cut counts the lines of which only the beginning was searched.
func (m *matcher) find(ctx context.Context, content []byte, most int) (found []span, cut int, err error) {
	text, must := content, m.must
	if m.literal != nil {
		must = m.literal
		if m.fold {
			m.lower = toLower(m.lower[:0], content)
			text = m.lower
		}
	}
	for pos, steps := 0, 0; pos < len(text) && len(found) < most; steps++ {
		if steps%256 == 255 && ctx.Err() != nil {
			return nil, cut, ctx.Err()
		}
		at := pos
		if must != nil {
			i := bytes.Index(text[pos:], must)
			if i < 0 {
				break
			}
			at = pos + i
		}
		start := bytes.LastIndexByte(text[:at], '\n') + 1
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		pos = end + 1
		line := text[start:end]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		s := span{lineStart: start, lineEnd: start + len(line), start: at, end: at + len(m.literal)}
		if m.literal == nil {
			if len(line) > m.maxLine {
				line = line[:m.maxLine]
				cut++
			}
			loc := m.re.FindIndex(line)
			if loc == nil {
				continue
			}
			s.start, s.end = start+loc[0], start+loc[1]
		}
		found = append(found, s)
	}
	return found, cut, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// toLower appends text with its ASCII letters in lower case, which keeps every
// byte in its place.
func toLower(dst, text []byte) []byte {
	dst = append(dst, text...)
	part := dst[len(dst)-len(text):]
	for i, c := range part {
		if 'A' <= c && c <= 'Z' {
			part[i] = c + 'a' - 'A'
		}
	}
	return dst
}

package utility

import (
	"context"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"github.com/llmspell/llmspell/tools/tool"
)

// maxRegexWork bounds the length of the text times the size of the compiled
// expression: what one search with RE2 may cost. That is some tenths of a second.
const maxRegexWork = 50_000_000

// pcreTimeout bounds one match, which backtracks and cannot be cancelled.
const pcreTimeout = 250 * time.Millisecond

func newMatcher(flavor, pattern, flags, input string) (matcher, error) {
	if flavor == "pcre" {
		return newPCRE(pattern, flags, input)
	}
	if flags != "" {
		pattern = "(?" + flags + ")" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, hintRE2(pattern, re2Problem(err))
	}
	// From a position on, the expression is searched with the character before
	// it, which \b and ^ look at.
	behind, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + pattern + `)`)
	if err != nil {
		return nil, hintRE2(pattern, re2Problem(err))
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	return &re2Matcher{re: re, behind: behind, size: len(prog.Inst), input: input}, nil
}

func re2Problem(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "error parsing regexp: "), "`", "")
}

type re2Matcher struct {
	re, behind *regexp.Regexp
	size       int
	input      string
}

func (m *re2Matcher) names() []string { return m.re.SubexpNames() }

func (m *re2Matcher) expand(dst []byte, template string, loc []int) []byte {
	return m.re.ExpandString(dst, template, m.input, loc)
}

func (m *re2Matcher) next(_ context.Context, from int) ([]int, error) {
	if m.size*(len(m.input)-from) > maxRegexWork {
		return nil, tool.Errorf(tool.LimitExceeded, "the expression is too complex (%d instructions) for a text of %d KB; shorten one of them", m.size, (len(m.input)-from)>>10)
	}
	if from == 0 {
		return m.re.FindStringSubmatchIndex(m.input), nil
	}
	_, n := utf8.DecodeLastRuneInString(m.input[:from])
	loc := m.behind.FindStringSubmatchIndex(m.input[from-n:])
	if loc == nil {
		return nil, nil
	}
	loc = loc[2:] // the group around the expression is the whole match
	for i := range loc {
		if loc[i] >= 0 {
			loc[i] += from - n
		}
	}
	return loc, nil
}

type pcreMatcher struct {
	re      *regexp2.Regexp
	input   []rune
	offsets []int // of each rune in bytes, and of the end
	text    string
	numbers []int
}

func newPCRE(pattern, flags, input string) (m matcher, err error) {
	defer func() { // the parser of expressions from anywhere must not end the call badly
		if v := recover(); v != nil {
			m, err = nil, tool.Errorf(tool.ExecutionFailed, "the expression cannot be compiled")
		}
	}()
	options := regexp2.RegexOptions(0)
	for _, f := range flags {
		options |= map[rune]regexp2.RegexOptions{'i': regexp2.IgnoreCase, 'm': regexp2.Multiline, 's': regexp2.Singleline, 'x': regexp2.IgnorePatternWhitespace}[f]
	}
	// .NET, which regexp2 follows, has no (?P<name>.
	re, err := regexp2.Compile(strings.ReplaceAll(pattern, "(?P<", "(?<"), options)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = pcreTimeout
	p := &pcreMatcher{re: re, input: []rune(input), text: input, numbers: re.GetGroupNumbers()}
	for i := range input {
		p.offsets = append(p.offsets, i)
	}
	p.offsets = append(p.offsets, len(input))
	return p, nil
}

func (p *pcreMatcher) names() []string {
	out := make([]string, len(p.numbers))
	for i, n := range p.numbers {
		if name := p.re.GroupNameFromNumber(n); name != strconv.Itoa(n) {
			out[i] = name
		}
	}
	return out
}

func (p *pcreMatcher) next(_ context.Context, from int) ([]int, error) {
	at, ok := 0, false
	for low, high := 0, len(p.offsets); low < high; { // the rune that begins at byte from
		mid := (low + high) / 2
		if p.offsets[mid] == from {
			at, ok = mid, true
			break
		} else if p.offsets[mid] < from {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if !ok {
		return nil, nil
	}
	m, err := p.re.FindRunesMatchStartingAt(p.input, at)
	if err != nil {
		return nil, tool.Errorf(tool.LimitExceeded, "a match took longer than %v and was stopped: the expression backtracks too much; make it simpler or use the flavor re2", pcreTimeout)
	}
	if m == nil {
		return nil, nil
	}
	var loc []int
	for _, n := range p.numbers {
		if g := m.GroupByNumber(n); g != nil && len(g.Captures) > 0 {
			loc = append(loc, p.offsets[g.Index], p.offsets[g.Index+g.Length])
		} else {
			loc = append(loc, -1, -1)
		}
	}
	return loc, nil
}

// expand writes the groups as package regexp does: $1, $name, ${name}, $$.
func (p *pcreMatcher) expand(dst []byte, template string, loc []int) []byte {
	names := p.names()
	for template != "" {
		before, rest, ok := strings.Cut(template, "$")
		dst = append(dst, before...)
		if !ok {
			break
		}
		template = rest
		if strings.HasPrefix(rest, "$") {
			dst, template = append(dst, '$'), rest[1:]
			continue
		}
		name := ""
		if inner, after, ok := strings.Cut(rest, "}"); ok && strings.HasPrefix(inner, "{") {
			name, template = inner[1:], after
		} else {
			n := strings.IndexFunc(rest, func(r rune) bool {
				return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
			})
			if n < 0 {
				n = len(rest)
			}
			name, template = rest[:n], rest[n:]
		}
		if name == "" {
			dst = append(dst, '$')
		}
		for i := range names {
			if (names[i] == name || strconv.Itoa(p.numbers[i]) == name) && name != "" && loc[2*i] >= 0 {
				dst = append(dst, p.text[loc[2*i]:loc[2*i+1]]...)
				break
			}
		}
	}
	return dst
}

package utility

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxText bounds what an operation may make of a text: replacing "" or
// indenting can make a text many times longer.
const maxText = 100 << 20

func replaceText(input string, o textOptions) (string, error) {
	if err := o.need("from", "to"); err != nil {
		return "", err
	}
	from, to := o.text("from", ""), o.text("to", "")
	if from == "" {
		return "", &schema.FieldError{Path: "from", Expected: "a text of at least 1 character", Value: from}
	}
	if n := strings.Count(input, from); len(input)+n*(len(to)-len(from)) > maxText {
		return "", tool.Errorf(tool.ExecutionFailed, "the result would be longer than %d MB; replace in smaller pieces", maxText>>20)
	}
	return strings.ReplaceAll(input, from, to), nil
}

// substring counts in characters, as the original does. An end beyond the text
// is the end of the text.
func substring(input string, o textOptions) (string, error) {
	start := o.int("start", 0)
	end := o.int("end", utf8.RuneCountInString(input))
	if start > end {
		return "", &schema.FieldError{Path: "start", Expected: "a number that is not after end", Value: start}
	}
	return cutRunes(input, start, end), nil
}

// cutRunes returns the characters from start up to end, as far as there are.
func cutRunes(s string, start, end int) string {
	from, to, n := len(s), len(s), 0
	for i := range s {
		if n == start {
			from = i
		}
		if n == end {
			to = i
			break
		}
		n++
	}
	return s[min(from, to):to]
}

func truncate(input string, o textOptions) (string, error) {
	if err := o.need("max_length"); err != nil {
		return "", err
	}
	limit, mark := o.int("max_length", 0), o.text("ellipsis", "...")
	if utf8.RuneCountInString(input) <= limit {
		return input, nil
	}
	keep := limit - utf8.RuneCountInString(mark)
	if keep < 0 { // no room for the mark
		return cutRunes(input, 0, limit), nil
	}
	return cutRunes(input, 0, keep) + mark, nil
}

// identifierWords splits at everything that is not a letter or digit, and
// where the case changes: "parseHTTPRequest" is parse, HTTP, Request.
func identifierWords(s string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = word[:0]
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if len(word) > 0 && unicode.IsUpper(r) {
			last := word[len(word)-1]
			endsAcronym := unicode.IsUpper(last) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(last) || unicode.IsDigit(last) || endsAcronym {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return out
}

// capitalized joins words, each from the given one on with a capital.
func capitalized(words []string, from int) string {
	var b strings.Builder
	for i, w := range words {
		w = strings.ToLower(w)
		if i >= from {
			r, size := utf8.DecodeRuneInString(w)
			b.WriteRune(unicode.ToTitle(r))
			w = w[size:]
		}
		b.WriteString(w)
	}
	return b.String()
}

// titleCase begins each word with a capital and goes on in lower case; what
// stands between the words stays.
func titleCase(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	within := false
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’':
			within = false
		case within:
			r = unicode.ToLower(r)
		default:
			within = true
			r = unicode.ToTitle(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sanitize drops control characters, those that hide or reorder text, and
// bytes that are not UTF-8. Line ends and tabs stay.
func sanitize(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

func indent(s, by string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" { // an indented empty line is trailing white space
			lines[i] = by + l
		}
	}
	return strings.Join(lines, "")
}

// dedent removes the white space that all lines with text begin with.
func dedent(s string) string {
	lines := strings.Split(s, "\n")
	common, seen := "", false
	for _, l := range lines {
		text := strings.TrimLeft(l, " \t")
		if strings.TrimSpace(text) == "" {
			continue
		}
		margin := l[:len(l)-len(text)]
		if !seen {
			common, seen = margin, true
		}
		for !strings.HasPrefix(margin, common) {
			common = common[:len(common)-1]
		}
	}
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			lines[i] = ""
			continue
		}
		lines[i] = l[len(common):]
	}
	return strings.Join(lines, "\n")
}

// wordWrap breaks each line between words. A word longer than the width
// stands alone on its line. Lines that fit stay as they are.
func wordWrap(s string, width int) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if utf8.RuneCountInString(line) <= width {
			b.WriteString(line)
			continue
		}
		used := 0
		for j, word := range strings.Fields(line) {
			n := utf8.RuneCountInString(word)
			switch {
			case j == 0:
			case used+1+n > width:
				b.WriteByte('\n')
				used = 0
			default:
				b.WriteByte(' ')
				used++
			}
			b.WriteString(word)
			used += n
		}
	}
	return b.String()
}

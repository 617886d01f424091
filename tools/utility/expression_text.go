package utility

import (
	"regexp"
	"strings"
	"sync"
)

// tokenText finds how the parser writes a token in an error: Bracket(")").
var tokenText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`unexpected token \w+\("(.*)"\)`) })

// parserWords makes an error of the parser readable for people who never saw it.
func parserWords(message string) string {
	if strings.Contains(message, "unexpected token EOF") {
		return strings.Replace(message, "unexpected token EOF", "the expression ends too early", 1)
	}
	return tokenText().ReplaceAllString(message, `"$1" is not expected here`)
}

// commentIn returns the column, from 1, of what the parser would skip as a
// comment, or 0: in a calculator 10 // 3 means something else, and must not be 10.
func commentIn(input string) int {
	if !strings.Contains(input, "//") && !strings.Contains(input, "/*") && !strings.Contains(input, "#") {
		return 0
	}
	quote, column := rune(0), 0
	last, escaped := rune(0), false
	for _, r := range input {
		column++
		switch {
		case escaped:
			escaped = false
		case quote != 0:
			switch r {
			case '\\':
				escaped = quote != '`'
			case quote:
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case last == '/' && (r == '/' || r == '*'):
			return column - 1
		}
		last = r
		if quote != 0 {
			last = 0
		}
	}
	return 0
}

// floatIntegers writes whole numbers that overflow the parser's 64-bit integers
// as fractions, which a calculator computes with anyway.
func floatIntegers(input string) string {
	start, digits := -1, 0
	var out strings.Builder
	copied := 0
	flush := func(end int) {
		if start >= 0 && digits >= 19 && (end == len(input) || !strings.ContainsRune(".eE", rune(input[end]))) {
			out.WriteString(input[copied:end])
			out.WriteString(".0")
			copied = end
		}
		start, digits = -1, 0
	}
	quote, escaped := byte(0), false
	inWord := false
	for i := range len(input) {
		c := input[i]
		switch {
		case escaped:
			escaped = false
			continue
		case quote != 0:
			if c == '\\' && quote != '`' {
				escaped = true
			} else if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'' || c == '`':
			flush(i)
			quote, inWord = c, false
			continue
		}
		switch {
		case start >= 0 && (c >= '0' && c <= '9' || c == '_'):
			if c != '_' {
				digits++
			}
		case c >= '0' && c <= '9' && !inWord:
			start, digits = i, 1
		default:
			flush(i)
			inWord = c == '_' || c == '.' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || inWord && c >= '0' && c <= '9'
		}
	}
	flush(len(input))
	if copied == 0 {
		return input
	}
	out.WriteString(input[copied:])
	return out.String()
}

package text

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// segments calls word for each word of a text by Unicode's word boundaries (UAX #29), and run
// for each stretch of a script that puts no spaces between its words.
func segments(text string, word, run func(string)) {
	start, end := 0, 0 // the stretch that is not yet reported
	flush := func() {
		if end > start {
			run(text[start:end])
		}
		start, end = 0, 0
	}
	it := words.FromString(text)
	for it.Next() {
		value := it.Value()
		r, _ := utf8.DecodeRuneInString(value)
		switch {
		case unspaced(r):
			if end == start || it.Start() != end {
				flush()
				start = it.Start()
			}
			end = it.End()
		case r < utf8.RuneSelf && !alphanumeric(byte(r)) && r != '_', r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsNumber(r):
			flush()
		default:
			flush()
			word(value)
		}
	}
	flush()
}

func alphanumeric(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// unspaced reports whether a letter belongs to a script whose words are found by pairs of letters:
// spaces separate none there, or, in Korean, more than words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && (r < 0xFF00 || r > 0xFF60 && r < 0xFFE0 || r > 0x1AFF0) && unicode.In(r,
		unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー'
}

// pairs calls add for each letter of a stretch and each two that stand together.
func pairs(text string, add func(term string, whole bool)) {
	previous := -1
	for at, r := range text {
		size := utf8.RuneLen(r)
		if previous >= 0 {
			add(text[previous:at+size], true)
		}
		// In a query a letter alone counts only where there is no pair.
		add(text[at:at+size], previous < 0 && at+size == len(text))
		previous = at
	}
}

// parts cuts an identifier where its words meet: snake_case, camelCase, HTTPServer, a.b. It
// answers nil if there is one part only.
func parts(word string) []string {
	var out []string
	start := 0
	cut := func(at int) {
		if at > start {
			out = append(out, word[start:at])
		}
		start = at
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case c == '_' || c == '.' || c == ':':
			if c != '_' && i > 0 && digit(word[i-1]) && i+1 < len(word) && digit(word[i+1]) {
				continue
			}
			cut(i)
			start = i + 1
		case i > start && upper(c) && (lower(word[i-1]) || i+1 < len(word) && upper(word[i-1]) && lower(word[i+1])):
			cut(i)
		}
	}
	cut(len(word))
	if len(out) == 1 && len(out[0]) == len(word) {
		return nil
	}
	return out
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

func lower(c byte) bool { return c >= 'a' && c <= 'z' }

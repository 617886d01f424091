package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold takes away what makes no difference to a reader who searches: case, compatibility forms such as full
// width, accents on Latin, Greek and Cyrillic letters, kinds of apostrophes.
func fold(word string) string {
	if ascii(word) {
		return strings.ToLower(word)
	}
	word = cases.Fold().String(norm.NFKC.String(word))
	if ascii(word) {
		return word
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(word) {
		switch {
		case r == '\u2019' || r == '\u2018' || r == '\u02bc':
			b.WriteByte('\'')
		case r < 0x0300 || r > 0x036f: // combining marks of those scripts
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// number writes a number in one way: 1,000 as 1000, 05 as 5, 8th as 8.
func number(word string) string {
	digits := 0
	for digits < len(word) && (digit(word[digits]) || strings.IndexByte(".,", word[digits]) >= 0) {
		digits++
	}
	switch word[digits:] {
	case "", "st", "nd", "rd", "th":
	default:
		return word
	}
	out := strings.ReplaceAll(word[:digits], ",", "")
	if len(out) == 2 && out[0] == '0' {
		out = out[1:]
	}
	return out
}

// numeric reports whether a word begins with a digit.
func numeric(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsDigit(r)
}

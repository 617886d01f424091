package sanitize

import (
	"slices"
	"strings"
	"unicode"
)

// OneOf allows some values, in any case.
func OneOf(values ...string) Check {
	return func(s string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, s) && len(v) == len(s) })
	}
}

func anything(string) bool { return true }

func direction(s string) bool { return OneOf("rtl", "ltr")(s) }

// every says that all runes of a text that is not empty are allowed.
func every(s string, allowed func(rune) bool) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !allowed(r) })
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isSpace(r rune) bool { return strings.ContainsRune(" \t\n\f\r", r) }

func isIDRune(r rune) bool { return isLetter(r) || isDigit(r) || strings.ContainsRune(":-_.", r) }

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.N, r) || r == '_' || r == '-'
}

func integer(s string) bool { return every(s, isDigit) }

func numberOrPercent(s string) bool { return integer(strings.TrimSuffix(s, "%")) }

func word(s string) bool { return every(s, isWordRune) }

// tokens are words between spaces.
func tokens(s string) bool {
	return every(s, func(r rune) bool { return isSpace(r) || isWordRune(r) })
}

// paragraph is prose without what could end a tag or an attribute.
func paragraph(s string) bool {
	return s == "" || every(s, func(r rune) bool {
		return isSpace(r) || isWordRune(r) || strings.ContainsRune(`',[]!./\()`, r)
	})
}

// letterPair finds two letters side by side, as every name of a language has.
func letterPair(s string) bool {
	for i := 1; i < len(s); i++ {
		if isLetter(rune(s[i-1])) && isLetter(rune(s[i])) {
			return true
		}
	}
	return false
}

// coordinates are at least two integers between commas.
func coordinates(s string) bool {
	n := 0
	for part := range strings.SplitSeq(s, ",") {
		if !integer(part) {
			return false
		}
		n++
	}
	return n > 1
}

// number is a decimal number that ends in a digit: -1, .5, 2.5e+3.
func number(s string) bool {
	mantissa, exponent, scientific := strings.Cut(s, "e")
	if !scientific {
		mantissa, exponent, scientific = strings.Cut(s, "E")
	}
	if scientific && !integer(unsigned(exponent)) {
		return false
	}
	whole, fraction, dotted := strings.Cut(unsigned(mantissa), ".")
	if dotted {
		return (whole == "" || integer(whole)) && integer(fraction)
	}
	return integer(whole)
}

// unsigned removes one sign.
func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

// dateTime is a year, a month, a day, or a moment: 1997,
// 1997-07, 1997-07-16, 1997-07-16T19:20, 1997-07-16T19:20:30.45Z, 1997-07-16 19:20:30.45+01:00.
func dateTime(s string) bool {
	s, ok := shape(s, "0000")
	if !ok || s == "" {
		return ok
	}
	for range 2 {
		if s, ok = shape(s, "-00"); !ok || s == "" {
			return ok
		}
	}
	if s[0] != 'T' && s[0] != ' ' {
		return false
	}
	if s, ok = shape(s[1:], "00:00"); !ok {
		return false
	}
	if rest, seconds := shape(s, ":00"); seconds {
		s = rest
	}
	if rest, dotted := strings.CutPrefix(s, "."); dotted {
		s = strings.TrimLeft(rest, "0123456789")
		if digits := len(rest) - len(s); digits == 0 || digits > 6 {
			return false
		}
	}
	s = strings.TrimPrefix(s, "Z")
	if s == "" {
		return true
	}
	rest, ok := shape(unsigned(s), "00:00")
	return ok && rest == "" && unsigned(s) != s
}

// shape takes what looks like form off the front of s; a 0 stands for any digit.
func shape(s, form string) (rest string, ok bool) {
	if len(s) < len(form) {
		return s, false
	}
	for i := range len(form) {
		if form[i] == '0' && !isDigit(rune(s[i])) || form[i] != '0' && form[i] != s[i] {
			return s, false
		}
	}
	return s[len(form):], true
}

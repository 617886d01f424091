package extract

import (
	"slices"
	"strconv"
	"strings"
)

const (
	units = `one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen`
	tens  = `twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety`
	// counted is a number from 1 to 99 in words.
	counted = `(?:(?:` + tens + `)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|` + units + `)`
)

// count is a number in digits or words.
func count(text string) (n int, ok bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, true
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '-' }) {
		if i := slices.Index(strings.Split(tens, "|"), word); i >= 0 {
			n += 20 + 10*i
		} else if i := slices.Index(strings.Split(units, "|"), word); i >= 0 {
			n += 1 + i
		} else {
			return 0, false
		}
	}
	return n, n > 0
}

package bib

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// accents are the combining characters of TeX's commands.
var accents = map[string]rune{"`": 0x300, "'": 0x301, "^": 0x302, "~": 0x303, "=": 0x304, "u": 0x306, ".": 0x307, `"`: 0x308, "r": 0x30a,
	"H": 0x30b, "v": 0x30c, "d": 0x323, "c": 0x327, "k": 0x328, "b": 0x331}

// symbols are commands that stand for a character.
var symbols = map[string]string{"ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å", "AA": "Å",
	"i": "ı", "j": "ȷ", "th": "þ", "TH": "Þ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "ldots": "…", "dots": "…", "copyright": "©",
	"textendash": "–", "textemdash": "—", "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”",
	"textbackslash": `\`, "textasciitilde": "~", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX", "alpha": "α", "beta": "β", "gamma": "γ",
	"delta": "δ", "lambda": "λ", "mu": "μ", "pi": "π", "sigma": "σ", "omega": "ω", "times": "×", "pm": "±", "infty": "∞", "euro": "€", "pounds": "£", "S": "§"}

// PlainTeX turns the TeX of a field into plain text: accents and symbols become
// characters; other commands, braces and $ go.
func PlainTeX(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\':
			i = command(&b, s, i+1)
		case c == '{' || c == '}' || c == '$':
			i++
		case c == '~':
			b.WriteByte(' ')
			i++
		case strings.HasPrefix(s[i:], "---"):
			b.WriteString("—")
			i += 3
		case strings.HasPrefix(s[i:], "--"):
			b.WriteString("–")
			i += 2
		case strings.HasPrefix(s[i:], "``"):
			b.WriteString("“")
			i += 2
		case strings.HasPrefix(s[i:], "''"):
			b.WriteString("”")
			i += 2
		default:
			b.WriteByte(c)
			i++
		}
	}
	return norm.NFC.String(strings.Join(strings.Fields(strings.ToValidUTF8(b.String(), "\ufffd")), " "))
}

// command writes what a command stands for, and returns where it ends.
func command(b *strings.Builder, s string, i int) int {
	if i >= len(s) {
		return i
	}
	j := i
	for j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || s[j] >= 'A' && s[j] <= 'Z') {
		j++
	}
	if j == i {
		j++
	}
	name := s[i:j]
	if text, ok := symbols[name]; ok {
		b.WriteString(text)
		if j < len(s) && s[j] == ' ' {
			j++
		}
		return j
	}
	mark, ok := accents[name]
	if !ok {
		switch name {
		case "&", "%", "#", "_", "$", "{", "}":
			b.WriteString(name)
		case " ", ",", ";", "\\":
			b.WriteByte(' ')
		}
		return j
	}
	for j < len(s) && (s[j] == '{' || s[j] == ' ') {
		j++
	}
	letter, n := utf8.DecodeRuneInString(s[j:])
	switch {
	case n == 0 || letter == '}' || letter == utf8.RuneError:
		return j
	case letter == '\\': // \'{\i}
		letter, n = 'i', 2
		if j+1 < len(s) && s[j+1] == 'j' {
			letter = 'j'
		}
		n = min(n, len(s)-j)
	}
	b.WriteRune(letter)
	b.WriteRune(mark)
	return j + n
}

// parseNames splits a list of names at "and", outside of braces.
func parseNames(s string) []Name {
	var out []Name
	for _, part := range splitOutside(s, func(rest string) int {
		if len(rest) > 4 && isSpace(rest[0]) && strings.EqualFold(rest[1:4], "and") && isSpace(rest[4]) {
			return 4
		}
		return 0
	}) {
		if n := parseName(strings.TrimSpace(part)); n != (Name{}) {
			out = append(out, n)
		}
	}
	return out
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// splitOutside splits where sep finds a separator of that many bytes, outside
// of braces.
func splitOutside(s string, sep func(rest string) int) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
			continue
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth <= 0 {
			if n := sep(s[i:]); n > 0 {
				out = append(out, s[start:i])
				i += n - 1
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

// parseName reads a name in one of BibTeX's three forms: First von Last; von
// Last, First; von Last, Jr, First. One wholly in braces is an organisation.
func parseName(s string) Name {
	if s == "" {
		return Name{}
	}
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && len(splitOutside(s, func(r string) int {
		if isSpace(r[0]) {
			return 1
		}
		return 0
	})) == 1 {
		return Name{Last: PlainTeX(s)}
	}
	comma := func(rest string) int {
		if rest[0] == ',' {
			return 1
		}
		return 0
	}
	parts := splitOutside(s, comma)
	words := func(s string) []string {
		var out []string
		for _, w := range splitOutside(s, func(rest string) int {
			if isSpace(rest[0]) || rest[0] == '~' {
				return 1
			}
			return 0
		}) {
			if w = PlainTeX(w); w != "" {
				out = append(out, w)
			}
		}
		return out
	}
	join := func(w []string) string { return strings.Join(w, " ") }
	if len(parts) > 1 {
		last := words(parts[0])
		n := 0
		for n < len(last)-1 && isLower(last[n]) {
			n++
		}
		name := Name{Von: join(last[:n]), Last: join(last[n:]), First: PlainTeX(parts[len(parts)-1])}
		if len(parts) > 2 {
			name.Suffix = PlainTeX(parts[1])
		}
		return name
	}
	w := words(s)
	if len(w) == 0 {
		return Name{}
	}
	from := len(w) - 1 // of the particle
	to := from
	for i := range len(w) - 1 {
		if isLower(w[i]) {
			from = min(from, i)
			to = i + 1
		}
	}
	if from == len(w)-1 {
		to = from
	}
	return Name{First: join(w[:from]), Von: join(w[from:to]), Last: join(w[to:])}
}

func isLower(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsLower(r)
}

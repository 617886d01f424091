package bib

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// family is the last name with its particle.
func (n Name) family() string { return join(" ", n.Von, n.Last) }

// initials shortens first names, each followed by dot, joined by sep: J.-P. for
// Jean-Pierre.
func (n Name) initials(dot, sep string) string {
	var words []string
	for w := range strings.FieldsSeq(n.First) {
		var parts []string
		for part := range strings.SplitSeq(w, "-") {
			if r, _ := utf8.DecodeRuneInString(part); r != utf8.RuneError {
				parts = append(parts, string(unicode.ToUpper(r))+dot)
			}
		}
		hyphen := "-"
		if dot == "" {
			hyphen = ""
		}
		words = append(words, strings.Join(parts, hyphen))
	}
	return strings.Join(words, sep)
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	return strings.Join(given, sep)
}

// enumerate joins names: two with pair, more with comma and a last one.
func enumerate(names []string, comma, pair, last string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	case 2:
		return names[0] + pair + names[1]
	default:
		return strings.Join(names[:n-1], comma) + last + names[n-1]
	}
}

func each(names []Name, f func(i int, n Name) string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = f(i, n)
	}
	return out
}

// inverted is Last, First Suffix; plain is First Last Suffix.
func (n Name) inverted(first string) string { return join(", ", n.family(), first, n.Suffix) }
func (n Name) plain(first string) string    { return join(" ", first, n.family(), n.Suffix) }

// creators are the authors, or else the editors.
func (e *Entry) creators() (names []Name, editors bool) {
	if a := e.Names["author"]; len(a) > 0 {
		return a, false
	}
	return e.Names["editor"], true
}

// bibliographyNames writes the creators at the head of a reference.
func bibliographyNames(style string, names []Name) string {
	others := isOthers(names)
	if others {
		names = names[:len(names)-1]
	}
	text := listedNames(style, names, others)
	if others && !strings.Contains(text, "et al") {
		text += etAl(style, len(names))
	}
	return text
}

// listedNames writes the names themselves. Where others follow, the last name
// gets no "and".
func listedNames(style string, names []Name, others bool) string {
	enumerate := enumerate
	if others {
		enumerate = func(list []string, comma, _, _ string) string { return strings.Join(list, comma) }
	}
	switch style {
	case "apa": // up to 20, else the first 19, …, the last
		list := each(names, func(_ int, n Name) string { return n.inverted(n.initials(".", " ")) })
		if len(list) > 20 {
			return strings.Join(list[:19], ", ") + ", … " + list[len(list)-1]
		}
		return enumerate(list, ", ", ", & ", ", & ")
	case "mla":
		if len(names) > 2 {
			return names[0].inverted(names[0].First) + ", et al."
		}
		return enumerate(each(names, firstInverted), ", ", ", and ", ", and ")
	case "chicago": // up to 10, else the first 7
		if len(names) > 10 {
			return strings.Join(each(names[:7], firstInverted), ", ") + ", et al."
		}
		return enumerate(each(names, firstInverted), ", ", ", and ", ", and ")
	case "harvard":
		return enumerate(each(names, func(_ int, n Name) string { return n.inverted(n.initials(".", "")) }), ", ", " and ", " and ")
	case "ieee":
		if len(names) > 6 {
			return names[0].plain(names[0].initials(".", " ")) + " et al."
		}
		return enumerate(each(names, func(_ int, n Name) string { return n.plain(n.initials(".", " ")) }), ", ", " and ", ", and ")
	default: // vancouver: the first six
		list := each(names, func(_ int, n Name) string { return join(" ", n.family(), n.initials("", ""), n.Suffix) })
		if len(list) > 6 {
			list = append(list[:6:6], "et al")
		}
		return strings.Join(list, ", ")
	}
}

func firstInverted(i int, n Name) string {
	if i == 0 {
		return n.inverted(n.First)
	}
	return n.plain(n.First)
}

// isOthers tells whether the list ends with "and others".
func isOthers(names []Name) bool {
	return len(names) > 1 && names[len(names)-1] == (Name{Last: "others", Von: ""}) || len(names) > 1 && names[len(names)-1] == (Name{Von: "others"})
}

func etAl(style string, before int) string {
	switch style {
	case "ieee":
		if before == 1 {
			return " et al."
		}
	case "vancouver":
		return ", et al"
	}
	return ", et al."
}

// citationNames writes the creators of a citation in the text.
func citationNames(style string, names []Name) string {
	most, and := 2, " and "
	others := isOthers(names)
	if others {
		names = names[:len(names)-1]
	}
	switch style {
	case "apa":
		and = " & "
	case "chicago", "harvard":
		most = 3
	}
	list := each(names, func(_ int, n Name) string { return n.family() })
	if others || len(list) > most {
		return list[0] + " et al."
	}
	last := ", and "
	if style == "harvard" {
		last = and
	}
	return enumerate(list, ", ", and, last)
}

// Sort orders entries as a list of references is ordered: by the family names of
// the creators or else the title, then by year and title.
func Sort(entries []*Entry) {
	key := func(e *Entry) string {
		names, _ := e.creators()
		if len(names) == 0 {
			return strings.ToLower(e.Get("title"))
		}
		return strings.ToLower(strings.Join(each(names, func(_ int, n Name) string { return n.Last + " " + n.First }), "; "))
	}
	slices.SortStableFunc(entries, func(a, b *Entry) int {
		return cmp.Or(strings.Compare(key(a), key(b)), strings.Compare(a.Year(), b.Year()), strings.Compare(a.Get("title"), b.Get("title")))
	})
}

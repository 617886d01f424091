package bib

import (
	"fmt"
	"slices"
	"strings"
)

// Style is a way to write references.
type Style struct{ ID, Name, Kind string }

// Styles lists all styles. bibtex writes entries back as BibTeX.
func Styles() []Style {
	return []Style{
		{"apa", "APA, 7th edition", "author-date"}, {"mla", "MLA, 9th edition", "author-page"},
		{"chicago", "Chicago, 17th edition, author-date", "author-date"}, {"harvard", "Harvard (Cite Them Right)", "author-date"},
		{"ieee", "IEEE", "numeric"}, {"vancouver", "Vancouver (ICMJE)", "numeric"}, {"bibtex", "BibTeX, normalised", "source"},
	}
}

// Reference writes an entry for the list of references. number is its number
// in numeric styles.
func Reference(style string, e *Entry, number int) string {
	if style == "bibtex" {
		return writeBibTeX(e)
	}
	r := &reference{e: e, style: style}
	names, editors := e.creators()
	r.who = bibliographyNames(style, names)
	if r.who != "" && editors {
		r.who += editorMark(style, len(names) > 1)
	}
	var text string
	switch style {
	case "apa":
		text = r.apa()
	case "mla":
		text = r.mla()
	case "chicago":
		text = r.chicago()
	case "harvard":
		text = r.harvard()
	case "ieee":
		return fmt.Sprintf("[%d] %s", number, r.ieee())
	default:
		return fmt.Sprintf("%d. %s", number, r.vancouver())
	}
	return text
}

func editorMark(style string, many bool) string {
	switch style {
	case "apa":
		if many {
			return " (Eds.)"
		}
		return " (Ed.)"
	case "harvard":
		if many {
			return " (eds)"
		}
		return " (ed.)"
	case "ieee":
		if many {
			return ", Eds."
		}
		return ", Ed."
	}
	if many {
		return ", editors"
	}
	return ", editor"
}

// Citation writes how the text refers to an entry.
func Citation(style string, e *Entry, number int) string {
	switch style {
	case "ieee":
		return fmt.Sprintf("[%d]", number)
	case "vancouver":
		return fmt.Sprintf("(%d)", number)
	case "bibtex":
		return `\cite{` + e.Key + "}"
	}
	names, _ := e.creators()
	who := e.Get("title")
	if len(names) > 0 {
		who = citationNames(style, names)
	} else if who != "" {
		who = "“" + who + "”"
	}
	switch style {
	case "mla":
		return "(" + who + ")"
	case "chicago":
		return "(" + join(" ", who, year(e)) + ")"
	}
	return "(" + join(", ", who, year(e)) + ")"
}

func year(e *Entry) string {
	if y := e.Year(); y != "" {
		return y
	}
	return "n.d."
}

// reference writes one entry in one style. Each method follows the order of its
// style and leaves out what is missing.
type reference struct {
	e          *Entry
	style, who string
}

func (r *reference) isPart() bool {
	return slices.Contains([]string{"inproceedings", "incollection", "inbook"}, r.e.Type)
}

// link is the DOI as an address, or the URL.
func (r *reference) link() string {
	if d := r.e.DOI(); d != "" {
		return "https://doi.org/" + d
	}
	return r.e.Get("url")
}

// publisher is who published a work: for theses and reports the institution.
func (r *reference) publisher() string {
	return r.e.Get("publisher", "school", "institution", "organization", "howpublished")
}

// kind names works that are neither articles nor books.
func (r *reference) kind() string {
	switch r.e.Type {
	case "phdthesis":
		return "Doctoral dissertation"
	case "mastersthesis":
		return "Master’s thesis"
	case "techreport":
		return join(" ", "Technical report", r.e.Get("number"))
	case "software":
		return "Computer software"
	case "dataset":
		return "Data set"
	}
	return ""
}

func (r *reference) editors(f func(n Name) string) []string {
	if names, isEditor := r.e.creators(); isEditor || len(names) == 0 {
		return nil
	}
	return each(r.e.Names["editor"], func(_ int, n Name) string { return f(n) })
}

// sentences ends each part with a full stop.
func sentences(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if !strings.ContainsAny(p[len(p)-1:], ".?!") && !strings.HasSuffix(p, ".”") && !strings.HasSuffix(p, "?”") && !strings.Contains(lastWord(p), "://") {
			p += "."
		}
		out = append(out, p)
	}
	return strings.Join(out, " ")
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

func ordinal(n string) string {
	switch {
	case n == "" || strings.Trim(n, "0123456789") != "":
		return n
	case strings.HasSuffix(n, "11"), strings.HasSuffix(n, "12"), strings.HasSuffix(n, "13"):
		return n + "th"
	}
	switch n[len(n)-1] {
	case '1':
		return n + "st"
	case '2':
		return n + "nd"
	case '3':
		return n + "rd"
	}
	return n + "th"
}

// edition is 2nd ed., or nothing for the first.
func (r *reference) edition() string {
	ed := r.e.Get("edition")
	if ed == "" || ed == "1" {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(ordinal(ed), " edition"), " ed.") + " ed."
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func wrapped(open, s, end string) string {
	if s == "" {
		return ""
	}
	return open + s + end
}

// pp is p. for one page and pp. for more.
func pp(pages string) string {
	if pages == "" {
		return ""
	}
	if strings.ContainsAny(pages, "–,") {
		return "pp. " + pages
	}
	return "p. " + pages
}

func writeBibTeX(e *Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "@%s{%s,\n", e.Type, e.Key)
	for _, role := range []string{"author", "editor", "translator"} {
		if names := e.Names[role]; len(names) > 0 {
			list := each(names, func(_ int, n Name) string {
				if n.First == "" && n.Von == "" {
					return "{" + escapeTeX(n.Last) + "}"
				}
				return escapeTeX(join(", ", n.family(), n.Suffix, n.First))
			})
			fmt.Fprintf(&b, "  %s = {%s},\n", role, strings.Join(list, " and "))
		}
	}
	names := make([]string, 0, len(e.Fields))
	for f := range e.Fields {
		names = append(names, f)
	}
	slices.Sort(names)
	for _, f := range names {
		if v := e.Fields[f]; v != "" {
			if f != "url" && f != "doi" {
				v = escapeTeX(strings.ReplaceAll(v, "–", "--"))
			}
			fmt.Fprintf(&b, "  %s = {%s},\n", f, v)
		}
	}
	return b.String() + "}"
}

func escapeTeX(s string) string {
	return strings.NewReplacer("&", `\&`, "%", `\%`, "#", `\#`, "_", `\_`, "$", `\$`).Replace(s)
}

package bib

import "strings"

// Titles are written plain: the text of a result has no italics.

func (r *reference) apa() string {
	e := r.e
	head := sentences(r.who, "("+year(e)+")")
	title := e.Get("title")
	if r.who == "" {
		head = "(" + year(e) + ")."
	}
	var rest []string
	switch {
	case e.Type == "article":
		volume := e.Get("volume") + wrapped("(", e.Get("number"), ")")
		rest = []string{title, join(", ", e.Get("journal"), volume, e.Pages())}
	case r.isPart():
		eds := r.editors(func(n Name) string { return n.plain(n.initials(".", " ")) })
		mark := " (Ed.)"
		if len(eds) > 1 {
			mark = " (Eds.)"
		}
		by := wrapped("", enumerate(eds, ", ", " & ", ", & "), mark)
		book := join(", ", by, e.Get("booktitle")) + wrapped(" (", join(", ", r.edition(), pp(e.Pages())), ")")
		rest = []string{title, prefixed("In ", strings.TrimSpace(book)), r.publisher()}
	default:
		note := join(", ", r.edition(), prefixed("Vol. ", e.Get("volume")))
		rest = []string{title + wrapped(" (", note, ")") + wrapped(" [", r.kind(), "]"), r.publisher()}
	}
	if r.who == "" { // the title takes the place of the author
		return sentences(append(append([]string{rest[0], head}, rest[1:]...), r.link())...)
	}
	return sentences(append(append([]string{head}, rest...), r.link())...)
}

func (r *reference) mla() string {
	e := r.e
	title := e.Get("title")
	container := ""
	switch {
	case e.Type == "article":
		container = join(", ", e.Get("journal"), prefixed("vol. ", e.Get("volume")), prefixed("no. ", e.Get("number")), e.Year(), pp(e.Pages()))
	case r.isPart():
		eds := r.editors(func(n Name) string { return n.plain(n.First) })
		container = join(", ", e.Get("booktitle"), prefixed("edited by ", enumerate(eds, ", ", " and ", ", and ")), r.edition(), r.publisher(), e.Year(), pp(e.Pages()))
	default:
		return sentences(r.who, title, join(", ", r.edition(), r.publisher(), e.Year()), r.kind(), r.link())
	}
	return sentences(r.who, quoted(title), join(", ", container, r.link()))
}

// quoted puts the full stop inside the quotation marks.
func quoted(title string) string {
	if title == "" {
		return ""
	}
	return "“" + sentences(title) + "”"
}

func (r *reference) chicago() string {
	e := r.e
	title := e.Get("title")
	head := []string{r.who, year(e)}
	if r.who == "" {
		head = []string{title, year(e)}
		title = ""
	}
	place := joinPlace(e.Get("address"), r.publisher())
	var rest []string
	switch {
	case e.Type == "article":
		issue := join(" ", e.Get("journal"), e.Get("volume")) + wrapped(" (", e.Get("number"), ")") + prefixed(": ", e.Pages())
		rest = []string{quoted(title), issue}
	case r.isPart():
		eds := r.editors(func(n Name) string { return n.plain(n.First) })
		in := join(", ", e.Get("booktitle"), prefixed("edited by ", enumerate(eds, ", ", " and ", ", and ")), e.Pages())
		rest = []string{quoted(title), prefixed("In ", in), r.edition(), place}
	case r.kind() != "":
		rest = []string{quoted(title), join(", ", r.kind(), r.publisher())}
	default:
		rest = []string{title, r.edition(), place}
	}
	return sentences(append(append(head, rest...), r.link())...)
}

func joinPlace(place, publisher string) string {
	return join(": ", place, publisher)
}

func (r *reference) harvard() string {
	e := r.e
	head := join(" ", r.who, "("+year(e)+")")
	title := e.Get("title")
	if r.who == "" {
		head, title = join(" ", title, "("+year(e)+")"), ""
	}
	link := wrapped("Available at: ", r.link(), "")
	if d := e.DOI(); d != "" {
		link = "doi: " + d
	}
	place := joinPlace(e.Get("address"), r.publisher())
	switch {
	case e.Type == "article":
		volume := e.Get("volume") + wrapped("(", e.Get("number"), ")")
		return sentences(join(" ", head, join(", ", wrapped("‘", title, "’"), e.Get("journal"), volume, pp(e.Pages()))), link)
	case r.isPart():
		eds := r.editors(func(n Name) string { return n.inverted(n.initials(".", "")) })
		mark := " (ed.)"
		if len(eds) > 1 {
			mark = " (eds)"
		}
		in := join(" ", wrapped("", enumerate(eds, ", ", " and ", " and "), mark), e.Get("booktitle"))
		return sentences(join(" ", head, join(", ", wrapped("‘", title, "’"), prefixed("in ", in))), r.edition(), join(", ", place, pp(e.Pages())), link)
	}
	return sentences(join(" ", head, title), r.edition(), r.kind(), place, link)
}

func (r *reference) ieee() string {
	e := r.e
	title := wrapped("“", e.Get("title"), ",”")
	date := join(" ", month(e), e.Year())
	doi := prefixed("doi: ", e.DOI())
	if doi == "" {
		doi = prefixed("[Online]. Available: ", e.Get("url"))
	}
	var text string
	switch {
	case e.Type == "article":
		text = join(" ", prefixed2(r.who), title, join(", ", e.Get("journal"), prefixed("vol. ", e.Get("volume")), prefixed("no. ", e.Get("number")), pp(e.Pages()), date, ieeeDOI(doi)))
	case r.isPart():
		eds := r.editors(func(n Name) string { return n.plain(n.initials(".", " ")) })
		mark := ", Ed."
		if len(eds) > 1 {
			mark = ", Eds."
		}
		text = join(" ", prefixed2(r.who), title, join(", ", prefixed("in ", e.Get("booktitle")), r.edition(), wrapped("", enumerate(eds, ", ", " and ", ", and "), mark),
			joinPlace(e.Get("address"), r.publisher()), date, pp(e.Pages()), ieeeDOI(doi)))
	case r.kind() != "":
		text = join(" ", prefixed2(r.who), title, join(", ", r.kind(), r.publisher(), e.Get("address"), date, ieeeDOI(doi)))
	default:
		text = sentences(join(", ", r.who, e.Get("title"), r.edition()), join(", ", joinPlace(e.Get("address"), r.publisher()), date, ieeeDOI(doi)))
	}
	if !strings.HasPrefix(doi, "doi") && doi != "" {
		return sentences(text, doi)
	}
	return sentences(text)
}

func prefixed2(who string) string { return wrapped("", who, ",") }

func ieeeDOI(doi string) string {
	if strings.HasPrefix(doi, "doi") {
		return doi
	}
	return ""
}

// month shortens the month as IEEE does.
func month(e *Entry) string {
	m := e.Get("month")
	if len(m) > 4 && m != "June" && m != "July" {
		return m[:3] + "."
	}
	return m
}

func (r *reference) vancouver() string {
	e := r.e
	doi := prefixed("doi:", e.DOI())
	if doi == "" {
		doi = prefixed("Available from: ", e.Get("url"))
	}
	place := joinPlace(e.Get("address"), r.publisher())
	switch {
	case e.Type == "article":
		issue := join(";", e.Year(), e.Get("volume")+wrapped("(", e.Get("number"), ")")) + prefixed(":", e.Pages())
		return sentences(r.who, e.Get("title"), e.Get("journal"), issue, doi)
	case r.isPart():
		eds := r.editors(func(n Name) string { return join(" ", n.family(), n.initials("", "")) })
		mark := ", editor"
		if len(eds) > 1 {
			mark = ", editors"
		}
		return sentences(r.who, e.Get("title"), prefixed("In: ", sentences(wrapped("", strings.Join(eds, ", "), mark), e.Get("booktitle"))),
			r.edition(), join("; ", place, e.Year()), pp(e.Pages()), doi)
	}
	return sentences(r.who, e.Get("title")+wrapped(" [", r.kind(), "]"), r.edition(), join("; ", place, e.Year()), doi)
}

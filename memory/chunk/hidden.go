package chunk

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hiding follows the tags of a document, and knows whether a reader sees what stands between them. Style sheets are
// not looked at.
type hiding struct {
	on   bool
	tag  atom.Atom // the element that hides
	name string    // of it, if it has no atom
	deep int       // elements of the same name that are open in it
	in   int       // lists and tables that are open in it
}

// pass takes a tag.
func (h *hiding) pass(t *html.Token) {
	if h.on && t.Type == html.StartTagToken && h.endsBefore(t) {
		h.on = false
	}
	if !h.on {
		if t.Type == html.StartTagToken && !void(t.DataAtom) && hides(t) {
			*h = hiding{on: true, tag: t.DataAtom, name: t.Data}
		}
		return
	}
	nested, same := nests(t.DataAtom), t.Data == h.name
	switch {
	case t.Type == html.StartTagToken && same:
		h.deep++
	case t.Type == html.EndTagToken && same && h.deep > 0:
		h.deep--
	case t.Type == html.EndTagToken && same, t.Type == html.EndTagToken && h.in == 0 && h.endsWith(t.DataAtom):
		h.on = false
		return
	}
	switch {
	case nested && t.Type == html.StartTagToken:
		h.in++
	case nested && t.Type == html.EndTagToken && h.in > 0:
		h.in--
	}
}

// hides tells whether nothing of an element is seen.
func hides(t *html.Token) bool {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Title, atom.Datalist, atom.Noframes, atom.Noembed, atom.Iframe:
		return true
	}
	open := false
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			if strings.EqualFold(strings.TrimSpace(a.Val), "true") {
				return true
			}
		case "style":
			if hidesByStyle(a.Val) {
				return true
			}
		case "open":
			open = true
		}
	}
	return t.DataAtom == atom.Dialog && !open
}

// hidesByStyle tells whether declarations of a style attribute hide an element.
func hidesByStyle(style string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(style), ";"), func(declaration string) bool {
		property, value, _ := strings.Cut(declaration, ":")
		value = strings.TrimSpace(strings.Replace(value, "!important", "", 1))
		switch strings.TrimSpace(property) {
		case "display":
			return value == "none"
		case "visibility":
			return value == "hidden" || value == "collapse"
		}
		return false
	})
}

// endsBefore tells whether a tag begins what the element cannot have in it, and so ends it: HTML lets the end tag out.
func (h *hiding) endsBefore(t *html.Token) bool {
	if h.in > 0 {
		return false
	}
	switch h.tag {
	case atom.P:
		return !inline(t.DataAtom)
	case atom.Li:
		return t.DataAtom == atom.Li
	case atom.Dt, atom.Dd:
		return t.DataAtom == atom.Dt || t.DataAtom == atom.Dd
	case atom.Td, atom.Th:
		return slices.Contains([]atom.Atom{atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Tfoot}, t.DataAtom)
	case atom.Tr:
		return slices.Contains([]atom.Atom{atom.Tr, atom.Tbody, atom.Tfoot}, t.DataAtom)
	case atom.Option:
		return t.DataAtom == atom.Option || t.DataAtom == atom.Optgroup
	}
	return false
}

// endsWith tells whether the end of another element ends it.
func (h *hiding) endsWith(tag atom.Atom) bool {
	switch h.tag {
	case atom.P:
		return !inline(tag)
	case atom.Li:
		return tag == atom.Ul || tag == atom.Ol
	case atom.Dt, atom.Dd:
		return tag == atom.Dl
	case atom.Td, atom.Th, atom.Tr:
		return slices.Contains([]atom.Atom{atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Table}, tag)
	case atom.Option:
		return tag == atom.Select || tag == atom.Optgroup
	}
	return false
}

// nests tells of elements in which those that end by themselves may stand again.
func nests(tag atom.Atom) bool {
	switch tag {
	case atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Select:
		return true
	}
	return false
}

// void tells of elements that have no end tag, and nothing in them.
func void(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

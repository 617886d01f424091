package chunk

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what of an HTML document matters for chunks.
type page struct {
	source   string
	texts    []span // that a reader sees; size is 1 if a line ends before
	cuts     []int  // where blocks begin and end
	headings []heading
}

// readHTML finds texts, blocks and headings. Like browsers it takes whatever it is given.
func readHTML(source string) *page {
	p := &page{source: source}
	z := html.NewTokenizer(strings.NewReader(source))
	at, newLine := 0, 0
	var hidden hiding
	for {
		kind := z.Next()
		if kind == html.ErrorToken && z.Err() != io.EOF {
			break
		}
		start := at
		at += len(z.Raw())
		if kind == html.ErrorToken {
			break
		}
		switch kind {
		case html.TextToken:
			if !hidden.on && at > start {
				p.texts = append(p.texts, span{start, at, newLine})
				newLine = 0
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			token := z.Token()
			tag := token.DataAtom
			hidden.pass(&token)
			if !inline(tag) {
				newLine = 1
				cut := start
				if kind == html.EndTagToken {
					cut = at
				}
				p.cuts = append(p.cuts, cut)
			}
			if rank := headingRank(tag); rank > 0 && kind == html.StartTagToken && !hidden.on {
				p.headings = append(p.headings, heading{at: start, rank: rank})
			}
		}
	}
	p.title()
	return p
}

// Visible is what a reader sees of an HTML document.
func Visible(document string) string { return readHTML(document).visible(0, len(document)) }

// title reads the headings: each ends at the next end or begin of a block.
func (p *page) title() {
	for i := range p.headings {
		h := &p.headings[i]
		h.end = len(p.source)
		if next, _ := slices.BinarySearch(p.cuts, h.at+1); next < len(p.cuts) {
			h.end = p.cuts[next]
		}
		h.title = strings.Join(strings.Fields(p.visible(h.at, h.end)), " ")
	}
}

func headingRank(tag atom.Atom) int {
	return 1 + slices.Index([]atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}, tag)
}

// inline reports whether text goes on in its line around a tag. Tags that nobody knows are inline too.
func inline(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Br, atom.Dd, atom.Div, atom.Dl, atom.Dt, atom.Fieldset,
		atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Head, atom.Header,
		atom.Hr, atom.Html, atom.Li, atom.Main, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Table, atom.Tbody, atom.Td,
		atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Script, atom.Style:
		return false
	}
	return true
}

// blocks is the level of block elements.
func (p *page) blocks(_ string, start, end int) []int {
	from, _ := slices.BinarySearch(p.cuts, start)
	to, _ := slices.BinarySearch(p.cuts, end)
	return slices.Clone(p.cuts[from:to])
}

// visible is what a reader sees of a part of the document.
func (p *page) visible(start, end int) string {
	var b strings.Builder
	i, _ := slices.BinarySearchFunc(p.texts, start, func(s span, start int) int {
		if s.end <= start {
			return -1
		}
		return 1
	})
	for ; i < len(p.texts) && p.texts[i].start < end; i++ {
		s := p.texts[i]
		if s.size == 1 && b.Len() > 0 && s.start >= start {
			b.WriteByte('\n')
		}
		b.WriteString(html.UnescapeString(p.source[max(s.start, start):min(s.end, end)]))
	}
	return strings.TrimSpace(b.String())
}

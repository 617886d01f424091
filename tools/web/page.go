package web

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/llmspell/llmspell/tools/tool"
)

// page is an HTML page that was read.
type page struct {
	doc    *goquery.Document
	url    *url.URL // where it was found; nil when nobody knows
	base   *url.URL // what relative links start from, which <base> may change; nil when nobody knows
	status int      // 0 when the page was not fetched
}

// parsePage reads HTML. What browsers accept is accepted; only nesting beyond
// what the parser's stack holds is an error.
func parsePage(text string, base *url.URL, status int) (*page, error) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, tool.Errorf(tool.ExecutionFailed, "the page cannot be read as HTML: %w", err)
	}
	p := &page{doc: goquery.NewDocumentFromNode(root), url: base, base: base, status: status}
	if href, ok := p.doc.Find("base[href]").First().Attr("href"); ok {
		if u, err := url.Parse(strings.TrimSpace(href)); err == nil && p.base != nil {
			p.base = p.base.ResolveReference(u)
		} else if err == nil && u.IsAbs() {
			p.base = u
		}
	}
	return p, nil
}

// absolute makes a link of the page absolute, as far as that is possible.
func (p *page) absolute(link string) string {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	if err != nil || p.base == nil {
		return link
	}
	return p.base.ResolveReference(u).String()
}

// collapse makes one space of each run of white space.
func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// textOf is the text that a reader sees: no scripts, and a gap between blocks.
func textOf(s *goquery.Selection) string {
	var b strings.Builder
	for _, n := range s.Nodes {
		writeText(&b, n)
	}
	return b.String()
}

// writeText walks without recursion, since pages nest as they like.
func writeText(b *strings.Builder, root *html.Node) {
	for n := root; n != nil; {
		down := true
		switch n.Type {
		case html.TextNode:
			b.WriteString(n.Data)
		case html.ElementNode:
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head:
				down = n.DataAtom == atom.Head && n == root
			case atom.Br:
				b.WriteByte('\n')
			}
			if isBlock(n.DataAtom) {
				b.WriteByte('\n')
			}
		}
		if down && n.FirstChild != nil {
			n = n.FirstChild
			continue
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
			if n.Type == html.ElementNode && isBlock(n.DataAtom) {
				b.WriteByte('\n')
			}
		}
		if n == root {
			return
		}
		n = n.NextSibling
	}
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Blockquote, atom.Pre, atom.Dl, atom.Dt, atom.Dd, atom.Figure,
		atom.Figcaption, atom.Form, atom.Hr, atom.Address, atom.Option:
		return true
	case atom.Td, atom.Th:
		return true
	}
	return false
}

// lines trims the lines of a text and keeps one empty line at most between two.
func lines(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = collapse(line)
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// pageMeta gives what a page says about itself.
func pageMeta(p *page) map[string]any {
	meta := map[string]any{}
	put := func(m map[string]any, key, value string) {
		if value = collapse(value); value != "" {
			if _, taken := m[key]; !taken { // the first of several counts
				m[key] = value
			}
		}
	}
	put(meta, "title", p.doc.Find("title").First().Text())
	if lang, ok := p.doc.Find("html").Attr("lang"); ok {
		put(meta, "language", lang)
	}
	graph, twitter := map[string]any{}, map[string]any{}
	for _, s := range p.doc.Find("meta").EachIter() {
		content, _ := s.Attr("content")
		name := strings.ToLower(strings.TrimSpace(s.AttrOr("property", s.AttrOr("name", ""))))
		switch og, isOG := strings.CutPrefix(name, "og:"); {
		case isOG:
			put(graph, og, content)
		case strings.HasPrefix(name, "twitter:"):
			put(twitter, name[len("twitter:"):], content)
		case name == "description" || name == "author" || name == "keywords" || name == "robots" || name == "generator":
			put(meta, name, content)
		}
	}
	feeds := []any{}
	for _, s := range p.doc.Find("link[rel][href]").EachIter() {
		href := p.absolute(s.AttrOr("href", ""))
		for _, rel := range strings.Fields(strings.ToLower(s.AttrOr("rel", ""))) {
			switch {
			case rel == "canonical" || rel == "icon":
				put(meta, rel, href)
			case rel == "alternate" && strings.Contains(s.AttrOr("type", ""), "xml") || rel == "alternate" && strings.Contains(s.AttrOr("type", ""), "feed+json"):
				feeds = append(feeds, map[string]any{"url": href, "title": s.AttrOr("title", ""), "type": s.AttrOr("type", "")})
			}
		}
	}
	for key, m := range map[string]map[string]any{"open_graph": graph, "twitter": twitter} {
		if len(m) > 0 {
			meta[key] = m
		}
	}
	if len(feeds) > 0 {
		meta["feeds"] = feeds
	}
	if data := jsonLD(p); len(data) > 0 {
		meta["json_ld"] = data
	}
	return meta
}

// jsonLD gives the page's structured data; what is no JSON is left out.
func jsonLD(p *page) []any {
	var out []any
	for _, s := range p.doc.Find(`script[type="application/ld+json"]`).EachIter() {
		var v any
		if json.Unmarshal([]byte(s.Text()), &v) == nil && len(out) < 100 {
			out = append(out, v)
		}
	}
	return out
}

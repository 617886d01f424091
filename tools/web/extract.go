package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	readability "codeberg.org/readeck/go-readability"
	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/llmspell/llmspell/tools/tool"
)

// scraping is one call of web-scraper.
type scraping struct {
	page      *page
	max       int
	value     map[string]any
	truncated bool
}

// collect applies f to what a selector finds, up to the limit. f returns nil for
// what does not count.
func (s *scraping) collect(selector string, f func(*goquery.Selection) map[string]any) []any {
	out := []any{}
	for _, n := range s.page.doc.Find(selector).EachIter() {
		v := f(n)
		if v == nil {
			continue
		}
		if len(out) == s.max {
			s.truncated = true
			break
		}
		out = append(out, v)
	}
	return out
}

func (s *scraping) links() error {
	seen := map[string]bool{}
	s.value["links"] = s.collect("a[href], area[href]", func(n *goquery.Selection) map[string]any {
		link := s.page.absolute(n.AttrOr("href", ""))
		if link == "" || seen[link] || strings.HasPrefix(strings.ToLower(link), "javascript:") {
			return nil
		}
		seen[link] = true
		v := map[string]any{"url": link, "text": collapse(textOf(n)), "external": s.external(link)}
		if rel := n.AttrOr("rel", ""); rel != "" {
			v["rel"] = rel
		}
		return v
	})
	return nil
}

func (s *scraping) external(link string) bool {
	u, err := url.Parse(link)
	return err == nil && s.page.url != nil && u.Host != "" && !strings.EqualFold(u.Hostname(), s.page.url.Hostname())
}

func (s *scraping) images() error {
	s.value["images"] = s.collect("img", func(n *goquery.Selection) map[string]any {
		src := n.AttrOr("src", n.AttrOr("data-src", ""))
		if src == "" {
			return nil
		}
		v := map[string]any{"url": s.page.absolute(src), "alt": n.AttrOr("alt", "")}
		for _, name := range []string{"width", "height"} {
			if px, err := strconv.Atoi(strings.TrimSuffix(n.AttrOr(name, ""), "px")); err == nil {
				v[name] = px
			}
		}
		return v
	})
	return nil
}

func (s *scraping) tables() error {
	s.value["tables"] = s.collect("table", func(t *goquery.Selection) map[string]any {
		headers, rows := []any{}, []any{}
		for _, tr := range t.Find("tr").EachIter() {
			if tr.Closest("table").Get(0) != t.Get(0) { // of a table inside this one
				continue
			}
			cells, heads := []any{}, 0
			for _, cell := range tr.ChildrenFiltered("td, th").EachIter() {
				cells = append(cells, collapse(textOf(cell)))
				if goquery.NodeName(cell) == "th" {
					heads++
				}
			}
			switch {
			case len(cells) == 0:
			case len(headers) == 0 && len(rows) == 0 && heads == len(cells):
				headers = cells
			case len(rows) == s.max:
				s.truncated = true
			default:
				rows = append(rows, cells)
			}
		}
		v := map[string]any{"headers": headers, "rows": rows}
		if caption := collapse(t.ChildrenFiltered("caption").Text()); caption != "" {
			v["caption"] = caption
		}
		return v
	})
	return nil
}

// article finds the readable part. It works on a copy: the library changes what
// it is given.
func (s *scraping) article() error {
	parser := readability.NewParser()
	parser.MaxElemsToParse = 100_000
	a, err := guarded(func() (readability.Article, error) { return parser.ParseDocument(s.page.doc.Get(0), s.page.base) })
	if err != nil {
		return tool.Errorf(tool.ExecutionFailed, "the page has no article that can be told from the rest: %w", err)
	}
	v := map[string]any{"text": strings.TrimSpace(a.TextContent), "html": a.Content, "length": a.Length}
	if md, err := s.markdown(a.Node); err == nil && a.Node != nil {
		v["markdown"] = md
	}
	for key, text := range map[string]string{"title": a.Title, "byline": a.Byline, "excerpt": a.Excerpt, "site_name": a.SiteName, "language": a.Language, "image": a.Image} {
		if text != "" {
			v[key] = text
		}
	}
	if a.PublishedTime != nil {
		v["published"] = a.PublishedTime.UTC().Format("2006-01-02T15:04:05Z")
	}
	s.value["article"] = v
	return nil
}

func (s *scraping) text(format string) error {
	switch format {
	case "none":
	case "html":
		text, err := s.page.doc.Html()
		if err != nil {
			return err
		}
		s.value["text"] = text
	case "markdown":
		text, err := s.markdown(s.page.doc.Get(0))
		if err != nil {
			return err
		}
		s.value["text"] = text
	default:
		s.value["text"] = lines(textOf(s.page.doc.Find("body")))
	}
	return nil
}

// markdown writes a part of the page as Markdown, its links made absolute. The
// library knows the host that links start from, but no path: they are made
// absolute before, on the nodes themselves, so this comes last.
func (s *scraping) markdown(n *html.Node) (string, error) {
	if n == nil {
		return "", nil
	}
	for _, part := range goquery.NewDocumentFromNode(n).Find("[href], [src]").EachIter() {
		for _, name := range []string{"href", "src"} {
			if link, ok := part.Attr(name); ok {
				part.SetAttr(name, s.page.absolute(link))
			}
		}
		if strings.HasPrefix(strings.ToLower(part.AttrOr("href", "")), "javascript:") {
			part.Get(0).Data, part.Get(0).DataAtom = "span", atom.Span // its text without the link
		}
	}
	text, err := guarded(func() ([]byte, error) {
		c := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), table.NewTablePlugin()))
		return c.ConvertNode(n)
	})
	if err != nil {
		return "", tool.Errorf(tool.ExecutionFailed, "the page cannot be written as Markdown: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// guarded turns a panic of a library that reads what strangers wrote into an
// error.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is malformed (%v)", p)
		}
	}()
	return f()
}

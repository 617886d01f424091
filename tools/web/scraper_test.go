package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

const samplePage = `<!doctype html><html lang="de"><head><title> A  page </title><base href="/sub/">
<meta name="description" content="About things"><meta property="og:title" content="OG"><meta property="og:image" content="i.png">
<meta name="twitter:card" content="summary"><link rel="canonical" href="https://example.org/canon">
<link rel="alternate" type="application/rss+xml" href="feed" title="News">
<script type="application/ld+json">{"@type":"Article","n":1}</script><script type="application/ld+json">broken{</script>
<style>p{}</style></head><body><nav>Menu</nav><h1>Title</h1><p>One<br>two<script>no()</script></p>
<ul><li class="x">a</li><li class="x">b</li></ul>
<a href="one.html" rel="next">One</a><a href="https://other.net/">Other</a><a href="one.html">Again</a><a href="javascript:x()">no</a><a href="#top">top</a>
<img src="pic.jpg" alt="Pic" width="10" height="20px"><img alt="none">
<table><caption>Prices</caption><tr><th>Name</th><th>Price</th></tr><tr><td>Pen</td><td>1 <table><tr><td>inner</td></tr></table></td></tr></table>
</body></html>`

func TestScrapeGivenPage(t *testing.T) {
	r := tooltest.New(t, Definitions())
	v := value(t, r, "web-scraper", "html", samplePage, "input", "https://example.com/dir/page", "extract_links", true, "extract_images", true,
		"extract_meta", true, "extract_tables", true, "selector", "li.x",
		"selectors", map[string]any{"first": "li", "none": "video", "hrefs": "a[rel=next]@href[]", "markup": "ul@html", "quoted": `a[href*="@"]`})
	sameJSON(t, "title", v["title"], `"A page"`)
	sameJSON(t, "selected", v["selected"], `["a","b"]`)
	sameJSON(t, "selectors", v["selectors"], `{"first":"a","none":null,"hrefs":["https://example.com/sub/one.html"],"markup":"<li class=\"x\">a</li><li class=\"x\">b</li>","quoted":null}`)
	sameJSON(t, "links", v["links"], `[{"url":"https://example.com/sub/one.html","text":"One","rel":"next","external":false},
		{"url":"https://other.net/","text":"Other","external":true},{"url":"https://example.com/sub/#top","text":"top","external":false}]`)
	sameJSON(t, "images", v["images"], `[{"url":"https://example.com/sub/pic.jpg","alt":"Pic","width":10,"height":20}]`)
	sameJSON(t, "meta", v["meta"], `{"title":"A page","language":"de","description":"About things","canonical":"https://example.org/canon",
		"open_graph":{"title":"OG","image":"i.png"},"twitter":{"card":"summary"},"json_ld":[{"@type":"Article","n":1}],
		"feeds":[{"url":"https://example.com/sub/feed","title":"News","type":"application/rss+xml"}]}`)
	sameJSON(t, "tables", v["tables"], `[{"caption":"Prices","headers":["Name","Price"],"rows":[["Pen","1 inner"]]},{"headers":[],"rows":[["inner"]]}]`)
	if text := v["text"].(string); strings.Contains(text, "no()") || strings.Contains(text, "p{}") || !strings.Contains(text, "Title\n\nOne\ntwo") {
		t.Errorf("text = %q", text)
	}
}

func TestScrapeFetched(t *testing.T) {
	base := site(t, map[string]http.HandlerFunc{
		"/moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/dir/page", http.StatusMovedPermanently)
		},
		"/dir/page": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Test") != "yes" {
				http.Error(w, "no header", http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
			w.Write([]byte("<title>Caf\xe9</title><a href=next>n</a>"))
		},
		"/robots.txt": serve("text/plain", "User-agent: *\nDisallow: /closed\n"),
		"/closed":     serve("text/html", "secret"), "/open": serve("text/html", "<p>open</p>"),
		"/picture": serve("image/png", "\x89PNG"), "/gone": http.NotFound,
	})
	r := online(t)
	v := value(t, r, "web-scraper", "input", base+"/moved", "headers", map[string]any{"X-Test": "yes"}, "extract_links", true)
	sameJSON(t, "title", v["title"], `"Café"`)
	sameJSON(t, "url", v["url"], `"`+base+`/dir/page"`)
	sameJSON(t, "links", v["links"], `[{"url":"`+base+`/dir/next","text":"n","external":false}]`)
	if e := failure(t, r, "web-scraper", "input", base+"/closed", "respect_robots", true); e.Code != tool.PermissionDenied || !strings.Contains(e.Message, "robots.txt") {
		t.Errorf("a page that robots may not read: %v", e)
	}
	value(t, r, "web-scraper", "input", base+"/open", "respect_robots", true)
	if e := failure(t, r, "web-scraper", "input", base+"/picture"); !strings.Contains(e.Message, "image/png") {
		t.Errorf("a picture: %v", e)
	}
	if e := failure(t, r, "web-scraper", "input", base+"/gone"); e.Code != tool.ResourceNotFound {
		t.Errorf("a page that is not there: %s %v", e.Code, e)
	}
}

func TestScrapeArticleAndFormats(t *testing.T) {
	r := tooltest.New(t, Definitions())
	para := strings.Repeat("The quick brown fox, as ever, jumps over the lazy dog, and then rests in the shade. ", 12)
	page := `<html><head><title>Foxes - Site</title></head><body><nav><a href=/a>A</a><a href=/b>B</a></nav><article><h1>Foxes</h1><p>` + para + `</p><p>` + para +
		`</p></article><footer>Imprint</footer></body></html>`
	v := value(t, r, "web-scraper", "html", page, "input", "https://example.com/", "article", true, "format", "markdown")
	a := v["article"].(map[string]any)
	if text := a["text"].(string); !strings.Contains(text, "quick brown fox") || strings.Contains(text, "Imprint") {
		t.Errorf("article = %q", text)
	}
	if text := v["text"].(string); !strings.Contains(text, "# Foxes") || !strings.Contains(text, "(https://example.com/a)") {
		t.Errorf("markdown = %q", text)
	}
	if text := value(t, r, "web-scraper", "html", "<p>x", "format", "html")["text"]; text != "<html><head></head><body><p>x</p></body></html>" {
		t.Errorf("html = %q", text)
	}
	if _, ok := value(t, r, "web-scraper", "html", "<p>x", "format", "none")["text"]; ok {
		t.Error("format none gives a text")
	}
	v = value(t, r, "web-scraper", "html", strings.Repeat("<a href=x>x</a><i>y</i>", 3), "selector", "i", "max_items", 2)
	if len(v["selected"].([]any)) != 2 || v["truncated"] != true {
		t.Errorf("max_items: %v", v)
	}
}

func TestScrapeBadInput(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "web-scraper", []tooltest.Want{
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"ftp://x/"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"http://"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","input":"nope"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"html":5}`, Err: `"html"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","selector":"p["}`, Err: `"selector"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","selector":""}`, Err: `"selector"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","selector":"p@"}`, Err: `"selector"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","selectors":{"a":":nope("}}`, Err: `"selectors.a"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","selectors":{"a":1}}`, Err: `"selectors.a"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","wait_for_js":true}`, Err: "JavaScript", Code: tool.Unsupported},
		{Params: `{"html":"x","wait_for_js":false,"format":"text"}`, Field: "text", Value: `"x"`},
		{Params: `{"html":"x","format":"pdf"}`, Err: `"format"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","max_items":0}`, Err: `"max_items"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","timeout":0}`, Err: `"timeout"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","headers":{"a":1}}`, Err: `"headers.a"`, Code: tool.InvalidParameters},
		{Params: `{"html":"x","extract_links":"maybe"}`, Err: `"extract_links"`, Code: tool.InvalidParameters},
	})
	// What is sent is checked, too.
	if e := failure(t, online(t), "web-scraper", "input", "http://127.0.0.1:1/", "headers", map[string]any{"X": "a\r\nHost: evil"}); e.Code != tool.InvalidParameters {
		t.Errorf("header injection: %s %v", e.Code, e)
	}
}

// Pages that were made to hurt end soon, in a result or an error.
func TestScrapeHostilePages(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for name, html := range map[string]string{
		"deep":           strings.Repeat("<div>", 100_000) + "x",
		"deep inline":    strings.Repeat("<b><i>", 100_000),
		"attributes":     "<p " + strings.Repeat("a=1 ", 100_000) + ">x",
		"long attribute": `<a href="` + strings.Repeat("x", 1<<20) + `">y</a>`,
		"unclosed":       "<table><tr><td><select><option>" + strings.Repeat("<a href=", 1000),
		"tables":         strings.Repeat("<table><tr><td>", 300),
		"bytes":          "\x00\xff\xfe<p>\x00",
		"entities":       strings.Repeat("&amp;&#x10FFFF;&bogus;", 10_000),
	} {
		res, terr := r.Call(t, context.Background(), "web-scraper", params(t, "html", html, "extract_links", true, "extract_tables", true, "extract_meta", true, "format", "markdown"))
		if terr == nil && res.Value == nil {
			t.Errorf("%s: neither a result nor an error", name)
		}
		if terr != nil && terr.Code != tool.ExecutionFailed {
			t.Errorf("%s: %s %v", name, terr.Code, terr)
		}
	}
}

func FuzzScraper(f *testing.F) {
	f.Add(samplePage, "li.x")
	f.Add("<table><tr><td colspan=9><table>", "td@colspan[]")
	f.Add("<svg><math><p><template><base href='//[::1'>", "*")
	r := tooltest.New(f, Definitions())
	f.Fuzz(func(t *testing.T, html, selector string) {
		if len(html) > 1<<16 || len(selector) > 200 {
			return
		}
		_, terr := r.Call(t, context.Background(), "web-scraper", params(t, "html", html, "input", "https://example.com/", "selector", selector,
			"extract_links", true, "extract_images", true, "extract_meta", true, "extract_tables", true, "article", true))
		if terr != nil && terr.Code != tool.ExecutionFailed && terr.Code != tool.InvalidParameters {
			t.Errorf("%s %v", terr.Code, terr)
		}
	})
}

// Where a page was found and what its links start from are two things.
func TestScrapeBase(t *testing.T) {
	r := tooltest.New(t, Definitions())
	const page = `<base href="/docs/"><p><a href="a.html">A</a> <a href="javascript:x()">b</a> <img src="i.png" alt="I"></p><table><tr><th>x<th>y<tr><td>1<td>2</table>`
	v := value(t, r, "web-scraper", "html", page, "input", "https://example.com/dir/page", "format", "markdown", "extract_links", true)
	if v["url"] != "https://example.com/dir/page" {
		t.Errorf("url = %v", v["url"])
	}
	const want = "[A](https://example.com/docs/a.html) b ![I](https://example.com/docs/i.png)\n\n| x | y |\n|---|---|\n| 1 | 2 |"
	if v["text"] != want {
		t.Errorf("Markdown = %q; want %q", v["text"], want)
	}
}

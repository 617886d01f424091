package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

const atomFeed = `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom &amp; more</title><link href="https://example.org/"/>
<updated>2024-06-01T10:00:00Z</updated>
<entry><title>First</title><id>urn:1</id><link href="https://example.org/1"/><published>2024-05-01T10:00:00+02:00</published><author><name>Ann</name></author>
<category term="go"/><summary type="html">&lt;p&gt;Hello &lt;b&gt;you&lt;/b&gt;&lt;script&gt;x()&lt;/script&gt;&lt;/p&gt;</summary><content type="html">&lt;p onclick="x()"&gt;Long&lt;/p&gt;</content></entry>
<entry><title>Second</title><id>urn:2</id><updated>2024-06-01T10:00:00Z</updated></entry></feed>`

func TestFeedReader(t *testing.T) {
	r := tooltest.New(t, Definitions())
	v := value(t, r, "feed-reader", "content", atomFeed, "include_content", true)
	sameJSON(t, "items", v["items"], `[{"title":"Second","id":"urn:2","published":"2024-06-01T10:00:00Z","updated":"2024-06-01T10:00:00Z","authors":[],"categories":[],"enclosures":[],"summary":"","content":""},
		{"title":"First","id":"urn:1","link":"https://example.org/1","published":"2024-05-01T08:00:00Z","authors":["Ann"],"categories":["go"],"enclosures":[],"summary":"Hello you","content":"Long"}]`)
	if v["type"] != "atom" || v["title"] != "Atom & more" || v["updated"] != "2024-06-01T10:00:00Z" {
		t.Errorf("feed = %v", v)
	}
	html := value(t, r, "feed-reader", "content", atomFeed, "include_content", true, "format", "html")["items"].([]any)[1].(map[string]any)
	if html["summary"] != "<p>Hello <b>you</b></p>" || html["content"] != "<p>Long</p>" {
		t.Errorf("html = %v", html)
	}
	for filter, want := range map[string]int{`"since":"2024-05-15"`: 1, `"since":"2024-07-01T00:00:00Z"`: 0, `"category":"GO"`: 1, `"query":"hello"`: 1, `"query":"nowhere"`: 0} {
		res, terr := r.Call(t, context.Background(), "feed-reader", `{"content":`+quote(t, atomFeed)+`,`+filter+`}`)
		if terr != nil || res.Value.(map[string]any)["matched"] != want {
			t.Errorf("%s: %v %v; want %d items", filter, res, terr, want)
		}
	}
	json := `{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","title":"A","url":"https://e.org/","content_text":"x","date_published":"2024-01-01T00:00:00Z"}]}`
	if v := value(t, r, "feed-reader", "content", json); v["type"] != "json" || v["total"] != 1 {
		t.Errorf("JSON feed = %v", v)
	}
	podcast := `<rss version="2.0"><channel><title>P</title><item><title>E</title><enclosure url="https://e.org/a.mp3" length="5" type="audio/mpeg"/></item></channel></rss>`
	sameJSON(t, "enclosures", value(t, r, "feed-reader", "content", podcast)["items"].([]any)[0].(map[string]any)["enclosures"],
		`[{"url":"https://e.org/a.mp3","length":"5","type":"audio/mpeg"}]`)
}

func quote(t *testing.T, s string) string {
	text := params(t, "x", s)
	return text[len(`{"x":`) : len(text)-1]
}

func TestFeedFetched(t *testing.T) {
	base := site(t, map[string]http.HandlerFunc{
		"/feed":   serve("application/atom+xml", atomFeed),
		"/page":   serve("text/html", `<html><link rel=alternate type="application/atom+xml" href="/feed"></html>`),
		"/nofeed": serve("text/html", "<html>nothing</html>"), "/broken": serve("application/xml", "<rss><channel>"), "/gone": http.NotFound,
		"/text": serve("text/plain", "hello"),
	})
	r := online(t)
	for _, path := range []string{"/feed", "/page"} {
		if v := value(t, r, "feed-reader", "input", base+path, "limit", 1); v["total"] != 2 || len(v["items"].([]any)) != 1 || v["url"] != base+"/feed" {
			t.Errorf("%s: %v", path, v)
		}
	}
	for path, want := range map[string]tool.Code{"/nofeed": tool.ResourceNotFound, "/broken": tool.RemoteFailed, "/gone": tool.ResourceNotFound, "/text": tool.RemoteFailed} {
		if e := failure(t, r, "feed-reader", "input", base+path); e.Code != want {
			t.Errorf("%s: %s %v; want %s", path, e.Code, e, want)
		}
	}
}

func TestFeedBadInput(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "feed-reader", []tooltest.Want{
		{Params: `{}`, Err: "input, content", Code: tool.InvalidParameters},
		{Params: `{"input":"feed://x"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"content":"no feed"}`, Err: `"content"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","since":"yesterday"}`, Err: `"since"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","limit":0}`, Err: `"limit"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","format":"pdf"}`, Err: `"format"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","category":1}`, Err: `"category"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","query":1}`, Err: `"query"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","include_content":1}`, Err: `"include_content"`, Code: tool.InvalidParameters},
		{Params: `{"content":"x","timeout":301}`, Err: `"timeout"`, Code: tool.InvalidParameters},
	})
}

// A document type that defines entities in terms of entities is refused, or
// read without expanding them, at once.
func TestFeedEntityBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">`)
	for c := 'b'; c <= 'z'; c++ {
		b.WriteString(`<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`)
	}
	b.WriteString(`]><rss version="2.0"><channel><title>&z;</title><item><title>&z;</title></item></channel></rss>`)
	start := time.Now()
	res, terr := tooltest.New(t, Definitions()).Call(t, context.Background(), "feed-reader", params(t, "content", b.String()))
	if terr == nil && len(res.Value.(map[string]any)["title"].(string)) > 1000 {
		t.Errorf("the entities were expanded")
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func FuzzFeed(f *testing.F) {
	f.Add(atomFeed)
	f.Add(exampleFeed)
	f.Add(`{"version":"https://jsonfeed.org/version/1","items":[null,{"authors":[null]}]}`)
	r := tooltest.New(f, Definitions())
	f.Fuzz(func(t *testing.T, s string) {
		_, terr := r.Call(t, context.Background(), "feed-reader", params(t, "content", s, "include_content", true, "format", "html"))
		if terr != nil && terr.Code != tool.InvalidParameters {
			t.Errorf("%s %v", terr.Code, terr)
		}
	})
}

func TestFeedLinks(t *testing.T) {
	const rss = `<rss version="2.0"><channel><title>A &lt;b&gt;bold&lt;/b&gt; feed</title><link>https://example.org/blog/</link><item><title>x</title>
<link>/post?a=1&amp;b=2</link><enclosure url="a.mp3" type="audio/mpeg" length="1"/></item><item><title>none</title></item></channel></rss>`
	base := site(t, map[string]http.HandlerFunc{"/dir/feed": serve("application/rss+xml", rss), "/data": serve("application/json", `{"items":[{"id":"1"}]}`)})
	r := online(t)
	given := value(t, r, "feed-reader", "content", rss)
	if given["title"] != "A bold feed" {
		t.Errorf("title = %q", given["title"])
	}
	fetched := value(t, r, "feed-reader", "input", base+"/dir/feed")
	for _, tt := range []struct {
		v                map[string]any
		link, attachment string
	}{{given, "https://example.org/post?a=1&b=2", "https://example.org/blog/a.mp3"}, {fetched, base + "/post?a=1&b=2", base + "/dir/a.mp3"}} {
		items := tt.v["items"].([]any)
		first := items[0].(map[string]any)
		if first["link"] != tt.link || first["enclosures"].([]any)[0].(map[string]any)["url"] != tt.attachment {
			t.Errorf("links = %v; want %s and %s", first, tt.link, tt.attachment)
		}
		if link, has := items[1].(map[string]any)["link"]; has {
			t.Errorf("an item without a link has %q", link)
		}
	}
	if e := failure(t, r, "feed-reader", "input", base+"/data"); e.Code != tool.RemoteFailed || !strings.Contains(e.Message, "no JSON feed") {
		t.Errorf("JSON that is no feed: %v", e)
	}
	if e := failure(t, r, "feed-reader", "content", `{"version":"1.0"}`); e.Code != tool.InvalidParameters {
		t.Errorf("JSON that is no feed, given: %v", e)
	}
}

package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func zip(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSitemapCrawler(t *testing.T) {
	index := `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{base}/a.xml</loc></sitemap><sitemap><loc>{base}/b.xml.gz</loc></sitemap>
		<sitemap><loc>{base}/index.xml</loc></sitemap><sitemap><loc>{base}/gone.xml</loc></sitemap><sitemap><loc>{base}/broken.xml</loc></sitemap><sitemap><loc>{base}/list.txt</loc></sitemap></sitemapindex>`
	base := site(t, map[string]http.HandlerFunc{
		"/robots.txt": serve("text/plain", "Sitemap: {base}/index.xml"), "/index.xml": serve("application/xml", index),
		"/a.xml": serve("application/xml", `<?xml version="1.0" encoding="ISO-8859-1"?><urlset><url><loc> https://e.org/1 </loc><lastmod>2024-05-01</lastmod><changefreq>daily</changefreq><priority>0.8</priority></url>
			<url><loc>https://e.org/1</loc></url><url><loc></loc></url></urlset>`),
		"/b.xml.gz": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, zip(t, `<urlset><url><loc>https://e.org/2</loc></url></urlset>`))
		},
		"/broken.xml": serve("application/xml", `<urlset><url><loc>https://e.org/3</loc></url><url`), "/list.txt": serve("text/plain", "https://e.org/4\nnonsense\nhttps://other.net/5\n"),
		"/gone.xml": http.NotFound, "/page.xml": serve("application/xml", "<html/>"),
	})
	r := online(t)
	v := value(t, r, "sitemap-crawler", "input", base+"/any/page")
	sameJSON(t, "urls", v["urls"], `[{"url":"https://e.org/1","last_modified":"2024-05-01","change_frequency":"daily","priority":0.8},{"url":"https://e.org/2"},
		{"url":"https://e.org/3"},{"url":"https://e.org/4"},{"url":"https://other.net/5"}]`)
	states := map[string]any{}
	for _, f := range v["sitemaps"].([]any) {
		m := f.(map[string]any)
		states[strings.TrimPrefix(m["url"].(string), base)] = m["status"]
	}
	sameJSON(t, "sitemaps", states, `{"/index.xml":"ok","/a.xml":"ok","/b.xml.gz":"ok","/gone.xml":"not_found","/broken.xml":"failed","/list.txt":"ok"}`)
	for _, tt := range []struct {
		pairs []any
		count int
		cut   bool
	}{
		{[]any{"max_urls", 2}, 2, true}, {[]any{"max_urls", 5}, 5, false}, {[]any{"contains", "other"}, 1, false}, {[]any{"modified_since", "2024-04-30"}, 1, false},
		{[]any{"modified_since", "2024-05-02"}, 0, false}, {[]any{"follow_sitemaps", false}, 0, false}, {[]any{"same_host", true}, 0, false},
	} {
		v := value(t, r, "sitemap-crawler", append([]any{"input", base + "/index.xml"}, tt.pairs...)...)
		if v["count"] != tt.count || v["truncated"] != tt.cut {
			t.Errorf("%v: %v of %v; want %d, truncated %v", tt.pairs, v["count"], v["urls"], tt.count, tt.cut)
		}
	}
	if e := failure(t, r, "sitemap-crawler", "input", base+"/gone.xml"); e.Code != tool.ResourceNotFound {
		t.Errorf("no sitemap: %s %v", e.Code, e)
	}
	if e := failure(t, r, "sitemap-crawler", "input", base+"/page.xml"); !strings.Contains(e.Message, "<html>") {
		t.Errorf("not a sitemap: %v", e)
	}
}

// A site whose sitemaps name ever new ones comes to an end.
func TestSitemapWithoutEnd(t *testing.T) {
	n := 0
	base := site(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		n++
		fmt.Fprint(w, "<sitemapindex>")
		for i := range 50 {
			fmt.Fprintf(w, "<sitemap><loc>http://%s/%d-%d.xml</loc></sitemap>", r.Host, n, i)
		}
		fmt.Fprint(w, "</sitemapindex>")
	}})
	v := value(t, online(t), "sitemap-crawler", "input", base+"/start.xml")
	if v["truncated"] != true || n > maxSitemapFiles {
		t.Errorf("%d files were read; truncated = %v", n, v["truncated"])
	}
}

func TestSitemapBombs(t *testing.T) {
	bomb := zip(t, strings.Repeat(" ", maxSitemap+1))
	base := site(t, map[string]http.HandlerFunc{
		"/bomb.xml.gz":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, bomb) },
		"/broken.xml.gz": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, bomb[:100]) },
	})
	r := online(t)
	if e := failure(t, r, "sitemap-crawler", "input", base+"/bomb.xml.gz"); e.Code != tool.LimitExceeded {
		t.Errorf("bomb: %s %v", e.Code, e)
	}
	if e := failure(t, r, "sitemap-crawler", "input", base+"/broken.xml.gz"); !strings.Contains(e.Message, "compression is broken") {
		t.Errorf("broken: %v", e)
	}
}

func TestSitemapBadInput(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "sitemap-crawler", []tooltest.Want{
		{Params: `{}`, Err: "input, content", Code: tool.InvalidParameters},
		{Params: `{"input":"sitemap.xml"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"content":"hello"}`, Err: "neither XML", Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>"}`, Field: "count", Value: "0"},
		{Params: `{"content":"<urlset/>","max_urls":0}`, Err: `"max_urls"`, Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>","modified_since":"x"}`, Err: `"modified_since"`, Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>","contains":1}`, Err: `"contains"`, Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>","follow_sitemaps":1}`, Err: `"follow_sitemaps"`, Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>","same_host":1}`, Err: `"same_host"`, Code: tool.InvalidParameters},
		{Params: `{"content":"<urlset/>","timeout":0}`, Err: `"timeout"`, Code: tool.InvalidParameters},
	})
}

func FuzzSitemap(f *testing.F) {
	f.Add(`<urlset><url><loc>https://e.org/</loc><priority>NaN</priority></url></urlset>`)
	f.Add("https://e.org/\nx")
	f.Add(`<!DOCTYPE x [<!ENTITY a "b">]><sitemapindex><sitemap><loc>&a;</loc></sitemap></sitemapindex>`)
	r := tooltest.New(f, Definitions())
	f.Fuzz(func(t *testing.T, s string) {
		_, terr := r.Call(t, t.Context(), "sitemap-crawler", params(t, "content", s, "follow_sitemaps", false))
		if terr != nil && terr.Code != tool.ExecutionFailed && terr.Code != tool.InvalidParameters {
			t.Errorf("%s %v", terr.Code, terr)
		}
	})
}

package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// Answers in the form of each service's published examples.
const (
	tavilyWeb    = `{"query":"lua","answer":"A language.","images":[],"results":[{"title":"Lua","url":"https://www.lua.org/","content":"The site","score":0.9,"raw_content":null}],"response_time":1.1}`
	tavilyImages = `{"query":"lua","images":[{"url":"https://e.org/i.png","description":"A moon"},"https://e.org/j.png"],"results":[]}`
	serperWeb    = `{"searchParameters":{"q":"lua"},"answerBox":{"answer":"42"},"organic":[{"title":"Lua","link":"https://www.lua.org/","snippet":"The site","date":"May 1, 2024","position":1},{"title":"No link"}]}`
	serperNews   = `{"news":[{"title":"N","link":"https://e.org/n","snippet":"S","date":"1 hour ago","source":"Paper","imageUrl":"https://e.org/t.png"}]}`
	serperImages = `{"images":[{"title":"I","imageUrl":"https://e.org/i.png","imageWidth":640,"imageHeight":480,"thumbnailUrl":"https://e.org/t.png","source":"E","link":"https://e.org/p"}]}`
	braveWeb     = `{"type":"search","web":{"type":"search","results":[{"title":"<strong>Lua</strong>","url":"https://www.lua.org/","description":"The &quot;site&quot;","age":"2 days","page_age":"2024-05-01T00:00:00","meta_url":{"hostname":"www.lua.org"}}]}}`
	braveImages  = `{"type":"images","results":[{"title":"I","url":"https://e.org/p","source":"e.org","thumbnail":{"src":"https://e.org/t.png"},"properties":{"url":"https://e.org/i.png","width":640,"height":480}}]}`
	bingWeb      = `{"_type":"SearchResponse","webPages":{"value":[{"id":"1","name":"Lua","url":"https://www.lua.org/","snippet":"The site","datePublished":"2024-05-01T00:00:00Z"}]}}`
	bingNews     = `{"_type":"News","value":[{"name":"N","url":"https://e.org/n","description":"S","datePublished":"2024-05-01","provider":[{"name":"Paper"}]}]}`
	bingImages   = `{"_type":"Images","value":[{"name":"I","hostPageUrl":"https://e.org/p","contentUrl":"https://e.org/i.png","thumbnailUrl":"https://e.org/t.png","width":640,"height":480}]}`
	serpWeb      = `{"search_metadata":{"status":"Success"},"organic_results":[{"position":1,"title":"Lua","link":"https://www.lua.org/","snippet":"The site","source":"Lua"}]}`
	serpNone     = `{"error":"Google hasn't returned any results for this query."}`
	serpBadKey   = `{"error":"Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"}`
	googleWeb    = `{"kind":"customsearch#search","items":[{"title":"Lua","link":"https://www.lua.org/","snippet":"The site","displayLink":"www.lua.org"}]}`
	googleImages = `{"items":[{"title":"I","link":"https://e.org/i.png","image":{"contextLink":"https://e.org/p","thumbnailLink":"https://e.org/t.png","width":640,"height":480}}]}`
	ddgPage      = `<div id="links"><div class="result result--ad"><a class="result__a" href="https://ad/">Ad</a></div><div class="result results_links web-result">
		<h2><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fwww.lua.org%2F&amp;rut=1">The <b>Lua</b></a></h2><a class="result__snippet">The <b>site</b></a></div></div>`
	ddgChallenge = `<form id="challenge-form"><div class="anomaly-modal__title">Select all ducks</div></form>`
)

// asked is what a fake service saw.
type asked struct {
	method, path, key string
	query             map[string]string
	body              map[string]any
}

// fakeServices answers by path, and notes what it was asked.
func fakeServices(t *testing.T, answers map[string]string) (string, *[]asked) {
	var log []asked
	base := site(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		a := asked{method: r.Method, path: r.URL.Path, query: map[string]string{}}
		for _, name := range []string{"Authorization", "X-Api-Key", "X-Subscription-Token", "Ocp-Apim-Subscription-Key"} {
			a.key += r.Header.Get(name)
		}
		for name := range r.URL.Query() {
			a.query[name] = r.URL.Query().Get(name)
		}
		if body, _ := io.ReadAll(r.Body); len(body) > 0 {
			if err := json.Unmarshal(body, &a.body); err != nil {
				t.Errorf("%s was sent %q", r.URL.Path, body)
			}
		}
		log = append(log, a)
		text, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if status, rest, ok := strings.Cut(text, " "); ok && len(status) == 3 && status[0] >= '2' && status[0] <= '5' {
			var code int
			fmt.Sscan(status, &code)
			w.WriteHeader(code)
			text = rest
		}
		fmt.Fprint(w, text)
	}})
	return base, &log
}

func TestSearchProviders(t *testing.T) {
	r := online(t)
	web := `[{"position":1,"title":"Lua","url":"https://www.lua.org/","snippet":"The site"`
	image := `[{"position":1,"title":"I","url":"https://e.org/p","snippet":"","image":{"url":"https://e.org/i.png","thumbnail":"https://e.org/t.png","width":640,"height":480}`
	for _, tt := range []struct {
		provider, kind, path, answer, want string
		check                              func(a asked) bool
	}{
		{"tavily", "web", "/search", tavilyWeb, web + `,"score":0.9}]`, func(a asked) bool {
			return a.method == "POST" && a.key == "Bearer KEY" && a.body["query"] == "lua lang" && a.body["topic"] == "general"
		}},
		{"tavily", "images", "/search", tavilyImages, `[{"position":1,"title":"A moon","url":"https://e.org/i.png","snippet":"","image":{"url":"https://e.org/i.png"}},
			{"position":2,"title":"","url":"https://e.org/j.png","snippet":"","image":{"url":"https://e.org/j.png"}}]`, func(a asked) bool { return a.body["include_images"] == true }},
		{"serperdev", "web", "/search", serperWeb, web + `,"published":"May 1, 2024"}]`, func(a asked) bool {
			return a.method == "POST" && a.key == "KEY" && a.body["q"] == "lua lang" && a.body["num"] == 5.0 && a.body["hl"] == "en"
		}},
		{"serperdev", "news", "/news", serperNews, `[{"position":1,"title":"N","url":"https://e.org/n","snippet":"S","source":"Paper","published":"1 hour ago","image":{"url":"https://e.org/t.png"}}]`, nil},
		{"serperdev", "images", "/images", serperImages, strings.Replace(image, `"snippet":""`, `"snippet":"","source":"E"`, 1) + `}]`, nil},
		{"brave", "web", "/web/search", braveWeb, `[{"position":1,"title":"Lua","url":"https://www.lua.org/","snippet":"The \"site\"","source":"www.lua.org","published":"2024-05-01T00:00:00"}]`,
			func(a asked) bool {
				return a.key == "KEY" && a.query["q"] == "lua lang" && a.query["count"] == "5" && a.query["safesearch"] == "strict"
			}},
		{"brave", "images", "/images/search", braveImages, strings.Replace(image, `"snippet":""`, `"snippet":"","source":"e.org"`, 1) + `}]`, nil},
		{"bing", "web", "/search", bingWeb, web + `,"published":"2024-05-01T00:00:00Z"}]`, func(a asked) bool { return a.key == "KEY" && a.query["safeSearch"] == "Strict" }},
		{"bing", "news", "/news/search", bingNews, `[{"position":1,"title":"N","url":"https://e.org/n","snippet":"S","source":"Paper","published":"2024-05-01"}]`, nil},
		{"bing", "images", "/images/search", bingImages, image + `}]`, nil},
		{"serpapi", "web", "/search.json", serpWeb, web + `,"source":"Lua"}]`, func(a asked) bool { return a.query["api_key"] == "KEY" && a.query["safe"] == "active" }},
		{"serpapi", "news", "/search.json", serpNone, `[]`, func(a asked) bool { return a.query["tbm"] == "nws" }},
		{"google", "web", "/v1", googleWeb, web + `,"source":"www.lua.org"}]`, func(a asked) bool { return a.query["key"] == "KEY" && a.query["cx"] == "ENGINE" }},
		{"google", "images", "/v1", googleImages, image + `}]`, func(a asked) bool { return a.query["searchType"] == "image" }},
		{"duckduckgo", "web", "/html/", ddgPage, `[{"position":1,"title":"The Lua","url":"https://www.lua.org/","snippet":"The site"}]`, func(a asked) bool { return a.query["q"] == "lua lang" && a.query["kp"] == "1" }},
		{"searxng", "news", "/search", `{"results":[{"title":"N","url":"https://e.org/n","content":"S","engine":"x","publishedDate":"2024-05-01"}]}`,
			`[{"position":1,"title":"N","url":"https://e.org/n","snippet":"S","source":"x","published":"2024-05-01"}]`, func(a asked) bool {
				return a.query["categories"] == "news" && a.query["format"] == "json" && a.query["safesearch"] == "2"
			}},
	} {
		base, log := fakeServices(t, map[string]string{tt.path: tt.answer})
		r.Settings = map[string]string{tt.provider + "_url": base + "/", tt.provider + "_api_key": "KEY", "google_engine_id": "ENGINE"}
		v := value(t, r, "web-searcher", "input", "lua lang", "provider", tt.provider, "search_type", tt.kind, "max_results", 5, "language", "en")
		sameJSON(t, tt.provider+" "+tt.kind, v["results"], tt.want)
		if len(*log) != 1 || tt.check != nil && !tt.check((*log)[0]) {
			t.Errorf("%s %s was asked %+v", tt.provider, tt.kind, *log)
		}
		r.Settings = map[string]string{tt.provider + "_url": base, tt.provider + "_api_key": "KEY", "google_engine_id": "ENGINE"}
		if v := value(t, r, "web-searcher", "input", "x", "provider", tt.provider, "search_type", tt.kind, "max_results", 1, "safe_search", false); len(v["results"].([]any)) > 1 {
			t.Errorf("%s: max_results is not kept: %v", tt.provider, v)
		}
	}
}

func TestSearchFailures(t *testing.T) {
	r := online(t)
	for _, tt := range []struct {
		provider, answer string
		code             tool.Code
		words            []string
		temporary        bool
	}{
		{"brave", `401 {"error":{"detail":"the token KEY is invalid"}}`, tool.RemoteFailed, []string{"401", "brave_api_key", "the token *** is invalid"}, false},
		{"brave", `429 {"message":"slow down"}`, tool.RemoteFailed, []string{"429", "slow down"}, true},
		{"brave", `500 oops`, tool.RemoteFailed, []string{"500"}, true},
		{"brave", `not json`, tool.RemoteFailed, []string{"cannot be read"}, false},
		{"brave", `[1]`, tool.RemoteFailed, []string{"cannot be read"}, false},
		{"serpapi", serpBadKey, tool.RemoteFailed, []string{"Invalid API key"}, false},
		{"duckduckgo", "202 " + ddgChallenge, tool.RemoteFailed, []string{"no robot"}, false},
		{"duckduckgo", "<p>new design</p>", tool.RemoteFailed, []string{"may have changed"}, false},
	} {
		base, _ := fakeServices(t, map[string]string{"/web/search": tt.answer, "/search.json": tt.answer, "/html/": tt.answer})
		r.Settings = map[string]string{tt.provider + "_url": base, tt.provider + "_api_key": "KEY"}
		e := failure(t, r, "web-searcher", "input", "x", "provider", tt.provider)
		if e.Code != tt.code || e.Temporary != tt.temporary {
			t.Errorf("%s %s: %s, temporary %v: %v", tt.provider, tt.answer, e.Code, e.Temporary, e)
		}
		for _, w := range tt.words {
			if !strings.Contains(e.Message, w) {
				t.Errorf("%s %s: %q does not say %q", tt.provider, tt.answer, e.Message, w)
			}
		}
		if strings.Contains(e.Error(), "KEY") {
			t.Errorf("the key is shown: %v", e)
		}
	}
	r.Settings = nil
	for _, tt := range []struct {
		pairs []any
		code  tool.Code
		words string
	}{
		{[]any{"provider", "brave"}, tool.NotConfigured, "BRAVE_API_KEY"},
		{[]any{"provider", "searxng"}, tool.NotConfigured, "SEARXNG_URL"},
		{[]any{"provider", "duckduckgo", "search_type", "news"}, tool.Unsupported, "duckduckgo searches web only"},
		{[]any{"search_type", "news"}, tool.NotConfigured, "TAVILY_API_KEY"},
	} {
		if e := failure(t, r, "web-searcher", append([]any{"input", "x"}, tt.pairs...)...); e.Code != tt.code || !strings.Contains(e.Message, tt.words) {
			t.Errorf("%v: %s %v", tt.pairs, e.Code, e)
		}
	}
	// A server that is not there: the request's address holds the key.
	r.Settings = map[string]string{"serpapi_url": "http://127.0.0.1:1", "serpapi_api_key": "TOPSECRET"}
	if e := failure(t, r, "web-searcher", "input", "x", "provider", "serpapi"); strings.Contains(e.Error(), "TOPSECRET") {
		t.Errorf("the key is shown: %v", e)
	}
}

// Without a provider the first that is configured is asked, and the next when
// it fails.
func TestSearchFallback(t *testing.T) {
	r := online(t)
	base, log := fakeServices(t, map[string]string{"/web/search": "500 down", "/customsearch/v1": googleWeb})
	r.Settings = map[string]string{"brave_url": base, "brave_api_key": "K", "google_url": base + "/customsearch", "google_api_key": "K", "google_engine_id": "E"}
	res, terr := r.Call(t, t.Context(), "web-searcher", `{"input":"x"}`)
	if terr != nil {
		t.Fatal(terr)
	}
	v := res.Value.(map[string]any)
	if v["provider"] != "google" || len(v["failed"].([]any)) != 1 || !res.NoStore {
		t.Errorf("fallback: %v, NoStore %v; asked %+v", v, res.NoStore, *log)
	}
	if e := failure(t, r, "web-searcher", "input", "x", "fallback", false); !strings.Contains(e.Message, "brave") {
		t.Errorf("no fallback: %v", e)
	}
	r.Settings["provider"] = "google"
	if v := value(t, r, "web-searcher", "input", "x"); v["provider"] != "google" || v["failed"] != nil {
		t.Errorf("the setting provider: %v", v)
	}
}

func TestSearchBadInput(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "web-searcher", []tooltest.Want{
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":""}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","provider":"altavista"}`, Err: `"provider"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","max_results":101}`, Err: `"max_results"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","search_type":"maps"}`, Err: `"search_type"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","safe_search":"yes"}`, Err: `"safe_search"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","language":"e"}`, Err: `"language"`, Code: tool.InvalidParameters},
		{Params: `{"input":"x","fallback":1}`, Err: `"fallback"`, Code: tool.InvalidParameters},
	})
}

package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

var everything = []string{"web", "news", "images"}

// providers are the search services, in the order in which they are tried.
var providers = []*provider{tavily, serper, brave, bing, serpAPI, google, searxng, duckduckgo}

// pick is a choice by what is searched.
func pick(kind, web, news, images string) string {
	switch kind {
	case "news":
		return news
	case "images":
		return images
	}
	return web
}

// choose is b ? yes : no.
func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func withQuery(address string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return address + "?" + q.Encode()
}

func postJSON(address string, body map[string]any, headers map[string]string) fetchOptions {
	for k, v := range body {
		if v == "" {
			delete(body, k)
		}
	}
	text, _ := json.Marshal(body) // strings, numbers and booleans only
	headers["Content-Type"] = "application/json"
	return fetchOptions{method: "POST", url: address, body: text, headers: headers, accept: "application/json"}
}

func getJSON(address string, headers map[string]string) fetchOptions {
	return fetchOptions{url: address, headers: headers, accept: "application/json"}
}

// decode reads an answer that must be a JSON object.
func decode(f *fetched) (map[string]any, error) {
	var v map[string]any
	if err := json.Unmarshal(f.body, &v); err != nil {
		return nil, fmt.Errorf("it is not a JSON object: %w", err)
	}
	return v, nil
}

// at follows names through objects; it gives nil where there is none.
func at(v any, names ...string) any {
	for _, n := range names {
		m, _ := v.(map[string]any)
		v = m[n]
	}
	return v
}

func text(v any, names ...string) string {
	switch v := at(v, names...).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func whole(v any, names ...string) int {
	switch v := at(v, names...).(type) {
	case float64:
		if v > 0 && v < 1e9 {
			return int(v)
		}
	case string:
		n, _ := strconv.Atoi(v)
		return n
	}
	return 0
}

// each makes hits of a list of objects.
func each(list any, f func(v any) hit) []hit {
	items, _ := list.([]any)
	var out []hit
	for _, v := range items {
		if _, ok := v.(map[string]any); ok {
			out = append(out, f(v))
		}
	}
	return out
}

// remoteMessage finds the words of a service's error.
func remoteMessage(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	for _, path := range [][]string{{"error", "message"}, {"error", "detail"}, {"error"}, {"message"}, {"detail", "error"}, {"detail"}} {
		if s := text(v, path...); s != "" {
			return collapse(s[:min(len(s), 300)])
		}
	}
	return ""
}

var tavily = &provider{
	name: "tavily", url: "https://api.tavily.com", keys: []string{"tavily_api_key"}, kinds: everything,
	env: map[string][]string{"tavily_api_key": {"TAVILY_API_KEY"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return postJSON(base+"/search", map[string]any{"query": q.text, "max_results": min(q.max, 20), "topic": pick(q.kind, "general", "news", "general"),
			"include_images": q.kind == "images", "include_image_descriptions": q.kind == "images", "include_answer": q.kind == "web", "safe_search": q.safe},
			map[string]string{"Authorization": "Bearer " + q.setting("tavily_api_key")})
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		if q.kind == "images" {
			a := &answer{}
			list, _ := v["images"].([]any)
			for _, i := range list {
				if s, ok := i.(string); ok {
					a.hits = append(a.hits, hit{url: s, image: s})
				} else {
					a.hits = append(a.hits, hit{title: text(i, "description"), url: text(i, "url"), image: text(i, "url")})
				}
			}
			return a, nil
		}
		hits := each(v["results"], func(v any) hit {
			score, _ := at(v, "score").(float64)
			return hit{title: text(v, "title"), url: text(v, "url"), snippet: text(v, "content"), published: text(v, "published_date"), score: score}
		})
		return &answer{hits: hits, text: text(v, "answer")}, nil
	},
}

var serper = &provider{
	name: "serperdev", url: "https://google.serper.dev", keys: []string{"serperdev_api_key"}, kinds: everything,
	env: map[string][]string{"serperdev_api_key": {"SERPERDEV_API_KEY", "SERPER_API_KEY"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return postJSON(base+pick(q.kind, "/search", "/news", "/images"), map[string]any{"q": q.text, "num": q.max, "hl": q.language, "safe": choose(q.safe, "active", "off")},
			map[string]string{"X-API-KEY": q.setting("serperdev_api_key")})
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		hits := each(v[pick(q.kind, "organic", "news", "images")], func(v any) hit {
			return hit{title: text(v, "title"), url: text(v, "link"), snippet: text(v, "snippet"), source: text(v, "source"), published: text(v, "date"),
				image: text(v, "imageUrl"), thumbnail: text(v, "thumbnailUrl"), width: whole(v, "imageWidth"), height: whole(v, "imageHeight")}
		})
		return &answer{hits: hits, text: text(v, "answerBox", "answer")}, nil
	},
}

var brave = &provider{
	name: "brave", url: "https://api.search.brave.com/res/v1", keys: []string{"brave_api_key"}, kinds: everything,
	env: map[string][]string{"brave_api_key": {"BRAVE_API_KEY", "BRAVE_SEARCH_API_KEY"}},
	request: func(q *searchQuery, base string) fetchOptions {
		safe := choose(q.safe, "strict", "off")
		return getJSON(withQuery(base+pick(q.kind, "/web/search", "/news/search", "/images/search"), "q", q.text,
			"count", strconv.Itoa(min(q.max, map[string]int{"web": 20, "news": 50, "images": 100}[q.kind])), "safesearch", safe, "search_lang", q.language),
			map[string]string{"X-Subscription-Token": q.setting("brave_api_key")})
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		list := v["results"]
		if q.kind == "web" {
			list = at(v, "web", "results")
		}
		return &answer{hits: each(list, func(v any) hit {
			published := text(v, "page_age")
			if published == "" {
				published = text(v, "age")
			}
			h := hit{title: stripTags(text(v, "title")), url: text(v, "url"), snippet: stripTags(text(v, "description")), source: text(v, "meta_url", "hostname"), published: published}
			if q.kind == "images" {
				h.image, h.thumbnail, h.source = text(v, "properties", "url"), text(v, "thumbnail", "src"), text(v, "source")
				h.width, h.height = whole(v, "properties", "width"), whole(v, "properties", "height")
			}
			return h
		})}, nil
	},
}

// Microsoft ended this service for most of its customers in 2025; those with a
// contract, and servers that speak the same protocol, still answer.
var bing = &provider{
	name: "bing", url: "https://api.bing.microsoft.com/v7.0", keys: []string{"bing_api_key"}, kinds: everything,
	env: map[string][]string{"bing_api_key": {"BING_API_KEY", "BING_SEARCH_API_KEY"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return getJSON(withQuery(base+pick(q.kind, "/search", "/news/search", "/images/search"), "q", q.text, "count", strconv.Itoa(min(q.max, 50)),
			"safeSearch", choose(q.safe, "Strict", "Off"), "setLang", q.language), map[string]string{"Ocp-Apim-Subscription-Key": q.setting("bing_api_key")})
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		list := v["value"]
		if q.kind == "web" {
			list = at(v, "webPages", "value")
		}
		return &answer{hits: each(list, func(v any) hit {
			h := hit{title: text(v, "name"), url: text(v, "url"), snippet: text(v, "snippet"), published: text(v, "datePublished")}
			switch q.kind {
			case "news":
				h.snippet = text(v, "description")
				if names, ok := at(v, "provider").([]any); ok && len(names) > 0 {
					h.source = text(names[0], "name")
				}
			case "images":
				h.url, h.image, h.thumbnail = text(v, "hostPageUrl"), text(v, "contentUrl"), text(v, "thumbnailUrl")
				h.width, h.height = whole(v, "width"), whole(v, "height")
			}
			return h
		})}, nil
	},
}

var serpAPI = &provider{
	name: "serpapi", url: "https://serpapi.com", keys: []string{"serpapi_api_key"}, kinds: everything,
	env: map[string][]string{"serpapi_api_key": {"SERPAPI_API_KEY", "SERPAPI_KEY"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return getJSON(withQuery(base+"/search.json", "engine", "google", "q", q.text, "num", strconv.Itoa(q.max), "hl", q.language, "safe", choose(q.safe, "active", "off"),
			"tbm", pick(q.kind, "", "nws", "isch"), "api_key", q.setting("serpapi_api_key")), nil)
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		// "no results" comes as an error too.
		if problem := text(v, "error"); problem != "" && !strings.Contains(problem, "hasn't returned any results") {
			return nil, errors.New(problem)
		}
		hits := each(v[pick(q.kind, "organic_results", "news_results", "images_results")], func(v any) hit {
			return hit{title: text(v, "title"), url: text(v, "link"), snippet: text(v, "snippet"), source: text(v, "source"), published: text(v, "date"),
				image: text(v, "original"), thumbnail: text(v, "thumbnail"), width: whole(v, "original_width"), height: whole(v, "original_height")}
		})
		return &answer{hits: hits, text: text(v, "answer_box", "answer")}, nil
	},
}

var google = &provider{
	name: "google", url: "https://www.googleapis.com/customsearch", keys: []string{"google_api_key", "google_engine_id"}, kinds: []string{"web", "images"},
	env: map[string][]string{"google_api_key": {"GOOGLE_CUSTOM_SEARCH_API_KEY", "GOOGLE_API_KEY"},
		"google_engine_id": {"GOOGLE_CUSTOM_SEARCH_ENGINE_ID", "GOOGLE_CSE_ID"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return getJSON(withQuery(base+"/v1", "key", q.setting("google_api_key"), "cx", q.setting("google_engine_id"), "q", q.text, "num", strconv.Itoa(min(q.max, 10)),
			"safe", choose(q.safe, "active", "off"), "hl", q.language, "searchType", pick(q.kind, "", "", "image")), nil)
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		return &answer{hits: each(v["items"], func(v any) hit {
			h := hit{title: text(v, "title"), url: text(v, "link"), snippet: text(v, "snippet"), source: text(v, "displayLink")}
			if q.kind == "images" {
				h.image, h.url, h.thumbnail = h.url, text(v, "image", "contextLink"), text(v, "image", "thumbnailLink")
				h.width, h.height = whole(v, "image", "width"), whole(v, "image", "height")
			}
			return h
		})}, nil
	},
}

var searxng = &provider{
	name: "searxng", kinds: everything, env: map[string][]string{"searxng_url": {"SEARXNG_URL"}},
	request: func(q *searchQuery, base string) fetchOptions {
		return getJSON(withQuery(base+"/search", "q", q.text, "format", "json", "categories", pick(q.kind, "general", "news", "images"),
			"language", q.language, "safesearch", choose(q.safe, "2", "0")), nil)
	},
	read: func(q *searchQuery, f *fetched) (*answer, error) {
		v, err := decode(f)
		if err != nil {
			return nil, err
		}
		a := &answer{hits: each(v["results"], func(v any) hit {
			return hit{title: text(v, "title"), url: text(v, "url"), snippet: text(v, "content"), source: text(v, "engine"), published: text(v, "publishedDate"),
				image: text(v, "img_src"), thumbnail: text(v, "thumbnail_src")}
		})}
		return a, nil
	},
}

// number reads a number that is not negative; -1 when there is none.
func number(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(f >= 0 && f < 1e12) {
		return -1
	}
	return f
}

package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func searcherDefinition() tool.Definition {
	input := schema.Text("What to search for")
	input.MinLength, input.MaxLength = schema.Ptr(1), schema.Ptr(2000)
	names := make([]string, len(providers))
	var settings []tool.Setting
	for i, p := range providers {
		names[i] = p.name
		settings = append(settings, p.settings()...)
	}
	return tool.Static(&tool.Descriptor{
		Name: "web-searcher", Aliases: []string{"web-search"}, Category: "web", Version: "1.0.0", Security: tool.Safe, CacheFor: 5 * time.Minute, Timeout: 60 * time.Second,
		Tags: []string{"search", "google", "internet", "news", "images"}, Needs: []tool.Need{tool.Network},
		Description: "Searches the web, news or images through a search service: " + strings.Join(names, ", ") +
			". All but duckduckgo need a key or an address in the tool's settings",
		Parameters: schema.Map("",
			schema.Required("input", input, "query", "q"),
			schema.Optional("provider", schema.Choice("The service; without one, the first that is configured", names...).
				WithAliases(map[string]string{"serper": "serperdev", "google_custom_search": "google", "ddg": "duckduckgo"})),
			schema.Optional("max_results", schema.Int("The most results", 1, 100).WithDefault(10), "limit", "count"),
			schema.Optional("search_type", schema.Choice("What to search; not every service has all", "web", "news", "images").WithDefault("web"), "type"),
			schema.Optional("safe_search", schema.Flag("Leave out what is not for children").WithDefault(true)),
			schema.Optional("language", &schema.Schema{Types: []schema.Type{schema.String}, Description: "Two letters, such as en", MinLength: schema.Ptr(2), MaxLength: schema.Ptr(5)}),
			schema.Optional("fallback", schema.Flag("Without a provider: when a service fails, try the next that is configured").WithDefault(true))),
		Result: schema.Map("",
			schema.Required("query", schema.Text("What was searched for")),
			schema.Required("provider", schema.Text("The service that answered")),
			schema.Required("search_type", schema.Text("What was searched")),
			schema.Required("results", schema.List("{position, title, url, snippet, source?, published?, score?, image?: {url, thumbnail?, width?, height?}}", nil)),
			schema.Required("count", schema.Int("Of results", 0, 100)),
			schema.Optional("answer", schema.Text("The service's own short answer, where it gives one")),
			schema.Optional("failed", schema.List("{provider, error} of services that were tried before", nil))),
		Settings: settings,
		Examples: []tool.Example{configured(map[string]string{"searxng_url": "{url}/searx"},
			servedExample("Search with a SearXNG server", map[string]any{"input": "lua", "provider": "searxng", "max_results": 1},
				map[string]any{"provider": "searxng", "count": 1, "results": []any{map[string]any{"position": 1, "title": "Lua", "url": "https://www.lua.org/",
					"snippet": "A language", "source": "wikipedia"}}})),
		},
	}, search)
}

// searchQuery is what a provider is asked.
type searchQuery struct {
	text, kind, language string
	max                  int
	safe                 bool
	setting              func(name string) string
}

// hit is one result, in every provider's words.
type hit struct {
	title, url, snippet, source, published string
	score                                  float64
	image, thumbnail                       string
	width, height                          int
}

// answer is what a provider gave.
type answer struct {
	hits []hit
	text string // its own short answer
}

func search(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	q := &searchQuery{text: call.Params.String("input"), kind: call.Params.String("search_type"), language: call.Params.String("language"),
		max: call.Params.Int("max_results"), safe: call.Params.Bool("safe_search"), setting: call.Setting}
	chosen := call.Params.String("provider")
	if chosen == "" {
		chosen = call.Setting("provider")
	}
	if chosen != "" {
		p := findProvider(chosen)
		if p == nil {
			return nil, tool.Errorf(tool.NotConfigured, "the setting provider names %q, which is no search service", chosen)
		}
		a, err := p.ask(ctx, call, q)
		if err != nil {
			return nil, err
		}
		return searchResult(q, p, a, nil), nil
	}
	var failed []any
	var first error
	for _, p := range providers {
		if p.missing(call) != nil || p.unsupported(q.kind) != nil {
			continue
		}
		a, err := p.ask(ctx, call, q)
		if err == nil {
			return searchResult(q, p, a, failed), nil
		}
		if ctx.Err() != nil || !call.Params.Bool("fallback") {
			return nil, err
		}
		if first == nil {
			first = err
		}
		failed = append(failed, map[string]any{"provider": p.name, "error": err.Error()})
	}
	if first != nil {
		return nil, first
	}
	return nil, tool.Errorf(tool.NotConfigured, "no search service that has %s is configured; set the key of one, such as tavily_api_key (variable TAVILY_API_KEY)", q.kind)
}

func searchResult(q *searchQuery, p *provider, a *answer, failed []any) *tool.Result {
	results := []any{}
	for _, h := range a.hits {
		if len(results) == q.max {
			break
		}
		if h.url == "" {
			continue
		}
		v := map[string]any{"position": len(results) + 1, "title": collapse(h.title), "url": h.url, "snippet": collapse(h.snippet)}
		if h.source != "" {
			v["source"] = h.source
		}
		if h.published != "" {
			v["published"] = h.published
		}
		if h.score != 0 {
			v["score"] = h.score
		}
		if h.image != "" {
			image := map[string]any{"url": h.image}
			if h.thumbnail != "" {
				image["thumbnail"] = h.thumbnail
			}
			if h.width > 0 && h.height > 0 {
				image["width"], image["height"] = h.width, h.height
			}
			v["image"] = image
		}
		results = append(results, v)
	}
	value := map[string]any{"query": q.text, "provider": p.name, "search_type": q.kind, "results": results, "count": len(results)}
	if a.text != "" {
		value["answer"] = a.text
	}
	r := tool.Value(value)
	if failed != nil {
		value["failed"] = failed
		r.NoStore = true // the better service may be back soon
	}
	return r
}

// provider is a search service.
type provider struct {
	name  string
	url   string   // where it answers, unless the setting NAME_url says otherwise; "" when everybody has an own server
	keys  []string // settings that it needs, beside the address
	env   map[string][]string
	kinds []string // what it can search
	// request makes the request; base ends without a slash.
	request func(q *searchQuery, base string) fetchOptions
	// read takes the answer apart.
	read func(q *searchQuery, f *fetched) (*answer, error)
}

func findProvider(name string) *provider {
	for _, p := range providers {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (p *provider) settings() []tool.Setting {
	about := "Where " + p.name + " answers"
	if p.url == "" {
		about = "The address of a " + p.name + " server, such as https://search.example.com"
	}
	out := []tool.Setting{{Name: p.name + "_url", Description: about, Default: p.url, Env: p.env[p.name+"_url"]}}
	for _, key := range p.keys {
		secret := strings.HasSuffix(key, "_api_key")
		about := "The key for " + p.name
		if !secret {
			about = "Which search engine of the account " + p.name + " uses"
		}
		out = append(out, tool.Setting{Name: key, Description: about, Secret: secret, Env: p.env[key]})
	}
	return out
}

func (p *provider) base(setting func(string) string) string {
	base := setting(p.name + "_url")
	if base == "" {
		base = p.url
	}
	return strings.TrimRight(base, "/")
}

// missing is the error for a service that is not configured.
func (p *provider) missing(call *tool.Call) error {
	needs := p.keys
	if p.url == "" {
		needs = append([]string{p.name + "_url"}, needs...)
	}
	for _, name := range needs {
		if call.Setting(name) == "" {
			variables := append([]string{"LLMSPELL_TOOLS_WEB_SEARCHER_" + strings.ToUpper(name)}, p.env[name]...)
			return tool.Errorf(tool.NotConfigured, "%s needs the setting %s: set the environment variable %s", p.name, name, strings.Join(variables, " or "))
		}
	}
	return nil
}

func (p *provider) unsupported(kind string) error {
	for _, k := range p.kinds {
		if k == kind {
			return nil
		}
	}
	return tool.Errorf(tool.Unsupported, "%s searches %s only; choose another provider for %s", p.name, strings.Join(p.kinds, ", "), kind)
}

func (p *provider) ask(ctx context.Context, call *tool.Call, q *searchQuery) (*answer, error) {
	if err := errors.Join(p.missing(call), p.unsupported(q.kind)); err != nil {
		return nil, err
	}
	o := p.request(q, p.base(call.Setting))
	o.max, o.secrets = 8<<20, p.secrets(call)
	f, err := fetch(ctx, call, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	if err := p.refused(f); err != nil {
		return nil, err
	}
	a, err := p.read(q, f)
	if err != nil {
		return nil, tool.Errorf(tool.RemoteFailed, "%s answered what cannot be read: %w", p.name, err)
	}
	return a, nil
}

func (p *provider) secrets(call *tool.Call) []string {
	var out []string
	for _, key := range p.keys {
		out = append(out, call.Setting(key))
	}
	return out
}

// refused turns a status into an error that says what to do.
func (p *provider) refused(f *fetched) error {
	if f.status < 400 {
		return nil
	}
	e := tool.Errorf(tool.RemoteFailed, "%s answered with status %d", p.name, f.status)
	switch {
	case f.status == 401 || f.status == 403:
		e.Message += ": it does not accept the key"
		if len(p.keys) > 0 {
			e.Message += "; check the setting " + p.keys[0]
		}
	case f.status == 429:
		e.Message += ": too many requests, or the plan's quota is used up"
		e.Temporary = true
	case f.status >= 500:
		e.Temporary = true
	}
	if detail := remoteMessage(f.body); detail != "" {
		e.Message += " (" + f.hide(detail) + ")"
	}
	e.Details = map[string]any{"provider": p.name, "status": f.status}
	return e
}

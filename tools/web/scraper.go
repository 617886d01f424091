package web

import (
	"context"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxHTML is the longest page that is read, in bytes.
const maxHTML = 16 << 20

func scraperDefinition() tool.Definition {
	input := schema.Text("The URL of the page")
	input.MaxLength = schema.Ptr(maxURL)
	page := schema.Text("The page itself, instead of fetching it; input is then what its relative links start from")
	page.MaxLength = schema.Ptr(maxHTML)
	return tool.Static(&tool.Descriptor{
		Name: "web-scraper", Category: "web", Version: "1.0.0", Security: tool.Restricted, Timeout: 60 * time.Second,
		Tags: []string{"html", "page", "scrape", "css", "selector", "links", "extract"}, Needs: []tool.Need{tool.Network},
		Description: "Reads a web page: what CSS selectors find in it, its links, images, tables and metadata, and its readable text. It runs no JavaScript",
		Parameters: schema.Map("",
			schema.Optional("input", input, "url"),
			schema.Optional("html", page),
			schema.Optional("selector", schema.Text("A CSS selector, with @name behind it for an attribute: h2 a@href. The text of what it finds is the result's selected")),
			schema.Optional("selectors", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text(""),
				Description: "Several selectors by name; [] behind one gives all that it finds as an array, as in {title = \"h1\", links = \"a@href[]\"}"}),
			schema.Optional("extract_links", schema.Flag("Give the links, made absolute")),
			schema.Optional("extract_images", schema.Flag("Give the images, made absolute")),
			schema.Optional("extract_meta", schema.Flag("Give title, description, Open Graph, Twitter, canonical link and JSON-LD")),
			schema.Optional("extract_tables", schema.Flag("Give the tables as arrays of rows")),
			schema.Optional("article", schema.Flag("Give the readable part of the page, without its menus")),
			schema.Optional("format", schema.Choice("How the page's text is given", "text", "markdown", "html", "none").WithDefault("text")),
			schema.Optional("max_items", schema.Int("The most links, images, matches and so on, of each", 1, 100_000).WithDefault(1000)),
			schema.Optional("respect_robots", schema.Flag("Refuse pages that the site's robots.txt closes to robots")),
			schema.Optional("headers", &schema.Schema{Types: []schema.Type{schema.Object}, Additional: schema.Text(""), Description: "Further headers of the request"}),
			schema.Optional("timeout", schema.Int("For fetching, in seconds", 1, 300).WithDefault(30), "timeout_seconds"),
			schema.Optional("wait_for_js", &schema.Schema{Types: []schema.Type{schema.Boolean, schema.String},
				Description: "Not available: pages are read as the server sends them, no JavaScript runs. Anything but false is refused"})),
		Result: schema.Map("",
			schema.Optional("url", schema.Text("Where the page was found, after redirects")),
			schema.Optional("status", schema.Int("The HTTP status", 100, 999)),
			schema.Optional("title", schema.Text("The page's title")),
			schema.Optional("text", schema.Text("The page's text, as format says")),
			schema.Optional("selected", schema.List("What selector found", schema.Text(""))),
			schema.Optional("selectors", schema.Map("What each selector found: a string, null where it found nothing, or an array")),
			schema.Optional("links", schema.List("{url, text, rel?, external}", nil)),
			schema.Optional("images", schema.List("{url, alt, width?, height?}", nil)),
			schema.Optional("meta", schema.Map("{title, description, canonical, language, author, keywords, open_graph, twitter, json_ld, feeds, icon}")),
			schema.Optional("tables", schema.List("{caption?, headers, rows}", nil)),
			schema.Optional("article", schema.Map("{title, byline, text, html, markdown, excerpt, site_name, language, image, published, length}")),
			schema.Optional("truncated", schema.Flag("Whether max_items cut something off"))),
		Examples: []tool.Example{
			{Description: "Select from a page that is given", Params: map[string]any{
				"html": `<h1>Fruit</h1><ul><li class="f">apple</li><li class="f">pear</li></ul><a href="/more">more</a>`, "input": "https://example.com/list",
				"selectors": map[string]any{"title": "h1", "fruit": "li.f[]"}, "extract_links": true, "format": "none"},
				Want: map[string]any{"selectors": map[string]any{"title": "Fruit", "fruit": []any{"apple", "pear"}},
					"links": []any{map[string]any{"url": "https://example.com/more", "text": "more", "external": false}}}},
			{Description: "A page as Markdown", Params: map[string]any{"html": "<h1>Fruit</h1><p>An <b>apple</b> a day</p>", "format": "markdown"},
				Want: map[string]any{"text": "# Fruit\n\nAn **apple** a day"}},
			servedExample("Fetch a page", map[string]any{"input": "{url}/page", "extract_meta": true, "selector": "h1"},
				map[string]any{"status": 200, "title": "The page", "selected": []any{"Hello"}}),
		},
	}, scrape)
}

func scrape(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	if js := call.Params["wait_for_js"]; js != nil && js != false {
		return nil, tool.Errorf(tool.Unsupported, "wait_for_js is not available: pages are read as the server sends them, and no JavaScript runs; "+
			"leave it out, or fetch the address from which the page's script takes its data")
	}
	specs, err := parseSelectors(call)
	if err != nil {
		return nil, err
	}
	p, err := loadPage(ctx, call)
	if err != nil {
		return nil, err
	}
	s := &scraping{page: p, max: call.Params.Int("max_items"), value: map[string]any{}}
	if p.url != nil {
		s.value["url"] = httpx.Redact(p.url)
	}
	if p.status != 0 {
		s.value["status"] = p.status
	}
	if title := collapse(p.doc.Find("title").First().Text()); title != "" {
		s.value["title"] = title
	}
	for _, step := range []struct {
		wanted bool
		do     func() error
	}{
		{true, func() error { return s.selected(ctx, specs) }},
		{call.Params.Bool("extract_links"), s.links},
		{call.Params.Bool("extract_images"), s.images},
		{call.Params.Bool("extract_tables"), s.tables},
		{call.Params.Bool("extract_meta"), func() error { s.value["meta"] = pageMeta(p); return nil }},
		{call.Params.Bool("article"), s.article},
		{true, func() error { return s.text(call.Params.String("format")) }},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if step.wanted {
			if err := step.do(); err != nil {
				return nil, err
			}
		}
	}
	if s.truncated {
		s.value["truncated"] = true
	}
	r := tool.Value(s.value)
	if text, ok := s.value["text"].(string); ok {
		r.Text = &text
	}
	return r, nil
}

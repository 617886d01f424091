package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/internal/sanitize"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const maxFeed = 16 << 20

func feedDefinition() tool.Definition {
	text := schema.Text("The feed itself, instead of fetching it")
	text.MaxLength = schema.Ptr(maxFeed)
	return tool.Static(&tool.Descriptor{
		Name: "feed-reader", Aliases: []string{"rss-reader", "atom-reader"}, Category: "web", Version: "1.0.0", Security: tool.Restricted, Timeout: 60 * time.Second,
		Tags: []string{"rss", "atom", "json feed", "news", "podcast", "blog"}, Needs: []tool.Need{tool.Network},
		Description: "Reads an RSS, Atom or JSON feed, from its URL or its text; a web page's URL leads to the feed that the page names",
		Parameters: schema.Map("",
			schema.Optional("input", schema.Text("The URL of the feed, or of a page that names it"), "url"),
			schema.Optional("content", text, "feed", "text"),
			schema.Optional("limit", schema.Int("The most items, newest first", 1, 10_000).WithDefault(50), "max_items"),
			schema.Optional("since", schema.Text("Only items published at or after this time, such as 2024-05-01 or 2024-05-01T12:00:00Z; items without a time are left out")),
			schema.Optional("category", schema.Text("Only items of this category")),
			schema.Optional("query", schema.Text("Only items whose title or text contains this, in upper or lower case")),
			schema.Optional("include_content", schema.Flag("Give each item's whole text beside its summary")),
			schema.Optional("format", schema.Choice("How texts are given: without markup, or as HTML without anything that could run", "text", "html").WithDefault("text")),
			schema.Optional("timeout", schema.Int("For fetching, in seconds", 1, 300).WithDefault(30), "timeout_seconds")),
		Result: schema.Map("",
			schema.Required("title", schema.Text("The feed's title")),
			schema.Required("type", schema.Choice("The format", "rss", "atom", "json")),
			schema.Optional("version", schema.Text("The format's version")),
			schema.Optional("url", schema.Text("Where the feed was found")),
			schema.Optional("link", schema.Text("The page that the feed belongs to")),
			schema.Optional("description", schema.Text("What the feed says about itself")),
			schema.Optional("language", schema.Text("Such as en")),
			schema.Optional("updated", schema.Text("When it changed, in UTC")),
			schema.Required("items", schema.List("{title, link?, id?, published?, updated?, authors, categories, summary, content?, enclosures}, newest first", nil)),
			schema.Required("total", schema.Int("Of items in the feed", 0, 1e9)),
			schema.Required("matched", schema.Int("Of items that were asked for, before limit", 0, 1e9))),
		Examples: []tool.Example{
			{Description: "Read a feed that is given", Params: map[string]any{"content": exampleFeed, "since": "2024-05-02"},
				Want: map[string]any{"title": "News", "type": "rss", "total": 2, "matched": 1}},
			servedExample("Fetch a feed", map[string]any{"input": "{url}/feed.xml", "limit": 1}, map[string]any{"title": "News", "total": 2, "matched": 2}),
		},
	}, readFeed)
}

const exampleFeed = `<rss version="2.0"><channel><title>News</title><link>https://example.com/</link>` +
	`<item><title>Old</title><pubDate>Wed, 01 May 2024 08:00:00 GMT</pubDate></item>` +
	`<item><title>New</title><pubDate>Fri, 03 May 2024 08:00:00 GMT</pubDate></item></channel></rss>`

func readFeed(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	keep, err := feedFilter(call)
	if err != nil {
		return nil, err
	}
	value := map[string]any{}
	text, given := call.Params["content"].(string)
	if !given {
		address, err := call.Need("input")
		if err != nil {
			return nil, call.Missing("input", "content")
		}
		f, err := fetchFeed(ctx, call, address)
		if err != nil {
			return nil, err
		}
		text, value["url"] = string(f.body), httpx.Redact(f.url)
	}
	feed, err := parseFeed(text)
	if err != nil {
		if !given {
			return nil, tool.Errorf(tool.RemoteFailed, "%w", err)
		}
		return nil, &schema.FieldError{Path: "content", Problem: "cannot be read: " + err.Error()}
	}
	if feed.FeedType == "json" && !strings.HasPrefix(feed.FeedVersion, "https://jsonfeed.org/") && !strings.HasPrefix(feed.FeedVersion, "http://jsonfeed.org/") {
		// The library takes any JSON object for a feed.
		if !given {
			return nil, tool.Errorf(tool.RemoteFailed, "%s is JSON but no JSON feed: it has no version that names jsonfeed.org", value["url"])
		}
		return nil, &schema.FieldError{Path: "content", Problem: "is JSON but no JSON feed: it has no version that names jsonfeed.org"}
	}
	describeFeed(value, feed)
	base := feedBase(feed, value["url"])
	items := slices.DeleteFunc(feed.Items, func(i *gofeed.Item) bool { return i == nil || !keep(i) })
	slices.SortStableFunc(items, func(a, b *gofeed.Item) int { return itemTime(b).Compare(itemTime(a)) })
	value["matched"] = len(items)
	w := itemWriter{whole: call.Params.Bool("include_content"), markup: call.Params.String("format") == "html"}
	w.base = base
	w.policy = sanitize.New()
	out := []any{}
	for _, i := range items[:min(len(items), call.Params.Int("limit"))] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out = append(out, w.item(i))
	}
	value["items"] = out
	return tool.Value(value), nil
}

// fetchFeed fetches a feed, by way of a page that names it if need be.
func fetchFeed(ctx context.Context, call *tool.Call, address string) (*fetched, error) {
	accept := "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.5, */*;q=0.1"
	f, err := fetch(ctx, call, fetchOptions{url: address, accept: accept, max: maxFeed, succeed: true})
	if err != nil || !f.isHTML() {
		return f, err
	}
	p, err := parsePage(f.text(), f.url, f.status)
	if err != nil {
		return nil, err
	}
	feeds, _ := pageMeta(p)["feeds"].([]any)
	if len(feeds) == 0 {
		return nil, tool.Errorf(tool.ResourceNotFound, "%s is a web page that names no feed; pass the URL of the feed itself", httpx.Redact(f.url))
	}
	first, _ := feeds[0].(map[string]any)
	link, _ := first["url"].(string)
	return fetch(ctx, call, fetchOptions{url: link, accept: accept, max: maxFeed, succeed: true})
}

func parseFeed(text string) (*gofeed.Feed, error) {
	feed, err := guarded(func() (*gofeed.Feed, error) { return gofeed.NewParser().ParseString(text) })
	if err != nil {
		return nil, tool.Errorf(tool.ExecutionFailed, "this is no RSS, Atom or JSON feed: %w", err)
	}
	return feed, nil
}

func describeFeed(value map[string]any, feed *gofeed.Feed) {
	value["title"], value["type"], value["total"] = collapse((&itemWriter{}).plain(feed.Title)), feed.FeedType, len(feed.Items)
	for key, text := range map[string]string{"version": feed.FeedVersion, "link": feed.Link, "description": collapse(feed.Description), "language": feed.Language} {
		if text != "" {
			value[key] = text
		}
	}
	if t := feed.UpdatedParsed; t != nil {
		value["updated"] = utc(*t)
	} else if t := feed.PublishedParsed; t != nil {
		value["updated"] = utc(*t)
	}
}

// feedFilter makes the test of what items are asked for.
func feedFilter(call *tool.Call) (func(*gofeed.Item) bool, error) {
	var since time.Time
	if text := call.Params.String("since"); text != "" {
		var err error
		if since, err = parseTime(text); err != nil {
			return nil, &schema.FieldError{Path: "since", Expected: "a time such as 2024-05-01 or 2024-05-01T12:00:00Z", Value: text}
		}
	}
	category, query := call.Params.String("category"), strings.ToLower(call.Params.String("query"))
	return func(i *gofeed.Item) bool {
		if !since.IsZero() && itemTime(i).Before(since) {
			return false
		}
		if category != "" && !slices.ContainsFunc(i.Categories, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), category) }) {
			return false
		}
		return query == "" || strings.Contains(strings.ToLower(i.Title+"\n"+i.Description+"\n"+i.Content), query)
	}, nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Parse(time.DateOnly, text)
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func itemTime(i *gofeed.Item) time.Time {
	switch {
	case i.PublishedParsed != nil:
		return *i.PublishedParsed
	case i.UpdatedParsed != nil:
		return *i.UpdatedParsed
	}
	return time.Time{}
}

// itemWriter writes the items of one feed.
type itemWriter struct {
	whole, markup bool
	base          *url.URL // what relative links start from; nil when nobody knows
	policy        *sanitize.Policy
}

func (w *itemWriter) item(i *gofeed.Item) map[string]any {
	v := map[string]any{"title": collapse(w.plain(i.Title)), "categories": []any{}, "authors": []any{}, "enclosures": []any{}}
	summary := i.Description
	if summary == "" {
		summary = i.Content
	}
	v["summary"] = w.write(summary)
	if w.whole {
		content := i.Content
		if content == "" {
			content = i.Description
		}
		v["content"] = w.write(content)
	}
	for key, text := range map[string]string{"link": w.absolute(i.Link), "id": i.GUID} {
		if text != "" {
			v[key] = text
		}
	}
	if i.PublishedParsed != nil {
		v["published"] = utc(*i.PublishedParsed)
	}
	if i.UpdatedParsed != nil {
		v["updated"] = utc(*i.UpdatedParsed)
	}
	for _, c := range i.Categories {
		v["categories"] = append(v["categories"].([]any), strings.TrimSpace(c))
	}
	for _, a := range i.Authors {
		if a == nil {
			continue
		}
		if name := strings.TrimSpace(a.Name); name != "" {
			v["authors"] = append(v["authors"].([]any), name)
		} else if a.Email != "" {
			v["authors"] = append(v["authors"].([]any), a.Email)
		}
	}
	for _, e := range i.Enclosures {
		if e != nil {
			v["enclosures"] = append(v["enclosures"].([]any), map[string]any{"url": w.absolute(e.URL), "type": e.Type, "length": e.Length})
		}
	}
	return v
}

// feedBase is what the links of a feed start from: where it was found, or else
// what it calls itself or its site.
func feedBase(feed *gofeed.Feed, found any) *url.URL {
	where, _ := found.(string)
	for _, text := range []string{where, feed.FeedLink, feed.Link} {
		if u, err := url.Parse(strings.TrimSpace(text)); err == nil && u.IsAbs() && u.Host != "" {
			return u
		}
	}
	return nil
}

func (w *itemWriter) absolute(link string) string {
	if link == "" {
		return ""
	}
	return (&page{base: w.base}).absolute(link)
}

func (w *itemWriter) write(markup string) string {
	if w.markup {
		return strings.TrimSpace(w.policy.Sanitize(markup))
	}
	return w.plain(markup)
}

// plain is the text of a piece of HTML.
func (w *itemWriter) plain(markup string) string {
	if !strings.ContainsAny(markup, "<&") {
		return lines(markup)
	}
	p, err := parsePage(markup, nil, 0)
	if err != nil {
		return lines(markup)
	}
	return lines(textOf(p.doc.Find("body")))
}

package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxDiff is up to which size two contents are compared line by line.
const maxDiff = 1 << 20

func monitorDefinition() tool.Definition {
	previous := schema.Text("The content of the last time, as content gave it")
	previous.MaxLength = schema.Ptr(maxHTML)
	return tool.Static(&tool.Descriptor{
		Name: "webpage-monitor", Category: "web", Version: "1.0.0", Security: tool.Restricted, Timeout: 60 * time.Second,
		Tags: []string{"monitor", "change", "watch", "diff", "page"}, Needs: []tool.Need{tool.Network},
		Description: "Fetches a web page, or a part of it, and tells whether it has changed since the last time, and how. It keeps nothing: pass what the last call gave",
		Parameters: schema.Map("",
			schema.Required("input", schema.Text("The URL of the page"), "url"),
			schema.Optional("previous_content", previous),
			schema.Optional("previous_hash", schema.Text("The hash of the last time, where the content was not kept")),
			schema.Optional("selector", schema.Text("A CSS selector of the part to look at")),
			schema.Optional("ignore_whitespace", schema.Flag("Take any white space for one space, line by line").WithDefault(true)),
			schema.Optional("etag", schema.Text("The etag of the last time: the server need not send a page that is the same")),
			schema.Optional("last_modified", schema.Text("The last_modified of the last time, likewise")),
			schema.Optional("timeout", schema.Int("For fetching, in seconds", 1, 300).WithDefault(30), "timeout_seconds")),
		Result: schema.Map("",
			schema.Required("changed", &schema.Schema{Types: []schema.Type{schema.Boolean, schema.Null}, Description: "Whether the page differs; null when there is nothing to compare with"}),
			schema.Optional("content", schema.Text("The text of the page, or of the part; missing when the server says that nothing changed")),
			schema.Optional("hash", schema.Text("The SHA-256 of content")),
			schema.Optional("diff", schema.Text("What changed, as a unified diff")),
			schema.Optional("added", schema.Int("Lines that are new", 0, 1e9)),
			schema.Optional("removed", schema.Int("Lines that are gone", 0, 1e9)),
			schema.Required("status", schema.Int("The HTTP status; 304 when the server says that nothing changed", 100, 999)),
			schema.Required("url", schema.Text("Where the page was found, after redirects")),
			schema.Optional("etag", schema.Text("For the next call")),
			schema.Optional("last_modified", schema.Text("For the next call")),
			schema.Required("checked_at", schema.Text("When, in UTC"))),
		Examples: []tool.Example{
			servedExample("Has it changed?", map[string]any{"input": "{url}/page", "selector": "h1", "previous_content": "Good bye"},
				map[string]any{"changed": true, "content": "Hello", "diff": "--- previous\n+++ now\n@@ -1 +1 @@\n-Good bye\n+Hello\n", "added": 1, "removed": 1}),
		},
	}, monitor)
}

func monitor(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	var match cascadia.Selector
	if text, ok := p["selector"].(string); ok {
		spec, err := parseSelector("selector", text)
		if err != nil {
			return nil, err
		}
		match = spec.match
	}
	headers := map[string]string{}
	if v := p.String("etag"); v != "" {
		headers["If-None-Match"] = v
	}
	if v := p.String("last_modified"); v != "" {
		headers["If-Modified-Since"] = v
	}
	f, err := fetch(ctx, call, fetchOptions{url: p.String("input"), headers: headers, accept: "text/html, */*;q=0.5", max: maxHTML, succeed: true})
	if err != nil {
		return nil, err
	}
	value := map[string]any{"status": f.status, "url": httpx.Redact(f.url), "checked_at": utc(time.Now())}
	for key, name := range map[string]string{"etag": "ETag", "last_modified": "Last-Modified"} {
		if v := f.header.Get(name); v != "" {
			value[key] = v
		}
	}
	if f.status == http.StatusNotModified {
		value["changed"] = false
		return tool.Value(value), nil
	}
	content, err := contentOf(f, match, p.String("selector"))
	if err != nil {
		return nil, err
	}
	if p.Bool("ignore_whitespace") {
		content = lines(content)
	}
	sum := sha256.Sum256([]byte(content))
	value["content"], value["hash"] = content, hex.EncodeToString(sum[:])
	previous, given := p["previous_content"].(string)
	switch hash := p.String("previous_hash"); {
	case given:
		if p.Bool("ignore_whitespace") {
			previous = lines(previous)
		}
		value["changed"] = previous != content
		if previous != content {
			describeChange(value, previous, content)
		}
	case hash != "":
		value["changed"] = hash != value["hash"]
	default:
		value["changed"] = nil
	}
	return tool.Value(value), nil
}

// contentOf is what is compared: the text of the part that match finds, or of
// the page; other documents are compared as they are.
func contentOf(f *fetched, match cascadia.Selector, selector string) (string, error) {
	if !f.isHTML() && match == nil {
		return f.text(), nil
	}
	p, err := parsePage(f.text(), f.url, f.status)
	if err != nil {
		return "", err
	}
	if match == nil {
		return textOf(p.doc.Find("body")), nil
	}
	found := p.doc.FindMatcher(match)
	if found.Length() == 0 {
		return "", tool.Errorf(tool.ResourceNotFound, "nothing on the page matches the selector %q; the page may have been rebuilt", selector)
	}
	text := ""
	found.Each(func(_ int, s *goquery.Selection) { text += textOf(s) + "\n" })
	return text, nil
}

// describeChange adds the diff and its counts. Contents that are too large for
// a diff are only said to differ.
func describeChange(value map[string]any, previous, content string) {
	if len(previous) > maxDiff || len(content) > maxDiff {
		return
	}
	previous, content = endLine(previous), endLine(content)
	value["diff"] = udiff.Unified("previous", "now", previous, content)
	added, removed := 0, 0
	for _, hunk := range hunks(previous, content) {
		for _, l := range hunk.Lines {
			switch l.Kind {
			case udiff.Insert:
				added++
			case udiff.Delete:
				removed++
			}
		}
	}
	value["added"], value["removed"] = added, removed
}

func hunks(before, after string) []*udiff.Hunk {
	u, err := udiff.ToUnifiedDiff("previous", "now", before, udiff.Lines(before, after), 0)
	if err != nil {
		return nil
	}
	return u.Hunks
}

func endLine(s string) string {
	if s != "" && s[len(s)-1] != '\n' {
		s += "\n"
	}
	return s
}

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func linkCheckerDefinition() tool.Definition {
	page := schema.Text("The page itself, instead of fetching it; input is then what its relative links start from")
	page.MaxLength = schema.Ptr(maxHTML)
	return tool.Static(&tool.Descriptor{
		Name: "link-checker", Category: "web", Version: "1.0.0", Security: tool.Restricted, Timeout: 5 * time.Minute,
		Tags: []string{"links", "broken", "dead links", "404", "check"}, Needs: []tool.Need{tool.Network},
		Description: "Checks whether the links of a page, or a list of URLs, still lead somewhere",
		Parameters: schema.Map("",
			schema.Optional("input", schema.Text("The URL of the page"), "url"),
			schema.Optional("html", page),
			schema.Optional("urls", schema.List("URLs to check, instead of a page's links", schema.Text("")), "links"),
			schema.Optional("internal_only", schema.Flag("Check only links to the page's own host")),
			schema.Optional("max_links", schema.Int("The most links", 1, 5000).WithDefault(200), "limit"),
			schema.Optional("concurrency", schema.Int("How many are checked at a time", 1, 32).WithDefault(8)),
			schema.Optional("timeout", schema.Int("For each, in seconds", 1, 300).WithDefault(15), "timeout_seconds"),
			schema.Optional("respect_robots", schema.Flag("Do not read the page if its site's robots.txt closes it to robots"))),
		Result: schema.Map("",
			schema.Required("checked", schema.Int("Of links", 0, 5000)),
			schema.Required("ok", schema.Int("Of links that lead somewhere", 0, 5000)),
			schema.Required("broken", schema.List("{url, status?, error?, text?} of those that do not", nil)),
			schema.Required("denied", schema.List("{url, denied: true, error, text?} of those that the net permission does not allow to be checked", nil)),
			schema.Required("skipped", schema.List("Of urls, those that are no address of a web page, such as mailto:", schema.Text(""))),
			schema.Required("links", schema.List("{url, ok, status?, redirected_to?, error?, text?} of each, in the page's order", nil)),
			schema.Required("truncated", schema.Flag("Whether there were more than max_links"))),
		Examples: []tool.Example{
			servedExample("Check a page", map[string]any{"input": "{url}/page"}, map[string]any{"checked": 2, "ok": 1, "truncated": false}),
		},
	}, checkLinks)
}

// link is one to check.
type link struct{ url, text string }

func checkLinks(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	links, skipped, truncated, err := linksOf(ctx, call)
	if err != nil {
		return nil, err
	}
	client, err := newClient(call)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	results := make([]map[string]any, len(links))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(call.Params.Int("concurrency"))
	var mu sync.Mutex
	done := 0
	for i, l := range links {
		group.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			v, err := checkLink(gctx, call, client, l)
			if err != nil {
				return err
			}
			results[i] = v
			mu.Lock()
			defer mu.Unlock()
			done++
			call.Report(float64(done), float64(len(links)), "checking links")
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	ok, broken, denied, all := 0, []any{}, []any{}, []any{}
	for _, v := range results {
		all = append(all, v)
		if v["ok"] == true {
			ok++
		} else if v["denied"] == true {
			denied = append(denied, v)
		} else {
			broken = append(broken, v)
		}
	}
	return tool.Value(map[string]any{"checked": len(all), "ok": ok, "broken": broken, "denied": denied, "skipped": skipped, "links": all, "truncated": truncated}), nil
}

// linksOf lists what to check, each once.
func linksOf(ctx context.Context, call *tool.Call) (links []link, skipped []any, truncated bool, err error) {
	skipped = []any{}
	max, seen := call.Params.Int("max_links"), map[string]bool{}
	add := func(address, text string) {
		address, _, _ = strings.Cut(address, "#")
		lower := strings.ToLower(address)
		if seen[address] || !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			return
		}
		if len(links) == max {
			truncated = true
			return
		}
		seen[address] = true
		links = append(links, link{address, text})
	}
	if urls, ok := call.Params["urls"].([]any); ok {
		for i, v := range urls {
			text, _ := v.(string)
			if noPage(text) {
				skipped = append(skipped, httpx.RedactText(text))
				continue
			}
			u, err := httpx.ParseURL("urls["+itoa(i)+"]", text)
			if err != nil {
				return nil, nil, false, err
			}
			add(u.String(), "")
		}
		return links, skipped, truncated, nil
	}
	if !call.Params.Has("html") && call.Params.String("input") == "" {
		return nil, nil, false, call.Missing("input", "html", "urls")
	}
	p, err := loadPage(ctx, call)
	if err != nil {
		return nil, nil, false, err
	}
	for _, n := range p.doc.Find("a[href], area[href]").EachIter() {
		address := p.absolute(n.AttrOr("href", ""))
		if call.Params.Bool("internal_only") && p.url != nil {
			if u, err := url.Parse(address); err != nil || !strings.EqualFold(u.Host, p.url.Host) {
				continue
			}
		}
		add(address, collapse(textOf(n)))
	}
	return links, skipped, truncated, nil
}

// noPage tells whether an address is one, but not of a web page.
func noPage(address string) bool {
	scheme, rest, ok := strings.Cut(strings.ToLower(strings.TrimSpace(address)), ":")
	switch scheme {
	case "http", "https":
		return false
	case "mailto", "tel", "sms", "javascript", "data", "about", "blob", "cid", "geo", "magnet", "urn":
		return ok
	}
	return ok && strings.HasPrefix(rest, "//") && scheme != ""
}

// checkLink asks for one link, with HEAD first, as some servers send much, and
// with GET when the server does not know HEAD. Only the end of the call is an
// error. All that is asked for one link takes no longer than the timeout.
func checkLink(ctx context.Context, call *tool.Call, client *httpx.Client, l link) (map[string]any, error) {
	v := map[string]any{"url": httpx.RedactText(l.url), "ok": false}
	if l.text != "" {
		v["text"] = l.text
	}
	var f *fetched
	var err error
	timeout := time.Duration(call.Params.Int("timeout")) * time.Second
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		f, err = fetch(within, call, fetchOptions{url: l.url, method: method, accept: "*/*", max: 4096, cut: true, client: client})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && within.Err() != nil {
			err = fmt.Errorf("no answer within %v", timeout)
		}
		var refused *sandbox.DeniedError
		if errors.As(err, &refused) {
			v["denied"] = true
		}
		if err == nil && f.status < 400 || within.Err() != nil || refused != nil {
			break
		}
	}
	if err != nil {
		v["error"] = err.Error()
		return v, nil
	}
	v["status"], v["ok"] = f.status, f.status < 400
	if len(f.redirects) > 0 {
		v["redirected_to"] = httpx.Redact(f.url)
	}
	return v, nil
}

package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/temoto/robotstxt"

	"github.com/llmspell/llmspell/tools/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// robotName is the user agent that our own fetches obey robots.txt as.
const robotName = "llmspell"

// maxRobots is how much of a robots.txt is read, as RFC 9309 section 2.5 allows.
const maxRobots = 500 << 10

func robotsDefinition() tool.Definition {
	text := schema.Text("The robots.txt itself, instead of fetching it")
	text.MaxLength = schema.Ptr(maxRobots)
	return tool.Static(&tool.Descriptor{
		Name: "robots-checker", Aliases: []string{"robots-txt"}, Category: "web", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"robots", "robots.txt", "crawl", "allowed"}, Needs: []tool.Need{tool.Network},
		Description: "Tells whether a site's robots.txt allows a robot to fetch pages, its crawl delay and its sitemaps",
		Parameters: schema.Map("",
			schema.Required("input", schema.Text("The URL of a page, or of the site"), "url"),
			schema.Optional("paths", schema.List("Further paths of the site to check", schema.Text(""))),
			schema.Optional("user_agent", schema.Text("The robot's name").WithDefault(robotName)),
			schema.Optional("robots_txt", text, "content"),
			schema.Optional("timeout", schema.Int("For fetching, in seconds", 1, 300).WithDefault(30), "timeout_seconds")),
		Result: schema.Map("",
			schema.Required("allowed", schema.Flag("Whether the robot may fetch input")),
			schema.Required("robots_url", schema.Text("Where the rules stand")),
			schema.Optional("status", schema.Int("The HTTP status of robots.txt; where there is none (4xx) everything is allowed", 100, 999)),
			schema.Required("user_agent", schema.Text("The robot's name")),
			schema.Optional("crawl_delay_seconds", schema.Num("How long the robot should wait between fetches")),
			schema.Required("sitemaps", schema.List("The sitemaps that it names", schema.Text(""))),
			schema.Required("paths", schema.List("{path, allowed} of each further path", nil))),
		Examples: []tool.Example{
			{Description: "Check rules that are given", Params: map[string]any{"input": "https://example.com/private/a",
				"robots_txt": "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\nSitemap: https://example.com/sitemap.xml\n", "paths": []any{"/public"}},
				Want: map[string]any{"allowed": false, "crawl_delay_seconds": 2, "sitemaps": []any{"https://example.com/sitemap.xml"},
					"paths": []any{map[string]any{"path": "/public", "allowed": true}}}},
			servedExample("Fetch a site's rules", map[string]any{"input": "{url}/private/x"}, map[string]any{"allowed": false, "status": 200}),
		},
	}, checkRobots)
}

func checkRobots(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	u, _, err := parseURL(call.Params.String("input"))
	if err != nil {
		return nil, err
	}
	where := robotsURL(u)
	value := map[string]any{"robots_url": httpx.Redact(where), "user_agent": call.Params.String("user_agent")}
	var rules *robotstxt.RobotsData
	if text, ok := call.Params["robots_txt"].(string); ok {
		if rules, err = parseRobots(200, []byte(text)); err != nil {
			return nil, &schema.FieldError{Path: "robots_txt", Problem: err.Error()}
		}
	} else {
		var status int
		if rules, status, err = fetchRobots(ctx, call, u); err != nil {
			return nil, err
		}
		value["status"] = status
	}
	agent := call.Params.String("user_agent")
	group := rules.FindGroup(agent)
	value["allowed"] = rules.TestAgent(requestPath(u), agent)
	if group.CrawlDelay > 0 {
		value["crawl_delay_seconds"] = group.CrawlDelay.Seconds()
	}
	sitemaps, paths := []any{}, []any{}
	for _, s := range rules.Sitemaps {
		sitemaps = append(sitemaps, s)
	}
	wanted, _ := call.Params["paths"].([]any)
	for _, p := range wanted {
		text, _ := p.(string)
		if !strings.HasPrefix(text, "/") {
			text = "/" + text
		}
		paths = append(paths, map[string]any{"path": p, "allowed": rules.TestAgent(text, agent)})
	}
	value["sitemaps"], value["paths"] = sitemaps, paths
	return tool.Value(value), nil
}

func robotsURL(u *url.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
}

// requestPath is what the rules are compared with.
func requestPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// fetchRobots fetches the rules of a page's site. A site without any allows
// everything; one whose server fails allows nothing (RFC 9309 section 2.3.1).
func fetchRobots(ctx context.Context, call *tool.Call, page *url.URL) (*robotstxt.RobotsData, int, error) {
	f, err := fetch(ctx, call, fetchOptions{url: robotsURL(page).String(), accept: "text/plain, */*;q=0.1", max: maxRobots, cut: true, timeout: 15 * time.Second})
	if err != nil {
		return nil, 0, err
	}
	rules, err := parseRobots(f.status, f.body)
	return rules, f.status, err
}

func parseRobots(status int, text []byte) (*robotstxt.RobotsData, error) {
	rules, err := guarded(func() (*robotstxt.RobotsData, error) { return robotstxt.FromStatusAndBytes(status, text) })
	if err != nil {
		return nil, tool.Errorf(tool.ExecutionFailed, "robots.txt cannot be read: %w", err)
	}
	return rules, nil
}

// obeyRobots refuses a page that its site closes to robots.
func obeyRobots(ctx context.Context, call *tool.Call, page *url.URL) error {
	rules, _, err := fetchRobots(ctx, call, page)
	if err != nil {
		return err
	}
	if !rules.TestAgent(requestPath(page), robotName) {
		return tool.Errorf(tool.PermissionDenied, "the robots.txt of %s closes %s to robots; set respect_robots to false if you may read it anyway", page.Host, requestPath(page))
	}
	return nil
}

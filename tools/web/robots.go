package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/temoto/robotstxt"

	"github.com/llmspell/llmspell/internal/httpx"
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
	value["allowed"] = allowed(rules, requestPath(u), agent)
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
		paths = append(paths, map[string]any{"path": p, "allowed": allowed(rules, text, agent)})
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
	rules, err := guarded(func() (*robotstxt.RobotsData, error) { return robotstxt.FromStatusAndBytes(status, normalRules(text)) })
	if err != nil {
		return nil, tool.Errorf(tool.ExecutionFailed, "robots.txt cannot be read: %w", err)
	}
	return rules, nil
}

// allowed tells whether a robot may fetch a path. It may always read the rules
// themselves (RFC 9309 section 2.2.2).
func allowed(rules *robotstxt.RobotsData, path, agent string) bool {
	return path == "/robots.txt" || rules.TestAgent(normalPath(path), agent)
}

// normalRules writes the paths of rules as normalPath does, since the library
// compares them byte by byte.
func normalRules(text []byte) []byte {
	var out strings.Builder
	out.Grow(len(text))
	for line := range strings.Lines(string(text)) {
		key, path, found := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "allow", "disallow":
			if found {
				path, comment, commented := strings.Cut(path, "#")
				out.WriteString(key + ":" + normalPath(path))
				if commented {
					out.WriteString("#" + comment)
				}
				continue
			}
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// normalPath encodes what is not ASCII, decodes what needs no code, and writes
// codes in capitals (RFC 9309 section 2.2.2).
func normalPath(path string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c >= 0x80:
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		case c == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]):
			n, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if b := byte(n); b == '-' || b == '.' || b == '_' || b == '~' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' {
				out.WriteByte(b)
			} else {
				out.WriteString(strings.ToUpper(path[i : i+3]))
			}
			i += 2
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// obeyRobots refuses a page that its site closes to robots.
func obeyRobots(ctx context.Context, call *tool.Call, page *url.URL) error {
	rules, _, err := fetchRobots(ctx, call, page)
	if err != nil {
		return err
	}
	if !allowed(rules, requestPath(page), robotName) {
		return tool.Errorf(tool.PermissionDenied, "the robots.txt of %s closes %s to robots; set respect_robots to false if you may read it anyway", page.Host, requestPath(page))
	}
	return nil
}

package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// The limits of the sitemap protocol: 50 MB and 50,000 URLs a file; and ours.
const (
	maxSitemap      = 50 << 20
	maxSitemapFiles = 500
	maxSitemapDepth = 5
)

func sitemapDefinition() tool.Definition {
	text := schema.Text("A sitemap itself, instead of fetching one; the sitemaps that it names are fetched if follow_sitemaps says so")
	text.MaxLength = schema.Ptr(maxSitemap)
	return tool.Static(&tool.Descriptor{
		Name: "sitemap-crawler", Category: "web", Version: "1.0.0", Security: tool.Safe, Timeout: 5 * time.Minute,
		Tags: []string{"sitemap", "crawl", "urls", "seo"}, Needs: []tool.Need{tool.Network},
		Description: "Lists the URLs of a site from its sitemap: XML or text, compressed or not, with the sitemaps that it names; finds the sitemap of a site by its robots.txt",
		Parameters: schema.Map("",
			schema.Optional("input", schema.Text("The URL of a sitemap, or of any page of the site"), "url"),
			schema.Optional("content", text, "sitemap"),
			schema.Optional("follow_sitemaps", schema.Flag("Read the sitemaps that a sitemap index names").WithDefault(true)),
			schema.Optional("max_urls", schema.Int("The most URLs", 1, 1_000_000).WithDefault(1000), "limit"),
			schema.Optional("contains", schema.Text("Only URLs that contain this")),
			schema.Optional("modified_since", schema.Text("Only URLs changed at or after this time, such as 2024-05-01; URLs without a time are left out")),
			schema.Optional("same_host", schema.Flag("Leave out URLs of other hosts, and do not read their sitemaps")),
			schema.Optional("timeout", schema.Int("For fetching one file, in seconds", 1, 300).WithDefault(30), "timeout_seconds")),
		Result: schema.Map("",
			schema.Required("urls", schema.List("{url, last_modified?, change_frequency?, priority?}", nil)),
			schema.Required("count", schema.Int("Of urls", 0, 1e6)),
			schema.Required("sitemaps", schema.List("{url, status: ok, not_found, failed or not_read, urls?, error?} of each file", nil)),
			schema.Required("truncated", schema.Flag("Whether a limit cut something off"))),
		Examples: []tool.Example{
			{Description: "Read a sitemap that is given", Params: map[string]any{"contains": "/b", "content": `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` +
				`<url><loc>https://example.com/a</loc></url><url><loc>https://example.com/b</loc><lastmod>2024-05-01</lastmod></url></urlset>`},
				Want: map[string]any{"count": 1, "urls": []any{map[string]any{"url": "https://example.com/b", "last_modified": "2024-05-01"}}}},
			servedExample("Find a site's sitemap", map[string]any{"input": "{url}/"}, map[string]any{"count": 2, "truncated": false}),
		},
	}, crawlSitemaps)
}

// crawl is one call of sitemap-crawler.
type crawl struct {
	call      *tool.Call
	client    *httpx.Client
	host      string // of the first sitemap, for same_host
	follow    bool
	max       int
	keep      func(u *sitemapURL) bool
	urls      []any
	files     []any
	seen      map[string]bool
	seenURL   map[string]bool
	truncated bool
}

func crawlSitemaps(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	c := &crawl{call: call, follow: call.Params.Bool("follow_sitemaps"), max: call.Params.Int("max_urls"), urls: []any{}, files: []any{},
		seen: map[string]bool{}, seenURL: map[string]bool{}}
	if err := c.filter(); err != nil {
		return nil, err
	}
	var err error
	if c.client, err = newClient(call); err != nil {
		return nil, err
	}
	defer c.client.Close()
	if text, ok := call.Params["content"].(string); ok {
		if address := call.Params.String("input"); address != "" {
			u, err := httpx.ParseURL("input", address)
			if err != nil {
				return nil, err
			}
			c.host = u.Host
		}
		if err := c.read(ctx, []byte(text), 0); err != nil {
			if tool.AsError("", "", err).Code != tool.ExecutionFailed {
				return nil, err
			}
			return nil, &schema.FieldError{Path: "content", Problem: "is not a sitemap: " + err.Error()}
		}
	} else {
		address, err := call.Need("input")
		if err != nil {
			return nil, call.Missing("input", "content")
		}
		if err := c.start(ctx, address); err != nil {
			return nil, err
		}
	}
	return tool.Value(map[string]any{"urls": c.urls, "count": len(c.urls), "sitemaps": c.files, "truncated": c.truncated}), nil
}

func (c *crawl) filter() error {
	p := c.call.Params
	var since time.Time
	if text := p.String("modified_since"); text != "" {
		var err error
		if since, err = parseTime(text); err != nil {
			return &schema.FieldError{Path: "modified_since", Expected: "a time such as 2024-05-01 or 2024-05-01T12:00:00Z", Value: text}
		}
	}
	contains, sameHost := p.String("contains"), p.Bool("same_host")
	c.keep = func(u *sitemapURL) bool {
		if !strings.Contains(u.Loc, contains) {
			return false
		}
		if sameHost && c.host != "" {
			if parsed, err := url.Parse(u.Loc); err != nil || !strings.EqualFold(parsed.Host, c.host) {
				return false
			}
		}
		if since.IsZero() {
			return true
		}
		t, err := parseTime(u.LastMod)
		return err == nil && !t.Before(since)
	}
	return nil
}

// start reads the sitemap at an address, or those of the site that a page
// belongs to.
func (c *crawl) start(ctx context.Context, address string) error {
	u, err := httpx.ParseURL("input", address)
	if err != nil {
		return err
	}
	c.host = u.Host
	name := strings.ToLower(u.Path)
	if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".xml.gz") || strings.HasSuffix(name, ".txt") && !strings.HasSuffix(name, "/robots.txt") {
		return c.file(ctx, u.String(), 0, true)
	}
	rules, _, err := fetchRobots(ctx, c.call, u)
	if err != nil {
		return err
	}
	if len(rules.Sitemaps) == 0 {
		u.Path, u.RawPath, u.RawQuery = "/sitemap.xml", "", ""
		return c.file(ctx, u.String(), 0, true)
	}
	for _, s := range rules.Sitemaps {
		if err := c.file(ctx, s, 0, len(rules.Sitemaps) == 1); err != nil {
			return err
		}
	}
	return nil
}

// file reads one sitemap. What goes wrong with it is noted; it ends the call
// only when it is the sitemap that was asked for.
func (c *crawl) file(ctx context.Context, address string, depth int, must bool) error {
	note := map[string]any{"url": httpx.RedactText(address)}
	switch {
	case c.seen[address]:
		return nil
	case len(c.seen) == maxSitemapFiles || depth > maxSitemapDepth:
		c.truncated = true
		note["status"] = "not_read"
		if len(c.files) < 2*maxSitemapFiles {
			c.files = append(c.files, note)
		}
		return nil
	}
	c.seen[address] = true
	c.files = append(c.files, note)
	c.call.Report(float64(len(c.urls)), float64(c.max), "reading "+httpx.RedactText(address))
	before := len(c.urls)
	f, err := fetch(ctx, c.call, fetchOptions{url: address, accept: "application/xml, text/xml, text/plain, */*;q=0.1", max: maxSitemap, succeed: true, client: c.client})
	if err == nil {
		err = c.read(ctx, f.body, depth)
	}
	if err == nil {
		note["status"], note["urls"] = "ok", len(c.urls)-before
		return nil
	}
	if must || ctx.Err() != nil {
		if tool.AsError("", "", err).Code == tool.ResourceNotFound {
			return tool.Errorf(tool.ResourceNotFound, "there is no sitemap at %s; pass the address of one", httpx.RedactText(address))
		}
		return err
	}
	note["status"], note["error"] = "failed", err.Error()
	if tool.AsError("", "", err).Code == tool.ResourceNotFound {
		note["status"] = "not_found"
	}
	return nil
}

// sitemapURL is an entry of a sitemap or of an index of them.
type sitemapURL struct {
	Loc        string `xml:"loc"`
	LastMod    string `xml:"lastmod"`
	ChangeFreq string `xml:"changefreq"`
	Priority   string `xml:"priority"`
}

// read takes the entries of one file.
func (c *crawl) read(ctx context.Context, data []byte, depth int) error {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		var err error
		if data, err = gunzip(ctx, data); err != nil {
			return err
		}
	}
	if text := bytes.TrimSpace(data); !bytes.HasPrefix(text, []byte("<")) && !bytes.HasPrefix(text, []byte("\xef\xbb\xbf<")) {
		return c.readText(ctx, string(text))
	}
	// encoding/xml expands no entities but the five of XML, and fetches none.
	dec := xml.NewDecoder(tool.Reader(ctx, bytes.NewReader(data)))
	dec.CharsetReader = charset.NewReaderLabel
	dec.Strict = false
	root := ""
	var children []string
	for !c.full() {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return tool.Errorf(tool.ExecutionFailed, "the sitemap is not well-formed XML: %w", err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		element := start.Name.Local
		switch {
		case root == "":
			root = element
			if root != "urlset" && root != "sitemapindex" {
				return tool.Errorf(tool.ExecutionFailed, "it is XML that begins with <%s>, not a sitemap", element)
			}
		case element == "url" || element == "sitemap":
			var u sitemapURL
			if err := dec.DecodeElement(&u, &start); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return tool.Errorf(tool.ExecutionFailed, "the sitemap is not well-formed XML: %w", err)
			}
			if u.Loc = strings.TrimSpace(u.Loc); u.Loc == "" {
				continue
			}
			if element == "url" {
				c.add(&u)
			} else if len(children) < 2*maxSitemapFiles {
				children = append(children, u.Loc)
			}
		}
	}
	return c.children(ctx, children, depth)
}

// children reads the files that an index names, after the index was read.
func (c *crawl) children(ctx context.Context, addresses []string, depth int) error {
	for _, address := range addresses {
		if c.full() {
			return nil
		}
		u, err := url.Parse(address)
		if err != nil || !c.follow || c.call.Params.Bool("same_host") && c.host != "" && !strings.EqualFold(u.Host, c.host) {
			if !c.seen[address] {
				c.seen[address] = true
				c.files = append(c.files, map[string]any{"url": httpx.RedactText(address), "status": "not_read"})
			}
			continue
		}
		if err := c.file(ctx, address, depth+1, false); err != nil {
			return err
		}
	}
	return nil
}

// readText reads a sitemap that is one URL a line.
func (c *crawl) readText(ctx context.Context, text string) error {
	found := false
	for line := range strings.Lines(text) {
		if err := ctx.Err(); err != nil {
			return err
		}
		line = strings.TrimSpace(strings.TrimPrefix(line, "\xef\xbb\xbf"))
		if strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://") {
			found = true
			c.add(&sitemapURL{Loc: line})
		}
		if c.full() {
			break
		}
	}
	if !found {
		return tool.Errorf(tool.ExecutionFailed, "it is neither XML nor a list of URLs")
	}
	return nil
}

func (c *crawl) full() bool { return c.truncated && len(c.urls) == c.max }

func (c *crawl) add(u *sitemapURL) {
	if c.seenURL[u.Loc] || !c.keep(u) {
		return
	}
	if len(c.urls) == c.max {
		c.truncated = true
		return
	}
	c.seenURL[u.Loc] = true
	v := map[string]any{"url": u.Loc}
	for key, text := range map[string]string{"last_modified": u.LastMod, "change_frequency": u.ChangeFreq} {
		if text = strings.TrimSpace(text); text != "" {
			v[key] = text
		}
	}
	if p := number(u.Priority); p >= 0 {
		v["priority"] = p
	}
	c.urls = append(c.urls, v)
}

// gunzip unpacks a file that is itself compressed, within the protocol's limit.
func gunzip(ctx context.Context, data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, tool.Errorf(tool.ExecutionFailed, "the sitemap's compression is broken: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(tool.Reader(ctx, z), maxSitemap+1))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, tool.Errorf(tool.ExecutionFailed, "the sitemap's compression is broken: %w", err)
	case len(out) > maxSitemap:
		return nil, tool.Errorf(tool.LimitExceeded, "the sitemap is larger than %d MB when unpacked", maxSitemap>>20)
	}
	return out, nil
}

package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// fetchOptions of one request.
type fetchOptions struct {
	url     string
	method  string // "" is GET
	headers map[string]string
	body    []byte
	accept  string
	max     int64         // of the answer, in bytes
	cut     bool          // a longer answer is cut, not refused
	timeout time.Duration // 0: the call's parameter timeout, in seconds
	succeed bool          // an answer with a status of 400 and more is an error
	secrets []string      // texts that no error may show
	stay    bool          // redirects are not followed
	client  *httpx.Client // nil: one for this request alone
}

// fetched is an answer.
type fetched struct {
	url       *url.URL // after redirects
	status    int
	header    http.Header
	body      []byte
	redirects []any
	cut       bool
	secrets   []string
}

// fetch makes a request of a call.
func fetch(ctx context.Context, call *tool.Call, o fetchOptions) (*fetched, error) {
	u, err := httpx.ParseURL("input", o.url)
	if err != nil {
		return nil, err
	}
	client := o.client
	if client == nil {
		if client, err = newClient(call); err != nil {
			return nil, err
		}
		defer client.Close()
	}
	given := map[string]any{}
	for name, value := range o.headers {
		given[name] = value
	}
	header, err := httpx.ParseHeaders("headers", given)
	if err != nil {
		return nil, err
	}
	if o.accept != "" && header.Get("Accept") == "" {
		header.Set("Accept", o.accept)
	}
	r := &httpx.Request{Method: o.method, URL: u, Header: header, MaxBytes: o.max, Truncate: o.cut, Timeout: o.timeout, Secrets: o.secrets,
		Retry: httpx.Retry{Max: 2}}
	if o.stay {
		r.MaxRedirects = -1
	}
	if o.body != nil {
		r.Body = httpx.Bytes(header.Get("Content-Type"), o.body)
	}
	if r.Timeout == 0 {
		r.Timeout = time.Duration(call.Params.Int("timeout")) * time.Second
	}
	resp, err := client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if failure := resp.Failed(); o.succeed && failure != nil {
		return nil, failure
	}
	return &fetched{url: resp.URL, status: resp.Status, header: resp.Header, body: resp.Body, redirects: resp.HopList(), cut: resp.Truncated, secrets: o.secrets}, nil
}

func newClient(call *tool.Call) (*httpx.Client, error) {
	return httpx.New(call.Sandbox, httpx.Options{CAFile: call.Setting("ca_file")})
}

// mediaType is the type of the answer, in lower case, without its parameters.
func (f *fetched) mediaType() string {
	kind, _, _ := strings.Cut(f.header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func (f *fetched) isHTML() bool {
	switch f.mediaType() {
	case "text/html", "application/xhtml+xml":
		return true
	case "":
		return strings.Contains(strings.ToLower(string(f.body[:min(len(f.body), 1024)])), "<html")
	}
	return false
}

// text is the answer as UTF-8.
func (f *fetched) text() string { return httpx.DecodeText(f.body, f.header.Get("Content-Type")) }

// hide takes the request's secrets out of what the server said.
func (f *fetched) hide(s string) string {
	for _, secret := range f.secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, httpx.Hidden)
		}
	}
	return s
}

// loadPage fetches the page of a call, or takes the one that it brings.
func loadPage(ctx context.Context, call *tool.Call) (*page, error) {
	address := call.Params.String("input")
	if text, ok := call.Params["html"].(string); ok {
		var base *url.URL
		if address != "" {
			var err error
			if base, err = httpx.ParseURL("input", address); err != nil {
				return nil, err
			}
		}
		return parsePage(text, base, 0)
	}
	if address == "" {
		return nil, call.Missing("input", "html")
	}
	headers := map[string]string{}
	for name, v := range call.Params.Map("headers") {
		headers[name], _ = v.(string)
	}
	if call.Params.Bool("respect_robots") {
		u, err := httpx.ParseURL("input", address)
		if err != nil {
			return nil, err
		}
		if err := obeyRobots(ctx, call, u); err != nil {
			return nil, err
		}
	}
	f, err := fetch(ctx, call, fetchOptions{url: address, headers: headers, accept: "text/html, application/xhtml+xml, */*;q=0.1", max: maxHTML, succeed: true})
	if err != nil {
		return nil, err
	}
	if kind := f.mediaType(); !f.isHTML() && kind != "" && kind != "text/plain" && !strings.Contains(kind, "xml") {
		return nil, tool.Errorf(tool.ExecutionFailed, "%s is %s, not a web page; fetch it with http-requester", httpx.Redact(f.url), kind)
	}
	return parsePage(f.text(), f.url, f.status)
}

// fetchMetadata gives what url-analyzer tells of the page behind a URL. That
// the page cannot be had is an answer, not a failure; that it may not be had is
// one.
func fetchMetadata(ctx context.Context, call *tool.Call, u *url.URL) (map[string]any, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, &schema.FieldError{Path: "fetch_metadata", Problem: "works for http and https only"}
	}
	f, err := fetch(ctx, call, fetchOptions{url: u.String(), accept: "text/html, */*;q=0.5", max: 1 << 20, cut: true, timeout: 20 * time.Second})
	if err != nil {
		if te := tool.AsError("", "", err); te.Code == tool.PermissionDenied || te.Code == tool.Cancelled || ctx.Err() != nil {
			return nil, err
		}
		return map[string]any{"error": err.Error()}, nil
	}
	m := map[string]any{"status": f.status, "content_type": f.mediaType(), "final_url": httpx.Redact(f.url), "redirects": f.redirects}
	if n := f.header.Get("Content-Length"); n != "" {
		m["content_length"] = whole(n)
	}
	if f.isHTML() {
		p, err := parsePage(f.text(), f.url, f.status)
		if err != nil {
			return m, nil
		}
		meta := pageMeta(p)
		for _, key := range []string{"title", "description", "canonical", "language"} {
			if v, ok := meta[key]; ok {
				m[key] = v
			}
		}
	}
	return m, nil
}

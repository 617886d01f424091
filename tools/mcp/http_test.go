package mcp

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const testToken = "a-token-of-some-length"

// bearer adds the token to requests.
type bearer struct{ token string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}

func serveHTTP(t *testing.T) (url string, p *probes) {
	t.Helper()
	s, p := offered(t, t.Context())
	web := httptest.NewServer(NewHandler(s, testToken, nil))
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	return web.URL + HTTPPath, p
}

func httpClient(t *testing.T, url, token, version string) (*sdk.ClientSession, error) {
	t.Helper()
	transport := &sdk.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearer{token}}, MaxRetries: -1}
	return sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(context.Background(), transport, &sdk.ClientSessionOptions{ProtocolVersion: version})
}

func TestHTTP(t *testing.T) {
	for _, version := range versions {
		url, p := serveHTTP(t)
		c, err := httpClient(t, url, testToken, version)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "echo", Arguments: map[string]any{"word": "ja"}})
		if err != nil || asJSON(t, res.StructuredContent) != `{"words":["ja"]}` {
			t.Errorf("%q: %v %v", version, res, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			_, err := c.CallTool(ctx, &sdk.CallToolParams{Name: "waiter"})
			done <- err
		}()
		p.wait(t)
		cancel()
		<-done
		p.stopped(t)
		c.Close()
	}
}

func TestHTTPGuards(t *testing.T) {
	url, _ := serveHTTP(t)
	if _, err := httpClient(t, url, "wrong", ""); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
		t.Errorf("a wrong token: %v", err)
	}
	hello := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
	for _, tt := range []struct {
		name, path, body string
		change           func(*http.Request)
		status           int
	}{
		{"fine", "", hello, func(*http.Request) {}, 200},
		{"no token", "", hello, func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"empty token", "", hello, func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		{"other scheme", "", hello, func(r *http.Request) { r.Header.Set("Authorization", "Basic "+testToken) }, 401},
		{"a web page", "", hello, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"a page in a sandbox", "", hello, func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a page by a name that was rebound", "", hello, func(r *http.Request) {
			r.Host = "evil.example"
			r.Header.Set("Origin", "http://evil.example")
		}, 403},
		{"a name that was rebound", "", hello, func(r *http.Request) { r.Host = "evil.example:80" }, 403},
		{"too large", "", hello + strings.Repeat(" ", MaxRequest), func(*http.Request) {}, 413},
		{"another path", "/x", hello, func(*http.Request) {}, 404},
		{"no JSON", "", "hello", func(*http.Request) {}, 400},
	} {
		r, err := http.NewRequest(http.MethodPost, url+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+testToken)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		tt.change(r)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d %s; want %d", tt.name, resp.StatusCode, body, tt.status)
		}
		if strings.Contains(string(body), testToken) {
			t.Errorf("%s: the answer shows the token", tt.name)
		}
	}
}

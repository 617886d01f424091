package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// site is a server on loopback; handlers are by path.
func site(t testing.TB, handlers map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, h := range handlers {
		mux.HandleFunc(path, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// serve answers with a document.
func serve(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, strings.ReplaceAll(body, "{base}", "http://"+r.Host))
	}
}

// online is a Runner whose sandbox allows loopback.
func online(t testing.TB) *tooltest.Runner {
	return tooltest.New(t, Definitions()).Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"127.0.0.1"} })
}

// params writes parameters as JSON.
func params(t testing.TB, pairs ...any) string {
	t.Helper()
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// value runs a call that must work and returns its result.
func value(t testing.TB, r *tooltest.Runner, name string, pairs ...any) map[string]any {
	t.Helper()
	res, terr := r.Call(t, context.Background(), name, params(t, pairs...))
	if terr != nil {
		t.Fatalf("%s: %v", name, terr)
	}
	return res.Value.(map[string]any)
}

// failure runs a call that must fail and returns its error.
func failure(t testing.TB, r *tooltest.Runner, name string, pairs ...any) *tool.Error {
	t.Helper()
	res, terr := r.Call(t, context.Background(), name, params(t, pairs...))
	if terr == nil {
		t.Fatalf("%s: got %v; want an error", name, res.Value)
	}
	return terr
}

// sameJSON compares a value with JSON text.
func sameJSON(t testing.TB, what string, got any, want string) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(text, &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatalf("%s: bad JSON %s", what, want)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("%s = %s; want %s", what, x, y)
	}
}

// Every tool of the network refuses what is not granted, before and after
// redirects, and says which flag would allow it.
func TestNetworkIsGuarded(t *testing.T) {
	secret := site(t, map[string]http.HandlerFunc{"/": serve("text/html", "<h1>internal</h1>")})
	var reached atomic.Int32
	outside := site(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		http.Redirect(w, r, strings.Replace(secret, "127.0.0.1", "localhost", 1), http.StatusFound)
	}})
	none := tooltest.New(t, Definitions())
	port := outside[strings.LastIndexByte(outside, ':')+1:]
	one := none.Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"127.0.0.1:" + port} })
	for _, name := range []string{"web-scraper", "webpage-monitor", "sitemap-crawler", "feed-reader", "robots-checker", "url-analyzer"} {
		pairs := []any{"input", outside + "/"}
		if name == "url-analyzer" {
			pairs = append(pairs, "fetch_metadata", true)
		}
		before := reached.Load()
		if e := failure(t, none, name, pairs...); e.Code != tool.PermissionDenied || !strings.Contains(e.Message, "--allow-net=127.0.0.1:"+port) {
			t.Errorf("%s without permission: %s %v; want a denial that names the flag", name, e.Code, e)
		}
		if reached.Load() != before {
			t.Errorf("%s reached the server without permission", name)
		}
		if e := failure(t, one, name, pairs...); e.Code != tool.PermissionDenied {
			t.Errorf("%s followed a redirect to what is not allowed: %s %v", name, e.Code, e)
		}
	}
	res, terr := none.Call(t, context.Background(), "link-checker", params(t, "urls", []any{outside + "/"}))
	if v, _ := res.Value.(map[string]any); terr != nil || v["ok"] != 0 || len(v["denied"].([]any)) != 1 || len(v["broken"].([]any)) != 0 {
		t.Errorf("link-checker without permission: %v, %v; want the link reported as denied, not as broken", res, terr)
	}
	if e := failure(t, none, "dns-lookup", "input", "localhost"); e.Code != tool.PermissionDenied {
		t.Errorf("dns-lookup without permission: %v", e)
	}
}

// A call that is cancelled while the server is silent ends at once, and leaves
// nothing behind.
func TestCancellation(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 64)
	base := site(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}})
	defer close(release)
	r := online(t)
	r.Settings = map[string]string{"searxng_url": base}
	goroutines := runtime.NumGoroutine()
	for name, pairs := range map[string][]any{
		"web-scraper": {"input", base}, "webpage-monitor": {"input", base}, "sitemap-crawler": {"input", base + "/sitemap.xml"},
		"feed-reader": {"input", base}, "robots-checker": {"input", base}, "url-analyzer": {"input", base, "fetch_metadata", true},
		"link-checker": {"urls", []any{base + "/1", base + "/2"}}, "web-searcher": {"input", "x", "provider", "searxng"},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan *tool.Error, 1)
		go func() {
			_, terr := r.Call(t, ctx, name, params(t, pairs...))
			done <- terr
		}()
		<-arrived
		start := time.Now()
		cancel()
		if terr := <-done; terr == nil || terr.Code != tool.Cancelled {
			t.Errorf("%s: %v; want it cancelled", name, terr)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s took %v to end", name, d)
		}
		for len(arrived) > 0 {
			<-arrived
		}
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > goroutines+3; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines; want %d\n%s", runtime.NumGoroutine(), goroutines, buf[:runtime.Stack(buf, true)])
		}
	}
}

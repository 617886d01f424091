package web

import (
	"net"
	"net/http"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// exampleFiles are what the server of the examples serves.
func exampleFiles(base string) map[string][2]string {
	return map[string][2]string{
		"/page": {"text/html; charset=utf-8", `<!doctype html><html lang="en"><title>The page</title><h1>Hello</h1>` +
			`<p>Some <b>text</b>.</p><a href="/feed.xml">feed</a> <a href="/missing">gone</a></html>`},
		"/feed.xml":   {"application/rss+xml", exampleFeed},
		"/robots.txt": {"text/plain", "User-agent: *\nDisallow: /private/\nSitemap: " + base + "/map.xml\n"},
		"/map.xml":    {"application/xml", "<urlset><url><loc>" + base + "/page</loc></url><url><loc>" + base + "/feed.xml</loc></url></urlset>"},
		"/searx/search": {"application/json", `{"query":"lua","results":[{"title":"Lua","url":"https://www.lua.org/","content":"A language","engine":"wikipedia"},` +
			`{"title":"Other","url":"https://example.com/","content":"","engine":"wikipedia"}]}`},
	}
}

// servedExample is an example whose {url} is a server on loopback that serves
// exampleFiles.
func servedExample(description string, params map[string]any, want any) tool.Example {
	return tool.Example{Description: description, Params: params, Want: want, Setup: func(string) (map[string]string, func(), error) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		base := "http://" + ln.Addr().String()
		files := exampleFiles(base)
		server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, ok := files[r.URL.Path]
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", f[0])
			_, _ = w.Write([]byte(f[1])) // a client that went away is its own problem
		})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(ln) // it says that it was closed
		}()
		return map[string]string{"url": base}, func() { server.Close(); <-done }, nil
	}}
}

// configured gives an example settings.
func configured(settings map[string]string, e tool.Example) tool.Example {
	e.Settings = settings
	return e
}

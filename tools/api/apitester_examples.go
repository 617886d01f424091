package api

import (
	"io"
	"net/http"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/tool"
)

func apiTesterExamples() []tool.Example {
	serve := httpx.Loopback(func() http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"token": "t-1"}`)
		})
		mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Header.Get("Authorization") != "Bearer t-1" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			io.WriteString(w, `{"name": "Ada", "roles": ["admin"]}`)
		})
		return mux
	})
	return []tool.Example{
		{Description: "One request", Setup: serve, Params: map[string]any{"input": "{url}/me", "expect": map[string]any{"status": 401, "headers": map[string]any{"content-type": "application/json"}}},
			Want: map[string]any{"passed": true, "total": 2, "failed": 0, "status": 401}},
		{Description: "Log in, then ask with the token", Setup: serve, Params: map[string]any{"base_url": "{url}", "requests": []any{
			map[string]any{"input": "/login", "method": "POST", "capture": map[string]any{"token": "token"}},
			map[string]any{"input": "/me", "auth": map[string]any{"token": "{{token}}"}, "assertions": []any{
				map[string]any{"target": "json", "path": "roles[0]", "value": "admin"}}}}},
			Want: map[string]any{"passed": true, "total": 1, "captured": map[string]any{"token": "***"}}},
		{Description: "A test that fails says why", Setup: serve, Params: map[string]any{"input": "{url}/me", "expect": map[string]any{"status": "2xx"}},
			Want: map[string]any{"passed": false, "failed": 1}},
	}
}

package mcp

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// HTTPPath is where NewHandler serves the protocol.
const HTTPPath = "/mcp"

// MaxRequest bounds the body of a request.
const MaxRequest = 16 << 20

// sessionIdle ends the session of a client that has not spoken for so long.
const sessionIdle = 30 * time.Minute

// stateless is the first version of the protocol that knows no sessions. The SDK
// serves it and the earlier ones by handlers of two kinds.
const stateless = "2026-07-28"

// NewHandler serves a server over streamable HTTP, at HTTPPath. Clients show the
// token as a bearer token; it must not be empty. Requests that a web page of
// another origin has made are refused, and so are those that reach a loopback
// address under another name (DNS rebinding).
func NewHandler(s *sdk.Server, token string, log *slog.Logger) http.Handler {
	get := func(*http.Request) *sdk.Server { return s }
	sessions := sdk.NewStreamableHTTPHandler(get, &sdk.StreamableHTTPOptions{
		Logger: log, SessionTimeout: sessionIdle, MaxRequestBodyBytes: MaxRequest,
	})
	single := sdk.NewStreamableHTTPHandler(get, &sdk.StreamableHTTPOptions{
		Logger: log, Stateless: true, MaxRequestBodyBytes: MaxRequest, PropagateRequestCancellation: true,
	})
	mux := http.NewServeMux()
	mux.HandleFunc(HTTPPath, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Protocol-Version") >= stateless {
			single.ServeHTTP(w, r)
			return
		}
		sessions.ServeHTTP(w, r)
	})
	return guard(token, mux)
}

// guard lets requests through that have the token and come from no web page.
func guard(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			http.Error(w, "requests from web pages are refused", http.StatusForbidden)
			return
		}
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		have := sha256.Sum256([]byte(strings.TrimSpace(given)))
		// Hashes are compared, in a time that tells nothing of the token.
		if !strings.EqualFold(scheme, "Bearer") || token == "" || subtle.ConstantTimeCompare(have[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="llmspell"`)
			http.Error(w, "show the server's token: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// NewHTTPServer wraps a handler in a server whose limits keep slow or greedy
// clients from tying it up.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestOAuth(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, basic := r.BasicAuth()
		r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.FormValue("client_secret") == "wrongsecret" || secret == "wrongsecret":
			w.WriteHeader(401)
			io.WriteString(w, `{"error":"invalid_client","error_description":"who are you?"}`)
		case r.FormValue("scope") == "none":
			io.WriteString(w, `{"token_type":"bearer"}`)
		case r.FormValue("scope") == "text":
			io.WriteString(w, `hello`)
		case r.FormValue("scope") == "away":
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		default:
			fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":"60","refresh_token":"r2"}`,
				fmt.Sprintf("%s|%s|%v|%s", id, secret, basic, r.PostForm.Encode()))
		}
	})
	mux.HandleFunc("/other", func(http.ResponseWriter, *http.Request) { t.Error("the secret was carried on") })
	mux.HandleFunc("/realm/.well-known/oauth-authorization-server", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer":"http://%s/realm","token_endpoint":"http://%s/token"}`, r.Host, r.Host)
	})
	mux.HandleFunc("/evil/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"issuer":"https://other.example","token_endpoint":"https://other.example/token"}`)
	})
	mux.HandleFunc("/empty/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"issuer":"http://%s/empty"}`, r.Host) })
	mux.HandleFunc("/list/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `[]`) })
	base := nettest.HTTP(t, mux.ServeHTTP)
	r := runner(t)
	m := map[string]any{"token_url": base + "/token", "client_id": "a p", "client_secret": "s:cret"}
	for _, test := range []struct {
		params map[string]any
		want   string
	}{
		{m, "a+p|s%3Acret|true|grant_type=client_credentials"},
		{with(m, "auth_style", "body", "scope", []any{"a", "b"}, "audience", "x", "extra", map[string]any{"resource": 1}),
			"||false|audience=x&client_id=a+p&client_secret=s%3Acret&grant_type=client_credentials&resource=1&scope=a+b"},
		{with(m, "operation", "refresh_token", "refresh_token", "r1"), "a+p|s%3Acret|true|grant_type=refresh_token&refresh_token=r1"},
		{map[string]any{"token_url": base + "/token", "client_id": "app", "operation": "refresh", "refresh_token": "r1"}, "||false|client_id=app&grant_type=refresh_token&refresh_token=r1"},
		{map[string]any{"issuer": base + "/realm", "client_id": "app", "client_secret": "xyzw"}, "app|xyzw|true|grant_type=client_credentials"},
	} {
		v, err := call(t, r, "oauth-token", test.params)
		if err != nil || v["access_token"] != test.want || v["token_type"] != "Bearer" || v["expires_in"] != 60.0 || v["refresh_token"] != "r2" || v["authorization"] != "Bearer "+test.want {
			t.Errorf("%v: %v, %v; want %s", test.params, v, err, test.want)
		}
	}
	if v, err := call(t, r, "oauth-token", map[string]any{"operation": "discovery", "issuer": base + "/realm/"}); err != nil || v["token_url"] != base+"/token" {
		t.Errorf("discovery: %v, %v", v, err)
	}
	stuck := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{with(m, "client_secret", "wrongsecret"), "invalid_client who are you?", tool.RemoteFailed},
		{with(m, "scope", "none"), "without a token", tool.RemoteFailed},
		{with(m, "scope", "text"), "without a token", tool.RemoteFailed},
		{with(m, "scope", "away"), "answered 307 without a token", tool.RemoteFailed},
		{with(m, "token_url", stuck, "timeout", 0.05), "gave no token in time", tool.Timeout},
		{map[string]any{"issuer": base + "/evil", "client_id": "a", "client_secret": "b"}, "describes another server", tool.RemoteFailed},
		{map[string]any{"issuer": base + "/empty", "client_id": "a", "client_secret": "b"}, "names no token_endpoint", tool.RemoteFailed},
		{map[string]any{"issuer": base + "/list", "client_id": "a", "client_secret": "b"}, "is no object", tool.RemoteFailed},
		{map[string]any{"issuer": base + "/none", "client_id": "a", "client_secret": "b"}, "404", tool.ResourceNotFound},
		{map[string]any{}, `"token_url" is missing`, tool.InvalidParameters},
		{with(m, "issuer", base), "pass one of them", tool.InvalidParameters},
		{with(m, "token_url", "x"), `"token_url" is wrong`, tool.InvalidParameters},
		{map[string]any{"issuer": "x"}, `"issuer" is wrong`, tool.InvalidParameters},
		{map[string]any{"operation": "discovery"}, `"issuer" is missing`, tool.InvalidParameters},
		{with(m, "operation", "password"), `"operation" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "refresh_token"), `"refresh_token" is missing`, tool.InvalidParameters},
		{with(m, "client_id", ""), `"client_id" is missing`, tool.InvalidParameters},
		{with(m, "client_secret", ""), `"client_secret" is missing`, tool.InvalidParameters},
		{with(m, "scope", 5), `"scope" is wrong`, tool.InvalidParameters},
		{with(m, "audience", 5), `"audience" is wrong`, tool.InvalidParameters},
		{with(m, "auth_style", "x"), `"auth_style" is wrong`, tool.InvalidParameters},
		{with(m, "extra", map[string]any{"a": map[string]any{}}), `"extra.a" is wrong`, tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X": "\n"}), `"headers.X" is wrong`, tool.InvalidParameters},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", 1), `"insecure" is wrong`, tool.InvalidParameters},
		{with(m, "token_url", "http://10.0.0.1"), "denied", tool.PermissionDenied},
	} {
		_, err := call(t, r, "oauth-token", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "cret") && test.code != tool.InvalidParameters {
			t.Errorf("%v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	ca := nettest.NewAuthority(t)
	secure := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour)), func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer":"https://%s","token_endpoint":%q}`, r.Host, base+"/token")
	})
	r.Settings = map[string]string{"ca_file": ca.File, "client_id": "app", "client_secret": "xyzw"}
	if _, err := call(t, r, "oauth-token", map[string]any{"issuer": secure}); err == nil || !strings.Contains(err.Message, "names no token_endpoint") {
		t.Errorf("a token endpoint without TLS: %v", err)
	}
	if v, err := call(t, r, "oauth-token", map[string]any{"token_url": base + "/token"}); err != nil || v["access_token"] != "app|xyzw|true|grant_type=client_credentials" {
		t.Errorf("from the settings: %v, %v", v, err)
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "oauth-token", m); err == nil || err.Code != tool.PermissionDenied {
		t.Errorf("without permission: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := callContext(t, ctx, r, "oauth-token", with(m, "token_url", stuck)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
}

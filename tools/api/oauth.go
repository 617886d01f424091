package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func oauthDefinition() tool.Definition {
	scope := &schema.Schema{Types: []schema.Type{schema.String, schema.Array}, Items: schema.Text("A scope"), MaxItems: schema.Ptr(100),
		Description: "What the token is to allow: scopes joined by spaces, or a list"}
	return tool.Static(&tool.Descriptor{
		Name: "oauth-token", Aliases: []string{"oauth", "oauth2-token"}, Category: "api", Version: "1.0.0", Security: tool.Restricted,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network},
		Tags: []string{"oauth", "oauth2", "token", "authentication", "login", "openid"},
		Description: "Gets an OAuth 2.0 access token for a program (client_credentials), renews one (refresh_token), or tells a server's addresses (discovery). " +
			"Logging people in through a browser is not offered. The token is the result: pass it to the auth parameter of http-requester",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to do", "client_credentials", "refresh_token", "discovery").WithDefault("client_credentials").
				WithAliases(map[string]string{"refresh": "refresh_token", "discover": "discovery", "token": "client_credentials"})),
			schema.Optional("token_url", schema.Text("Where tokens are given: http:// or https://"), "input", "url", "token_endpoint"),
			schema.Optional("issuer", schema.Text("The server that describes itself (OpenID Connect Discovery, RFC 8414), instead of token_url")),
			schema.Optional("client_id", schema.Text("The program's id; the default is the setting client_id")),
			schema.Optional("client_secret", schema.Text("The program's secret; the default is the setting client_secret")),
			schema.Optional("scope", scope, "scopes"),
			schema.Optional("audience", schema.Text("For whom the token is meant, where the server asks for it")),
			schema.Optional("refresh_token", schema.Text("The token that renews (refresh_token)")),
			schema.Optional("auth_style", schema.Choice("How the program says who it is: header (basic authentication) or body", "header", "body").WithDefault("header")),
			schema.Optional("extra", schema.Map("Further members of the request: names and values")),
			headersParameter(),
			timeoutParameter("How long it may take", 30),
			httpx.InsecureParameter()),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("access_token", schema.Text("The token")),
			schema.Optional("token_type", schema.Text("How it is used, nearly always Bearer")),
			schema.Optional("authorization", schema.Text("The value of the header Authorization")),
			schema.Optional("expires_in", schema.Num("For how many seconds it is good")),
			schema.Optional("expires_at", schema.Text("Until when, in RFC 3339")),
			schema.Optional("refresh_token", schema.Text("The token that renews it, if there is one")),
			schema.Optional("scope", schema.Text("What it allows, as far as the server tells")),
			schema.Optional("configuration", schema.Map("What the server says about itself (discovery)")),
			schema.Optional("token_url", schema.Text("Where it gives tokens (discovery)")),
		}},
		Settings: []tool.Setting{
			{Name: "client_id", Description: "The program's id when a call names none"},
			{Name: "client_secret", Description: "The program's secret when a call names none", Secret: true},
			httpx.CAFileSetting(),
		},
		Examples: oauthExamples(),
	}, getToken)
}

func getToken(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	client, err := httpx.FromCall(call)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, seconds(p.Float("timeout")), errTokenTimeout)
	defer cancel()
	result, err := askForToken(ctx, call, client)
	if err != nil && context.Cause(ctx) == errTokenTimeout {
		return nil, errTokenTimeout
	}
	return result, err
}

// errTokenTimeout is the end of the timeout parameter's time.
var errTokenTimeout = &tool.Error{Code: tool.Timeout, Temporary: true, Message: "the server gave no token in time; pass a longer timeout"}

func askForToken(ctx context.Context, call *tool.Call, client *httpx.Client) (*tool.Result, error) {
	p := call.Params
	header, err := httpx.ParseHeaders("headers", p.Map("headers"))
	if err != nil {
		return nil, err
	}
	field, address := "token_url", p.String("token_url")
	switch {
	case p.Has("issuer") && p.Has("token_url"):
		return nil, &schema.FieldError{Path: "issuer", Problem: `and "token_url" are two servers; pass one of them`}
	case p.Has("issuer"):
		configuration, err := discover(ctx, client, header, p.String("issuer"))
		if err != nil {
			return nil, err
		}
		field, address = "token_endpoint", text(configuration, "token_endpoint")
		if call.Operation == "discovery" {
			return &tool.Result{Value: map[string]any{"configuration": configuration, "token_url": address}, Message: insecureNote(call, "the server describes itself")}, nil
		}
		// A description that came over TLS must not send the secret out in the clear.
		to, err := httpx.ParseURL(field, address)
		if err != nil || to.Scheme == "http" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(p.String("issuer"))), "https") {
			return nil, tool.Errorf(tool.RemoteFailed, "the server's description names no token_endpoint that can be used")
		}
	case call.Operation == "discovery":
		return nil, call.Missing("issuer")
	case address == "":
		return nil, call.Missing("token_url", "issuer")
	}
	u, err := httpx.ParseURL(field, address)
	if err != nil {
		return nil, err
	}
	form, secrets, err := tokenForm(call, header)
	if err != nil {
		return nil, err
	}
	header.Set("Accept", "application/json")
	// No redirect: it would carry the secret on.
	resp, err := client.Do(ctx, &httpx.Request{Method: http.MethodPost, URL: u, Header: header, Body: httpx.Bytes("application/x-www-form-urlencoded", []byte(form.Encode())),
		MaxBytes: 1 << 20, MaxRedirects: -1, Secrets: secrets, Retry: httpx.Retry{Max: 2}})
	if err != nil {
		return nil, err
	}
	return tokenResult(call, resp)
}

// discover reads what a server says about itself.
func discover(ctx context.Context, client *httpx.Client, header http.Header, issuer string) (map[string]any, error) {
	base, err := httpx.ParseURL("issuer", issuer)
	if err != nil {
		return nil, err
	}
	var last error
	for _, name := range []string{"openid-configuration", "oauth-authorization-server"} {
		u := *base
		u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(base.Path, "/")+"/.well-known/"+name, "", ""
		resp, err := client.Do(ctx, &httpx.Request{URL: &u, Header: header, MaxBytes: 1 << 20, Retry: httpx.Retry{Max: 2}})
		if err != nil {
			return nil, err
		}
		if failed := resp.Failed(); failed != nil {
			last = failed
			continue
		}
		v, err := resp.JSON()
		if err != nil {
			return nil, err
		}
		m, ok := v.(map[string]any)
		if !ok {
			return nil, tool.Errorf(tool.RemoteFailed, "%s: the description is no object", httpx.Redact(&u))
		}
		if said := strings.TrimSuffix(text(m, "issuer"), "/"); said != strings.TrimSuffix(base.String(), "/") {
			return nil, tool.Errorf(tool.RemoteFailed, "%s describes another server (%q); pass the issuer as that server writes it", httpx.Redact(&u), clip(said, 200))
		}
		return m, nil
	}
	return nil, last
}

// tokenForm writes the request, and the program's name into it or into the headers.
func tokenForm(call *tool.Call, header http.Header) (form url.Values, secrets []string, err error) {
	p := call.Params
	extra, err := encodeForm("extra", p.Map("extra"))
	if err != nil {
		return nil, nil, err
	}
	if form, err = url.ParseQuery(extra); err != nil {
		return nil, nil, err
	}
	id, secret := orDefault(p.String("client_id"), call.Setting("client_id")), orDefault(p.String("client_secret"), call.Setting("client_secret"))
	if id == "" {
		return nil, nil, &schema.FieldError{Path: "client_id", Problem: "is missing", Help: "pass it, or set client_id of oauth-token"}
	}
	form.Set("grant_type", call.Operation)
	if call.Operation == "refresh_token" {
		token, err := call.Need("refresh_token")
		if err != nil {
			return nil, nil, err
		}
		form.Set("refresh_token", token)
		secrets = append(secrets, token)
	} else if secret == "" {
		return nil, nil, &schema.FieldError{Path: "client_secret", Problem: "is missing", Help: "pass it, or set client_secret of oauth-token"}
	}
	scope := p.String("scope")
	if list, ok := p["scope"].([]any); ok {
		words := make([]string, len(list))
		for i, s := range list {
			words[i], _ = s.(string)
		}
		scope = strings.Join(words, " ")
	}
	for name, value := range map[string]string{"scope": scope, "audience": p.String("audience")} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if p.String("auth_style") == "body" || secret == "" {
		form.Set("client_id", id)
		if secret != "" {
			form.Set("client_secret", secret)
		}
	} else { // RFC 6749, section 2.3.1: both are encoded first
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret))))
	}
	return form, append(secrets, secret, url.QueryEscape(secret)), nil
}

func tokenResult(call *tool.Call, resp *httpx.Response) (*tool.Result, error) {
	v, err := resp.JSON()
	token := text(v, "access_token")
	if resp.Status >= 400 || token == "" {
		failed := resp.Failed()
		if failed == nil {
			failed = tool.Errorf(tool.RemoteFailed, "%s answered %d without a token", httpx.Redact(resp.URL), resp.Status)
		}
		failed.Details = map[string]any{"status": resp.Status}
		if problem := text(v, "error"); err == nil && problem != "" {
			failed.Message += ": " + clip(strings.TrimSpace(problem+" "+text(v, "error_description")), 300)
			failed.Details["error"] = clip(problem, 100)
		}
		return nil, failed
	}
	kind := orDefault(text(v, "token_type"), "Bearer")
	if strings.EqualFold(kind, "bearer") {
		kind = "Bearer"
	}
	value := map[string]any{"access_token": token, "token_type": kind, "authorization": kind + " " + token}
	for _, name := range []string{"refresh_token", "scope"} {
		if s := text(v, name); s != "" {
			value[name] = s
		}
	}
	message := "the server gave a token"
	if n, ok := number(member(v, "expires_in")); ok && n > 0 && n < 1e9 {
		value["expires_in"] = n
		value["expires_at"] = time.Now().Add(time.Duration(n) * time.Second).UTC().Format(time.RFC3339)
		message = fmt.Sprintf("the server gave a token that is good for %v", time.Duration(n)*time.Second)
	}
	return &tool.Result{Value: value, Message: insecureNote(call, message)}, nil
}

func oauthExamples() []tool.Example {
	serve := httpx.Loopback(func() http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
			id, secret, _ := r.BasicAuth()
			w.Header().Set("Content-Type", "application/json")
			renews := r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") == "r-1"
			if id != "app" || secret != "s3cret" || !renews && r.FormValue("grant_type") != "client_credentials" {
				w.WriteHeader(http.StatusUnauthorized)
				io.WriteString(w, `{"error":"invalid_client"}`)
				return
			}
			fmt.Fprintf(w, `{"access_token":"t-1","token_type":"bearer","expires_in":3600,"scope":%q}`, r.FormValue("scope"))
		})
		mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"issuer":"http://%s","token_endpoint":"http://%s/token"}`, r.Host, r.Host)
		})
		return mux
	})
	return []tool.Example{
		{Description: "A token for a program", Setup: serve, Params: map[string]any{"token_url": "{url}/token", "client_id": "app", "client_secret": "s3cret", "scope": "read write"},
			Want: map[string]any{"access_token": "t-1", "authorization": "Bearer t-1", "expires_in": 3600, "scope": "read write"}},
		{Description: "From a server that describes itself", Setup: serve, Params: map[string]any{"issuer": "{url}", "client_id": "app", "client_secret": "s3cret"},
			Want: map[string]any{"access_token": "t-1", "token_type": "Bearer"}},
		{Description: "Renew a token", Setup: serve, Params: map[string]any{"operation": "refresh_token", "token_url": "{url}/token", "client_id": "app", "client_secret": "s3cret", "refresh_token": "r-1"},
			Want: map[string]any{"access_token": "t-1", "expires_in": 3600}},
		{Description: "A server's addresses", Setup: serve, Params: map[string]any{"operation": "discovery", "issuer": "{url}"}},
	}
}

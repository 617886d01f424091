package api

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// longest is how long a call of these tools may take when its timeout
// parameter says so; the tools' own limit leaves it a margin.
const (
	longest = 600 * time.Second
	margin  = 10 * time.Second
)

// methodParameter takes methods in upper or lower case.
func methodParameter(def string, allowed ...string) schema.Property {
	aliases := map[string]string{}
	for _, m := range allowed {
		aliases[strings.ToLower(m)] = m
	}
	return schema.Optional("method", schema.Choice("The HTTP method", allowed...).WithDefault(def).WithAliases(aliases))
}

func headersParameter() schema.Property {
	return schema.Optional("headers", schema.Map("Headers to send: names and values. Those of the connection (Host, Content-Length, Transfer-Encoding, Connection…) cannot be set"), "header")
}

func queryParameter() schema.Property {
	return schema.Optional("query", schema.Map("Parameters to add to the address: names and values; a list gives several of a name"), "query_params", "params")
}

func timeoutParameter(description string, def float64) schema.Property {
	s := schema.Num(description + ", in seconds").WithDefault(def)
	s.Minimum, s.Maximum = schema.Ptr(0.001), schema.Ptr(longest.Seconds())
	return schema.Optional("timeout", s, "timeout_seconds")
}

func authParameter() schema.Property {
	return schema.Optional("auth", authSchema(), "authentication")
}

func authSchema() *schema.Schema {
	return schema.Map("How to log in",
		schema.Optional("type", schema.Choice("The kind: bearer (token), basic (username, password) or api_key (key, sent as the header or query parameter name); the default follows from what else is given",
			"bearer", "basic", "api_key").WithAliases(map[string]string{"api-key": "api_key", "apikey": "api_key", "Bearer": "bearer", "Basic": "basic"})),
		schema.Optional("token", schema.Text("The token (bearer)")),
		schema.Optional("username", schema.Text("The user's name (basic)"), "user"),
		schema.Optional("password", schema.Text("The user's password (basic)"), "pass"),
		schema.Optional("key", schema.Text("The key (api_key)"), "api_key", "value"),
		schema.Optional("name", schema.Text("The header or query parameter that carries the key (api_key)").WithDefault("X-API-Key"), "header", "header_name"),
		schema.Optional("in", schema.Choice("Where the key goes (api_key)", "header", "query").WithDefault("header")))
}

// seconds reads a number parameter that is a time.
func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// addQuery appends parameters to an address, in the order of their names.
func addQuery(u *url.URL, field string, query map[string]any) error {
	text, err := encodeForm(field, query)
	if err != nil || text == "" {
		return err
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += text
	if len(u.String()) > httpx.MaxURL {
		return &schema.FieldError{Path: field, Expected: fmt.Sprintf("an address of at most %d bytes in all", httpx.MaxURL), Found: "more"}
	}
	return nil
}

// encodeForm writes names and values as a form or query does.
func encodeForm(field string, m map[string]any) (string, error) {
	values := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list, ok := m[name].([]any)
		if !ok {
			list = []any{m[name]}
		}
		for _, v := range list {
			text, ok := httpx.ScalarText(v)
			if !ok {
				return "", &schema.FieldError{Path: field + "." + name, Expected: "a string, a number, a boolean or a list of them", Value: v}
			}
			values.Add(name, text)
		}
	}
	return values.Encode(), nil
}

// login adds what the auth parameter says to the headers or the address, and
// returns the texts that no message may show.
func login(field string, auth map[string]any, h http.Header, u *url.URL) (secrets []string, err error) {
	if auth == nil {
		return nil, nil
	}
	p := tool.Params(auth)
	kind := p.String("type")
	if kind == "" {
		switch {
		case p.Has("token"):
			kind = "bearer"
		case p.Has("username"):
			kind = "basic"
		case p.Has("key"):
			kind = "api_key"
		default:
			return nil, &schema.FieldError{Path: field, Expected: "a token, a username and password, or a key", Found: "none of them"}
		}
	}
	need := func(name string) (string, error) {
		if s := p.String(name); s != "" {
			return s, nil
		}
		return "", &schema.FieldError{Path: field + "." + name, Problem: "is missing", Help: "authentication of the type " + kind + " needs it"}
	}
	name, value := "Authorization", ""
	switch kind {
	case "bearer":
		token, err := need("token")
		if err != nil {
			return nil, err
		}
		value, secrets = "Bearer "+token, []string{token}
	case "basic":
		user, err := need("username")
		if err != nil {
			return nil, err
		}
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+p.String("password")))
		secrets = []string{p.String("password"), value}
	case "api_key":
		key, err := need("key")
		if err != nil {
			return nil, err
		}
		secrets = []string{key, url.QueryEscape(key)}
		if p.String("in") == "query" {
			return secrets, addQuery(u, field, map[string]any{p.String("name"): key})
		}
		name, value = p.String("name"), key
	}
	if h.Get(name) != "" {
		return nil, &schema.FieldError{Path: field, Problem: fmt.Sprintf("sets the header %s, which headers sets too; pass one of them", name)}
	}
	one, err := httpx.ParseHeaders(field, map[string]any{name: value})
	if err != nil {
		return nil, err
	}
	maps.Copy(h, one)
	return secrets, nil
}

// insecureNote adds to a result's message that nobody knows who answered.
func insecureNote(call *tool.Call, message string) string {
	if call.Params.Bool("insecure") {
		return message + " (the server's certificate was not verified)"
	}
	return message
}

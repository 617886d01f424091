package web

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxURL is the longest URL that is looked at, in bytes.
const maxURL = 16 << 10

func urlAnalyzerDefinition() tool.Definition {
	input := schema.Text("The URL; one without a scheme is taken as https")
	input.MaxLength = schema.Ptr(maxURL)
	return tool.Static(&tool.Descriptor{
		Name: "url-analyzer", Category: "web", Version: "1.0.0", Security: tool.Safe,
		Tags: []string{"url", "uri", "parse", "link", "query", "normalize"}, Needs: []tool.Need{tool.Network},
		Description: "Takes a URL apart and normalises it, without the network; looks at the page behind it if asked",
		Parameters: schema.Map("",
			schema.Required("input", input, "url"),
			schema.Optional("fetch_metadata", schema.Flag("Fetch the page too: its status, type, title and description")),
			schema.Optional("decode_params", schema.Flag("Decode the percent signs in the query's parameters").WithDefault(true))),
		Result: schema.Map("",
			schema.Required("url", schema.Text("The URL as it was given")),
			schema.Required("normalized", schema.Text("The same in its simplest spelling: lower case scheme and host, no default port, no . and .. in the path, parameters sorted")),
			schema.Required("scheme", schema.Text("Such as https")),
			schema.Required("host", schema.Text("The host without its port, in Punycode")),
			schema.Optional("unicode_host", schema.Text("The host as people read it, where that differs")),
			schema.Optional("domain", schema.Text("The part of the host that its owner has registered, such as example.co.uk")),
			schema.Optional("public_suffix", schema.Text("What the domain is registered under, such as co.uk")),
			schema.Optional("subdomain", schema.Text("What stands before the domain")),
			schema.Optional("port", schema.Int("The port, given or by default", 0, 65535)),
			schema.Required("default_port", schema.Flag("Whether the port is the scheme's own")),
			schema.Required("is_ip", schema.Flag("Whether the host is an address")),
			schema.Optional("address_kind", schema.Choice("Of an address", "public", "private", "loopback", "link-local", "multicast", "unspecified")),
			schema.Optional("username", schema.Text("The user before the host")),
			schema.Required("has_password", schema.Flag("Whether a password stands before the host; it is not shown")),
			schema.Required("path", schema.Text("The path, decoded")),
			schema.Required("segments", schema.List("The path's parts, decoded", schema.Text(""))),
			schema.Optional("extension", schema.Text("Of the path's last part, without the dot")),
			schema.Required("query", schema.Text("The query as it was given")),
			schema.Required("params", schema.Map("The query's parameters: a string, or an array of strings where a name stands several times")),
			schema.Optional("fragment", schema.Text("What follows #")),
			schema.Required("is_absolute", schema.Flag("Whether the URL came with a scheme")),
			schema.Required("is_secure", schema.Flag("Whether the scheme encrypts")),
			schema.Required("length", schema.Int("Of the URL, in bytes", 0, maxURL)),
			schema.Required("warnings", schema.List("What is odd about the URL", schema.Text(""))),
			schema.Optional("metadata", schema.Map("What was fetched: {status, content_type, content_length, final_url, redirects, title, description, canonical, language}; or {error}")),
		),
		Examples: []tool.Example{
			{Description: "Take a URL apart", Params: map[string]any{"input": "HTTPS://Docs.Example.co.uk:443/a/./b/../c.html?q=lua%20tools&q=go#top"},
				Want: map[string]any{"normalized": "https://docs.example.co.uk/a/c.html?q=lua+tools&q=go#top", "domain": "example.co.uk", "subdomain": "docs",
					"port": 443, "extension": "html", "params": map[string]any{"q": []any{"lua tools", "go"}}}},
		},
	}, analyzeURL)
}

func analyzeURL(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	given := call.Params.String("input")
	u, absolute, err := parseURL(given)
	if err != nil {
		return nil, err
	}
	a := &urlAnalysis{u: u, value: map[string]any{"url": redact(u, given), "is_absolute": absolute, "length": len(given)}, warnings: []any{}}
	if !absolute {
		a.warn("it has no scheme; https is assumed")
	}
	if err := a.host(); err != nil {
		return nil, err
	}
	a.path()
	a.query(call.Params.Bool("decode_params"))
	a.value["normalized"] = a.normalized()
	a.value["warnings"] = a.warnings
	if call.Params.Bool("fetch_metadata") {
		if a.value["metadata"], err = fetchMetadata(ctx, call, u); err != nil {
			return nil, err
		}
	}
	return tool.Value(a.value), nil
}

// parseURL reads a URL, with or without its scheme.
func parseURL(given string) (u *url.URL, absolute bool, err error) {
	text := strings.TrimSpace(given)
	wrong := func(problem string) error {
		return &schema.FieldError{Path: "input", Expected: "a URL such as https://example.com/path", Value: given, Help: problem}
	}
	switch {
	case text == "":
		return nil, false, wrong("it is empty")
	case strings.HasPrefix(text, "//"):
		text = "https:" + text
	case strings.Contains(text, "://"):
		absolute = true
	case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "?") || strings.HasPrefix(text, "#"):
		return nil, false, wrong("it has no host")
	default:
		scheme, rest, ok := strings.Cut(text, ":")
		if digits := leadingDigits(rest); ok && digits == "" && !strings.ContainsAny(scheme, "./?#@") {
			return nil, false, wrong(fmt.Sprintf("%s: URLs have no host to look at", scheme))
		}
		text = "https://" + text
	}
	if u, err = url.Parse(text); err != nil {
		if e, ok := err.(*url.Error); ok { // its text repeats the URL, with its password
			err = e.Err
		}
		return nil, false, wrong(err.Error())
	}
	if u.Hostname() == "" {
		return nil, false, wrong("it has no host")
	}
	return u, absolute, nil
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// redact hides the password of a URL.
func redact(u *url.URL, given string) string {
	if password, ok := u.User.Password(); ok && password != "" {
		return u.Redacted()
	}
	return given
}

// urlAnalysis collects what there is to say about a URL.
type urlAnalysis struct {
	u        *url.URL
	value    map[string]any
	warnings []any
	ascii    string // the host in Punycode
	port     string // as given, without a default one
}

func (a *urlAnalysis) warn(text string) { a.warnings = append(a.warnings, text) }

// defaultPorts are those that a URL leaves out.
func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	case "ftp":
		return "21"
	case "ssh", "sftp":
		return "22"
	}
	return ""
}

func (a *urlAnalysis) host() error {
	u := a.u
	scheme, name := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname())
	a.value["scheme"], a.value["is_secure"] = scheme, scheme == "https" || scheme == "wss" || scheme == "sftp" || scheme == "ssh"
	a.ascii = name
	addr, addrErr := netip.ParseAddr(name)
	a.value["is_ip"] = addrErr == nil
	if addrErr == nil {
		a.value["address_kind"] = addressKind(addr)
	} else {
		ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
		if err != nil {
			a.warn("the host is not a valid domain name: " + err.Error())
		} else {
			a.ascii = ascii
		}
		if readable, err := idna.Display.ToUnicode(a.ascii); err == nil && readable != a.ascii {
			a.value["unicode_host"] = readable
			a.warn("the host has letters beyond ASCII, which may look like others")
		}
		a.domain()
	}
	a.value["host"] = a.ascii
	standard := defaultPort(scheme)
	port := u.Port()
	if port != standard {
		a.port = port
	}
	a.value["default_port"] = port == "" || port == standard
	if port == "" {
		port = standard
	}
	if n, err := strconv.Atoi(port); err == nil {
		if n > 65535 {
			return &schema.FieldError{Path: "input", Expected: "a URL with a port of at most 65535", Value: a.value["url"]}
		}
		a.value["port"] = n
	}
	_, hasPassword := u.User.Password()
	a.value["has_password"] = hasPassword
	if u.User != nil {
		a.value["username"] = u.User.Username()
		a.warn("it carries a user name, which browsers hide and phishers misuse")
	}
	return nil
}

func (a *urlAnalysis) domain() {
	if !strings.Contains(a.ascii, ".") {
		return
	}
	suffix, _ := publicsuffix.PublicSuffix(a.ascii)
	a.value["public_suffix"] = suffix
	if domain, err := publicsuffix.EffectiveTLDPlusOne(a.ascii); err == nil {
		a.value["domain"] = domain
		if sub := strings.TrimSuffix(strings.TrimSuffix(a.ascii, domain), "."); sub != "" {
			a.value["subdomain"] = sub
		}
	}
}

func addressKind(a netip.Addr) string {
	a = a.Unmap()
	switch {
	case a.IsUnspecified():
		return "unspecified"
	case a.IsLoopback():
		return "loopback"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case a.IsMulticast():
		return "multicast"
	case a.IsPrivate():
		return "private"
	}
	return "public"
}

func (a *urlAnalysis) path() {
	u := a.u
	a.value["path"] = u.Path
	segments := []any{}
	for s := range strings.SplitSeq(u.EscapedPath(), "/") {
		if s == "" {
			continue
		}
		decoded, err := url.PathUnescape(s)
		if err != nil {
			decoded = s
		}
		segments = append(segments, decoded)
	}
	a.value["segments"] = segments
	if ext := path.Ext(u.Path); len(ext) > 1 {
		a.value["extension"] = ext[1:]
	}
	if u.Fragment != "" {
		a.value["fragment"] = u.Fragment
	}
}

// query lists the parameters in order. Go's own parser drops what it cannot
// decode; here it stays as it is.
func (a *urlAnalysis) query(decode bool) {
	a.value["query"] = a.u.RawQuery
	params := map[string]any{}
	for part := range strings.SplitSeq(a.u.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if decode {
			name, value = a.unescape(name), a.unescape(value)
		}
		switch old := params[name].(type) {
		case nil:
			params[name] = value
		case string:
			params[name] = []any{old, value}
		case []any:
			params[name] = append(old, value)
		}
	}
	a.value["params"] = params
}

func (a *urlAnalysis) unescape(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		a.warn(fmt.Sprintf("the query has a percent sign that begins no code: %q", s))
		return s
	}
	return out
}

func (a *urlAnalysis) normalized() string {
	n := *a.u
	n.Scheme = strings.ToLower(n.Scheme)
	n.Host = a.ascii
	switch {
	case a.port != "":
		n.Host = net.JoinHostPort(a.ascii, a.port)
	case strings.Contains(a.ascii, ":"):
		n.Host = "[" + a.ascii + "]"
	}
	if n.User != nil {
		n.User = url.User(n.User.Username())
	}
	clean := removeDotSegments(n.EscapedPath())
	if decoded, err := url.PathUnescape(clean); err == nil {
		n.Path, n.RawPath = decoded, clean
	}
	if q, err := url.ParseQuery(n.RawQuery); err == nil {
		n.RawQuery = q.Encode()
	}
	n.ForceQuery = false
	return n.String()
}

// removeDotSegments takes . and .. out of a path (RFC 3986 section 5.2.4). An
// empty segment stays: a//b is another resource than a/b.
func removeDotSegments(path string) string {
	var out []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case "..":
			out = out[:max(0, len(out)-1)]
			fallthrough
		case ".":
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

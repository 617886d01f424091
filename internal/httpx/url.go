package httpx

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/llmspell/llmspell/tools/schema"
)

// MaxURL is the length of the longest address that is taken, in bytes.
const MaxURL = 16 << 10

// ParseURL reads the http or https address that a caller passed as the
// parameter field. Names in other scripts become their ASCII form. User and
// password stay in the URL; Do sends them as basic authentication. The error
// is a *schema.FieldError that shows no credentials.
func ParseURL(field, text string) (*url.URL, error) {
	return ParseURLScheme(field, text, "http", "https")
}

// ParseURLScheme is ParseURL for other schemes that are addresses of servers,
// such as ws and wss.
func ParseURLScheme(field, text string, schemes ...string) (*url.URL, error) {
	wrong := func(found string) error {
		return &schema.FieldError{Path: field, Found: found,
			Expected: "the address of a server that begins with " + strings.Join(schemes, ":// or ") + "://"}
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, wrong("an empty text")
	case len(text) > MaxURL:
		return nil, wrong(strconv.Itoa(len(text)) + " bytes, which is more than the " + strconv.Itoa(MaxURL) + " that an address may have")
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return nil, wrong("an address with a control character")
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, wrong(whyNoURL(text, err))
	}
	u.Scheme = strings.ToLower(u.Scheme)
	known := false
	for _, s := range schemes {
		known = known || u.Scheme == s
	}
	switch {
	case u.Scheme == "" || (!known && u.Opaque != ""): // example.com/x, localhost:8080
		err := &schema.FieldError{Path: field, Found: "one without a scheme", Expected: "the address of a server that begins with " + strings.Join(schemes, ":// or ") + "://"}
		if !strings.Contains(text, "@") && !strings.Contains(text, "?") {
			err.Suggestion = schemes[len(schemes)-1] + "://" + strings.TrimLeft(clip(text, 100), "/")
		}
		return nil, err
	case !known:
		return nil, wrong("the scheme " + strconv.Quote(clip(u.Scheme, 20)))
	case u.Opaque != "" || u.Hostname() == "":
		return nil, wrong("one without a host")
	}
	if err := cleanHost(u); err != nil {
		return nil, wrong(err.Error())
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// whyNoURL says why a text is no URL. The parser's own words quote a part of
// it, which may be that of a password.
func whyNoURL(text string, err error) string {
	var e *url.Error
	if !errors.As(err, &e) || strings.Contains(text, "@") {
		return "a text that is no address"
	}
	return "a text that is no address: " + clip(e.Err.Error(), 100)
}

// cleanHost makes the host ASCII and checks the port.
func cleanHost(u *url.URL) error {
	host, port := u.Hostname(), u.Port()
	if port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return errors.New("the port " + clip(port, 20) + ", which is not between 1 and 65535")
		}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		// The name of an interface: anything else would need escapes that
		// net/url writes and does not read.
		if strings.ContainsFunc(addr.Zone(), func(r rune) bool { return r >= 0x80 || !isUnreserved(byte(r)) }) {
			return errors.New("a zone that is no name of a network interface")
		}
	} else {
		ascii := host
		// The lookup rules refuse underscores, which names of services have.
		if strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
			if ascii, err = idna.Lookup.ToASCII(host); err != nil {
				return errors.New("a host that is no domain name")
			}
		}
		if len(ascii) > 253 || strings.Contains(ascii, "..") || strings.ContainsAny(ascii, " %\\^|<>\"") {
			return errors.New("a host that is no domain name")
		}
		host = strings.ToLower(ascii)
	}
	switch {
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	return nil
}

// isUnreserved tells whether c stands for itself in a URL (RFC 3986, 2.3).
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// hostPort returns where a URL's server listens.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" || u.Scheme == "wss" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// Hidden stands where a credential was.
const Hidden = "***"

// Redact writes a URL for people: without user, password and fragment, and
// with the values of parameters that look like credentials hidden.
func Redact(u *url.URL) string {
	if u == nil {
		return ""
	}
	c := *u
	if c.User != nil {
		c.User = nil
	}
	c.Fragment, c.RawFragment = "", ""
	c.RawQuery = redactQuery(c.RawQuery)
	return c.String()
}

// RedactText is Redact for an address that is still a text.
func RedactText(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(an address that cannot be read)"
	}
	return Redact(u)
}

// redactQuery keeps the order and spelling of what it does not hide.
func redactQuery(query string) string {
	if query == "" {
		return ""
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, found := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); found && (err != nil || IsSecretName(plain)) {
			parts[i] = name + "=" + Hidden
		}
	}
	return strings.Join(parts, "&")
}

// IsSecretName tells whether a header, a parameter of a query or a member of
// JSON of this name holds a credential, as far as names tell.
func IsSecretName(name string) bool {
	n := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	switch n {
	case "key", "sig", "auth", "pwd", "pass", "code", "jwt", "cookie", "setcookie", "sid", "session", "sessionid", "subscriptionkey":
		return true
	}
	for _, part := range []string{"token", "secret", "password", "passwd", "apikey", "accesskey", "authorization", "signature", "credential",
		"privatekey", "authkey", "subscriptionkey"} {
		if strings.Contains(n, part) {
			return true
		}
	}
	return false
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

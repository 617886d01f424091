package httpx

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/schema"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://example.com":                    "http://example.com",
		" HTTPS://Example.COM/Ä?q=ü#frag ":      "https://example.com/%C3%84?q=ü",
		"http://bücher.example/":                "http://xn--bcher-kva.example/",
		"http://日本語.example:8080/":              "http://xn--wgv71a119e.example:8080/",
		"http://[::1]:80/":                      "http://[::1]:80/",
		"http://[2001:db8::1]/x":                "http://[2001:db8::1]/x",
		"http://[fe80::1%25eth0]/x":             "http://[fe80::1%25eth0]/x",
		"http://user:secret@example.com/x":      "http://example.com/x",
		"http://example.com/?api_key=abc&q=1":   "http://example.com/?api_key=***&q=1",
		"http://example.com/?a=1&X-Amz-Sig=zzz": "http://example.com/?a=1&X-Amz-Sig=zzz",
		"http://_dmarc.example.com/":            "http://_dmarc.example.com/",
		"http://e.com/?access%5Ftoken=x&&b":     "http://e.com/?access%5Ftoken=***&&b",
	} {
		u, err := ParseURL("url", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := Redact(u); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"":                               "an empty text",
		"example.com/x":                  `did you mean "https://example.com/x"?`,
		"localhost:8080":                 `did you mean "https://localhost:8080"?`,
		"//example.com":                  "one without a scheme",
		"ftp://example.com":              `the scheme "ftp"`,
		"file:///etc/passwd":             `the scheme "file"`,
		"javascript:alert(1)":            "one without a scheme",
		"http://":                        "without a host",
		"http:///path":                   "without a host",
		"http:example.com":               "without a host",
		"http://a b/":                    "no address",
		"http://example.com:99999/":      "the port 99999",
		"http://example.com:0/":          "the port 0",
		"http://example.com:x/":          "no address",
		"http://exa\nmple.com/":          "a control character",
		"http://example.com/\r\nHost: x": "a control character",
		"http://a..b/":                   "no domain name",
		"http://xn--\u00e4/":             "no domain name",
		"http://[::%25\x88]":             "no name of a network interface",
		"http://u:hunter2@[bad/":         "no address",
		"http://u:hunt/er2@example.com":  "no address",
		"http://e.com/" + strings.Repeat("a", MaxURL): "more than the",
		"http://" + strings.Repeat("a.", 200) + "com": "no domain name",
	} {
		_, err := ParseURL("url", text)
		var field *schema.FieldError
		if !errors.As(err, &field) || field.Path != "url" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", clip(text, 50), err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunt") {
			t.Errorf("%q: the error shows the password: %v", text, err)
		}
	}
}

func TestParseHeaders(t *testing.T) {
	h, err := ParseHeaders("headers", map[string]any{"x-a": "1", "X-B": 2.0, "x-c": true, "Accept": []any{"a", "b"}, "x-d": int64(7)})
	if err != nil || h.Get("X-A") != "1" || h.Get("X-B") != "2" || h.Get("X-C") != "true" || len(h["Accept"]) != 2 || h.Get("X-D") != "7" {
		t.Errorf("headers are %v, %v", h, err)
	}
	for want, m := range map[string]map[string]any{
		"line break":               {"x": "a\r\nX-Injected: 1"},
		"names of headers":         {"x y": "1"},
		"letters, digits":          {"x\r\nInjected": "1"},
		"names of headers: ":       {"": "1"},
		"headers.Host":             {"Host": "other"},
		"headers.content-length":   {"content-length": "5"},
		"headers.Transfer-Encodin": {"Transfer-Encoding": "chunked"},
		"headers.connection":       {"connection": "close"},
		"headers.upgrade":          {"upgrade": "h2c"},
		"a map[string]interface":   {"x": map[string]any{}},
		"a <nil>":                  {"x": nil},
		"at most 100 headers":      {"x": strings.Repeat("a", maxHeaderBytes)},
	} {
		if _, err := ParseHeaders("headers", m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", want, err, want)
		}
	}
	m := HeaderMap(http.Header{"Set-Cookie": {"a=1", "b=2"}, "X": {"1", "2"}, "Y": {"\xff"}})
	if len(m["set-cookie"].([]any)) != 2 || m["x"] != "1, 2" || m["y"] != "\uFFFD" {
		t.Errorf("HeaderMap = %v", m)
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"http://a/", "https://u:p@bücher.example:1/?token=x#f", "http://[::1%25eth0]/", "//x", "http://a\x00", "http://[::%25\x88]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseURL("url", text)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Fatalf("%q was taken: %v", text, u)
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != u.Host {
			t.Fatalf("%q became %q, which reads as %v, %v", text, u, again, err)
		}
		Redact(u)
	})
}

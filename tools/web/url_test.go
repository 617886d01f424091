package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestURLAnalyzer(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "url-analyzer", []tooltest.Want{
		{Params: `{"input":"HTTP://User:pw@EXAMPLE.com:80/a%20b/../c/./d/?b=2&a=1#frag"}`, Field: "normalized", Value: `"http://User@example.com/c/d/?a=1\u0026b=2#frag"`},
		{Params: `{"input":"http://u:topsecret@h.org/"}`, Field: "has_password", Value: `true`},
		{Params: `{"input":"http://u:topsecret@h.org/"}`, Field: "url", Value: `"http://u:xxxxx@h.org/"`},
		{Params: `{"input":"http://e.com/a//b/../c/."}`, Field: "normalized", Value: `"http://e.com/a//c/"`},
		{Params: `{"input":"http://e.com/../.."}`, Field: "normalized", Value: `"http://e.com/"`},
		{Params: `{"input":"example.com/x"}`, Field: "normalized", Value: `"https://example.com/x"`},
		{Params: `{"input":"example.com/x"}`, Field: "is_absolute", Value: `false`},
		{Params: `{"input":"example.com:8080"}`, Field: "port", Value: `8080`},
		{Params: `{"input":"//cdn.example.com/x.min.js"}`, Field: "extension", Value: `"js"`},
		{Params: `{"input":"https://bücher.example/"}`, Field: "host", Value: `"xn--bcher-kva.example"`},
		{Params: `{"input":"https://bücher.example/"}`, Field: "unicode_host", Value: `"bücher.example"`},
		{Params: `{"input":"https://[2001:db8::1]:443/"}`, Field: "normalized", Value: `"https://[2001:db8::1]/"`},
		{Params: `{"input":"https://[::1]/"}`, Field: "address_kind", Value: `"loopback"`},
		{Params: `{"input":"https://10.1.2.3/"}`, Field: "address_kind", Value: `"private"`},
		{Params: `{"input":"https://1.1.1.1/"}`, Field: "address_kind", Value: `"public"`},
		{Params: `{"input":"https://169.254.169.254/"}`, Field: "address_kind", Value: `"link-local"`},
		{Params: `{"input":"https://a.b.example.co.uk/"}`, Field: "public_suffix", Value: `"co.uk"`},
		{Params: `{"input":"https://a.b.example.co.uk/"}`, Field: "subdomain", Value: `"a.b"`},
		{Params: `{"input":"https://e.com/?q=a%20b&q=c&flag&bad=%zz"}`, Field: "params", Value: `{"bad":"%zz","flag":"","q":["a b","c"]}`},
		{Params: `{"input":"https://e.com/?q=a%20b","decode_params":false}`, Field: "params", Value: `{"q":"a%20b"}`},
		{Params: `{"input":"https://e.com/a%2Fb/c"}`, Field: "segments", Value: `["a/b","c"]`},
		{Params: `{"input":"wss://e.com"}`, Field: "port", Value: `443`},
		{Params: `{"input":"wss://e.com"}`, Field: "is_secure", Value: `true`},
		{Params: `{"input":""}`, Err: "empty", Code: tool.InvalidParameters},
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":7}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"/just/a/path"}`, Err: "no host", Code: tool.InvalidParameters},
		{Params: `{"input":"mailto:someone@example.com"}`, Err: "mailto", Code: tool.InvalidParameters},
		{Params: `{"input":"http://a b.com/"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"http://e.com:99999/"}`, Err: "port", Code: tool.InvalidParameters},
		{Params: `{"input":"http://%zz/"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.com","decode_params":"x"}`, Err: `"decode_params"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.com","fetch_metadata":1}`, Err: `"fetch_metadata"`, Code: tool.InvalidParameters},
		{Params: `{"input":"ftp://e.com","fetch_metadata":true}`, Err: "http and https only", Code: tool.InvalidParameters},
		{Params: `{"input":"http://e.com/` + strings.Repeat("x", maxURL) + `"}`, Err: "characters", Code: tool.InvalidParameters},
	})
}

func TestURLMetadata(t *testing.T) {
	base := site(t, map[string]http.HandlerFunc{
		"/a": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", http.StatusFound) },
		"/b": serve("text/html", `<html lang=en><title>T</title><meta name=description content=D>`), "/gone": http.NotFound,
	})
	r := online(t)
	m := value(t, r, "url-analyzer", "input", base+"/a", "fetch_metadata", true)["metadata"].(map[string]any)
	for key, want := range map[string]any{"status": 200, "title": "T", "description": "D", "language": "en", "final_url": base + "/b", "content_type": "text/html"} {
		if m[key] != want {
			t.Errorf("metadata.%s = %v; want %v", key, m[key], want)
		}
	}
	if m := value(t, r, "url-analyzer", "input", base+"/gone", "fetch_metadata", true)["metadata"].(map[string]any); m["status"] != 404 {
		t.Errorf("metadata of a page that is not there: %v", m)
	}
	if m := value(t, r, "url-analyzer", "input", "http://127.0.0.1:1/", "fetch_metadata", true)["metadata"].(map[string]any); m["error"] == nil {
		t.Errorf("metadata of a server that is not there: %v", m)
	}
}

func FuzzURLAnalyzer(f *testing.F) {
	for _, s := range []string{"http://a/", "//x", "http://[::1%25en0]:1/?%=%", "HTTPS://xn--/a/../..?a=b&a", "a:b@c:1#"} {
		f.Add(s)
	}
	r := tooltest.New(f, Definitions())
	f.Fuzz(func(t *testing.T, s string) {
		_, terr := r.Call(t, t.Context(), "url-analyzer", params(t, "input", s))
		if terr != nil && terr.Code != tool.InvalidParameters {
			t.Errorf("%q: %s %v", s, terr.Code, terr)
		}
	})
}

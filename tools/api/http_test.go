package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// mirror answers with the request as JSON.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	headers := map[string]string{}
	for k := range r.Header {
		headers[k] = r.Header.Get(k)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "headers": headers, "body": string(body), "length": r.ContentLength})
}

func TestHTTPRequests(t *testing.T) {
	base := nettest.HTTP(t, mirror)
	r := runner(t)
	write(t, r, "up.txt", "from a file")
	long := strings.Repeat("x", 100<<10)
	write(t, r, "long.txt", long)
	for _, test := range []struct {
		params map[string]any
		want   map[string]any // paths in the mirror's JSON
	}{
		{map[string]any{"url": base + "/a?x=1", "query": map[string]any{"b": []any{1, "two"}, "a": true}}, map[string]any{"method": "GET", "path": "/a", "query": "x=1&a=true&b=1&b=two"}},
		{map[string]any{"input": base, "method": "post", "body": "plain text"}, map[string]any{"method": "POST", "body": "plain text", "headers.Content-Type": "text/plain; charset=utf-8", "length": 10.0}},
		{map[string]any{"input": base, "method": "POST", "body": `{"a": 1}`}, map[string]any{"body": `{"a": 1}`, "headers.Content-Type": "application/json"}},
		{map[string]any{"input": base, "method": "PUT", "body": map[string]any{"a": []any{1}}}, map[string]any{"method": "PUT", "body": `{"a":[1]}`, "headers.Content-Type": "application/json"}},
		{map[string]any{"input": base, "method": "PATCH", "json": "text"}, map[string]any{"body": `"text"`}},
		{map[string]any{"input": base, "method": "POST", "body": ""}, map[string]any{"body": "", "length": 0.0}},
		{map[string]any{"input": base, "method": "POST", "form": map[string]any{"a b": "c&d", "n": 2}}, map[string]any{"body": "a+b=c%26d&n=2", "headers.Content-Type": "application/x-www-form-urlencoded"}},
		{map[string]any{"input": base, "method": "POST", "body_file": "up.txt"}, map[string]any{"body": "from a file", "length": 11.0, "headers.Content-Type": "text/plain; charset=utf-8"}},
		{map[string]any{"input": base, "method": "POST", "body_file": "long.txt"}, map[string]any{"body": long}},
		{map[string]any{"input": base, "method": "DELETE", "headers": map[string]any{"X-One": "1", "Content-Type": "x/y"}, "body": "z"}, map[string]any{"method": "DELETE", "headers.X-One": "1", "headers.Content-Type": "x/y"}},
		{map[string]any{"input": base, "auth": map[string]any{"type": "bearer", "token": "tt"}}, map[string]any{"headers.Authorization": "Bearer tt"}},
		{map[string]any{"input": base, "auth": map[string]any{"username": "u", "password": "p"}}, map[string]any{"headers.Authorization": "Basic dTpw"}},
		{map[string]any{"input": strings.Replace(base, "//", "//u:p@", 1)}, map[string]any{"headers.Authorization": "Basic dTpw"}},
		{map[string]any{"input": base, "auth": map[string]any{"key": "k k"}}, map[string]any{"headers.X-Api-Key": "k k"}},
		{map[string]any{"input": base, "auth": map[string]any{"type": "api-key", "key": "k k", "name": "key", "in": "query"}}, map[string]any{"query": "key=k+k"}},
	} {
		v, err := call(t, r, "http-requester", test.params)
		if err != nil {
			t.Errorf("%v: %v", test.params, err)
			continue
		}
		if v["status"] != 200.0 || v["ok"] != true || v["body_encoding"] != "text" || v["duration_ms"].(float64) <= 0 {
			t.Errorf("%v: %v", test.params, v)
		}
		for path, want := range test.want {
			if got := field(t, v["json"], path); got != want {
				t.Errorf("%v: %s is %.100v; want %.100v", test.params, path, got, want)
			}
		}
		if agent, _ := field(t, v["json"], "headers.User-Agent").(string); !strings.HasPrefix(agent, "llmspell/") {
			t.Errorf("the agent is %q", agent)
		}
	}
	v, err := call(t, r, "http-requester", map[string]any{"input": base + "/?token=tttt", "method": "HEAD"})
	if err != nil || v["body"] != nil || v["url"] != base+"/?token=***" {
		t.Errorf("HEAD: %v, %v", v, err)
	}
	v, err = call(t, r, "http-requester", map[string]any{"input": base, "method": "OPTIONS"})
	if err != nil || field(t, v["json"], "method") != "OPTIONS" {
		t.Errorf("OPTIONS: %v, %v", v, err)
	}
}

func TestHTTPMultipart(t *testing.T) {
	r := runner(t)
	write(t, r, "up.txt", "from a file")
	base := nettest.HTTP(t, func(w http.ResponseWriter, q *http.Request) {
		length := q.ContentLength
		if err := q.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
		}
		f := q.MultipartForm.File["file"][0]
		content, _ := f.Open()
		data, _ := io.ReadAll(content)
		fmt.Fprintf(w, "%s|%s|%s|%s|%s|%v|%s", q.FormValue("note"), f.Filename, f.Header.Get("Content-Type"), data, q.MultipartForm.File["b\"d"][0].Filename, length > 0, q.FormValue("ü"))
	})
	v, err := call(t, r, "http-requester", map[string]any{"input": base, "method": "POST", "multipart": []any{
		map[string]any{"name": "note", "value": "hi\r\n--x"}, map[string]any{"name": "file", "file": "up.txt"},
		map[string]any{"name": `b"d`, "file": "up.txt", "filename": "x\r\nEvil: 1", "content_type": "a/b"}, map[string]any{"name": "ü", "value": "uml"}}})
	if err != nil || v["body"] != "hi\r\n--x|up.txt|text/plain; charset=utf-8|from a file|x%0D%0AEvil: 1|true|uml" {
		t.Errorf("%q, %v", v["body"], err)
	}
}

func TestHTTPAnswers(t *testing.T) {
	var n atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/png", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Write([]byte("\x89PNG"))
	})
	mux.HandleFunc("/404", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		io.WriteString(w, "not here")
	})
	mux.HandleFunc("/badjson", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{")
	})
	mux.HandleFunc("/textjson", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "[1]")
	})
	mux.HandleFunc("/latin", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		w.Write([]byte("caf\xe9"))
	})
	mux.HandleFunc("/flaky", func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%3 != 0 {
			w.WriteHeader(503)
		}
	})
	mux.HandleFunc("/go", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/404", http.StatusFound) })
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, r *http.Request) { w.Header()["Set-Cookie"] = []string{"a=1", "b=2"} })
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 11<<20)) })
	base := nettest.HTTP(t, mux.ServeHTTP)
	r := runner(t)
	get := func(path string, more ...any) (map[string]any, *tool.Error) {
		t.Helper()
		return call(t, r, "http-requester", with(map[string]any{"input": base + path}, more...))
	}
	if v, err := get("/png"); err != nil || v["body"] != base64.StdEncoding.EncodeToString([]byte("\x89PNG")) || v["body_encoding"] != "base64" {
		t.Errorf("png: %v, %v", v, err)
	}
	if v, err := get("/404"); err != nil || v["status"] != 404.0 || v["ok"] != false || v["body"] != "not here" {
		t.Errorf("404: %v, %v", v, err)
	}
	if _, err := get("/404", "fail_on_error_status", true); err == nil || err.Code != tool.ResourceNotFound || err.Details["body"] != "not here" {
		t.Errorf("404 as an error: %v", err)
	}
	if v, err := get("/badjson"); err != nil || v["json"] != nil || v["body"] != "{" {
		t.Errorf("bad JSON: %v, %v", v, err)
	}
	if v, err := get("/textjson", "response_format", "json"); err != nil || field(t, v["json"], "[0]") != 1.0 {
		t.Errorf("JSON as text: %v, %v", v, err)
	}
	if v, err := get("/latin"); err != nil || v["body"] != "café" {
		t.Errorf("charset: %v, %v", v, err)
	}
	if v, err := get("/latin", "response_format", "base64"); err != nil || v["body"] != "Y2Fm6Q==" {
		t.Errorf("base64: %v, %v", v, err)
	}
	if v, err := get("/flaky", "retry", map[string]any{"max_attempts": 3, "backoff_ms": 1}); err != nil || v["status"] != 200.0 {
		t.Errorf("retry: %v, %v", v, err)
	}
	for _, none := range []any{false, 0, map[string]any{"max_retries": 0}} {
		if v, err := get("/flaky", "retry", none); err != nil || v["status"] != 503.0 {
			t.Errorf("no retry (%v): %v, %v", none, v, err)
		}
		n.Store(0)
	}
	if v, err := get("/go"); err != nil || v["status"] != 404.0 || v["url"] != base+"/404" || field(t, v, "redirects[0].status") != 302.0 {
		t.Errorf("redirect: %v, %v", v, err)
	}
	for _, no := range [][]any{{"follow_redirects", false}, {"max_redirects", 0}} {
		if v, err := get("/go", no...); err != nil || v["status"] != 302.0 {
			t.Errorf("%v: %v, %v", no, v, err)
		}
	}
	if v, err := get("/cookies"); err != nil || len(field(t, v, "headers.set-cookie").([]any)) != 2 {
		t.Errorf("cookies: %v, %v", v, err)
	}
	if _, err := get("/big"); err == nil || err.Code != tool.LimitExceeded {
		t.Errorf("big: %v", err)
	}
	if _, err := get("/404", "max_bytes", 7); err == nil || err.Code != tool.LimitExceeded {
		t.Errorf("a smaller limit: %v", err)
	}
	if v, err := get("/404", "max_bytes", 8); err != nil || v["size"] != 8.0 {
		t.Errorf("exactly the limit: %v, %v", v, err)
	}
}

func TestHTTPDownload(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 20<<20)) })
	mux.HandleFunc("/bad", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); io.WriteString(w, "broken") })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
	})
	base := nettest.HTTP(t, mux.ServeHTTP)
	r := runner(t)
	outside := linkOut(t, r, "link")
	write(t, r, "kept", "old")
	get := func(path, file string, more ...any) (map[string]any, *tool.Error) {
		return call(t, r, "http-requester", with(map[string]any{"input": base + path, "output_file": file, "retry": false}, more...))
	}
	v, err := get("/good", "out.bin")
	if info, serr := os.Stat(filepath.Join(r.Dir, "out.bin")); err != nil || serr != nil || info.Size() != 20<<20 || v["output_file"] != "out.bin" || v["body"] != nil {
		t.Fatalf("%v, %v, %v", v, err, serr)
	}
	if v, err := get("/bad", "kept"); err != nil || v["status"] != 500.0 || v["body"] != "broken" || v["output_file"] != nil {
		t.Errorf("500: %v, %v", v, err)
	}
	if _, err := get("/cut", "kept"); err == nil || !strings.Contains(err.Message, "before the answer was complete") {
		t.Errorf("a cut body: %v", err)
	}
	if _, err := get("/good", "kept", "max_bytes", 1000); err == nil || err.Code != tool.LimitExceeded {
		t.Errorf("too large: %v", err)
	}
	for _, path := range []string{"/etc/evil", "../evil", "link"} {
		if _, err := get("/good", path); err == nil || err.Code != tool.PermissionDenied {
			t.Errorf("%s: %v", path, err)
		}
	}
	if data, _ := os.ReadFile(filepath.Join(r.Dir, "kept")); string(data) != "old" {
		t.Errorf("the file was changed to %q", data)
	}
	if data, _ := os.ReadFile(outside); string(data) != "secret" {
		t.Errorf("the file outside was changed to %q", data)
	}
	entries, _ := os.ReadDir(r.Dir)
	if len(entries) != 3 {
		t.Errorf("something was left: %v", entries)
	}
}

func TestHTTPRefusals(t *testing.T) {
	base := nettest.HTTP(t, mirror)
	r := runner(t)
	linkOut(t, r, "link")
	m := map[string]any{"input": base, "method": "POST"}
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{map[string]any{}, `"input" is missing`, tool.InvalidParameters},
		{with(m, "input", "example.com"), `did you mean "https://example.com"`, tool.InvalidParameters},
		{with(m, "input", "gopher://x"), `the scheme "gopher"`, tool.InvalidParameters},
		{with(m, "input", 5), `"input" is wrong`, tool.InvalidParameters},
		{with(m, "method", "BREW"), `"method" is wrong`, tool.InvalidParameters},
		{with(m, "method", "GET\r\nX: y"), `"method" is wrong`, tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X": "a\r\nY: b"}), "one line of text", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"Host": "x"}), `"headers.Host" cannot be set`, tool.InvalidParameters},
		{with(m, "headers", "X: y"), `"headers" is wrong`, tool.InvalidParameters},
		{with(m, "query", map[string]any{"a": map[string]any{"b": 1}}), `"query.a" is wrong`, tool.InvalidParameters},
		{with(m, "query", map[string]any{"a": strings.Repeat("x", 20_000)}), "an address of at most", tool.InvalidParameters},
		{with(m, "query", 5), `"query" is wrong`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{}), "expected a token", tool.InvalidParameters},
		{with(m, "auth", map[string]any{"type": "bearer"}), `"auth.token" is missing`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"type": "basic", "password": "x"}), `"auth.username" is missing`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"type": "api_key"}), `"auth.key" is missing`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"type": "digest"}), `"auth.type" is wrong`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"token": "a\nb"}), "one line of text", tool.InvalidParameters},
		{with(m, "auth", map[string]any{"key": "k", "name": "Host"}), "cannot be set", tool.InvalidParameters},
		{with(m, "auth", map[string]any{"token": "x"}, "headers", map[string]any{"authorization": "y"}), "pass one of them", tool.InvalidParameters},
		{with(m, "auth", "x"), `"auth" is wrong`, tool.InvalidParameters},
		{with(m, "body", "x", "json", 1), `"json" and "body" are two bodies`, tool.InvalidParameters},
		{with(m, "body", strings.Repeat("x", maxPayload+1)), "at most 32 MB", tool.InvalidParameters},
		{with(m, "form", map[string]any{"a": map[string]any{}}), `"form.a" is wrong`, tool.InvalidParameters},
		{with(m, "multipart", []any{map[string]any{"name": "a"}}), "expected a value or a file, got neither", tool.InvalidParameters},
		{with(m, "multipart", []any{map[string]any{"name": "a", "value": "x", "file": "y"}}), "got both", tool.InvalidParameters},
		{with(m, "multipart", []any{map[string]any{"value": "x"}}), `"multipart[1].name" is missing`, tool.InvalidParameters},
		{with(m, "multipart", []any{map[string]any{"name": "a", "value": "x", "content_type": "a\r\nb: c"}}), "one line of text", tool.InvalidParameters},
		{with(m, "multipart", []any{map[string]any{"name": "a", "file": "/etc/passwd"}}), "outside the allowed folders", tool.PermissionDenied},
		{with(m, "body_file", "link"), "leads out", tool.PermissionDenied},
		{with(m, "body_file", "none"), "no such file", tool.ResourceNotFound},
		{with(m, "retry", 99), `"retry" is wrong`, tool.InvalidParameters},
		{with(m, "retry", map[string]any{"sometimes": 1}), `"retry.sometimes" is not known`, tool.InvalidParameters},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "timeout", 601), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "max_bytes", 0), `"max_bytes" is wrong`, tool.InvalidParameters},
		{with(m, "max_bytes", 200<<20), "without output_file", tool.InvalidParameters},
		{with(m, "max_redirects", 21), `"max_redirects" is wrong`, tool.InvalidParameters},
		{with(m, "follow_redirects", "no"), `"follow_redirects" is wrong`, tool.InvalidParameters},
		{with(m, "allow_downgrade", 1), `"allow_downgrade" is wrong`, tool.InvalidParameters},
		{with(m, "response_format", "xml"), `"response_format" is wrong`, tool.InvalidParameters},
		{with(m, "output_file", 5), `"output_file" is wrong`, tool.InvalidParameters},
		{with(m, "fail_on_error_status", "x"), `"fail_on_error_status" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", "x"), `"insecure" is wrong`, tool.InvalidParameters},
		{with(m, "input", "http://"+nettest.RefusedPort(t), "retry", 0), "connection was refused", tool.RemoteFailed},
		{with(m, "input", "http://10.0.0.1/"), "denied", tool.PermissionDenied},
		{with(m, "input", "http://169.254.169.254/"), "denied", tool.PermissionDenied},
	} {
		_, err := call(t, r, "http-requester", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.100v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "http-requester", m); err == nil || err.Code != tool.PermissionDenied || err.Details["flag"] == nil {
		t.Errorf("without permission: %v", err)
	}
}

func TestHTTPTimeAndCancellation(t *testing.T) {
	stuck := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	r := runner(t)
	start := time.Now()
	_, err := call(t, r, "http-requester", map[string]any{"input": stuck, "timeout": 0.5})
	if err == nil || err.Code != tool.Timeout || !strings.Contains(err.Message, "waiting for the answer") {
		t.Errorf("timeout: %v", err)
	}
	endless := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = callContext(t, ctx, r, "http-requester", map[string]any{"input": endless, "output_file": "x", "max_bytes": 2 << 30})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v", d)
	}
	if entries, _ := os.ReadDir(r.Dir); len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}

func TestHTTPCertificates(t *testing.T) {
	ca := nettest.NewAuthority(t)
	base := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour)), mirror)
	r := runner(t)
	if _, err := call(t, r, "http-requester", map[string]any{"input": base}); err == nil || !strings.Contains(err.Message, "not trusted") {
		t.Errorf("unknown authority: %v", err)
	}
	res, err := r.Call(t, t.Context(), "http-requester", `{"input":"`+base+`","insecure":true}`)
	if err != nil || res.Metadata["certificate_verified"] != false || !strings.Contains(res.Message, "was not verified") {
		t.Errorf("insecure: %v, %v", res, err)
	}
	r.Settings = map[string]string{"ca_file": ca.File}
	res, err = r.Call(t, t.Context(), "http-requester", `{"input":"`+base+`"}`)
	if err != nil || res.Metadata["certificate_verified"] != nil || res.Metadata["protocol"] != "HTTP/2.0" {
		t.Errorf("private authority: %v, %v", res, err)
	}
}

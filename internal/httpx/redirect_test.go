package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s auth=%q cookie=%q key=%q type=%q body=%q", r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Cookie"),
		r.Header.Get("X-Api-Key"), r.Header.Get("Content-Type"), body)
}

func TestRedirects(t *testing.T) {
	target := nettest.HTTP(t, echo)
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/to/{status}", func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscan(r.PathValue("status"), &status)
		w.Header().Set("Location", "/echo")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
		w.WriteHeader(status)
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(target, "://", "://evil:creds@", 1)+"/there?token=zzz", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(302)
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://[::")
		w.WriteHeader(302)
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(302) })
	base := nettest.HTTP(t, mux.ServeHTTP)
	c := local(t, Options{})

	ask := func(method, path string, change func(*Request)) (*Response, error) {
		r := &Request{Method: method, URL: at(t, base+path), Header: http.Header{"X-Api-Key": {"k1234"}, "Authorization": {"Bearer tttt"}},
			Body: Bytes("text/plain", []byte("hi")), Timeout: time.Minute}
		if change != nil {
			change(r)
		}
		return c.Do(t.Context(), r)
	}
	for _, test := range []struct{ method, path, want string }{
		{"POST", "/to/301", `GET /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="" body=""`},
		{"POST", "/to/302", `GET /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="" body=""`},
		{"PUT", "/to/302", `PUT /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="text/plain" body="hi"`},
		{"PUT", "/to/303", `GET /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="" body=""`},
		{"POST", "/to/307", `POST /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="text/plain" body="hi"`},
		{"post", "/to/308", `POST /echo auth="Bearer tttt" cookie="seen=yes" key="k1234" type="text/plain" body="hi"`},
		{"POST", "/away", `POST /there auth="" cookie="" key="" type="text/plain" body="hi"`}, // another port is another server
	} {
		resp, err := ask(test.method, test.path, nil)
		if err != nil {
			t.Errorf("%s %s: %v", test.method, test.path, err)
			continue
		}
		if string(resp.Body) != test.want || len(resp.Redirects) != 1 {
			t.Errorf("%s %s: got %s after %v; want %s", test.method, test.path, resp.Body, resp.Redirects, test.want)
		}
		if test.path == "/away" && (resp.Redirects[0].URL != target+"/there?token=***" || resp.URL.User != nil) {
			t.Errorf("the redirect is shown as %v, %v", resp.Redirects, resp.URL)
		}
	}
	_, err := ask("GET", "/loop", nil)
	wantError(t, err, tool.RemoteFailed, "more than 10 redirects")
	_, err = ask("GET", "/loop", func(r *Request) { r.MaxRedirects = 3 })
	wantError(t, err, tool.RemoteFailed, "more than 3 redirects")
	_, err = ask("GET", "/file", nil)
	wantError(t, err, tool.RemoteFailed, "not an http or https address")
	_, err = ask("GET", "/bad", nil)
	wantError(t, err, tool.RemoteFailed, "not an http or https address")
	if resp, err := ask("GET", "/none", nil); err != nil || resp.Status != 302 {
		t.Errorf("a 302 without an address: %v, %v", resp, err)
	}
	if resp, err := ask("GET", "/to/302", func(r *Request) { r.MaxRedirects = -1 }); err != nil || resp.Status != 302 {
		t.Errorf("not followed: %v, %v", resp, err)
	}
	no := errors.New("not there")
	if _, err := ask("GET", "/to/302", func(r *Request) {
		r.Redirected = func(*url.URL) error { return tool.Errorf(tool.ExecutionFailed, "%w", no) }
	}); !errors.Is(err, no) {
		t.Errorf("Redirected is not asked: %v", err)
	}
}

// An allowed server leads to an address that is not allowed.
func TestRedirectToDeniedAddress(t *testing.T) {
	inner := nettest.HTTP(t, func(http.ResponseWriter, *http.Request) { t.Error("the denied server was reached") })
	for _, to := range []string{inner, strings.Replace(inner, "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest/meta-data/", "http://[::1]:1/"} {
		outer := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
		c := client(t, box(t, at(t, outer).Host), Options{})
		_, err := c.Do(t.Context(), &Request{URL: at(t, outer), Timeout: 5 * time.Second, Retry: Retry{Max: 3}})
		var denied *sandbox.DeniedError
		if !errors.As(err, &denied) || denied.Permission != sandbox.Net || denied.Flag == "" {
			t.Errorf("%s: %v; want a denial", to, err)
		}
	}
	var denied *sandbox.DeniedError
	if _, err := get(t, client(t, box(t), Options{}), inner); !errors.As(err, &denied) {
		t.Errorf("without permission: %v", err)
	}
}

// rebinding is a resolver whose answers change: public at first, then this machine.
type rebinding struct{ n atomic.Int32 }

func (r *rebinding) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if r.n.Add(1) == 1 {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// A name that is allowed does not lead to this machine, whatever it resolves to, and
// neither do other spellings of its address.
func TestRebindingIsDenied(t *testing.T) {
	inner := nettest.HTTP(t, func(http.ResponseWriter, *http.Request) { t.Error("the denied server was reached") })
	port := at(t, inner).Port()
	b, err := sandbox.New(t.TempDir(), sandbox.Policy{Net: sandbox.Rule{Allow: []string{"rebind.example", "*.nip.example"}}}, sandbox.WithResolver(&rebinding{}))
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, b, Options{})
	for _, host := range []string{"rebind.example", "rebind.example", "127.0.0.1.nip.example", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "localhost"} {
		_, err := c.Do(t.Context(), &Request{URL: at(t, "http://"+host+":"+port+"/"), Timeout: 5 * time.Second})
		var denied *sandbox.DeniedError
		if !errors.As(err, &denied) {
			t.Errorf("%s: %v; want a denial", host, err)
		}
	}
}

func TestDowngradeIsRefused(t *testing.T) {
	plain := nettest.HTTP(t, echo)
	ca := nettest.NewAuthority(t)
	secure := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(time.Hour)),
		func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain+"/x", http.StatusFound) })
	c := local(t, Options{CAFile: ca.File})
	_, err := get(t, c, secure)
	wantError(t, err, tool.RemoteFailed, "redirects from https to http")
	resp, err := c.Do(t.Context(), &Request{URL: at(t, secure), AllowDowngrade: true, Header: http.Header{"Authorization": {"Bearer tttt"}}})
	if err != nil || !strings.Contains(string(resp.Body), `auth=""`) {
		t.Errorf("the downgrade that is allowed: %v, %v", resp, err)
	}
}

package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestMonitor(t *testing.T) {
	body := "<h1>One</h1><p>same   text</p>"
	base := site(t, map[string]http.HandlerFunc{
		"/": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			if r.Header.Get("If-None-Match") == `"v1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, body)
		},
		"/text": serve("text/plain", "a\nb  c\n"), "/gone": http.NotFound,
	})
	r := online(t)
	first := value(t, r, "webpage-monitor", "input", base)
	if first["changed"] != nil || first["content"] != "One\n\nsame text" || first["etag"] != `"v1"` {
		t.Errorf("first look: %v", first)
	}
	if v := value(t, r, "webpage-monitor", "input", base, "previous_content", first["content"]); v["changed"] != false || v["diff"] != nil {
		t.Errorf("the same: %v", v)
	}
	if v := value(t, r, "webpage-monitor", "input", base, "etag", `"v1"`); v["changed"] != false || v["status"] != 304 {
		t.Errorf("not modified: %v", v)
	}
	if v := value(t, r, "webpage-monitor", "input", base, "previous_hash", first["hash"]); v["changed"] != false {
		t.Errorf("the same hash: %v", v)
	}
	body = "<h1>Two</h1><p>same text</p>"
	if v := value(t, r, "webpage-monitor", "input", base, "previous_content", "One\n\nsame text"); v["changed"] != true || v["added"] != 1 || v["removed"] != 1 ||
		!strings.Contains(v["diff"].(string), "-One\n+Two\n") {
		t.Errorf("changed: %v", v)
	}
	if v := value(t, r, "webpage-monitor", "input", base, "previous_hash", first["hash"]); v["changed"] != true {
		t.Errorf("another hash: %v", v)
	}
	if v := value(t, r, "webpage-monitor", "input", base, "selector", "p", "previous_content", "same text"); v["changed"] != false {
		t.Errorf("a part that is the same: %v", v)
	}
	if v := value(t, r, "webpage-monitor", "input", base+"/text", "ignore_whitespace", false, "previous_content", "a\nb c\n"); v["changed"] != true {
		t.Errorf("white space counts: %v", v)
	}
	for _, tt := range []struct {
		pairs []any
		code  tool.Code
	}{
		{[]any{"input", base + "/gone"}, tool.ResourceNotFound}, {[]any{"input", base, "selector", "video"}, tool.ResourceNotFound},
		{[]any{"input", base, "selector", "p["}, tool.InvalidParameters}, {[]any{"input", "x"}, tool.InvalidParameters}, {[]any{}, tool.InvalidParameters},
		{[]any{"input", base, "previous_content", 1}, tool.InvalidParameters}, {[]any{"input", base, "previous_hash", 1}, tool.InvalidParameters},
		{[]any{"input", base, "ignore_whitespace", 1}, tool.InvalidParameters}, {[]any{"input", base, "etag", "a\nb"}, tool.InvalidParameters},
		{[]any{"input", base, "last_modified", 1}, tool.InvalidParameters}, {[]any{"input", base, "timeout", 0}, tool.InvalidParameters},
	} {
		if e := failure(t, r, "webpage-monitor", tt.pairs...); e.Code != tt.code {
			t.Errorf("%v: %s %v; want %s", tt.pairs, e.Code, e, tt.code)
		}
	}
}

func TestLinkChecker(t *testing.T) {
	base := site(t, map[string]http.HandlerFunc{
		"/page": serve("text/html", `<a href="/ok">fine</a><a href="/ok#part">again</a><a href="/gone">gone</a><a href="/moved">moved</a><a href="/nohead">n</a>
			<a href="http://127.0.0.1:1/">dead</a><a href="mailto:a@b.c">m</a>`),
		"/ok": serve("text/plain", "ok"), "/gone": http.NotFound,
		"/moved": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) },
		"/nohead": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		},
	})
	r := online(t)
	v := value(t, r, "link-checker", "input", base+"/page", "concurrency", 3)
	if v["checked"] != 5 || v["ok"] != 3 || len(v["broken"].([]any)) != 2 {
		t.Fatalf("page: %v", v)
	}
	links := v["links"].([]any)
	sameJSON(t, "links[2]", links[2], `{"url":"`+base+`/moved","ok":true,"status":200,"redirected_to":"`+base+`/ok","text":"moved"}`)
	if v := value(t, r, "link-checker", "input", base+"/page", "internal_only", true, "max_links", 2); v["checked"] != 2 || v["truncated"] != true {
		t.Errorf("limits: %v", v)
	}
	if v := value(t, r, "link-checker", "urls", []any{base + "/ok", base + "/gone"}); v["ok"] != 1 {
		t.Errorf("urls: %v", v)
	}
	v = value(t, r, "link-checker", "urls", []any{"mailto:a@b.c", base + "/ok", "ftp://e.org/x"})
	if v["checked"] != 1 || v["ok"] != 1 || len(v["skipped"].([]any)) != 2 {
		t.Errorf("urls with other schemes: %v", v)
	}
	var asked atomic.Int32
	silent := site(t, map[string]http.HandlerFunc{"/": func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}})
	v = value(t, r, "link-checker", "urls", []any{silent + "/"}, "timeout", 1)
	if e, _ := v["broken"].([]any)[0].(map[string]any)["error"].(string); !strings.Contains(e, "1s") || asked.Load() != 1 {
		t.Errorf("a silent server: %v after %d requests; want one that times out", v, asked.Load())
	}
	r.Table(t, "link-checker", []tooltest.Want{
		{Params: `{}`, Err: "input, html, urls", Code: tool.InvalidParameters},
		{Params: `{"input":"x"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"urls":["https://e.org/","nope"]}`, Err: `"urls[1]"`, Code: tool.InvalidParameters},
		{Params: `{"html":1}`, Err: `"html"`, Code: tool.InvalidParameters},
		{Params: `{"html":"","internal_only":1}`, Err: `"internal_only"`, Code: tool.InvalidParameters},
		{Params: `{"html":"","max_links":0}`, Err: `"max_links"`, Code: tool.InvalidParameters},
		{Params: `{"html":"","concurrency":33}`, Err: `"concurrency"`, Code: tool.InvalidParameters},
		{Params: `{"html":"","timeout":0}`, Err: `"timeout"`, Code: tool.InvalidParameters},
		{Params: `{"html":"","respect_robots":1}`, Err: `"respect_robots"`, Code: tool.InvalidParameters},
		{Params: `{"html":"no links"}`, Field: "checked", Value: "0"},
	})
}

func TestRobots(t *testing.T) {
	base := site(t, map[string]http.HandlerFunc{"/robots.txt": serve("text/plain", "User-agent: greedy\nDisallow: /\n\nUser-agent: *\nDisallow: /p\nAllow: /p/ok\n")})
	down := site(t, map[string]http.HandlerFunc{"/robots.txt": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }})
	none := site(t, map[string]http.HandlerFunc{"/robots.txt": http.NotFound})
	r := online(t)
	for _, tt := range []struct {
		input, agent string
		allowed      bool
	}{
		{base + "/", "", true}, {base + "/p/x?y", "", false}, {base + "/p/ok", "", true}, {base, "greedy", false}, {none + "/x", "", true}, {down + "/x", "", false},
	} {
		pairs := []any{"input", tt.input}
		if tt.agent != "" {
			pairs = append(pairs, "user_agent", tt.agent)
		}
		if v := value(t, r, "robots-checker", pairs...); v["allowed"] != tt.allowed {
			t.Errorf("%s for %q: %v; want allowed %v", tt.input, tt.agent, v, tt.allowed)
		}
	}
	r.Table(t, "robots-checker", []tooltest.Want{
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"/x"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.org","paths":"x"}`, Err: `"paths"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.org","user_agent":1}`, Err: `"user_agent"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.org","robots_txt":1}`, Err: `"robots_txt"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.org","timeout":0}`, Err: `"timeout"`, Code: tool.InvalidParameters},
		{Params: `{"input":"e.org/a?b=1","robots_txt":"User-agent: *\nDisallow: /*?b="}`, Field: "allowed", Value: "false"},
	})
}

// fakeDNS is a name server on loopback that knows example.test.
func fakeDNS(t *testing.T) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type, TTL: 60}
			add := func(body dnsmessage.ResourceBody) {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: body})
			}
			host := dnsmessage.MustNewName("mail.example.test.")
			switch known := q.Name.String() == "example.test." || strings.HasSuffix(q.Name.String(), "in-addr.arpa."); {
			case q.Name.String() == "broken.test.":
				m.RCode = dnsmessage.RCodeServerFailure
			case !known:
				m.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				add(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 2}})
				add(&dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}})
			case q.Type == dnsmessage.TypeMX:
				add(&dnsmessage.MXResource{Pref: 10, MX: host})
			case q.Type == dnsmessage.TypeNS:
				add(&dnsmessage.NSResource{NS: host})
			case q.Type == dnsmessage.TypeTXT:
				add(&dnsmessage.TXTResource{TXT: []string{"v=spf1 ", "-all"}})
			case q.Type == dnsmessage.TypePTR:
				add(&dnsmessage.PTRResource{PTR: host})
			}
			if out, err := m.Pack(); err == nil {
				conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestDNSLookup(t *testing.T) {
	defs := []tool.Definition{dnsDefinition()}
	resolver := fakeDNS(t)
	defs[0].New = func() (tool.Tool, error) { return &dnsLookup{resolver}, nil }
	r := tooltest.New(t, defs).Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"*.test", "example.test", "192.0.2.0/24"} })
	r.Table(t, "dns-lookup", []tooltest.Want{
		{Params: `{"input":"example.test"}`, Field: "records", Value: `[{"type":"A","value":"192.0.2.1"},{"type":"A","value":"192.0.2.2"}]`},
		{Params: `{"input":"Example.Test.","type":"mx"}`, Field: "records", Value: `[{"priority":10,"type":"MX","value":"mail.example.test"}]`},
		{Params: `{"input":"example.test","type":"TXT"}`, Field: "records", Value: `[{"type":"TXT","value":"v=spf1 -all"}]`},
		{Params: `{"input":"example.test","type":"NS"}`, Field: "records", Value: `[{"type":"NS","value":"mail.example.test"}]`},
		{Params: `{"input":"example.test","type":"AAAA"}`, Field: "found", Value: `false`},
		{Params: `{"input":"example.test","type":"CNAME"}`, Field: "found", Value: `false`},
		{Params: `{"input":"192.0.2.1"}`, Field: "records", Value: `[{"type":"PTR","value":"mail.example.test"}]`},
		{Params: `{"input":"nowhere.test"}`, Field: "found", Value: `false`},
		{Params: `{"input":"broken.test"}`, Err: "cannot look up A of broken.test", Code: tool.RemoteFailed},
		{Params: `{"input":"example.test","type":"PTR"}`, Err: "an address", Code: tool.InvalidParameters},
		{Params: `{"input":"a b"}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":""}`, Err: `"input"`, Code: tool.InvalidParameters},
		{Params: `{"input":"example.test","type":"SOA"}`, Err: `"type"`, Code: tool.InvalidParameters},
	})
	narrow := r.Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"*.test"} })
	if e := failure(t, narrow, "dns-lookup", "input", "other.org"); e.Code != tool.PermissionDenied || !strings.Contains(e.Message, "--allow-net=other.org") {
		t.Errorf("a name that is not allowed: %v", e)
	}
	all, terr := r.Call(t, t.Context(), "dns-lookup", `{"input":"example.test","type":"all"}`)
	if terr != nil || len(all.Value.(map[string]any)["records"].([]any)) != 5 {
		t.Errorf("all: %v %v", all, terr)
	}
}

// Paths are compared after RFC 9309 section 2.2.2 has made them alike.
func TestRobotsPaths(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, tt := range []struct {
		path, rules string
		allowed     bool
	}{
		{"/é", "Disallow: /é", false}, {"/%C3%A9/x", "Disallow: /é # accents", false}, {"/é", "Disallow: /%c3%a9", false},
		{"/a%2Fb", "Disallow: /a%2fb", false}, {"/a/b", "Disallow: /a%2fb", true}, {"/%61bc", "Disallow: /abc", false}, {"/abc", "Disallow: /%61b", false},
		{"/100%", "Disallow: /100%", false}, {"/robots.txt", "Disallow: /", true}, {"/robots.txt.bak", "Disallow: /", false},
	} {
		v := value(t, r, "robots-checker", "input", "https://example.com/", "paths", []any{tt.path}, "robots_txt", "User-agent: *\r\n"+tt.rules+"\r\n")
		if got := v["paths"].([]any)[0].(map[string]any)["allowed"]; got != tt.allowed {
			t.Errorf("%s with %q: allowed is %v", tt.path, tt.rules, got)
		}
	}
}

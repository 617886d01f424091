package system

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

type fixedNames map[string]string

func (f fixedNames) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := f[host]; ok {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func TestServiceChecker(t *testing.T) {
	web := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
		case "/moved":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/private":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	silent := nettest.TCP(t, func(c net.Conn) { c.Read(make([]byte, 4096)); c.Read(make([]byte, 1)) })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	host := strings.TrimPrefix(web, "http://")
	base := tooltest.New(t, Definitions())
	r := base.Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"127.0.0.1", "known.example", "gone.example"} },
		sandbox.WithResolver(fixedNames{"known.example": "10.0.0.9"}))
	q := func(target, kind, more string) string {
		return `{"target":` + jsonString(target) + `,"check_type":"` + kind + `"` + more + `}`
	}
	r.Table(t, "service-checker", []tooltest.Want{
		{Params: q(host, "tcp", ""), Field: "available", Value: `true`},
		{Params: q("tcp://"+host, "tcp", ""), Field: "remote_address", Value: `"` + host + `"`},
		{Params: q(nobody, "tcp", ""), Field: "status", Value: `"down"`},
		{Params: q(web+"/ok", "http", ""), Field: "status_code", Value: `200`},
		{Params: q(host+"/ok", "http", ""), Field: "available", Value: `true`},
		{Params: q(web+"/bad", "http", ""), Field: "error", Value: `"the status is 503 Service Unavailable"`},
		{Params: q(web+"/bad", "http", `,"expected_status":503`), Field: "available", Value: `true`},
		{Params: q(web+"/ok", "http", `,"expected_status":204`), Field: "error", Value: `"the status is 200, not 204"`},
		{Params: q(web+"/moved", "http", ""), Field: "location", Value: `"/ok"`},
		{Params: q(web+"/moved", "http", ""), Field: "status_code", Value: `302`},
		{Params: q(web+"/moved", "http", `,"follow_redirects":true`), Field: "status_code", Value: `200`},
		{Params: q(web+"/loop", "http", `,"follow_redirects":true`), Field: "error", Value: `"more than 10 redirects"`},
		{Params: q("http://user:hunter2@"+host+"/ok", "http", ""), Field: "target", Value: `"http://` + host + `/ok"`},
		{Params: q("http://"+silent, "http", `,"timeout_seconds":0.05`), Field: "error", Value: `"no answer within 50ms"`},
		{Params: q("https://"+silent, "https", `,"timeout_seconds":0.05`), Field: "error", Value: `"no answer within 50ms"`},
		{Params: q(host, "https", ""), Field: "status", Value: `"down"`},
		{Params: q("known.example", "dns", ""), Field: "addresses", Value: `["10.0.0.9"]`},
		{Params: q("gone.example", "dns", ""), Field: "status", Value: `"down"`},
		{Params: q("127.0.0.1", "dns", ""), Field: "addresses", Value: `["127.0.0.1"]`},

		{Params: `{"check_type":"tcp"}`, Err: `"target" is missing`},
		{Params: `{"target":"x:1"}`, Err: `"check_type" is missing`},
		{Params: q("", "tcp", ""), Err: `a string of 1 to 4096 characters`},
		{Params: q("x:1", "icmp", ""), Err: `"check_type" is wrong`},
		{Params: q("x", "tcp", ""), Err: `expected host:port`},
		{Params: q("x:0", "tcp", ""), Err: `expected host:port`},
		{Params: q("x:http", "tcp", ""), Err: `expected host:port`},
		{Params: q("http://x", "dns", ""), Err: `expected a host name`},
		{Params: q("x:53", "dns", ""), Err: `expected a host name`},
		{Params: q("https://x", "http", ""), Err: `an address that begins with http://`},
		{Params: q("http://", "http", ""), Err: `expected a URL or host`},
		{Params: q("http://[::1", "http", ""), Err: `expected a URL or host`},
		{Params: q("ftp://u:hunter2@x", "http", ""), Err: `got the string "ftp://x"`},
		{Params: q(host, "tcp", `,"timeout_seconds":0`), Err: `"timeout_seconds" is wrong`},
		{Params: q(host, "tcp", `,"timeout_seconds":61`), Err: `between 0.01 and 60`},
		{Params: q(web, "http", `,"follow_redirects":1`), Err: `"follow_redirects" is wrong`},
		{Params: q(web, "http", `,"expected_status":99`), Err: `"expected_status" is wrong`},

		{Params: q("10.0.0.1:80", "tcp", ""), Err: `--allow-net=10.0.0.1:80`, Code: tool.PermissionDenied},
		{Params: q("known.example:80", "tcp", ""), Err: `leads to 10.0.0.9, which is not a public address`, Code: tool.PermissionDenied},
		{Params: q("http://known.example/", "http", ""), Err: `not a public address`, Code: tool.PermissionDenied},
		{Params: q("http://[::1]/", "http", ""), Err: `denied`, Code: tool.PermissionDenied},
		{Params: q("http://2130706433/", "http", ""), Err: `denied`, Code: tool.PermissionDenied},
		{Params: q("http://127.0.0.1@10.0.0.1/", "http", ""), Err: `--allow-net=10.0.0.1`, Code: tool.PermissionDenied},
		{Params: q(web+"/private", "http", `,"follow_redirects":true`), Err: `169.254.169.254`, Code: tool.PermissionDenied},
		{Params: q("other.example", "dns", ""), Err: `denied`, Code: tool.PermissionDenied},
	})
	base.Table(t, "service-checker", []tooltest.Want{
		{Params: q(host, "tcp", ""), Err: `denied`, Code: tool.PermissionDenied}, {Params: q("localhost", "dns", ""), Err: `denied`, Code: tool.PermissionDenied},
	})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	start := time.Now()
	if _, terr := r.Call(t, ctx, "service-checker", q("http://"+silent, "http", "")); terr == nil || terr.Code != tool.Cancelled {
		t.Errorf("cancelled: %v", terr)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v to cancel", took)
	}
}

func jsonString(s string) string { b, _ := json.Marshal(s); return string(b) }

func TestServiceCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "https://")
	_, port, _ := net.SplitHostPort(host)
	r := tooltest.New(t, Definitions()).Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"127.0.0.1", "wrong.example"} },
		sandbox.WithResolver(fixedNames{"wrong.example": "127.0.0.1"}))
	call := func(target string) map[string]any {
		t.Helper()
		res, terr := r.Call(t, context.Background(), "service-checker", `{"target":"`+target+`","check_type":"https"}`)
		if terr != nil {
			t.Fatal(terr)
		}
		return res.Value.(map[string]any)
	}
	got := call(host)
	cert, _ := got["certificate"].(map[string]any)
	if got["available"] != false || cert["valid"] != false || !strings.Contains(got["error"].(string), "unknown authority") {
		t.Errorf("an unknown authority: %v", got)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Settings = map[string]string{"ca_file": ca}
	got = call(host)
	cert, _ = got["certificate"].(map[string]any)
	if got["available"] != true || cert["valid"] != true || cert["days_left"].(float64) < 1 || cert["subject"] == "" {
		t.Errorf("a good certificate: %v", got)
	}
	if got = call("wrong.example:" + port); got["available"] != false || !strings.Contains(got["error"].(string), "wrong.example") {
		t.Errorf("another host's certificate: %v", got)
	}
	// An old protocol is refused, and no certificate seen.
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	t.Cleanup(old.Close)
	if got = call(strings.TrimPrefix(old.URL, "https://")); got["available"] != false || got["certificate"] != nil {
		t.Errorf("TLS 1.1: %v", got)
	}
	r.Settings = map[string]string{"ca_file": "/no/such/file"}
	if _, terr := r.Call(t, context.Background(), "service-checker", `{"target":"`+host+`","check_type":"https"}`); terr == nil || terr.Code != tool.NotConfigured {
		t.Errorf("a missing ca_file: %v", terr)
	}
}

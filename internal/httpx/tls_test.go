package httpx

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestCertificates(t *testing.T) {
	ca := nettest.NewAuthority(t)
	hour := time.Now().Add(time.Hour)
	ok := func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.Proto)) }
	good := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", hour), ok)
	expired := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(-time.Minute)), ok)
	future := nettest.HTTPS(t, ca.Issue(t, "127.0.0.1", time.Now().Add(3*time.Hour)), ok)
	other := nettest.HTTPS(t, ca.Issue(t, "other.example", hour), ok)
	plain := nettest.HTTP(t, ok)

	trusting := local(t, Options{CAFile: ca.File})
	resp, err := get(t, trusting, good)
	if err != nil || string(resp.Body) != "HTTP/2.0" || resp.TLS == nil || !resp.TLS.Verified || resp.TLS.Subject != "CN=127.0.0.1" {
		t.Fatalf("good: %+v, %v", resp, err)
	}
	if m := resp.Metadata(); m["certificate_verified"] != nil || m["protocol"] != "HTTP/2.0" {
		t.Errorf("metadata is %v", m)
	}
	_, err = get(t, local(t, Options{}), good)
	wantError(t, err, tool.RemoteFailed, "an authority that is not trusted")
	_, err = get(t, trusting, expired)
	wantError(t, err, tool.RemoteFailed, "the server's certificate expired on ")
	_, err = get(t, trusting, future)
	wantError(t, err, tool.RemoteFailed, "the server's certificate is not valid before ")
	_, err = get(t, trusting, other)
	wantError(t, err, tool.RemoteFailed, `not for the host "127.0.0.1"`)
	_, err = get(t, trusting, strings.Replace(plain, "http:", "https:", 1))
	wantError(t, err, tool.RemoteFailed, "the server speaks plain http on that port")

	for _, base := range []string{good, expired, other} {
		resp, err := get(t, local(t, Options{Insecure: true}), base)
		if err != nil || resp.Metadata()["certificate_verified"] != false {
			t.Errorf("insecure: %v, %v", resp, err)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	os.WriteFile(empty, []byte("nothing"), 0o600)
	_, err = New(box(t), Options{CAFile: empty})
	wantError(t, err, tool.NotConfigured, "holds no certificate")
	_, err = New(box(t), Options{CAFile: filepath.Join(t.TempDir(), "none")})
	wantError(t, err, tool.NotConfigured, "ca_file")
}

// No error and no metadata shows what was used to log in.
func TestSecretsAreHidden(t *testing.T) {
	refused := nettest.RefusedPort(t)
	u := at(t, "http://joe:hunter2@"+refused+"/p?api_key=hunter2&q=hunter22")
	r := &Request{URL: u, Header: http.Header{"X-Api-Key": {"hunter2"}}, Secrets: []string{"hunter2"}}
	_, err := local(t, Options{}).Do(t.Context(), r)
	if te := wantError(t, err, tool.RemoteFailed, "refused"); strings.Contains(te.Error(), "hunter2") || strings.Contains(te.Error(), "joe") {
		t.Errorf("the error shows the password: %v", te)
	}
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "joe" || password != "hunter2" {
			t.Errorf("basic authentication: %q, %q", user, password)
		}
		w.WriteHeader(401)
	})
	resp, err := get(t, local(t, Options{}), strings.Replace(base, "://", "://joe:hunter2@", 1)+"?token=hunter2")
	if err != nil {
		t.Fatal(err)
	}
	te := wantError(t, resp.Failed(), tool.RemoteFailed, "answered 401 Unauthorized; check the credentials")
	if strings.Contains(te.Error(), "hunter2") || strings.Contains(resp.Metadata()["url"].(string), "hunter2") {
		t.Errorf("shown: %v, %v", te, resp.Metadata())
	}
	_, err = get(t, client(t, box(t, "*"), Options{}), "http://no-such-host.invalid/?token=hunter2")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a name that does not exist: %v", err)
	}
}

func TestTimings(t *testing.T) {
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(30 * time.Millisecond)
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		time.Sleep(30 * time.Millisecond)
		w.Write([]byte("x"))
	})
	var resp *Response
	// Who waits for its turn on a busy machine may see both parts at once.
	for range 20 {
		var err error
		if resp, err = get(t, local(t, Options{}), base); err != nil {
			t.Fatal(err)
		}
		if g := resp.Timings; g.FirstByte >= 25*time.Millisecond && g.Body >= 20*time.Millisecond {
			break
		}
	}
	if g := resp.Timings; g.Connect <= 0 || g.FirstByte < 25*time.Millisecond || g.Body < 20*time.Millisecond || g.Total < g.FirstByte+g.Body || g.TLS != 0 {
		t.Errorf("timings are %+v", g)
	}
	if m := resp.Timings.Map(); m["total_ms"].(float64) < 50 {
		t.Errorf("the map is %v", m)
	}
}

package metrics

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server that ends with the test.
func serve(t *testing.T, s Sources) *Server {
	t.Helper()
	server, err := Listen(New(s), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return server
}

func ask(t *testing.T, method, url, host string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func TestServer(t *testing.T) {
	var notReady atomic.Bool
	s := sources()
	s.Ready = func() error {
		if notReady.Load() {
			return errors.New("it drains")
		}
		return nil
	}
	server := serve(t, s)
	if host, _, _ := net.SplitHostPort(server.Address()); host != "127.0.0.1" {
		t.Errorf("it listens on %s", server.Address())
	}
	base := "http://" + server.Address()
	for _, tt := range []struct {
		method, path, host string
		status             int
		want               string
	}{
		{"GET", "/metrics", "", 200, "\nllmspell_kernel_active_connections 3\n"},
		{"HEAD", "/metrics", "", 200, ""},
		{"GET", "/healthz", "", 200, "ok\n"},
		{"GET", "/readyz", "", 200, "ready\n"},
		{"GET", "/", "", 200, "/metrics"},
		{"GET", "/debug/pprof/", "", 404, "/metrics"},
		{"POST", "/metrics", "", 405, "GET"},
		{"GET", "/metrics", "localhost", 200, "go_goroutines"},
		{"GET", "/metrics", "[::1]:9", 200, "go_goroutines"},
		{"GET", "/metrics", "evil.example", 403, "localhost"},
		{"GET", "/metrics", "evil.example:80", 403, "localhost"},
		{"GET", "/metrics", "10.0.0.1", 403, "localhost"},
	} {
		status, header, body := ask(t, tt.method, base+tt.path, tt.host)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s for %q answers %d %q", tt.method, tt.path, tt.host, status, body)
		}
		if tt.path == "/metrics" && status == 200 && header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
			t.Errorf("the type is %q", header.Get("Content-Type"))
		}
	}
	notReady.Store(true)
	if status, _, body := ask(t, "GET", base+"/readyz", ""); status != 503 || body != "not ready: it drains\n" {
		t.Errorf("/readyz answers %d %q", status, body)
	}
	if status, _, _ := ask(t, "GET", base+"/healthz", ""); status != 200 {
		t.Errorf("/healthz answers %d", status)
	}
}

func TestPortIsTaken(t *testing.T) {
	server := serve(t, Sources{})
	_, text, _ := net.SplitHostPort(server.Address())
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []int{port, -1, 65536} {
		second, err := Listen(New(Sources{}), p)
		if err == nil {
			second.Close()
			t.Fatalf("port %d is taken or none, and it listens", p)
		}
		if !strings.Contains(err.Error(), "port") || p == port && !strings.Contains(err.Error(), "--metrics-port") {
			t.Errorf("the error is %v", err)
		}
	}
}

// TestCloseDespiteClient closes while a client has sent half a request.
func TestCloseDespiteClient(t *testing.T) {
	server := serve(t, Sources{})
	c, err := net.Dial("tcp", server.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /metrics HT"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

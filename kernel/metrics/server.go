package metrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// ServeHTTP answers GET /metrics with the figures, /healthz with 200 as long as
// the process answers at all, and /readyz with 200 while the kernel takes work,
// else 503 and the reason.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case "/metrics":
		body := m.Append(nil)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a client that has gone is no error
	case "/healthz":
		answer(w, "ok")
	case "/readyz":
		if f := m.sources.Ready; f != nil {
			if err := f(); err != nil {
				http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
				return
			}
		}
		answer(w, "ready")
	case "/":
		answer(w, "llmspell: see /metrics, /healthz and /readyz")
	default:
		http.Error(w, "see /metrics, /healthz and /readyz", http.StatusNotFound)
	}
}

func answer(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text + "\n")) // a client that has gone is no error
}

// Server serves Metrics over HTTP on a port of the loopback interface.
type Server struct {
	http     *http.Server
	listener net.Listener
	wait     sync.WaitGroup
}

// Listen serves m on a port of 127.0.0.1; 0 takes a free one. Everybody on this
// machine can read it, and nobody else: web pages that a browser here has loaded
// from elsewhere are refused. The error says that the port is taken.
func Listen(m *Metrics, port int) (*Server, error) {
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("the metrics port is %d: it must be between 0 and 65535", port)
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics on port %d: %w; choose another with --metrics-port, or 0 for a free one", port, err)
	}
	s := &Server{listener: l, http: &http.Server{
		Handler: loopbackOnly(m), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	s.wait.Go(func() { _ = s.http.Serve(l) }) // it ends by Close, or when the listener has failed for good
	return s, nil
}

// loopbackOnly refuses requests that name another host: a page on the internet
// whose name has been pointed here would be such.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "ask for localhost or 127.0.0.1", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Address is where it listens: 127.0.0.1:PORT.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close answers what has been asked, for a second at most, and stops.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.wait.Wait()
	return err
}

package httpx

import (
	"net"
	"net/http"
	"time"
)

// Loopback starts an HTTP server on loopback for the examples of tools, and
// returns its address and what ends it. It is a tool.Example's Setup with the
// address under "url":
//
//	Setup: httpx.Loopback(func() http.Handler { … })
//
// The handler is made only when the example runs.
func Loopback(handler func() http.Handler) func(dir string) (values map[string]string, end func(), err error) {
	return func(string) (map[string]string, func(), error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		server := &http.Server{Handler: handler(), ReadHeaderTimeout: 10 * time.Second}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(l)
		}()
		end := func() {
			server.Close()
			<-done
		}
		return map[string]string{"url": "http://" + l.Addr().String()}, end, nil
	}
}

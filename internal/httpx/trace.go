package httpx

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"
)

// Timings say where the time of a request went. A phase that did not happen,
// such as TLS of plain http, is 0.
type Timings struct {
	DNS       time.Duration // looking up the name
	Connect   time.Duration // TCP
	TLS       time.Duration
	FirstByte time.Duration // from the end of sending the request to the first byte of the answer
	Body      time.Duration // reading the body
	Total     time.Duration // all attempts and redirects
}

// Map writes the timings for a result: milliseconds under dns_ms, connect_ms,
// tls_ms, first_byte_ms, body_ms and total_ms.
func (t Timings) Map() map[string]any {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return map[string]any{"dns_ms": ms(t.DNS), "connect_ms": ms(t.Connect), "tls_ms": ms(t.TLS),
		"first_byte_ms": ms(t.FirstByte), "body_ms": ms(t.Body), "total_ms": ms(t.Total)}
}

// The phases of a request, as they stand in errors: "timed out while …".
const (
	phaseStart   = "getting a connection"
	phaseDNS     = "looking up the name"
	phaseConnect = "connecting"
	phaseTLS     = "setting up TLS"
	phaseSend    = "sending the request"
	phaseWait    = "waiting for the answer"
	phaseBody    = "reading the body"
)

// trace follows one request. Its hooks may be called from several goroutines,
// and after the request has ended.
type trace struct {
	mu      sync.Mutex
	phase   string
	since   map[string]time.Time
	sent    bool // a byte of the request may have reached the server
	timings Timings
}

func newTrace() *trace { return &trace{phase: phaseStart, since: map[string]time.Time{}} }

func (t *trace) enter(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = phase
	if _, again := t.since[phase]; !again { // of several addresses tried, the first
		t.since[phase] = time.Now()
	}
}

func (t *trace) leave(phase string, into *time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if start, ok := t.since[phase]; ok {
		*into = time.Since(start)
	}
}

// at returns the phase that the request is in, and whether it was sent.
func (t *trace) at() (phase string, sent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase, t.sent
}

func (t *trace) result() Timings {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.timings
}

func (t *trace) with(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { t.enter(phaseDNS) },
		DNSDone:      func(httptrace.DNSDoneInfo) { t.leave(phaseDNS, &t.timings.DNS) },
		ConnectStart: func(string, string) { t.enter(phaseConnect) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				t.leave(phaseConnect, &t.timings.Connect)
			}
		},
		TLSHandshakeStart: func() { t.enter(phaseTLS) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { t.leave(phaseTLS, &t.timings.TLS) },
		GotConn: func(httptrace.GotConnInfo) {
			t.enter(phaseSend)
			t.mu.Lock()
			t.sent = true
			t.mu.Unlock()
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.enter(phaseWait) },
		GotFirstResponseByte: func() { t.leave(phaseWait, &t.timings.FirstByte) },
	})
}

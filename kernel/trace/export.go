package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	defaultTimeout = 10 * time.Second
	maxAttempts    = 3
	maxPause       = 5 * time.Second
	maxAnswer      = 64 << 10
	reportEvery    = time.Minute
)

// exporter sends spans to a collector. It is an sdktrace.SpanExporter.
type exporter struct {
	url     string
	headers map[string]string
	timeout time.Duration
	client  *http.Client
	report  func(error)
	ctx     context.Context // done when nothing may be sent any more
	stop    context.CancelFunc

	mu       sync.Mutex
	reported time.Time
	lost     int // spans, since the last report
}

func newExporter(o Options) (*exporter, error) {
	url, err := endpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	x := &exporter{url: url, headers: o.Headers, timeout: o.Timeout, report: o.Report}
	if x.timeout <= 0 {
		x.timeout = defaultTimeout
	}
	x.client = &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the headers are secrets
	}
	x.ctx, x.stop = context.WithCancel(context.Background())
	return x, nil
}

// ExportSpans sends one batch. It never fails: what is lost is reported, here,
// because the SDK would print it on the process's stderr.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	defer context.AfterFunc(x.ctx, cancel)()
	body, err := json.Marshal(encode(spans))
	if err == nil {
		err = x.send(ctx, body)
	}
	if err != nil {
		x.failed(len(spans), err)
	}
	return nil
}

// Shutdown ends what is under way.
func (x *exporter) Shutdown(context.Context) error {
	x.stop()
	x.client.CloseIdleConnections()
	return nil
}

// send tries again when the collector asks for it.
func (x *exporter) send(ctx context.Context, body []byte) error {
	for attempt := 1; ; attempt++ {
		pause, err := x.post(ctx, body)
		if pause == 0 || attempt == maxAttempts {
			return err
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

// post sends the body once. A pause says that it is worth trying again after it.
func (x *exporter) post(ctx context.Context, body []byte) (pause time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	for name, value := range x.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "llmspell")
	resp, err := x.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode/100 == 2:
		return 0, errors.Join(err, rejected(answer))
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusBadGateway,
		resp.StatusCode == http.StatusServiceUnavailable, resp.StatusCode == http.StatusGatewayTimeout:
		pause = pauseOf(resp.Header.Get("Retry-After"))
	}
	return pause, fmt.Errorf("the collector answers %s", resp.Status)
}

// pauseOf reads Retry-After in seconds, within bounds.
func pauseOf(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1000))*time.Second, maxPause)
	}
	return 500 * time.Millisecond
}

// rejected is the error of an answer that some spans were refused.
func rejected(answer []byte) error {
	var r struct {
		PartialSuccess struct {
			RejectedSpans json.RawMessage `json:"rejectedSpans"` // an int64, which JSON writes as a text
			ErrorMessage  string          `json:"errorMessage"`
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(answer, &r) != nil {
		return nil // some collectors answer with nothing, or in the binary form
	}
	n := string(bytes.Trim(r.PartialSuccess.RejectedSpans, `"`))
	if n == "" || n == "0" || n == "null" {
		return nil
	}
	return fmt.Errorf("the collector has refused %s spans: %.200s", n, r.PartialSuccess.ErrorMessage)
}

// failed reports lost spans, but not each time.
func (x *exporter) failed(spans int, err error) {
	x.mu.Lock()
	x.lost += spans
	lost, now := x.lost, time.Now()
	due := x.report != nil && (x.reported.IsZero() || now.Sub(x.reported) >= reportEvery)
	if due {
		x.reported, x.lost = now, 0
	}
	x.mu.Unlock()
	if due {
		x.report(fmt.Errorf("%d spans were not delivered to %s: %w; traces are incomplete, and nothing else is affected", lost, redacted(x.url), err))
	}
}

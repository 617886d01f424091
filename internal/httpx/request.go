package httpx

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// The limits that hold when a Request names none.
const (
	DefaultMaxBytes     = 10 << 20
	DefaultMaxRedirects = 10
)

// Request is one request, with its redirects and retries.
type Request struct {
	Method string   // "" is GET
	URL    *url.URL // of ParseURL
	Header http.Header
	Body   *Body // nil for none

	// MaxBytes of the body, after decompression; 0: DefaultMaxBytes. A larger
	// one is an error, or, with Truncate, cut.
	MaxBytes int64
	Truncate bool
	// Timeout of everything: attempts, waits, redirects and body. 0: only the
	// context's.
	Timeout time.Duration
	// AttemptTimeout of one attempt with its redirects and body; 0: none. After
	// it a request may be tried again.
	AttemptTimeout time.Duration
	// MaxRedirects to follow; 0: DefaultMaxRedirects. A negative number follows
	// none, and the answer that would redirect is the response.
	MaxRedirects int
	// AllowDowngrade follows a redirect from https to http.
	AllowDowngrade bool
	// Redirected, when not nil, is asked before each redirect is followed; its
	// error ends the request.
	Redirected func(to *url.URL) error

	Retry Retry
	// Retrying, when not nil, is told why an attempt is followed by another one, and when.
	Retrying func(attempt int, problem string, wait time.Duration)
	// Secrets are texts that no error may show, such as a password that stands in the body.
	Secrets []string
	// Sink, when not nil, is asked once the headers are there where the body
	// goes. A nil Writer means Response.Body. A request is not tried again once
	// a Sink has got its first byte.
	Sink func(*Response) (io.Writer, error)
	// Progress, when not nil, is told how many bytes of the body have come; total is -1 when
	// the server does not say.
	Progress func(done, total int64)
}

// Body is the body of a request, which may have to be sent more than once.
type Body struct {
	Type string // the Content-Type; a header of the request wins
	Size int64  // in bytes; -1 when nobody knows
	Open func() (io.ReadCloser, error)
}

// Bytes makes a body of data.
func Bytes(contentType string, data []byte) *Body {
	return &Body{Type: contentType, Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// Response is the answer to a Request.
type Response struct {
	Status     int
	StatusText string // such as "Not Found"
	Proto      string // such as HTTP/2.0
	Header     http.Header
	Body       []byte // decompressed; nil when a Sink took it
	Size       int64  // of the body, decompressed, in bytes, however it was taken
	Truncated  bool   // Body is the beginning of a longer one
	// Decoded is the Content-Encoding that was undone, such as gzip.
	Decoded   string
	URL       *url.URL // where the answer came from, without user and password; Redact it for people
	Redirects []Hop
	Attempts  int // 1 when the first was good
	Timings   Timings
	// TLS is nil for plain http.
	TLS *TLSInfo
}

// Hop is a redirect that was followed.
type Hop struct {
	Status int
	URL    string // where it led, redacted
}

// TLSInfo says how a connection was secured.
type TLSInfo struct {
	Version  string // such as TLS 1.3
	Subject  string // of the server's certificate
	Issuer   string
	NotAfter time.Time
	Verified bool // false when Options.Insecure let it pass
}

// Metadata is what tools put beside their result about how the request went.
func (r *Response) Metadata() map[string]any {
	m := map[string]any{"url": Redact(r.URL), "status": r.Status, "attempts": r.Attempts, "redirects": len(r.Redirects), "protocol": r.Proto}
	if r.TLS != nil {
		m["tls"] = r.TLS.Version
		if !r.TLS.Verified {
			m["certificate_verified"] = false
		}
	}
	return m
}

// HopList writes the redirects for a result: a list of {status, url}.
func (r *Response) HopList() []any {
	out := make([]any, len(r.Redirects))
	for i, h := range r.Redirects {
		out[i] = map[string]any{"status": h.Status, "url": h.URL}
	}
	return out
}

// Failed is an error for a status that means failure (400 and above), or nil.
// It begins with what the server said, as far as that is text.
func (r *Response) Failed() *tool.Error {
	if r.Status < 400 {
		return nil
	}
	e := tool.Errorf(tool.RemoteFailed, "%s answered %d %s", Redact(r.URL), r.Status, r.StatusText)
	switch r.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Message += "; check the credentials"
	case http.StatusNotFound:
		e.Code = tool.ResourceNotFound
	case http.StatusTooManyRequests:
		e.Message += "; ask less often"
	}
	e.Temporary = worthAnother(r.Status)
	e.Details = map[string]any{"status": r.Status, "url": Redact(r.URL)}
	if text, err := r.Text(); err == nil && text != "" && r.isText() {
		e.Details["body"] = clip(text, 500)
	}
	return e
}

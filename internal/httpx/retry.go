package httpx

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Retry says whether a request that failed is made again. It is after a lost
// connection, and after the statuses 408, 429, 502, 503 and 504; the server's
// Retry-After is obeyed, as long as the request's time allows. Requests that the server
// may have acted on, and that are not idempotent, are made again only with Any.
type Retry struct {
	Max int // attempts after the first
	// Any makes requests of any method again.
	Any bool
	// ServerErrors makes requests again after 500 too, for servers that fail now and then.
	ServerErrors bool
	// Wait before the second attempt; it doubles with each, with some jitter. 0: 200 ms.
	Wait time.Duration
	// MaxWait of one wait, other than what the server asked for; 0: 10 s.
	MaxWait time.Duration
}

// worthAnother tells whether the same request may get another answer soon.
func worthAnother(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// next decides whether to try again, and when.
func (r Retry) next(ctx context.Context, attempt int, method string, a *exchange, resp *Response, err error) (wait time.Duration, again bool) {
	if attempt > r.Max || ctx.Err() != nil || a.sunk {
		return 0, false
	}
	wait = r.backoff(attempt)
	if err != nil {
		_, sent := a.trace.at()
		if !transient(err) || sent && !r.Any && !idempotent(method) {
			return 0, false
		}
	} else {
		// A server that answers 429 or 503 says that it has not acted.
		refused := resp.Status == http.StatusTooManyRequests || resp.Status == http.StatusServiceUnavailable
		worth := worthAnother(resp.Status) || r.ServerErrors && resp.Status == http.StatusInternalServerError
		if !worth || !refused && !r.Any && !idempotent(method) {
			return 0, false
		}
		if asked, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			wait = max(asked, 0)
		}
	}
	// Waiting beyond the end of time would turn an answer into a timeout.
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	return wait, true
}

func (r Retry) backoff(attempt int) time.Duration {
	wait, most := r.Wait, r.MaxWait
	if wait <= 0 {
		wait = 200 * time.Millisecond
	}
	if most <= 0 {
		most = 10 * time.Second
	}
	for range min(attempt-1, 30) {
		wait = min(2*wait, most)
	}
	wait = min(wait, most)
	return wait/2 + rand.N(wait/2+1) // so that many clients do not come back together
}

// transient tells whether an error of a request may be gone a moment later.
func transient(err error) bool {
	var denied *sandbox.DeniedError
	var field *schema.FieldError
	var known *tool.Error
	switch {
	case errors.As(err, &denied), errors.As(err, &field):
		return false
	case errors.As(err, &known):
		return known.Temporary
	}
	problem, temporary := describe(err)
	return problem == "" || temporary
}

// retryAfter reads the header of that name: seconds or a date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1<<31)) * time.Second, true
	}
	if t, err := http.ParseTime(text); err == nil {
		return t.Sub(now), true
	}
	return 0, false
}

package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// Do makes a request, follows redirects, tries again where the request says
// so, and reads the body. Any status is a Response. The error is a
// *tool.Error, a *sandbox.DeniedError, a *schema.FieldError, or wraps the error of ctx.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	start := time.Now()
	parent := ctx
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	method := strings.ToUpper(r.Method)
	if method == "" {
		method = http.MethodGet
	}
	if err := checkMethod(method); err != nil {
		return nil, err
	}
	jar := c.jar
	if jar == nil {
		jar, _ = cookiejar.New(nil)
	}
	for attempt := 1; ; attempt++ {
		a := &exchange{client: c, request: r, method: method, jar: jar}
		resp, err := a.within(ctx, r.AttemptTimeout)
		wait, again := r.Retry.next(ctx, attempt, method, a, resp, err)
		if again {
			if r.Retrying != nil {
				r.Retrying(attempt, c.problem(ctx, r, a, resp, err), wait)
			}
			if err = tool.Sleep(ctx, wait); err == nil {
				continue
			}
			resp = nil
		}
		if err != nil {
			return nil, hideSecrets(c.explain(parent, ctx, r, a, err), r.secrets())
		}
		resp.Attempts = attempt
		resp.Timings.Total = time.Since(start)
		return resp, nil
	}
}

// explain makes an attempt's error one for people. The request's own timeout
// is told from the end of the caller's time.
func (c *Client) explain(parent, ctx context.Context, r *Request, a *exchange, err error) error {
	phase, _ := a.trace.at()
	if parent.Err() == nil && ctx.Err() != nil {
		return &tool.Error{Code: tool.Timeout, Temporary: true, Details: map[string]any{"phase": phase},
			Message: fmt.Sprintf("%s: no complete answer within %v; it was still %s", Redact(a.url), r.Timeout, phase)}
	}
	return Explain(parent, Redact(a.url), phase, err)
}

// problem says in a line why an attempt was not good.
func (c *Client) problem(ctx context.Context, r *Request, a *exchange, resp *Response, err error) string {
	if err == nil {
		return fmt.Sprintf("%d %s", resp.Status, resp.StatusText)
	}
	return hideSecrets(c.explain(ctx, ctx, r, a, err), r.secrets()).Error()
}

func (r *Request) secrets() []string {
	secrets := r.Secrets
	if p, ok := r.URL.User.Password(); ok {
		secrets = append(secrets[:len(secrets):len(secrets)], p)
	}
	for name, values := range r.Header {
		if IsSecretName(name) {
			for _, v := range values {
				secrets = append(secrets[:len(secrets):len(secrets)], v)
				if _, token, ok := strings.Cut(v, " "); ok {
					secrets = append(secrets, token)
				}
			}
		}
	}
	return secrets
}

// hideSecrets replaces secrets in the message of an error that is ours.
func hideSecrets(err error, secrets []string) error {
	var te *tool.Error
	if !errors.As(err, &te) {
		return err
	}
	e := *te
	for _, s := range secrets {
		if len(s) >= 4 && strings.Contains(e.Message, s) {
			e.Message, e.Err = strings.ReplaceAll(e.Message, s, Hidden), nil
		}
	}
	return &e
}

// exchange is one way from the first request over its redirects to a body.
type exchange struct {
	client  *Client
	request *Request
	method  string
	jar     http.CookieJar

	url    *url.URL // where it is now
	header http.Header
	body   *Body
	trace  *trace // of the current request
	sunk   bool   // a Sink has got bytes
	hops   []Hop
}

// within is run with a time limit of its own, whose end is not that of the context.
func (a *exchange) within(ctx context.Context, limit time.Duration) (*Response, error) {
	if limit <= 0 {
		return a.run(ctx)
	}
	own, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := a.run(own)
	if err != nil && own.Err() != nil && ctx.Err() == nil {
		phase, _ := a.trace.at()
		return nil, &tool.Error{Code: tool.Timeout, Temporary: true, Details: map[string]any{"phase": phase},
			Message: fmt.Sprintf("%s: no complete answer within %v; it was still %s", Redact(a.url), limit, phase)}
	}
	return resp, err
}

func (a *exchange) run(ctx context.Context) (*Response, error) {
	r := a.request
	u := *r.URL
	a.url, a.header, a.body, a.trace = &u, r.Header.Clone(), r.Body, newTrace()
	if a.header == nil {
		a.header = http.Header{}
	}
	if u.User != nil {
		if password, _ := u.User.Password(); a.header.Get("Authorization") == "" {
			a.header.Set("Authorization", basic(u.User.Username(), password))
		}
		u.User = nil
	}
	decode := a.header.Get("Accept-Encoding") == "" // a caller who asks for an encoding gets it
	if decode {
		a.header.Set("Accept-Encoding", "gzip")
	}
	if a.header.Get("User-Agent") == "" {
		a.header.Set("User-Agent", a.client.agent)
	}
	limit := r.MaxRedirects
	if limit == 0 {
		limit = DefaultMaxRedirects
	}
	for {
		answer, err := a.send(ctx)
		if err != nil {
			return nil, err
		}
		location := answer.Header.Get("Location")
		if limit < 0 || location == "" || !isRedirect(answer.StatusCode) {
			return a.finish(answer, decode)
		}
		drain(answer.Body)
		if len(a.hops) == limit {
			return nil, tool.Errorf(tool.RemoteFailed, "%s: more than %d redirects; the last leads to %s", Redact(r.URL), limit, RedactText(location))
		}
		if err := a.follow(answer.StatusCode, location); err != nil {
			return nil, err
		}
	}
}

// send makes one request and returns its answer, whose body is still to be read.
func (a *exchange) send(ctx context.Context) (*http.Response, error) {
	a.trace = newTrace()
	req := (&http.Request{Method: a.method, URL: a.url, Header: a.header.Clone(), Host: a.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).
		WithContext(a.trace.with(ctx))
	if b := a.body; b != nil {
		content, err := b.Open()
		if err != nil {
			var denied *sandbox.DeniedError
			if errors.As(err, &denied) {
				return nil, denied
			}
			return nil, tool.Errorf(tool.ExecutionFailed, "cannot read what is to be sent: %w", err)
		}
		req.Body, req.ContentLength, req.GetBody = content, b.Size, b.Open
		if b.Size == 0 {
			content.Close()
			req.Body, req.GetBody = http.NoBody, nil
		}
		if b.Type != "" && req.Header.Get("Content-Type") == "" {
			req.Header.Set("Content-Type", b.Type)
		}
	}
	for _, cookie := range a.jar.Cookies(a.url) {
		req.AddCookie(cookie)
	}
	answer, err := a.client.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	a.jar.SetCookies(a.url, answer.Cookies())
	return answer, nil
}

// finish reads the body of the last answer.
func (a *exchange) finish(answer *http.Response, decode bool) (*Response, error) {
	defer answer.Body.Close()
	text := strings.TrimSpace(strings.TrimPrefix(answer.Status, fmt.Sprint(answer.StatusCode)))
	if text == "" {
		text = http.StatusText(answer.StatusCode)
	}
	resp := &Response{Status: answer.StatusCode, StatusText: clip(strings.ToValidUTF8(text, "\uFFFD"), 100), Proto: answer.Proto, Header: answer.Header,
		URL: a.url, Redirects: a.hops, TLS: tlsInfo(answer.TLS)}
	a.trace.enter(phaseBody)
	err := a.readBody(answer, resp, decode)
	a.trace.leave(phaseBody, &a.trace.timings.Body)
	resp.Timings = a.trace.result()
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func tlsInfo(s *tls.ConnectionState) *TLSInfo {
	if s == nil {
		return nil
	}
	info := &TLSInfo{Version: tls.VersionName(s.Version), Verified: len(s.VerifiedChains) > 0}
	if len(s.PeerCertificates) > 0 {
		cert := s.PeerCertificates[0]
		info.Subject, info.Issuer, info.NotAfter = cert.Subject.String(), cert.Issuer.String(), cert.NotAfter
	}
	return info
}

// drain reads the rest of a small body, so that its connection can be used for
// the next request.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	body.Close()
}

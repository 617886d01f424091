package httpx

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// box allows hosts of the net permission.
func box(t testing.TB, allow ...string) *sandbox.Sandbox {
	t.Helper()
	b, err := sandbox.New(t.TempDir(), sandbox.Policy{Net: sandbox.Rule{Allow: allow}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// local makes a client that may connect to loopback.
func local(t testing.TB, opt Options) *Client {
	t.Helper()
	return client(t, box(t, "127.0.0.1"), opt)
}

func client(t testing.TB, b *sandbox.Sandbox, opt Options) *Client {
	t.Helper()
	c, err := New(b, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func at(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := ParseURL("url", address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func get(t testing.TB, c *Client, address string) (*Response, error) {
	t.Helper()
	return c.Do(t.Context(), &Request{URL: at(t, address), Timeout: time.Minute})
}

// wantError checks that an error is a *tool.Error of a code that says something.
func wantError(t testing.TB, err error, code tool.Code, says string) *tool.Error {
	t.Helper()
	var te *tool.Error
	if !errors.As(err, &te) {
		t.Fatalf("got %v (%T); want a tool.Error that says %q", err, err, says)
	}
	if te.Code != code || !strings.Contains(te.Message, says) {
		t.Errorf("got %s: %q; want %s: %q", te.Code, te.Message, code, says)
	}
	return te
}

func soon(t testing.TB, start time.Time) {
	t.Helper()
	if d := time.Since(start); d > 3*time.Minute {
		t.Errorf("it took %v", d)
	}
}

func withTimeout(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

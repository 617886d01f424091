package api

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestWebhook(t *testing.T) {
	var mu sync.Mutex
	var seen []http.Header
	var bodies []string
	statuses := []int{}
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen, bodies = append(seen, r.Header), append(bodies, string(body))
		w.Header().Set("Retry-After", "0")
		status := 200
		if len(statuses) > 0 {
			status, statuses = statuses[0], statuses[1:]
		}
		w.WriteHeader(status)
		io.WriteString(w, "thanks")
	})
	r := runner(t)
	deliver := func(answers []int, more ...any) (map[string]any, *tool.Error) {
		t.Helper()
		seen, bodies, statuses = nil, nil, answers
		return call(t, r, "webhook-caller", with(map[string]any{"input": base + "/hook?token=tttt", "backoff_ms": 1}, more...))
	}
	v, err := deliver([]int{503, 429, 502}, "payload", map[string]any{"a": 1})
	if err != nil || v["delivered"] != true || v["attempts"] != 4.0 || len(v["failed_attempts"].([]any)) != 3 || field(t, v, "failed_attempts[2].problem") != "502 Bad Gateway" || field(t, v, "response.body") != "thanks" {
		t.Errorf("delivered late: %v, %v", v, err)
	}
	for _, h := range seen {
		if h.Get("Idempotency-Key") != v["idempotency_key"] || h.Get("Content-Type") != "application/json" || h.Get("X-Hub-Signature-256") != "" {
			t.Errorf("the headers are %v", h)
		}
	}
	if bodies[3] != `{"a":1}` {
		t.Errorf("the payload is %q", bodies[3])
	}
	first := v["idempotency_key"]
	if v, _ = deliver(nil, "payload", "x"); v["idempotency_key"] == first {
		t.Error("two calls have the same key")
	}
	_, err = deliver([]int{503, 503}, "max_retries", 1, "payload", "x")
	if err == nil || err.Code != tool.RemoteFailed || !strings.Contains(err.Message, "not delivered after 2 attempts") || err.Details["attempts"] != 2 || strings.Contains(err.Error(), "tttt") {
		t.Errorf("given up: %v", err)
	}
	v, err = deliver([]int{400}, "payload", "x", "fail_on_error_status", false)
	if err != nil || v["delivered"] != false || v["status"] != 400.0 || v["attempts"] != 1.0 {
		t.Errorf("a refusal as a report: %v, %v", v, err)
	}
	if _, err = deliver(nil, "method", "GET"); err != nil || bodies[0] != "" {
		t.Errorf("without a payload: %v", err)
	}

	// Signatures.
	if _, err = deliver(nil, "payload", "body", "secret", "s3cret"); err != nil || seen[0].Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(sign([]byte("s3cret"), "body")) {
		t.Errorf("github: %v, %v", seen, err)
	}
	if _, err = deliver(nil, "payload", "body", "secret", "s3cret", "signature_header", "X-Mine"); err != nil || seen[0].Get("X-Mine") == "" || seen[0].Get("X-Hub-Signature-256") != "" {
		t.Errorf("another header: %v, %v", seen, err)
	}
	v, err = deliver(nil, "payload", "body", "secret", "s3cret", "signature", "timestamp")
	stamp, mac, _ := strings.Cut(seen[0].Get("X-Webhook-Signature"), ",v1=")
	if stamp = strings.TrimPrefix(stamp, "t="); err != nil || v["signed"] != true || mac != hex.EncodeToString(sign([]byte("s3cret"), stamp+".body")) {
		t.Errorf("timestamp: %v, %v", seen, err)
	}
	key := base64.StdEncoding.EncodeToString([]byte("s3cret"))
	_, err = deliver(nil, "payload", "body", "secret", "whsec_"+key, "signature", "standard", "idempotency_key", "msg_1")
	want := "v1," + base64.StdEncoding.EncodeToString(sign([]byte("s3cret"), "msg_1."+seen[0].Get("Webhook-Timestamp")+".body"))
	if err != nil || seen[0].Get("Webhook-Signature") != want || seen[0].Get("Webhook-Id") != "msg_1" {
		t.Errorf("standard: %v, %v", seen, err)
	}
	r.Settings = map[string]string{"signing_secret": "configured"}
	if v, err = deliver(nil, "payload", "body"); err != nil || v["signed"] != true || seen[0].Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(sign([]byte("configured"), "body")) {
		t.Errorf("the setting: %v, %v", v, err)
	}
}

// The known answers of RFC 4231, case 2, for the signature.
func TestSign(t *testing.T) {
	if got := hex.EncodeToString(sign([]byte("Jefe"), "what do ya want ", "for nothing?")); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Errorf("HMAC-SHA256 is %s", got)
	}
}

func TestWebhookRefusals(t *testing.T) {
	r := runner(t)
	m := map[string]any{"input": "http://127.0.0.1:1/", "payload": "x", "max_retries": 0}
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{map[string]any{}, `"input" is missing`, tool.InvalidParameters},
		{with(m, "input", "x"), `"input" is wrong`, tool.InvalidParameters},
		{with(m, "payload", strings.Repeat("x", maxPayload+1)), "at most 32 MB", tool.InvalidParameters},
		{with(m, "method", "HEAD"), `"method" is wrong`, tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X": "a\nb"}), `"headers.X" is wrong`, tool.InvalidParameters},
		{with(m, "query", map[string]any{"x": map[string]any{}}), `"query.x" is wrong`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"type": "basic"}), `"auth.username" is missing`, tool.InvalidParameters},
		{with(m, "max_retries", 11), `"max_retries" is wrong`, tool.InvalidParameters},
		{with(m, "backoff_ms", 0), `"backoff_ms" is wrong`, tool.InvalidParameters},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "secret", 5), `"secret" is wrong`, tool.InvalidParameters},
		{with(m, "secret", "whsec_!", "signature", "standard"), "base64 after whsec_", tool.InvalidParameters},
		{with(m, "secret", "s", "signature", "md5"), `"signature" is wrong`, tool.InvalidParameters},
		{with(m, "secret", "s", "signature_header", "X\r\nY"), `"signature_header" is wrong`, tool.InvalidParameters},
		{with(m, "secret", "s", "signature_header", "Host"), `"signature_header" is wrong`, tool.InvalidParameters},
		{with(m, "idempotency_key", "a\r\nX: y"), `"idempotency_key" is wrong`, tool.InvalidParameters},
		{with(m, "content_type", "a\nb"), `"content_type" is wrong`, tool.InvalidParameters},
		{with(m, "fail_on_error_status", 1), `"fail_on_error_status" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", 1), `"insecure" is wrong`, tool.InvalidParameters},
		{m, "connection was refused", tool.RemoteFailed},
		{with(m, "input", "http://192.168.1.1/"), "denied", tool.PermissionDenied},
	} {
		_, err := call(t, r, "webhook-caller", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.100v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "webhook-caller", m); err == nil || err.Code != tool.PermissionDenied {
		t.Errorf("without permission: %v", err)
	}
}

func TestWebhookTime(t *testing.T) {
	stuck := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	r := runner(t)
	start := time.Now()
	_, err := call(t, r, "webhook-caller", map[string]any{"input": stuck, "timeout": 0.03, "max_retries": 2, "backoff_ms": 1})
	if err == nil || err.Code != tool.Timeout || err.Details["attempts"] != 3 || !strings.Contains(err.Message, "(attempt 3 of 3)") {
		t.Errorf("timeouts: %v, %v", err, err.Details)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err = callContext(t, ctx, r, "webhook-caller", map[string]any{"input": stuck}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}

package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func webhookDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "webhook-caller", Aliases: []string{"webhook"}, Category: "api", Version: "1.0.0", Security: tool.Restricted,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network},
		Tags: []string{"webhook", "notify", "post", "hmac", "signature"},
		Description: "Delivers a payload to a webhook: signed if wanted, tried again until the receiver takes it, with a key by which the receiver knows a repetition. " +
			"A delivery that fails in the end is an error whose details are the report",
		Parameters: schema.Map("",
			schema.Required("input", schema.Text("The webhook's address: http:// or https://"), "url", "webhook_url", "endpoint"),
			schema.Optional("payload", &schema.Schema{Description: "What to deliver: a text as it is, anything else as JSON. At most 32 MB"}, "body", "data"),
			methodParameter("POST", "POST", "PUT", "PATCH", "GET", "DELETE"),
			headersParameter(), queryParameter(), authParameter(),
			schema.Optional("max_retries", schema.Int("How often to try again after a lost connection, a timeout or the status 408, 429, 502, 503 or 504, obeying Retry-After", 0, 10).WithDefault(int64(3)), "retries"),
			schema.Optional("backoff_ms", schema.Int("The wait before the second attempt, in milliseconds; it doubles each time", 1, 60_000).WithDefault(int64(500))),
			timeoutParameter("How long one attempt may take", 30),
			schema.Optional("secret", schema.Text("Signs the payload with HMAC-SHA256; without it the setting signing_secret does, if there is one"), "signing_secret"),
			schema.Optional("signature", schema.Choice("How to sign: github (X-Hub-Signature-256: sha256=hex), timestamp (X-Webhook-Signature: t=seconds,v1=hex over \"seconds.payload\") or "+
				"standard (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature; the secret may be written whsec_base64)", "github", "timestamp", "standard").
				WithDefault("github").WithAliases(map[string]string{"sha256": "github", "hmac": "github", "stripe": "timestamp", "svix": "standard"})),
			schema.Optional("signature_header", schema.Text("Another name for the signature's header (github, timestamp)")),
			schema.Optional("idempotency_key", schema.Text("The key by which the receiver knows a repetition, sent as Idempotency-Key; the default is a new one for each call")),
			schema.Optional("content_type", schema.Text("The payload's type; the default is application/json, of a text that is no JSON text/plain")),
			schema.Optional("fail_on_error_status", schema.Flag("Make a status of 400 and above an error; false reports it with delivered false").WithDefault(true)),
			httpx.InsecureParameter()),
		Result: schema.Map("The report",
			schema.Required("delivered", schema.Flag("Whether the receiver took it (status 200 to 299)")),
			schema.Required("status", schema.Int("The last answer's status code", 100, 999)),
			schema.Required("attempts", schema.Int("How often it was tried", 1, 11)),
			schema.Required("failed_attempts", schema.List("Why attempts were repeated: {attempt, problem, wait_ms}", nil)),
			schema.Required("idempotency_key", schema.Text("The key that was sent")),
			schema.Required("signed", schema.Flag("Whether the payload was signed")),
			schema.Required("response", schema.Map("The last answer: {status, headers, body, …} as of http-requester")),
			schema.Required("duration_ms", schema.Num("How long the delivery took"))),
		Settings: []tool.Setting{httpx.CAFileSetting(),
			{Name: "signing_secret", Description: "The secret that signs payloads when a call brings none", Secret: true, Env: []string{"WEBHOOK_SECRET"}}},
		Examples: webhookExamples(),
	}, callWebhook)
}

func callWebhook(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	u, err := httpx.ParseURL("input", p.String("input"))
	if err != nil {
		return nil, err
	}
	if err := addQuery(u, "query", p.Map("query")); err != nil {
		return nil, err
	}
	r := &httpx.Request{Method: p.String("method"), URL: u, AttemptTimeout: seconds(p.Float("timeout")), MaxBytes: 1 << 20, Truncate: true,
		MaxRedirects: 3}
	if r.Header, err = httpx.ParseHeaders("headers", p.Map("headers")); err != nil {
		return nil, err
	}
	if r.Secrets, err = login("auth", p.Map("auth"), r.Header, u); err != nil {
		return nil, err
	}
	payload, err := webhookPayload(p, r)
	if err != nil {
		return nil, err
	}
	key := p.String("idempotency_key")
	if key == "" {
		key = uuid.NewString()
	}
	if err := setHeader(r.Header, "idempotency_key", "Idempotency-Key", key); err != nil {
		return nil, err
	}
	signed, err := signWebhook(call, r, key, payload)
	if err != nil {
		return nil, err
	}
	client, err := httpx.FromCall(call)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	most := p.Int("max_retries")
	repeated := []any{}
	r.Retry = httpx.Retry{Max: most, Any: true, Wait: time.Duration(p.Int("backoff_ms")) * time.Millisecond, MaxWait: time.Minute}
	r.Retrying = func(attempt int, problem string, wait time.Duration) {
		repeated = append(repeated, map[string]any{"attempt": attempt, "problem": problem, "wait_ms": wait.Milliseconds()})
		call.Report(float64(attempt), float64(most+1), fmt.Sprintf("attempt %d failed (%s); the next is in %v", attempt, problem, wait.Round(time.Millisecond)))
	}
	resp, err := client.Do(ctx, r)
	if err != nil {
		if te, ok := err.(*tool.Error); ok && len(repeated) > 0 {
			te.Message += fmt.Sprintf(" (attempt %d of %d)", len(repeated)+1, most+1)
			te.Details = map[string]any{"delivered": false, "attempts": len(repeated) + 1, "failed_attempts": repeated, "idempotency_key": key}
		}
		return nil, err
	}
	response, _ := answer(resp, "auto")
	delivered := resp.Status >= 200 && resp.Status < 300
	report := map[string]any{"delivered": delivered, "status": resp.Status, "attempts": resp.Attempts, "failed_attempts": repeated,
		"idempotency_key": key, "signed": signed, "response": response, "duration_ms": response["duration_ms"]}
	if failed := resp.Failed(); failed != nil && p.Bool("fail_on_error_status") {
		failed.Message = fmt.Sprintf("not delivered after %d attempts: %s", resp.Attempts, failed.Message)
		failed.Details = report
		return nil, failed
	}
	message := fmt.Sprintf("delivered at attempt %d: %d %s", resp.Attempts, resp.Status, resp.StatusText)
	if !delivered {
		message = "not " + message
	}
	return &tool.Result{Value: report, Message: insecureNote(call, message), Metadata: resp.Metadata()}, nil
}

// setHeader sets a header to a parameter's value, which must be one line.
func setHeader(h http.Header, field, name, value string) error {
	one, err := httpx.ParseHeaders(field, map[string]any{name: value})
	if err != nil {
		return &schema.FieldError{Path: field, Expected: "one line of text for the header " + clip(name, 60), Found: "a text that no header can hold"}
	}
	for k, v := range one {
		h[k] = v
	}
	return nil
}

// webhookPayload sets the request's body and returns its bytes.
func webhookPayload(p tool.Params, r *httpx.Request) ([]byte, error) {
	if !p.Has("payload") {
		return nil, nil
	}
	body, err := bodyOf(nil, "", tool.Params{"body": p["payload"]})
	if err != nil {
		return nil, err
	}
	if kind := p.String("content_type"); kind != "" {
		if err := setHeader(r.Header, "content_type", "Content-Type", kind); err != nil {
			return nil, err
		}
	}
	content, err := body.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	r.Body = body
	return io.ReadAll(content)
}

// signWebhook signs the payload when there is a secret.
func signWebhook(call *tool.Call, r *httpx.Request, id string, payload []byte) (bool, error) {
	secret := call.Params.String("secret")
	if secret == "" {
		secret = call.Setting("signing_secret")
	}
	if secret == "" {
		return false, nil
	}
	r.Secrets = append(r.Secrets, secret)
	now := strconv.FormatInt(time.Now().Unix(), 10)
	header := call.Params.String("signature_header")
	set := func(def, value string) error {
		if header == "" {
			header = def
		}
		return setHeader(r.Header, "signature_header", header, value)
	}
	switch call.Params.String("signature") {
	case "timestamp":
		return true, set("X-Webhook-Signature", "t="+now+",v1="+hex.EncodeToString(sign([]byte(secret), now, ".", string(payload))))
	case "standard":
		key := []byte(secret)
		if coded, ok := strings.CutPrefix(secret, "whsec_"); ok {
			var err error
			if key, err = base64.StdEncoding.DecodeString(coded); err != nil {
				return false, &schema.FieldError{Path: "secret", Expected: "base64 after whsec_", Found: "something else"}
			}
		}
		signature := base64.StdEncoding.EncodeToString(sign(key, id, ".", now, ".", string(payload)))
		for name, value := range map[string]string{"webhook-id": id, "webhook-timestamp": now, "webhook-signature": "v1," + signature} {
			r.Header.Set(name, value)
		}
		return true, nil
	}
	return true, set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sign([]byte(secret), string(payload))))
}

// sign computes HMAC-SHA256 over the parts, one after the other.
func sign(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		io.WriteString(h, p)
	}
	return h.Sum(nil)
}

func webhookExamples() []tool.Example {
	serve := httpx.Loopback(func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
			if r.Header.Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(sign([]byte("s3cret"), string(body))) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.WriteHeader(http.StatusAccepted)
		})
	})
	return []tool.Example{
		{Description: "Deliver a signed event", Setup: serve, Params: map[string]any{"input": "{url}/hook", "secret": "s3cret",
			"payload": map[string]any{"event": "build.done", "ok": true}},
			Want: map[string]any{"delivered": true, "status": 202, "attempts": 1, "signed": true}},
		{Description: "Report a refusal instead of failing", Setup: serve, Params: map[string]any{"input": "{url}/hook", "payload": "hello",
			"fail_on_error_status": false}, Want: map[string]any{"delivered": false, "status": 401, "signed": false}},
	}
}

package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// What may be read of an answer: into memory, and into a file.
const (
	maxAnswer   = 100 << 20
	maxDownload = 2 << 30
)

func httpRequesterDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "http-requester", Aliases: []string{"http-request", "http"}, Category: "api", Version: "1.0.0", Security: tool.Restricted,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network, tool.Files},
		Tags: []string{"http", "https", "rest", "request", "download", "upload", "fetch"},
		Description: "Makes an HTTP request and returns the answer: any method, headers, JSON, forms, uploads, authentication, redirects, retries, downloads. " +
			"A status such as 404 is a result; a connection that fails is an error",
		Parameters: schema.Map("", append([]schema.Property{
			schema.Required("input", schema.Text("The address: http:// or https://"), "url", "endpoint", "uri"),
			methodParameter("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
			headersParameter(), queryParameter(), authParameter(),
			schema.Optional("retry", retrySchema(), "retries", "max_retries"),
			timeoutParameter("How long everything may take: retries, redirects and the body", 30),
			schema.Optional("follow_redirects", schema.Flag("Follow redirects; credentials are not sent to another server").WithDefault(true)),
			schema.Optional("max_redirects", schema.Int("How many redirects to follow", 0, 20).WithDefault(int64(httpx.DefaultMaxRedirects))),
			schema.Optional("allow_downgrade", schema.Flag("Follow redirects from https to http too")),
			schema.Optional("max_bytes", schema.Int("The largest body to read, in bytes; the default is 10 MB, for output_file 100 MB. More than 100 MB only into a file", 1, maxDownload)),
			schema.Optional("response_format", schema.Choice("How to give the body: auto (text, or base64 when it is no text; json besides when it is JSON), text, json (decoded whatever its type) or base64",
				"auto", "text", "json", "base64").WithDefault("auto")),
			schema.Optional("output_file", schema.Text("The path of a file to write the body to when the status is 200 to 299; it appears only when complete"), "download_to", "output_path"),
			schema.Optional("fail_on_error_status", schema.Flag("Make a status of 400 and above an error")),
			httpx.InsecureParameter(),
		}, bodyParameters()...)...),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Description: "The answer",
			Properties: append(answerProperties(), schema.Optional("output_file", schema.Text("The file that holds the body")))},
		Settings: []tool.Setting{httpx.CAFileSetting()},
		Examples: httpExamples(),
	}, httpRequest)
}

func retrySchema() *schema.Schema {
	s := schema.Map("",
		schema.Optional("max_attempts", schema.Int("Attempts in all", 1, 11), "attempts"),
		schema.Optional("max_retries", schema.Int("Attempts after the first", 0, 10), "max", "count"),
		schema.Optional("backoff_ms", schema.Int("The wait before the second attempt; it doubles each time", 1, 60_000), "wait_ms", "delay_ms"),
		schema.Optional("any_method", schema.Flag("Repeat requests too that the server may have acted on, such as POST")))
	s.Types = []schema.Type{schema.Integer, schema.Boolean, schema.Object}
	s.Minimum, s.Maximum = schema.Ptr(0.0), schema.Ptr(10.0)
	s.Description = "How often to try again after a lost connection or the status 408, 429, 502, 503 or 504, obeying Retry-After: a number of retries, false for none, or " +
		"{max_retries or max_attempts, backoff_ms, any_method}. The default is 3. POST and PATCH are repeated only if the server cannot have acted on them"
	return s
}

// retryOf reads the retry parameter.
func retryOf(v any, def int) httpx.Retry {
	r := httpx.Retry{Max: def}
	switch v := v.(type) {
	case nil:
	case bool:
		if !v {
			r.Max = 0
		}
	case map[string]any:
		p := tool.Params(v)
		if p.Has("max_attempts") {
			r.Max = p.Int("max_attempts") - 1
		}
		if p.Has("max_retries") {
			r.Max = p.Int("max_retries")
		}
		r.Wait, r.Any = time.Duration(p.Int("backoff_ms"))*time.Millisecond, p.Bool("any_method")
	default:
		r.Max = tool.Params{"n": v}.Int("n")
	}
	return r
}

func httpRequest(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	r, err := requestOf(call.Sandbox, "", "input", call.Params)
	if err != nil {
		return nil, err
	}
	p := call.Params
	r.Timeout, r.Retry = seconds(p.Float("timeout")), retryOf(p["retry"], 3)
	r.AllowDowngrade = p.Bool("allow_downgrade")
	if r.MaxRedirects = p.Int("max_redirects"); !p.Bool("follow_redirects") || r.MaxRedirects == 0 {
		r.MaxRedirects = -1
	}
	r.MaxBytes = int64(p.Float("max_bytes"))
	if parent, state := tool.TraceParent(ctx); parent != "" && r.Header.Get("Traceparent") == "" {
		r.Header.Set("Traceparent", parent)
		if state != "" {
			r.Header.Set("Tracestate", state)
		}
	}
	client, err := httpx.FromCall(call)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	path := p.String("output_file")
	var resp *httpx.Response
	if path == "" {
		if r.MaxBytes > maxAnswer {
			return nil, &schema.FieldError{Path: "max_bytes", Expected: fmt.Sprintf("at most %d without output_file", maxAnswer), Value: p["max_bytes"]}
		}
		resp, err = client.Do(ctx, r)
	} else {
		resp, err = download(ctx, call, client, r, path)
	}
	if err != nil {
		return nil, err
	}
	if p.Bool("fail_on_error_status") {
		if failed := resp.Failed(); failed != nil {
			return nil, failed
		}
	}
	value, text := answer(resp, p.String("response_format"))
	result := &tool.Result{Value: value, Metadata: resp.Metadata(),
		Message: insecureNote(call, fmt.Sprintf("%s %s: %d %s", r.Method, httpx.Redact(resp.URL), resp.Status, resp.StatusText))}
	switch {
	case path != "" && resp.Body == nil && resp.Status < 300:
		value["output_file"] = path
	case value["body_encoding"] == "text":
		result.Text = &text
	}
	return result, nil
}

// requestOf reads what the tools that make plain requests have in common: the
// address in the parameter named field, method, headers, query, auth and body.
// at is put before the names of parameters in errors.
func requestOf(box *sandbox.Sandbox, at, field string, p tool.Params) (*httpx.Request, error) {
	u, err := httpx.ParseURL(at+field, p.String(field))
	if err != nil {
		return nil, err
	}
	if err := addQuery(u, at+"query", p.Map("query")); err != nil {
		return nil, err
	}
	r := &httpx.Request{Method: p.String("method"), URL: u}
	if r.Header, err = httpx.ParseHeaders(at+"headers", p.Map("headers")); err != nil {
		return nil, err
	}
	if r.Secrets, err = login(at+"auth", p.Map("auth"), r.Header, u); err != nil {
		return nil, err
	}
	if r.Body, err = bodyOf(box, at, p); err != nil {
		return nil, err
	}
	return r, nil
}

// download writes the body to a file, which is replaced only by a complete one
// of a good status.
func download(ctx context.Context, call *tool.Call, client *httpx.Client, r *httpx.Request, path string) (resp *httpx.Response, err error) {
	place, err := call.Sandbox.Place(sandbox.Write, path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	if r.MaxBytes == 0 {
		r.MaxBytes = maxAnswer
	}
	reported := time.Now()
	r.Progress = func(done, total int64) {
		if now := time.Now(); now.Sub(reported) >= 100*time.Millisecond || done == total {
			reported = now
			call.Report(float64(done), float64(max(total, 0)), "downloading "+httpx.Redact(r.URL))
		}
	}
	written := false
	err = place.Replace(func(w io.Writer) error {
		r.Sink = func(resp *httpx.Response) (io.Writer, error) {
			if resp.Status < 200 || resp.Status > 299 {
				return nil, nil
			}
			return w, nil
		}
		if resp, err = client.Do(ctx, r); err != nil {
			return err
		}
		if written = resp.Status >= 200 && resp.Status <= 299; !written {
			return errNotGood
		}
		return nil
	}, 0o644)
	if err != nil && (resp == nil || written) {
		return nil, err
	}
	return resp, nil
}

// errNotGood keeps a download from replacing its file.
var errNotGood = tool.Errorf(tool.RemoteFailed, "the status is not good")

func httpExamples() []tool.Example {
	serve := httpx.Loopback(func() http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /users/7", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"id": 7, "name": "Ada", "lang": %q}`, r.URL.Query().Get("lang"))
		})
		mux.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"received": %q, "authorized": %t}`, r.Header.Get("Content-Type"), r.Header.Get("Authorization") == "Bearer s3cret")
		})
		mux.HandleFunc("GET /report.csv", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			io.WriteString(w, "id,name\n7,Ada\n")
		})
		return mux
	})
	return []tool.Example{
		{Description: "Get JSON", Setup: serve, Params: map[string]any{"input": "{url}/users/7", "query": map[string]any{"lang": "en"}},
			Want: map[string]any{"status": 200, "ok": true, "json": map[string]any{"id": 7, "name": "Ada", "lang": "en"}}},
		{Description: "Post JSON with a token", Setup: serve, Params: map[string]any{"input": "{url}/users", "method": "POST",
			"body": map[string]any{"name": "Ada"}, "auth": map[string]any{"type": "bearer", "token": "s3cret"}},
			Want: map[string]any{"status": 201, "json": map[string]any{"received": "application/json", "authorized": true}}},
		{Description: "Download a file", Setup: serve, Params: map[string]any{"input": "{url}/report.csv", "output_file": "report.csv"},
			Want: map[string]any{"status": 200, "size": 14, "output_file": "report.csv"}},
		{Description: "A page that is not there is a result", Setup: serve, Params: map[string]any{"input": "{url}/nothing"},
			Want: map[string]any{"status": 404, "status_text": "Not Found", "ok": false}},
	}
}

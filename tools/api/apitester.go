package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const maxSteps = 100

func apiTesterDefinition() tool.Definition {
	one := func(required bool) []schema.Property {
		address := schema.Optional("input", schema.Text("The address: http:// or https://, or a path after base_url"), "url", "endpoint")
		address.Required = required
		return append([]schema.Property{address,
			methodParameter("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
			headersParameter(), queryParameter(), authParameter(),
			schema.Optional("expect", expectSchema()),
			schema.Optional("assertions", assertionsSchema(), "tests", "checks"),
			schema.Optional("capture", schema.Map("Values to keep for later requests as {{name}}: names, and a path in the JSON, header:Name or status"), "extract"),
		}, bodyParameters()...)
	}
	steps := schema.List("Requests to make one after the other, instead of input; cookies are kept, and {{name}} in any text stands for what was captured",
		schema.Map("A request", append(one(true), schema.Optional("name", schema.Text("How to call it in the report")))...))
	steps.MaxItems = schema.Ptr(maxSteps)
	return tool.Static(&tool.Descriptor{
		Name: "api-tester", Category: "api", Version: "1.0.0", Security: tool.Restricted,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network, tool.Files},
		Tags: []string{"api", "test", "assert", "http", "rest", "timing"},
		Description: "Makes one request or several and checks the answers: status, headers, JSON values, texts, schema, time. Reports what passed and where the time went. " +
			"A test that fails is a result with passed false",
		Parameters: schema.Map("", append(one(false),
			schema.Optional("requests", steps, "steps"),
			schema.Optional("base_url", schema.Text("What stands before an input that begins with /")),
			schema.Optional("variables", schema.Map("Values for {{name}} from the beginning")),
			timeoutParameter("How long one request may take", 30),
			schema.Optional("follow_redirects", schema.Flag("Follow redirects").WithDefault(true)),
			schema.Optional("max_retries", schema.Int("How often to repeat a request after a lost connection or the status 429, 502, 503 or 504", 0, 10).WithDefault(int64(0))),
			schema.Optional("max_bytes", schema.Int("The largest body to read, in bytes", 1, maxAnswer).WithDefault(int64(httpx.DefaultMaxBytes))),
			schema.Optional("stop_on_failure", schema.Flag("Make no further request after one that failed").WithDefault(true)),
			schema.Optional("include_body", schema.Flag("Put the bodies into the report").WithDefault(true)),
			httpx.InsecureParameter())...),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("passed", schema.Flag("Whether all is as it should be; without any assertion, whether the status is below 400")),
			schema.Required("total", schema.Int("How many assertions were checked", 0, 1<<31)),
			schema.Required("failed", schema.Int("How many of them failed", 0, 1<<31)),
			schema.Required("requests", schema.List("A report for each request: {name, method, url, passed, status, duration_ms, timings {dns_ms, connect_ms, tls_ms, first_byte_ms, body_ms, total_ms}, "+
				"headers, body, json, size, assertions [{target, name?, path?, op, expected, actual, passed, problem?}], error?}", nil)),
			schema.Required("skipped", schema.Int("Requests that were not made because one before failed", 0, maxSteps)),
			schema.Required("captured", schema.Map("The captured values; those named like credentials are hidden")),
			schema.Optional("status", schema.Int("The status code of the only request", 100, 999)),
			schema.Optional("timings", schema.Map("The timings of the only request")),
		}},
		Settings: []tool.Setting{httpx.CAFileSetting()},
		Examples: apiTesterExamples(),
	}, testAPI)
}

// run is the state of one call: what was captured, and what came of it.
type run struct {
	call          *tool.Call
	client        *httpx.Client
	vars          map[string]any
	captured      map[string]any
	total, failed int
}

func testAPI(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	steps, _ := p["requests"].([]any)
	switch {
	case p.Has("input") && p.Has("requests"):
		return nil, &schema.FieldError{Path: "requests", Problem: `and "input" are two ways to say what to ask for; pass one of them`}
	case p.Has("input"):
		steps = []any{map[string]any(p)}
	case len(steps) == 0:
		return nil, &schema.FieldError{Path: "input", Problem: "is missing", Help: "pass an address, or several requests"}
	}
	for i, s := range steps { // before anything is sent
		step := tool.Params(s.(map[string]any))
		if _, err := assertionsOf(place(call, i), step); err != nil && !hasPlaceholder(step["assertions"]) && !hasPlaceholder(step["expect"]) {
			return nil, err
		}
		if err := checkCaptures(place(call, i), step.Map("capture")); err != nil {
			return nil, err
		}
	}
	client, err := httpx.New(call.Sandbox, httpx.Options{CAFile: call.Setting("ca_file"), Insecure: p.Bool("insecure"), KeepCookies: true})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	t := &run{call: call, client: client, vars: map[string]any{}, captured: map[string]any{}}
	maps.Copy(t.vars, p.Map("variables"))
	reports, passed := []any{}, true
	for i, s := range steps {
		report, err := t.step(ctx, i, s.(map[string]any))
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
		call.Report(float64(i+1), float64(len(steps)), fmt.Sprintf("%s: passed %v", report["name"], report["passed"]))
		if report["passed"] != true {
			passed = false
			if p.Bool("stop_on_failure") {
				break
			}
		}
	}
	value := map[string]any{"passed": passed, "total": t.total, "failed": t.failed, "requests": reports, "skipped": len(steps) - len(reports), "captured": t.captured}
	if only := reports[0].(map[string]any); len(steps) == 1 && only["status"] != nil {
		value["status"], value["timings"] = only["status"], only["timings"]
	}
	message := fmt.Sprintf("passed: %d assertions of %d requests", t.total, len(reports))
	if !passed {
		message = fmt.Sprintf("failed: %d of %d assertions of %d requests", t.failed, t.total, len(reports))
	}
	return &tool.Result{Value: value, Message: insecureNote(call, message)}, nil
}

// place is what stands before the names of a step's parameters in errors.
func place(call *tool.Call, i int) string {
	if !call.Params.Has("requests") {
		return ""
	}
	return fmt.Sprintf("requests[%d].", i+1)
}

// step makes one request and checks its answer. A connection that fails is a
// failed test; the errors are those of the parameters, the sandbox and the context.
func (t *run) step(ctx context.Context, i int, raw map[string]any) (map[string]any, error) {
	at := place(t.call, i)
	p := make(tool.Params, len(raw))
	for k, v := range raw {
		if k == "capture" || at == "" && (k == "variables" || k == "requests") {
			p[k] = v
			continue
		}
		filled, err := t.fill(at+k, v, 0)
		if err != nil {
			return nil, err
		}
		p[k] = filled
	}
	if text := p.String("input"); strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && t.call.Params.Has("base_url") {
		base, err := httpx.ParseURL("base_url", t.call.Params.String("base_url"))
		if err != nil {
			return nil, err
		}
		p["input"] = strings.TrimSuffix(base.String(), "/") + text
	}
	assertions, err := assertionsOf(at, p)
	if err != nil {
		return nil, err
	}
	r, err := requestOf(t.call.Sandbox, at, "input", p)
	if err != nil {
		return nil, err
	}
	whole := t.call.Params
	r.Timeout, r.MaxBytes, r.Retry.Max = seconds(whole.Float("timeout")), int64(whole.Float("max_bytes")), whole.Int("max_retries")
	if !whole.Bool("follow_redirects") {
		r.MaxRedirects = -1
	}
	name := p.String("name")
	if name == "" {
		name = fmt.Sprintf("%s %s", r.Method, httpx.Redact(r.URL))
	}
	report := map[string]any{"name": name, "method": r.Method, "url": httpx.Redact(r.URL), "passed": false, "assertions": []any{}}
	resp, err := t.client.Do(ctx, r)
	if err != nil {
		var denied *sandbox.DeniedError
		if errors.As(err, &denied) || ctx.Err() != nil {
			return nil, err
		}
		report["error"] = err.Error()
		t.total += len(assertions)
		t.failed += len(assertions)
		return report, nil
	}
	t.judge(ctx, report, resp, assertions)
	t.capture(report, resp, p.Map("capture"))
	return report, nil
}

// judge checks the assertions and writes the answer into the report.
func (t *run) judge(ctx context.Context, report map[string]any, resp *httpx.Response, assertions []assertion) {
	value, text := answer(resp, "auto")
	seen := &answerSeen{text: text}
	if v, err := resp.JSON(); err == nil {
		seen.json, seen.isJSON = v, true
	}
	if text == "" && len(resp.Body) > 0 {
		seen.text = string(resp.Body) // a binary body can contain a text too
	}
	for _, k := range []string{"status", "status_text", "headers", "size", "duration_ms", "url", "body", "body_encoding", "json"} {
		if v, ok := value[k]; ok && (t.call.Params.Bool("include_body") || k != "body" && k != "json") {
			report[k] = v
		}
	}
	report["timings"], report["attempts"] = resp.Timings.Map(), resp.Attempts
	passed := len(assertions) > 0 || resp.Status < 400
	checked := []any{}
	for i := range assertions {
		a := &assertions[i]
		ok, actual, problem := a.check(ctx, resp, seen)
		line := map[string]any{"target": a.target, "op": a.op, "passed": ok, "actual": small(actual)}
		if a.value != nil {
			line["expected"] = a.value
		}
		if a.name != "" {
			line["name"] = a.name
		}
		if a.path != "" {
			line["path"] = a.path
		}
		t.total++
		if !ok {
			passed, line["problem"] = false, strings.Join(strings.Fields(a.target+" "+a.name+" "+a.path), " ")+" "+problem
			t.failed++
		}
		checked = append(checked, line)
	}
	report["assertions"], report["passed"] = checked, passed
}

// small keeps a whole body out of each line of a report.
func small(v any) any {
	switch v := v.(type) {
	case string:
		return clip(v, 500)
	case map[string]any, []any:
		if text := show(v); strings.HasSuffix(text, "…") {
			return text
		}
	}
	return v
}

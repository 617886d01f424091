package trace_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/trace"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// The environment of the developer has no say in these tests.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// collector takes OTLP in JSON, as strictly as the protocol says.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []span
	resource map[string]any
	headers  http.Header
	problems []string
}

// span is one that has arrived.
type span struct {
	TraceID, SpanID, ParentSpanID, Name string
	Flags                               uint32
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  string
	Attributes                          []attribute
	Status                              struct {
		Code    int
		Message string
	}
}

type attribute struct {
	Key   string
	Value struct {
		StringValue *string
		IntValue    *string
		BoolValue   *bool
		DoubleValue any
		ArrayValue  any
	}
}

func values(list []attribute) map[string]any {
	out := map[string]any{}
	for _, a := range list {
		switch v := a.Value; {
		case v.StringValue != nil:
			out[a.Key] = *v.StringValue
		case v.IntValue != nil:
			out[a.Key] = *v.IntValue
		case v.BoolValue != nil:
			out[a.Key] = *v.BoolValue
		default:
			out[a.Key] = a.Value
		}
	}
	return out
}

func collect(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.headers = r.Header
		var body struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes []attribute }
				ScopeSpans []struct {
					Scope struct{ Name, Version string }
					Spans []span
				}
			}
		}
		err := json.NewDecoder(r.Body).Decode(&body)
		if err != nil || r.Method != "POST" || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			c.problems = append(c.problems, fmt.Sprint(r.Method, r.URL, r.Header, err))
		}
		for _, rs := range body.ResourceSpans {
			c.resource = values(rs.Resource.Attributes)
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
		io.WriteString(w, "{}")
	}))
	t.Cleanup(c.Close)
	return c
}

// named returns the only span of that name.
func (c *collector) named(t *testing.T, name string) span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.problems {
		t.Errorf("the collector was sent %s", p)
	}
	var found []span
	var names []string
	for _, s := range c.spans {
		names = append(names, s.Name)
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans are called %q, among %q", len(found), name, names)
	}
	return found[0]
}

func start(t *testing.T, o trace.Options) *trace.Tracer {
	t.Helper()
	if o.Report == nil {
		o.Report = func(err error) { t.Errorf("spans were lost: %v", err) }
	}
	tracer, err := trace.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracer.Shutdown(context.Background()) }) // again, for tests that fail before
	return tracer
}

// session makes a session whose executions are traced, and that may reach the
// loopback interface.
func session(t *testing.T, tracer kernel.Tracer) *kernel.Session {
	t.Helper()
	services := kernel.NewServices(kernel.Openers{})
	services.Tracer = tracer
	dir := t.TempDir()
	policy := sandbox.Restricted(dir)
	policy.Net.Allow = []string{"127.0.0.1"}
	box, err := sandbox.New(dir, policy)
	if err != nil {
		t.Fatal(err)
	}
	s, err := kernel.NewSession(kernel.Config{ID: "s1", Dir: dir, Services: services, Sandbox: box})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSpans(t *testing.T) {
	c := collect(t)
	tracer := start(t, trace.Options{Endpoint: c.URL, Version: "1.2.3", Instance: "k1", Headers: map[string]string{"Authorization": "Bearer x"}})
	s := session(t, tracer)

	var parent string
	remote := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { parent = r.Header.Get("Traceparent") }))
	defer remote.Close()

	ctx, end := tracer.StartRequest(t.Context(), "exec.run", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "")
	if _, err := s.RunString(ctx, `
		Tool.execute("calculator", {input = "2+2"})
		pcall(Tool.execute, "calculator", {input = "secret("})
		assert(Tool.execute("http-request", {input = ...}).success)
		error("no luck")`, "=main.lua", []string{remote.URL}); err == nil {
		t.Fatal("the script has not failed")
	}
	end(errors.New("it failed"))
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}

	request, execution, call := c.named(t, "exec.run"), c.named(t, "execute main.lua"), c.named(t, "execute_tool http-requester")
	if request.TraceID != "0af7651916cd43dd8448eb211c80319c" || request.ParentSpanID != "b7ad6b7169203331" || request.Kind != 2 || request.Flags != 0x301 {
		t.Errorf("the request is %+v", request)
	}
	if request.Status.Code != 2 || request.Status.Message != "it failed" || values(request.Attributes)["rpc.method"] != "exec.run" {
		t.Errorf("the request is %+v", request)
	}
	if execution.TraceID != request.TraceID || execution.ParentSpanID != request.SpanID || execution.Kind != 1 {
		t.Errorf("the execution is %+v", execution)
	}
	attributes := values(execution.Attributes)
	if execution.Status.Code != 2 || !strings.Contains(execution.Status.Message, "no luck") || attributes["error.type"] != "script" || attributes["llmspell.session.id"] != "s1" {
		t.Errorf("the execution has failed thus: %+v, %v", execution.Status, attributes)
	}
	if call.TraceID != request.TraceID || call.ParentSpanID != execution.SpanID || call.Status.Code != 0 {
		t.Errorf("the call is %+v", call)
	}
	attributes = values(call.Attributes)
	if attributes["gen_ai.operation.name"] != "execute_tool" || attributes["gen_ai.tool.name"] != "http-requester" || attributes["gen_ai.tool.type"] != "function" || attributes["gen_ai.tool.description"] == "" {
		t.Errorf("the call has %v", attributes)
	}
	if want := "00-" + call.TraceID + "-" + call.SpanID + "-01"; parent != want {
		t.Errorf("the server was sent traceparent %q, want %q", parent, want)
	}
	if c.resource["service.name"] != "llmspell" || c.resource["service.version"] != "1.2.3" || c.resource["service.instance.id"] != "k1" || c.resource["telemetry.sdk.language"] != "go" {
		t.Errorf("the resource is %v", c.resource)
	}
	if c.headers.Get("Authorization") != "Bearer x" {
		t.Errorf("the headers are %v", c.headers)
	}
	failed := 0
	for _, s := range c.spans {
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(s.TraceID) || !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(s.SpanID) ||
			!regexp.MustCompile(`^\d{19}$`).MatchString(s.StartTimeUnixNano) || s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("the span is %+v", s)
		}
		if s.Name == "execute_tool calculator" && s.Status.Code == 2 {
			failed++
			if kind := values(s.Attributes)["error.type"]; kind == "" || kind == nil || kind == "_OTHER" {
				t.Errorf("the call that failed is of type %v", kind)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d calls of the calculator have failed, want 1", failed)
	}
}

// TestParallelCalls are made under one context, so that requests of theirs name
// the execution, never another call.
func TestParallelCalls(t *testing.T) {
	c := collect(t)
	tracer := start(t, trace.Options{Endpoint: c.URL})
	s := session(t, tracer)
	var mu sync.Mutex
	parents := map[string]bool{}
	remote := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		parents[r.Header.Get("Traceparent")] = true
	}))
	defer remote.Close()
	result, err := s.RunString(t.Context(), `
		local calls, base = {}, ...
		for i = 1, 8 do calls[i] = {"http-request", {input = base .. "/" .. i}} end
		local n = 0
		for _, r in ipairs(Tool.parallel(calls)) do if r.success then n = n + 1 end end
		return n`, "=main.lua", []string{remote.URL})
	if err != nil || len(result.Values) != 1 || result.Values[0].String() != "8" {
		t.Fatalf("it gives %v, %v", result.Values, err)
	}
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	execution := c.named(t, "execute main.lua")
	own := map[string]bool{"00-" + execution.TraceID + "-" + execution.SpanID + "-01": true}
	calls := 0
	for _, s := range c.spans {
		if s.Name == "execute_tool http-requester" {
			calls++
			own["00-"+s.TraceID+"-"+s.SpanID+"-01"] = true
			if s.ParentSpanID != execution.SpanID {
				t.Errorf("the call is %+v", s)
			}
		}
	}
	for p := range parents {
		if !own[p] {
			t.Errorf("the server was sent traceparent %q, which is of nothing here", p)
		}
	}
	if calls != 8 {
		t.Errorf("there are %d calls", calls)
	}
}

func TestTraceParentOfClients(t *testing.T) {
	c := collect(t)
	tracer := start(t, trace.Options{Endpoint: c.URL})
	if parent, state := trace.TraceParent(t.Context()); parent != "" || state != "" {
		t.Errorf("without a span it is %q, %q", parent, state)
	}
	ctx, end := tracer.StartRequest(t.Context(), "a", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "k=v")
	if parent, state := trace.TraceParent(ctx); !strings.HasPrefix(parent, "00-0af7651916cd43dd8448eb211c80319c-") || state != "k=v" {
		t.Errorf("it is %q, %q", parent, state)
	}
	end(nil)
	for _, bad := range []string{"", "x", "00-0-0-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01", strings.Repeat("0", 1<<16), "\x00"} {
		ctx, end := tracer.StartRequest(t.Context(), "b", bad, bad)
		if parent, _ := trace.TraceParent(ctx); len(parent) != 55 {
			t.Errorf("after %.60q it is %q", bad, parent)
		}
		end(nil)
	}
	// What the caller does not sample is not sampled here.
	_, end = tracer.StartRequest(t.Context(), "unsampled", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "")
	end(nil)
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.named(t, "a")
	for _, s := range c.spans {
		if s.Name == "unsampled" {
			t.Error("a span was kept that its caller does not sample")
		}
	}
}

func TestRatio(t *testing.T) {
	c := collect(t)
	tracer := start(t, trace.Options{Endpoint: c.URL, Ratio: 0.25})
	for range 1000 {
		_, end := tracer.StartRequest(t.Context(), "a", "", "")
		end(nil)
	}
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(c.spans); n < 150 || n > 350 {
		t.Errorf("%d of 1000 traces were kept, want some 250", n)
	}
}

// TestDeadCollector measures that calls are as quick, and that Shutdown ends.
func TestDeadCollector(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for name, address := range map[string]string{"nobody accepts": l.Addr().String(), "nobody listens": gone.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			reports := make(chan error, 100)
			tracer := start(t, trace.Options{Endpoint: "http://" + address, Report: func(err error) { reports <- err }})
			s := session(t, tracer)
			began := time.Now()
			for range 3000 {
				_, end := tracer.StartRequest(t.Context(), "a", "", "")
				end(nil)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("3000 spans took %v", took)
			}
			if result, err := s.RunString(t.Context(), `return Tool.execute("calculator", {input = "2+2"}).success`, "=x", nil); err != nil || result.Values[0].String() != "true" {
				t.Errorf("the script gives %v, %v", result.Values, err)
			}
			began = time.Now()
			_ = tracer.Shutdown(t.Context()) // whether it says so depends on when the collector is found dead
			if took := time.Since(began); took > trace.FlushTime+time.Minute {
				t.Errorf("Shutdown took %v", took)
			}
			select {
			case err := <-reports:
				if !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "not delivered") {
					t.Errorf("the report is %v", err)
				}
			case <-time.After(time.Minute):
				t.Error("nobody was told of lost spans")
			}
			if n := len(reports); n > 0 {
				t.Errorf("there were %d more reports", n)
			}
		})
	}
}

func TestCollectorsAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter, n int)
		lost   string // part of the report; "": none
		asked  int
	}{
		{"busy once", func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.WriteHeader(503)
			}
		}, "", 2},
		{"busy for good", func(w http.ResponseWriter, _ int) { w.WriteHeader(503) }, "503", 3},
		{"refuses", func(w http.ResponseWriter, _ int) { w.WriteHeader(400) }, "400", 1},
		{"sends away", func(w http.ResponseWriter, _ int) { w.Header().Set("Location", "/x"); w.WriteHeader(307) }, "307", 1},
		{"refuses some", func(w http.ResponseWriter, _ int) {
			io.WriteString(w, `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}`)
		}, "too old", 1},
		{"refuses some, as a number", func(w http.ResponseWriter, _ int) { io.WriteString(w, `{"partialSuccess":{"rejectedSpans":7}}`) }, "refused 7", 1},
		{"warns", func(w http.ResponseWriter, _ int) { io.WriteString(w, `{"partialSuccess":{"rejectedSpans":"0"}}`) }, "", 1},
		{"says nothing", func(http.ResponseWriter, int) {}, "", 1},
		{"babbles", func(w http.ResponseWriter, _ int) { io.WriteString(w, "\x0a\x00<html>") }, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; tt.answer(w, asked) }))
			defer server.Close()
			var report error
			tracer := start(t, trace.Options{Endpoint: server.URL, Report: func(err error) { report = err }})
			_, end := tracer.StartRequest(t.Context(), "a", "", "")
			end(nil)
			if err := tracer.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if asked != tt.asked || (report != nil) != (tt.lost != "") || report != nil && !strings.Contains(report.Error(), tt.lost) {
				t.Errorf("it was asked %d times, and the report is %v", asked, report)
			}
		})
	}
}

func TestKindsOfErrors(t *testing.T) {
	c := collect(t)
	tracer := start(t, trace.Options{Endpoint: c.URL})
	s := session(t, tracer)
	for name, code := range map[string]string{"syntax": "x =", "exit": "os.exit(3)", "script": "error{}"} {
		if _, err := s.RunString(t.Context(), code, "="+name, nil); err == nil {
			t.Errorf("%s has not failed", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.RunString(ctx, "while true do end", "=cancelled", nil); err == nil {
		t.Error("cancelled has not failed")
	}
	long := &runtime.Error{Kind: runtime.KindTimeout, Message: strings.Repeat("ä", 5000) + "\xff"}
	_, end := tracer.StartRequest(t.Context(), "timeout", "", "")
	end(fmt.Errorf("wrapped: %w", long))
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"syntax", "exit", "script", "cancelled"} {
		if got := values(c.named(t, "execute "+kind).Attributes)["error.type"]; got != kind {
			t.Errorf("%s is of type %v", kind, got)
		}
	}
	sent := c.named(t, "timeout")
	if n := len(sent.Status.Message); values(sent.Attributes)["error.type"] != "timeout" || n < 1000 || n > 1030 || strings.Contains(sent.Status.Message, "\ufffd") {
		t.Errorf("the error is %v of %d bytes", values(sent.Attributes), n)
	}
}

func TestOff(t *testing.T) {
	s := session(t, nil)
	var header http.Header
	remote := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { header = r.Header }))
	defer remote.Close()
	if _, err := s.RunString(t.Context(), `assert(Tool.execute("http-request", {input = ...}).success)`, "=x", []string{remote.URL}); err != nil {
		t.Fatal(err)
	}
	if v, ok := header["Traceparent"]; ok {
		t.Errorf("nobody traces, and the server was sent %v", v)
	}
}

func BenchmarkToolCall(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	on, err := trace.New(trace.Options{Endpoint: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer on.Shutdown(context.Background())
	for _, tt := range []struct {
		name   string
		tracer kernel.Tracer
	}{{"off", nil}, {"on", on}} {
		b.Run(tt.name, func(b *testing.B) {
			services := kernel.NewServices(kernel.Openers{})
			services.Tracer = tt.tracer
			s, err := kernel.NewSession(kernel.Config{Dir: b.TempDir(), Services: services})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if _, err := s.RunString(b.Context(), fmt.Sprintf(`
				local call, params = Tool.execute, {input = "2+2"}
				for i = 1, %d do call("calculator", params) end`, b.N), "=x", nil); err != nil {
				b.Fatal(err)
			}
		})
	}
}

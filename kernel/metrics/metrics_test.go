package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// sources gives every figure there is.
func sources() Sources {
	return Sources{
		ID: "k1", Version: "1.2.3", Started: time.Unix(1_700_000_000, 0),
		Connections: func() int { return 3 },
		Refused:     func() int64 { return 4 },
		Sessions:    func() Sessions { return Sessions{Open: 2, Opened: 9} },
		Executions: func() Executions {
			return Executions{Submitted: 20, Completed: 10, Failed: 5, Interrupted: 1, Running: 2, Queued: 2}
		},
		Tools: func() tools.Snapshot {
			return tools.Snapshot{
				Tools: []tools.ToolMetrics{{
					Tool: `a "tool"`, Calls: 10, InFlight: 1, Errors: map[tool.Code]int64{tool.Timeout: 2, "": 1}, CacheHits: 3, Retries: 4, Abandoned: 1,
					Total: 1500 * time.Millisecond, Histogram: [8]int64{0, 1, 2, 3, 0, 0, 0, 4},
				}},
				Cache: tools.CacheMetrics{Entries: 5, Bytes: 1 << 20},
			}
		},
		State:  func() []Operation { return []Operation{{"get", 100, 1}, {"set", 7, 0}} },
		Events: func() Events { return Events{Published: 50, Delivered: 120, Dropped: 6, Subscriptions: 4, Queued: 11} },
		Hooks:  func() Hooks { return Hooks{Registered: 3, BreakersOpen: 1, Calls: 30, Failures: 2, BreakersTripped: 2} },
		Points: func() []hooks.PointCount {
			return []hooks.PointCount{{Point: hooks.SessionStart, Component: "session", Count: 12}}
		},
		Dropped: func() int64 { return 4096 },
		Ready:   func() error { return nil },
	}
}

// parse reads an exposition with the parser of Prometheus' own library.
func parse(t testing.TB, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	text := m.Append(nil)
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return families
}

// find returns the sample that has the labels "name=value,…".
func find(t testing.TB, families map[string]*dto.MetricFamily, name, labels string) *dto.Metric {
	t.Helper()
	f := families[name]
	if f == nil {
		t.Fatalf("there is no %s", name)
	}
	for _, m := range f.Metric {
		var have []string
		for _, l := range m.Label {
			have = append(have, l.GetName()+"="+l.GetValue())
		}
		if strings.Join(have, ",") == labels {
			return m
		}
	}
	t.Fatalf("there is no %s{%s} among %v", name, labels, f.Metric)
	return nil
}

func amount(m *dto.Metric) float64 { return m.GetCounter().GetValue() + m.GetGauge().GetValue() }

func TestExposition(t *testing.T) {
	m := New(sources())
	m.Observe("exec.run", "ok", 3*time.Millisecond)
	m.Observe("exec.run", "ok", 30*time.Microsecond)
	m.Observe("exec.run", "busy", time.Hour)
	m.Observe("kernel.status", "ok", -time.Second)
	m.ObserveExecution(2 * time.Millisecond)
	families := parse(t, m)
	for _, tt := range []struct {
		name, labels string
		want         float64
	}{
		{"llmspell_kernel_requests_total", "method=exec.run,status=ok", 2},
		{"llmspell_kernel_requests_total", "method=exec.run,status=busy", 1},
		{"llmspell_kernel_requests_total", "method=kernel.status,status=ok", 1},
		{"llmspell_kernel_active_connections", "", 3},
		{"llmspell_kernel_refused_connections_total", "", 4},
		{"llmspell_kernel_output_dropped_bytes_total", "", 4096},
		{"llmspell_kernel_ready", "", 1},
		{"llmspell_sessions", "", 2},
		{"llmspell_sessions_opened_total", "", 9},
		{"llmspell_executions_submitted_total", "", 20},
		{"llmspell_executions_total", "outcome=failed", 5},
		{"llmspell_executions_running", "", 2},
		{"llmspell_executions_queued", "", 2},
		{"llmspell_tool_invocations_total", `tool=a "tool",status=success`, 7},
		{"llmspell_tool_invocations_total", `tool=a "tool",status=error`, 3},
		{"llmspell_tool_errors_total", `tool=a "tool",code=timeout`, 2},
		{"llmspell_tool_errors_total", `tool=a "tool",code=other`, 1},
		{"llmspell_tool_in_flight", `tool=a "tool"`, 1},
		{"llmspell_tool_cache_bytes", "", 1 << 20},
		{"llmspell_state_operations_total", "operation=get,status=success", 99},
		{"llmspell_state_operations_total", "operation=get,status=error", 1},
		{"llmspell_events_dropped_total", "", 6},
		{"llmspell_hook_failures_total", "", 2},
		{"llmspell_hook_breakers_open", "", 1},
		{"llmspell_build_info", "id=k1,version=1.2.3", 1},
		{"process_start_time_seconds", "", 1_700_000_000},
	} {
		if got := amount(find(t, families, tt.name, tt.labels)); got != tt.want {
			t.Errorf("%s{%s} is %v, want %v", tt.name, tt.labels, got, tt.want)
		}
	}
	for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_cpu_seconds_total", "process_resident_memory_bytes"} {
		if v := amount(find(t, families, name, "")); v <= 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	h := find(t, families, "llmspell_kernel_request_duration_seconds", "method=exec.run").GetHistogram()
	if h.GetSampleCount() != 3 || math.Abs(h.GetSampleSum()-3600.00303) > 1e-9 {
		t.Errorf("the histogram counts %d requests of %v s", h.GetSampleCount(), h.GetSampleSum())
	}
	checkHistogram(t, h, map[float64]uint64{25e-6: 0, 50e-6: 1, 0.0025: 1, 0.005: 2, 300: 2})
	checkHistogram(t, find(t, families, "llmspell_tool_duration_seconds", `tool=a "tool"`).GetHistogram(), map[float64]uint64{1e-5: 0, 1e-4: 1, 1e-3: 3, 1e-2: 6, 10: 6})
}

func checkHistogram(t *testing.T, h *dto.Histogram, want map[float64]uint64) {
	t.Helper()
	last := uint64(0)
	for _, b := range h.Bucket {
		if n, ok := want[b.GetUpperBound()]; ok && b.GetCumulativeCount() != n {
			t.Errorf("%d samples up to %v, want %d", b.GetCumulativeCount(), b.GetUpperBound(), n)
		}
		delete(want, b.GetUpperBound())
		if b.GetCumulativeCount() < last {
			t.Errorf("the buckets are not cumulative: %v", h.Bucket)
		}
		last = b.GetCumulativeCount()
	}
	if len(want) > 0 {
		t.Errorf("there are no buckets for %v", want)
	}
}

func TestNoSources(t *testing.T) {
	families := parse(t, New(Sources{}))
	for name := range families {
		if strings.HasPrefix(name, "llmspell_tool") || strings.HasPrefix(name, "llmspell_hook") || strings.HasPrefix(name, "llmspell_sessions") {
			t.Errorf("nobody tells of %s", name)
		}
	}
	if v := amount(find(t, families, "llmspell_kernel_ready", "")); v != 1 {
		t.Errorf("ready is %v", v)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	m := New(Sources{})
	for i := range 1000 {
		m.Observe(fmt.Sprint("method", i), "ok", 0)
		m.Observe("method0", fmt.Sprint("status", i), 0)
	}
	requests := *m.requests.Load()
	if len(requests) != maxMethods || len(*requests["method0"].statuses.Load()) != maxStatuses {
		t.Errorf("%d methods, %d statuses", len(requests), len(*requests["method0"].statuses.Load()))
	}
	families := parse(t, m)
	if v := amount(find(t, families, "llmspell_kernel_requests_total", "method=other,status=ok")); v != 1000-maxMethods+1 {
		t.Errorf("%v requests of other methods", v)
	}
	if v := amount(find(t, families, "llmspell_kernel_requests_total", "method=method0,status=other")); v != 1000-maxStatuses+2 {
		t.Errorf("%v requests with other statuses", v)
	}
}

func TestUnknownMethods(t *testing.T) {
	m := New(Sources{Methods: []string{"a", "b"}})
	for _, name := range []string{"x", "a", "y", "b", "a"} {
		m.Observe(name, "ok", 0)
	}
	families := parse(t, m)
	for name, want := range map[string]float64{"a": 2, "b": 1, Other: 2} {
		if v := amount(find(t, families, "llmspell_kernel_requests_total", "method="+name+",status=ok")); v != want {
			t.Errorf("%v requests of %s, want %v", v, name, want)
		}
	}
}

func TestHostileLabels(t *testing.T) {
	for _, name := range []string{"", "\n", `\`, `"`, "a\nb", "\xff", "ä€", "}", "# HELP", `\n`, "\x00"} {
		m := New(Sources{})
		m.Observe(name, "ok", 0)
		want := strings.ToValidUTF8(name, "\ufffd")
		find(t, parse(t, m), "llmspell_kernel_requests_total", "method="+want+",status=ok")
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 1.5: "1.5", 1e15: "1000000000000000", 1e300: "1e+300", 2.5e-5: "2.5e-05", math.Inf(1): "+Inf", math.Inf(-1): "-Inf",
	} {
		if got := string(appendNumber(nil, v)); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	if got := string(appendNumber(nil, math.NaN())); got != "NaN" {
		t.Errorf("NaN is written %s", got)
	}
}

func TestBuckets(t *testing.T) {
	limits := bounds()
	for i, limit := range limits {
		if got := bucketOf(limit); got != i {
			t.Errorf("%v is in bucket %d, want %d", limit, got, i)
		}
		if got := bucketOf(limit + 1); got != i+1 {
			t.Errorf("%v is in bucket %d, want %d", limit+1, got, i+1)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	m := New(sources())
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for j := range 2000 {
				m.Observe(fmt.Sprint("m", (i+j)%100), []string{"ok", "error"}[j%2], time.Duration(j)*time.Microsecond)
			}
		})
	}
	for range 20 {
		parse(t, m)
	}
	work.Wait()
	sum := 0.0
	for _, s := range parse(t, m)["llmspell_kernel_requests_total"].Metric {
		sum += amount(s)
	}
	if sum != 8000 {
		t.Errorf("%v of 8000 requests were counted", sum)
	}
}

func TestNotReady(t *testing.T) {
	m := New(Sources{Ready: func() error { return errors.New("it drains") }})
	if v := amount(find(t, parse(t, m), "llmspell_kernel_ready", "")); v != 0 {
		t.Errorf("ready is %v", v)
	}
}

func BenchmarkObserve(b *testing.B) {
	m := New(Sources{})
	b.ReportAllocs()
	for b.Loop() {
		m.Observe("tool.invoke", "ok", 130*time.Microsecond)
	}
}

func BenchmarkObserveParallel(b *testing.B) {
	m := New(Sources{})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Observe("tool.invoke", "ok", 130*time.Microsecond)
		}
	})
}

func BenchmarkScrape(b *testing.B) {
	m := New(sources())
	for i := range 40 {
		m.Observe(fmt.Sprint("m", i), "ok", 0)
	}
	var out []byte
	for b.Loop() {
		out = m.Append(out[:0])
	}
	b.ReportMetric(float64(len(out)), "bytes")
}

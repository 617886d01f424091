package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// Append appends all figures, as they are now, in Prometheus' text format.
func (m *Metrics) Append(out []byte) []byte {
	t := &text{out: out}
	m.writeRequests(t)
	m.writeSessions(t)
	m.writeTools(t)
	m.writeServices(t)
	t.one("llmspell_build_info", gauge, "Always 1; the labels say which kernel this is.", 1,
		label{"id", m.sources.ID}, label{"version", m.sources.Version})
	writeGo(t)
	writeProcess(t, m.started)
	return t.out
}

func (m *Metrics) writeRequests(t *text) {
	requests := *m.requests.Load()
	names := slices.Sorted(maps.Keys(requests))
	t.family("llmspell_kernel_requests_total", counter, "Requests of clients that were answered, by method and how they ended.")
	for _, name := range names {
		statuses := *requests[name].statuses.Load()
		for _, status := range slices.Sorted(maps.Keys(statuses)) {
			t.sample("llmspell_kernel_requests_total", float64(statuses[status].Load()), label{"method", name}, label{"status", status})
		}
	}
	t.family("llmspell_kernel_request_duration_seconds", distribution, "Time from a request to its answer, by method.")
	for _, name := range names {
		t.histogram("llmspell_kernel_request_duration_seconds", &requests[name].durations, label{"method", name})
	}
	if f := m.sources.Connections; f != nil {
		t.one("llmspell_kernel_active_connections", gauge, "Clients that are connected.", float64(f()))
	}
	if f := m.sources.Refused; f != nil {
		t.one("llmspell_kernel_refused_connections_total", counter, "Connections that were turned away: too many, or without a right to connect.", float64(f()))
	}
	if f := m.sources.Dropped; f != nil {
		t.one("llmspell_kernel_output_dropped_bytes_total", counter, "Output of scripts that was lost because its client was too slow.", float64(f()))
	}
}

func (m *Metrics) writeSessions(t *text) {
	if f := m.sources.Sessions; f != nil {
		s := f()
		t.one("llmspell_sessions", gauge, "Sessions that exist.", float64(s.Open))
		t.one("llmspell_sessions_opened_total", counter, "Sessions that were opened.", float64(s.Opened))
	}
	if f := m.sources.Executions; f != nil {
		e := f()
		t.one("llmspell_executions_submitted_total", counter, "Executions that were asked for.", float64(e.Submitted))
		t.family("llmspell_executions_total", counter, "Executions that have ended, by outcome.")
		for _, o := range []struct {
			name  string
			count int64
		}{{"completed", e.Completed}, {"failed", e.Failed}, {"interrupted", e.Interrupted}} {
			t.sample("llmspell_executions_total", float64(o.count), label{"outcome", o.name})
		}
		t.one("llmspell_executions_running", gauge, "Executions that run.", float64(e.Running))
		t.one("llmspell_executions_queued", gauge, "Executions that wait for their turn.", float64(e.Queued))
	}
	t.family("llmspell_execution_duration_seconds", distribution, "Time that executions have run, without that in the queue.")
	t.histogram("llmspell_execution_duration_seconds", &m.executions)
}

func (m *Metrics) writeTools(t *text) {
	if m.sources.Tools == nil {
		return
	}
	s := m.sources.Tools()
	perTool := func(name string, k kind, help string, value func(*tools.ToolMetrics) int64) {
		t.family(name, k, help)
		for i := range s.Tools {
			t.sample(name, float64(value(&s.Tools[i])), label{"tool", s.Tools[i].Tool})
		}
	}
	t.family("llmspell_tool_invocations_total", counter, "Calls of tools that have ended, by tool and success.")
	for i := range s.Tools {
		e := &s.Tools[i]
		failed := int64(0)
		for _, n := range e.Errors {
			failed += n
		}
		t.sample("llmspell_tool_invocations_total", float64(max(0, e.Calls-failed)), label{"tool", e.Tool}, label{"status", "success"})
		t.sample("llmspell_tool_invocations_total", float64(failed), label{"tool", e.Tool}, label{"status", "error"})
	}
	t.family("llmspell_tool_errors_total", counter, "Calls of tools that have failed, by tool and code of the error.")
	for i := range s.Tools {
		for _, code := range slices.Sorted(maps.Keys(s.Tools[i].Errors)) {
			t.sample("llmspell_tool_errors_total", float64(s.Tools[i].Errors[code]), label{"tool", s.Tools[i].Tool}, label{"code", codeLabel(code)})
		}
	}
	limits := tools.HistogramBounds()
	t.family("llmspell_tool_duration_seconds", distribution, "Time that calls of tools took, by tool.")
	for i := range s.Tools {
		e := &s.Tools[i]
		cumulative, total := make([]uint64, len(e.Histogram)), uint64(0)
		for j, n := range e.Histogram {
			total += uint64(n)
			cumulative[j] = total
		}
		t.buckets("llmspell_tool_duration_seconds", limits[:], cumulative, e.Total, label{"tool", e.Tool})
	}
	perTool("llmspell_tool_in_flight", gauge, "Calls of tools that have not ended.", func(e *tools.ToolMetrics) int64 { return e.InFlight })
	perTool("llmspell_tool_retries_total", counter, "Calls that were tried again after a temporary error.", func(e *tools.ToolMetrics) int64 { return e.Retries })
	perTool("llmspell_tool_cache_answers_total", counter, "Calls that were answered with the result of another.", func(e *tools.ToolMetrics) int64 { return e.CacheHits })
	perTool("llmspell_tool_abandoned_total", counter, "Calls that were answered although the tool had not stopped.", func(e *tools.ToolMetrics) int64 { return e.Abandoned })
	t.one("llmspell_tool_cache_entries", gauge, "Results of tools that are kept.", float64(s.Cache.Entries))
	t.one("llmspell_tool_cache_bytes", gauge, "Size of the results of tools that are kept.", float64(s.Cache.Bytes))
}

// codeLabel is the code of an error; those without a counter of their own share one.
func codeLabel(c tool.Code) string {
	if c == "" {
		return Other
	}
	return string(c)
}

func (m *Metrics) writeServices(t *text) {
	if f := m.sources.State; f != nil {
		list := f()
		t.family("llmspell_state_operations_total", counter, "Operations on the database of values, by name and success.")
		for _, o := range list {
			t.sample("llmspell_state_operations_total", float64(max(0, o.Count-o.Errors)), label{"operation", o.Name}, label{"status", "success"})
			t.sample("llmspell_state_operations_total", float64(o.Errors), label{"operation", o.Name}, label{"status", "error"})
		}
	}
	if f := m.sources.Events; f != nil {
		e := f()
		t.one("llmspell_events_published_total", counter, "Events that were published.", float64(e.Published))
		t.one("llmspell_events_delivered_total", counter, "Events that were put into the queues of subscriptions.", float64(e.Delivered))
		t.one("llmspell_events_dropped_total", counter, "Events that were lost because a subscription's queue was full.", float64(e.Dropped))
		t.one("llmspell_events_subscriptions", gauge, "Subscriptions.", float64(e.Subscriptions))
		t.one("llmspell_events_queued", gauge, "Events that wait in the queues of subscriptions.", float64(e.Queued))
	}
	if f := m.sources.Hooks; f != nil {
		h := f()
		t.one("llmspell_hooks", gauge, "Hooks that are registered.", float64(h.Registered))
		t.one("llmspell_hook_calls_total", counter, "Calls of hooks.", float64(h.Calls))
		t.one("llmspell_hook_failures_total", counter, "Calls of hooks that have failed.", float64(h.Failures))
		t.one("llmspell_hook_breakers_open", gauge, "Hooks that are left out because they fail or are slow.", float64(h.BreakersOpen))
		t.one("llmspell_hook_breakers_tripped_total", counter, "How often a hook was left out because it failed or was slow.", float64(h.BreakersTripped))
	}
	if f := m.sources.Points; f != nil {
		t.family("llmspell_hook_points_total", counter, "How often a hook point was passed, if hooks.builtin.metrics counts that.")
		for _, p := range f() {
			t.sample("llmspell_hook_points_total", float64(p.Count), label{"point", string(p.Point)}, label{"component", p.Component})
		}
	}
	ready := 1.0
	if f := m.sources.Ready; f != nil && f() != nil {
		ready = 0
	}
	t.one("llmspell_kernel_ready", gauge, "1 if the kernel takes work.", ready)
	t.one("llmspell_kernel_uptime_seconds", gauge, "Time since the kernel began.", time.Since(m.started).Seconds())
}

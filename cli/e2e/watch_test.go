//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// scrape reads the metrics of a kernel: the text, and the sum of the samples of each
// name.
func scrape(t *testing.T, address string) (string, map[string]float64) {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value := "", 0.0
		if m := regexp.MustCompile(`^(\w+)(?:\{.*\})? (\S+)$`).FindStringSubmatch(line); m != nil {
			if _, err := fmt.Sscan(m[2], &value); err != nil {
				t.Fatal(line)
			}
			name = m[1]
		}
		sums[name] += value
	}
	return string(text), sums
}

// All that docs/observability.md and the dashboard name is in the metrics of a kernel
// that has worked, and what the work should move has moved.
func TestMetricsOfWork(t *testing.T) {
	w := newWorld(t)
	config := w.write("kernel.toml", "[hooks.builtin]\nmetrics = true\n[runtime.sessions]\nenabled = true\n")
	s := w.daemon("dev", "--metrics-port", "0", "--max-clients", "3", "--config", config)
	_, before := scrape(t, s.MetricsAddress)
	w.ok("exec", "--connect", "dev", `
		State.set('a', 1) State.get('a')
		Hook.register('BeforeToolExecution', function() error('on purpose') end)
		local id = Event.subscribe('x.*') Event.publish('x.y', {}) Event.receive(id, 1000)
		Tool.execute('calculator', {expression = '1+1'})
		pcall(Tool.execute, 'calculator', {expression = '1+'})
		pcall(Tool.execute, 'file-operations', {operation = 'read', path = 'none'})`)
	w.fails(1, "on purpose", "exec", "--connect", "dev", "error('on purpose')")
	text, after := scrape(t, s.MetricsAddress)

	docs, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	dashboard, err := os.ReadFile("../../docs/grafana/llmspell.json")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z][a-z_]+)` \\|").FindAllStringSubmatch(string(docs), -1) {
		names[m[1]] = true
	}
	if len(names) < 50 {
		t.Fatalf("only %d names in the documentation", len(names))
	}
	for _, name := range regexp.MustCompile(`\b(?:llmspell|process|go)_[a-z_]+`).FindAllString(string(dashboard), -1) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		names[name] = true
	}
	for name := range names {
		if !strings.Contains(text, "# TYPE "+name+" ") {
			t.Errorf("there is no %s", name)
		}
	}
	moves := []string{
		"llmspell_kernel_requests_total", "llmspell_kernel_request_duration_seconds_count", "llmspell_executions_submitted_total", "llmspell_executions_total",
		"llmspell_execution_duration_seconds_count", "llmspell_sessions_opened_total", "llmspell_state_operations_total", "llmspell_events_published_total",
		"llmspell_events_delivered_total", "llmspell_hook_calls_total", "llmspell_hook_failures_total", "llmspell_hook_points_total", "llmspell_tool_invocations_total",
		"llmspell_tool_errors_total", "llmspell_tool_duration_seconds_count", "process_cpu_seconds_total", "llmspell_kernel_uptime_seconds",
	}
	eventually(t, func() error { // the processor's time is counted in large steps, and a request when its answer is out
		for _, name := range moves {
			if after[name] <= before[name] {
				_, after = scrape(t, s.MetricsAddress)
				return fmt.Errorf("%s did not move: %v, then %v", name, before[name], after[name])
			}
		}
		return nil
	})

	// A fourth client is one too many.
	for range 3 {
		p := w.start(nil, "events", "tail", "--connect", "dev")
		p.sees(p.err, "watching kernel dev")
	}
	w.fails(5, "no more than 3 clients", "exec", "--connect", "dev", "return 1")
	if _, now := scrape(t, s.MetricsAddress); now["llmspell_kernel_refused_connections_total"] != 1 || now["llmspell_kernel_active_connections"] != 3 {
		t.Errorf("%v refused, %v connected", now["llmspell_kernel_refused_connections_total"], now["llmspell_kernel_active_connections"])
	}
}

// What happens to a kernel and its sessions is told as events, and to the hooks of
// scripts that run.
func TestSystemEvents(t *testing.T) {
	w := newWorld(t)
	config := w.write("kernel.toml", "[kernel]\nmax_sessions = 50\n[hooks.thresholds]\noperation_ms = 1\n[hooks.builtin]\ndeny_tools = ['hash-*']\n")
	s := w.daemon("dev", "--config", config)
	tail := w.start(nil, "events", "tail", "*", "--connect", "dev", "--format", "json")
	tail.sees(tail.err, "watching kernel dev")
	script := w.write("hooks.lua", `
		for _, p in ipairs{'ConfigurationChange', 'PerformanceThresholdExceeded', 'SystemShutdown'} do
			Hook.register(p, function(ctx)
				io.stderr:write(p, ' ', ctx.data.keys and ctx.data.keys[1] or ctx.data.operation or ctx.data.reason, '\n')
				over = p == 'SystemShutdown'
			end)
		end
		print(pcall(Tool.execute, 'hash-calculator', {operation = 'hash', input = 'x'}))
		io.stderr:write('ready\n')
		while not over do end`)
	p := w.start(nil, "run", "--connect", "dev", script)
	p.sees(p.err, "ready")
	w.write("kernel.toml", "[kernel]\nmax_sessions = 51\n[hooks.thresholds]\noperation_ms = 1\n[hooks.builtin]\ndeny_tools = ['hash-*']\n")
	if err := syscall.Kill(s.PID, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.sees(p.err, "ConfigurationChange kernel.max_sessions\n")
	w.ok("exec", "--connect", "dev", "local n = 0 for i = 1, 1e6 do n = n + i end")
	p.sees(p.err, "PerformanceThresholdExceeded execution\n")
	tail.sees(tail.out, "session.closed")
	w.ok("kernel", "stop", "dev", "--timeout", "10m")
	r := p.end()
	contains(t, "the script", r.errout, "SystemShutdown drain\n")
	contains(t, "the denied tool", r.out, "the configuration denies the tool hash-calculator")
	types := map[string]map[string]any{}
	for line := range strings.Lines(tail.end().out) {
		var e struct {
			Type string `json:"event_type"`
			Data map[string]any
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		types[e.Type] = e.Data
	}
	if types["kernel.stopping"]["id"] != "dev" || types["kernel.stopping"]["reason"] != "drain" || fmt.Sprint(types["kernel.config_reloaded"]["keys"]) != "[kernel.max_sessions]" ||
		types["session.created"] == nil || types["execution.completed"] == nil {
		t.Errorf("%v", types)
	}
}

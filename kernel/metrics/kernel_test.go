package metrics

import (
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// TestOfKernel runs scripts in a kernel and reads what an operator would see.
func TestOfKernel(t *testing.T) {
	var m *Metrics
	k := kernel.New(kernel.Options{ID: "k2", Ended: func(_ *kernel.Execution, o kernel.Outcome) { m.ObserveExecution(o.Duration) }})
	defer k.Close()
	m = New(OfKernel(k, "0.1"))
	run := func(h *kernel.Hosted, code string) {
		t.Helper()
		x, err := h.Submit(t.Context(), kernel.Request{Code: code})
		if err != nil {
			t.Fatal(err)
		}
		x.Outcome()
	}
	for _, id := range []string{"a", "b"} {
		h, err := k.Open(kernel.SessionOptions{ID: id, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		run(h, `return Tool.execute("calculator", {input = "2+2"})`)
		if id == "a" {
			run(h, `Tool.execute("calculator", {input = "2+"})`)
			h.Close()
		}
	}
	families := parse(t, m)
	for _, tt := range []struct {
		name, labels string
		want         float64
	}{
		{"llmspell_build_info", "id=k2,version=0.1", 1},
		{"llmspell_sessions", "", 1},
		{"llmspell_sessions_opened_total", "", 2},
		{"llmspell_executions_submitted_total", "", 3},
		{"llmspell_executions_total", "outcome=completed", 2},
		{"llmspell_executions_total", "outcome=failed", 1},
		{"llmspell_executions_running", "", 0},
		{"llmspell_tool_invocations_total", "tool=calculator,status=success", 2},
		{"llmspell_tool_invocations_total", "tool=calculator,status=error", 1},
		{"llmspell_events_queued", "", 0},
		{"llmspell_hooks", "", 0},
	} {
		if got := amount(find(t, families, tt.name, tt.labels)); got != tt.want {
			t.Errorf("%s{%s} is %v, want %v", tt.name, tt.labels, got, tt.want)
		}
	}
	if h := find(t, families, "llmspell_execution_duration_seconds", "").GetHistogram(); h.GetSampleCount() != 3 || h.GetSampleSum() <= 0 {
		t.Errorf("%d executions took %v s", h.GetSampleCount(), h.GetSampleSum())
	}
}

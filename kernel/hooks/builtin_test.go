package hooks

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func tool(p Point, name string) *Call { return &Call{Point: p, Component: Component{"tool", name}} }

func TestBuiltins(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	c := newClock()
	m := &Metrics{}
	r := New(Options{Log: zap.New(core), Now: c.now})
	if err := r.Builtin(Builtins{Logging: true, Metrics: m, ToolsPerMinute: 60, RetryAttempts: 3, DenyTools: []string{"process-*"}}); err != nil {
		t.Fatal(err)
	}
	var cancelled *CancelledError
	if _, err := r.Ask(background, tool(BeforeToolExecution, "process-executor")); !errors.As(err, &cancelled) || !strings.Contains(err.Error(), "denies") {
		t.Errorf("security: %v", err)
	}
	for i := range 60 {
		if _, err := r.Ask(background, tool(BeforeToolExecution, "calculator")); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if _, err := r.Ask(background, tool(BeforeToolExecution, "calculator")); err == nil || !strings.Contains(err.Error(), "try again in 1s") {
		t.Errorf("rate limit: %v", err)
	}
	c.add(time.Second)
	if _, err := r.Ask(background, tool(BeforeToolExecution, "calculator")); err != nil {
		t.Errorf("a second later: %v", err)
	}
	for _, tt := range []struct {
		code        string
		sideEffects bool
		attempt     int
		want        Kind
		delay       time.Duration
	}{
		{"timeout", false, 1, Retry, 200 * time.Millisecond}, {"remote_error", false, 2, Retry, 400 * time.Millisecond},
		{"timeout", false, 3, Continue, 0}, {"timeout", true, 1, Continue, 0}, {"validation_error", false, 1, Continue, 0},
	} {
		call := tool(ToolError, "http-request")
		call.Data = map[string]any{"error": map[string]any{"code": tt.code}}
		call.Metadata = map[string]any{"side_effects": tt.sideEffects, "attempt": tt.attempt}
		if out := r.Run(background, call); out.Kind != tt.want || out.Delay != tt.delay {
			t.Errorf("%+v: %v after %v", tt, out.Kind, out.Delay)
		}
	}
	counts := m.Counts()
	if len(counts) != 2 || counts[0] != (PointCount{BeforeToolExecution, "tool", 61}) || counts[1] != (PointCount{ToolError, "tool", 3}) {
		t.Errorf("counted %v", counts)
	}
	if n := logs.FilterMessage("hook point").Len(); n != 64 {
		t.Errorf("%d lines", n)
	}
}

func TestUsage(t *testing.T) {
	r := New(Options{})
	m := &Metrics{}
	if err := r.Builtin(Builtins{Metrics: m}); err != nil {
		t.Fatal(err)
	}
	u := NewUsage(r.Notify, Thresholds{Memory: 1000, CPU: 80, Operation: time.Second})
	for _, memory := range []uint64{500, 1000, 2000, 950, 1000, 899, 1500} { // passed at 1000 and 1500
		u.Sample(background, memory, 10)
	}
	u.Sample(background, 0, 80)
	u.Took(background, Component{"tool", "x"}, "execute", time.Second)
	u.Took(background, Component{"tool", "x"}, "execute", 2*time.Second)
	want := []PointCount{{CPUUsageHigh, "system", 1}, {MemoryUsageHigh, "system", 2}, {PerformanceThresholdExceeded, "tool", 1}}
	got := m.Counts()
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
	NewUsage(r.Notify, Thresholds{}).Sample(background, 1<<60, 1e9)
	if len(m.Counts()) != 3 || m.Counts()[1].Count != 2 {
		t.Error("fired without a threshold")
	}
}

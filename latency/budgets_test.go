//go:build !race

package latency

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestBudgets measures everything that has a budget and prints one table.
func TestBudgets(t *testing.T) {
	binary := build(t)
	tcp := overTCP(serveTCP(t, binary))
	unix := overUnix(serveUnix(t, binary))
	stdio := overStdio(binary)
	r := &report{}
	for _, tt := range []struct {
		name string
		run  func(*testing.T, *report)
	}{
		{"StepTCP", func(t *testing.T, r *report) { budgetSteps(t, r, "tcp", tcp) }},
		{"StepStdio", func(t *testing.T, r *report) { budgetSteps(t, r, "stdio", stdio) }},
		{"StepUnix", func(t *testing.T, r *report) { budgetSteps(t, r, "unix socket", unix) }},
		{"LoadTCP", func(t *testing.T, r *report) { budgetLoad(t, r, "tcp", tcp) }},
		{"LoadStdio", func(t *testing.T, r *report) { budgetLoad(t, r, "stdio", stdio) }},
		{"LoadUnix", func(t *testing.T, r *report) { budgetLoad(t, r, "unix socket", unix) }},
		{"Launch", func(t *testing.T, r *report) { budgetLaunch(t, r, tcp, stdio) }},
		{"Pause", func(t *testing.T, r *report) { budgetPause(t, r, tcp) }},
		{"Page", func(t *testing.T, r *report) { budgetPage(t, r, tcp) }},
		{"Scripts", budgetScripts},
		{"Condition", budgetCondition},
		{"DataBreakpoint", budgetData},
		{"Calculator", budgetCalculator},
		{"Registry", budgetRegistry},
		{"JSON", budgetJSON},
		{"Parallel", budgetParallel},
		{"Memory", func(t *testing.T, r *report) { budgetMemory(t, r, binary) }},
		{"Exec", func(t *testing.T, r *report) { budgetExec(t, r, binary) }},
		{"ToolCommand", func(t *testing.T, r *report) { budgetToolCommand(t, r, binary) }},
		{"Message", budgetMessage},
		{"Interrupt", budgetInterrupt},
		{"Session", budgetSession},
		{"State", budgetState},
		{"DaemonReady", func(t *testing.T, r *report) { budgetDaemonReady(t, r, binary) }},
		{"Socket", func(t *testing.T, r *report) { budgetSocket(t, r, binary) }},
		{"IdleMemory", func(t *testing.T, r *report) { budgetIdleMemory(t, r, binary) }},
		{"Hooks", budgetHooks},
		{"Events", budgetEvents},
		{"Vectors", budgetVectors},
		{"Graph", budgetGraph},
		{"Measures", budgetMeasures},
		{"LSP", func(t *testing.T, r *report) { budgetLSP(t, r, binary) }},
		{"Retrieval", budgetRetrieval},
		{"LSPMemory", func(t *testing.T, r *report) { budgetLSPMemory(t, r, binary) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			tt.run(t, r)
			t.Logf("measured in %v", time.Since(start).Round(10*time.Millisecond))
		})
	}
	t.Logf("\n%s", r)
}

// session is the path of a script in testdata.
func session(tb testing.TB, name string) string {
	tb.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// lineOf returns the line of a script that a comment marks.
func lineOf(tb testing.TB, path, mark string) int {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	before, _, found := bytes.Cut(text, []byte("-- "+mark+"\n"))
	if !found {
		tb.Fatalf("%s marks no line with %q", path, "-- "+mark)
	}
	return bytes.Count(before, []byte("\n")) + 1
}

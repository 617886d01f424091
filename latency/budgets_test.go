//go:build !race

package latency

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestBudgets measures everything that has a budget. A section that misses one is measured a
// second time after all the others, and that time counts: by then a neighbour that was busy for
// minutes has gone, and a change that made something slow has not. What is over its budget is
// printed, with -v the whole table.
func TestBudgets(t *testing.T) {
	binary := build(t)
	tcp := overTCP(serveTCP(t, binary))
	unix := overUnix(serveUnix(t, binary))
	stdio := overStdio(binary)
	var all report
	var missed []section
	for _, s := range []section{
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
		{"Parse", budgetParse},
		{"Retrieval", budgetRetrieval},
		{"LSPMemory", func(t *testing.T, r *report) { budgetLSPMemory(t, r, binary) }},
	} {
		r := &report{first: true}
		s.measure(t, r)
		if r.over > 0 {
			missed = append(missed, s)
			continue
		}
		all.rows = append(all.rows, r.rows...)
	}
	for _, s := range missed {
		s.measure(t, &all)
	}
	if !testing.Verbose() {
		all.rows = slices.DeleteFunc(all.rows, func(r row) bool { return !r.over })
	}
	t.Logf("\n%s", &all)
}

// section is what is measured together.
type section struct {
	name string
	run  func(*testing.T, *report)
}

// measure is a subtest that measures the section.
func (s section) measure(t *testing.T, r *report) {
	t.Run(s.name, func(t *testing.T) {
		start := time.Now()
		s.run(t, r)
		t.Logf("measured in %v", time.Since(start).Round(10*time.Millisecond))
	})
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

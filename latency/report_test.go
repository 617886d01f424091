//go:build !race

package latency

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// report collects figures, and judges them, for one table at the end.
type report struct {
	rows  []row
	first bool // is it a first try, in which what is over its budget fails nothing
	over  int  // how many rows are over their budgets
}

type row struct {
	what, figure, budget, machine, claim, verdict string
	over                                          bool
}

// duration records a duration for information.
func (r *report) duration(what string, got time.Duration) {
	r.rows = append(r.rows, row{what: what, figure: shown(got)})
}

// percentile records a percentile of what counts. The test fails if it is longer than the
// budget allows on this machine now; with budget 0 it is there for information.
func (r *report) percentile(tb testing.TB, what string, s series, p float64, budget time.Duration) {
	tb.Helper()
	if budget == 0 {
		r.duration(what, s.percentile(p))
		return
	}
	r.judgeHere(tb, what, shown(s.percentile(p)), "≤ "+shown(budget), s.factor(p), s.share(p, budget) <= 1)
}

// ratio records a ratio, as duration does.
func (r *report) ratio(tb testing.TB, what string, got, budget float64) {
	tb.Helper()
	limit := ""
	if budget > 0 {
		limit = fmt.Sprintf("≤ %.2fx", budget)
	}
	r.judge(tb, what, fmt.Sprintf("%.3fx", got), limit, budget <= 0 || got <= budget)
}

// rate records how often something is done in a second, if it is done so many times in the
// quickest sample. The test fails if that is less than least on this machine now.
func (r *report) rate(tb testing.TB, what string, s series, times int, least float64) {
	tb.Helper()
	got := float64(times) / s.percentile(0).Seconds()
	r.judgeHere(tb, what, fmt.Sprintf("%.0f /s", got), fmt.Sprintf("≥ %.0f /s", least), s.factor(0), got*s.factor(0) >= least)
}

// judgeHere is judge for a limit that depends on the machine.
func (r *report) judgeHere(tb testing.TB, what, figure, limit string, factor float64, ok bool) {
	tb.Helper()
	r.judge(tb, what, figure, fmt.Sprintf("%s, on this machine now %.2f times", limit, factor), ok)
	last := &r.rows[len(r.rows)-1]
	last.budget, last.machine = limit, fmt.Sprintf("%.2fx", factor)
}

// memory records a number of bytes, as duration does.
func (r *report) memory(tb testing.TB, what string, got, budget int64) {
	tb.Helper()
	limit := ""
	if budget > 0 {
		limit = fmt.Sprintf("≤ %.1f MB", float64(budget)/(1<<20))
	}
	r.judge(tb, what, fmt.Sprintf("%.1f MB", float64(got)/(1<<20)), limit, budget <= 0 || got <= budget)
}

// note adds a remark to the last row.
func (r *report) note(format string, args ...any) {
	last := &r.rows[len(r.rows)-1]
	last.verdict = strings.TrimPrefix(last.verdict+", "+fmt.Sprintf(format, args...), ", ")
}

// claimed adds to the last row what the original llmspell says of itself.
func (r *report) claimed(figure string) { r.rows[len(r.rows)-1].claim = figure }

// took tells how many measurements the last row needed, if more than one.
func (r *report) took(n int) {
	if n > 1 {
		r.note("after %d measurements", n)
	}
}

func (r *report) judge(tb testing.TB, what, figure, limit string, ok bool) {
	tb.Helper()
	verdict := ""
	if limit != "" {
		verdict = "ok"
	}
	if !ok {
		verdict = "OVER BUDGET"
		r.over++
		say := tb.Errorf
		if r.first {
			say = tb.Logf
		}
		say("%s: %s, the budget is %s", what, figure, limit)
	}
	r.rows = append(r.rows, row{what: what, figure: figure, budget: limit, verdict: verdict, over: !ok})
}

func (r *report) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "measure\tfigure\tbudget\tmachine\tthe original claims\t")
	for _, row := range r.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", row.what, row.figure, row.budget, row.machine, row.claim, row.verdict)
	}
	w.Flush()
	return b.String()
}

// shown rounds a duration to what a measurement can tell.
func shown(d time.Duration) string {
	switch {
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d >= 10*time.Microsecond:
		return d.Round(time.Microsecond).String()
	}
	return d.String()
}

// failures counts the errors that a report reports.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper()               {}
func (f *failures) Logf(string, ...any)   {}
func (f *failures) Errorf(string, ...any) { f.n++ }

// took is a series of one sample, on a machine whose yardstick takes so many times as long as usual.
func took(d time.Duration, factor float64) series {
	s := stick{units: 1000}
	return series{own: samples{d}, stick: s, yard: samples{time.Duration(factor * float64(s.usual(50)))}}
}

func TestReportJudges(t *testing.T) {
	for _, tt := range []struct {
		name   string
		record func(*report, testing.TB)
		fails  bool
		want   string
	}{
		{"duration within", func(r *report, tb testing.TB) {
			r.percentile(tb, "x", took(2*time.Millisecond, 1), 50, 2*time.Millisecond)
		}, false, "ok"},
		{"duration beyond", func(r *report, tb testing.TB) {
			r.percentile(tb, "x", took(2001*time.Microsecond, 1), 50, 2*time.Millisecond)
		}, true, "OVER BUDGET"},
		{"duration on a machine that is slow", func(r *report, tb testing.TB) {
			r.percentile(tb, "x", took(3*time.Millisecond, 1.5), 50, 2*time.Millisecond)
		}, false, "ok"},
		{"duration beyond that too", func(r *report, tb testing.TB) {
			r.percentile(tb, "x", took(3001*time.Microsecond, 1.5), 50, 2*time.Millisecond)
		}, true, "OVER BUDGET"},
		{"duration on a machine that is fast", func(r *report, tb testing.TB) {
			r.percentile(tb, "x", took(2*time.Millisecond, 0.5), 50, 2*time.Millisecond)
		}, false, "ok"},
		{"duration for information", func(r *report, tb testing.TB) { r.percentile(tb, "x", took(time.Hour, 1), 50, 0) }, false, ""},
		{"ratio within", func(r *report, tb testing.TB) { r.ratio(tb, "x", 1.1, 1.1) }, false, "ok"},
		{"ratio beyond", func(r *report, tb testing.TB) { r.ratio(tb, "x", 1.101, 1.1) }, true, "OVER BUDGET"},
		{"ratio for information", func(r *report, tb testing.TB) { r.ratio(tb, "x", 9, 0) }, false, ""},
		{"rate within", func(r *report, tb testing.TB) { r.rate(tb, "x", took(time.Second, 1), 50, 50) }, false, "ok"},
		{"rate beyond", func(r *report, tb testing.TB) { r.rate(tb, "x", took(time.Second, 1), 49, 50) }, true, "OVER BUDGET"},
		{"rate on a machine that is slow", func(r *report, tb testing.TB) { r.rate(tb, "x", took(time.Second, 2), 26, 50) }, false, "ok"},
		{"memory within", func(r *report, tb testing.TB) { r.memory(tb, "x", 40<<20, 40<<20) }, false, "ok"},
		{"memory beyond", func(r *report, tb testing.TB) { r.memory(tb, "x", 40<<20+1, 40<<20) }, true, "OVER BUDGET"},
		{"memory beyond in a first try", func(r *report, tb testing.TB) {
			r.first = true
			r.memory(tb, "x", 2, 1)
			if r.over != 1 {
				tb.Errorf("%d rows are over their budgets, not the one that is", r.over)
			}
		}, false, "OVER BUDGET"},
		{"note", func(r *report, tb testing.TB) { r.memory(tb, "x", 1, 2); r.took(1); r.took(3) }, false, "ok, after 3 measurements"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r report
			f := &failures{TB: t}
			tt.record(&r, f)
			if (f.n > 0) != tt.fails {
				t.Errorf("%d errors were reported, want some: %v", f.n, tt.fails)
			}
			if r.rows[0].verdict != tt.want {
				t.Errorf("verdict = %q, want %q", r.rows[0].verdict, tt.want)
			}
			r.claimed("as fast as light")
			for _, want := range []string{r.rows[0].figure, "as fast as light"} {
				if !strings.Contains(r.String(), want) {
					t.Errorf("the table lacks %q:\n%s", want, &r)
				}
			}
		})
	}
}

package replay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/archive"
)

type m = map[string]any

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b  any
		score float64
		diffs string
	}{
		{nil, nil, 1, ""},
		{m{}, m{}, 1, ""},
		{int64(1), 1.0, 1, ""},
		{math.NaN(), math.NaN(), 1, ""},
		{int64(1 << 60), int64(1<<60 + 1), 0, "changed $"},
		{"1", int64(1), 0, "type_changed $"},
		{m{"a": int64(1), "b": true}, m{"a": int64(2), "b": true}, 0.5, "changed $.a"},
		{m{"a b": nil}, m{}, 0, `removed $["a b"]`},
		{m{}, m{"x": []any{int64(1), int64(2)}}, 0, "added $.x"},
		{[]any{"a", "b", "c"}, []any{"a", "x", "b", "c"}, 0.75, "added $[1]"},
		{[]any{"a", "b", "c"}, []any{"b", "c"}, 2.0 / 3, "removed $[0]"},
		{[]any{"a", "a"}, []any{"a"}, 0.5, "removed $[1]"},
		{m{"x": []any{m{"y": "1"}, m{"y": "2"}}}, m{"x": []any{m{"y": "1"}, m{"y": "3"}}}, 0.5, "changed $.x[1].y"},
		{[]any{}, m{}, 0, "type_changed $"},
		{archive.Opaque{Type: "function", Text: "function: 0x1"}, archive.Opaque{Type: "function", Text: "function: 0x2"}, 1, ""},
		{archive.Opaque{Type: "function"}, archive.Opaque{Type: "userdata"}, 0, "changed $[\"$opaque\"]"},
		{archive.Pairs{{Key: int64(1), Value: "a"}, {Key: 2.5, Value: "b"}}, archive.Pairs{{Key: 2.5, Value: "b"}, {Key: int64(1), Value: "a"}}, 1, ""},
	} {
		got := Compare(c.a, c.b)
		var diffs []string
		for _, d := range got.Differences {
			diffs = append(diffs, d.Kind+" "+d.Path)
		}
		if strings.Join(diffs, ", ") != c.diffs || math.Abs(got.Similarity-c.score) > 1e-9 || got.Identical != (c.diffs == "") {
			t.Errorf("%v and %v: %v %v %v (%s)", c.a, c.b, got.Similarity, diffs, got.Identical, got.Summary)
		}
		back := Compare(c.b, c.a)
		if math.Abs(back.Similarity-got.Similarity) > 1e-9 || len(back.Differences) != len(got.Differences) {
			t.Errorf("%v and %v: not symmetric: %v, %v", c.a, c.b, got, back)
		}
	}
	// One difference among very many leaves is never rounded away.
	list, other := make([]any, 100_000), make([]any, 100_000)
	for i := range list {
		list[i], other[i] = int64(i), int64(i)
	}
	other[500] = "x"
	if got := Compare(list, other); got.Identical || got.Similarity >= 1 || strings.Contains(got.Summary, "100 %") {
		t.Errorf("%+v", got)
	}
	many := Compare(m{}, func() m {
		out := m{}
		for i := range 3 * MaxDifferences {
			out[fmt.Sprint(i)] = i
		}
		return out
	}())
	if len(many.Differences) != MaxDifferences || !strings.Contains(many.Summary, "3000 added") {
		t.Errorf("%d differences, %s", len(many.Differences), many.Summary)
	}
	var deep, deeper any = "x", "y"
	for range 10_000 {
		deep, deeper = []any{deep}, []any{deeper}
	}
	if Compare(deep, deeper).Identical {
		t.Error("a difference in the depth is overlooked")
	}
}

func TestCron(t *testing.T) {
	start := time.Date(2026, 11, 22, 9, 17, 30, 0, time.UTC) // a Sunday
	for table, want := range map[string]string{
		"* * * * *":            "2026-11-22 09:18, 2026-11-22 09:19",
		"*/15 * * * *":         "2026-11-22 09:30, 2026-11-22 09:45",
		"0 0 * * *":            "2026-11-23 00:00, 2026-11-24 00:00",
		"30 9 * * mon-fri":     "2026-11-23 09:30, 2026-11-24 09:30",
		"0 12 29 2 *":          "2028-02-29 12:00, 2032-02-29 12:00",
		"0 0 31 * *":           "2026-12-31 00:00, 2027-01-31 00:00",
		"0 0 1 jan,jul *":      "2027-01-01 00:00, 2027-07-01 00:00",
		"5,10-12 8 * * *":      "2026-11-23 08:05, 2026-11-23 08:10",
		"0 0 13 * fri":         "2026-11-27 00:00, 2026-12-04 00:00", // either day is enough
		"0 0 * * 7":            "2026-11-29 00:00, 2026-12-06 00:00",
		"@hourly":              "2026-11-22 10:00, 2026-11-22 11:00",
		"  @YEARLY ":           "2027-01-01 00:00, 2028-01-01 00:00",
		"59 23 31 12 *":        "2026-12-31 23:59, 2027-12-31 23:59",
		"10-59/20 22-23 * * *": "2026-11-22 22:10, 2026-11-22 22:30",
	} {
		c, err := ParseCron(table)
		if err != nil {
			t.Errorf("%s: %v", table, err)
			continue
		}
		first, _ := c.Next(start)
		second, _ := c.Next(first)
		if got := first.Format("2006-01-02 15:04") + ", " + second.Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
	for table, want := range map[string]string{
		"": "0 fields", "* * * *": "4 fields", "60 * * * *": "between 0 and 59", "* 24 * * *": "hour", "* * 0 * *": "day of the month",
		"* * * 13 *": "month", "* * * * 8": "day of the week", "5-1 * * * *": "ends before", "*/0 * * * *": "step", "a * * * *": `"a"`,
		"0 0 30 2 *": "never comes", "+1 * * * *": `"+1"`, "1, * * * *": `""`, "@never": "1 fields", strings.Repeat("1", 300): "too long",
	} {
		if _, err := ParseCron(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", table, err, want)
		}
	}
	// The hour that the clocks leave out does not exist; the next day's does.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := ParseCron("30 2 * * *")
	if got, _ := c.Next(time.Date(2026, 3, 28, 12, 0, 0, 0, berlin)); got.Format("01-02 15:04") != "03-30 02:30" {
		t.Errorf("over the change of the clocks: %v", got)
	}
}

// Whatever a table says, the next time is later, and the table names it.
func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "@daily", "*/7 1-5 1,15 jan-mar sun", "0 0 29 2 *", "61 * * * *", "1-2/3 * * * *"} {
		f.Add(s, int64(1_790_000_000))
	}
	f.Fuzz(func(t *testing.T, table string, at int64) {
		c, err := ParseCron(table)
		if err != nil {
			return
		}
		start := time.Unix(((at%5e9)+5e9)%5e9, 0).UTC()
		next, ok := c.Next(start)
		if !ok || !next.After(start) || next.Second() != 0 {
			t.Fatalf("%q from %v: %v, %v", table, start, next, ok)
		}
		if again, ok := c.Next(next.Add(-time.Second)); !ok || !again.Equal(next) {
			t.Fatalf("%q: %v, from just before it %v", table, next, again)
		}
	})
}

func TestSchedule(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	times := func(s Schedule, now time.Time) string {
		var out []string
		for i := range 4 {
			due, ok := s.Next(i, start, now)
			if !ok {
				break
			}
			out = append(out, due.Sub(start).String())
			now = due
		}
		return strings.Join(out, " ")
	}
	once, _ := Once(time.Minute)
	interval, _ := Interval(time.Second, time.Hour, 3)
	endless, _ := Interval(0, time.Second, 0)
	cron, _ := ParseCron("*/30 * * * *")
	for want, s := range map[string]Schedule{
		"1m0s": once, "1s 1h0m1s 2h0m1s": interval, "0s 1s 2s 3s": endless, "30m0s 1h0m0s": {Cron: cron, Max: 2}, "0s": {},
	} {
		if got := times(s, start); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
	for _, err := range []error{second(Once(-1)), second(Interval(0, 0, 1)), second(Interval(0, 1, -1)), second(Once(2 * MaxDelay)), second(Interval(0, 2*MaxDelay, 1))} {
		if err == nil {
			t.Error("a schedule that makes no sense was made")
		}
	}
}

func second(_ Schedule, err error) error { return err }

func TestPaths(t *testing.T) {
	for path, want := range map[string]string{
		`variables.a`: "", `$.variables.a.b[0]`: "", `variables["a b"]`: "", `steps.2.args[0]`: "", `steps[2].code`: "", `steps.1.tool_calls[0].result.x`: "",
		``: "empty", `.`: "empty", `variables`: "names no variable", `steps.2`: "does not say what", `steps.x.code`: "not the number", `steps.0.code`: "not the number",
		`steps.1.name`: "not \"name\"", `other.x`: "begins with neither", `variables..a`: "name is missing", `variables.a.`: "not a name", `variables[`: "brackets",
		`variables["a]`: "does not end", `variables[-1]`: "brackets", `variables.a]b`: "",
	} {
		err := CheckPath(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", path, err, want)
		}
	}
}

// A path that is read sets what it names, and leaves the rest and the original.
func FuzzPath(f *testing.F) {
	for _, p := range []string{`variables.a`, `variables.list[1]`, `variables["x y"].z`, `steps.1.args[0]`, `variables.list[2]`, `$.variables.a.b.c`, `variables["\xff"]`} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		mods, err := sortModifications([]Modification{{Path: path, Value: "new"}})
		if err != nil {
			return
		}
		vars := m{"a": m{"b": int64(1)}, "list": []any{"x", "y"}}
		out, err := mods.toVariables(vars)
		if err != nil {
			return
		}
		if !Compare(vars, m{"a": m{"b": int64(1)}, "list": []any{"x", "y"}}).Identical {
			t.Fatalf("%q changed the original: %v", path, vars)
		}
		if n := len(Compare(vars, out).Differences); n > 1 || n == 0 && len(mods.variables) > 0 {
			t.Fatalf("%q made %d differences: %v", path, n, out)
		}
	})
}

// fakeRunner runs steps whose outcome a function decides.
type fakeRunner struct {
	run    func(*Step) *Outcome
	states int
	vars   []map[string]any
}

func (r *fakeRunner) NewState(_ context.Context, vars map[string]any) (State, error) {
	r.states++
	r.vars = append(r.vars, vars)
	return fakeState{r}, nil
}

type fakeState struct{ r *fakeRunner }

func (s fakeState) Run(_ context.Context, step *Step) *Outcome { return s.r.run(step) }
func (s fakeState) Close() error                               { return nil }

// recorded makes a session with n executions in two states.
func recorded(t *testing.T, n int) (*archive.Store, string) {
	t.Helper()
	ctx := context.Background()
	s, err := archive.Open(ctx, filepath.Join(t.TempDir(), "s.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r, err := s.Create(ctx, archive.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= n; i++ {
		rec, err := s.Begin(ctx, r.ID, archive.Start{Kind: archive.KindCode, Source: fmt.Sprint("code ", i), Args: []string{"a"}, State: fmt.Sprint("s", i > n/2)})
		if err != nil {
			t.Fatal(err)
		}
		rec.ToolCall("t", m{"i": int64(i)}, m{"result": int64(i)}, time.Now(), 0)
		if err := rec.End(ctx, archive.End{Outcome: archive.Succeeded, Result: []any{int64(i)}, Variables: m{"i": int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	return s, r.ID
}

func like(step *Step) *Outcome {
	e := step.Execution
	return &Outcome{Outcome: e.Outcome, Output: e.Output, Result: e.Result, Calls: []Call{{Tool: "t", Params: m{"i": int64(e.Sequence)}, Result: m{"result": int64(e.Sequence)}}}}
}

func TestRun(t *testing.T) {
	ctx := context.Background()
	s, id := recorded(t, 4)
	r := &fakeRunner{run: like}
	rep, err := Run(ctx, s, id, r, Options{Compare: true})
	if err != nil || !rep.Identical || len(rep.Steps) != 4 || r.states != 2 || rep.Status != Done {
		t.Fatalf("%+v, %v", rep, err)
	}
	if r.vars[0] != nil || r.vars[1]["i"] != int64(2) {
		t.Errorf("the states began with %v", r.vars)
	}

	// Only the state of step 4 is made, and step 3 runs before it, unseen.
	var ran []string
	r = &fakeRunner{run: func(st *Step) *Outcome {
		ran = append(ran, st.Source)
		if a, err := st.Answers.Next("t", m{"i": int64(3)}); st.Execution.Sequence == 3 && (err != nil || !a.Given) {
			t.Errorf("the step before the first is not simulated: %+v, %v", a, err)
		}
		return like(st)
	}}
	rep, err = Run(ctx, s, id, r, Options{From: 4, Compare: true})
	if err != nil || strings.Join(ran, ",") != "code 3,code 4" || len(rep.Steps) != 1 || r.states != 1 {
		t.Errorf("ran %v: %+v, %v", ran, rep, err)
	}

	// Failures, and where they end it.
	failing := &fakeRunner{run: func(st *Step) *Outcome {
		if st.Execution.Sequence == 2 {
			return &Outcome{Outcome: archive.Erred, Error: "no"}
		}
		return like(st)
	}}
	for _, c := range []struct {
		o      Options
		steps  int
		status Status
	}{{Options{}, 4, Failed}, {Options{StopOnError: true}, 2, Stopped}, {Options{Mode: Debug}, 2, Stopped}} {
		rep, err := Run(ctx, s, id, failing, c.o)
		if err != nil || len(rep.Steps) != c.steps || rep.Status != c.status || rep.Failed != 1 {
			t.Errorf("%+v: %+v, %v", c.o, rep, err)
		}
	}
	gone, cancel := context.WithCancelCause(ctx)
	stopping := &fakeRunner{run: func(st *Step) *Outcome { cancel(errors.New("enough")); return like(st) }}
	rep, err = Run(gone, s, id, stopping, Options{})
	if err != nil || rep.Status != Stopped || len(rep.Steps) != 1 || !strings.Contains(rep.Reason, "enough") {
		t.Errorf("%+v, %v", rep, err)
	}
	for want, o := range map[string]Options{
		"no step 9": {From: 9}, "comes after": {From: 3, To: 2}, "not a mode": {Mode: "x"}, "negative": {Timeout: -1},
		"choose the mode modified": {Modifications: []Modification{{Path: "variables.x"}}}, "no step 7 to modify": {Mode: Modified, Modifications: []Modification{{Path: "steps.7.code"}}},
	} {
		if _, err := Run(ctx, s, id, r, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}

func TestModifiedSteps(t *testing.T) {
	s, id := recorded(t, 2)
	seen := map[int]*Step{}
	r := &fakeRunner{run: func(st *Step) *Outcome { seen[st.Execution.Sequence] = st; return like(st) }}
	_, err := Run(context.Background(), s, id, r, Options{Mode: Modified, Modifications: []Modification{
		{Path: "steps.1.code", Value: "other"}, {Path: "steps.1.args[1]", Value: "b"}, {Path: "steps.2.tool_calls[0].result.result", Value: "mine"},
		{Path: "steps.2.tool_calls[0].params.extra", Value: true}, {Path: "variables.i", Value: int64(9)}, {Path: "steps.2.code", Value: "not this", Disabled: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if st := seen[1]; st.Source != "other" || strings.Join(st.Args, ",") != "a,b" {
		t.Errorf("step 1: %+v", st)
	}
	a, err := seen[2].Answers.Next("t", nil)
	if seen[2].Source != "code 2" || err != nil || !a.Given || a.Result.(m)["result"] != "mine" || a.Params["extra"] != true || a.Params["i"] != int64(2) {
		t.Errorf("step 2: %+v, %v", a, err)
	}
	if r.vars[0]["i"] != int64(9) {
		t.Errorf("variables %v", r.vars)
	}
}

func TestAnswers(t *testing.T) {
	a := &Answers{all: true, calls: []answer{
		{Call: Call{Tool: "t", Params: m{"x": int64(1)}, Result: "one"}}, {Call: Call{Tool: "t", Params: m{"x": int64(2)}, Result: "two"}},
		{Call: Call{Tool: "big", Result: archive.Opaque{Type: archive.Cut}}},
	}}
	for _, c := range []struct {
		tool string
		x    int64
		want any
		err  string
	}{{"t", 2, "two", ""}, {"t", 5, "one", ""}, {"t", 1, nil, "no more calls of t"}, {"other", 1, nil, "no more calls of other"}, {"big", 1, nil, "too large"}} {
		got, err := a.Next(c.tool, m{"x": c.x})
		if got.Result != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	if got, err := (*Answers)(nil).Next("t", nil); got.Given || err != nil {
		t.Errorf("nil answers %+v, %v", got, err)
	}
}

package bench

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// served is a side in this process that measures a list of benchmarks.
func served(t *testing.T, list []Benchmark) *Side {
	t.Helper()
	asked, ask := io.Pipe()
	answers, answer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(context.Background(), list, nil, asked, answer)
		answer.Close()
	}()
	s, err := NewSide(answers, ask)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ask.Close()
		if err := <-ended; err != nil {
			t.Errorf("the side ended with %v", err)
		}
	})
	return s
}

// Two programs are measured round by round in turn, who is first changes, and what is slower in each
// round is found.
func TestAgainst(t *testing.T) {
	var order []string
	takes := func(side string, d time.Duration) Benchmark {
		b := made("x", Probe{Once: func() error { order = append(order, side); return nil }, Took: func() time.Duration { return d + time.Duration(len(order)) }})
		b.Times = 1
		return b
	}
	broken := made("broken", Probe{Once: func() error { return errors.New("out of order") }})
	fine := made("broken", Probe{Value: func() (float64, error) { return 1, nil }})
	only := made("only", Probe{Value: func() (float64, error) { return 1, nil }})
	now := []Benchmark{takes("now", 120000), fine, only}
	old := served(t, []Benchmark{takes("old", 100000), broken})
	last := Progress{}
	was, is, err := Against(t.Context(), now, old, served(t, now), Options{Rounds: 8, Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"old", "now"} // the first time of each
	for range 4 {
		want = append(want, "old", "now", "now", "old")
	}
	if !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
	if last.Done != 23 || last.Total != 24 {
		t.Errorf("the last progress is %+v", last)
	}
	got := Compare(was, is, func(*Result) bool { return true })
	AddRatios(got, was, is)
	if x := got[0]; x.Ratio == nil || x.Ratio.Center < 1.19 || x.Ratio.Center > 1.21 || x.Ratio.Low > x.Ratio.Center || x.Ratio.High < x.Ratio.Center || x.Ratio.Confidence < 0.95 || x.Change < 0.19 {
		t.Errorf("%+v, %+v", x, x.Ratio)
	}
	for i, want := range []string{"", "out of order", "no such benchmark"} {
		if c := got[i]; want != "" && (c.Verdict != Missing || !strings.Contains(c.Note, want)) {
			t.Errorf("%+v, want %q", c, want)
		}
	}
	if n := len(is.Find("broken").Rounds); n != 8 {
		t.Errorf("%d rounds of what only the other could not measure", n)
	}
}

func TestSideRefused(t *testing.T) {
	for said, want := range map[string]string{"": "EOF", "hello\n": "invalid character", `{"format":99}`: "its format is 99"} {
		if _, err := NewSide(strings.NewReader(said), io.Discard); !errors.Is(err, ErrNotServed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", said, err, want)
		}
	}
}

// A program that ends in the middle ends the measurement.
func TestAgainstEnds(t *testing.T) {
	list := []Benchmark{made("x", Probe{Value: func() (float64, error) { return 1, nil }})}
	dead, err := NewSide(strings.NewReader(`{"format":1}`), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Against(t.Context(), list, dead, served(t, list), Options{Rounds: 1}); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func TestServeQuestions(t *testing.T) {
	var out strings.Builder
	failing := made("x", Probe{Value: func() (float64, error) { return 1, nil }, Close: func() error { return errors.New("stuck") }})
	err := Serve(t.Context(), []Benchmark{failing}, nil, strings.NewReader(`{"round":"x"}{"open":["x"]}{"close":true}{`), &out)
	if err == nil || !strings.Contains(err.Error(), "what to measure") {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"it was not opened", "x: stuck"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the answers lack %q: %s", want, &out)
		}
	}
}

func TestRatio(t *testing.T) {
	if got := ratio([]float64{1, 1, 1}, []float64{2, 2, 2}); got != nil {
		t.Errorf("three rounds have the bounds %+v", got)
	}
	if got := ratio(nil, []float64{0}); got != nil {
		t.Errorf("no rounds have the bounds %+v", got)
	}
	old, now := []float64{1, 2, 4, 8, 16, 32, 64}, []float64{2, 4, 8, 16, 32, 64, 127}
	if got := ratio(old, now); got == nil || got.Center != 2 || got.Low < 1.98 || got.High != 2 {
		t.Errorf("the ratio of rounds taken in turn is %+v", got)
	}
}

// Another machine is told, and a newer system on the same.
func TestRefer(t *testing.T) {
	here := Environment{System: "linux/amd64", Kernel: "6.1", Processor: "A", Cores: 2, Version: "v1", Revision: "abc", Go: "go1.26"}
	other, newer := here, here
	other.Processor, other.Cores, other.Revision, newer.Kernel = "B", 8, "def", "6.2"
	for _, tt := range []struct {
		then Environment
		want string
	}{{here, ""}, {other, "another machine (linux/amd64, 8 x B; here: linux/amd64, 2 x A)"}, {newer, "kernel was 6.2 then, and is 6.1"}} {
		r := Refer("main", &Run{Environment: tt.then, Time: time.Unix(0, 0).UTC()}, &Run{Environment: here})
		if got := strings.Join(r.Notes, "; "); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("the notes are %q, want %q", got, tt.want)
		}
		if got := r.String(); !strings.Contains(got, "Compared with main: llmspell v1 "+tt.then.Revision) || !strings.Contains(got, "measured 1970-01-01") {
			t.Errorf("it is called %q", got)
		}
	}
}

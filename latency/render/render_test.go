package render

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// measured is a run of two benchmarks that were measured and one that failed.
func measured(scale float64) *bench.Run {
	r := &bench.Run{Time: time.Unix(1700000000, 0).UTC(), Environment: bench.Environment{System: "linux/amd64", Processor: "<fast & cheap>", Cores: 2, Go: "go1", Version: "v1"}}
	round := func(values ...float64) bench.Round {
		for i := range values {
			values[i] *= scale
		}
		return bench.Round{Samples: values, CPU: 1500, Machine: 10}
	}
	r.Results = []bench.Result{
		{Name: "a/one", Group: bench.Kernel, What: "is <b>quick</b>", Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: 900, Claim: &bench.Claim{Figure: "11.9 ms", Source: "its guide"},
			Rounds: []bench.Round{round(1000, 1100, 1200), round(1010, 1120, 1230), round(1020, 1130, 1240), round(1000, 1110, 9000), round(1001, 1111, 1222)}},
		{Name: "a/size", Group: bench.Size, What: "is small", Reach: bench.Process, Unit: bench.Bytes, Rounds: []bench.Round{round(1 << 20), round(1 << 20)}},
		{Name: "a/bad", Group: bench.Size, What: "breaks", Reach: bench.Process, Unit: bench.Bytes, Failed: "exit\nstatus 2"},
	}
	return r
}

func TestFigure(t *testing.T) {
	for want, tt := range map[string]struct {
		unit bench.Unit
		v    float64
	}{
		"0.50 ns": {bench.Nanoseconds, 0.5}, "12.3 ns": {bench.Nanoseconds, 12.34}, "1.00 µs": {bench.Nanoseconds, 999.9}, "999 ns": {bench.Nanoseconds, 999.2},
		"123 ms": {bench.Nanoseconds, 123.4e6}, "2.50 s": {bench.Nanoseconds, 2.5e9}, "85.4 MB": {bench.Bytes, 85.4 * (1 << 20)}, "10.0 µs": {bench.Nanoseconds, 9999},
	} {
		if got := Figure(tt.unit, tt.v); got != want {
			t.Errorf("%v %s is shown as %q, want %q", tt.v, tt.unit, got, want)
		}
	}
}

func TestBudget(t *testing.T) {
	for want, r := range map[string]bench.Result{
		"":                 {},
		"≤ 12.0 ms":        {Budget: 12e6, Rounds: []bench.Round{{Samples: []float64{11e6}, Machine: 10}}},
		"over 12.0 ms":     {Budget: 12e6, Rounds: []bench.Round{{Samples: []float64{15e6}, Machine: 10}}},
		"≤ 12.0 ms x 1.30": {Budget: 12e6, Rounds: []bench.Round{{Samples: []float64{15e6}, Machine: 13}}},
	} {
		r.Unit, r.Yardstick = bench.Nanoseconds, &bench.Yardstick{What: "x", Usual: 10}
		if got := Budget(&r, r.Summary()); got != want {
			t.Errorf("%+v: %q, want %q", r.Rounds, got, want)
		}
	}
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := Text(&b, measured(1)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"processor: 2 x <fast & cheap>", "a/one   1.11 µs  9.00 µs", "over 900 ns", "11.9 ms", "1.50 µs", "1.0 MB", "a/bad FAILED: exit status 2\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &b)
		}
	}
	b.Reset()
	if err := Comparison(&b, bench.Refer("main", measured(1), measured(1.2)), bench.Compare(measured(1), measured(1.2), func(*bench.Result) bool { return true })); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Compared with main: llmspell", "+20.0 %", "SLOWER", "missing: it failed", "1 slower by more than 10 %"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the comparison lacks %q:\n%s", want, &b)
		}
	}
}

// The page is whole, shows all parts, says what strangers wrote as text, and asks for nothing elsewhere.
func TestHTML(t *testing.T) {
	old, now := measured(1), measured(1.2)
	old.Name, now.Name = "main", ""
	var b bytes.Buffer
	err := HTML(&b, Page{Run: now, History: []*bench.Run{old}, With: bench.Refer("main", old, now), Compared: bench.Compare(old, now, func(*bench.Result) bool { return true })})
	if err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		"Compared with main", "SLOWER", "is &lt;b&gt;quick&lt;/b&gt;", "&lt;fast &amp; cheap&gt;", `class="curve"`, `class="bar"`, "main, 2023-11-14 22:13", "this run: 1.33 µs",
		"could not be measured", "over 900 ns", "11.9 ms", "its guide", `class="words bad"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if found := regexp.MustCompile(`(?i)https?:|src=|<script|@import|url\(|<link`).FindString(page); found != "" {
		t.Errorf("the page has %q: it is to need nothing", found)
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("a chart is not well formed: %v\n%s", err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("a chart has no place for something: %s", svg)
		}
	}
}

package render

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/llmspell/llmspell/latency/bench"
)

// The size of the charts, in pixels.
const (
	chartWidth  = 260
	chartHeight = 56
	chartFoot   = 14 // for the words below
	bars        = 52
)

// histogram shows how the samples are distributed, on a logarithmic scale, with p50, p95 and p99.
func histogram(r *bench.Result) template.HTML {
	var all []float64
	for _, round := range r.Rounds {
		all = append(all, round.Samples...)
	}
	low, high := bench.Percentile(all, 0), bench.Percentile(all, 99.5)
	if len(all) < 2 || low <= 0 {
		return ""
	}
	if high <= low*1.02 {
		high = low * 1.02
	}
	place := func(v float64) float64 { return math.Log(v/low) / math.Log(high/low) }
	counts, most := [bars]int{}, 0
	for _, v := range all {
		i := min(max(int(place(v)*bars), 0), bars-1)
		counts[i]++
		most = max(most, counts[i])
	}
	c := newChart("samples from " + Figure(r.Unit, low) + " to " + Figure(r.Unit, high) + ", logarithmic")
	const width = float64(chartWidth) / bars
	for i, n := range counts {
		if n > 0 {
			h := math.Max(1, math.Sqrt(float64(n)/float64(most))*(chartHeight-chartFoot))
			c.rect(float64(i)*width, chartHeight-chartFoot-h, width-0.6, h, "bar")
		}
	}
	for _, p := range []float64{50, 95, 99} {
		v := bench.Percentile(all, p)
		x := math.Min(math.Max(place(v), 0), 1) * chartWidth
		c.line(x, 0, x, chartHeight-chartFoot, "mark")
	}
	c.text(0, "start", Figure(r.Unit, low))
	c.text(chartWidth, "end", Figure(r.Unit, high))
	return c.end()
}

// rounds shows the median of each round.
func rounds(r *bench.Result) template.HTML {
	values := make([]float64, len(r.Rounds))
	names := make([]string, len(r.Rounds))
	for i, round := range r.Rounds {
		values[i], names[i] = bench.Percentile(round.Samples, 50), fmt.Sprint("round ", i+1)
	}
	return curve("medians of the rounds", r.Unit, values, names)
}

// past shows the medians of a benchmark in the baselines and now.
func past(name string, history []*bench.Run, now *bench.Run) template.HTML {
	var values []float64
	var names []string
	var unit bench.Unit
	for _, run := range append(append([]*bench.Run(nil), history...), now) {
		r := run.Find(name)
		if r == nil || r.Failed != "" || len(r.Rounds) == 0 {
			continue
		}
		label := "this run"
		if run != now {
			label = run.Name + ", " + run.Time.Format("2006-01-02 15:04")
		}
		values, names, unit = append(values, r.Summary().P50), append(names, label), r.Unit
	}
	if len(values) < 2 {
		return ""
	}
	return curve("medians of the baselines, and of this run", unit, values, names)
}

// curve is a line through values, from 0 to the largest.
func curve(title string, unit bench.Unit, values []float64, names []string) template.HTML {
	most := 0.0
	for _, v := range values {
		most = math.Max(most, v)
	}
	if most == 0 || len(values) < 2 {
		return ""
	}
	c := newChart(title)
	const top, bottom = 4.0, chartHeight - chartFoot
	at := func(i int) (x, y float64) {
		return 4 + float64(i)*(chartWidth-8)/float64(len(values)-1), bottom - values[i]/most*(bottom-top)
	}
	var points strings.Builder
	for i := range values {
		x, y := at(i)
		fmt.Fprintf(&points, "%.1f,%.1f ", x, y)
	}
	fmt.Fprintf(&c.b, `<polyline class="curve" points="%s"/>`, strings.TrimSpace(points.String()))
	for i, v := range values {
		x, y := at(i)
		fmt.Fprintf(&c.b, `<circle class="dot" cx="%.1f" cy="%.1f" r="2.4"><title>%s: %s</title></circle>`, x, y, template.HTMLEscapeString(names[i]), template.HTMLEscapeString(Figure(unit, v)))
	}
	c.text(0, "start", "0 to "+Figure(unit, most))
	return c.end()
}

// chart is a picture in the making.
type chart struct{ b strings.Builder }

func newChart(title string) *chart {
	c := &chart{}
	fmt.Fprintf(&c.b, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img"><title>%s</title>`, chartWidth, chartHeight, chartWidth, chartHeight, template.HTMLEscapeString(title))
	return c
}

func (c *chart) rect(x, y, w, h float64, class string) {
	fmt.Fprintf(&c.b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, x, y, w, h)
}

func (c *chart) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

// text stands below the chart.
func (c *chart) text(x float64, anchor, text string) {
	fmt.Fprintf(&c.b, `<text x="%.0f" y="%d" text-anchor="%s">%s</text>`, x, chartHeight-2, anchor, template.HTMLEscapeString(text))
}

func (c *chart) end() template.HTML { return template.HTML(c.b.String() + "</svg>") }

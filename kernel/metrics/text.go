package metrics

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// text is an exposition in the making: Prometheus' text format, version 0.0.4.
type text struct{ out []byte }

// kind is the type of a family of metrics.
type kind string

const (
	counter      kind = "counter"
	gauge        kind = "gauge"
	distribution kind = "histogram"
)

// family begins a family, whose samples follow.
func (t *text) family(name string, k kind, help string) {
	t.out = append(t.out, "# HELP "...)
	t.out = append(t.out, name...)
	t.out = append(t.out, ' ')
	t.out = append(t.out, strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help)...)
	t.out = append(t.out, "\n# TYPE "...)
	t.out = append(t.out, name...)
	t.out = append(t.out, ' ')
	t.out = append(t.out, k...)
	t.out = append(t.out, '\n')
}

// label is a name and its value.
type label struct{ name, value string }

// sample writes one value.
func (t *text) sample(name string, value float64, labels ...label) {
	t.out = append(t.out, name...)
	if len(labels) > 0 {
		t.out = append(t.out, '{')
		for i, l := range labels {
			if i > 0 {
				t.out = append(t.out, ',')
			}
			t.out = append(t.out, l.name...)
			t.out = append(t.out, '=', '"')
			t.quote(l.value)
			t.out = append(t.out, '"')
		}
		t.out = append(t.out, '}')
	}
	t.out = append(t.out, ' ')
	t.out = appendNumber(t.out, value)
	t.out = append(t.out, '\n')
}

// quote writes the value of a label. What is not UTF-8 is marked as such.
func (t *text) quote(s string) {
	for _, r := range s { // an invalid byte comes as U+FFFD
		switch r {
		case '\\':
			t.out = append(t.out, `\\`...)
		case '"':
			t.out = append(t.out, `\"`...)
		case '\n':
			t.out = append(t.out, `\n`...)
		default:
			t.out = append(t.out, string(r)...)
		}
	}
}

func appendNumber(out []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.AppendInt(out, int64(v), 10)
	}
	switch {
	case math.IsInf(v, 1):
		return append(out, "+Inf"...)
	case math.IsInf(v, -1):
		return append(out, "-Inf"...)
	case math.IsNaN(v):
		return append(out, "NaN"...)
	}
	return strconv.AppendFloat(out, v, 'g', -1, 64)
}

// one writes a family of one sample.
func (t *text) one(name string, k kind, help string, value float64, labels ...label) {
	t.family(name, k, help)
	t.sample(name, value, labels...)
}

// histogram writes the samples of one histogram.
func (t *text) histogram(name string, h *histogram, labels ...label) {
	cumulative, sum := h.snapshot()
	limits := bounds()
	t.buckets(name, limits[:], cumulative[:], sum, labels...)
}

// buckets writes counts up to each bound, then that of all.
func (t *text) buckets(name string, limits []time.Duration, cumulative []uint64, sum time.Duration, labels ...label) {
	with := append(labels[:len(labels):len(labels)], label{name: "le"})
	le := &with[len(labels)].value
	for i, limit := range limits {
		*le = strconv.FormatFloat(limit.Seconds(), 'g', -1, 64)
		t.sample(name+"_bucket", float64(cumulative[i]), with...)
	}
	all := float64(cumulative[len(limits)])
	*le = "+Inf"
	t.sample(name+"_bucket", all, with...)
	t.sample(name+"_sum", sum.Seconds(), labels...)
	t.sample(name+"_count", all, labels...)
}

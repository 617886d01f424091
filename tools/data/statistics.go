package data

import (
	"cmp"
	"hash/fnv"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
)

// moments are the mean and the spread of numbers, in one pass (Welford).
type moments struct {
	n        int64
	mean, m2 float64
	min, max float64
	total    float64
}

func (m *moments) add(v float64) {
	if m.n++; m.n == 1 {
		m.min, m.max = v, v
	}
	m.min, m.max = min(m.min, v), max(m.max, v)
	d := v - m.mean
	m.mean += d / float64(m.n)
	m.m2 += d * (v - m.mean)
	m.total += v
}

func (m *moments) sum() float64 { return m.total }

// stddev is that of a sample; 0 for one number.
func (m *moments) stddev() float64 {
	if m.n < 2 {
		return 0
	}
	return math.Sqrt(m.m2 / float64(m.n-1))
}

// quantile interpolates between the sorted numbers that are nearest.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// reservoir keeps a fair sample of numbers; all, while there are few. The same
// input gives the same sample.
type reservoir struct {
	values []float64
	most   int
	seen   int64
	random *rand.Rand
}

func newReservoir(most int) reservoir {
	return reservoir{most: most, random: rand.New(rand.NewPCG(1, 1))}
}

func (r *reservoir) add(v float64) {
	r.seen++
	if len(r.values) < r.most {
		r.values = append(r.values, v)
		return
	}
	if i := r.random.Int64N(r.seen); i < int64(r.most) {
		r.values[i] = v
	}
}

// distinct counts distinct texts: one by one while there are few, and by
// HyperLogLog (Flajolet et al. 2007) beyond. The most frequent values are exact
// in the first case; in the second, those first seen late are not counted.
type distinct struct {
	counts    map[string]int64
	most      int
	text      int // bytes of keys
	mostText  int
	full      bool
	registers []uint8
}

const hllBits = 14 // 16 KB, and an error of 0.8 %

func newDistinct(most, mostText int) distinct {
	return distinct{counts: map[string]int64{}, most: most, mostText: mostText}
}

func (d *distinct) add(s string) {
	if n, ok := d.counts[s]; ok {
		d.counts[s] = n + 1
	} else if !d.full {
		if len(d.counts) < d.most && d.text+len(s) <= d.mostText {
			d.counts[strings.Clone(s)] = 1
			d.text += len(s)
			return
		}
		d.full = true
		d.registers = make([]uint8, 1<<hllBits)
		for k := range d.counts {
			d.observe(k)
		}
	}
	if d.full {
		d.observe(s)
	}
}

func (d *distinct) observe(s string) {
	h := hashText(s)
	i := h >> (64 - hllBits)
	rank := uint8(bits.LeadingZeros64(h<<hllBits|1<<(hllBits-1))) + 1
	d.registers[i] = max(d.registers[i], rank)
}

// hashText is FNV-1a with its bits mixed (the finalizer of splitmix64): FNV's
// high bits are poor for short texts.
func hashText(s string) uint64 {
	f := fnv.New64a()
	io.WriteString(f, s)
	h := f.Sum64()
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// count returns the number of distinct texts, and whether it is exact.
func (d *distinct) count() (int64, bool) {
	if !d.full {
		return int64(len(d.counts)), true
	}
	const m = 1 << hllBits
	sum, zeros := 0.0, 0.0
	for _, r := range d.registers {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && zeros > 0 {
		estimate = m * math.Log(m/zeros)
	}
	return int64(math.Round(estimate)), false
}

// top lists the most frequent texts.
func (d *distinct) top(n int) []any {
	type entry struct {
		text  string
		count int64
	}
	list := make([]entry, 0, len(d.counts))
	for text, count := range d.counts {
		list = append(list, entry{text, count})
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.text, b.text))
	})
	out := []any{}
	for _, e := range list[:min(n, len(list))] {
		out = append(out, map[string]any{"value": clipText(e.text), "count": e.count})
	}
	return out
}

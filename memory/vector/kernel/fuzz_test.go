package kernel

import (
	"math"
	"slices"
	"testing"
)

// FuzzKernels has any bytes as rows and queries, at any place in memory.
func FuzzKernels(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), uint16(20), uint8(1))
	f.Add(make([]byte, 2048), uint16(384), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, dimension uint16, from uint8) {
		d := int(dimension) % 1100
		data = data[min(int(from), len(data)):]
		if d == 0 || len(data) < 2*d {
			return
		}
		q, rows := make([]int16, d), data[d:]
		small, block := make([]float32, d), make([]float32, len(rows))
		for i := range q {
			q[i] = int16(max(int8(data[i]), -127))
			small[i] = float32(q[i])
		}
		for i, b := range rows {
			block[i] = float32(b)
		}
		n := len(rows) / d
		dots, dists := make([]float32, n), make([]float32, n)
		DotRows(dots, small, block, d)
		L2Rows(dists, small, block, d)
		for i := range n {
			var sum, dist int64
			for j := range q {
				x, y := int64(q[j]), int64(rows[i*d+j])
				sum += x * y
				dist += (x - y) * (x - y)
			}
			// Sums of whole numbers below 2^24 are exact in float32; those beyond lose a little.
			near := func(got float32, want int64) bool {
				return math.Abs(float64(got)-float64(want)) <= 4+1e-5*127*255*float64(d)
			}
			if !near(dots[i], sum) || !near(dists[i], dist) {
				t.Fatalf("d=%d row %d of %d: %v, %v; want %d, %d", d, i, n, dots[i], dists[i], sum, dist)
			}
		}
		if d %= 16; d > 0 && len(rows) >= d*groupBytes && len(data) >= d*CodeGroup {
			codesOf := make([]int8, d*CodeGroup)
			for i := range codesOf {
				codesOf[i] = max(int8(data[i]), -127)
			}
			n := len(rows) / (d * groupBytes)
			got, want := make([]int32, n), make([]int32, n)
			CodesRows(got, codesOf, rows, d*groupBytes)
			codesBlockGo(want, codesOf, rows, d*groupBytes)
			if !slices.Equal(got, want) {
				t.Fatalf("codes in %d groups: %v, want %v", d, got, want)
			}
		}
	})
}

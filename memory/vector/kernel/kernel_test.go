package kernel

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// floats are n numbers that begin at an odd place in memory.
func floats(rng *rand.Rand, n int) []float32 {
	all := make([]float32, n+1)
	for i := range all {
		all[i] = float32(rng.NormFloat64())
	}
	return all[1:]
}

// codes are a query and rows of codes, that begin at odd places.
func codes(rng *rand.Rand, d, rows int) (q []int8, block []uint8) {
	q, block = make([]int8, d+1)[1:], make([]uint8, d/2*rows+1)[1:]
	for i := range q {
		q[i] = int8(rng.IntN(255) - 127)
	}
	for i := range block {
		block[i] = uint8(rng.IntN(256))
	}
	return q, block
}

// code is one of a row.
func codeAt(row []uint8, at int) uint8 {
	b := row[at/CodeGroup*groupBytes+at%groupBytes]
	if at%CodeGroup >= groupBytes {
		return b >> 4
	}
	return b & 15
}

// lengths are all short ones, and some around every power of two.
func lengths() (list []int) {
	for d := range 1101 {
		list = append(list, d)
	}
	return append(list, 1536, 2047, 3072, 4096, 4097)
}

// TestFloats compares all kernels of float32 with sums in float64, and with themselves: a row's score is the
// same to the last bit wherever it stands.
func TestFloats(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, d := range lengths() {
		n := 1 + d%7
		stride := d + d%3
		q, block := floats(rng, d), floats(rng, n*stride+1)
		dots, dists, picked, pickedDists := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		rows := make([][]float32, n)
		for i := range rows {
			rows[i] = block[i*stride:][:stride]
		}
		DotRows(dots, q, block, stride)
		L2Rows(dists, q, block, stride)
		DotEach(picked, q, rows)
		L2Each(pickedDists, q, rows)
		for i, row := range rows {
			var dot, dist, size float64
			for j := range q {
				x, y := float64(q[j]), float64(row[j])
				dot += x * y
				dist += (x - y) * (x - y)
				size += math.Abs(x * y)
			}
			slack := 1e-6 * (size + dist + 1)
			if math.Abs(dot-float64(dots[i])) > slack || math.Abs(dist-float64(dists[i])) > slack {
				t.Fatalf("d=%d row %d of %d: dot %v, distance %v; want %v, %v", d, i, n, dots[i], dists[i], dot, dist)
			}
			if one := Dot(q, row[:d]); one != dots[i] || picked[i] != dots[i] {
				t.Fatalf("d=%d row %d of %d: dot %v in the block, %v picked, %v alone", d, i, n, dots[i], picked[i], one)
			}
			if one := SquaredL2(q, row[:d]); one != dists[i] || pickedDists[i] != dists[i] {
				t.Fatalf("d=%d row %d of %d: distance %v in the block, %v picked, %v alone", d, i, n, dists[i], pickedDists[i], one)
			}
		}
	}
}

func TestCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for d := 0; d <= 20*CodeGroup; d += CodeGroup {
		for n := 1; n <= 9; n++ {
			stride := d/2 + n%3
			q, _ := codes(rng, d, n)
			_, block := codes(rng, 2*stride, n)
			got, inGo := make([]int32, n), make([]int32, n)
			CodesRows(got, q, block, stride)
			codesBlockGo(inGo, q, block, stride)
			for i := range n {
				row, numbers := block[i*stride:][:d/2], make([]float32, d)
				want := 0
				for j := range q {
					want += int(q[j]) * int(codeAt(row, j))
					numbers[j] = (float32(codeAt(row, j)) - 7.5 + 0.9*rng.Float32() - 0.45) / 4 // it is rounded
				}
				again := bytes.Repeat([]byte{0xff}, d/2) // what was there does not count
				PutCodes(again, numbers, 4, 7.5)
				if int(got[i]) != want || int(inGo[i]) != want {
					t.Fatalf("d=%d row %d of %d: %d, in Go %d, want %d", d, i, n, got[i], inGo[i], want)
				}
				if !slices.Equal(row, again) {
					t.Fatalf("d=%d: the codes of %v were put as %v", d, row, again)
				}
			}
		}
	}
}

// TestPutCodes puts vectors that do not fill their last group, and numbers beyond the greatest code.
func TestPutCodes(t *testing.T) {
	for d := 1; d <= 2*CodeGroup; d++ {
		row, v := bytes.Repeat([]byte{0xff}, (d+CodeGroup-1)/CodeGroup*CodeGroup/2), make([]float32, d)
		for j := range v {
			v[j] = float32(j%17) - 7.5
		}
		PutCodes(row, v, 1, 7.5)
		for j := range 2 * len(row) {
			want := min(j%17, 15)
			if j >= d {
				want = 0
			}
			if got := codeAt(row, j); int(got) != want {
				t.Fatalf("d=%d: code %d is %d, not %d", d, j, got, want)
			}
		}
	}
}

// TestCodesSaturate has the largest sums that there are.
func TestCodesSaturate(t *testing.T) {
	for _, d := range []int{64, 384, MaxDimension - 64, MaxDimension} {
		for _, element := range []int8{127, -127} {
			q, rows := make([]int8, d), make([]uint8, 5*d/2)
			for i := range q {
				q[i] = element
			}
			for i := range rows {
				rows[i] = 255
			}
			got := make([]int32, 5)
			CodesRows(got, q, rows, d/2)
			for i := range got {
				if want := int64(d) * 15 * int64(element); int64(got[i]) != want {
					t.Errorf("d=%d, %d: row %d is %d, want %d", d, element, i, got[i], want)
				}
			}
		}
	}
}

// TestSpecialNumbers has NaN, infinities and denormals at each place of a row.
func TestSpecialNumbers(t *testing.T) {
	inf, tiny := float32(math.Inf(1)), float32(math.SmallestNonzeroFloat32)
	for _, d := range []int{1, 7, 8, 15, 16, 17, 33} {
		for at := range d {
			for _, tt := range []struct {
				in, dot, dist float32
			}{
				{float32(math.NaN()), float32(math.NaN()), float32(math.NaN())},
				{inf, inf, inf},
				{-inf, -inf, inf},
				{tiny, tiny, 0},
			} {
				q, row := make([]float32, d), make([]float32, d)
				q[at], row[at] = 1, tt.in
				same := func(a, b float32) bool { return a == b || a != a && b != b }
				if got := Dot(q, row); !same(got, tt.dot) {
					t.Errorf("d=%d at %d: the dot product with %v is %v, want %v", d, at, tt.in, got, tt.dot)
				}
				q[at] = 0
				if got := SquaredL2(q, row); !same(got, tt.dist) {
					t.Errorf("d=%d at %d: the distance to %v is %v, want %v", d, at, tt.in, got, tt.dist)
				}
			}
		}
	}
}

// TestShortRows has rows that are shorter than the query: a panic, never a read beyond them.
func TestShortRows(t *testing.T) {
	q, short := make([]float32, 32), make([]float32, 31)
	for name, call := range map[string]func(){
		"Dot":       func() { Dot(q, short) },
		"SquaredL2": func() { SquaredL2(q, short) },
		"DotRows":   func() { DotRows(make([]float32, 2), q, make([]float32, 63), 32) },
		"L2Rows":    func() { L2Rows(make([]float32, 2), q, make([]float32, 63), 32) },
		"DotEach":   func() { DotEach(make([]float32, 2), q, [][]float32{q, short[:31:31]}) },
		"L2Each":    func() { L2Each(make([]float32, 2), q, [][]float32{q, short[:31:31]}) },
		"few":       func() { DotEach(make([]float32, 1), q, [][]float32{q, q}) },
		"CodesRows": func() { CodesRows(make([]int32, 2), make([]int8, 64), make([]uint8, 63), 32) },
		"no group":  func() { CodesRows(make([]int32, 1), make([]int8, 63), make([]uint8, 64), 32) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

func TestNoRows(t *testing.T) {
	DotRows(nil, []float32{1}, nil, 1)
	DotEach(nil, []float32{1}, nil)
	CodesRows(nil, make([]int8, CodeGroup), nil, 1)
}

// TestGoKernels compares the kernels in Go, which other processors use, with the chosen ones.
func TestGoKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, d := range []int{0, 1, 3, 4, 5, 31, 384} {
		const n = 5
		q, block := floats(rng, d), floats(rng, n*d)
		rows := make([][]float32, n)
		for i := range rows {
			rows[i] = block[i*d:][:d]
		}
		type kernels struct{ dots, dists, picked, pickedDists []float32 }
		fresh := func() kernels {
			return kernels{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)}
		}
		got, want := fresh(), fresh()
		dotBlockGo(got.dots, q, block, d, d)
		l2BlockGo(got.dists, q, block, d, d)
		dotPickedGo(got.picked, q, rows, d)
		l2PickedGo(got.pickedDists, q, rows, d)
		DotRows(want.dots, q, block, d)
		L2Rows(want.dists, q, block, d)
		DotEach(want.picked, q, rows)
		L2Each(want.pickedDists, q, rows)
		near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-4*(1+math.Abs(float64(b))) }
		for i := range n {
			if !near(got.dots[i], want.dots[i]) || !near(got.dists[i], want.dists[i]) || !near(got.picked[i], want.picked[i]) || !near(got.pickedDists[i], want.pickedDists[i]) {
				t.Errorf("d=%d row %d: %v, want %v", d, i, got, want)
			}
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	const d = 384
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1000, 10_000, 100_000} {
		q, block := floats(rng, d), floats(rng, n*d)
		cq, rows := codes(rng, d, n)
		dst, sums := make([]float32, n), make([]int32, n)
		for _, tt := range []struct {
			name string
			run  func()
		}{
			{"dot", func() { DotRows(dst, q, block, d) }},
			{"l2", func() { L2Rows(dst, q, block, d) }},
			{"codes", func() { CodesRows(sums, cq, rows, d/2) }},
			{"dotGo", func() { dotBlockGo(dst, q, block, d, d) }},
			{"codesGo", func() { codesBlockGo(sums, cq, rows, d/2) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", tt.name, n), func(b *testing.B) {
				for b.Loop() {
					tt.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
			})
		}
	}
}

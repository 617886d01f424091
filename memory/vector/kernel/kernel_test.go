package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
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

func codes(rng *rand.Rand, d, rows int) (q []int16, block []uint8) {
	q, block = make([]int16, d+1)[1:], make([]uint8, d*rows+1)[1:]
	for i := range q {
		q[i] = int16(rng.IntN(255) - 127)
	}
	for i := range block {
		block[i] = uint8(rng.IntN(256))
	}
	return q, block
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

func TestBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, d := range lengths() {
		n := 1 + d%7
		q, block := codes(rng, d, n)
		inBlock, picked := make([]int32, n), make([]int32, n)
		rows := make([][]uint8, n)
		for i := range rows {
			rows[i] = block[i*d:][:d]
		}
		BytesRows(inBlock, q, block, d)
		BytesEach(picked, q, rows)
		for i, row := range rows {
			var want int64
			for j := range q {
				want += int64(q[j]) * int64(row[j])
			}
			if int64(inBlock[i]) != want || int64(picked[i]) != want {
				t.Fatalf("d=%d row %d of %d: %d in the block, %d picked, want %d", d, i, n, inBlock[i], picked[i], want)
			}
		}
	}
}

// TestBytesSaturate has the largest sums that there are.
func TestBytesSaturate(t *testing.T) {
	for _, d := range []int{31, 32, 64, 384, MaxDimension - 1, MaxDimension} {
		for _, element := range []int16{127, -127} {
			q, row := make([]int16, d), make([]uint8, 5*d)
			for i := range q {
				q[i] = element
			}
			for i := range row {
				row[i] = 255
			}
			got := make([]int32, 5)
			BytesRows(got, q, row, d)
			for i := range got {
				if want := int64(d) * 255 * int64(element); int64(got[i]) != want {
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
		"BytesRows": func() { BytesRows(make([]int32, 2), make([]int16, 32), make([]uint8, 63), 32) },
		"BytesEach": func() { BytesEach(make([]int32, 1), make([]int16, 32), [][]uint8{make([]uint8, 31)}) },
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
	BytesRows(nil, []int16{1}, nil, 1)
	BytesEach(nil, []int16{1}, nil)
}

// TestGoKernels compares the kernels in Go, which other processors use, with the chosen ones.
func TestGoKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, d := range []int{0, 1, 3, 4, 5, 31, 384} {
		const n = 5
		q, block := floats(rng, d), floats(rng, n*d)
		bq, bytes := codes(rng, d, n)
		rows, brows := make([][]float32, n), make([][]uint8, n)
		for i := range rows {
			rows[i], brows[i] = block[i*d:][:d], bytes[i*d:][:d]
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
		gotBytes, wantBytes, pickedBytes := make([]int32, n), make([]int32, n), make([]int32, n)
		bytesBlockGo(gotBytes, bq, bytes, d, d)
		bytesPickedGo(pickedBytes, bq, brows, d)
		BytesRows(wantBytes, bq, bytes, d)
		for i := range n {
			if !near(got.dots[i], want.dots[i]) || !near(got.dists[i], want.dists[i]) || !near(got.picked[i], want.picked[i]) || !near(got.pickedDists[i], want.pickedDists[i]) {
				t.Errorf("d=%d row %d: %v, want %v", d, i, got, want)
			}
			if gotBytes[i] != wantBytes[i] || pickedBytes[i] != wantBytes[i] {
				t.Errorf("d=%d row %d: bytes %d, %d, want %d", d, i, gotBytes[i], pickedBytes[i], wantBytes[i])
			}
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	const d = 384
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1000, 10_000, 100_000} {
		q, block := floats(rng, d), floats(rng, n*d)
		bq, bytes := codes(rng, d, n)
		dst, sums := make([]float32, n), make([]int32, n)
		for _, tt := range []struct {
			name string
			run  func()
		}{
			{"dot", func() { DotRows(dst, q, block, d) }},
			{"l2", func() { L2Rows(dst, q, block, d) }},
			{"bytes", func() { BytesRows(sums, bq, bytes, d) }},
			{"dotGo", func() { dotBlockGo(dst, q, block, d, d) }},
			{"bytesGo", func() { bytesBlockGo(sums, bq, bytes, d, d) }},
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

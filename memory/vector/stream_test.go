package vector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// filled is an index with a history: vectors that were added, replaced and deleted.
func filled(tb testing.TB, o Options, n, d int) (*Index, [][]float32) {
	tb.Helper()
	ix := fresh(tb, o)
	vectors := gaussian(rand.New(rand.NewPCG(8, uint64(d))), n, d)
	for i, v := range vectors {
		put(tb, ix, int64(i), v)
	}
	for i := range vectors {
		switch {
		case i%9 == 0:
			ix.Delete(int64(i))
		case i%7 == 0:
			put(tb, ix, int64(i), vectors[(i+1)%n])
		}
	}
	ix.SetGeneration(42)
	return ix, vectors
}

func saved(tb testing.TB, ix *Index) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := ix.Save(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestSaveAndLoad(t *testing.T) {
	for _, tt := range []struct {
		name string
		from Options
		to   Kind
		size int
	}{
		{"exact", Options{}, Auto, 300},
		{"codes", Options{Metric: L2}, Auto, 1300},
		{"product", Options{Metric: Dot, Kind: Scan}, Exact, 100},
		{"graph", Options{Kind: HNSW}, HNSW, 1300},
		{"graph, read without", Options{Kind: HNSW}, Auto, 1300},
		{"no graph, read with one", Options{Kind: Exact}, HNSW, 1300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.from.Model = "a model"
			ix, vectors := filled(t, tt.from, tt.size, 20)
			stream := saved(t, ix)
			o := tt.from
			o.Kind = tt.to
			other := fresh(t, o)
			put(t, other, -5, vectors[0])
			r := bytes.NewReader(append(slices.Clone(stream), "what follows"...))
			if err := other.Load(iotest.OneByteReader(r)); err != nil {
				t.Fatal(err)
			}
			if r.Len() != len("what follows") {
				t.Errorf("%d bytes are left of what follows", r.Len())
			}
			if other.Len() != ix.Len() || other.Generation() != 42 || other.Has(-5) || other.Stats().Dimension != 20 {
				t.Errorf("%+v was loaded, want %+v", other.Stats(), ix.Stats())
			}
			same := func(alike bool) {
				t.Helper()
				for i := 0; i < len(vectors); i += 37 {
					want, got := search(t, ix, vectors[i], 5, nil), search(t, other, vectors[i], 5, nil)
					if !alike {
						want, got = want[:1], got[:1] // a graph may miss some
					}
					if !slices.Equal(got, want) {
						t.Fatalf("after loading, %v is found, want %v", got, want)
					}
				}
			}
			same(tt.from.Kind == HNSW == (tt.to == HNSW))
			if tt.from.Kind == tt.to && !bytes.Equal(saved(t, other), stream) {
				t.Error("what was loaded is saved as other bytes")
			}
			for i := range 800 { // both go on alike
				id := int64(i * 3 % 700)
				if i%2 == 0 {
					if ix.Delete(id) != other.Delete(id) {
						t.Fatalf("%d is in one of them", id)
					}
				} else {
					put(t, ix, id, vectors[i%len(vectors)])
					put(t, other, id, vectors[i%len(vectors)])
				}
			}
			same(tt.from.Kind != HNSW && tt.to != HNSW) // a sweep begins anew after loading, so graphs differ
		})
	}
}

// TestSaveWhileSweeping saves after each change, so that all stages of a sweep are saved.
func TestSaveWhileSweeping(t *testing.T) {
	ix, vectors := filled(t, Options{Kind: HNSW}, 220, 6)
	for i := range 150 {
		ix.Delete(int64(i))
		if i%3 == 0 {
			put(t, ix, int64(1000+i), vectors[i])
		}
		other := fresh(t, Options{Kind: HNSW})
		if err := other.Load(bytes.NewReader(saved(t, ix))); err != nil {
			t.Fatalf("after %d deletions: %v", i+1, err)
		}
		if other.Len() != ix.Len() {
			t.Fatalf("after %d deletions %d vectors were loaded, want %d", i+1, other.Len(), ix.Len())
		}
		for j := range 40 {
			put(t, other, int64(5000+j), vectors[j])
			other.Delete(int64(180 + j))
		}
	}
}

func TestEmptyStream(t *testing.T) {
	for _, o := range []Options{{}, {Dimension: 7, Kind: HNSW}} {
		other := fresh(t, o)
		if err := other.Load(bytes.NewReader(saved(t, fresh(t, o)))); err != nil || other.Len() != 0 {
			t.Errorf("%+v: %v", o, err)
		}
		put(t, other, 1, []float32{1, 2, 3, 4, 5, 6, 7})
	}
}

// TestStale has streams that belong to another index.
func TestStale(t *testing.T) {
	ix, vectors := filled(t, Options{Model: "a model"}, 50, 8)
	stream := saved(t, ix)
	for _, o := range []Options{{Model: "another"}, {Model: "a model", Metric: L2}, {Model: "a model", Dimension: 9}} {
		other := fresh(t, o)
		v := make([]float32, max(o.Dimension, 8))
		v[0] = 1
		put(t, other, 5, v)
		if err := other.Load(bytes.NewReader(stream)); !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), "a model") {
			t.Errorf("%+v: %v", o, err)
		}
		if other.Len() != 1 || other.Generation() != 0 {
			t.Errorf("%+v: the index was changed", o)
		}
	}
	if search(t, ix, vectors[1], 1, nil)[0].ID != 1 {
		t.Error("vector 1 is not found")
	}
}

// TestDamaged cuts a stream everywhere, and changes each of its bytes.
func TestDamaged(t *testing.T) {
	for _, kind := range []Kind{Exact, HNSW} {
		ix, vectors := filled(t, Options{Kind: kind, Model: "m"}, 30, 3)
		stream := saved(t, ix)
		other := fresh(t, Options{Kind: kind, Model: "m"})
		put(t, other, 77, vectors[0])
		refused := func(what string, at int, stream []byte) {
			t.Helper()
			if err := other.Load(bytes.NewReader(stream)); !errors.Is(err, ErrStream) {
				t.Fatalf("%v, %s at %d of %d: %v", kind, what, at, len(stream), err)
			}
			if hits := search(t, other, vectors[0], 9, nil); len(hits) != 1 || hits[0].ID != 77 {
				t.Fatalf("%v, %s at %d: the index was changed", kind, what, at)
			}
		}
		for at := range stream {
			refused("cut", at, stream[:at])
			changed := slices.Clone(stream)
			changed[at] ^= 1 << (at % 8)
			refused("changed", at, changed)
		}
		if err := other.Load(iotest.TimeoutReader(bytes.NewReader(stream))); !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("a reader that fails: %v", err)
		}
		if err := ix.Save(failing{}); err == nil {
			t.Error("a writer that fails: no error")
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

// sealed is a stream whose checksums are right, whatever it says.
func sealed(h head, rows ...[]byte) []byte {
	var b bytes.Buffer
	_ = h.write(&b)
	for _, r := range rows {
		b.Write(binary.LittleEndian.AppendUint32(r, crc32.Checksum(r, castagnoli)))
	}
	return b.Bytes()
}

// TestLies has streams whose checksums are right and whose contents are not.
func TestLies(t *testing.T) {
	one := func(id int64, gone byte, x float32) []byte {
		buf := append(binary.LittleEndian.AppendUint64(nil, uint64(id)), gone)
		return binary.LittleEndian.AppendUint32(buf, math.Float32bits(x))
	}
	two := slices.Concat(one(1, 0, 1)[:8], one(1, 0, 1)[:8], []byte{0, 0}, one(1, 0, 1)[9:], one(1, 0, 1)[9:])
	for name, stream := range map[string][]byte{
		"many rows":        sealed(head{dimension: 1, rows: 1<<32 - 1}, one(1, 0, 1)),
		"too many rows":    sealed(head{dimension: 1, rows: 1 << 60}),
		"rows of nothing":  sealed(head{rows: 1}),
		"large dimension":  sealed(head{dimension: MaxDimension + 1}),
		"unknown metric":   sealed(head{dimension: 1, metric: metrics}),
		"twice the same":   sealed(head{dimension: 1, rows: 2}, two),
		"not of length 1":  sealed(head{dimension: 1, rows: 1}, one(1, 0, 2)),
		"NaN":              sealed(head{dimension: 1, rows: 1}, one(1, 0, float32(math.NaN()))),
		"gone":             sealed(head{dimension: 1, rows: 1}, one(1, 1, 1)),
		"gone, and a mark": sealed(head{dimension: 1, rows: 1}, one(1, 2, 1)),
	} {
		if err := fresh(t, Options{}).Load(bytes.NewReader(stream)); !errors.Is(err, ErrStream) && !errors.Is(err, ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	infinite := sealed(head{dimension: 1, rows: 1, metric: L2}, one(1, 0, float32(math.Inf(1))))
	if err := fresh(t, Options{Metric: L2}).Load(bytes.NewReader(infinite)); !errors.Is(err, ErrStream) {
		t.Errorf("infinite: %v", err)
	}
	good := sealed(head{dimension: 1, rows: 1}, one(1, 0, -1))
	if err := fresh(t, Options{}).Load(bytes.NewReader(good)); err != nil {
		t.Errorf("a stream that is right: %v", err)
	}
}

// FuzzLoad loads any bytes, their checksums set right where the fuzzer has kept the pieces' places.
func FuzzLoad(f *testing.F) {
	for _, kind := range []Kind{Exact, HNSW} {
		ix, _ := filled(f, Options{Kind: kind}, 12, 2)
		f.Add(saved(f, ix), true)
	}
	f.Add([]byte(magic), false)
	f.Fuzz(func(t *testing.T, stream []byte, seal bool) {
		if seal && len(stream) > fixedHead+4 {
			sum := crc32.Checksum(stream[:fixedHead], castagnoli)
			binary.LittleEndian.PutUint32(stream[fixedHead:], sum)
			if rows := binary.LittleEndian.Uint32(stream[24:]); rows < 1000 {
				d := binary.LittleEndian.Uint32(stream[16:])
				from := fixedHead + 4
				if to := from + int(rows)*(9+4*int(d&0xffff)); to+4 <= len(stream) {
					binary.LittleEndian.PutUint32(stream[to:], crc32.Checksum(stream[from:to], castagnoli))
				}
			}
		}
		ix, err := New(Options{Kind: HNSW})
		if err != nil {
			t.Fatal(err)
		}
		if err := ix.Load(bytes.NewReader(stream)); err != nil {
			if !errors.Is(err, ErrStream) && !errors.Is(err, ErrStale) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if d := ix.Stats().Dimension; d > 0 {
			v := make([]float32, d)
			v[0] = 1
			put(t, ix, 1, v)
			if len(search(t, ix, v, 3, nil)) == 0 {
				t.Fatal("nothing is found")
			}
		}
		again := fresh(t, Options{Kind: HNSW})
		if err := again.Load(bytes.NewReader(saved(t, ix))); err != nil {
			t.Fatalf("what was loaded cannot be loaded again: %v", err)
		}
	})
}

package conformance

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// vectorsOf reads all vectors of a model that were stored after a point.
func vectorsOf(t *testing.T, b memory.Backend, of memory.Owner, tenant, model string, after int64) (got map[int64][]float32, upTo int64) {
	t.Helper()
	got = map[int64][]float32{}
	read(t, b, tenant, func(r memory.Reader) (err error) {
		upTo, err = r.(memory.VectorReader).Vectors(of, model, after, func(row int64, v []float32) error { got[row] = slices.Clone(v); return nil },
			func(row int64) { t.Errorf("the vector of row %d is damaged", row) })
		return err
	})
	return got, upTo
}

func testVectors(t *testing.T, b memory.Backend) {
	list := add(t, b, "me", episode("s", "1", "user", "a", 0), episode("s", "2", "user", "b", 1), episode("s", "3", "user", "c", 2))
	other := add(t, b, "you", episode("s", "1", "user", "yours", 0))
	vectorsOfRows(t, b, memory.Turns, []int64{list[0].Row, list[1].Row, list[2].Row}, other[0].Row, func(tx memory.Tx) error {
		_, err := tx.DropEpisodes([]int64{list[0].Row})
		return err
	})
}

func testChunkVectors(t *testing.T, b memory.Backend) {
	var rows [4]int64
	var first int64
	for i, tenant := range []string{"me", "me", "me", "you"} {
		write(t, b, tenant, func(tx memory.Tx) error {
			d, c := document("global", "c", fmt.Sprint(i)), chunks(fmt.Sprint("text ", i))
			err := tx.AddDocument(&d, c)
			if rows[i] = c[0].Row; i == 0 {
				first = d.Row
			}
			return err
		})
	}
	vectorsOfRows(t, b, memory.Chunks, rows[:3], rows[3], func(tx memory.Tx) error {
		_, err := tx.DropDocuments([]int64{first})
		return err
	})
}

// vectorsOfRows tries the vectors of three rows, and of another tenant's. dropFirst drops the first of the three.
func vectorsOfRows(t *testing.T, b memory.Backend, of memory.Owner, rows []int64, other int64, dropFirst func(memory.Tx) error) {
	ok := true
	read(t, b, "me", func(r memory.Reader) error { _, ok = r.(memory.VectorReader); return nil })
	if !ok {
		t.Fatal("the reader is no memory.VectorReader: a search by meaning would find nothing")
	}
	lacking := func(tenant, model string, after int64, limit int) (out []int64) {
		read(t, b, tenant, func(r memory.Reader) (err error) {
			out, err = r.(memory.VectorReader).Lacking(of, model, after, limit)
			return err
		})
		return out
	}
	set := func(tenant, model string, list ...memory.RowVector) {
		write(t, b, tenant, func(tx memory.Tx) error { return tx.(memory.VectorTx).SetVectors(of, model, list) })
	}
	if got := lacking("me", "m", 0, 10); !slices.Equal(got, rows) {
		t.Errorf("%v lack a vector, not %v", got, rows)
	}
	if got := lacking("me", "m", rows[0], 1); !slices.Equal(got, rows[1:2]) {
		t.Errorf("after the first, one at most: %v", got)
	}
	one, two := []float32{1, 0, -0.5}, []float32{0, 1, 0.25}
	set("me", "m", memory.RowVector{Row: rows[0], Text: []byte("A"), Vector: one}, memory.RowVector{Row: rows[1], Text: []byte("B")},
		memory.RowVector{Row: other, Text: []byte("O"), Vector: two}, memory.RowVector{Row: 1 << 40, Vector: two})
	set("me", "another", memory.RowVector{Row: rows[0], Text: []byte("A"), Vector: []float32{9}})
	got, upTo := vectorsOf(t, b, of, "me", "m", 0)
	if want := map[int64][]float32{rows[0]: one, rows[1]: nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, wrote %v", got, want)
	}
	if got := lacking("me", "m", 0, 10); !slices.Equal(got, rows[2:]) {
		t.Errorf("%v lack a vector, not %v", got, rows[2:])
	}
	if got := lacking("you", "m", 0, 10); len(got) != 1 {
		t.Errorf("another tenant's row has got a vector: %v lack one", got)
	}
	set("me", "m", memory.RowVector{Row: rows[0], Text: []byte("A"), Vector: two}, memory.RowVector{Row: rows[2], Text: []byte("C"), Vector: one})
	got, next := vectorsOf(t, b, of, "me", "m", upTo)
	if want := map[int64][]float32{rows[0]: two, rows[2]: one}; !reflect.DeepEqual(got, want) || next <= upTo {
		t.Errorf("since then were stored %v up to %d, not %v", got, next, want)
	}
	if got, _ := vectorsOf(t, b, of, "me", "m", next); len(got) != 0 {
		t.Errorf("since the end were stored %v", got)
	}
	read(t, b, "me", func(r memory.Reader) error {
		v := r.(memory.VectorReader)
		for text, want := range map[string][]float32{"A": two, "B": nil, "C": one, "O": nil} {
			if got, err := v.VectorOf(of, "m", []byte(text)); err != nil || !slices.Equal(got, want) {
				t.Errorf("the vector of %s is %v, not %v; %v", text, got, want, err)
			}
		}
		for model, want := range map[string]int{"m": 3, "another": 1, "none": 0} {
			if n, err := v.VectorLength(of, model); err != nil || n != want {
				t.Errorf("a vector of %s has %d numbers, not %d; %v", model, n, want, err)
			}
		}
		counts, err := v.VectorCounts(of)
		if want := map[string]int{"m": 3, "another": 1}; !maps.Equal(counts, want) {
			t.Errorf("counts are %v, not %v", counts, want)
		}
		return err
	})
	why := errors.New("changed my mind")
	err := b.Write(t.Context(), "me", func(tx memory.Tx) error {
		v := tx.(memory.VectorTx)
		return errors.Join(v.SetVectors(of, "m", []memory.RowVector{{Row: rows[0], Vector: one}}), v.DropVectors(of, "another"), v.DropVectors(of, "m", rows[2]), why)
	})
	if !errors.Is(err, why) {
		t.Fatal(err)
	}
	if got, _ := vectorsOf(t, b, of, "me", "m", 0); !reflect.DeepEqual(got, map[int64][]float32{rows[0]: two, rows[1]: nil, rows[2]: one}) {
		t.Errorf("after what was undone there are %v", got)
	}
	write(t, b, "me", func(tx memory.Tx) error {
		if err := dropFirst(tx); err != nil {
			return err
		}
		return tx.(memory.VectorTx).DropVectors(of, "m", rows[2])
	})
	for model, want := range map[string]map[int64][]float32{"m": {rows[1]: nil}, "another": {}} {
		if got, _ := vectorsOf(t, b, of, "me", model, 0); !reflect.DeepEqual(got, want) {
			t.Errorf("of %s is left %v, not %v", model, got, want)
		}
	}
	write(t, b, "me", func(tx memory.Tx) error { return tx.(memory.VectorTx).DropVectors(of, "m") })
	if got := lacking("me", "m", 0, 10); !slices.Equal(got, rows[1:]) {
		t.Errorf("after all were dropped %v lack one", fmt.Sprint(got))
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

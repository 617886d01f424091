package types

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestJoinOfMany joins long lists of types, either way, and compares with joining that goes through
// all alternatives for each.
func TestJoinOfMany(t *testing.T) {
	pool := []Type{Unknown, Never, Any, Nil, Boolean, Number, Integer, String, TableType, FunctionType, nil, &Literal{math.NaN()}, &Literal{true}, &Literal{false}}
	for i := range 60 {
		pool = append(pool, &Object{Name: "o"}, &Func{}, &Literal{string(rune('a' + i%40))}, &Literal{float64(i % 30)}, &Literal{float64(i) + 0.5},
			&Array{Elem: &Literal{float64(i % 5)}}, &Map{Key: String, Value: []Type{Number, Nil}[i%2]}, &Tuple{}, &Param{Name: "T"})
	}
	pool = append(pool, &Union{Of: []Type{Nil, &Literal{"a"}}}, &Union{Of: pool[14:60]})
	r := rand.New(rand.NewPCG(1, 2))
	long := 0
	for round := range 600 {
		list := make([]Type, r.IntN(120))
		for i := range list {
			// Few lists have a type that covers most others.
			from := []int{14, 14, 14, 3, 0}[round%5]
			list[i] = pool[from+r.IntN(len(pool)-from)]
		}
		join, how := Join, join{}
		if round%2 == 1 {
			join, how.literals = Choice, true
		}
		got, want := alternatives(join(list...)), how.slowly(list)
		if len(want) == 0 {
			want = []Type{Unknown}
		}
		if len(want) > longJoin {
			long++
		}
		if len(got) != len(want) {
			t.Fatalf("round %d: %d alternatives, want %d", round, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("round %d: number %d is %v, want %v", round, i, got[i], want[i])
			}
		}
	}
	if long < 200 {
		t.Errorf("only %d lists are long", long)
	}
}

func alternatives(t Type) []Type {
	if u, ok := t.(*Union); ok {
		return u.Of
	}
	return []Type{t}
}

func (j *join) slowly(list []Type) (of []Type) {
	var add func(t Type)
	add = func(t Type) {
		if u, ok := t.(*Union); ok {
			for _, t := range u.Of {
				add(t)
			}
			return
		}
		if t == nil || t == Unknown || t == Never {
			return
		}
		for _, have := range of {
			if Same(have, t) || j.covers(have, t) {
				return
			}
			if opposite(have, t) {
				t = Boolean
				break
			}
		}
		var kept []Type
		for _, have := range of {
			if !j.covers(t, have) {
				kept = append(kept, have)
			}
		}
		of = append(kept, t)
	}
	for _, t := range list {
		add(t)
	}
	return of
}

// BenchmarkJoin joins as many tables as there are records in a long list.
func BenchmarkJoin(b *testing.B) {
	list := make([]Type, 2000)
	for i := range list {
		list[i] = &Object{}
	}
	b.ReportAllocs()
	for b.Loop() {
		Join(list...)
	}
}

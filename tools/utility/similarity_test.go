package utility

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

// damerauByMatrix is the textbook's algorithm (Lowrance and Wagner), which
// holds the whole matrix.
func damerauByMatrix(a, b []rune) int {
	most := len(a) + len(b)
	d := make([][]int, len(a)+2)
	for i := range d {
		d[i] = make([]int, len(b)+2)
		d[i][0] = most
		if i > 0 {
			d[i][1] = i - 1
		}
	}
	for j := range len(b) + 2 {
		d[0][j] = most
		if j > 0 {
			d[1][j] = j - 1
		}
	}
	last := map[rune]int{}
	for i := 1; i <= len(a); i++ {
		db := 0
		for j := 1; j <= len(b); j++ {
			k, l, cost := last[b[j-1]], db, 1
			if a[i-1] == b[j-1] {
				cost, db = 0, j
			}
			d[i+1][j+1] = min(d[i][j]+cost, d[i+1][j]+1, d[i][j+1]+1, d[k][l]+(i-k-1)+1+(j-l-1))
		}
		last[a[i-1]] = i
	}
	return d[len(a)+1][len(b)+1]
}

func TestDamerau(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() []rune {
		w := make([]rune, random.IntN(9))
		for i := range w {
			w[i] = rune('a' + random.IntN(4))
		}
		return w
	}
	for range 20_000 {
		a, b := word(), word()
		if got, err := damerau(context.Background(), a, b); err != nil || got != damerauByMatrix(a, b) {
			t.Fatalf("%q and %q: %d, %v; want %d", string(a), string(b), got, err, damerauByMatrix(a, b))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := damerau(ctx, make([]rune, 1000), []rune("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled one: %v", err)
	}
}

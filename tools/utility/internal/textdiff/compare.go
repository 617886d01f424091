package textdiff

import (
	"context"
	"math"
)

// Kind of an Op.
type Kind byte

// What an Op says of its items.
const (
	Equal Kind = iota
	Delete
	Insert
)

// Op is a run of items: Old and New are the positions where it begins, and N
// how many items it has (of the old sequence for Delete, of the new for
// Insert). A Delete comes before the Insert that replaces it.
type Op struct {
	Kind        Kind
	Old, New, N int
}

// Compare returns the script that turns a into b. It ends early, with the
// context's error, once ctx is done.
func Compare[T comparable](ctx context.Context, a, b []T) ([]Op, error) {
	ids := make(map[T]int, len(a))
	number := func(items []T) []int {
		out := make([]int, len(items))
		for i, v := range items {
			id, ok := ids[v]
			if !ok {
				id = len(ids)
				ids[v] = id
			}
			out[i] = id
		}
		return out
	}
	x, y := number(a), number(b)
	c := &comparison{ctx: ctx, deleted: make([]bool, len(a)), inserted: make([]bool, len(b))}
	c.prepare(x, y, len(ids))
	if err := c.split(0, len(c.a), 0, len(c.b)); err != nil {
		return nil, err
	}
	return c.script(), nil
}

type comparison struct {
	ctx               context.Context
	a, b              []int // numbers of the items that occur on both sides
	posA, posB        []int // where those stand in the whole sequences
	deleted, inserted []bool
	forward, backward []int // furthest point on each diagonal, shifted by offset
	offset, limit     int
}

// prepare drops items that only one side has: nothing can match them, and
// without them very different texts are compared in no time.
func (c *comparison) prepare(x, y []int, n int) {
	inA, inB := make([]bool, n), make([]bool, n)
	for _, id := range x {
		inA[id] = true
	}
	for _, id := range y {
		inB[id] = true
	}
	for i, id := range x {
		if c.deleted[i] = !inB[id]; inB[id] {
			c.a, c.posA = append(c.a, id), append(c.posA, i)
		}
	}
	for i, id := range y {
		if c.inserted[i] = !inA[id]; inA[id] {
			c.b, c.posB = append(c.b, id), append(c.posB, i)
		}
	}
	size := len(c.a) + len(c.b) + 3
	c.forward, c.backward = make([]int, size), make([]int, size)
	c.offset = len(c.b) + 1
	c.limit = max(512, int(math.Sqrt(float64(size))))
}

// split finds the script from a[aLow:aHigh] to b[bLow:bHigh].
func (c *comparison) split(aLow, aHigh, bLow, bHigh int) error {
	for aLow < aHigh && bLow < bHigh && c.a[aLow] == c.b[bLow] {
		aLow, bLow = aLow+1, bLow+1
	}
	for aLow < aHigh && bLow < bHigh && c.a[aHigh-1] == c.b[bHigh-1] {
		aHigh, bHigh = aHigh-1, bHigh-1
	}
	switch {
	case aLow == aHigh:
		for i := bLow; i < bHigh; i++ {
			c.inserted[c.posB[i]] = true
		}
		return nil
	case bLow == bHigh:
		for i := aLow; i < aHigh; i++ {
			c.deleted[c.posA[i]] = true
		}
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	i, j, err := c.middle(aLow, aHigh, bLow, bHigh)
	if err != nil {
		return err
	}
	if err := c.split(aLow, i, bLow, j); err != nil {
		return err
	}
	return c.split(i, aHigh, j, bHigh)
}

// middle returns a point that a shortest script passes, or, when that would
// take more than limit steps, the best point found so far. Both ends of the
// ranges differ, so the point is neither corner.
func (c *comparison) middle(aLow, aHigh, bLow, bHigh int) (int, int, error) {
	f, b, off := c.forward, c.backward, c.offset
	low, high := aLow-bHigh, aHigh-bLow // the diagonals that exist
	fMid, bMid := aLow-bLow, aHigh-bHigh
	odd := (fMid-bMid)&1 != 0
	fMin, fMax, bMin, bMax := fMid, fMid, bMid, bMid
	f[off+fMid], b[off+bMid] = aLow, aHigh
	for cost := 1; ; cost++ {
		if cost%64 == 0 {
			if err := c.ctx.Err(); err != nil {
				return 0, 0, err
			}
		}
		// One step from the start.
		if fMin > low {
			fMin--
			f[off+fMin-1] = -1
		} else {
			fMin++
		}
		if fMax < high {
			fMax++
			f[off+fMax+1] = -1
		} else {
			fMax--
		}
		for d := fMax; d >= fMin; d -= 2 {
			i := max(f[off+d-1]+1, f[off+d+1])
			j := i - d
			for i < aHigh && j < bHigh && c.a[i] == c.b[j] {
				i, j = i+1, j+1
			}
			f[off+d] = i
			if odd && bMin <= d && d <= bMax && b[off+d] <= i {
				return i, j, nil
			}
		}
		// One step from the end.
		if bMin > low {
			bMin--
			b[off+bMin-1] = math.MaxInt
		} else {
			bMin++
		}
		if bMax < high {
			bMax++
			b[off+bMax+1] = math.MaxInt
		} else {
			bMax--
		}
		for d := bMax; d >= bMin; d -= 2 {
			i := b[off+d+1] - 1
			if down := b[off+d-1]; down < b[off+d+1] {
				i = down
			}
			j := i - d
			for i > aLow && j > bLow && c.a[i-1] == c.b[j-1] {
				i, j = i-1, j-1
			}
			b[off+d] = i
			if !odd && fMin <= d && d <= fMax && i <= f[off+d] {
				return i, j, nil
			}
		}
		if cost >= c.limit {
			i, j := c.best(fMin, fMax, bMin, bMax, aLow, aHigh, bLow, bHigh)
			return i, j, nil
		}
	}
}

// best returns the point that has come furthest from either end.
func (c *comparison) best(fMin, fMax, bMin, bMax, aLow, aHigh, bLow, bHigh int) (int, int) {
	fBest, fi := -1, 0
	for d := fMax; d >= fMin; d -= 2 {
		i := min(c.forward[c.offset+d], aHigh)
		if j := i - d; j > bHigh {
			i = bHigh + d
		}
		if i+i-d > fBest {
			fBest, fi = i+i-d, i
		}
	}
	bBest, bi := math.MaxInt, 0
	for d := bMax; d >= bMin; d -= 2 {
		i := max(c.backward[c.offset+d], aLow)
		if j := i - d; j < bLow {
			i = bLow + d
		}
		if i+i-d < bBest {
			bBest, bi = i+i-d, i
		}
	}
	if aHigh+bHigh-bBest < fBest-(aLow+bLow) {
		return fi, fBest - fi
	}
	return bi, bBest - bi
}

// script turns the marks into runs.
func (c *comparison) script() []Op {
	var ops []Op
	i, j := 0, 0
	for i < len(c.deleted) || j < len(c.inserted) {
		from, to := i, j
		for i < len(c.deleted) && c.deleted[i] {
			i++
		}
		if i > from {
			ops = append(ops, Op{Delete, from, j, i - from})
		}
		for j < len(c.inserted) && c.inserted[j] {
			j++
		}
		if j > to {
			ops = append(ops, Op{Insert, i, to, j - to})
		}
		from, to = i, j
		for i < len(c.deleted) && j < len(c.inserted) && !c.deleted[i] && !c.inserted[j] {
			i, j = i+1, j+1
		}
		if i > from {
			ops = append(ops, Op{Equal, from, to, i - from})
		}
	}
	return ops
}

package vector

import (
	"cmp"
	"math"
	"slices"
)

// found is a row and what it is ordered by: nearer is more, and of equals the lower id is first.
type found struct {
	order float32
	row   uint32
	id    int64
}

// after says whether f comes after g in a result.
func (f found) after(g found) bool {
	return f.order < g.order || f.order == g.order && f.id > g.id
}

// top holds the first so many of what it is offered: a heap whose root is the last.
type top struct {
	room int
	heap []found
}

// least is what a row must have to be among them, at least.
func (t *top) least() float32 {
	if len(t.heap) < t.room {
		return float32(math.Inf(-1))
	}
	return t.heap[0].order
}

func (t *top) offer(f found) {
	if len(t.heap) < t.room {
		t.heap = append(t.heap, f)
		for i := len(t.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if !t.heap[i].after(t.heap[parent]) {
				return
			}
			t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
			i = parent
		}
		return
	}
	if f.after(t.heap[0]) {
		return
	}
	t.heap[0] = f
	for i := 0; ; {
		last := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.heap); child++ {
			if t.heap[child].after(t.heap[last]) {
				last = child
			}
		}
		if last == i {
			return
		}
		t.heap[i], t.heap[last] = t.heap[last], t.heap[i]
		i = last
	}
}

// sorted is what it holds, in order. The heap is none afterwards.
func (t *top) sorted() []found {
	slices.SortFunc(t.heap, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.order, a.order), cmp.Compare(a.id, b.id))
	})
	return t.heap
}

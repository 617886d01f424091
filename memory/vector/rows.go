package vector

import (
	"math/bits"
	"slices"

	"github.com/llmspell/llmspell/memory/vector/kernel"
)

const (
	floatPad   = 8       // rows are padded with zeros to whole registers
	blockBytes = 4 << 20 // how large a block of rows is about
	firstRows  = 16      // what the first block begins with
)

// rows are the vectors, in blocks, so that growing copies little. A row is named by
// its number, which stays until the row is removed or another takes its place.
type rows struct {
	stride int
	shift  uint // a block has 1<<shift rows
	blocks [][]float32
	ids    []int64
	at     map[int64]uint32
	gone   []uint64 // bits: rows that have no vector any more, or one that was deleted
	goners int
}

func newRows(dimension int) *rows {
	r := &rows{stride: (dimension + floatPad - 1) &^ (floatPad - 1), at: map[int64]uint32{}}
	if most := blockBytes / 4 / r.stride; most > 1 {
		r.shift = uint(bits.Len(uint(most)) - 1)
	}
	return r
}

// count is how many rows there are, with those that are gone.
func (r *rows) count() int { return len(r.ids) }

func (r *rows) live() int { return len(r.at) }

// row is the vector of a row, with its padding.
func (r *rows) row(i uint32) []float32 {
	from := int(i&(1<<r.shift-1)) * r.stride
	return r.blocks[i>>r.shift][from : from+r.stride : from+r.stride]
}

func (r *rows) isGone(i uint32) bool { return r.gone[i>>6]>>(i&63)&1 != 0 }

func (r *rows) setGone(i uint32, gone bool) {
	if r.isGone(i) == gone {
		return
	}
	r.gone[i>>6] ^= 1 << (i & 63)
	if gone {
		r.goners++
	} else {
		r.goners--
	}
}

// add appends a row of zeros that belongs to the id.
func (r *rows) add(id int64) uint32 {
	i := uint32(len(r.ids))
	b := int(i >> r.shift)
	if b == len(r.blocks) {
		r.blocks = append(r.blocks, nil)
	}
	r.blocks[b] = grown(r.blocks[b], r.stride, firstRows*r.stride, r.stride<<r.shift)
	r.ids = append(r.ids, id)
	if int(i>>6) == len(r.gone) {
		r.gone = append(r.gone, 0)
	}
	r.at[id] = i
	return i
}

// drop removes a row; the last one takes its place. It returns the number that the last one had.
func (r *rows) drop(i uint32) (last uint32) {
	last = uint32(len(r.ids) - 1)
	delete(r.at, r.ids[i])
	if i != last {
		copy(r.row(i), r.row(last))
		r.ids[i] = r.ids[last]
		r.at[r.ids[i]] = i
	}
	r.ids = r.ids[:last]
	b := last >> r.shift
	r.blocks[b] = r.blocks[b][:int(last&(1<<r.shift-1))*r.stride]
	if len(r.blocks[b]) == 0 {
		r.blocks = r.blocks[:b]
	}
	return last
}

// exact sets dst to the order of the rows from a on, which lie in one block.
func (m Metric) exact(r *rows, dst, q []float32, from uint32) {
	block := r.blocks[from>>r.shift][int(from&(1<<r.shift-1))*r.stride:]
	if m != L2 {
		kernel.DotRows(dst, q, block, r.stride)
		return
	}
	kernel.L2Rows(dst, q, block, r.stride)
	for i := range dst {
		dst[i] = -dst[i]
	}
}

// pickedAtOnce is how many rows are compared at a time where they are not neighbours.
const pickedAtOnce = 32

// exactEach sets dst to the order of the rows that list names.
func (m Metric) exactEach(r *rows, dst, q []float32, list []uint32) {
	var picked [pickedAtOnce][]float32
	for len(list) > 0 {
		n := min(len(list), pickedAtOnce)
		for i, row := range list[:n] {
			picked[i] = r.row(row)
		}
		if m != L2 {
			kernel.DotEach(dst[:n], q, picked[:n])
		} else {
			kernel.L2Each(dst[:n], q, picked[:n])
			for i := range dst[:n] {
				dst[i] = -dst[i]
			}
		}
		dst, list = dst[n:], list[n:]
	}
}

// grown is a block with n more elements of zero. It begins small and doubles, up to most.
func grown[T float32 | uint8](block []T, n, first, most int) []T {
	if len(block)+n > cap(block) {
		bigger := make([]T, len(block), min(max(2*cap(block), first, len(block)+n), max(most, n)))
		copy(bigger, block)
		block = bigger
	}
	block = block[:len(block)+n]
	clear(block[len(block)-n:])
	return block
}

// rowsOf are the rows of the ids that are there, in order, each once.
func (r *rows) rowsOf(ids []int64) []uint32 {
	list := make([]uint32, 0, min(len(ids), r.live()))
	for _, id := range ids {
		if i, ok := r.at[id]; ok {
			list = append(list, i)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

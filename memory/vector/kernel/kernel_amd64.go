package kernel

import "golang.org/x/sys/cpu"

// accelerated says whether the assembly runs on this processor. It never changes.
var accelerated = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// The assembly. n rows, at least one; d is a multiple of lanes, for codes of CodeGroup, and not 0; stride counts elements; rows of the picked ones is an array of slices.

//go:noescape
func dotBlockAVX2(dst, q, rows *float32, n, stride, d int)

//go:noescape
func l2BlockAVX2(dst, q, rows *float32, n, stride, d int)

//go:noescape
func dotPickedAVX2(dst, q *float32, rows *[]float32, n, d int)

//go:noescape
func l2PickedAVX2(dst, q *float32, rows *[]float32, n, d int)

//go:noescape
func codesBlockAVX2(dst *int32, q *int8, rows *uint8, n, stride, d int)

func dotBlock(dst, q, rows []float32, stride, d int) {
	switch {
	case d == 0:
		clear(dst)
	case accelerated:
		dotBlockAVX2(&dst[0], &q[0], &rows[0], len(dst), stride, d)
	default:
		dotBlockGo(dst, q, rows, stride, d)
	}
}

func l2Block(dst, q, rows []float32, stride, d int) {
	switch {
	case d == 0:
		clear(dst)
	case accelerated:
		l2BlockAVX2(&dst[0], &q[0], &rows[0], len(dst), stride, d)
	default:
		l2BlockGo(dst, q, rows, stride, d)
	}
}

func dotPicked(dst, q []float32, rows [][]float32, d int) {
	switch {
	case d == 0:
		clear(dst)
	case accelerated:
		dotPickedAVX2(&dst[0], &q[0], &rows[0], len(rows), d)
	default:
		dotPickedGo(dst, q, rows, d)
	}
}

func l2Picked(dst, q []float32, rows [][]float32, d int) {
	switch {
	case d == 0:
		clear(dst)
	case accelerated:
		l2PickedAVX2(&dst[0], &q[0], &rows[0], len(rows), d)
	default:
		l2PickedGo(dst, q, rows, d)
	}
}

func codesBlock(dst []int32, q []int8, rows []uint8, stride int) {
	if accelerated {
		codesBlockAVX2(&dst[0], &q[0], &rows[0], len(dst), stride, len(q))
		return
	}
	codesBlockGo(dst, q, rows, stride)
}

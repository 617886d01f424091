//go:build !amd64

package kernel

// accelerated says whether there is assembly for this processor.
const accelerated = false

func dotBlock(dst, q, rows []float32, stride, d int) { dotBlockGo(dst, q, rows, stride, d) }

func l2Block(dst, q, rows []float32, stride, d int) { l2BlockGo(dst, q, rows, stride, d) }

func dotPicked(dst, q []float32, rows [][]float32, d int) { dotPickedGo(dst, q, rows, d) }

func l2Picked(dst, q []float32, rows [][]float32, d int) { l2PickedGo(dst, q, rows, d) }

func codesBlock(dst []int32, q []int8, rows []uint8, stride int) { codesBlockGo(dst, q, rows, stride) }

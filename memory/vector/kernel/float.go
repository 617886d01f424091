package kernel

// lanes is how many elements the assembly of float32 takes at a time.
const lanes = 8

// Dot is the dot product of two vectors of the same length.
func Dot(a, b []float32) float32 {
	var dst [1]float32
	DotRows(dst[:], a, b[:len(a)], len(a))
	return dst[0]
}

// SquaredL2 is the squared Euclidean distance of two vectors of the same length.
func SquaredL2(a, b []float32) float32 {
	var dst [1]float32
	L2Rows(dst[:], a, b[:len(a)], len(a))
	return dst[0]
}

// DotRows sets dst[i] to the dot product of q and the row that begins at rows[i*stride].
func DotRows(dst, q, rows []float32, stride int) {
	if len(dst) == 0 {
		return
	}
	_ = rows[:(len(dst)-1)*stride+len(q)] // the assembly checks nothing
	whole := wholeOf(len(q))
	dotBlock(dst, q, rows, stride, whole)
	if whole < len(q) {
		for i := range dst {
			dst[i] += dotTail(q[whole:], rows[i*stride+whole:][:len(q)-whole])
		}
	}
}

// L2Rows sets dst[i] to the squared distance between q and the row that begins at rows[i*stride].
func L2Rows(dst, q, rows []float32, stride int) {
	if len(dst) == 0 {
		return
	}
	_ = rows[:(len(dst)-1)*stride+len(q)] // the assembly checks nothing
	whole := wholeOf(len(q))
	l2Block(dst, q, rows, stride, whole)
	if whole < len(q) {
		for i := range dst {
			dst[i] += l2Tail(q[whole:], rows[i*stride+whole:][:len(q)-whole])
		}
	}
}

// DotEach sets dst[i] to the dot product of q and rows[i], which may be longer.
func DotEach(dst, q []float32, rows [][]float32) {
	if dst = dst[:len(rows)]; len(dst) == 0 {
		return
	}
	checkRows(q, rows)
	whole := wholeOf(len(q))
	dotPicked(dst, q, rows, whole)
	if whole < len(q) {
		for i, row := range rows {
			dst[i] += dotTail(q[whole:], row[whole:len(q)])
		}
	}
}

// L2Each sets dst[i] to the squared distance between q and rows[i], which may be longer.
func L2Each(dst, q []float32, rows [][]float32) {
	if dst = dst[:len(rows)]; len(dst) == 0 {
		return
	}
	checkRows(q, rows)
	whole := wholeOf(len(q))
	l2Picked(dst, q, rows, whole)
	if whole < len(q) {
		for i, row := range rows {
			dst[i] += l2Tail(q[whole:], row[whole:len(q)])
		}
	}
}

// wholeOf is how many of d elements the blocks take; the rest is the tail's.
func wholeOf(d int) int {
	if accelerated {
		return d &^ (lanes - 1)
	}
	return d
}

// checkRows panics if a row is shorter than q: the assembly checks nothing.
func checkRows(q []float32, rows [][]float32) {
	for _, row := range rows {
		_ = row[:len(q)]
	}
}

// dotTail and l2Tail are the kernels in Go, with four sums at a time.
func dotTail(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func l2Tail(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		d0, d1, d2, d3 := x[0]-y[0], x[1]-y[1], x[2]-y[2], x[3]-y[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}

// The kernels in Go, over the first d elements of each row.
func dotBlockGo(dst, q, rows []float32, stride, d int) {
	for i := range dst {
		dst[i] = dotTail(q[:d], rows[i*stride:][:d])
	}
}

func l2BlockGo(dst, q, rows []float32, stride, d int) {
	for i := range dst {
		dst[i] = l2Tail(q[:d], rows[i*stride:][:d])
	}
}

func dotPickedGo(dst, q []float32, rows [][]float32, d int) {
	for i, row := range rows {
		dst[i] = dotTail(q[:d], row[:d])
	}
}

func l2PickedGo(dst, q []float32, rows [][]float32, d int) {
	for i, row := range rows {
		dst[i] = l2Tail(q[:d], row[:d])
	}
}

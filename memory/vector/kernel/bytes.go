package kernel

// byteLanes is how many elements the assembly of bytes takes at a time.
const byteLanes = 32

// BytesRows sets dst[i] to the dot product of q and the row of bytes that begins at rows[i*stride]. The
// elements of q lie between -127 and 127.
func BytesRows(dst []int32, q []int16, rows []uint8, stride int) {
	if len(dst) == 0 {
		return
	}
	// The assembly checks nothing.
	_ = rows[:(len(dst)-1)*stride+len(q)]
	whole := len(q)
	if accelerated {
		whole &^= byteLanes - 1
	}
	bytesBlock(dst, q, rows, stride, whole)
	if whole == len(q) {
		return
	}
	for i := range dst {
		dst[i] += bytesTail(q[whole:], rows[i*stride+whole:][:len(q)-whole])
	}
}

// BytesEach sets dst[i] to the dot product of q and rows[i], which may be longer. The
// elements of q lie between -127 and 127.
func BytesEach(dst []int32, q []int16, rows [][]uint8) {
	dst = dst[:len(rows)]
	for _, row := range rows {
		_ = row[:len(q)]
	}
	if len(rows) == 0 {
		return
	}
	whole := len(q)
	if accelerated {
		whole &^= byteLanes - 1
	}
	bytesPicked(dst, q, rows, whole)
	if whole == len(q) {
		return
	}
	for i, row := range rows {
		dst[i] += bytesTail(q[whole:], row[whole:len(q)])
	}
}

func bytesTail(q []int16, row []uint8) int32 {
	row = row[:len(q)]
	var s0, s1, s2, s3 int32
	i := 0
	for ; i+4 <= len(q); i += 4 {
		x, y := q[i:i+4:i+4], row[i:i+4:i+4]
		s0 += int32(x[0]) * int32(y[0])
		s1 += int32(x[1]) * int32(y[1])
		s2 += int32(x[2]) * int32(y[2])
		s3 += int32(x[3]) * int32(y[3])
	}
	for ; i < len(q); i++ {
		s0 += int32(q[i]) * int32(row[i])
	}
	return s0 + s1 + s2 + s3
}

// The kernels in Go, over the first d elements of each row.
func bytesBlockGo(dst []int32, q []int16, rows []uint8, stride, d int) {
	for i := range dst {
		dst[i] = bytesTail(q[:d], rows[i*stride:][:d])
	}
}

func bytesPickedGo(dst []int32, q []int16, rows [][]uint8, d int) {
	for i, row := range rows {
		dst[i] = bytesTail(q[:d], row[:d])
	}
}

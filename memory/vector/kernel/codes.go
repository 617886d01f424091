package kernel

// CodeGroup is how many codes lie together in a row of codes: byte j of the 32 of a group has code j in its
// lower half and code 32+j in its upper.
const CodeGroup = 64

const groupBytes = CodeGroup / 2

// CodesRows sets dst[i] to the dot product of q and the codes, 0 to 15, of the row whose bytes begin at
// rows[i*stride]. The length of q is a multiple of CodeGroup; -128 is not among its elements.
func CodesRows(dst []int32, q []int8, rows []uint8, stride int) {
	if len(q)%CodeGroup != 0 {
		panic("kernel: a query for codes has no whole groups")
	}
	if len(dst) == 0 {
		return
	}
	if len(q) == 0 {
		clear(dst)
		return
	}
	// The assembly checks nothing.
	_ = rows[:(len(dst)-1)*stride+len(q)/2]
	codesBlock(dst, q, rows, stride)
}

func codesBlockGo(dst []int32, q []int8, rows []uint8, stride int) {
	for i := range dst {
		row := rows[i*stride:][:len(q)/2]
		var lower, upper int32
		for at := 0; at < len(row); at += groupBytes {
			bytes, first, second := row[at:][:groupBytes], q[2*at:][:groupBytes], q[2*at+groupBytes:][:groupBytes]
			for j, b := range bytes {
				lower += int32(b&15) * int32(first[j])
				upper += int32(b>>4) * int32(second[j])
			}
		}
		dst[i] = lower + upper
	}
}

// PutCodes sets a row to the codes of numbers: each multiplied, moved by zero, rounded, and at most 15. Multiplied, none
// may be less than -zero.
func PutCodes(row []uint8, v []float32, by, zero float32) {
	zero += 0.5 // no number is negative then, so that cutting rounds
	for len(v) >= CodeGroup {
		bytes, first, second := row[:groupBytes], v[:groupBytes], v[groupBytes:][:groupBytes]
		for j := range bytes {
			bytes[j] = code(first[j]*by+zero) | code(second[j]*by+zero)<<4
		}
		row, v = row[groupBytes:], v[CodeGroup:]
	}
	clear(row)
	for j, x := range v {
		row[j%groupBytes] |= code(x*by+zero) << (j / groupBytes * 4)
	}
}

// code cuts a number that is not negative. The greatest may come out a little over 15.
func code(x float32) uint8 { return uint8(min(int32(x), 15)) }

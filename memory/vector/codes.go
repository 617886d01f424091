package vector

import (
	"math"

	"github.com/llmspell/llmspell/memory/vector/kernel"
)

const (
	codePad  = 32  // rows of codes are padded to whole registers
	codeZero = 128 // the code of 0
	codeMost = 127 // the greatest number that is coded, in units of the row's scale
)

// codes are the vectors in one byte a number: code 128 + x/scale, where each row has the
// scale that makes its greatest number 127.
type codes struct {
	stride int
	shift  uint
	blocks [][]uint8
	scales []float32
	norms  []float32 // squared lengths of the vectors, which L2 needs
	coarse float32   // the greatest scale that there was, and
	long   float32   // the greatest length
}

func newCodes(dimension int, shift uint) *codes {
	return &codes{stride: (dimension + codePad - 1) &^ (codePad - 1), shift: shift}
}

func (c *codes) row(i uint32) []uint8 {
	from := int(i&(1<<c.shift-1)) * c.stride
	return c.blocks[i>>c.shift][from : from+c.stride : from+c.stride]
}

// set codes the vector of a row, which is one that there is or the next.
func (c *codes) set(i uint32, v []float32) {
	if int(i) == len(c.scales) {
		b := int(i >> c.shift)
		if b == len(c.blocks) {
			c.blocks = append(c.blocks, nil)
		}
		c.blocks[b] = grown(c.blocks[b], c.stride, firstRows*c.stride, c.stride<<c.shift)
		c.scales, c.norms = append(c.scales, 0), append(c.norms, 0)
	}
	norm := kernel.Dot(v, v)
	scale, inverse := scaleOf(v)
	dst := c.row(i)
	for j, x := range v[:min(len(v), len(dst))] {
		dst[j] = uint8(x*inverse + codeZero + 0.5) // positive, so that cutting rounds
	}
	c.scales[i], c.norms[i] = scale, norm
	c.coarse, c.long = max(c.coarse, scale), max(c.long, float32(math.Sqrt(float64(norm))))
}

// drop removes a row; the last one takes its place.
func (c *codes) drop(i uint32) {
	last := uint32(len(c.scales) - 1)
	if i != last {
		copy(c.row(i), c.row(last))
		c.scales[i], c.norms[i] = c.scales[last], c.norms[last]
	}
	c.scales, c.norms = c.scales[:last], c.norms[:last]
	b := last >> c.shift
	c.blocks[b] = c.blocks[b][:int(last&(1<<c.shift-1))*c.stride]
	if len(c.blocks[b]) == 0 {
		c.blocks = c.blocks[:b]
	}
}

// scaleOf is what the numbers of v are divided by to be coded, and its inverse.
func scaleOf(v []float32) (scale, inverse float32) {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	scale = most / codeMost
	inverse = 1 / scale
	if most == 0 || math.IsInf(float64(inverse), 0) {
		return 0, 0 // so small that all of it is rounded to 0
	}
	return scale, inverse
}

// codedQuery is a query as codes are compared with it.
type codedQuery struct {
	numbers []int16 // padded with zeros
	scale   float32
	bias    int32   // what the codes' zero adds to each sum
	length  float32 // squared, of the query
	slack   float32 // how far the order by codes can be from the exact one
}

// deviations is how many standard deviations the slack is: an error beyond them is one in
// 15,000, and it takes one in a row whose place is at stake.
const deviations = 4

// code codes a query into buf.
func (m Metric) code(c *codes, v []float32, buf []int16) codedQuery {
	scale, inverse := scaleOf(v)
	squared := kernel.Dot(v, v)
	q := codedQuery{numbers: buf[:c.stride], scale: scale, length: squared}
	clear(q.numbers)
	var sum int32
	for j, x := range v[:min(len(v), c.stride)] {
		n := int16(math.Round(float64(x * inverse)))
		q.numbers[j] = n
		sum += int32(n)
	}
	q.bias = codeZero * sum
	// Rounding is off by up to half a unit, evenly: a deviation of 1/sqrt(12) in each number.
	length := math.Sqrt(float64(squared))
	of, by := float64(c.coarse)*length, float64(scale)*float64(c.long)
	slack := deviations * math.Hypot(of, by) / math.Sqrt(12)
	slack = min(slack, (of+by)/2*math.Sqrt(float64(len(v)))) // it cannot be more
	if m == L2 {
		slack *= 2
	}
	q.slack = float32(slack)
	return q
}

// approximate sets dst to the order by codes of the rows from a on, which lie in one block.
func (m Metric) approximate(c *codes, dst []float32, sums []int32, q *codedQuery, from uint32) {
	sums = sums[:len(dst)]
	kernel.BytesRows(sums, q.numbers, c.blocks[from>>c.shift][int(from&(1<<c.shift-1))*c.stride:], c.stride)
	scales := c.scales[from:][:len(dst)]
	if m != L2 {
		for i, sum := range sums {
			dst[i] = float32(sum-q.bias) * (scales[i] * q.scale)
		}
		return
	}
	norms := c.norms[from:][:len(dst)]
	for i, sum := range sums {
		dst[i] = 2*float32(sum-q.bias)*(scales[i]*q.scale) - norms[i]
	}
}

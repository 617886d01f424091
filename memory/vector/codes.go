package vector

import (
	"math"

	"github.com/llmspell/llmspell/memory/vector/kernel"
)

// codes are the vectors in half a byte a number: (code - 7.5) * step, where each row has the step that
// makes its greatest number 7.5.
const (
	codeZero  = 7.5
	queryMost = 127 // the greatest number of a query, in units of its own step
)

type codes struct {
	groups int // of numbers, in a row
	shift  uint
	blocks [][]uint8
	steps  []float32
	norms  []float32 // squared lengths of the vectors, which L2 needs
	coarse float32   // the greatest step that there was, and
	long   float32   // the greatest length
}

func newCodes(dimension int, shift uint) *codes {
	return &codes{groups: groupsOf(dimension), shift: shift}
}

// groupsOf is how many groups of codes a vector takes.
func groupsOf(dimension int) int { return (dimension + kernel.CodeGroup - 1) / kernel.CodeGroup }

// stride is how many bytes a row has.
func (c *codes) stride() int { return c.groups * kernel.CodeGroup / 2 }

// from is the bytes of a row and those after it in its block.
func (c *codes) from(i uint32) []uint8 {
	return c.blocks[i>>c.shift][int(i&(1<<c.shift-1))*c.stride():]
}

// set codes the vector of a row, which is one that there is or the next.
func (c *codes) set(i uint32, v []float32) {
	if int(i) == len(c.steps) {
		b := int(i >> c.shift)
		if b == len(c.blocks) {
			c.blocks = append(c.blocks, nil)
		}
		c.blocks[b] = grown(c.blocks[b], c.stride(), firstRows*c.stride(), c.stride()<<c.shift)
		c.steps, c.norms = append(c.steps, 0), append(c.norms, 0)
	}
	norm := kernel.Dot(v, v)
	step, inverse := stepOf(v, codeZero)
	kernel.PutCodes(c.from(i)[:c.stride()], v, inverse, codeZero)
	c.steps[i], c.norms[i] = step, norm
	c.coarse, c.long = max(c.coarse, step), max(c.long, float32(math.Sqrt(float64(norm))))
}

// drop removes a row; the last one takes its place.
func (c *codes) drop(i uint32) {
	last := uint32(len(c.steps) - 1)
	if i != last {
		copy(c.from(i)[:c.stride()], c.from(last)[:c.stride()])
		c.steps[i], c.norms[i] = c.steps[last], c.norms[last]
	}
	c.steps, c.norms = c.steps[:last], c.norms[:last]
	b := last >> c.shift
	c.blocks[b] = c.blocks[b][:int(last&(1<<c.shift-1))*c.stride()]
	if len(c.blocks[b]) == 0 {
		c.blocks = c.blocks[:b]
	}
}

// stepOf is the unit in which the greatest number of v is most, and its inverse.
func stepOf(v []float32, most float32) (step, inverse float32) {
	var bits uint32 // numbers without their signs are in the order of their bits
	for _, x := range v {
		bits = max(bits, math.Float32bits(x)&^(1<<31))
	}
	greatest := math.Float32frombits(bits)
	step = greatest / most
	inverse = 1 / step
	if greatest == 0 || math.IsInf(float64(inverse), 0) {
		return 0, 0 // so small that all of it is rounded to 0
	}
	return step, inverse
}

// codedQuery is a query as codes are compared with it.
type codedQuery struct {
	numbers []int8 // padded with zeros
	step    float32
	bias    int32   // what the codes' zero adds to twice a sum
	length  float32 // squared
	slack   float32 // how far the order by codes can be from the exact one
}

// deviations is how many standard deviations the slack is: an error beyond them is one in
// 15,000, and it takes one in a row whose place is at stake.
const deviations = 4

// code codes a query into buf.
func (m Metric) code(c *codes, v []float32, buf []int8) codedQuery {
	step, inverse := stepOf(v, queryMost)
	q := codedQuery{numbers: buf[:c.groups*kernel.CodeGroup], step: step, length: kernel.Dot(v, v)}
	clear(q.numbers)
	var sum int32
	for j, x := range v {
		n := int8(max(-queryMost, min(queryMost, math.Round(float64(x*inverse)))))
		q.numbers[j] = n
		sum += int32(n)
	}
	q.bias = 2 * codeZero * sum
	// Rounding is off by up to half a step, evenly: a deviation of 1/sqrt(12) in each number.
	of, by := float64(c.coarse)*math.Sqrt(float64(q.length)), float64(step)*float64(c.long)
	slack := deviations * math.Hypot(of, by) / math.Sqrt(12)
	slack = min(slack, (of+by)/2*math.Sqrt(float64(len(v)))) // it cannot be more
	if m == L2 {
		slack *= 2
	}
	q.slack = float32(slack)
	return q
}

// approximate sets dst to the order by codes of the rows from a given one on, which lie in one block. For L2 it
// lacks the query's own length.
func (m Metric) approximate(c *codes, dst []float32, sums []int32, q *codedQuery, from uint32) {
	sums = sums[:len(dst)]
	kernel.CodesRows(sums, q.numbers, c.from(from), c.stride())
	bias, half, steps := q.bias, q.step/2, c.steps[from:][:len(dst)]
	if m != L2 {
		for i, sum := range sums {
			dst[i] = float32(2*sum-bias) * steps[i] * half
		}
		return
	}
	norms := c.norms[from:][:len(dst)]
	for i, sum := range sums {
		dst[i] = float32(2*sum-bias)*steps[i]*q.step - norms[i]
	}
}

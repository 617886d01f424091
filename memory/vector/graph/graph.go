package graph

import (
	"math"
	"math/bits"
	"sync"
)

// Space tells how near vectors are.
type Space interface {
	// Near sets dst to how near q is to the rows of list: more is nearer.
	Near(dst []float32, q []float32, list []uint32)
	// Vector is the vector of a row.
	Vector(row uint32) []float32
}

const (
	// M is how many neighbours a row gets in each layer.
	M = 16
	// M0 is how many links a row can have in the lowest layer; in others it is M.
	M0 = 2 * M
	// EfConstruction is how many candidates for neighbours are looked at.
	EfConstruction = 200

	topLayer = 15
	nobody   = math.MaxUint32
)

// Graph links the rows of a space.
type Graph struct {
	space  Space
	nodes  []node
	links  [][]uint32 // the lowest layer, M0 places a row, in blocks
	upper  map[uint32][][]uint32
	entry  uint32 // where searches begin, or nobody
	dealt  uint64 // how many rows have been given a layer
	alive  int
	dead   int
	sweep  sweep
	visits sync.Pool // *visit
	work   work
}

// node is what there is to know of a row.
type node struct {
	state state
	layer uint8
	count uint8  // of links in the lowest layer
	in    uint32 // how many link to it there
}

// state is what has become of a row.
type state uint8

const (
	absent    state = iota // not in the graph
	live                   // found
	dead                   // passed through, not found
	condemned              // dead, and the sweep leads links around it
)

// blockShift gives blocks of 1<<blockShift rows.
const blockShift = 12

// New is an empty graph.
func New(space Space) *Graph {
	return &Graph{space: space, upper: map[uint32][][]uint32{}, entry: nobody}
}

// neighbours are the links of a row in a layer.
func (g *Graph) neighbours(row uint32, layer int) []uint32 {
	if layer > 0 {
		return g.upper[row][layer-1]
	}
	return g.places(row)[:g.nodes[row].count]
}

// places are all places for links of a row in the lowest layer.
func (g *Graph) places(row uint32) []uint32 {
	from := int(row&(1<<blockShift-1)) * M0
	return g.links[row>>blockShift][from : from+M0 : from+M0]
}

// link sets the links of a row in a layer.
func (g *Graph) link(row uint32, layer int, to []uint32) {
	if layer > 0 {
		g.upper[row][layer-1] = append(g.upper[row][layer-1][:0], to...)
		return
	}
	for _, n := range g.neighbours(row, 0) {
		g.nodes[n].in--
	}
	g.nodes[row].count = uint8(copy(g.places(row), to))
	for _, n := range to {
		g.nodes[n].in++
	}
}

// room is how many links a row can have in a layer.
func room(layer int) int {
	if layer == 0 {
		return M0
	}
	return M
}

// deal is the layer of the next row: each has 1/M of the rows of the one below.
func (g *Graph) deal() int {
	g.dealt++
	x := g.dealt * 0x9E3779B97F4A7C15 // splitmix64
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	x ^= x >> 31
	return min(bits.LeadingZeros64(x)/4, topLayer) // 4 bits of 0 have the chance 1/16
}

// grow makes room for a row.
func (g *Graph) grow(row uint32) {
	for int(row) >= len(g.nodes) {
		g.nodes = append(g.nodes, node{})
	}
	for int(row>>blockShift) >= len(g.links) {
		g.links = append(g.links, make([]uint32, M0<<blockShift))
	}
}

// Len is how many rows are found.
func (g *Graph) Len() int { return g.alive }

// Dead is how many rows are passed through and not found.
func (g *Graph) Dead() int { return g.dead }

// Bytes is how much memory the links take, about.
func (g *Graph) Bytes() int64 {
	n := int64(len(g.links)) * M0 << blockShift * 4
	return n + int64(cap(g.nodes))*8 + int64(len(g.upper))*(M*4+48)
}

package graph

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A graph is written as a head and then its rows in order, in as many pieces as the writer likes. Who reads
// it checks that the bytes are those that were written; ReadRows and Check make sure that no
// bytes whatever make a graph that a search would leave.

const (
	headBytes = 12 // of a head

	// MaxRowBytes is how many bytes AppendRows appends for a row, at most.
	MaxRowBytes = 3 + 4*M0 + topLayer*(1+4*M)
)

var errCut = errors.New("the graph ends too early")

// AppendHead appends what comes before the rows.
func (g *Graph) AppendHead(buf []byte) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(buf, g.entry), g.dealt)
}

// AppendRows appends the rows from one up to another.
func (g *Graph) AppendRows(buf []byte, from, to uint32) []byte {
	for row := from; row < to; row++ {
		if int(row) >= len(g.nodes) || g.nodes[row].state == absent {
			buf = append(buf, byte(absent))
			continue
		}
		n := g.nodes[row]
		buf = append(buf, byte(min(n.state, dead)), n.layer)
		for layer := range int(n.layer) + 1 {
			list := g.neighbours(row, layer)
			buf = append(buf, byte(len(list)))
			for _, to := range list {
				buf = binary.LittleEndian.AppendUint32(buf, to)
			}
		}
	}
	return buf
}

// ReadHead reads a head into an empty graph.
func (g *Graph) ReadHead(buf []byte) error {
	if len(buf) != headBytes {
		return errCut
	}
	g.entry, g.dealt = binary.LittleEndian.Uint32(buf), binary.LittleEndian.Uint64(buf[4:])
	return nil
}

// ReadRows reads the rows from one up to another, and all of buf.
func (g *Graph) ReadRows(buf []byte, from, to uint32) error {
	r := reader{buf: buf}
	for row := from; row < to; row++ {
		g.grow(row)
		s := state(r.byte())
		if s == absent {
			continue
		}
		layer := int(r.byte())
		if s > dead || layer > topLayer {
			return fmt.Errorf("row %d of the graph is %d in layer %d", row, s, layer)
		}
		if g.nodes[row] = (node{state: s, layer: uint8(layer)}); s == live {
			g.alive++
		} else {
			g.dead++
		}
		if layer > 0 {
			g.upper[row] = make([][]uint32, layer)
		}
		for l := range layer + 1 {
			n := int(r.byte())
			if n > room(l) {
				return fmt.Errorf("row %d of the graph has %d links in layer %d", row, n, l)
			}
			list := g.places(row)[:n]
			if l > 0 {
				list = make([]uint32, n)
				g.upper[row][l-1] = list
			} else {
				g.nodes[row].count = uint8(n)
			}
			for i := range list {
				list[i] = r.uint32()
			}
		}
		if r.short {
			return errCut
		}
	}
	if r.short || len(r.buf) > 0 {
		return errCut
	}
	return nil
}

// Check completes a graph whose rows have all been read.
func (g *Graph) Check() error {
	if g.alive+g.dead == 0 {
		g.entry = nobody
	} else if int(g.entry) >= len(g.nodes) || g.nodes[g.entry].state == absent {
		return fmt.Errorf("the graph begins at row %d, which it does not have", g.entry)
	}
	for i, n := range g.nodes {
		if n.state == absent {
			continue
		}
		for layer := range int(n.layer) + 1 {
			for _, to := range g.neighbours(uint32(i), layer) {
				if int(to) >= len(g.nodes) || g.nodes[to].state == absent || int(g.nodes[to].layer) < layer {
					return fmt.Errorf("row %d of the graph links to %d in layer %d, which is not there", i, to, layer)
				}
				if layer == 0 {
					g.nodes[to].in++
				}
			}
		}
	}
	return nil
}

// Has says whether a row is in the graph, and whether it is found.
func (g *Graph) Has(row uint32) (there, found bool) {
	if int(row) >= len(g.nodes) {
		return false, false
	}
	s := g.nodes[row].state
	return s != absent, s == live
}

// reader takes numbers from bytes; when there are no more it is short, and they are 0.
type reader struct {
	buf   []byte
	short bool
}

func (r *reader) byte() byte {
	if len(r.buf) == 0 {
		r.short = true
		return 0
	}
	b := r.buf[0]
	r.buf = r.buf[1:]
	return b
}

func (r *reader) uint32() uint32 {
	if len(r.buf) < 4 {
		r.short, r.buf = true, nil
		return 0
	}
	x := binary.LittleEndian.Uint32(r.buf)
	r.buf = r.buf[4:]
	return x
}

package rescue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Types of the pages of trees.
const (
	indexInterior = 2
	tableInterior = 5
	indexLeaf     = 10
	tableLeaf     = 13
)

// node is a page of a tree.
type node struct {
	number uint32
	kind   byte
	data   []byte
	cells  []int    // where they begin
	down   []uint32 // the pages below, of an interior page
}

func (n *node) table() bool { return n.kind == tableInterior || n.kind == tableLeaf }

var errNoNode = errors.New("it is no page of a table or an index")

// node reads a page of a tree. All of its cells begin within it.
func (r *File) node(number uint32) (*node, error) {
	page, err := r.page(number)
	if err != nil {
		return nil, err
	}
	at := 0
	if number == 1 {
		at = headerSize
	}
	n := &node{number: number, kind: page[at], data: page[:r.usable]}
	head := 8
	switch n.kind {
	case indexInterior, tableInterior:
		head = 12
		n.down = append(n.down, binary.BigEndian.Uint32(page[at+8:]))
	case indexLeaf, tableLeaf:
	default:
		return nil, errNoNode
	}
	count := int(binary.BigEndian.Uint16(page[at+3:]))
	first := at + head + 2*count
	if first > len(n.data) {
		return nil, errNoNode
	}
	for i := range count {
		cell := int(binary.BigEndian.Uint16(page[at+head+2*i:]))
		if cell < first || cell+4 > len(n.data) {
			return nil, errNoNode
		}
		n.cells = append(n.cells, cell)
		if head == 12 {
			n.down = append(n.down, binary.BigEndian.Uint32(page[cell:]))
		}
	}
	return n, nil
}

// varint reads a number of 1 to 9 bytes; size 0: the bytes end within it.
func varint(b []byte) (v uint64, size int) {
	for i := range 9 {
		if i >= len(b) {
			return 0, 0
		}
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// cell is a row, or an entry of an index, as it lies in a page.
type cell struct {
	row      int64 // of a table: its number
	size     int   // of the whole record
	local    []byte
	overflow uint32 // the page where it goes on; 0: all of it is here
}

// cell reads cell i of a page that is no interior page of a table.
func (r *File) cell(n *node, i int) (c cell, err error) {
	b := n.data[n.cells[i]:]
	if n.kind == indexInterior {
		b = b[4:]
	}
	size, k := varint(b)
	b = b[k:]
	if k == 0 || size > uint64(r.pages)*uint64(r.pageSize) || size > math.MaxInt32 {
		return c, errors.New("a record in it has no end")
	}
	if n.kind == tableLeaf {
		row, k := varint(b)
		if k == 0 {
			return c, errors.New("a record in it has no number")
		}
		c.row, b = int64(row), b[k:]
	}
	c.size = int(size)
	most, least := r.usable-35, (r.usable-12)*32/255-23
	if !n.table() {
		most = (r.usable-12)*64/255 - 23
	}
	local := c.size
	if local > most {
		if local = least + (c.size-least)%(r.usable-4); local > most {
			local = least
		}
		if len(b) < local+4 {
			return c, errors.New("a record reaches over its end")
		}
		c.overflow = binary.BigEndian.Uint32(b[local:])
	}
	if len(b) < local {
		return c, errors.New("a record reaches over its end")
	}
	c.local = b[:local]
	return c, nil
}

// payload reads a record as a whole.
func (r *File) payload(n *node, c cell) ([]byte, error) {
	if c.overflow == 0 && c.size == len(c.local) {
		return c.local, nil
	}
	out := append(make([]byte, 0, c.size), c.local...)
	next, before, kind := c.overflow, n.number, byte(ofOverflow1)
	for len(out) < c.size {
		page, err := r.page(next)
		if err != nil {
			return nil, fmt.Errorf("where a record goes on: %w", err)
		}
		if k, parent := r.parent(next); k != 0 && (k != kind || parent != before) {
			return nil, fmt.Errorf("page %d is not where its record goes on", next)
		}
		part := page[4:min(r.usable, 4+c.size-len(out))]
		out = append(out, part...)
		before, kind, next = next, ofOverflow2, binary.BigEndian.Uint32(page)
	}
	if next != 0 {
		return nil, fmt.Errorf("page %d, the last of a record, names another one", before)
	}
	return out, nil
}

// values reads the columns of a record, as many as most; those behind the end of data,
// which is the beginning of a record, are missing.
func values(data []byte, most int) ([]any, error) {
	head, at := varint(data)
	if at == 0 || head > uint64(len(data)) {
		return nil, errors.New("a record has no columns")
	}
	body := data[head:]
	out := []any{}
	for at < int(head) && len(out) < most {
		kind, k := varint(data[at:head])
		if k == 0 {
			return nil, errors.New("the columns of a record are not all there")
		}
		at += k
		v, size, ok := value(kind, body)
		if !ok {
			if most < math.MaxInt { // it was not asked for as a whole
				return out, nil
			}
			return nil, errors.New("a column reaches over the end of its record")
		}
		out, body = append(out, v), body[size:]
	}
	return out, nil
}

// value reads one column: nil, int64, float64, string or []byte.
func value(kind uint64, b []byte) (v any, size int, ok bool) {
	switch {
	case kind == 0:
		return nil, 0, true
	case kind == 8 || kind == 9:
		return int64(kind - 8), 0, true
	case kind <= 7:
		size = [...]int{0, 1, 2, 3, 4, 6, 8, 8}[kind]
		if len(b) < size {
			return nil, 0, false
		}
		n := int64(int8(b[0]))
		for _, c := range b[1:size] {
			n = n<<8 | int64(c)
		}
		if kind == 7 {
			return math.Float64frombits(uint64(n)), size, true
		}
		return n, size, true
	case kind < 12 || (kind-12)/2 > uint64(len(b)):
		return nil, 0, false
	}
	size = int((kind - 12) / 2)
	if kind%2 == 1 {
		return string(b[:size]), size, true
	}
	return append([]byte{}, b[:size]...), size, true
}

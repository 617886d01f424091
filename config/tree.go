package config

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile bounds a file of configuration, in bytes.
const maxFile = 1 << 20

// maxDepth bounds how deep tables and arrays are nested.
const maxDepth = 32

// kind is what a value of TOML is.
type kind int

const (
	kindTable kind = iota
	kindArray
	kindString
	kindInt
	kindFloat
	kindBool
	kindTime
	kindBad // a number that cannot be read: toml says why
)

// node is a value with its place.
type node struct {
	kind      kind
	line, col int // from 1; 0: not in a file
	keyLine   int // where the key stands, if not there
	keyCol    int
	keys      []string
	table     map[string]*node
	items     []*node
	text      string
	integer   int64
	float     float64
	boolean   bool
}

func (n *node) describe() string {
	switch n.kind {
	case kindTable:
		return "a table"
	case kindArray:
		return "a list"
	case kindString:
		return fmt.Sprintf("the text %q", clip(n.text))
	case kindInt:
		return fmt.Sprintf("the number %d", n.integer)
	case kindFloat:
		return fmt.Sprintf("the number %v", n.float)
	case kindBool:
		return fmt.Sprintf("%v", n.boolean)
	case kindBad:
		return "the number " + clip(n.text)
	}
	return "a date or time"
}

// clip shortens a text for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// tree reads a TOML document. At a mistake of syntax it returns what stands
// before it, and the mistake.
func tree(data []byte) (*node, error) {
	if len(data) > maxFile {
		return nil, &Problem{Message: fmt.Sprintf("the file is larger than %d MiB", maxFile>>20)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	b := builder{lines: lineStarts(data)}
	b.parser.Reset(data)
	root := &node{table: map[string]*node{}, line: 1, col: 1}
	at := root
	for b.parser.NextExpression() {
		e := b.parser.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			if at = b.header(root, e); at == nil {
				at = &node{table: map[string]*node{}} // its keys go nowhere: toml reports the clash
			}
		case unstable.KeyValue:
			b.keyValue(at, e, 0)
		}
	}
	// The decoder knows what clashes: keys and tables that are defined twice.
	var all map[string]any
	var de *toml.DecodeError
	if err := toml.Unmarshal(data, &all); errors.As(err, &de) {
		line, col := de.Position()
		return root, &Problem{Line: line, Column: col, Message: strings.TrimPrefix(de.Error(), "toml: ")}
	} else if err != nil {
		return root, &Problem{Message: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	if b.tooDeep != nil {
		return root, b.tooDeep
	}
	return root, nil
}

// builder makes nodes of what the parser finds.
type builder struct {
	parser  unstable.Parser
	lines   []int // where each begins
	tooDeep *Problem
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (b *builder) position(r unstable.Range) (line, col int) {
	line = sort.SearchInts(b.lines, int(r.Offset)+1)
	return line, int(r.Offset) - b.lines[line-1] + 1
}

// enter goes to the table of a key, and makes it if need be. It returns nil where
// something else stands.
func enter(at *node, key string, line, col int) *node {
	next := at.table[key]
	if next == nil {
		next = &node{table: map[string]*node{}, line: line, col: col}
		at.table[key] = next
		at.keys = append(at.keys, key)
	}
	if next.kind == kindArray && len(next.items) > 0 {
		next = next.items[len(next.items)-1]
	}
	if next.kind != kindTable || next.table == nil {
		return nil
	}
	return next
}

func (b *builder) header(root *node, e *unstable.Node) *node {
	at, depth := root, 0
	for it := e.Key(); it.Next(); depth++ {
		k := it.Node()
		line, col := b.position(k.Raw)
		if depth >= maxDepth {
			b.deep(line, col)
			return nil
		}
		if e.Kind == unstable.ArrayTable && it.IsLast() {
			return appendTable(at, string(k.Data), line, col)
		}
		if at = enter(at, string(k.Data), line, col); at == nil {
			return nil
		}
	}
	return at
}

// appendTable adds a table to an array of tables.
func appendTable(at *node, key string, line, col int) *node {
	array := at.table[key]
	if array == nil {
		array = &node{kind: kindArray, line: line, col: col}
		at.table[key] = array
		at.keys = append(at.keys, key)
	}
	if array.kind != kindArray {
		return nil
	}
	next := &node{table: map[string]*node{}, line: line, col: col}
	array.items = append(array.items, next)
	return next
}

func (b *builder) deep(line, col int) {
	if b.tooDeep == nil {
		b.tooDeep = &Problem{Line: line, Column: col, Message: fmt.Sprintf("tables and lists are nested more than %d deep", maxDepth)}
	}
}

func (b *builder) keyValue(at *node, e *unstable.Node, depth int) {
	for it := e.Key(); it.Next(); depth++ {
		k := it.Node()
		line, col := b.position(k.Raw)
		if depth >= maxDepth {
			b.deep(line, col)
			return
		}
		if it.IsLast() {
			if key := string(k.Data); at.table[key] == nil {
				v := b.value(e.Value(), line, col, depth+1)
				v.keyLine, v.keyCol = line, col
				at.table[key] = v
				at.keys = append(at.keys, key)
			}
			return
		}
		if at = enter(at, string(k.Data), line, col); at == nil {
			return
		}
	}
}

func (b *builder) value(v *unstable.Node, line, col, depth int) *node {
	if v.Raw.Length > 0 {
		line, col = b.position(v.Raw)
	}
	n := &node{line: line, col: col}
	if depth >= maxDepth && (v.Kind == unstable.Array || v.Kind == unstable.InlineTable) {
		b.deep(line, col)
		return n
	}
	switch v.Kind {
	case unstable.InlineTable:
		n.table = map[string]*node{}
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				b.keyValue(n, it.Node(), depth+1)
			}
		}
	case unstable.Array:
		n.kind = kindArray
		for it := v.Children(); it.Next(); {
			n.items = append(n.items, b.value(it.Node(), line, col, depth+1))
		}
	case unstable.String:
		n.kind, n.text = kindString, string(v.Data)
	case unstable.Bool:
		n.kind, n.boolean = kindBool, string(v.Data) == "true"
	case unstable.Integer:
		// A mistake in a number is found by the decoder, which runs after.
		n.kind = kindInt
		var err error
		if n.integer, err = strconv.ParseInt(strings.TrimPrefix(string(v.Data), "+"), 0, 64); err != nil {
			n.kind, n.text = kindBad, string(v.Data)
		}
	case unstable.Float:
		n.kind = kindFloat
		n.float, _ = strconv.ParseFloat(strings.ReplaceAll(string(v.Data), "_", ""), 64)
	default:
		n.kind, n.text = kindTime, string(v.Data)
	}
	return n
}

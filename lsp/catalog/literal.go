package catalog

import (
	"math"
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/tools/schema"
)

// LiteralTable is a table constructor as far as its text says what is in it.
type LiteralTable struct {
	Fields []LiteralField
	// Open: there may be entries besides Fields: keys that are not known, or the
	// results of a call or ... at the end.
	Open bool
}

// LiteralField is an entry of a table constructor.
type LiteralField struct {
	// Key is a string, float64 or bool; nil for an entry without a key, as in {1, 2}.
	Key any
	// Value is nil, a bool, float64, string, *LiteralTable, LuaType, or schema.Unknown{}
	// for what is not a literal.
	Value any
}

// LuaType is a value of which only the type is known, and which no tool takes:
// "function", "userdata", "thread".
type LuaType string

// node is a literal value as the tool gets it, and where each part comes from.
type node struct {
	value any       // what the checker sees; maps and lists of other nodes' values
	of    []branch  // the parts, for a table
	open  bool      // there may be others
	bad   *badValue // it cannot be passed at all
}

// branch is a part of a table: its key as the checker's paths name it.
type branch struct {
	key   string // of a map
	index int    // from 1, of a list
	at    int    // in Fields
	node  *node
}

// badValue is what runtime.ToGo refuses, in its words.
type badValue struct {
	path   string
	reason string
	at     []int
}

// booleanKey is the reason for which runtime.ToGo refuses a table with a boolean as a key.
const booleanKey = "a key is a boolean; keys must be strings or numbers"

// exact is the bound below which Lua numbers become whole numbers, as in
// runtime.ToGo.
const exact = 1 << 53

func scalar(v any) any {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && -exact < f && f < exact {
		return int64(f)
	}
	return v
}

// maxLiteralDepth is runtime.DefaultConvertLimits().MaxDepth.
const maxLiteralDepth = 128

// literal converts a value as runtime.ToGo does.
func literal(v any, depth int) *node {
	switch v := v.(type) {
	case *LiteralTable:
		if v == nil {
			return &node{value: schema.Unknown{}}
		}
		if depth > maxLiteralDepth {
			return &node{bad: &badValue{reason: "nested more than " + strconv.Itoa(maxLiteralDepth) + " deep; pass a flatter value"}}
		}
		return literalTable(v, depth)
	case LuaType:
		return &node{bad: &badValue{reason: "a " + string(v) + " cannot be converted; only nil, booleans, numbers, strings and tables can"}}
	case nil, bool, string, float64:
		return &node{value: scalar(v)}
	}
	return &node{value: schema.Unknown{}}
}

// entry is one entry of a Lua table.
type entry struct {
	key any // string, float64 or bool
	at  int
}

func literalTable(t *LiteralTable, depth int) *node {
	entries, highest := entriesOf(t)
	n := &node{open: t.Open, of: make([]branch, 0, len(entries))}
	if len(entries) == 0 {
		n.value = map[string]any{}
		if t.Open {
			n.value = schema.Unknown{} // a list or an object
		}
		return n
	}
	if highest > 0 && highest == len(entries) {
		list := make([]any, highest)
		for _, e := range entries {
			child := literal(t.Fields[e.at].Value, depth+1)
			i := int(e.key.(float64))
			list[i-1] = child.value
			n.add(branch{index: i, at: e.at, node: child}, "["+strconv.Itoa(i)+"]")
		}
		n.value = list
		return n
	}
	m := make(map[string]any, len(entries))
	for _, e := range entries {
		var key string
		switch k := e.key.(type) {
		case string:
			key = k
		case float64:
			key = strconv.FormatFloat(k, 'f', -1, 64)
		default:
			n.refuse(badValue{reason: booleanKey, at: []int{e.at}})
			continue
		}
		if _, taken := m[key]; taken {
			n.refuse(badValue{reason: "has both the number " + key + " and the string " + strconv.Quote(key) + " as keys, which become the same name", at: []int{e.at}})
			continue
		}
		child := literal(t.Fields[e.at].Value, depth+1)
		m[key] = child.value
		n.add(branch{key: key, at: e.at, node: child}, fieldStep(key))
	}
	n.value = m
	if highest > 0 && t.Open { // it may be a list after all
		n.value = schema.Unknown{}
	}
	return n
}

// entriesOf are the entries that the table has when it is made: later ones take the
// place of earlier ones, and nil is nothing. highest is len(out) if they are the list
// 1 to n, 0 if no key is a number, else any other number.
func entriesOf(t *LiteralTable) (out []entry, highest int) {
	out = make([]entry, 0, len(t.Fields))
	var at map[any]int // of a large table
	const few = 16
	if len(t.Fields) > few {
		at = make(map[any]int, len(t.Fields))
	}
	set := func(key any, i int) {
		known := -1
		if at != nil {
			if k, ok := at[key]; ok {
				known = k
			}
			at[key] = len(out)
		} else {
			known = slices.IndexFunc(out, func(e entry) bool { return e.key == key })
		}
		if known < 0 {
			out = append(out, entry{key, i})
			return
		}
		out[known].at = i
		if at != nil {
			at[key] = known
		}
	}
	for i, f := range t.Fields {
		if f.Key != nil {
			set(f.Key, i)
		}
	}
	n := 0
	for i, f := range t.Fields { // entries without a key are stored last
		if f.Key == nil {
			n++
			set(float64(n), i)
		}
	}
	out = slices.DeleteFunc(out, func(e entry) bool { return t.Fields[e.at].Value == nil })
	if !hasNumber(out) {
		return out, 0
	}
	for _, e := range out {
		f, ok := e.key.(float64)
		if !ok || f != math.Trunc(f) || f < 1 || f > float64(len(out)) {
			return out, len(out) + 1 // no list
		}
	}
	return out, len(out) // as many whole numbers from 1 to n as there are
}

func hasNumber(list []entry) bool {
	for _, e := range list {
		if _, ok := e.key.(float64); ok {
			return true
		}
	}
	return false
}

// add takes over what is wrong with a part.
func (n *node) add(b branch, step string) {
	n.of = append(n.of, b)
	if bad := b.node.bad; bad != nil {
		n.refuse(badValue{path: step + bad.path, reason: bad.reason, at: append([]int{b.at}, bad.at...)})
	}
}

// refuse keeps the first reason.
func (n *node) refuse(b badValue) {
	if n.bad == nil {
		n.bad = &b
	}
}

// fieldStep is a step of a path as runtime.ToGo writes it.
func fieldStep(key string) string {
	if isName(key) {
		return "." + key
	}
	if len(key) > 40 {
		key = key[:40] + "…"
	}
	return "[" + strconv.Quote(key) + "]"
}

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

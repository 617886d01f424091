package lint

import (
	"fmt"
	"math"
	"strings"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxByte is the greatest number that string.char takes.
const maxByte = 255

// standardValues reports numbers that a function of Lua's refuses, and elements that table.concat
// cannot join, in the words of the runtime.
func (p *pass) standardValues(function string, args []syntax.Node) {
	number := func(i int) (float64, bool) {
		if i >= len(args) {
			return 0, false
		}
		f, ok := p.literalValue(args[i]).(float64)
		return f, ok && f == math.Trunc(f)
	}
	bad := func(i int, why string) {
		p.at("argument-type", args[i], fmt.Sprintf("bad argument #%d to '%s' (%s)", i+1, function[strings.LastIndexByte(function, '.')+1:], why))
	}
	switch function {
	case "select":
		if n, ok := number(0); ok && n == 0 {
			bad(0, "index out of range")
		}
	case "string.char":
		for i := range args {
			if n, ok := number(i); ok && (n < 0 || n > maxByte) {
				bad(i, "invalid value")
			}
		}
	case "math.random":
		first, ok := number(0)
		last, both := number(1)
		switch {
		case ok && len(args) == 1 && first < 1:
			bad(0, "interval is empty")
		case ok && both && len(args) == 2 && first > last:
			bad(1, "interval is empty")
		}
	case "table.concat":
		if len(args) <= 2 { // with a third argument only a part is joined
			p.joined(args[0])
		}
	case "table.sort":
		if len(args) == 1 { // with a second argument that one compares
			p.sorted(args[0])
		}
	case "rawset":
		if message := p.badKey(args[min(1, len(args)-1)]); message != "" && len(args) == mostRawset {
			p.failure(args[1], message)
		}
	}
}

// mostRawset is how many arguments rawset takes.
const mostRawset = 3

// badKey is the error of a key under which no table can hold anything, "" for others.
func (p *pass) badKey(key syntax.Node) string {
	if v, ok := p.sure(key); ok && v.Kind == "nil" {
		return "table index is nil"
	}
	if t := p.tree; t.Kind(key) == syntax.Binary && t.TokenKind(t.Token(key)) == syntax.Slash && p.literalValue(t.First(key)) == 0.0 && p.literalValue(t.Child(key, 1)) == 0.0 {
		return "table index is NaN"
	}
	return ""
}

// sorted reports elements of a list that is written out which table.sort cannot compare. It
// looks at the last and the first one first, and then at the one in the middle.
func (p *pass) sorted(list syntax.Node) {
	if p.tree.Kind(list) != syntax.Table {
		return
	}
	b := p.constructor(list, 0)
	var kinds []string
	for _, f := range b.table.Fields {
		kind := catalog.LuaTypeOf(f.Value)
		if b.table.Open || f.Key != nil || kind == "" || kind == "nil" || p.overloaded(kind) {
			return
		}
		kinds = append(kinds, kind)
	}
	if len(kinds) < 2 {
		return
	}
	first, last, middle := 0, len(kinds)-1, (len(kinds)-1)/2
	if kinds[first] != kinds[last] || kinds[first] != "number" && kinds[first] != "string" {
		p.compared(b.parts[last].value, kinds[last], kinds[first])
	} else if middle > 0 {
		p.compared(b.parts[middle].value, kinds[middle], kinds[first])
	}
}

// joined reports the first element of a list that is written out and cannot be joined.
func (p *pass) joined(list syntax.Node) {
	if p.tree.Kind(list) != syntax.Table {
		return
	}
	b := p.constructor(list, 0)
	index := 0
	for i, f := range b.table.Fields {
		if b.table.Open || f.Key != nil {
			return
		}
		index++
		switch kind := catalog.LuaTypeOf(f.Value); kind {
		case "string", "number":
		case "boolean", "table", "function":
			p.at("argument-type", b.parts[i].value, fmt.Sprintf("invalid value (%s) at index %d in table for 'concat'", kind, index))
			return
		default:
			return
		}
	}
}

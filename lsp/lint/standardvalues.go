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

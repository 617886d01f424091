package lint

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// standardCall reports arguments that a function of Lua refuses for their values, which types
// do not tell.
func (p *pass) standardCall(call syntax.Node) {
	f, ok := p.snap.TypeOf(p.file, p.tree.First(call)).(*types.Func)
	if !ok || !library.Standard(f.Decl.URI) {
		return
	}
	args := p.count(p.tree.Child(call, 1))
	if message := p.tooFew(f.Name, args); message != "" && p.tree.Kind(p.tree.First(call)) != syntax.Method && p.snap.CertainCallee(p.file, call) {
		p.missingArgument(call, message)
		return
	}
	switch {
	case len(args) == 0:
	case f.Name == "io.open" && len(args) > 1 && p.snap.CertainCallee(p.file, call):
		p.openMode(args[1])
	case f.Name == "io.lines" && p.snap.CertainCallee(p.file, call):
		p.readFormats(f.Name, args[1:])
	case (f.Name == "io.read" || f.Name == "file:read" || f.Name == "file:lines") && p.snap.CertainCallee(p.file, call):
		if p.tree.Kind(p.tree.First(call)) == syntax.Index && f.Name != "io.read" {
			args = args[1:] // f.read(f, …)
		}
		p.readFormats(p.tree.Source(p.tree.First(call)), args)
	case f.Name == "tonumber" && p.snap.CertainCallee(p.file, call):
		p.numberOfBase(args)
	case f.Name == "os.time" && p.tree.Kind(args[0]) == syntax.Table && p.snap.CertainCallee(p.file, call):
		p.date(args[0])
	case p.tree.Kind(p.tree.First(call)) != syntax.Method && p.snap.CertainCallee(p.file, call):
		p.standardValues(f.Name, args)
	}
}

// tooFew is what a function says that is given fewer arguments than it must be, though nil would
// do for each: types do not tell that. It is "" if they are enough, or the last may be more.
func (p *pass) tooFew(function string, args []syntax.Node) string {
	if n := len(args); n > 0 {
		if k := p.tree.Kind(args[n-1]); k == syntax.Call || k == syntax.Vararg {
			return ""
		}
	}
	switch {
	case (function == "assert" || function == "pcall") && len(args) < 1:
		return "bad argument #1 to '" + function + "' (value expected)"
	case function == "xpcall" && len(args) < 2:
		return "bad argument #2 to 'xpcall' (value expected)"
	case function == "setmetatable" && len(args) == 1:
		return "bad argument #2 to 'setmetatable' (nil or table expected)"
	case function == "table.insert" && len(args) == 1:
		return "wrong number of arguments to 'insert'"
	}
	return ""
}

// Bases that tonumber takes; with the ordinary one it takes any value.
const (
	leastBase    = 2
	mostBase     = 36
	ordinaryBase = 10
)

// numberOfBase reports a base that there is not, and what is no text where there is another
// one than 10.
func (p *pass) numberOfBase(args []syntax.Node) {
	if len(args) < 2 {
		return
	}
	base, ok := asNumber(p.literalValue(args[1]))
	base = math.Trunc(base)
	switch {
	case !ok || base == ordinaryBase:
		return
	case base < leastBase || base > mostBase || math.IsNaN(base):
		p.at("argument-type", args[1], fmt.Sprintf("tonumber takes base?: integer from %d to %d, but is given %s", leastBase, mostBase, p.tree.Source(args[1])))
		return
	}
	kind := catalog.LuaTypeOf(p.literalValue(args[0]))
	if kind == "" || kind == "string" || kind == "number" {
		return
	}
	if kind != "nil" {
		kind = "a " + kind
	}
	p.at("argument-type", args[0], "tonumber takes v: string with a base, but is given "+kind)
}

// date reports a table for os.time that lacks a field, or has one that is no number, in the
// words of the runtime.
func (p *pass) date(n syntax.Node) {
	b := p.constructor(n, 0)
	if b.table.Open {
		return
	}
	for _, name := range [...]string{"day", "month", "year"} {
		on, fits := n, false
		if at := b.at(name); at >= 0 {
			v := b.table.Fields[at].Value
			switch text, isText := v.(string); catalog.LuaTypeOf(v) {
			case "", "number":
				fits = true
			case "string":
				fits = isText && analysis.NumberText(text)
			}
			on = b.parts[at].value
		}
		if fits {
			continue
		}
		start, end := p.tree.Start(on), p.tree.End(on)
		if on == n { // the whole table would hide all else
			end = start + 1
		}
		p.report("argument-type", start, end, "field '"+name+"' missing in date table")
		return
	}
}

// asNumber is the number that a literal value is to Lua; not ok for what is none, and for texts
// in other notations than the decimal one.
func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil && analysis.NumberText(v)
	}
	return 0, false
}

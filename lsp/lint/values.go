package lint

import (
	"fmt"
	"strconv"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// tables reports keys that a constructor gives twice.
func (p *pass) tables() {
	t := p.tree
	for n := range p.nodes(syntax.Table) {
		seen := map[any]syntax.Node{}
		position := 0.0
		for f := range t.Children(n) {
			var key any
			switch t.Kind(f) {
			case syntax.NameField:
				if name := t.NameOf(t.First(f)); name != "" {
					key = name
				}
			case syntax.KeyField:
				key = p.literalKey(t.First(f))
			case syntax.PosField:
				position++
				key = position
			}
			if key == nil {
				continue
			}
			if old, twice := seen[key]; twice {
				lost, which := old, "first" // values without a key are stored last
				if t.Kind(old) == syntax.PosField && t.Kind(f) == syntax.KeyField {
					lost, which = f, "second"
				}
				start, end := p.keyRange(f)
				x := p.report("duplicate-key", start, end, fmt.Sprintf("the key %s is given twice: the %s value is lost", keyText(key), which))
				p.relate(x, lost, "this value is lost")
			}
			seen[key] = f
		}
	}
}

func keyText(key any) string {
	if s, ok := key.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(key)
}

// values reports comparisons with one result, and lists of unequal length.
func (p *pass) values() {
	t := p.tree
	for n := range p.nodes(syntax.Binary, syntax.LocalStat, syntax.AssignStat) {
		switch t.Kind(n) {
		case syntax.Binary:
			p.comparison(n)
		default:
			p.balance(n)
		}
	}
}

func (p *pass) comparison(n syntax.Node) {
	t := p.tree
	op := t.TokenKind(t.Token(n))
	if op != syntax.Equal && op != syntax.NotEqual {
		return
	}
	result := "false"
	if op == syntax.NotEqual {
		result = "true"
	}
	left, right := t.First(n), t.Child(n, 1)
	for _, side := range []syntax.Node{left, right} {
		switch t.Kind(side) {
		case syntax.Table:
			p.at("constant-comparison", n, "the comparison is always "+result+": a new table equals no other value (next(t) == nil tells whether t is empty)")
			return
		case syntax.Function:
			p.at("constant-comparison", n, "the comparison is always "+result+": a new function equals no other value")
			return
		}
	}
	for _, pair := range [][2]syntax.Node{{left, right}, {right, left}} {
		if t.Kind(pair[0]) != syntax.Call || t.Source(t.First(pair[0])) != "type" || !p.untouched("type", t.First(pair[0])) {
			continue
		}
		if s, ok := t.String(pair[1]); ok && !isType(s) {
			p.at("constant-comparison", pair[1], "the comparison is always "+result+": type never returns "+strconv.Quote(s))
			return
		}
		if kind := p.libraryKind(pair[1]); kind != "" {
			name := t.Source(pair[1])
			x := p.at("constant-comparison", pair[1], "the comparison is always "+result+": type returns a string, and "+name+" is a "+kind)
			if isType(name) {
				x.fix("Compare with "+strconv.Quote(name), false, t.Start(pair[1]), t.End(pair[1]), strconv.Quote(name))
			}
			return
		}
	}
	if t.Kind(left) == syntax.Unary && t.TokenKind(t.Token(left)) == syntax.Not {
		switch t.Kind(right) {
		case syntax.Number, syntax.String, syntax.Nil:
			x := p.at("constant-comparison", n, "the comparison is always "+result+": not "+t.Source(t.First(left))+" is a boolean")
			other := " ~= "
			if op == syntax.NotEqual {
				other = " == "
			}
			x.fix("Compare "+t.Source(t.First(left)), false, t.Start(n), t.End(n), t.Source(t.First(left))+other+t.Source(right))
		}
	}
}

// libraryKind is "table" or "function" if an expression names one of the library's, else "".
func (p *pass) libraryKind(n syntax.Node) string {
	if !p.namesLibrary(n) {
		return ""
	}
	switch p.snap.TypeOf(p.file, n).(type) {
	case *types.Object:
		return "table"
	case *types.Func:
		return "function"
	}
	return ""
}

func isType(s string) bool {
	switch s {
	case "nil", "boolean", "number", "string", "table", "function", "thread", "userdata", "channel", "cdata":
		return true
	}
	return false
}

// balance reports an assignment with too many values, or too few.
func (p *pass) balance(n syntax.Node) {
	t := p.tree
	targets, values := p.count(t.First(n)), p.count(t.Child(n, 1))
	if len(targets) == 0 || len(values) == 0 || len(t.Errors()) > 0 {
		return
	}
	if len(values) > len(targets) {
		p.numbered("531").report("unbalanced-assignment", t.Start(values[len(targets)]), t.End(values[len(values)-1]),
			fmt.Sprintf("there are %d values for %d variables: the rest is lost", len(values), len(targets)))
		return
	}
	last := values[len(values)-1]
	switch t.Kind(last) {
	case syntax.Call, syntax.Vararg, syntax.Nil:
		return
	}
	if t.Kind(n) == syntax.AssignStat && len(values) < len(targets) {
		p.numbered("532").at("unbalanced-assignment", n, fmt.Sprintf("there are %d variables for %d values: the others become nil", len(targets), len(values)))
	}
}

func (p *pass) count(list syntax.Node) []syntax.Node {
	var out []syntax.Node
	for n := range p.tree.Children(list) {
		out = append(out, n)
	}
	return out
}

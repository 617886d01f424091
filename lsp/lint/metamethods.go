package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// metamethods are the names that mean something in a metatable, here or in a later Lua;
// those with true take a function alone.
func metamethods() map[string]bool {
	return map[string]bool{
		"__index": false, "__newindex": false, "__mode": false, "__metatable": false, "__name": false,
		"__call": true, "__tostring": true, "__len": true, "__eq": true, "__lt": true, "__le": true, "__concat": true, "__unm": true, "__gc": true, "__close": true,
		"__add": true, "__sub": true, "__mul": true, "__div": true, "__mod": true, "__pow": true, "__idiv": true, "__pairs": true, "__ipairs": true,
		"__band": true, "__bor": true, "__bxor": true, "__bnot": true, "__shl": true, "__shr": true,
	}
}

// metatables reports keys of metatables that are nearly the name of a metamethod, hold what
// one holds, and stand nowhere else in the file.
func (p *pass) metatables() {
	t := p.tree
	if !p.on("unknown-metamethod") || len(p.vars.Globals["setmetatable"]) == 0 {
		return
	}
	tables, vars := map[syntax.Node]bool{}, map[scope.Var]bool{}
	for _, use := range p.vars.Globals["setmetatable"] {
		args := t.Child(t.Parent(use.Node), 1)
		if t.Kind(args) != syntax.Args || t.First(t.Parent(args)) != use.Node {
			continue
		}
		switch meta := t.Next(t.First(args)); t.Kind(meta) {
		case syntax.Table:
			tables[meta] = true
		case syntax.Name:
			v := p.vars.Var(meta)
			if v == scope.NoVar {
				continue
			}
			vars[v] = true
			if made := p.initialOf(v); t.Kind(made) == syntax.Table {
				tables[made] = true
			}
		}
	}
	for n := range p.nodes(syntax.NameField, syntax.Index) {
		key, value := t.First(n), syntax.None
		if t.Kind(n) == syntax.NameField {
			if !tables[t.Parent(n)] {
				continue
			}
			value = t.Next(key)
		} else {
			key = t.Next(t.First(n))
			if !p.written(n) || t.Kind(t.First(n)) != syntax.Name || !vars[p.vars.Var(t.First(n))] {
				continue
			}
			value = p.valueStored(n)
		}
		p.metamethod(key, value)
	}
}

// initialOf is the expression that a local variable begins with, None for any other.
func (p *pass) initialOf(v scope.Var) syntax.Node {
	if x := &p.vars.Vars[v]; x.Kind == scope.Local && p.tree.Kind(p.tree.Parent(p.tree.Parent(x.Decl))) == syntax.LocalStat {
		return p.initial(x)
	}
	return syntax.None
}

// valueStored is the expression or function that is stored in an index, None if that is not
// known.
func (p *pass) valueStored(index syntax.Node) syntax.Node {
	t := p.tree
	list := t.Parent(index)
	if t.Kind(list) == syntax.FuncStat {
		return t.Next(index)
	}
	at := 0
	for c := t.First(list); c != index && c != syntax.None; c = t.Next(c) {
		at++
	}
	return t.Child(t.Next(list), at)
}

func (p *pass) metamethod(key, value syntax.Node) {
	name := p.tree.NameOf(key)
	if !strings.HasPrefix(name, "__") || value == syntax.None {
		return
	}
	known := metamethods()
	if _, ok := known[name]; ok {
		return
	}
	var list []string
	for m, function := range known {
		if p.holds(m, function, value) {
			list = append(list, m)
		}
	}
	near := nearestOf(name, list)
	if near == "" || p.tree.Kind(p.tree.Parent(key)) == syntax.NameField && p.hasField(p.tree.Parent(p.tree.Parent(key)), near) || p.named(name) > 1 {
		return
	}
	x := p.at("unknown-metamethod", key, fmt.Sprintf("%s is no metamethod; did you mean %s?", name, near), name)
	x.fix("Change to "+near, false, p.tree.Start(key), p.tree.End(key), near)
}

// holds tells whether a value is one that a metamethod has. A name may hold anything.
func (p *pass) holds(metamethod string, function bool, value syntax.Node) bool {
	k := p.tree.Kind(value)
	isFunction := k == syntax.Function || k == syntax.FuncBody
	switch {
	case metamethod == "__name" || metamethod == "__metatable":
		return false
	case metamethod == "__mode":
		s, ok := p.tree.String(value)
		return ok && s != "" && strings.Trim(s, "kv") == ""
	case function:
		if k == syntax.Name {
			body := p.tree.Kind(p.onlyValue(value))
			return body == syntax.FuncBody || body == syntax.Function
		}
		return isFunction
	}
	return isFunction || k == syntax.Name || k == syntax.Table
}

func (p *pass) hasField(table syntax.Node, name string) bool {
	for f := range p.tree.Children(table) {
		if p.tree.Kind(f) == syntax.NameField && p.tree.NameOf(p.tree.First(f)) == name {
			return true
		}
	}
	return false
}

// named is how often a file names a field, other than as a part of a longer name.
func (p *pass) named(name string) int {
	n := 0
	for rest := p.text; ; n++ {
		at := strings.Index(rest, name)
		if at < 0 {
			return n
		}
		rest = rest[at+len(name):]
		if rest != "" && isName("x"+rest[:1]) { // a longer name
			n--
		}
	}
}

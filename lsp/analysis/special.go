package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// specials are the functions of the library whose results depend on more than their
// types, by their names there.
var specials = map[string]string{
	"require": "require", "dofile": "dofile", "setmetatable": "setmetatable", "getmetatable": "getmetatable",
	"pcall": "pcall", "xpcall": "xpcall", "select": "select", "ipairs": "ipairs", "pairs": "pairs", "next": "next",
	"assert": "assert", "unpack": "unpack", "table.unpack": "unpack", "rawget": "rawget", "rawset": "rawset",
	"error": "error", "table.remove": "table.remove",
	"coroutine.create": "coroutine.create", "coroutine.wrap": "coroutine.wrap", "coroutine.resume": "coroutine.resume",
	"coroutine.yield": "coroutine.yield", "string.match": "string.match", "string.find": "string.find",
	"Event.publish": "Event.publish", "Event.on": "Event.on", "Event.subscribe": "Event.subscribe", "Event.receive": "Event.receive",
	"Event.receive_batch": "Event.receive_batch",
	"Hook.register":       "Hook.register", "Hook.fire": "Hook.fire", "State.get": "State.get", "State.set": "State.set",
	"State.increment": "State.increment", "Tool.start": "Tool.start", "Tool.parallel": "Tool.parallel", "os.date": "os.date",
	"string.gmatch": "string.gmatch", "string.gfind": "string.gmatch", "string.gsub": "string.gsub",
}

// basicSpecials work even if something hides the library's declarations.
var basicSpecials = map[string]bool{
	"require": true, "dofile": true, "setmetatable": true, "pcall": true, "xpcall": true, "select": true,
	"ipairs": true, "pairs": true, "next": true, "assert": true, "unpack": true, "rawget": true, "error": true,
	"getmetatable": true,
}

// specialCall returns the name of the special function that is called, or "". What
// counts is the function itself: local get = Tool.get is Tool.get.
func (u *unit) specialCall(s site, t types.Type) string {
	if f, ok := t.(*types.Func); ok && f.Special != "" {
		return f.Special
	}
	if u.tree.Kind(s.callee) != syntax.Name || u.file.Vars().Var(s.callee) != scope.NoVar {
		return ""
	}
	name := u.tree.Source(s.callee)
	if !basicSpecials[name] || t != types.Unknown {
		return ""
	}
	return name
}

// special returns the results of a special function; not ok: its type says them.
func (u *unit) special(s site, name string) (values, bool) {
	arg := func(i int) types.Type {
		if i < len(s.args) {
			return u.typeOf(s.args[i])
		}
		return types.Unknown
	}
	one := func(t types.Type) (values, bool) { return values{list: []types.Type{t}}, true }
	switch name {
	case "require":
		if l, ok := arg(0).(*types.Literal); ok {
			if module, ok := l.Value.(string); ok {
				return one(u.c.moduleType(u, module))
			}
		}
		return unknown, true
	case "dofile":
		if l, ok := arg(0).(*types.Literal); ok {
			if path, ok := l.Value.(string); ok {
				return u.c.fileValues(u, path), true
			}
		}
		return unknown, true
	case "setmetatable":
		return one(u.setmetatable(s))
	case "getmetatable":
		return unknown, true
	case "pcall", "xpcall", "coroutine.resume":
		return joined(u.protected(s, name)), true
	case "coroutine.create", "coroutine.wrap":
		f, ok := onlyFunc(arg(0))
		if !ok {
			return values{}, false
		}
		if name == "coroutine.create" {
			return one(&coroutine{f})
		}
		return one(u.wrapped(f))
	case "string.match", "string.find":
		v, ok := u.matched(s, name)
		for i := range v.list {
			v.list[i] = optional(v.list[i])
		}
		return v, ok
	case "State.get":
		return u.stateValue(s)
	case "Event.receive", "Event.receive_batch":
		f, ok := u.typeOf(s.callee).(*types.Func)
		if !ok {
			return values{}, false
		}
		return u.received(s, u.results(s, u.choose(s, f))), true
	case "Tool.start":
		f, ok := u.typeOf(s.callee).(*types.Func)
		if !ok || len(s.args) == 0 {
			return values{}, false
		}
		return one(u.handleFor(first(u.results(s, f)), u.toolNamed(s, 0)))
	case "Tool.parallel":
		t := u.parallel(s)
		return values{list: []types.Type{t}}, t != nil
	case "os.date":
		if l, ok := arg(0).(*types.Literal); ok || len(s.args) == 0 {
			format := ""
			if ok {
				format, _ = l.Value.(string)
			}
			if !strings.HasPrefix(strings.TrimPrefix(format, "!"), "*t") {
				return one(types.String)
			}
			return one(u.c.typeNamed("osdate"))
		}
		return values{}, false
	case "string.gmatch":
		f, ok := u.gmatched(s)
		return values{list: []types.Type{f}}, ok
	case "select":
		return u.selected(s)
	case "assert":
		if len(s.args) == 0 {
			return unknown, true
		}
		v := u.argumentValues(s.args)
		if len(v.list) > 0 {
			v.list[0] = truthyPart(v.list[0])
		}
		return v, true
	case "error":
		return values{list: []types.Type{types.Never}}, true
	case "unpack":
		elem, _, _ := u.c.entriesOf(arg(0))
		if tuple, ok := arg(0).(*types.Tuple); ok {
			return values{list: tuple.Elems}, true
		}
		if o, ok := arg(0).(*types.Object); ok {
			if list := u.c.elementsOf(o); list != nil {
				return values{list: list}, true
			}
		}
		if elem == nil {
			return unknown, true
		}
		return values{more: elem}, true
	case "table.remove":
		elem, _, _ := u.c.entriesOf(arg(0))
		if elem == nil {
			return unknown, true
		}
		return one(optional(elem))
	case "rawget":
		if l, ok := arg(1).(*types.Literal); ok {
			if name, ok := l.Value.(string); ok {
				return one(u.c.fieldType(arg(0), name))
			}
		}
		return unknown, true
	case "rawset":
		return one(arg(0))
	case "next":
		k, v := u.c.pairsOf(arg(0))
		return values{list: []types.Type{optional(k), v}}, true
	case "ipairs", "pairs":
		return values{list: []types.Type{types.FunctionType, arg(0), types.Unknown}}, true
	}
	return values{}, false
}

// argumentValues are the values of all arguments in a row.
func (u *unit) argumentValues(args []syntax.Node) values {
	var v values
	for i, a := range args {
		if i < len(args)-1 {
			v.list = append(v.list, u.typeOf(a))
			continue
		}
		last := u.valuesOf(a)
		v.list = append(v.list, last.list...)
		v.more = last.more
	}
	return v
}

// setmetatable is the table with its new metatable.
func (u *unit) setmetatable(s site) types.Type {
	if len(s.args) == 0 {
		return types.Unknown
	}
	u.stores()
	object := s.args[0]
	if len(s.args) > 1 {
		if class := u.metaClass(s.args[1]); class != nil {
			if u.derives(class, object, s.node) {
				return u.typeOf(object)
			}
			if u.isSelf(s.args[1]) {
				return u.typeOf(s.args[1])
			}
			return u.objectType(class)
		}
		// A class that another file defines.
		if o, ok := u.typeOf(s.args[1]).(*types.Object); ok && u.tree.Kind(s.args[1]) != syntax.Table {
			if f := u.c.field(o, "__index"); f != nil && f.Type == types.Type(o) {
				if u.tree.Kind(object) == syntax.Table && u.tree.First(object) != syntax.None {
					return u.typeOf(object) // with fields of its own
				}
				return o
			}
			if o.Name != "" {
				return o
			}
		}
	}
	return u.typeOf(object)
}

// passedOn is the call that pcall(f, …) or xpcall(f, handler, …) makes.
func (u *unit) passedOn(s site, handler bool) (site, bool) {
	skip := 1
	if handler {
		skip = 2
	}
	if len(s.args) == 0 {
		return site{}, false
	}
	inner := site{u: u, node: s.node, callee: s.args[0], indirect: true}
	if len(s.args) > skip {
		inner.args = s.args[skip:]
	}
	return inner, true
}

// selected are the results of select.
func (u *unit) selected(s site) (values, bool) {
	if len(s.args) == 0 {
		return unknown, true
	}
	l, ok := u.typeOf(s.args[0]).(*types.Literal)
	if !ok {
		return unknown, true
	}
	v := u.argumentValues(s.args[1:])
	switch at := l.Value.(type) {
	case string:
		return values{list: []types.Type{types.Integer}}, true
	case float64:
		i := int(at) - 1
		switch {
		case at < 1 || at > 1e6:
			return unknown, true
		case i < len(v.list):
			return values{list: v.list[i:], more: v.more}, true
		case v.more != nil:
			return values{more: v.more}, true
		}
		return values{}, true
	}
	return unknown, true
}

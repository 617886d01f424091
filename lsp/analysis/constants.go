package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// constants reads expressions whose values the text says.
type constants struct {
	r   *registering
	env environment
}

// constant follows parentheses, parameters and local variables that are assigned once.
func (l *constants) constant(n syntax.Node, env environment) (syntax.Node, environment) {
	t := l.r.t
	for range 2 * maxAliases {
		switch t.Kind(n) {
		case syntax.Paren:
			n = t.First(n)
			continue
		case syntax.Name:
			v := l.r.f.Vars().Var(n)
			if v == scope.NoVar {
				return n, env
			}
			if b, ok := env[v]; ok {
				n, env = b.n, b.env
				continue
			}
			x := &l.r.f.Vars().Vars[v]
			switch {
			case written(x):
				return n, env
			case x.Kind == scope.LocalFunction:
				return t.Next(x.Decl), env
			case x.Kind == scope.Local:
				value := initialOf(t, x)
				if value == syntax.None || t.Kind(value) == syntax.Table && l.r.changed(v) {
					return n, env
				}
				n = value
				continue
			}
		}
		break
	}
	return n, env
}

// field returns what a constructor gives a name.
func (l *constants) field(table syntax.Node, name string) (value syntax.Node, env environment, ok bool) {
	t := l.r.t
	for f := range t.Children(table) {
		key := ""
		switch t.Kind(f) {
		case syntax.NameField:
			key = t.NameOf(t.First(f))
		case syntax.KeyField:
			key, _ = t.String(t.First(f))
		}
		if key == name {
			value, env, ok = t.Child(f, 1), l.env, true // the last one counts
		}
	}
	return value, env, ok
}

// table is a constructor as far as the text says what is in it.
func (l *constants) table(n syntax.Node, depth int) *catalog.LiteralTable {
	t := l.r.t
	out := &catalog.LiteralTable{}
	for f := range t.Children(n) {
		if l.r.work++; l.r.work > maxRegistering || depth > maxTableDepth {
			out.Open = true
			return out
		}
		value := t.First(f)
		var field catalog.LiteralField
		switch t.Kind(f) {
		case syntax.NameField:
			field.Key, value = strings.Clone(t.NameOf(value)), t.Next(value)
		case syntax.KeyField:
			key := l.value(value, l.env, depth)
			value = t.Next(value)
			switch key.(type) {
			case string, float64, bool:
				field.Key = key
			default:
				out.Open = true
				continue
			}
		case syntax.PosField:
			if k := t.Kind(value); t.Next(f) == syntax.None && (k == syntax.Call || k == syntax.Vararg) {
				out.Open = true
				continue
			}
		}
		field.Value = l.value(value, l.env, depth)
		out.Fields = append(out.Fields, field)
	}
	return out
}

// maxText is how many bytes the parts of a text make together.
const maxText = 1 << 16

// maxTableDepth is how deep the tables of a schema are read.
const maxTableDepth = 40

// value is the value of an expression, schema.Unknown if the text does not say it.
func (l *constants) value(n syntax.Node, env environment, depth int) any {
	t := l.r.t
	if l.r.work++; l.r.work > maxRegistering {
		return schema.Unknown{}
	}
	n, env = l.constant(n, env)
	if v, ok := LiteralValue(t, n, func(n syntax.Node) any { return l.value(n, env, depth) }); ok {
		if text, ok := v.(string); ok {
			return strings.Clone(strings.ReplaceAll(text, syntax.Marker, ""))
		}
		return v
	}
	switch t.Kind(n) {
	case syntax.Binary:
		if t.TokenKind(t.Token(n)) == syntax.Concat && depth < maxTableDepth {
			left, ok := l.value(t.First(n), env, depth+1).(string)
			right, both := l.value(t.Child(n, 1), env, depth+1).(string)
			if ok && both && len(left)+len(right) <= maxText {
				return left + right
			}
		}
	case syntax.Table:
		inner := constants{r: l.r, env: env}
		return inner.table(n, depth+1)
	}
	return schema.Unknown{}
}

// stored adds what is stored in the variable that a constructor is given to, and what
// may be done with it elsewhere.
func (l *constants) stored(x found, table *catalog.LiteralTable) {
	if x.v == scope.NoVar {
		return
	}
	t := l.r.t
	for _, use := range l.r.f.Vars().Vars[x.v].Uses {
		parent := t.Parent(use.Node)
		switch t.Kind(parent) {
		case syntax.Index, syntax.IndexKey, syntax.Method:
			if t.First(parent) == use.Node {
				l.store(x, table, parent)
			}
		case syntax.Args:
			callee := t.First(t.Parent(parent))
			if name, ok := l.r.key(callee); !ok || name != "register" {
				table.Open = true
			}
		case syntax.ExprList:
			table.Open = table.Open || t.Kind(t.Parent(parent)) != syntax.ReturnStat
		}
	}
}

// store adds what an index of the variable stores in it.
func (l *constants) store(x found, table *catalog.LiteralTable, index syntax.Node) {
	t := l.r.t
	name, ok := l.r.key(index)
	chain := whole(t, index)
	list := t.Parent(chain)
	switch {
	case chain == index && !isWritten(t, index):
		switch name {
		case "parameters", "schema", "result", "aliases":
			l.set(table, name, schema.Unknown{}) // who knows what becomes of it
		}
	case !isWritten(t, chain): // a part of it is read
	case !ok:
		table.Open = true
	case t.Kind(list) == syntax.FuncStat: // its execute
	case chain == index && t.First(list) == index && t.Next(index) == syntax.None:
		l.set(table, name, l.value(t.First(t.Next(list)), x.env, 1))
	default:
		l.set(table, name, schema.Unknown{})
	}
}

// set gives a table an entry. One that it has already is one or the other.
func (l *constants) set(table *catalog.LiteralTable, name string, value any) {
	for i := range table.Fields {
		if table.Fields[i].Key == name {
			table.Fields[i].Value = schema.Unknown{}
			return
		}
	}
	table.Fields = append(table.Fields, catalog.LiteralField{Key: strings.Clone(name), Value: value})
}

// execute is the function of a tool: in the constructor, or stored afterwards.
func (l *constants) execute(x found) (fn syntax.Node, env environment, ok bool) {
	t := l.r.t
	if fn, env, ok = l.field(x.n, "execute"); ok || x.v == scope.NoVar {
		return fn, env, ok
	}
	for _, use := range l.r.f.Vars().Vars[x.v].Uses {
		index := t.Parent(use.Node)
		if name, named := l.r.key(index); !named || name != "execute" || t.First(index) != use.Node || !isWritten(t, index) || t.Kind(index) == syntax.Method {
			continue
		}
		if list := t.Parent(index); t.Kind(list) == syntax.FuncStat {
			return t.Next(index), x.env, true
		} else if t.Next(index) == syntax.None && t.First(list) == index {
			return t.First(t.Next(list)), x.env, true
		}
	}
	return syntax.None, nil, false
}

// parameterNames are the nodes that name the parameters, in all the forms that
// Tool.register takes.
func (l *constants) parameterNames(n syntax.Node, env environment) map[string]syntax.Node {
	t := l.r.t
	out := map[string]syntax.Node{}
	n, env = l.constant(n, env)
	if t.Kind(n) != syntax.Table {
		return nil
	}
	inner := constants{r: l.r, env: env}
	if p, penv, ok := inner.field(n, "properties"); ok {
		if p, penv = inner.constant(p, penv); t.Kind(p) == syntax.Table {
			n, inner.env = p, penv
		}
	}
	for f := range t.Children(n) {
		name := t.First(f)
		switch t.Kind(f) {
		case syntax.NameField:
			out[t.NameOf(name)] = name
		case syntax.KeyField:
			if s, ok := t.String(name); ok {
				out[s] = name
			}
		case syntax.PosField:
			item, ienv := inner.constant(name, inner.env)
			if t.Kind(item) != syntax.Table {
				continue
			}
			of := constants{r: l.r, env: ienv}
			if value, venv, ok := of.field(item, "name"); ok {
				if value, _ = of.constant(value, venv); t.Kind(value) == syntax.String {
					s, _ := t.String(value)
					out[s] = value
				}
			}
		}
	}
	return out
}

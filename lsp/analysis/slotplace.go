package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// saying is what annotations or schemas say of what stands at a place. Types forget the
// names of aliases, which say what strings name; so the annotation itself is followed
// into lists and tables.
type saying struct {
	// kind is the provider where no annotation says it.
	kind string
	// note is the annotation, nil if there is none.
	note luacats.Type
	in   *unit // that note stands in
}

// maxPlaceDepth is how deep tables are followed, and aliases of aliases.
const maxPlaceDepth = 16

// slotAtPlace is the provider of a string in a list, a table or a variable that is
// annotated; "" if there is none.
func (u *unit) slotAtPlace(n syntax.Node) string {
	p := u.placeOf(n, maxPlaceDepth)
	if p.kind != "" {
		return p.kind
	}
	return p.slot(maxPlaceDepth)
}

// placeOf finds what is said of the place of an expression.
func (u *unit) placeOf(n syntax.Node, depth int) saying {
	t := u.tree
	if depth == 0 {
		return saying{}
	}
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.placeOf(parent, depth-1)
	case syntax.Binary:
		if op := t.TokenKind(t.Token(parent)); op == syntax.Or || op == syntax.And && t.First(parent) != n {
			return u.placeOf(parent, depth-1)
		}
	case syntax.Args:
		return u.placeOfArgument(parent, n)
	case syntax.PosField, syntax.NameField, syntax.KeyField:
		if t.Kind(parent) == syntax.PosField || t.First(parent) != n {
			return u.placeInTable(parent, depth)
		}
	case syntax.ExprList:
		return u.placeOfValue(parent, n)
	}
	return saying{}
}

// placeOfArgument is what the annotations of a function say of an argument.
func (u *unit) placeOfArgument(args, n syntax.Node) saying {
	s := u.site(u.tree.Parent(args))
	at := 0
	for at < len(s.args) && s.args[at] != n {
		at++
	}
	f, inner, at := u.calledAt(s, at)
	if f == nil || at < 0 {
		return saying{}
	}
	name := "..."
	i := at + inner.shift(f)
	if i >= 0 && i < len(f.Params) {
		name = f.Params[i].Name
	} else if i < 0 || f.Vararg == nil {
		return saying{}
	}
	if fn, ok := f.Origin.(*function); ok {
		if tag := paramTag(fn.u.functionNote(fn.body), name); tag != nil && tag.Type != nil {
			return saying{note: tag.Type, in: fn.u}
		}
	}
	if name != "..." {
		return saying{kind: f.Params[i].Slot}
	}
	return saying{}
}

// placeInTable is what is said of the value of a field in a constructor.
func (u *unit) placeInTable(field syntax.Node, depth int) saying {
	t := u.tree
	table := t.Parent(field)
	name, named := u.fieldName(field)
	if !named && t.Kind(field) == syntax.KeyField {
		name = "\x00" // some key
	}
	at := 0
	if t.Kind(field) == syntax.PosField {
		at = u.listPlace(table, field)
	}
	o := paramsOf(u.expected(table))
	if o != nil && named {
		if f := u.c.field(o, name); f != nil && f.Slot != "" {
			return saying{kind: f.Slot} // a schema says more than what any tool takes
		}
	}
	if outer := u.placeOf(table, depth-1); outer.note != nil {
		if p := outer.step(name, at, depth); p.note != nil {
			return p
		}
	} else if outer.kind != "" && at > 0 {
		return outer // a list of names
	}
	if o == nil {
		return saying{}
	}
	return classStep(o, name, at, maxPlaceDepth)
}

// listCursor is a value in a list: its field, and its place.
type listCursor struct {
	field syntax.Node
	at    int
}

// minCursor is the place in a list from which on it is kept.
const minCursor = 16

// listPlace is the place of a value in the list of a constructor, from 1. It counts on
// from the place that was asked for before: files of data have lists of any length.
func (u *unit) listPlace(table, field syntax.Node) int {
	t := u.tree
	c, at := t.First(table), 0
	if last, ok := u.lists[table]; ok && last.field <= field {
		c, at = last.field, last.at-1
	}
	for ; ; c = t.Next(c) {
		if t.Kind(c) == syntax.PosField {
			at++
		}
		if c == field {
			break
		}
	}
	if at >= minCursor {
		if u.lists == nil {
			u.lists = map[syntax.Node]listCursor{}
		}
		u.lists[table] = listCursor{field, at}
	}
	return at
}

// placeOfValue is what is said of what a value is assigned to, or returned as.
func (u *unit) placeOfValue(list, n syntax.Node) saying {
	t := u.tree
	at := 0
	for c := t.First(list); c != n && c != syntax.None; c = t.Next(c) {
		at++
	}
	stat := t.Parent(list)
	switch t.Kind(stat) {
	case syntax.LocalStat:
		return u.placeOfNote(t.Child(t.First(stat), at), at)
	case syntax.AssignStat:
		if t.First(stat) == list {
			return saying{}
		}
		target := t.Child(t.First(stat), at)
		switch t.Kind(target) {
		case syntax.Name:
			v := u.file.Vars().Var(target)
			if v == scope.NoVar {
				return u.placeOfNote(target, at)
			}
			decl := u.file.Vars().Vars[v].Decl
			at := 0
			for c := t.First(t.Parent(decl)); c != decl && c != syntax.None; c = t.Next(c) {
				at++
			}
			return u.placeOfNote(decl, at)
		case syntax.Index, syntax.IndexKey:
			if p := u.placeOfNote(target, at); p.note != nil {
				return p
			}
			if name, ok := u.keyName(target); ok {
				if o := paramsOf(u.typeOf(t.First(target))); o != nil {
					return classStep(o, name, 0, maxPlaceDepth)
				}
			}
		}
	case syntax.ReturnStat:
		body := u.functionAround(stat)
		b := u.functionNote(body)
		if t.Kind(body) != syntax.FuncBody || b == nil {
			return saying{}
		}
		for _, tag := range b.Tags {
			r, ok := tag.(*luacats.ReturnTag)
			if !ok {
				continue
			}
			if at < len(r.Results) {
				return saying{note: r.Results[at].Type, in: u}
			}
			at -= len(r.Results)
		}
	}
	return saying{}
}

// placeOfNote is the @type above a statement, of its variable number at.
func (u *unit) placeOfNote(n syntax.Node, at int) saying {
	if tag := luacats.First[*luacats.TypeTag](u.note(n)); tag != nil && at < len(tag.Types) {
		return saying{note: tag.Types[at], in: u}
	}
	return saying{}
}

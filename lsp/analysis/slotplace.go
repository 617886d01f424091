package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
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

// classStep is what a class says of a field, or of entry number at.
func classStep(o *types.Object, name string, at, depth int) saying {
	from, ok := o.Origin.(*object)
	if !ok || from.class == nil || depth == 0 {
		return saying{}
	}
	var some saying
	for _, d := range from.class.fieldTags() {
		p := saying{note: d.tag.Type, in: d.u}
		switch key := d.tag.Key.(type) {
		case nil:
			if name != "" && d.tag.Name.Text == name {
				return p
			}
		case *luacats.LiteralType:
			if at > 0 && key.Value == float64(at) || key.Value == name {
				return p
			}
		case *luacats.NameType:
			switch key.Name.Text {
			case "integer", "number":
				if at > 0 {
					some = p
				}
			default:
				if at == 0 {
					some = p
				}
			}
		}
	}
	if some.note != nil {
		return some
	}
	for _, parent := range from.class.parents() {
		if base, ok := parent.(*types.Object); ok {
			if p := classStep(base, name, at, depth-1); p.note != nil {
				return p
			}
		}
	}
	return saying{}
}

// step goes into a table: to the field of a name, or if at is not 0 to entry number at.
func (p saying) step(name string, at, depth int) saying {
	if depth == 0 {
		return saying{}
	}
	in := func(t luacats.Type) saying { return saying{note: t, in: p.in} }
	switch t := p.note.(type) {
	case *luacats.OptionalType:
		return in(t.Of).step(name, at, depth-1)
	case *luacats.VariadicType:
		return in(t.Of).step(name, at, depth-1)
	case *luacats.UnionType:
		for _, of := range t.Of {
			if q := in(of).step(name, at, depth-1); q.note != nil {
				return q
			}
		}
	case *luacats.ArrayType:
		if at > 0 {
			return in(t.Elem)
		}
	case *luacats.TupleType:
		if at > 0 && at <= len(t.Elems) {
			return in(t.Elems[at-1])
		}
	case *luacats.TableType:
		for _, f := range t.Fields {
			switch {
			case f.Name.Text != "" && f.Name.Text == name, f.Key == nil && f.Name.Text == "" && at > 0:
				return in(f.Type)
			case f.Key != nil:
				key, _ := f.Key.(*luacats.NameType)
				if counts := key != nil && (key.Name.Text == "integer" || key.Name.Text == "number"); counts == (at > 0) {
					return in(f.Type)
				}
			}
		}
	case *luacats.NameType:
		if t.Name.Text == "table" {
			switch {
			case len(t.Args) == 2:
				return in(t.Args[1])
			case len(t.Args) == 1 && at > 0:
				return in(t.Args[0])
			}
			return saying{}
		}
		if alias := p.in.c.aliasOf(t.Name.Text); alias.note != nil {
			return alias.step(name, at, depth-1)
		}
		if o, ok := p.in.c.typeNamed(t.Name.Text).(*types.Object); ok {
			return classStep(o, name, at, depth-1)
		}
	}
	return saying{}
}

// slot is the provider of a string at the place.
func (p saying) slot(depth int) string {
	if depth == 0 {
		return ""
	}
	switch t := p.note.(type) {
	case *luacats.OptionalType:
		return saying{note: t.Of, in: p.in}.slot(depth - 1)
	case *luacats.VariadicType:
		return saying{note: t.Of, in: p.in}.slot(depth - 1)
	case *luacats.UnionType:
		for _, of := range t.Of {
			if k := (saying{note: of, in: p.in}).slot(depth - 1); k != "" {
				return k
			}
		}
	case *luacats.NameType:
		if k := slotKinds()[t.Name.Text]; k != "" {
			return k
		}
		if alias := p.in.c.aliasOf(t.Name.Text); alias.note != nil {
			return alias.slot(depth - 1)
		}
	}
	return ""
}

// aliasOf is what an alias stands for, nothing if there is none of that name.
func (c *checker) aliasOf(name string) saying {
	if basics[name] != nil {
		return saying{}
	}
	for _, f := range c.typeFiles(name) {
		for _, b := range f.typeNames()[name] {
			for _, tag := range b.Tags {
				if tag, ok := tag.(*luacats.AliasTag); ok && tag.Name.Text == name && len(tag.Params) == 0 {
					return saying{note: tag.Type, in: c.unit(f)}
				}
			}
		}
	}
	if c.snap != nil {
		return c.shared.library.aliasOf(name)
	}
	return saying{}
}

// slotLater is the provider of a string that a variable holds which is given to a
// function later: local name = "calculator" and then Tool.get(name), and of one in a
// list that a loop goes through.
func (u *unit) slotLater(n syntax.Node) (kind, arg string) {
	t := u.tree
	parent := t.Parent(n)
	for t.Kind(parent) == syntax.Paren {
		n, parent = parent, t.Parent(parent)
	}
	switch t.Kind(parent) {
	case syntax.ExprList:
		stat := t.Parent(parent)
		if t.Kind(stat) != syntax.LocalStat {
			return "", ""
		}
		at := 0
		for c := t.First(parent); c != n; c = t.Next(c) {
			at++
		}
		return u.slotOfUses(t.Child(t.First(stat), at))
	case syntax.PosField:
		return u.slotOfItems(t.Parent(parent))
	}
	return "", ""
}

// slotOfItems is the provider of the strings in a list that loops go through.
func (u *unit) slotOfItems(table syntax.Node) (kind, arg string) {
	t := u.tree
	list := t.Parent(table)
	switch t.Kind(list) {
	case syntax.Args:
		return u.slotOfLoop(table)
	case syntax.ExprList:
		stat := t.Parent(list)
		if t.Kind(stat) != syntax.LocalStat || t.First(list) != table {
			return "", ""
		}
		v := u.file.Vars().Var(t.First(t.First(stat)))
		if v == scope.NoVar {
			return "", ""
		}
		for i, use := range u.file.Vars().Vars[v].Uses {
			if i == maxLater {
				break
			}
			if kind, arg = u.slotOfLoop(use.Node); kind != "" {
				return kind, arg
			}
		}
	}
	return "", ""
}

// slotOfLoop is the provider of the second variable of a loop through ipairs or pairs of
// an expression.
func (u *unit) slotOfLoop(n syntax.Node) (kind, arg string) {
	t := u.tree
	args := t.Parent(n)
	call := t.Parent(args)
	list := t.Parent(call)
	loop := t.Parent(list)
	if t.Kind(args) != syntax.Args || t.Kind(list) != syntax.ExprList || t.Kind(loop) != syntax.GenericFor {
		return "", ""
	}
	if name := t.Source(t.First(call)); name != "ipairs" && name != "pairs" {
		return "", ""
	}
	return u.slotOfUses(t.Child(t.First(loop), 1))
}

// slotOfUses is the provider of the first place that a variable, which is assigned once,
// is given to.
func (u *unit) slotOfUses(name syntax.Node) (kind, arg string) {
	if u.tree.Kind(name) != syntax.Name {
		return "", ""
	}
	v := u.file.Vars().Var(name)
	if v == scope.NoVar || written(&u.file.Vars().Vars[v]) {
		return "", ""
	}
	for i, use := range u.file.Vars().Vars[v].Uses {
		if i == maxLater {
			break
		}
		if kind, arg = u.slotKind(use.Node); kind != "" {
			return kind, arg
		}
		if index := u.tree.Parent(use.Node); u.tree.Kind(index) == syntax.IndexKey && u.tree.First(index) != use.Node {
			if o, ok := u.typeOf(u.tree.First(index)).(*types.Object); ok && o.Name == toolGlobal {
				return "tool", ""
			}
		}
	}
	return "", ""
}

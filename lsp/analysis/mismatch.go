package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Mismatch is a value of another type than annotations say.
type Mismatch struct {
	Want, Got types.Type
	// Name is the variable or field that gets the value, "" for a result.
	Name string
}

// Mismatch tells whether an expression that is assigned, or returned, surely has another
// type than an annotation of the variable, field or result says. nil and false fit
// everywhere: many annotations leave them out.
func (s *Snapshot) Mismatch(f *File, n syntax.Node) (m Mismatch, ok bool) {
	return m, in(s, f, func(u *unit) bool {
		m.Want, m.Name = u.annotatedPlace(n)
		if m.Want == nil || hasParam(m.Want, 0) {
			return false
		}
		if _, as := u.as(n); as {
			return false
		}
		var certain bool
		m.Got, certain = u.certainType(n)
		if u.tree.Kind(n) == syntax.False || typeName(types.Without(m.Want, types.Nil)) == "function" && typeName(m.Got) == "table" {
			return false // false stands for nil; a table may have __call
		}
		return certain && m.Got != types.Nil && !assignable(m.Got, m.Want, 0)
	})
}

// annotatedPlace is the type that an annotation gives the place of a value, nil if none
// does, and the name of the place.
func (u *unit) annotatedPlace(n syntax.Node) (types.Type, string) {
	t := u.tree
	list := t.Parent(n)
	switch t.Kind(list) {
	case syntax.ExprList:
	case syntax.NameField, syntax.KeyField:
		return u.annotatedEntry(list, n)
	default:
		return nil, ""
	}
	at := 0
	for c := t.First(list); c != n && c != syntax.None; c = t.Next(c) {
		at++
	}
	stat := t.Parent(list)
	switch t.Kind(stat) {
	case syntax.LocalStat:
		return u.typedVar(t.Child(t.First(stat), at))
	case syntax.AssignStat:
		target := t.Child(t.First(stat), at)
		if t.First(stat) == list || target == syntax.None {
			return nil, ""
		}
		if t.Kind(target) == syntax.Name {
			return u.typedVar(target)
		}
		if k := t.Kind(target); (k == syntax.Index || k == syntax.IndexKey) && u.certain(t.First(target), maxCertain) {
			name, _ := u.keyName(target)
			return u.declaredField(target), name
		}
	case syntax.ReturnStat:
		if fn := u.annotatedResults(stat); fn != nil && at < len(fn.v.list) {
			return fn.v.list[at], ""
		}
	}
	return nil, ""
}

// annotatedEntry is annotatedPlace for the value of an entry of a constructor.
func (u *unit) annotatedEntry(field, value syntax.Node) (types.Type, string) {
	t := u.tree
	name, ok := u.fieldName(field)
	if !ok || name == "" || t.Child(field, 1) != value { // @field [string] has no name
		return nil, ""
	}
	o, ok := types.Without(u.tablePlace(t.Parent(field)), types.Nil).(*types.Object)
	if !ok || o.Role != types.NoRole {
		return nil, ""
	}
	return taggedField(o, name, 0), name
}

// taggedField is the type that @field gives a field of a class of the program's, or of one
// that it inherits from; nil if none does.
func taggedField(o *types.Object, name string, depth int) types.Type {
	if _, ok := o.Origin.(spelled); ok {
		if field := o.Field(name); field != nil {
			return field.Type
		}
		return nil
	}
	origin, ok := o.Origin.(*object)
	if !ok || origin.class == nil || origin.generic != nil || depth > maxTypeDepth || strings.HasPrefix(o.Decl.URI, library.Scheme+":") {
		return nil
	}
	for _, d := range origin.class.fieldTags() {
		if d.tag.Name.Text != name {
			continue
		}
		if field := origin.class.field(name); field != nil {
			return field.Type
		}
		return nil
	}
	for _, parent := range origin.class.parents() {
		if of, ok := parent.(*types.Object); ok {
			if t := taggedField(of, name, depth+1); t != nil {
				return t
			}
		}
	}
	return nil
}

// tablePlace is the type that annotations give the place of a constructor, nil if none do.
func (u *unit) tablePlace(n syntax.Node) types.Type {
	switch parent := u.tree.Parent(n); u.tree.Kind(parent) {
	case syntax.Args:
		return u.wantedArgument(n)
	case syntax.PosField:
		if list, ok := types.Without(u.tablePlace(u.tree.Parent(parent)), types.Nil).(*types.Array); ok {
			return list.Elem
		}
		return nil
	}
	want, _ := u.annotatedPlace(n)
	return want
}

// typedVar is the type that @type gives a local variable, nil if there is none.
func (u *unit) typedVar(name syntax.Node) (types.Type, string) {
	v := u.file.Vars().Var(name)
	if v == scope.NoVar {
		return nil, ""
	}
	x := &u.file.Vars().Vars[v]
	if x.Kind != scope.Local || luacats.First[*luacats.TypeTag](u.note(u.tree.Parent(x.Decl))) == nil {
		return nil, ""
	}
	return u.declaredVar(v), x.Name
}

// annotatedResults is the function that a return statement is of, if @return says what it
// returns, and nothing says that there are other ways.
func (u *unit) annotatedResults(stat syntax.Node) *function {
	body := u.functionAround(stat)
	if u.tree.Kind(body) != syntax.FuncBody {
		return nil // of a chunk the type is that of the module
	}
	f, ok := u.typeOf(body).(*types.Func)
	if !ok || len(f.Overloads) > 0 {
		return nil
	}
	fn, ok := f.Origin.(*function)
	if !ok || !fn.told || luacats.First[*luacats.ReturnTag](fn.u.functionNote(fn.body)) == nil {
		return nil
	}
	return fn
}

// ReturnCount says how many values a return statement must and may give by the
// annotations of its function, most being -1 for any number; not ok if they do not say.
func (s *Snapshot) ReturnCount(f *File, stat syntax.Node) (least, most int, ok bool) {
	ok = in(s, f, func(u *unit) bool {
		fn := u.annotatedResults(stat)
		if fn == nil {
			return false
		}
		most = len(fn.v.list)
		for i, r := range fn.v.list {
			if u.required(types.Parameter{Type: r}, false) {
				least = i + 1
			}
		}
		if fn.v.more != nil {
			most = -1
		}
		return true
	})
	return least, most, ok
}

// MissingFields returns the fields that a class needs and the constructor n of one does
// not give: one that @type, @param or @return says to be of a class which annotations
// declare with all its fields. It is nil where that is not sure.
func (s *Snapshot) MissingFields(f *File, n syntax.Node) (class string, missing []string) {
	in(s, f, func(u *unit) bool {
		t := u.tree
		o, ok := types.Without(u.tablePlace(n), types.Nil).(*types.Object)
		if !ok || o.Role != types.NoRole {
			return false
		}
		fields, known := u.annotatedFields(o)
		if !known {
			return false
		}
		has := map[string]bool{}
		for field := range t.Children(n) {
			name, ok := u.fieldName(field)
			if !ok {
				return false
			}
			has[name] = true
		}
		class = o.String()
		for _, field := range fields {
			if has[field.Name] {
				continue
			}
			has[field.Name] = true
			if !field.Optional && !field.Private && field.Name[0] != '_' && u.required(types.Parameter{Type: field.Type}, false) && typeName(field.Type) != "function" {
				missing = append(missing, field.Name)
			}
		}
		return true
	})
	return class, missing
}

// annotatedFields are the fields that annotations say a table has; not known of one that may
// get some from elsewhere.
func (u *unit) annotatedFields(o *types.Object) (fields []*types.Field, known bool) {
	if _, ok := o.Origin.(spelled); ok {
		return o.Fields(), true
	}
	origin, ok := o.Origin.(*object)
	if !ok || origin.class == nil || origin.generic != nil || len(origin.class.parents()) > 0 || u.c.fieldsKind(o) != ClassFields {
		return nil, false
	}
	for _, d := range origin.class.fieldTags() {
		if d.tag.Name.Text == "" {
			continue
		}
		if field := origin.class.field(d.tag.Name.Text); field != nil {
			fields = append(fields, field)
		}
	}
	return fields, true
}

// KnownType tells whether annotations can name a type: it is one of Lua, or the library or
// a file of the workspace declares it.
func (s *Snapshot) KnownType(name string) bool {
	if _, basic := basics[name]; basic || name == "self" || s.declares(name) {
		return true
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return len(s.shared.library.typeFiles(name)) > 0
}

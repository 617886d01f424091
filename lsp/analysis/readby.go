package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Wanted is Expected, and where nothing says what a place takes, what the program's own
// functions are seen to do with it: of a table that they are given the keys that they read.
// That is a guess, to be completed.
func (s *Snapshot) Wanted(f *File, n syntax.Node) types.Type {
	return in(s, f, func(u *unit) types.Type { return public(u.wantedOrRead(n, maxPlaceDepth)) })
}

// ReadField is what Wanted says of the field that a value in a constructor is for, nil if
// nothing.
func (s *Snapshot) ReadField(f *File, value syntax.Node) *types.Field {
	return in(s, f, func(u *unit) *types.Field {
		field := u.tree.Parent(value)
		name, ok := u.fieldName(field)
		if !ok || u.tree.First(field) == value {
			return nil
		}
		return u.c.field(u.wantedOrRead(u.tree.Parent(field), maxPlaceDepth), name)
	})
}

// ComparedWith is the slot of the field that a string is compared with: e.event_type == "…".
// Nothing says that the string is one of those that there are.
func (s *Snapshot) ComparedWith(f *File, n syntax.Node) (kind string) {
	return in(s, f, func(u *unit) string {
		t := u.tree
		binary := t.Parent(n)
		if t.Kind(binary) != syntax.Binary {
			return ""
		}
		if op := t.TokenKind(t.Token(binary)); op != syntax.Equal && op != syntax.NotEqual {
			return ""
		}
		other := t.First(binary)
		if other == n {
			other = t.Next(other)
		}
		if k := t.Kind(other); k != syntax.Index && k != syntax.IndexKey {
			return ""
		}
		name, ok := u.keyName(other)
		if !ok {
			return ""
		}
		of := u.typeOf(t.First(other))
		if field := u.c.field(of, name); field != nil && field.Slot != "" {
			return field.Slot
		}
		return slotOfNamed(of, name, maxPlaceDepth)
	})
}

// slotOfNamed is what classes say that the strings in a field name, "" if nothing.
func slotOfNamed(of types.Type, name string, depth int) string {
	for _, t := range types.Alternatives(of) {
		o, ok := t.(*types.Object)
		if !ok || depth == 0 {
			continue
		}
		if _, own := o.Origin.(*object); own {
			if kind := classStep(o, name, 0, maxPlaceDepth).slot(maxPlaceDepth); kind != "" {
				return kind
			}
			continue
		}
		for _, base := range o.Bases() {
			if kind := slotOfNamed(base, name, depth-1); kind != "" {
				return kind
			}
		}
	}
	return ""
}

// WantedOf is Wanted of the table that a local variable begins with.
func (s *Snapshot) WantedOf(f *File, name syntax.Node) types.Type {
	return in(s, f, func(u *unit) types.Type {
		if want := u.wantedOf(name); want != nil || u.tree.Kind(name) != syntax.Name {
			return public(want)
		}
		v := u.file.Vars().Var(name)
		if v == scope.NoVar || u.tree.Kind(u.initial(&u.file.Vars().Vars[v])) != syntax.Table {
			return types.Unknown
		}
		return u.readLater(root{v: v}, maxPlaceDepth)
	})
}

func (u *unit) wantedOrRead(n syntax.Node, depth int) types.Type {
	if want := u.expected(n); want != types.Unknown && want != types.Any && want != types.TableType || depth == 0 {
		return want
	}
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.wantedOrRead(parent, depth-1)
	case syntax.Binary:
		if op := t.TokenKind(t.Token(parent)); op == syntax.Or || op == syntax.And && t.First(parent) != n {
			return u.wantedOrRead(parent, depth-1)
		}
	case syntax.Args:
		return u.readByCall(n)
	case syntax.NameField, syntax.KeyField, syntax.PosField:
		of := u.wantedOrRead(t.Parent(parent), depth-1)
		if name, ok := u.fieldName(parent); ok {
			if f := u.c.field(of, name); f != nil && t.First(parent) != n {
				return f.Type
			}
		} else if elem, _, _ := u.c.entriesOf(of); elem != nil && t.Kind(parent) == syntax.PosField {
			return elem
		}
	case syntax.ExprList:
		stat := t.Parent(parent)
		if k := t.Kind(stat); t.Kind(n) != syntax.Table || k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == parent {
			return types.Unknown
		}
		at := 0
		for c := t.First(parent); c != n; c = t.Next(c) {
			at++
		}
		if target := t.Child(t.First(stat), at); t.Kind(target) == syntax.Name {
			r, _ := u.rootAt(target)
			return u.readLater(r, depth-1)
		}
	}
	return types.Unknown
}

// readLater is what functions read of a table that a variable holds, which is given to them
// later.
func (u *unit) readLater(r root, depth int) types.Type {
	for _, n := range u.givenLater(r) {
		if o, ok := u.wantedOrRead(n, depth).(*types.Object); ok {
			return o
		}
	}
	return types.Unknown
}

// readByCall is the table of what a function of the program reads of an argument, Unknown if
// it reads nothing, or is not known.
func (u *unit) readByCall(arg syntax.Node) types.Type {
	f, i, ok := u.takerOf(arg)
	if !ok {
		return types.Unknown
	}
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library {
		return types.Unknown
	}
	v := fn.parameterVar(i)
	if v == scope.NoVar {
		return types.Unknown
	}
	source := "read"
	if f.Name != "" {
		source = "read by " + f.Name
	}
	r := newReads(source)
	r.variable(fn.u, v)
	o := r.object()
	if o == nil {
		return types.Unknown
	}
	fn.describe(o, fn.u.file.Vars().Vars[v].Name)
	return o
}

// describe adds what tags such as @param options.width number say of the fields of a
// parameter.
func (fn *function) describe(o *types.Object, param string) {
	b := fn.u.functionNote(fn.body)
	if b == nil {
		return
	}
	for _, f := range o.Fields() {
		tag := paramTag(b, param+"."+f.Name)
		if tag == nil {
			continue
		}
		f.Doc = describedParam(tag)
		if _, bad := tag.Type.(*luacats.BadType); tag.Type != nil && !bad {
			if t := fn.u.convert(tag.Type, fn.env); t != types.Unknown {
				f.Type = t
			}
		}
	}
}

// object is the table that has the keys, nil if none are read.
func (r *reads) object() *types.Object {
	o := &types.Object{}
	for _, name := range r.order {
		if k := r.named[name]; k != nil && !strings.Contains(name, syntax.Marker) {
			o.Add(&types.Field{
				Name: name, Type: k.valueType(), Decl: k.decl, Optional: !k.required, Default: k.byDefault, Source: r.source, Slot: k.slot,
			})
		}
	}
	if r.elem != nil {
		o.Elem = types.Any
		if elem := r.elem.object(); elem != nil {
			o.Elem = elem
		}
	}
	if len(o.Fields()) == 0 && o.Elem == nil {
		return nil
	}
	return o
}

// valueType is the type of a key's value.
func (k *readKey) valueType() types.Type {
	if inner := k.inner.object(); inner != nil && !k.plainDefault() {
		return inner
	}
	if len(k.compared) > 0 {
		if s, ok := k.byDefault.(string); ok {
			return types.Join(append([]types.Type{&types.Literal{Value: s}}, k.compared...)...)
		}
		return types.Join(k.compared...)
	}
	found := types.Join(k.found...)
	if un, ok := found.(*types.Union); ok {
		switch {
		case plainText(un): // what is joined by .. may be a number too
			return types.String
		case len(un.Of) > maxAlternatives:
			return types.Unknown
		}
	}
	if found == types.Unknown && k.tested && !k.required {
		return types.Boolean
	}
	return found
}

// plainDefault tells whether a text or a number counts where the key is not given: then what is
// read of the value are methods of strings, which programs may add to.
func (k *readKey) plainDefault() bool {
	switch k.byDefault.(type) {
	case string, float64:
		return true
	}
	return false
}

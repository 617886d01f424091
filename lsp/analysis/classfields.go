package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

func (cl *class) fieldTags() []fieldDecl {
	var list []fieldDecl
	for _, d := range cl.decls {
		mine := false
		for _, tag := range d.block.Tags {
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				mine = tag == d.tag
			case *luacats.FieldTag:
				if mine {
					list = append(list, fieldDecl{d, tag})
				}
			}
		}
	}
	return list
}

// field returns the field that a @field tag declares, or nil.
func (cl *class) field(name string) *types.Field {
	var found *types.Field
	for _, d := range cl.fieldTags() {
		if d.tag.Name.Text != name {
			continue
		}
		t := d.u.convert(d.tag.Type, d.env)
		if found != nil { // said again: another way to call it
			if f, ok := t.(*types.Func); ok {
				if first, ok := found.Type.(*types.Func); ok {
					first.Overloads = append(first.Overloads, f)
					continue
				}
			}
			continue
		}
		if f, ok := t.(*types.Func); ok {
			f.Name = cl.name + "." + name
			f.Doc = d.tag.Text
			f.Decl = types.Location{URI: d.u.file.URI, Start: d.tag.Name.Start, End: d.tag.Name.End}
		}
		found = &types.Field{
			Name: name, Type: t, Doc: d.tag.Text,
			Decl:     types.Location{URI: d.u.file.URI, Start: d.tag.Name.Start, End: d.tag.Name.End},
			Optional: d.tag.Optional || hasNil(t),
			Private:  d.tag.Visibility != "" && d.tag.Visibility != "public",
		}
		if d.tag.Optional {
			found.Type = optional(t)
		}
	}
	return found
}

func (cl *class) parents() []types.Type {
	var list []types.Type
	for _, d := range cl.decls {
		for _, p := range d.tag.Parents {
			if t := d.u.convert(p, d.env); t != types.Unknown && t != types.Type(cl.o.t) {
				list = append(list, t)
			}
		}
	}
	return list
}

// entries returns the types of @field [K] V.
func (cl *class) entries() (elem, key, value types.Type) {
	for _, d := range cl.fieldTags() {
		if d.tag.Key == nil {
			continue
		}
		k, v := d.u.convert(d.tag.Key, d.env), d.u.convert(d.tag.Type, d.env)
		if k == types.Integer || k == types.Number || isInteger(k) {
			elem = types.Join(elem, v)
			continue
		}
		key, value = types.Join(key, k), types.Join(value, v)
	}
	return elem, key, value
}

// operator returns what an @operator of the class gives, or nil.
func (cl *class) operator(name string) types.Type {
	for _, d := range cl.decls {
		for _, tag := range d.block.Tags {
			if op, ok := tag.(*luacats.OperatorTag); ok && op.Name.Text == name && op.Result != nil {
				return d.u.convert(op.Result, d.env)
			}
		}
	}
	return nil
}

// callable returns what @overload and @operator call say of calling the class.
func (cl *class) callable() types.Type {
	var f *types.Func
	for _, d := range cl.decls {
		for _, tag := range d.block.Tags {
			switch tag := tag.(type) {
			case *luacats.OverloadTag:
				if tag.Func == nil {
					continue
				}
				next := d.u.funcType(tag.Func, d.env).(*types.Func)
				next.Name = cl.name
				if f == nil {
					f = next
				} else {
					f.Overloads = append(f.Overloads, next)
				}
			case *luacats.OperatorTag:
				if tag.Name.Text != "call" || tag.Result == nil || f != nil {
					continue
				}
				f = &types.Func{Name: cl.name, Results: []types.Result{{Type: d.u.convert(tag.Result, d.env)}}}
				if tag.Operand != nil {
					f.Params = []types.Parameter{{Name: "value", Type: d.u.convert(tag.Operand, d.env)}}
				} else {
					f.Vararg = types.Unknown
				}
			}
		}
	}
	if f == nil {
		return nil
	}
	return f
}

// element is the type of @field [n] T, or nil.
func (cl *class) element(at int) types.Type {
	for _, d := range cl.fieldTags() {
		if l, ok := d.tag.Key.(*luacats.LiteralType); ok && l.Value == float64(at) {
			return d.u.convert(d.tag.Type, d.env)
		}
	}
	return nil
}

package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// selfType stands for the object that a method is called on, in its results.
var selfType = &types.Param{Name: "self"}

// capture is the parameter `T`: a string that names the type T.
type capture struct{ p *types.Param }

func (c *capture) String() string { return "`" + c.p.Name + "`" }

// env are the type parameters that an annotation can name.
type env map[string]*types.Param

// note returns the annotations of what n declares: above its statement or field,
// or behind a field. It is nil if there are none.
func (u *unit) note(n syntax.Node) *luacats.Block {
	notes := u.file.Notes()
	if len(notes.Blocks) == 0 {
		return nil
	}
	t := u.tree
	for ; n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.NameField, syntax.KeyField, syntax.PosField:
			if b := notes.Before(t.Start(n)); b != nil {
				return b
			}
			return notes.Behind(t.End(n))
		case syntax.LocalStat, syntax.AssignStat, syntax.LocalFunc, syntax.FuncStat, syntax.ReturnStat,
			syntax.GenericFor, syntax.NumericFor:
			if b := notes.Before(t.Start(n)); b != nil {
				return b
			}
			if k := t.Kind(n); k == syntax.LocalStat || k == syntax.AssignStat {
				return notes.Behind(t.End(n))
			}
			return nil
		case syntax.CallStat, syntax.Block, syntax.Args:
			return nil
		}
	}
	return nil
}

// functionNote returns the annotations of a function, or nil.
func (u *unit) functionNote(body syntax.Node) *luacats.Block {
	return u.note(luacats.FunctionOwner(u.tree, body))
}

// as returns the type that --[[@as T]] behind an expression gives it.
func (u *unit) as(n syntax.Node) (types.Type, bool) {
	notes := u.file.Notes()
	if len(notes.As) == 0 {
		return nil, false
	}
	t := u.tree
	switch t.Kind(n) {
	case syntax.Name, syntax.Index, syntax.IndexKey, syntax.Call, syntax.Table, syntax.Paren,
		syntax.String, syntax.Number, syntax.Nil, syntax.Vararg, syntax.Function:
	default:
		return nil, false
	}
	end := t.End(n)
	switch parent := t.Parent(n); t.Kind(parent) {
	case syntax.Index, syntax.IndexKey, syntax.Method, syntax.Args, syntax.NameList, syntax.Params:
		if t.End(parent) == end {
			return nil, false
		}
	}
	tag := notes.AsBehind(end)
	if tag == nil || tag.Type == nil {
		return nil, false
	}
	return u.convert(tag.Type, u.envAt(n)), true
}

// docOf returns the text of a block as Markdown.
func (u *unit) docOf(b *luacats.Block) string {
	if b == nil {
		return ""
	}
	return b.Doc
}

// flags returns what a block says of a declaration: what to use instead, if it is
// deprecated, and whether it is private.
func (u *unit) flags(b *luacats.Block) (deprecated string, private bool) {
	if b == nil {
		return "", false
	}
	for _, tag := range b.Tags {
		flag, ok := tag.(*luacats.FlagTag)
		if !ok {
			continue
		}
		switch flag.Word.Text {
		case "deprecated":
			deprecated = "yes"
			if flag.Text != "" {
				deprecated = flag.Text
			}
		case "private", "protected", "package":
			private = true
		}
	}
	return deprecated, private
}

var basics = map[string]types.Type{
	"any": types.Any, "unknown": types.Unknown, "nil": types.Nil, "void": types.Nil, "boolean": types.Boolean,
	"bool": types.Boolean, "number": types.Number, "integer": types.Integer, "int": types.Integer, "float": types.Number,
	"string": types.String, "table": types.TableType, "function": types.FunctionType, "fun": types.FunctionType,
	"thread": types.Thread, "userdata": types.Userdata, "lightuserdata": types.Userdata, "never": types.Never,
	"object": types.Any,
}

// convert makes a type of a type expression.
func (u *unit) convert(t luacats.Type, in env) types.Type {
	switch t := t.(type) {
	case *luacats.NameType:
		return u.named(t, in)
	case *luacats.LiteralType:
		return &types.Literal{Value: t.Value}
	case *luacats.UnionType:
		return known(u.convertAll(t.Of, in), types.Choice)
	case *luacats.OptionalType:
		return optional(u.convert(t.Of, in))
	case *luacats.ArrayType:
		return &types.Array{Elem: u.convert(t.Elem, in)}
	case *luacats.TupleType:
		return &types.Tuple{Elems: u.convertAll(t.Elems, in)}
	case *luacats.TableType:
		return u.tableType(t, in)
	case *luacats.FuncType:
		return u.funcType(t, in)
	case *luacats.CaptureType:
		if p := in[t.Name.Text]; p != nil {
			return &capture{p}
		}
		return types.String
	case *luacats.VariadicType:
		if t.Of != nil {
			return u.convert(t.Of, in)
		}
		return types.Any
	}
	return types.Unknown
}

func optional(t types.Type) types.Type {
	if t == types.Unknown || t == types.Any || t == types.Nil {
		return t
	}
	if p, ok := t.(*types.Param); ok {
		return &types.Union{Of: []types.Type{p, types.Nil}}
	}
	return types.Choice(t, types.Nil)
}

func (u *unit) convertAll(list []luacats.Type, in env) []types.Type {
	out := make([]types.Type, len(list))
	for i, t := range list {
		out[i] = u.convert(t, in)
	}
	return out
}

// named is the type of a name: a basic one, a type parameter, a class, an alias.
func (u *unit) named(t *luacats.NameType, in env) types.Type {
	name := t.Name.Text
	if p := in[name]; p != nil {
		return p
	}
	if name == "self" {
		return selfType
	}
	if name == "table" && len(t.Args) == 2 {
		return &types.Map{Key: u.convert(t.Args[0], in), Value: u.convert(t.Args[1], in)}
	}
	if name == "table" && len(t.Args) == 1 {
		return &types.Array{Elem: u.convert(t.Args[0], in)}
	}
	if b, ok := basics[name]; ok {
		return b
	}
	return u.c.instantiate(name, u.convertAll(t.Args, in))
}

// undeclared tells whether a type names a class that there is not, so that the code says
// more than the annotation.
func (u *unit) undeclared(t luacats.Type, in env) bool {
	if u.file.library || u.c.snap == nil {
		return false
	}
	missing := false
	luacats.Walk(t, func(t luacats.Type) bool {
		switch t := t.(type) {
		case *luacats.FuncType, *luacats.TableType:
			return false
		case *luacats.NameType:
			name := t.Name.Text
			_, basic := basics[name]
			if basic || name == "" || name == "self" || in[name] != nil {
				return true
			}
			missing = missing || len(u.c.typeFiles(name)) == 0 && len(u.c.shared.library.typeFiles(name)) == 0
		}
		return true
	})
	return missing
}

func (u *unit) tableType(t *luacats.TableType, in env) types.Type {
	o := &types.Object{Decl: types.Location{URI: u.file.URI, Start: t.Start, End: t.End}}
	var elems, numbered []types.Type
	for _, f := range t.Fields {
		ft := u.convert(f.Type, in)
		if f.Optional {
			ft = optional(ft)
		}
		switch {
		case f.Name.Text != "":
			o.Add(&types.Field{
				Name: f.Name.Text, Type: ft, Optional: f.Optional || hasNil(ft),
				Decl: types.Location{URI: u.file.URI, Start: f.Name.Start, End: f.Name.End},
			})
		case f.Key != nil:
			if key := u.convert(f.Key, in); typeName(key) == "number" {
				o.Elem = types.Join(o.Elem, ft)
				if l, ok := key.(*types.Literal); ok && l.Value == float64(len(numbered)+1) {
					numbered = append(numbered, ft)
				}
			} else {
				o.Key, o.Value = types.Join(o.Key, key), types.Join(o.Value, ft)
			}
		default:
			elems = append(elems, ft)
		}
	}
	if len(numbered) > 1 && len(numbered) == len(t.Fields) { // {[1]: T, [2]: U}
		return &types.Tuple{Elems: numbered}
	}
	if len(elems) > 0 {
		o.Elem = types.Join(elems...)
	}
	return o
}

func hasNil(t types.Type) bool {
	if t == types.Nil {
		return true
	}
	un, ok := t.(*types.Union)
	if !ok {
		return false
	}
	for _, of := range un.Of {
		if of == types.Nil {
			return true
		}
	}
	return false
}

func (u *unit) funcType(t *luacats.FuncType, in env) types.Type {
	f := &types.Func{Decl: types.Location{URI: u.file.URI, Start: t.Start, End: t.End}}
	in, f.Generics = u.withGenerics(t.Generics, in)
	for i, p := range t.Params {
		pt := types.Type(types.Unknown)
		if p.Type != nil {
			pt = u.convert(p.Type, in)
		}
		switch {
		case p.Name.Text == "...":
			f.Vararg = pt
		case i == 0 && p.Name.Text == "self":
			f.Self = true
			if p.Type != nil {
				f.Receiver = pt
			}
		default:
			f.Params = append(f.Params, types.Parameter{
				Name: p.Name.Text, Type: pt, Optional: p.Optional || hasNil(pt), Slot: slotOfType(p.Type),
			})
		}
	}
	for _, r := range t.Results {
		if _, many := r.Type.(*luacats.VariadicType); many || r.Name.Text == "..." {
			f.VarResult = u.convert(r.Type, in)
			continue
		}
		f.Results = append(f.Results, types.Result{Name: r.Name.Text, Type: u.convert(r.Type, in)})
	}
	return f
}

// withGenerics adds type parameters to an environment.
func (u *unit) withGenerics(params []luacats.TypeParam, in env) (env, []*types.Param) {
	if len(params) == 0 {
		return in, nil
	}
	out := env{}
	for name, p := range in {
		out[name] = p
	}
	var list []*types.Param
	for _, p := range params {
		tp := &types.Param{Name: p.Name.Text}
		out[p.Name.Text] = tp
		if p.Bound != nil {
			tp.Bound = u.convert(p.Bound, out)
		}
		list = append(list, tp)
	}
	return out, list
}

// envAt returns the type parameters in force at a node: of the functions around
// it, and of their class.
func (u *unit) envAt(n syntax.Node) env {
	t := u.tree
	for ; n != syntax.None; n = t.Parent(n) {
		if t.Kind(n) == syntax.FuncBody {
			u.typeOf(n)
			if g := u.generics[n]; g != nil {
				return g
			}
		}
	}
	return nil
}

// slotOfType returns the provider of the strings that a type expression wants.
func slotOfType(t luacats.Type) string {
	found := ""
	luacats.Walk(t, func(t luacats.Type) bool {
		if n, ok := t.(*luacats.NameType); ok {
			if found == "" {
				found = slotKinds()[n.Name.Text]
			}
		}
		_, fun := t.(*luacats.FuncType)
		return !fun
	})
	return found
}

// NotesOf returns the annotations of a FuncBody, nil if it has none.
func (s *Snapshot) NotesOf(f *File, body syntax.Node) *luacats.Block {
	return in(s, f, func(u *unit) *luacats.Block { return u.functionNote(body) })
}

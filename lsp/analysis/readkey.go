package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// readKey is one key that code reads, and what the reading says of its value.
type readKey struct {
	name  string
	decl  types.Location // where it is read first
	found []types.Type
	// compared are the texts that it is compared with.
	compared  []types.Type
	byDefault any // a string, float64 or bool; nil: nothing is known
	slot      string
	tested    bool // it is a condition
	required  bool // without it there is an error
	inner     *reads
}

// at is the key of a name.
func (r *reads) at(name string, decl types.Location) *readKey {
	k := r.named[name]
	if k == nil {
		k = &readKey{name: name, decl: decl, inner: r.inner()}
		if r.named == nil {
			r.named = map[string]*readKey{}
		}
		r.named[name] = k
		if !slices.Contains(r.order, name) {
			r.order = append(r.order, name)
		}
	}
	return k
}

// key notes that an expression reads a key of the table, and what becomes of the value.
func (r *reads) key(u *unit, name string, n syntax.Node) {
	if isTarget(u.tree, n) {
		return
	}
	key := u.tree.Child(n, 1)
	if u.tree.Kind(n) == syntax.Call { // rawget(t, "name")
		key = u.tree.Child(key, 1)
	}
	k := r.at(name, u.location(key))
	k.value(u, n)
	if r.depth < maxReadDepth {
		k.inner.use(u, n)
	}
}

// value looks what an expression that is the value of the key is used for.
func (k *readKey) value(u *unit, n syntax.Node) {
	t := u.tree
	parent := t.Parent(n)
	first := t.First(parent) == n
	as, isDefault := u.usedAt(n)
	if isDefault {
		k.defaultsTo(u, t.Next(n))
	}
	k.takes(as)
	if slot, _ := u.slotKind(n); k.slot == "" {
		k.slot = slot
	}
	switch t.Kind(parent) {
	case syntax.Paren:
		k.value(u, parent)
	case syntax.Binary:
		k.operand(u, parent, n)
	case syntax.Unary:
		if t.TokenKind(t.Token(parent)) == syntax.Not {
			k.tested = true
			k.required = k.required || u.guardsError(parent)
		}
	case syntax.IfClause, syntax.ElseIfClause:
		k.tested = true
	case syntax.Call:
		if first {
			k.found = append(k.found, u.calledLike(parent))
		}
	case syntax.Args:
		k.given(u, parent, n)
	case syntax.ExprList:
		k.kept(u, parent, n)
	}
}

// operand looks at an operator that the value is an operand of.
func (k *readKey) operand(u *unit, binary, n syntax.Node) {
	t := u.tree
	left := t.First(binary)
	other := left
	if left == n {
		other = t.Next(left)
	}
	switch t.TokenKind(t.Token(binary)) {
	case syntax.Or:
		if left == n {
			if v := u.typeOf(other); t.Kind(other) != syntax.Nil && t.Kind(other) != syntax.Table {
				k.takes(simple(v))
			} else if t.Kind(other) == syntax.Table {
				k.takes(types.TableType)
			}
			k.defaultsTo(u, other)
		}
		k.value(u, binary)
	case syntax.And:
		if left == n {
			k.tested = true
			return
		}
		k.value(u, binary)
	case syntax.Equal, syntax.NotEqual:
		switch v, _ := u.constantAt(other, maxCertain); v := v.(type) {
		case string:
			k.compared = append(k.compared, &types.Literal{Value: v})
		case bool, float64:
			k.takes(widened(&types.Literal{Value: v}))
		}
		if t.Kind(other) == syntax.Nil {
			k.required = k.required || u.guardsError(binary)
		}
	}
}

// given looks at a call that the value is an argument of.
func (k *readKey) given(u *unit, args, n syntax.Node) {
	t := u.tree
	call := t.Parent(args)
	if t.Kind(call) != syntax.Call {
		return
	}
	s := u.site(call)
	switch name := u.specialCall(s, u.typeOf(s.callee)); {
	case name == "assert" && s.args[0] == n:
		k.required = true
		k.value(u, call)
	case name == "ipairs", name == "pairs":
		k.takes(types.TableType)
	case t.Source(s.callee) == "type":
		k.typeTest(u, call)
	default:
		if want := u.expected(n); want != types.Any {
			k.takes(types.Without(want, types.Nil))
		}
	}
}

// typeTest looks at type(value) == "string".
func (k *readKey) typeTest(u *unit, call syntax.Node) {
	t := u.tree
	compared := t.Parent(call)
	if t.Kind(compared) != syntax.Binary {
		return
	}
	for side := range t.Children(compared) {
		if name, ok := t.String(side); ok && name != "nil" {
			if b, basic := basics[name]; basic {
				k.takes(b)
			}
		}
	}
	if t.TokenKind(t.Token(compared)) == syntax.NotEqual {
		k.required = k.required || u.guardsError(compared)
	}
}

// kept follows a value into the local variable that begins with it.
func (k *readKey) kept(u *unit, list, n syntax.Node) {
	t := u.tree
	stat := t.Parent(list)
	if t.Kind(stat) != syntax.LocalStat {
		return
	}
	at := 0
	for c := t.First(list); c != n; c = t.Next(c) {
		at++
	}
	name := t.Child(t.First(stat), at)
	if t.Kind(name) != syntax.Name {
		return
	}
	v := u.file.Vars().Var(name)
	if v == scope.NoVar {
		return
	}
	x := &u.file.Vars().Vars[v]
	k.takes(u.usedAs(x))
	for i, use := range x.Uses {
		if i == maxUses || use.Write {
			return
		}
		parent := t.Parent(use.Node)
		switch t.Kind(parent) {
		case syntax.Unary:
			k.required = k.required || t.TokenKind(t.Token(parent)) == syntax.Not && u.guardsError(parent)
		case syntax.Call:
			if t.First(parent) == use.Node {
				k.found = append(k.found, u.calledLike(parent))
			}
		case syntax.Args:
			if slot, _ := u.slotKind(use.Node); k.slot == "" {
				k.slot = slot
			}
		case syntax.Binary:
			if op := t.TokenKind(t.Token(parent)); op == syntax.Equal || op == syntax.NotEqual {
				k.operand(u, parent, use.Node)
			}
		}
	}
}

// takes notes a type that the value is used as.
func (k *readKey) takes(t types.Type) {
	switch t {
	case nil, types.Unknown, types.Any, types.Nil, types.Never:
		return
	}
	k.found = append(k.found, t)
}

// defaultsTo notes what counts where the key is not given, if that is a constant.
func (k *readKey) defaultsTo(u *unit, n syntax.Node) {
	if v, ok := u.constantAt(n, maxCertain); ok && k.byDefault == nil {
		k.byDefault = v
	}
}

// guardsError tells whether a condition leads to a call of error.
func (u *unit) guardsError(condition syntax.Node) bool {
	t := u.tree
	clause := t.Parent(condition)
	for t.Kind(clause) == syntax.Paren || t.Kind(clause) == syntax.Binary && t.TokenKind(t.Token(clause)) == syntax.Or {
		clause = t.Parent(clause)
	}
	if t.Kind(clause) != syntax.IfClause {
		return false
	}
	for stat := range t.Children(t.Child(clause, 1)) {
		if t.Kind(stat) == syntax.CallStat && t.Source(t.First(t.First(stat))) == "error" {
			return true
		}
	}
	return false
}

// calledLike is a function as a call has it: with parameters that are named like the
// arguments.
func (u *unit) calledLike(call syntax.Node) types.Type {
	t := u.tree
	f := &types.Func{}
	for i, a := range u.site(call).args {
		name := ""
		switch t.Kind(a) {
		case syntax.Name:
			name = t.Source(a)
		case syntax.Index:
			name, _ = u.keyName(a)
		case syntax.Vararg:
			f.Vararg = types.Any
			return f
		}
		if name == "" || slices.ContainsFunc(f.Params, func(p types.Parameter) bool { return p.Name == name }) {
			name = "arg" + string(rune('1'+i%9))
		}
		f.Params = append(f.Params, types.Parameter{Name: name, Type: types.Unknown})
	}
	return f
}

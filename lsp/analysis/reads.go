package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// reads are the keys that code reads of a table which nothing describes: what a function of
// the program takes for options. All of it is a guess: it is completed, and never the reason
// of a finding.
type reads struct {
	// source says who reads, for the list of a completion.
	source string
	order  []string
	named  map[string]*readKey
	elem   *reads // of the table's elements, nil if it is no list
	seen   map[readOf]bool
	most   *int // how many more uses are looked at
	scans  *int // how many more fields are looked for
	depth  int
}

// readOf is a variable of a file, or an expression.
type readOf struct {
	u *unit
	v scope.Var // NoVar for an expression
	n syntax.Node
}

const (
	// maxReads is how many uses of a table, and of the tables in it, are looked at.
	maxReads = 2000
	// maxReadDepth is how deep tables in tables are followed.
	maxReadDepth = 4
	// maxScans is how many fields of objects that a table is kept in are looked for: each is
	// looked for in the whole file.
	maxScans = 16
)

func newReads(source string) *reads {
	most, scans := maxReads, maxScans
	return &reads{source: source, most: &most, scans: &scans}
}

// inner are the reads of a table in the table.
func (r *reads) inner() *reads {
	return &reads{source: r.source, most: r.most, scans: r.scans, depth: r.depth + 1}
}

// variable follows a variable that holds the table.
func (r *reads) variable(u *unit, v scope.Var) {
	if v == scope.NoVar || !r.visit(readOf{u: u, v: v}) {
		return
	}
	for _, use := range u.file.Vars().Vars[v].Uses {
		if *r.most--; *r.most < 0 {
			return
		}
		if !use.Write {
			r.use(u, use.Node)
		}
	}
}

// visit notes that what holds the table is looked at; false if it has been before.
func (r *reads) visit(what readOf) bool {
	if r.seen[what] || r.depth > maxReadDepth {
		return false
	}
	if r.seen == nil {
		r.seen = map[readOf]bool{}
	}
	r.seen[what] = true
	return true
}

// use looks what is done with an expression that is the table.
func (r *reads) use(u *unit, n syntax.Node) {
	t := u.tree
	parent := t.Parent(n)
	first := t.First(parent) == n
	switch t.Kind(parent) {
	case syntax.Paren:
		r.use(u, parent)
	case syntax.Binary:
		if op := t.TokenKind(t.Token(parent)); op == syntax.Or && first || op == syntax.And && !first {
			r.use(u, parent)
		}
	case syntax.Index, syntax.Method:
		if name, ok := u.keyName(parent); ok && first && !(t.Kind(parent) == syntax.Method && textMethods[name]) {
			r.key(u, name, parent)
		}
	case syntax.IndexKey:
		if !first {
			return
		}
		if name, ok := u.keyName(parent); ok {
			r.key(u, name, parent)
		} else {
			r.keysOf(u, t.Child(parent, 1))
		}
	case syntax.ExprList:
		r.assigned(u, parent, n)
	case syntax.NameField:
		if name, ok := u.fieldName(parent); ok && !first {
			r.keptAs(u, selfName, name)
		}
	case syntax.Args:
		r.given(u, parent, n)
	}
}

// assigned follows a table that is assigned to a variable, or to a field.
func (r *reads) assigned(u *unit, list, n syntax.Node) {
	t := u.tree
	stat := t.Parent(list)
	if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == list {
		return
	}
	at := 0
	for c := t.First(list); c != n; c = t.Next(c) {
		at++
	}
	switch target := t.Child(t.First(stat), at); t.Kind(target) {
	case syntax.Name:
		r.variable(u, u.file.Vars().Var(target))
	case syntax.Index:
		if name, ok := u.keyName(target); ok {
			r.keptAs(u, t.Source(t.First(target)), name)
		}
	}
}

// keptAs follows a table that is kept in a field: where the file reads that of an object of
// the same name.
func (r *reads) keptAs(u *unit, object, name string) {
	t := u.tree
	if *r.scans--; *r.scans < 0 {
		return
	}
	for n := range u.file.NodesOf(syntax.Index) {
		if *r.most < 0 {
			return
		}
		if t.NameOf(t.Child(n, 1)) != name || t.Source(t.First(n)) != object || isTarget(t, n) {
			continue
		}
		if *r.most--; r.visit(readOf{u, scope.NoVar, n}) {
			r.use(u, n)
		}
	}
}

// given follows a table that is an argument.
func (r *reads) given(u *unit, args, n syntax.Node) {
	t := u.tree
	call := t.Parent(args)
	if t.Kind(call) != syntax.Call {
		return
	}
	s := u.site(call)
	first := len(s.args) > 0 && s.args[0] == n
	switch u.specialCall(s, u.typeOf(s.callee)) {
	case "setmetatable":
		if first && len(s.args) > 1 {
			r.behind(u, s.args[1])
			r.use(u, call)
		}
		return
	case "assert":
		if first {
			r.use(u, call)
		}
		return
	case "rawget":
		if name, ok := t.String(t.Next(n)); ok && first {
			r.key(u, name, call)
		}
		return
	case "ipairs":
		r.elements(u, call)
		return
	}
	f, i, ok := u.takerOf(n)
	if !ok {
		return
	}
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library {
		return
	}
	v := fn.parameterVar(i)
	if v == scope.NoVar {
		return
	}
	r.variable(fn.u, v)
	if fn.copies(v) { // merge(defaults, options)
		for _, a := range s.args {
			if a != n {
				r.defaults(u, a)
			}
		}
		r.use(u, call)
	}
}

// parameterVar is the variable of parameter number i, NoVar if there is none.
func (fn *function) parameterVar(i int) scope.Var {
	if x := fn.param(i); x != nil {
		return fn.u.file.Vars().Var(x.Decl)
	}
	return scope.NoVar
}

// copies tells whether a function goes through a parameter by pairs, and returns something.
func (fn *function) copies(v scope.Var) bool {
	u := fn.u
	if len(u.returnsOf(fn.body)) == 0 {
		return false
	}
	for _, use := range u.file.Vars().Vars[v].Uses {
		n := use.Node
		if t := u.tree; t.Kind(t.Parent(n)) == syntax.Binary { // pairs(x or {})
			n = t.Parent(n)
		}
		if args := u.tree.Parent(n); u.tree.Kind(args) == syntax.Args && u.tree.Source(u.tree.First(u.tree.Parent(args))) == "pairs" {
			return true
		}
	}
	return false
}

// elements follows the elements of the list that a loop goes through by a call of ipairs.
func (r *reads) elements(u *unit, call syntax.Node) {
	t := u.tree
	list := t.Parent(call)
	loop := t.Parent(list)
	if t.Kind(list) != syntax.ExprList || t.Kind(loop) != syntax.GenericFor {
		return
	}
	if r.elem == nil {
		r.elem = r.inner()
	}
	if name := t.Child(t.First(loop), 1); t.Kind(name) == syntax.Name {
		r.elem.variable(u, u.file.Vars().Var(name))
	}
}

// keysOf notes the keys of the table that a loop goes through, whose variable is a key:
// for k, v in pairs(defaults) do if options[k] == nil then options[k] = v end end.
func (r *reads) keysOf(u *unit, key syntax.Node) {
	t := u.tree
	v := u.file.Vars().Var(key)
	if t.Kind(key) != syntax.Name || v == scope.NoVar || u.file.Vars().Vars[v].Kind != scope.LoopVar {
		return
	}
	names := t.Parent(u.file.Vars().Vars[v].Decl)
	call := t.First(t.Next(names))
	if t.Kind(names) != syntax.NameList || t.Kind(call) != syntax.Call {
		return
	}
	if s := u.site(call); t.Source(s.callee) == "pairs" && len(s.args) == 1 {
		r.defaults(u, s.args[0])
	}
}

// behind notes what a metatable gives the table: its __index has what counts where the table
// lacks a key, and if it is a class its methods read the table as self.
func (r *reads) behind(u *unit, meta syntax.Node) {
	t := u.tree
	for f := t.First(meta); t.Kind(meta) == syntax.Table && f != syntax.None; f = t.Next(f) {
		if name, ok := u.fieldName(f); ok && name == "__index" {
			r.defaults(u, t.Child(f, 1))
		}
	}
	if t.Kind(meta) != syntax.Name {
		return
	}
	class, ok := u.rootAt(meta)
	if !ok {
		return
	}
	u.stores()
	if owner, method := u.owners[class.v]; method && class.v != scope.NoVar {
		if class, ok = u.rootAt(owner); !ok {
			return
		}
	}
	if class.v == scope.NoVar && class.global == "" {
		return
	}
	for _, self := range u.selves[class] {
		r.variable(u, self)
	}
	made := u.storedAt(class)
	if made == nil {
		return
	}
	for name := range r.named { // methods, and what the class has for all
		if made.isFunction(name) {
			delete(r.named, name)
		}
	}
	r.defaultsOf(u, u.objectType(made))
}

// defaults notes the keys of a table that has what counts where the other one lacks them.
func (r *reads) defaults(u *unit, n syntax.Node) { r.defaultsOf(u, u.typeOf(n)) }

func (r *reads) defaultsOf(u *unit, of types.Type) {
	o, ok := of.(*types.Object)
	if !ok || o.Role != types.NoRole {
		return
	}
	for _, f := range u.c.fieldsOf(o) {
		if _, function := f.Type.(*types.Func); function || strings.HasPrefix(f.Name, "__") {
			continue
		}
		k := r.at(f.Name, f.Decl)
		if _, table := f.Type.(*types.Object); table && r.depth < maxReadDepth {
			k.inner.defaultsOf(u, f.Type)
		}
		k.takes(simple(f.Type))
		if from, ok := o.Origin.(*object); ok {
			for _, s := range from.stores(f.Name) {
				k.defaultsTo(s.u, s.value)
			}
		}
	}
}

package analysis

import "github.com/llmspell/llmspell/runtime/syntax"

// derives tells whether setmetatable(first, class) makes a class of its own out of another:
// the table first is itself the __index of what it is the metatable of. What it stores wins
// over what class does, so it is no instance of class, whose fields are class's too.
func (u *unit) derives(class *fields, first, call syntax.Node) bool {
	var f *fields
	switch t := u.tree; t.Kind(first) {
	case syntax.Name:
		v := u.file.Vars().Var(first)
		if u.instanceOf[v] != nil {
			return false
		}
		if _, self := u.owners[v]; self {
			return false
		}
		f = u.path(first, false)
	case syntax.Index:
		f = u.path(first, false)
	case syntax.Table:
		if list := t.Parent(call); t.Kind(list) == syntax.ExprList {
			f = u.targetOf(list, call)
		}
	}
	return f != nil && f != class && u.isClass(f)
}

// isFunction tells whether the file stores a function in a field.
func (f *fields) isFunction(name string) bool {
	for _, s := range f.named[name] {
		if k := f.u.tree.Kind(s.value); k == syntax.FuncBody || k == syntax.Function {
			return true
		}
	}
	return false
}

package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// DocOf returns the documentation of what a Name or expression means, as Markdown:
// the comment above its declaration, or what a schema says. It is "" if there is
// none.
func (s *Snapshot) DocOf(f *File, n syntax.Node) string {
	return in(s, f, func(u *unit) string { return u.documentation(n) })
}

func (u *unit) documentation(n syntax.Node) string {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(n) {
	case syntax.Index, syntax.IndexKey, syntax.Method:
		if name, ok := u.keyName(n); ok {
			return u.fieldDoc(u.typeOf(t.First(n)), name)
		}
		return ""
	case syntax.Name:
		switch t.Kind(parent) {
		case syntax.Index, syntax.Method:
			if t.First(parent) != n {
				return u.fieldDoc(u.typeOf(t.First(parent)), t.Source(n))
			}
		case syntax.NameField:
			if t.First(parent) == n {
				table := t.Parent(parent)
				if doc := u.fieldDoc(u.expected(table), t.Source(n)); doc != "" {
					return doc
				}
				return u.fieldDoc(u.typeOf(table), t.Source(n))
			}
		}
		return u.variableDoc(n)
	}
	return docOfType(u.typeOf(n))
}

func (u *unit) fieldDoc(of types.Type, name string) string {
	f := u.c.field(of, name)
	if f == nil {
		return ""
	}
	if f.Doc != "" {
		return f.Doc
	}
	return docOfType(f.Type)
}

func docOfType(t types.Type) string {
	switch t := t.(type) {
	case *types.Func:
		return t.Doc
	case *types.Object:
		return t.Doc
	}
	return ""
}

// variableDoc is the comment of a variable or global.
func (u *unit) variableDoc(n syntax.Node) string {
	v := u.file.Vars().Var(n)
	if v != scope.NoVar {
		x := &u.file.Vars().Vars[v]
		switch x.Kind {
		case scope.Param:
			if tag := paramTag(u.functionNote(x.Function), x.Name); tag != nil {
				return tag.Text
			}
			return ""
		case scope.Local, scope.LocalFunction:
			if b := u.note(u.tree.Parent(x.Decl)); b != nil && b.Doc != "" {
				return b.Doc
			}
		}
		return docOfType(u.typeOf(n))
	}
	for _, use := range u.file.Vars().Globals[u.tree.Source(n)] {
		if use.Write {
			if b := u.note(use.Node); b != nil && b.Doc != "" {
				return b.Doc
			}
		}
	}
	return docOfType(u.typeOf(n))
}

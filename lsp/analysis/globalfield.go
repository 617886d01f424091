package analysis

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

// globalTable is the variable whose fields are the global variables.
const globalTable = "_G"

// globalField is a global that is named as a field: _G.name, _G["name"],
// rawget(_G, "name").
type globalField struct {
	name  string
	node  syntax.Node // the Name or String
	write bool
}

// globalFields returns them in the order of the text.
func (f *File) globalFields() []globalField {
	f.globalsOnce.Do(func() { f.globals = findGlobalFields(f) })
	return f.globals
}

func findGlobalFields(f *File) (list []globalField) {
	t := f.Tree()
	for _, use := range f.Vars().Globals[globalTable] {
		parent := t.Parent(use.Node)
		if t.First(parent) != use.Node {
			continue
		}
		key := t.Next(use.Node)
		g := globalField{node: key}
		switch t.Kind(parent) {
		case syntax.Index, syntax.Method:
			g.name, g.write = t.Source(key), isTarget(t, parent)
		case syntax.IndexKey:
			g.name, _ = t.String(key)
			g.write = isTarget(t, parent)
		case syntax.Args:
			switch t.Source(t.First(t.Parent(parent))) {
			case "rawset":
				g.write = true
			case "rawget":
			default:
				continue
			}
			g.name, _ = t.String(key)
		}
		if g.name != "" {
			list = append(list, g)
		}
	}
	return list
}

// isTarget tells whether an expression is assigned to.
func isTarget(t *syntax.Tree, n syntax.Node) bool {
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.FuncStat:
		return true
	case syntax.ExprList:
		stat := t.Parent(parent)
		return t.Kind(stat) == syntax.AssignStat && t.First(stat) == parent
	}
	return false
}

// globalNamed returns the name of the global that a Name or String means as a field of
// _G, "" if it is none.
func (u *unit) globalNamed(n syntax.Node) string {
	for _, g := range u.file.globalFields() {
		if g.node == n {
			return g.name
		}
	}
	return ""
}

// globalReferences returns the places that name a global.
func (u *unit) globalReferences(name string) []Reference {
	var list []Reference
	for _, use := range u.file.Vars().Globals[name] {
		list = append(list, Reference{Location: u.location(use.Node), Write: use.Write, Declaration: use.Write && u.isDeclaration(use.Node)})
	}
	for _, g := range u.file.globalFields() {
		if g.name != name {
			continue
		}
		at := u.location(g.node)
		if q, ok := u.tree.Quote(g.node); ok {
			at.Start, at.End = q.Start, q.End
		}
		list = append(list, Reference{Location: at, Write: g.write})
	}
	return list
}

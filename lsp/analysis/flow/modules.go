package flow

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

// harmlessParts are the fields of the global package that do not lead to modules.
var harmlessParts = map[string]bool{"path": true, "cpath": true, "config": true}

// loadedModules marks the modules that the program may have through package.loaded: the one
// that is named there, or all where it is not to be seen which.
func (s *solver) loadedModules() {
	for i := range s.program.Files {
		f := &s.program.Files[i]
		for _, use := range f.Vars.Globals["package"] {
			s.packageUse(f, use.Node)
		}
		if len(f.Vars.Globals["_G"]) == 0 {
			continue
		}
		for n := syntax.Node(1); int(n) < f.Tree.Len(); n++ { // _G.package, also of a variable that holds _G
			if key, ok := fieldName(f.Tree, n); ok && key == "package" {
				s.packageUse(f, n)
			}
		}
	}
}

// packageUse marks what the use n of the table package gives.
func (s *solver) packageUse(f *File, n syntax.Node) {
	t := f.Tree
	loaded := above(t, n)
	switch name, ok := fieldName(t, loaded); {
	case ok && harmlessParts[name]:
		return
	case ok && name == "loaded":
		module := above(t, loaded)
		name, ok := fieldName(t, module)
		if !ok {
			break
		}
		if file := f.Module(name, false); file >= 0 && !forgets(t, module) {
			s.markModule(f, n, file)
		}
		return
	}
	for file := range s.program.Files {
		s.markModule(f, n, file)
	}
}

// markModule marks what a file returns as seen through package.loaded.
func (s *solver) markModule(f *File, n syntax.Node, file int) {
	why := &Reason{URI: f.URI, Offset: f.Tree.Start(n), Text: "its module is also reached through package.loaded"}
	s.markUnknown(s.result(s.chunks[file], 0), why)
}

// above is the expression that looks up a field of n, None if there is none.
func above(t *syntax.Tree, n syntax.Node) syntax.Node {
	up := t.Parent(n)
	for t.Kind(up) == syntax.Paren {
		n, up = up, t.Parent(up)
	}
	if k := t.Kind(up); (k == syntax.Index || k == syntax.IndexKey) && t.First(up) == n {
		return up
	}
	return syntax.None
}

// fieldName is the name that an expression looks up a field by; not ok if it is no such
// expression, or the name is computed.
func fieldName(t *syntax.Tree, n syntax.Node) (string, bool) {
	switch t.Kind(n) {
	case syntax.Index:
		key := t.Child(n, 1)
		return t.Source(key), t.Kind(key) == syntax.Name
	case syntax.IndexKey:
		key := t.Child(n, 1)
		for t.Kind(key) == syntax.Paren {
			key = t.First(key)
		}
		return t.String(key)
	}
	return "", false
}

// forgets tells whether a module is only set to nil, so that it is loaded again.
func forgets(t *syntax.Tree, module syntax.Node) bool {
	targets := t.Parent(module)
	stat := t.Parent(targets)
	if t.Kind(targets) != syntax.ExprList || t.Kind(stat) != syntax.AssignStat || t.First(stat) != targets || t.Next(t.First(targets)) != syntax.None {
		return false
	}
	value := t.First(t.Next(targets))
	return t.Kind(value) == syntax.Nil && t.Next(value) == syntax.None
}

package luacheck

import (
	"errors"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Read reads the text of a .luacheckrc: assignments of literals and of local variables that
// hold them, at the top, and a table that is returned. What else there is, is in Faults. A
// text that is no Lua is an error.
func Read(text string) (*Settings, error) {
	tree := syntax.Parse(text)
	if errs := tree.Errors(); len(errs) > 0 {
		line, _ := syntax.NewLines(text).Position(errs[0].Start, syntax.UTF8)
		return nil, fmt.Errorf("line %d: %w", line+1, errors.New(errs[0].Message))
	}
	r := &reader{s: &Settings{stds: map[string]*custom{}}, t: tree, vars: scope.Resolve(tree), overrides: map[string]*options{}}
	r.stats(tree.First(tree.Root()))
	for glob, o := range r.overrides {
		r.s.files = append(r.s.files, override{glob, *o})
	}
	slices.SortFunc(r.s.files, func(a, b override) int { return compareGlobs(a.glob, b.glob) })
	for _, std := range r.named {
		r.checkStd(std)
	}
	slices.SortStableFunc(r.s.Faults, func(a, b Fault) int { return a.Start - b.Start })
	r.s.settle()
	return r.s, nil
}

// reader reads one text.
type reader struct {
	s         *Settings
	t         *syntax.Tree
	vars      *scope.Info
	overrides map[string]*options
	named     []syntax.Node // values of std, checked when all stds are known
}

func (r *reader) fault(n syntax.Node, format string, args ...any) {
	r.s.Faults = append(r.s.Faults, Fault{r.t.Start(n), r.t.End(n), fmt.Sprintf(format, args...)})
}

func (r *reader) stats(block syntax.Node) {
	t := r.t
	for stat := range t.Children(block) {
		switch t.Kind(stat) {
		case syntax.AssignStat:
			value := t.First(t.Child(stat, 1))
			for target := range t.Children(t.First(stat)) {
				if value == syntax.None {
					break
				}
				r.assign(target, value)
				value = t.Next(value)
			}
		case syntax.ReturnStat:
			table := r.constant(t.First(t.First(stat)), 0)
			if table == syntax.None {
				continue
			}
			if t.Kind(table) != syntax.Table {
				r.fault(table, "what is returned is worked out by a program: it is not read, as this file is not run")
				continue
			}
			for field := range t.Children(table) {
				if name, ok := r.key(field); ok {
					r.option(name, field, t.Child(field, 1))
				}
			}
		case syntax.DoStat:
			r.stats(t.First(stat))
		case syntax.LocalStat, syntax.LocalFunc, syntax.FuncStat:
		default:
			r.fault(t.First(stat), "this file is read, not run: only what is assigned to options at the top counts")
		}
	}
}

// assign reads target = value: name, files["glob"], files["glob"].name, stds.name.
func (r *reader) assign(target, value syntax.Node) {
	t := r.t
	if t.Kind(target) == syntax.Name {
		if r.vars.Var(target) == scope.NoVar {
			r.option(t.NameOf(target), target, value)
		}
		return
	}
	path, ok := r.path(target)
	if !ok {
		return
	}
	switch {
	case path[0] == "files" && len(path) == 2:
		r.override(path[1], value)
	case path[0] == "files" && len(path) == 3:
		r.set(r.layer(path[1]), path[2], target, value)
	case path[0] == "stds" && len(path) == 2:
		r.std(path[1], value)
	case (path[0] == "stds" || path[0] == "files") && len(path) > 2:
		r.fault(target, "what is stored in a part of an option is not read: write the whole table at once")
	}
}

// path is a global and the constant keys after it.
func (r *reader) path(n syntax.Node) (path []string, ok bool) {
	t := r.t
	for {
		switch t.Kind(n) {
		case syntax.Name:
			path = append(path, t.NameOf(n))
			slices.Reverse(path)
			return path, r.vars.Var(n) == scope.NoVar
		case syntax.Index:
			path = append(path, t.NameOf(t.Child(n, 1)))
		case syntax.IndexKey:
			key, ok := t.String(r.constant(t.Child(n, 1), 0))
			if !ok {
				r.fault(n, "the key is worked out by a program: it is not read, as this file is not run")
				return nil, false
			}
			path = append(path, key)
		default:
			return nil, false
		}
		n = t.First(n)
	}
}

// maxDepth bounds how far variables and tables are followed.
const maxDepth = 20

// constant follows parentheses, and local variables that are never assigned again, to
// their value.
func (r *reader) constant(n syntax.Node, depth int) syntax.Node {
	t := r.t
	switch {
	case n == syntax.None || depth > maxDepth:
		return n
	case t.Kind(n) == syntax.Paren:
		return r.constant(t.First(n), depth+1)
	case t.Kind(n) != syntax.Name || r.vars.Var(n) == scope.NoVar:
		return n
	}
	x := &r.vars.Vars[r.vars.Var(n)]
	stat := t.Parent(t.Parent(x.Decl))
	if t.Kind(stat) != syntax.LocalStat || slices.ContainsFunc(x.Uses, func(u scope.Use) bool { return u.Write || r.changed(u.Node) }) {
		return n
	}
	value := t.First(t.Child(stat, 1))
	for name := t.First(t.First(stat)); name != x.Decl && value != syntax.None; name = t.Next(name) {
		value = t.Next(value)
	}
	if value == syntax.None {
		return n
	}
	return r.constant(value, depth+1)
}

// changed tells whether a use of a variable may change the table that it holds: an index
// of it is assigned, or a function gets it.
func (r *reader) changed(n syntax.Node) bool {
	t := r.t
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Index, syntax.IndexKey, syntax.Paren:
			n = parent
			continue
		case syntax.ExprList:
			return t.Kind(t.Parent(parent)) == syntax.AssignStat && t.First(t.Parent(parent)) == parent
		case syntax.Args:
			return true
		}
		return false
	}
}

// key is the name of an entry of a table; not ok if it has none.
func (r *reader) key(entry syntax.Node) (string, bool) {
	switch r.t.Kind(entry) {
	case syntax.NameField:
		return r.t.NameOf(r.t.First(entry)), true
	case syntax.KeyField:
		return r.t.String(r.constant(r.t.First(entry), 0))
	}
	return "", false
}

package analysis

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// added are the parts of an object that other files add to it: fields that they store in the
// table of a module that they require, or of a global that they do not make. Whether such a file
// has run is not known: what they add is a guess.
func (o *object) added() []part {
	if !o.askedAdded {
		o.askedAdded = true
		o.addedParts = o.findAdded()
	}
	return o.addedParts
}

// maxAdding is how many files are read for what they add to one table.
const maxAdding = 16

func (o *object) findAdded() (list []part) {
	if o.c.snap == nil {
		return nil
	}
	for _, p := range o.parts {
		if p.u.file.library || p.u.c != o.c {
			continue
		}
		switch r, ok := p.root(); {
		case ok && r.v == scope.NoVar:
			list = append(list, o.c.addingTo(p.u.file, r.global, func(u *unit) []root {
				if u.file.assigns(r.global) {
					return nil
				}
				return []root{r}
			})...)
		case p.isModule():
			list = append(list, o.c.addingTo(p.u.file, "", func(u *unit) []root { return u.holding(p.u.file) })...)
		}
	}
	return list
}

// root is the variable that holds a part; not ok if it lies in another table, or none does.
func (p part) root() (r root, ok bool) {
	switch {
	case p.f != nil:
		return p.f.root, p.f.parent == nil
	case len(p.tables) == 0:
		return r, false
	}
	holder := p.u.holder(p.tables[0])
	if p.u.tree.Kind(holder) != syntax.Name {
		return r, false
	}
	return p.u.rootAt(holder)
}

// isModule tells whether a part is the table that its file returns.
func (p part) isModule() bool {
	t := p.u.tree
	held, ok := p.root()
	for _, stat := range p.u.returnsOf(t.Root()) {
		n := t.First(t.First(stat))
		if t.Kind(n) == syntax.Call && t.Source(t.First(n)) == "setmetatable" {
			n = t.First(t.Child(n, 1))
		}
		switch t.Kind(n) {
		case syntax.Table:
			if slices.Contains(p.tables, n) {
				return true
			}
		case syntax.Name:
			if ok && held.v != scope.NoVar && p.u.file.Vars().Var(n) == held.v {
				return true
			}
		}
	}
	return false
}

// addingTo returns what other files store in roots of theirs. These files use a global, or
// without one may require the file.
func (c *checker) addingTo(to *File, global string, roots func(u *unit) []root) (list []part) {
	read := 0
	add := func(f *File) {
		u := c.unit(f)
		for _, r := range roots(u) {
			u.stores()
			if stored := u.storedAt(r); stored != nil && len(stored.order) > 0 {
				list = append(list, part{u: u, f: stored})
			}
		}
	}
	for _, f := range c.snap.Open() {
		if !f.library && f.URI != to.URI {
			add(f)
		}
	}
	places := lastParts(to.Path)
	for _, e := range c.snap.disk.inOrder() {
		if e.URI == to.URI || len(e.stores) == 0 || c.snap.open[e.URI] != nil {
			continue
		}
		may := slices.ContainsFunc(places, func(name string) bool { _, loads := slices.BinarySearch(e.loads, name); return loads })
		if global != "" {
			_, may = slices.BinarySearch(e.reads, hash(global))
		}
		if !may {
			continue
		}
		if f := c.snap.File(e.URI); f != nil {
			add(f)
		}
		if read++; read == maxAdding {
			break
		}
	}
	return list
}

// lastParts are the last parts of the names by which a file may be required: "b" of a/b.lua,
// and "a" of a/init.lua too.
func lastParts(path string) []string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if name == "init" {
		return []string{name, filepath.Base(filepath.Dir(path))}
	}
	return []string{name}
}

// holding are the variables of a file that hold what it gets by requiring another one.
func (u *unit) holding(module *File) (list []root) {
	t, places := u.tree, lastParts(module.Path)
	for _, use := range u.file.Vars().Globals["require"] {
		call := t.Parent(use.Node)
		if t.Kind(call) != syntax.Call || t.First(call) != use.Node {
			continue
		}
		name, ok := t.String(t.First(t.Child(call, 1)))
		if !ok || !slices.Contains(places, lastPart(name)) {
			continue
		}
		values := t.Parent(call)
		stat := t.Parent(values)
		if k := t.Kind(stat); t.Kind(values) != syntax.ExprList || k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == values {
			continue
		}
		at := 0
		for c := t.First(values); c != call; c = t.Next(c) {
			at++
		}
		target := t.Child(t.First(stat), at)
		if t.Kind(target) != syntax.Name {
			continue
		}
		if f := u.c.likelyModule(u.file, name).file; f == nil || f.URI != module.URI {
			continue
		}
		if r, ok := u.rootAt(target); ok {
			list = append(list, r)
		}
	}
	return list
}

// addedField is a field that a loop over names, or another file, adds; nil if none does.
func (o *object) addedField(name string) *types.Field {
	if strings.HasPrefix(name, "__") {
		return nil
	}
	return once(o.c, o.addedFields, name, nil, sameField, func() *types.Field {
		var stores []place
		source := ""
		for _, p := range o.parts {
			for _, s := range p.looped() {
				if p.u.textOf(s.name) == name {
					stores = append(stores, place{p.u, s})
				}
			}
		}
		if len(stores) == 0 {
			for _, p := range o.added() {
				for _, s := range p.f.named[name] {
					stores = append(stores, place{p.u, s})
				}
			}
			if len(stores) == 0 {
				return nil
			}
			source = filepath.Base(stores[0].u.file.Path)
		}
		o.c.guessing = true
		f := o.inferred(name, stores)
		f.Source = source
		return f
	})
}

// addedNames are the names of the fields that loops, and then other files in their order, add.
func (o *object) addedNames() (list []string) {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	for _, p := range o.parts {
		for _, s := range p.looped() {
			add(p.u.textOf(s.name))
		}
	}
	for _, p := range o.added() {
		for _, name := range p.f.order {
			add(name)
		}
	}
	return list
}

// looped are the fields of a part that loops over names store.
func (p part) looped() []store {
	if p.f == nil {
		return nil
	}
	return p.f.looped
}

// textOf is what a Name or a String says.
func (u *unit) textOf(n syntax.Node) string {
	if text, ok := u.tree.String(n); ok {
		return text
	}
	return u.tree.NameOf(n)
}

package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// newLibrary returns the checker of the library's files.
func newLibrary(sh *shared) *checker {
	c := newChecker(&Snapshot{shared: sh})
	c.snap = nil
	c.libraryFiles = map[string]*File{}
	for name, text := range library.Files() {
		uri := library.URI(name)
		f := &File{URI: uri, text: text, library: true}
		c.libraryFiles[uri] = f
		c.librarySorted = append(c.librarySorted, f)
	}
	slices.SortFunc(c.librarySorted, func(a, b *File) int { return strings.Compare(a.URI, b.URI) })
	return c
}

// global is the type of a global variable where n reads, writes or declares it.
func (u *unit) global(n syntax.Node) types.Type {
	name := u.tree.Source(n)
	if u.isTarget(n) && !u.file.library {
		return u.written(n)
	}
	return u.globalType(name)
}

// globalType is the type of a global by its name.
func (u *unit) globalType(name string) types.Type {
	if t := u.fileGlobal(name); t != nil {
		return t
	}
	if name == toolGlobal {
		return u.toolTable()
	}
	return u.c.global(name)
}

// ofGlobals is the type of _G.name, Unknown for a field of any other table, and for one that the file
// stores there.
func (u *unit) ofGlobals(n syntax.Node, name string) types.Type {
	of := u.tree.First(n)
	if u.tree.Kind(of) != syntax.Name || u.tree.Source(of) != globalTable || u.file.library || u.file.Vars().Var(of) != scope.NoVar {
		return types.Unknown
	}
	for _, g := range u.file.globalFields() {
		if g.write && g.name == name {
			return types.Unknown
		}
	}
	return u.globalType(name)
}

// maxGlobalWrites is how many assignments of one global are looked at.
const maxGlobalWrites = 40

// fileGlobal is the type that this file gives a global, nil if it gives it none. A
// script that assigns a global means its own, whatever other scripts call so.
func (u *unit) fileGlobal(name string) types.Type {
	return once(u.c, u.globals, name, nil, sameType, func() types.Type { return u.findFileGlobal(name) })
}

func (u *unit) findFileGlobal(name string) types.Type {
	var found []types.Type
	count := 0
	wrote := false
	for _, use := range u.file.Vars().Globals[name] {
		if !use.Write {
			continue
		}
		wrote = true
		if count++; count > maxGlobalWrites {
			break
		}
		t := u.globalWritten(use.Node)
		if t != types.Nil && t != types.Unknown {
			found = append(found, widenedIf(t, count > 1))
		}
	}
	if !wrote {
		return nil
	}
	return types.Join(found...)
}

func widenedIf(t types.Type, wide bool) types.Type {
	if wide {
		return widened(t)
	}
	return t
}

// globalWritten is the type that an assignment gives a global.
func (u *unit) globalWritten(n syntax.Node) types.Type {
	if b := u.note(n); b != nil {
		if class := u.classAbove(b); class != nil {
			return class
		}
		if tag := luacats.First[*luacats.TypeTag](b); tag != nil && len(tag.Types) > 0 {
			return u.convert(tag.Types[0], nil)
		}
	}
	return u.written(n)
}

// global is the type of a global that other files or the library define.
func (c *checker) global(name string) types.Type {
	return once(c, c.globals, name, types.Type(types.Unknown), sameType, func() types.Type { return c.findGlobal(name) })
}

func (c *checker) findGlobal(name string) types.Type {
	var found []types.Type
	if c.snap == nil {
		for _, f := range c.librarySorted {
			if u := c.unit(f); len(f.Vars().Globals[name]) > 0 {
				if t := u.fileGlobal(name); t != nil {
					found = append(found, t)
				}
			}
		}
		return types.Join(found...)
	}
	if t := c.shared.library.global(name); t != types.Unknown {
		return t
	}
	for _, f := range c.filesDefining(name) {
		if t := c.unit(f).fileGlobal(name); t != nil {
			found = append(found, t)
		}
	}
	if t := types.Join(found...); t != types.Unknown {
		return t
	}
	if name == "_G" {
		return types.TableType
	}
	return types.Unknown
}

// maxDefining is how many files are read for one global.
const maxDefining = 8

// filesDefining returns the files that assign a global.
func (c *checker) filesDefining(name string) []*File {
	var files []*File
	for _, f := range c.snap.Open() {
		if f.assigns(name) {
			files = append(files, f)
		}
	}
	for _, uri := range c.snap.disk.globals[name] {
		if c.snap.open[uri] == nil && len(files) < maxDefining {
			if f := c.snap.File(uri); f != nil {
				files = append(files, f)
			}
		}
	}
	return files
}

func (f *File) assigns(name string) bool {
	for _, use := range f.Vars().Globals[name] {
		if use.Write {
			return true
		}
	}
	if len(f.Vars().Globals[globalTable]) > 0 {
		return slices.ContainsFunc(f.globalFields(), func(g globalField) bool { return g.write && g.name == name })
	}
	return false
}

// assigned are all names that assigns is true for.
func (f *File) assigned() (names []string) {
	for name, uses := range f.Vars().Globals {
		if slices.ContainsFunc(uses, func(u scope.Use) bool { return u.Write }) {
			names = append(names, name)
		}
	}
	for _, g := range f.globalFields() {
		if g.write {
			names = append(names, g.name)
		}
	}
	return names
}

// libraryDefines tells whether a global is one of the library's. The first that is none has
// all files of the library read: from then on their names are at hand.
func (c *checker) libraryDefines(name string) bool {
	if names := c.shared.libraryNames.Load(); names != nil {
		return (*names)[name]
	}
	files := c.shared.library.librarySorted
	if slices.ContainsFunc(files, func(f *File) bool { return f.assigns(name) }) {
		return true
	}
	names := map[string]bool{}
	for _, f := range files {
		for _, known := range f.assigned() {
			names[known] = true
		}
	}
	c.shared.libraryNames.Store(&names)
	return false
}

// knownGlobal tells whether anything defines a global.
func (c *checker) knownGlobal(u *unit, name string) bool {
	if u.file.assigns(name) || c.snap.config.KnowsGlobal(u.file.Path, name) || name == "_G" || name == "arg" {
		return true
	}
	if c.libraryDefines(name) {
		return true
	}
	for _, f := range c.snap.Open() {
		if f.assigns(name) {
			return true
		}
	}
	for _, uri := range c.snap.disk.globals[name] {
		if c.snap.open[uri] == nil { // what the editor has of it counts
			return true
		}
	}
	// A session of the kernel has it: what is tried there finds it.
	return slices.ContainsFunc(u.variables(), func(e catalog.Entry) bool { return e.Name == name })
}

// variables are the global variables of the sessions of a kernel that is followed.
func (u *unit) variables() []catalog.Entry {
	cat := u.catalog()
	if cat == nil {
		return nil
	}
	return cat.Entries("variable")
}

// module is what a file returns to require.
func (u *unit) module() types.Type {
	v := u.returned(u.tree.Root())
	if len(v.list) == 0 && v.more == nil {
		return u.loadedModule()
	}
	t := first(v)
	if t == types.Type(selfType) {
		return types.Unknown
	}
	if n, ok := types.Without(t, types.Nil).(*types.Object); ok {
		return n
	}
	return t
}

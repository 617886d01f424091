package analysis

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
)

// program is a file and all that can share tables with it.
func (s *Snapshot) program(ctx context.Context, f *File) (*flow.Program, error) {
	var files []*File
	for _, e := range s.group(f) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if file := s.File(e.URI); file != nil {
			files = append(files, file)
		}
	}
	return s.programOf(ctx, files)
}

// programOf is the program that some files make.
func (s *Snapshot) programOf(ctx context.Context, files []*File) (*flow.Program, error) {
	p := &flow.Program{Class: s.declares, Library: s.foreign}
	at := map[string]int{}
	for i, file := range files {
		at[file.URI] = i
	}
	for _, file := range files {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		p.Files = append(p.Files, flow.File{
			URI: file.URI, Tree: file.Tree(), Vars: file.Vars(), Notes: file.Notes(),
			Modules: s.dotted(file.Path), Alone: !s.inFolder(file),
			Module: once2(func(name string, path bool) int {
				if m := s.loaded(file, name, path); m != nil {
					if i, ok := at[m.URI]; ok {
						return i
					}
				}
				return -1
			}),
		})
	}
	p.Scope = newReach(p).scope
	return p, nil
}

// once2 asks f once for each pair of arguments.
func once2[A, B comparable, R any](f func(A, B) R) func(A, B) R {
	type pair struct {
		a A
		b B
	}
	known := map[pair]R{}
	return func(a A, b B) R {
		r, ok := known[pair{a, b}]
		if !ok {
			r = f(a, b)
			known[pair{a, b}] = r
		}
		return r
	}
}

// sharing returns the files in which a global is the same variable as in f, in the order
// of URIs.
func (s *Snapshot) sharing(ctx context.Context, f *File, global string) []*File {
	p, err := s.program(ctx, f)
	if err != nil {
		return nil
	}
	own := slices.IndexFunc(p.Files, func(x flow.File) bool { return x.URI == f.URI })
	if own < 0 {
		return []*File{f}
	}
	var list []*File
	for i := range p.Files {
		if p.Scope(i, global) == p.Scope(own, global) {
			if file := s.File(p.Files[i].URI); file != nil {
				list = append(list, file)
			}
		}
	}
	return list
}

// declares tells whether a file of the workspace declares a type.
func (s *Snapshot) declares(name string) bool {
	if len(s.disk.types[name]) > 0 {
		return true
	}
	for _, f := range s.open {
		if len(f.typeNames()[name]) > 0 {
			return true
		}
	}
	return false
}

// foreign tells whether a global is defined by the library or by the configuration.
func (s *Snapshot) foreign(name string) bool {
	if s.SettingsOwn(name) {
		return true
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.libraryDefines(name)
}

// ofKernel tells whether a global is Lua's or the kernel's own.
func (s *Snapshot) ofKernel(name string) bool {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.libraryDefines(name)
}

// SettingsOwn tells whether a global is defined by something else, as the settings say.
// luacheck's list has the project's own globals too: those that a file of it assigns are not
// meant.
func (s *Snapshot) SettingsOwn(name string) bool {
	if s.config.definesGlobal(name) {
		return true
	}
	assigned := len(s.disk.globals[name]) > 0
	for _, f := range s.open {
		assigned = assigned || f.assigns(name)
	}
	return !assigned && s.config.KnowsGlobalAnywhere(name)
}

// loaded returns the file that require, or dofile, of a name loads in a file, or nil.
func (s *Snapshot) loaded(f *File, name string, path bool) *File {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	if path {
		return s.checker.relative(f, name)
	}
	return s.checker.module(f, name)
}

// inFolder tells whether a file is in a folder of the workspace.
func (s *Snapshot) inFolder(f *File) bool {
	for _, r := range s.config.Roots {
		if f.Path != "" && within(r, f.Path) {
			return true
		}
	}
	return false
}

// dotted is the longest name by which require may know a path.
func (s *Snapshot) dotted(path string) string {
	best := filepath.Base(path)
	for _, r := range s.config.Roots {
		if rel, err := filepath.Rel(r, path); err == nil && filepath.IsLocal(rel) && len(rel) > len(best) {
			best = rel
		}
	}
	best = strings.TrimSuffix(filepath.ToSlash(best), ".lua")
	return strings.ReplaceAll(strings.TrimSuffix(best, "/init"), "/", ".")
}

// group returns the files that share something with f: one loads the other, or both
// name a global or a type that one of them defines.
func (s *Snapshot) group(f *File) []*Entry {
	all := s.Files()
	up := make([]int, len(all)) // a forest: files of one tree share something
	for i := range up {
		up[i] = i
	}
	find := func(i int) int {
		for up[i] != i {
			up[i] = up[up[i]]
			i = up[i]
		}
		return i
	}
	bases := map[string][]int{}
	self := -1
	for i, e := range all {
		if e.URI == f.URI {
			self = i
		}
		base := lastPart(filepath.ToSlash(e.Path))
		bases[base] = append(bases[base], i)
		if filepath.Base(e.Path) == "init.lua" { // a/init.lua is both a and init
			bases["init"] = append(bases["init"], i)
		}
	}
	if self < 0 {
		return []*Entry{f.Entry()}
	}
	for i, e := range all {
		for _, name := range e.loads {
			if name == "*" {
				for k := range all {
					up[find(k)] = find(i)
				}
				return all
			}
			for _, k := range bases[name] {
				up[find(k)] = find(i)
			}
		}
	}
	// Who defines a global or a type, by the hashes of their names.
	globals, types := map[uint32][]int{}, map[uint32][]int{}
	for i, e := range all {
		for _, name := range e.globals {
			globals[hash(name)] = append(globals[hash(name)], i)
		}
		for _, name := range e.types {
			types[hash(name)] = append(types[hash(name)], i)
		}
	}
	join := func(i int, names []uint32, by map[uint32][]int) {
		for _, h := range names {
			for _, k := range by[h] {
				up[find(k)] = find(i)
			}
		}
	}
	for i, e := range all {
		join(i, e.reads, globals)
		join(i, e.names, types)
	}
	var g []*Entry
	for i, e := range all {
		if find(i) == find(self) {
			g = append(g, e)
		}
	}
	return g
}

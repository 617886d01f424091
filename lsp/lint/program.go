package lint

import (
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxProgram bounds how many files of a program are looked at.
const maxProgram = 500

// inProgram tells whether a file for which is holds, as its entry says, is loaded wherever
// this file is: it is the file itself, one that it loads, or a part of all programs that
// load it. A program is a file that no other one loads, with what it loads.
func (p *pass) inProgram(is func(*analysis.Entry) bool) bool {
	if is(p.file.Entry()) {
		return true
	}
	wanted := map[string]bool{}
	for _, e := range p.snap.Files() {
		if e.URI != p.file.URI && is(e) {
			wanted[e.URI] = true
		}
	}
	if len(wanted) == 0 {
		return false
	}
	if p.loadsOneOf(p.file, wanted) {
		return true
	}
	roots := p.programs()
	for _, root := range roots {
		if !p.loadsOneOf(root, wanted) {
			return false
		}
	}
	return len(roots) > 0
}

// loadsOneOf tells whether a file is one of those that are wanted, or loads one.
func (p *pass) loadsOneOf(f *analysis.File, wanted map[string]bool) bool {
	seen := map[string]bool{f.URI: true}
	for list := []*analysis.File{f}; len(list) > 0 && len(seen) < maxProgram; list = list[1:] {
		if wanted[list[0].URI] {
			return true
		}
		for _, to := range p.loadedBy(list[0]) {
			if !seen[to.URI] {
				seen[to.URI] = true
				list = append(list, to)
			}
		}
	}
	return false
}

// loadedBy are the files that a file loads by names that are written out.
func (p *pass) loadedBy(f *analysis.File) (list []*analysis.File) {
	t := f.Tree()
	for _, loader := range [...]string{"require", "dofile", "loadfile"} {
		for _, use := range f.Vars().Globals[loader] {
			n := t.Next(use.Node) // pcall(require, "a")
			if call := t.Parent(use.Node); t.Kind(call) == syntax.Call && t.First(call) == use.Node {
				n = t.First(t.Child(call, 1))
			}
			name, ok := t.String(n)
			if !ok {
				continue
			}
			if loader != "require" {
				name = strings.ReplaceAll(strings.TrimPrefix(strings.TrimSuffix(name, ".lua"), "./"), "/", ".")
			}
			if to := p.snap.Require(f, name); to != nil {
				list = append(list, to)
				continue
			}
			for _, e := range p.placesOf(name) { // it may be started where they are found
				if to := p.snap.File(e.URI); to != nil {
					list = append(list, to)
				}
			}
		}
	}
	return list
}

// programs are the files that no other one loads, and that load this one.
func (p *pass) programs() (roots []*analysis.File) {
	seen := map[string]bool{p.file.URI: true}
	for list := []*analysis.File{p.file}; len(list) > 0 && len(seen) < maxProgram; list = list[1:] {
		above := p.loadersOf(list[0])
		if len(above) == 0 && list[0] != p.file {
			roots = append(roots, list[0])
		}
		for _, f := range above {
			if !seen[f.URI] {
				seen[f.URI] = true
				list = append(list, f)
			}
		}
	}
	return roots
}

// loadersOf are the files that load one. Only those are read that have a name of it somewhere.
func (p *pass) loadersOf(f *analysis.File) (list []*analysis.File) {
	names := namesOfFile(f.Path)
	for _, e := range p.snap.Files() {
		if e.URI == f.URI || !mentionsOne(e, names) {
			continue
		}
		from := p.snap.File(e.URI)
		if from == nil {
			continue
		}
		for _, to := range p.loadedBy(from) {
			if to.URI == f.URI {
				list = append(list, from)
				break
			}
		}
	}
	return list
}

func mentionsOne(e *analysis.Entry, names []string) bool {
	for _, name := range names {
		if e.Mentions(name) {
			return true
		}
	}
	return false
}

// namesOfFile are the names by which require and dofile may find a path from some folder:
// "b", "a.b", "a/b" and "a/b.lua" for a/b.lua, and those of the folder for a/init.lua.
func namesOfFile(path string) (names []string) {
	path = filepath.ToSlash(path)
	stem := strings.TrimSuffix(path, ".lua")
	for _, of := range [...]string{stem, stem[:max(0, strings.LastIndexByte(stem, '/'))]} {
		parts := strings.Split(of, "/")
		for i := range parts {
			name := strings.Join(parts[i:], "/")
			if name == "" {
				continue
			}
			names = append(names, name, name+".lua", "./"+name+".lua")
			if i < len(parts)-1 {
				names = append(names, strings.ReplaceAll(name, "/", "."))
			}
		}
	}
	return names
}

package analysis

import (
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxReached is how many files are looked through for tools that a file has by what it
// requires.
const maxReached = 100

// reachedFile is what a file registers, and where it lies.
type reachedFile struct {
	uri, path string
	own       *ownIndex
}

// reached returns a file, and those of the workspace that it requires or runs, directly
// or not. Files are not read for it. If no other file registers anything, f is enough.
func (c *checker) reached(f *File) []reachedFile {
	if f == nil {
		return nil
	}
	first := reachedFile{uri: f.URI, path: f.Path, own: f.ownIndex()}
	if !c.othersRegister(f.URI) {
		return []reachedFile{first}
	}
	return c.reach(first)
}

// reach returns a file, and those that it requires or runs, directly or not.
func (c *checker) reach(first reachedFile) []reachedFile {
	list := []reachedFile{first}
	seen := map[string]bool{first.uri: true}
	for i := 0; i < len(list); i++ {
		for _, r := range list[i].own.requires {
			if next, ok := c.required(list[i].path, r); ok && !seen[next.uri] && len(list) < maxReached {
				seen[next.uri] = true
				list = append(list, next)
			}
		}
	}
	return list
}

// required is the file of the workspace that a requirement of a file means.
func (c *checker) required(from string, r requirement) (reachedFile, bool) {
	for _, uri := range c.shared.own.candidates(c, from, r) {
		if g := c.snap.open[uri]; g != nil {
			return reachedFile{uri, g.Path, g.ownIndex()}, true
		}
		if e := c.snap.disk.entries[uri]; e != nil {
			return reachedFile{uri, e.Path, e.own}, true
		}
	}
	return reachedFile{}, false
}

// othersRegister tells whether a file of the workspace besides one registers tools.
func (c *checker) othersRegister(uri string) bool {
	for other := range c.snap.disk.toolFiles {
		if other != uri && c.snap.open[other] == nil {
			return true
		}
	}
	for other, f := range c.snap.open {
		if other != uri && f.ownIndex().registers() {
			return true
		}
	}
	return false
}

// requirement is a module or file that a file names.
type requirement struct {
	name string
	file bool // it is a path
}

// candidates returns the URIs that a requirement can mean, the likeliest first.
func (o *ownTools) candidates(c *checker, from string, r requirement) []string {
	key := candidateKey{c.snap.config, filepath.Dir(from), r}
	if list, ok := o.uris[key]; ok {
		return list
	}
	if o.uris == nil || len(o.uris) > maxOwnTools {
		o.uris = map[candidateKey][]string{}
	}
	templates, relative := c.snap.config.templates(from), filepath.FromSlash(strings.ReplaceAll(r.name, ".", "/"))
	if r.file {
		templates, relative = []string{"?"}, filepath.FromSlash(r.name)
	}
	var list []string
	for _, folder := range c.moduleFolders(from) {
		for _, template := range templates {
			full := filepath.FromSlash(strings.ReplaceAll(template, "?", relative))
			if !filepath.IsAbs(full) {
				full = filepath.Join(folder, full)
			}
			list = append(list, URIOf(full))
		}
	}
	o.uris[key] = list
	return list
}

type candidateKey struct {
	config *Config
	folder string
	r      requirement
}

// ownIndex is what an index keeps of the tools that a file registers. It holds no part
// of the text.
type ownIndex struct {
	tools    []OwnTool
	computed bool
	requires []requirement
	changes  ToolChanges
}

func (o *ownIndex) registers() bool { return len(o.tools) > 0 || o.computed }

// ownIndex returns what others need to know of the file's tools.
func (f *File) ownIndex() *ownIndex {
	f.ownIndexOnce.Do(func() {
		r := f.registered()
		o := &ownIndex{computed: r.computed, requires: requirements(f), changes: f.toolChanges()}
		for _, x := range r.tools {
			s := x.spec
			s.Name = strings.Clone(s.Name)
			o.tools = append(o.tools, OwnTool{s, x.start, x.end})
		}
		f.ownIdx = o
	})
	return f.ownIdx
}

// requirements are what the calls of require and dofile in a file name.
func requirements(f *File) []requirement {
	var list []requirement
	t := f.Tree()
	for _, function := range [...]string{"require", "dofile", "loadfile"} {
		for _, use := range f.Vars().Globals[function] {
			var arg syntax.Node
			switch parent := t.Parent(use.Node); t.Kind(parent) {
			case syntax.Call:
				if t.First(parent) == use.Node {
					arg = t.First(t.Child(parent, 1))
				}
			case syntax.Args: // pcall(require, "x")
				if t.First(parent) == use.Node {
					arg = t.Next(use.Node)
				}
			}
			if value, ok := t.String(arg); ok && t.Kind(arg) == syntax.String && value != "" && len(value) < maxName {
				list = append(list, requirement{strings.Clone(value), function != "require"})
			}
		}
	}
	return list
}

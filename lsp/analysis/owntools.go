package analysis

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/spec"
)

// ownTools keeps what was made of specs, so that the types of a tool stay the same
// objects from one text to the next. shared.mu guards it.
type ownTools struct {
	tools    map[[2]string]*catalog.Tool // by the text of the spec, and its source
	catalogs map[string]*laidOver        // by URI
	uris     map[candidateKey][]string
}

// laidOver is a catalogue with the tools of scripts, and what it was made of.
type laidOver struct {
	base    *catalog.Catalog
	tools   []*catalog.Tool
	catalog *catalog.Catalog
}

// maxOwnTools is how many specs are kept; beyond that, all are forgotten.
const maxOwnTools = 2000

func (o *ownTools) tool(s catalog.Spec, source string) *catalog.Tool {
	key := [2]string{s.Text, source}
	if !s.Sure {
		key[1] += "\x00"
	}
	if t := o.tools[key]; t != nil {
		return t
	}
	if o.tools == nil || len(o.tools) > maxOwnTools {
		o.tools = map[[2]string]*catalog.Tool{}
	}
	t := s.Tool(source)
	o.tools[key] = t
	return t
}

// over lays tools over a catalogue. The last result for a file is kept.
func (o *ownTools) over(uri string, base *catalog.Catalog, list []*catalog.Tool) *catalog.Catalog {
	if have := o.catalogs[uri]; have != nil && have.base == base && slices.Equal(have.tools, list) {
		return have.catalog
	}
	if o.catalogs == nil || len(o.catalogs) > maxOver {
		o.catalogs = map[string]*laidOver{}
	}
	c := catalog.WithOwn(base, list)
	o.catalogs[uri] = &laidOver{base, list, c}
	return c
}

// maxOver is of how many files the catalogue is kept.
const maxOver = 64

// CatalogOf returns what a file can name: the catalogue, and the tools that the file
// registers, those of the files that it requires, and those of the workspace; nil if
// there is nothing. f may be nil: then it is what any file of the workspace can name.
func (s *Snapshot) CatalogOf(f *File) *catalog.Catalog {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.catalogOf(f)
}

// RegistersUnknown tells whether a file, or one that it requires, may register tools
// whose names are not in its text.
func (s *Snapshot) RegistersUnknown(f *File) bool {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	for _, g := range s.checker.reached(f) {
		if g.own.computed {
			return true
		}
	}
	return false
}

// catalog is what the file of a unit can name.
func (u *unit) catalog() *catalog.Catalog { return u.c.catalogOf(u.file) }

// registeredIn says where a tool comes from.
func registeredIn(uri string) string {
	name := path.Base(uri)
	if p := PathOf(uri); p != "" {
		name = filepath.Base(p)
	}
	return "registered in " + name
}

func (c *checker) catalogOf(f *File) *catalog.Catalog {
	if c.snap == nil {
		return nil
	}
	if known, ok := c.catalogs[f]; ok {
		return known
	}
	base := c.snap.catalog
	c.catalogs[f] = base // while it is found out
	var list []*catalog.Tool
	taken := map[string]*catalog.Tool{}
	add := func(uri string, s catalog.Spec) {
		t := c.shared.own.tool(s, registeredIn(uri))
		taken[s.Name] = t
		list = append(list, t)
	}
	for _, g := range c.reached(f) {
		here := map[string]catalog.Spec{} // of one file
		for _, o := range g.own.tools {
			s := o.spec
			if taken[s.Name] != nil && here[s.Name].Name == "" {
				continue // a nearer file has it
			}
			if first, again := here[s.Name]; again {
				if first.Text == s.Text {
					continue
				}
				first.Sure = false // one or the other
				list = slices.DeleteFunc(list, func(t *catalog.Tool) bool { return t == taken[s.Name] })
				s = first
			}
			here[s.Name] = s
			add(g.uri, s)
		}
	}
	for _, x := range c.elsewhere() {
		if taken[x.tool.spec.Name] == nil {
			add(x.uri, x.tool.spec)
		}
	}
	if len(list) > 0 {
		uri := ""
		if f != nil {
			uri = f.URI
		}
		base = c.shared.own.over(uri, base, list)
	}
	c.catalogs[f] = base
	return base
}

// maxReached is how many files are looked through for tools that a file has by what it
// requires.
const maxReached = 100

// reachedFile is what a file registers.
type reachedFile struct {
	uri string
	own *ownIndex
}

// reached returns a file, and those of the workspace that it requires or runs, directly
// or not. Files are not read for it. If no other file registers anything, f is enough.
func (c *checker) reached(f *File) []reachedFile {
	if f == nil {
		return nil
	}
	list := []reachedFile{{f.URI, f.ownIndex()}}
	if !c.othersRegister(f.URI) {
		return list
	}
	paths := []string{f.Path}
	seen := map[string]bool{f.URI: true}
	for i := 0; i < len(list); i++ {
		for _, r := range list[i].own.requires {
			for _, uri := range c.shared.own.candidates(c, paths[i], r) {
				next := reachedFile{uri: uri}
				path := ""
				if g := c.snap.open[uri]; g != nil {
					next.own, path = g.ownIndex(), g.Path
				} else if e := c.snap.disk.entries[uri]; e != nil {
					next.own, path = e.own, e.Path
				} else {
					continue
				}
				if !seen[uri] && len(list) < maxReached {
					seen[uri] = true
					list, paths = append(list, next), append(paths, path)
				}
				break
			}
		}
	}
	return list
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
	templates, relative := c.snap.config.templates(), filepath.FromSlash(strings.ReplaceAll(r.name, ".", "/"))
	if r.file {
		templates, relative = []string{"?"}, filepath.FromSlash(r.name)
	}
	var list []string
	for _, folder := range c.moduleFolders(&File{Path: from}) {
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
}

func (o *ownIndex) registers() bool { return len(o.tools) > 0 || o.computed }

// ownIndex returns what others need to know of the file's tools.
func (f *File) ownIndex() *ownIndex {
	f.ownIndexOnce.Do(func() {
		r := f.registered()
		o := &ownIndex{computed: r.computed, requires: requirements(f)}
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

// maxName is how long the name of a module is that is looked for, in bytes.
const maxName = 1000

// otherTool is a tool that some file of the workspace registers.
type otherTool struct {
	uri  string
	tool OwnTool
}

// elsewhere returns the tools of all files of the workspace, in the order of URIs. A
// name that several files give to different tools is not sure.
func (c *checker) elsewhere() []otherTool {
	if c.others != nil {
		return *c.others
	}
	var list []otherTool
	at := map[string]int{}
	add := func(uri string, tools []OwnTool) {
		for _, o := range tools {
			i, again := at[o.spec.Name]
			switch {
			case !again:
				at[o.spec.Name] = len(list)
				list = append(list, otherTool{uri, o})
			case list[i].tool.spec.Text != o.spec.Text:
				list[i].tool.spec.Sure = false
			}
		}
	}
	open := c.snap.open
	uris := slices.Collect(maps.Keys(open))
	for uri := range c.snap.disk.toolFiles {
		if open[uri] == nil {
			uris = append(uris, uri)
		}
	}
	slices.Sort(uris)
	for _, uri := range uris {
		if f := open[uri]; f != nil {
			add(uri, f.ownIndex().tools)
		} else {
			add(uri, c.snap.disk.entries[uri].own.tools)
		}
	}
	c.others = &list
	return list
}

// registrations returns where the workspace registers a tool, the file from first. from
// may be nil.
func (c *checker) registrations(name string, from *File) []types.Location {
	var list []types.Location
	name = spec.Canonical(name)
	add := func(uri string, tools []OwnTool) {
		for _, o := range tools {
			if o.spec.Name == name || slices.ContainsFunc(o.spec.Aliases, func(a string) bool { return spec.Canonical(a) == name }) {
				list = append(list, types.Location{URI: uri, Start: o.start, End: o.end})
			}
		}
	}
	if from != nil {
		for _, g := range c.reached(from) {
			add(g.uri, g.own.tools)
		}
		if len(list) > 0 {
			return list
		}
	}
	open := c.snap.open
	for _, uri := range slices.Sorted(maps.Keys(open)) {
		add(uri, open[uri].ownIndex().tools)
	}
	for _, uri := range slices.Sorted(maps.Keys(c.snap.disk.toolFiles)) {
		if open[uri] == nil {
			add(uri, c.snap.disk.entries[uri].own.tools)
		}
	}
	return list
}

// handler returns the unit and FuncBody of the function that a tool is, None if that is
// not known.
func (c *checker) handler(from *File, name string) (*unit, syntax.Node) {
	for _, l := range c.registrations(name, from) {
		f := c.snap.File(l.URI)
		if from != nil && l.URI == from.URI {
			f = from // it may be one with a marker
		}
		if f == nil {
			continue
		}
		for _, o := range f.registered().tools {
			if o.spec.Name == name {
				return c.unit(f), o.execute
			}
		}
	}
	return nil, syntax.None
}

package analysis

import (
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/spec"
)

// ownTools keeps what was made of specs, so that the types of a tool stay the same
// objects from one text to the next. shared.mu guards it.
type ownTools struct {
	tools    map[[2]string]*catalog.Tool   // by the text of the spec, and its source
	stands   map[[2]string][]*catalog.Tool // of Spec.Unjudged, by the same
	catalogs map[string]*laidOver          // by URI
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

// unjudged are the tools of Spec.Unjudged, the same ones for the same spec.
func (o *ownTools) unjudged(s catalog.Spec, source string) []*catalog.Tool {
	key := [2]string{s.Text, source}
	if list, ok := o.stands[key]; ok {
		return list
	}
	if o.stands == nil || len(o.stands) > maxOwnTools {
		o.stands = map[[2]string][]*catalog.Tool{}
	}
	list := s.Unjudged(source)
	o.stands[key] = list
	return list
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
	if f != nil {
		list = c.refused(f, list)
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

// refused puts in front of the tools that a file can name what stands for those that come
// with llmspell and whose names the file wants for tools of its own. The runtime refuses
// these, which is said where they are registered: what is written for them is not to be
// judged as if it were for the others.
func (c *checker) refused(f *File, list []*catalog.Tool) []*catalog.Tool {
	var front []*catalog.Tool
	for _, o := range f.registered().tools {
		if !o.spec.Taken() {
			continue
		}
		front = append(front, c.shared.own.unjudged(o.spec, registeredIn(f.URI))...)
		list = slices.DeleteFunc(list, func(t *catalog.Tool) bool { return t.Name == o.spec.Name })
		if s, ok := o.spec.Free(); ok {
			list = append(list, c.shared.own.tool(s, registeredIn(f.URI)))
		}
	}
	return append(front, list...)
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

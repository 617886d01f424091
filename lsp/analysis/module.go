package analysis

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// moduleKey is a name of a module, as files of one folder mean it.
type moduleKey struct{ folder, name string }

// module returns the file that require of a name loads in a file, or nil. The
// runtime looks relative to the folder that a script is started in, which nobody
// knows here: the folder of the workspace comes first, then the file's own.
func (c *checker) module(from *File, name string) *File {
	if c.snap == nil || name == "" {
		return nil
	}
	key := moduleKey{filepath.Dir(from.Path), name}
	if f, ok := c.modules[key]; ok {
		return f
	}
	f := c.findModule(from, name)
	c.modules[key] = f
	return f
}

func (c *checker) findModule(from *File, name string) *File {
	for path := range c.modulePaths(from.Path, name) {
		if f := c.fileAt(path); f != nil {
			return f
		}
	}
	return nil
}

// modulePaths yields where a file at a path looks for a module, in order.
func (c *checker) modulePaths(from, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		relative := filepath.FromSlash(strings.ReplaceAll(name, ".", "/"))
		folders := c.moduleFolders(from)
		for _, layouts := range [...]bool{false, true} {
			for _, folder := range folders {
				for _, template := range c.snap.config.templatesOf(from, layouts) {
					path := filepath.FromSlash(strings.ReplaceAll(template, "?", relative))
					if !filepath.IsAbs(path) {
						path = filepath.Join(folder, path)
					}
					if !yield(path) {
						return
					}
				}
			}
		}
	}
}

// moduleFolders returns where modules of a file at a path are looked for, in order. A file in a folder
// of the workspace does not see the other folders: no script is started in two of them.
func (c *checker) moduleFolders(from string) []string {
	var folders []string
	add := func(folder string) {
		if folder != "" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, r := range c.snap.config.Roots {
		if within(r, from) {
			add(r)
		}
	}
	inside := len(folders) > 0
	if from != "" {
		add(filepath.Dir(from))
	}
	for _, r := range c.snap.config.Roots {
		if !inside {
			add(r)
		}
	}
	for _, l := range c.snap.config.Library {
		add(l)
	}
	return folders
}

func within(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// fileAt returns the file of a path: an open one, or one on disk.
func (c *checker) fileAt(path string) *File {
	uri := URIOf(path)
	if f := c.snap.open[uri]; f != nil {
		return f
	}
	for _, f := range c.snap.open {
		if f.Path != "" && filepath.Clean(f.Path) == filepath.Clean(path) {
			return f
		}
	}
	return c.snap.File(uri)
}

// moduleType is what require of a name gives in a file.
func (c *checker) moduleType(u *unit, name string) types.Type {
	if m := c.likelyModule(u.file, name); m.file != nil {
		of := c.unit(m.file)
		t := of.typeOf(of.tree.Root())
		if m.guess {
			c.guessing = true
			if t == types.Boolean { // a script, or a test of the module
				return types.Unknown
			}
		}
		return t
	}
	switch name {
	case "string", "table", "math", "io", "os", "coroutine", "debug", "package":
		return c.global(name)
	}
	return types.Unknown
}

// fileValues are what dofile of a path gives.
func (c *checker) fileValues(u *unit, path string) values {
	if c.snap == nil {
		return unknown
	}
	if f := c.relative(u.file, path); f != nil {
		m := c.unit(f)
		m.typeOf(m.tree.Root())
		return m.returned(m.tree.Root())
	}
	return unknown
}

// relative returns the file that a path in a script names, or nil.
func (c *checker) relative(from *File, path string) *File {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return c.fileAt(path)
	}
	for _, folder := range c.moduleFolders(from.Path) {
		if f := c.fileAt(filepath.Join(folder, path)); f != nil {
			return f
		}
	}
	return nil
}

// Require returns the file that require(name) loads in f, or nil.
func (s *Snapshot) Require(f *File, name string) *File {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.module(f, name)
}

// ModuleNames returns the names by which f can require the workspace's files,
// sorted; with layouts also those that it can if its package.path has the folders in which many projects
// keep their modules. The caller must not change them.
func (s *Snapshot) ModuleNames(f *File, layouts bool) []string {
	folders := s.checker.moduleFolders(f.Path)
	namesOf := func(path string) (names []string) {
		for _, layout := range [...]bool{false, true} {
			if layout && !layouts {
				break
			}
			for _, folder := range folders {
				if name := moduleName(folder, path, s.config.templatesOf(f.Path, layout)); path != "" && name != "" {
					names = append(names, name)
					break
				}
			}
		}
		return names
	}
	names := s.disk.moduleNames(folders, slices.Concat(s.config.templates(f.Path), s.config.templatesOf(f.Path, layouts)), namesOf)
	own := namesOf(f.Path)
	var more []string
	for uri, o := range s.open {
		if s.disk.entries[uri] == nil {
			more = append(more, namesOf(o.Path)...)
		}
	}
	found := slices.ContainsFunc(own, func(name string) bool { _, found := slices.BinarySearch(names, name); return found })
	if len(more) == 0 && !found {
		return names
	}
	names = append(slices.Clone(names), more...)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return slices.Contains(own, name) })
}

// moduleNames are the names of the files of the index as they are seen from folders.
func (d *disk) moduleNames(folders, templates []string, namesOf func(path string) []string) []string {
	key := strings.Join(folders, "\x00") + "\x00\x00" + strings.Join(templates, "\x00")
	if names, ok := d.modules.Load(key); ok {
		return names.([]string)
	}
	var names []string
	for _, e := range d.entries {
		names = append(names, namesOf(e.Path)...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	d.modules.Store(key, names)
	return names
}

// moduleName returns the name by which a folder's templates find a path, or "".
func moduleName(folder, path string, templates []string) string {
	rel, err := filepath.Rel(folder, path)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	rel = filepath.ToSlash(rel)
	best := ""
	for _, t := range templates {
		before, after, ok := strings.Cut(strings.TrimPrefix(t, "./"), "?")
		if !ok || len(rel) <= len(before)+len(after) || !strings.HasPrefix(rel, before) || !strings.HasSuffix(rel, after) {
			continue
		}
		name := rel[len(before) : len(rel)-len(after)]
		if strings.Contains(name, ".") {
			continue
		}
		name = strings.ReplaceAll(name, "/", ".")
		if best == "" || len(name) < len(best) {
			best = name
		}
	}
	return best
}

// Module returns the type of what require of the file gives.
func (s *Snapshot) Module(f *File) types.Type {
	return s.TypeOf(f, f.Tree().Root())
}

// Requires yields the files that f requires by a literal name, with the String
// nodes that name them; the file is nil where there is none.
func (s *Snapshot) Requires(f *File) func(yield func(syntax.Node, *File) bool) {
	return func(yield func(syntax.Node, *File) bool) {
		t := f.Tree()
		for _, use := range f.Vars().Globals["require"] {
			call := t.Parent(use.Node)
			if t.Kind(call) != syntax.Call || t.First(call) != use.Node {
				continue
			}
			arg := t.First(t.Child(call, 1))
			if name, ok := t.String(arg); ok && !yield(arg, s.Require(f, name)) {
				return
			}
		}
	}
}

// MovedName returns what a string of f that names the file at path has to say when
// that file is at target, and f at own; "" if there is no such name. kind is that of
// the string's slot, "require" or "file", value what it says now: the name stays
// relative to what it is relative to.
func (s *Snapshot) MovedName(f *File, kind, value, path, own, target string) string {
	before := s.checker.moduleFolders(f.Path)
	after := s.checker.moduleFolders(own)
	layouts := false
	name := func(folder, path string) string {
		if kind == "require" {
			return moduleName(folder, path, s.config.templatesOf(f.Path, layouts))
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil || !filepath.IsLocal(rel) {
			return ""
		}
		return filepath.ToSlash(rel)
	}
	if kind == "file" && filepath.IsAbs(filepath.FromSlash(value)) {
		return filepath.ToSlash(target)
	}
	found := false
	for _, layouts = range [...]bool{false, true} {
		for i, folder := range before {
			if i < len(after) && sameName(name(folder, path), value) {
				found = true
				if n := name(after[i], target); n != "" {
					return n
				}
			}
		}
	}
	layouts = false
	if kind == "require" && !found { // started in another folder, or with another package.path
		if n := nameElsewhere(name, value, path, target); n != "" {
			return n
		}
	}
	for _, folder := range after {
		if n := name(folder, target); n != "" {
			return n
		}
	}
	return ""
}

// nameElsewhere is what require has to say for target where value means the file at path, as seen
// from a folder that is above both, or value if that still fits; "" if neither is so.
func nameElsewhere(name func(folder, path string) string, value, path, target string) string {
	for folder, last := filepath.Dir(path), ""; folder != last; folder, last = filepath.Dir(folder), folder {
		if sameName(name(folder, path), value) {
			if n := name(folder, target); n != "" {
				return n
			}
		}
	}
	for folder, last := filepath.Dir(target), ""; folder != last; folder, last = filepath.Dir(folder), folder {
		if sameName(name(folder, target), value) {
			return value
		}
	}
	return ""
}

// sameName tells whether two names of modules or files are the same but for how they
// are written: a/b is a.b to require.
func sameName(a, b string) bool {
	if a == b {
		return true
	}
	clean := func(s string) string { return strings.ReplaceAll(strings.TrimPrefix(s, "./"), "/", ".") }
	return a != "" && clean(a) == clean(b)
}

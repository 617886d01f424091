package analysis

import (
	"path/filepath"
	"slices"
	"strings"
)

// likelyFile is the file that a name of a module leads to.
type likelyFile struct {
	file *File
	// guess: it may be another one, that is installed. It lies below a folder in which the file
	// that requires it is not.
	guess bool
}

// likelyModule returns the file that require of a name loads in a file, or would load if the
// script were started in another folder, or package.path had it.
func (c *checker) likelyModule(from *File, name string) likelyFile {
	if f := c.module(from, name); f != nil {
		return likelyFile{file: f}
	}
	key := moduleKey{from.Path, name}
	m, ok := c.likely[key]
	if !ok {
		m = c.moduleElsewhere(from, name)
		c.likely[key] = m
	}
	return m
}

// moduleElsewhere returns the file that would be the module of a name in a file if the script were
// started in another folder, or package.path had it: the only one below the folders that the file
// sees, or the one that shares the most folders with it. There is none if it is not clear which.
func (c *checker) moduleElsewhere(from *File, name string) likelyFile {
	if c.snap == nil || name == "" || StandardModule(name) {
		return likelyFile{}
	}
	folders := c.moduleFolders(from.Path)
	var best modulePlace
	most, alone := -1, false
	for _, place := range c.snap.modulePlaces(from.Path, name) {
		if place.path == from.Path || place.path == best.path || !slices.ContainsFunc(folders, func(folder string) bool { return within(folder, place.path) }) {
			continue
		}
		switch n := sharedFolders(from.Path, place.path); {
		case n > most:
			best, most, alone = place, n, true
		case n == most:
			alone = false
		}
	}
	if !alone {
		return likelyFile{}
	}
	return likelyFile{c.fileAt(best.path), !within(best.folder, from.Path)}
}

// modulePlace is a file that would be a module if the script were started in a folder.
type modulePlace struct{ path, folder string }

// modulePlaces are the files that would be the module of a name in the file at a path if the
// script were started in another folder.
func (s *Snapshot) modulePlaces(from, name string) (list []modulePlace) {
	separator := string(filepath.Separator)
	relative := filepath.FromSlash(strings.ReplaceAll(name, ".", "/"))
	for _, template := range s.config.templates(from) {
		end := strings.ReplaceAll(filepath.FromSlash(template), "?", relative)
		end = strings.TrimPrefix(end, "."+separator)
		for _, path := range s.pathsEnding(filepath.Base(end)) {
			if folder, ok := strings.CutSuffix(path, end); ok && (folder == "" || strings.HasSuffix(folder, separator)) {
				list = append(list, modulePlace{path, filepath.Clean(folder)})
			}
		}
	}
	return list
}

// pathsEnding are the paths of all files whose last part is base.
func (s *Snapshot) pathsEnding(base string) []string {
	list := s.disk.pathsEnding(base)
	var more []string
	for uri, f := range s.open {
		if s.disk.entries[uri] == nil && f.Path != "" && filepath.Base(f.Path) == base {
			more = append(more, f.Path)
		}
	}
	slices.Sort(more)
	return slices.Concat(list, more)
}

func (d *disk) pathsEnding(base string) []string {
	d.basesOnce.Do(func() {
		d.bases = map[string][]string{}
		for _, e := range d.inOrder() {
			if e.Path != "" {
				d.bases[filepath.Base(e.Path)] = append(d.bases[filepath.Base(e.Path)], e.Path)
			}
		}
	})
	return d.bases[base]
}

// LiesSomewhere tells whether the workspace has a file that would be the module of a name in f if
// the script were started in another folder.
func (s *Snapshot) LiesSomewhere(f *File, name string) bool {
	return len(s.modulePlaces(f.Path, name)) > 0
}

// StandardModule tells whether package.loaded has a module from the beginning.
func StandardModule(name string) bool {
	switch name {
	case "_G", "string", "table", "math", "io", "os", "coroutine", "debug", "package", "bit32", "utf8":
		return true
	}
	return false
}

// sharedFolders is how many folders two paths have in common, from the first on.
func sharedFolders(a, b string) int {
	separator := string(filepath.Separator)
	x, y := strings.Split(filepath.Dir(a), separator), strings.Split(filepath.Dir(b), separator)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

package analysis

import (
	"path/filepath"
	"slices"
	"strings"
)

// moduleElsewhere returns the file that would be the module of a name in a file if the script were
// started in another folder, or package.path had it: the only one below the folders that the file
// sees, or the one that shares the most folders with it. It is nil if it is not clear which.
func (c *checker) moduleElsewhere(from *File, name string) *File {
	if c.snap == nil || name == "" || StandardModule(name) {
		return nil
	}
	g := c.snap.loadGraph()
	folders := c.moduleFolders(from.Path)
	best, most, alone := "", -1, false
	for _, i := range g.places(c.snap.config.templates(from.Path), name) {
		path := g.paths[i]
		if path == from.Path || path == best || !slices.ContainsFunc(folders, func(folder string) bool { return within(folder, path) }) {
			continue
		}
		switch n := sharedFolders(from.Path, path); {
		case n > most:
			best, most, alone = path, n, true
		case n == most:
			alone = false
		}
	}
	if !alone {
		return nil
	}
	return c.fileAt(best)
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

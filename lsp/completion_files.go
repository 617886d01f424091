package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// maxListed is how many files of a folder are listed.
const maxListed = 500

// files collects the files and folders that a path in a string can go on with, relative
// to the folders that a script can be started in.
func (c *completer) files(w stringWriter) {
	before := c.r.file.Text()[c.start:c.offset]
	if strings.ContainsAny(before, "\\\"'") && w.quote != "" {
		return // with escapes
	}
	dir := before[:strings.LastIndexByte(before, '/')+1]
	c.start += len(dir)
	w.close = "" // more of the path may follow
	listed := map[string]bool{}
	for _, base := range c.bases(dir) {
		entries, err := os.ReadDir(base)
		if err != nil {
			continue // there is no such folder
		}
		shown := slices.DeleteFunc(slices.Clone(entries), func(e os.DirEntry) bool { return isHidden(e.Name()) })
		hidden := slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !isHidden(e.Name()) })
		for _, e := range append(shown, hidden...) {
			name := e.Name()
			if listed[name] {
				continue
			}
			if len(listed) == maxListed {
				c.incomplete = true
				return
			}
			listed[name] = true
			x := candidate{label: name, kind: protocol.ItemFile, insert: w.text(name)}
			if e.IsDir() {
				x.kind, x.again = protocol.ItemFolder, true
				x.label += "/"
				x.insert = w.text(x.label)
			}
			c.add(x)
		}
	}
}

func isHidden(name string) bool { return strings.HasPrefix(name, ".") }

// bases are the folders that a path's folder can be.
func (c *completer) bases(dir string) []string {
	dir = filepath.FromSlash(dir)
	if filepath.IsAbs(dir) {
		return []string{dir}
	}
	var out []string
	for _, root := range c.folders() {
		if base := filepath.Join(root, dir); !slices.Contains(out, base) {
			out = append(out, base)
		}
	}
	return out
}

// folders are those that a script can be started in, the likeliest first.
func (c *completer) folders() []string {
	var out []string
	path := c.r.file.Path
	roots := c.r.snap.Config().Roots
	for _, root := range roots {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			out = append(out, root)
		}
	}
	inside := len(out) > 0
	if filepath.IsAbs(path) {
		out = append(out, filepath.Dir(path))
	}
	if !inside { // no script is started in the folder of another one
		out = append(out, roots...)
	}
	return out
}

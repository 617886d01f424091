package batch

import (
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Find returns the Lua files that paths name: files as they are, of folders those that
// end in .lua, without hidden folders, node_modules, vendor, and what a .gitignore
// names. They are sorted and appear once. Errors of paths that are not there, or are
// devices or pipes, join.
func Find(paths []string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var out []string
	var faults []error
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			faults = append(faults, err)
		case !info.IsDir() && !info.Mode().IsRegular(): // a pipe would be waited for
			faults = append(faults, &fs.PathError{Op: "open", Path: path, Err: errNotRegular})
		case !info.IsDir():
			out = append(out, filepath.Clean(path))
		default:
			out = append(out, walk(path, nil)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), errors.Join(faults...)
}

var errNotRegular = errors.New("it is no regular file; - alone reads stdin")

// maxFiles bounds what is looked at below one folder.
const maxFiles = 100_000

// walk returns the Lua files below a folder, without what is in folders of the names skip.
func walk(root string, skip []string) []string {
	var out []string
	ignored := map[string][]string{} // patterns by folder
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what cannot be read is not there
		case len(out) >= maxFiles:
			return fs.SkipAll
		case d.IsDir():
			name := d.Name()
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor" || slices.Contains(skip, name) || isIgnored(ignored, root, path, true)) {
				return fs.SkipDir
			}
			if patterns := gitignore(path); len(patterns) > 0 {
				ignored[path] = patterns
			}
		case d.Type().IsRegular() && strings.HasSuffix(path, ".lua") && !isIgnored(ignored, root, path, false):
			out = append(out, filepath.Clean(path))
		}
		return nil
	})
	return out
}

// maxIgnore is how long a .gitignore may be, in bytes.
const maxIgnore = 64 << 10

// gitignore returns the patterns of a folder's .gitignore, of the plain kinds: names and
// paths with * and ?, that end in / for folders. One that takes something back (!) makes
// the whole file one that is not understood: then nothing is skipped.
func gitignore(folder string) []string {
	info, err := os.Stat(filepath.Join(folder, ".gitignore"))
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnore {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(folder, ".gitignore"))
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '!':
			return nil
		default:
			out = append(out, line)
		}
	}
	return out
}

func isIgnored(ignored map[string][]string, root, path string, folder bool) bool {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return false
		}
		for _, pattern := range ignored[dir] {
			if matches(pattern, filepath.ToSlash(rel), folder) {
				return true
			}
		}
		if dir == root || dir == filepath.Dir(dir) || dir == "." {
			return false
		}
	}
}

// matches tells whether a pattern of a .gitignore means a path, which is relative to its
// folder.
func matches(pattern, rel string, folder bool) bool {
	if p, ok := strings.CutSuffix(pattern, "/"); ok {
		if !folder {
			return false
		}
		pattern = p
	}
	pattern = strings.TrimPrefix(pattern, "**/")
	if !strings.Contains(pattern, "/") {
		rel = rel[strings.LastIndexByte(rel, '/')+1:]
	}
	ok, err := filepath.Match(strings.TrimPrefix(pattern, "/"), rel)
	return ok && err == nil
}

// Stamp changes when files come, go or change.
type Stamp string

func stamp(files []string) Stamp {
	h := fnv.New64a()
	for _, path := range files {
		_, _ = h.Write([]byte(path + "\x00"))
		if info, err := os.Stat(path); err == nil {
			_, _ = h.Write([]byte(strconv.FormatInt(info.ModTime().UnixNano(), 36) + " " + strconv.FormatInt(info.Size(), 36) + "\x00"))
		}
	}
	return Stamp(strconv.FormatUint(h.Sum64(), 36))
}

// rootOf is the folder of the project that a file belongs to: the nearest with a
// .luarc.json, a .git or a configuration of llmspell, else its own.
func rootOf(file string) string {
	folder := filepath.Dir(file)
	for dir := folder; ; dir = filepath.Dir(dir) {
		for _, name := range []string{".luarc.json", ".luarc.jsonc", ".luacheckrc", ".git", "llmspell.toml", ".llmspell.toml"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
		if dir == filepath.Dir(dir) {
			return folder
		}
	}
}

package analysis

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// luacheckrc is the name of the file with luacheck's settings.
const luacheckrc = ".luacheckrc"

// ConfigFiles are the names of the files in a project's folder that WithFolder reads, in
// their order.
func ConfigFiles() []string { return []string{luacheckrc, ".luarc.json", ".luarc.jsonc"} }

// maxConfigFile is how long a configuration may be, in bytes.
const maxConfigFile = 1 << 20

// WithFolder returns c with what the files with settings in a folder add: .luacheckrc,
// .luarc.json and .luarc.jsonc, of which the later win. Globals, severities and module paths are for
// the files below the folder. What cannot be read changes nothing; the errors name the files.
func (c *Config) WithFolder(folder string) (*Config, error) {
	base := c
	var faults []error
	for _, name := range ConfigFiles() {
		file := filepath.Join(folder, name)
		text, err := c.read(file)
		if err != nil {
			continue // most folders have none
		}
		if len(text) > maxConfigFile {
			faults = append(faults, fmt.Errorf("%s could not be read: it is longer than %d bytes", file, maxConfigFile))
			continue
		}
		if name == luacheckrc {
			c, err = c.WithLuacheckrc(folder, text)
		} else {
			c, err = c.withLuarc(folder, name, text)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s could not be read: %w", file, err))
		}
	}
	return base.withProject(folder, c), errors.Join(faults...)
}

// Excluded tells whether nothing is to be reported in the file at a path.
func (c *Config) Excluded(file string) bool {
	if file == "" {
		return false
	}
	if settings, rel := c.LuacheckOf(file); settings.Excluded(rel) {
		return true
	}
	return slices.ContainsFunc(c.Roots, func(root string) bool {
		rel, err := filepath.Rel(root, file)
		if err != nil || !filepath.IsLocal(rel) {
			return false
		}
		rel = filepath.ToSlash(rel)
		return slices.ContainsFunc(c.Exclude, func(pattern string) bool { return excludes(pattern, rel) })
	})
}

// excludes tells whether a pattern means a path relative to a root, or a folder that it is in.
func excludes(pattern, rel string) bool {
	pattern = strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(pattern), "**"), "/*")
	folders := strings.HasSuffix(pattern, "/")
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "./"), "/")
	anywhere := !strings.Contains(pattern, "/")
	if rest, ok := strings.CutPrefix(pattern, "**/"); ok {
		pattern, anywhere = rest, !strings.Contains(rest, "/")
	}
	pattern = strings.TrimPrefix(pattern, "/")
	for at, whole := rel, true; at != "." && at != "/" && at != ""; at, whole = path.Dir(at), false {
		if whole && folders {
			continue
		}
		name := at
		if anywhere {
			name = path.Base(at)
		}
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

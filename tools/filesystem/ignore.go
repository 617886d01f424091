package filesystem

import (
	"io"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/llmspell/llmspell/tools/sandbox"
)

const (
	maxIgnoreFile  = 256 << 10 // bytes that are read of a .gitignore
	maxIgnoreRules = 5_000     // in all .gitignore files of a search
)

// ignoreRule is one line of a .gitignore file.
type ignoreRule struct {
	base    string // the folder of the file, "" for the top
	pattern string // for the path below base, or for the name when anyDepth
	negated bool
	folders bool // matches folders only
	name    bool // compared with the name: the line has no slash before its end
}

// ignoreRules are the lines of all .gitignore files met so far. A later line
// overrides an earlier one, and a deeper file overrides one above it.
type ignoreRules []ignoreRule

// parseIgnore reads a .gitignore file, as gitignore(5) describes it.
func parseIgnore(base, text string) ignoreRules {
	var out ignoreRules
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		// Spaces at the end count only when a backslash stands before them.
		for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
			line = line[:len(line)-1]
		}
		r := ignoreRule{base: base}
		if line == "" || line[0] == '#' || len(line) > maxGlob {
			continue
		}
		if line[0] == '!' {
			r.negated, line = true, line[1:]
		}
		if strings.HasSuffix(line, "/") {
			r.folders, line = true, strings.TrimRight(line, "/")
		}
		r.name = !strings.Contains(line, "/")
		line = strings.TrimPrefix(line, "/")
		// Braces are ordinary characters here.
		r.pattern = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(line)
		if r.pattern == "" || !doublestar.ValidatePattern(r.pattern) {
			continue
		}
		if out = append(out, r); len(out) == maxIgnoreRules {
			break
		}
	}
	return out
}

// load adds the .gitignore of a folder below the place, if it has one. A file
// that cannot be read ignores nothing.
func (rules ignoreRules) load(p *sandbox.Place, rel string) ignoreRules {
	f, err := p.Child(path.Join(rel, ".gitignore")).Open()
	if err != nil {
		return rules
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIgnoreFile))
	if err != nil {
		return rules
	}
	return append(rules[:len(rules):len(rules)], parseIgnore(rel, string(text))...)
}

// match tells whether a path is ignored. Its folders are not: a walk does not
// enter those that are.
func (rules ignoreRules) match(rel string, folder bool) bool {
	if path.Base(rel) == ".git" {
		return true
	}
	for i := len(rules) - 1; i >= 0; i-- {
		r := rules[i]
		if r.folders && !folder {
			continue
		}
		below, ok := strings.CutPrefix(rel, r.base)
		if r.base != "" {
			if below, ok = strings.CutPrefix(below, "/"); !ok {
				continue
			}
		}
		if r.name {
			below = path.Base(below)
		}
		if ok && doublestar.MatchUnvalidated(r.pattern, below) {
			return !r.negated
		}
	}
	return false
}

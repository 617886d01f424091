package luacheck

import (
	"cmp"
	"path"
	"strings"
)

// cleanPath is a path or glob below the folder of the settings, with slashes.
func cleanPath(s string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(s, `\`, "/")), "/")
}

// matchGlob tells whether a glob means a file, or a folder that it is in: * ? [a-z] [!a]
// within a name, ** for any folders. Both are relative to the same folder.
func matchGlob(glob, file string) bool {
	if strings.HasPrefix(path.Clean(strings.ReplaceAll(glob, `\`, "/")), "..") {
		return false // it leads out of the folder
	}
	glob, file = cleanPath(glob), cleanPath(file)
	if glob == "" {
		return true
	}
	return matchParts(strings.Split(glob, "/"), strings.Split(file, "/"))
}

// matchParts compares without recursion: of each ** only the last need be tried again.
func matchParts(glob, file []string) bool {
	star, from := -1, 0
	for g, f := 0, 0; ; {
		switch {
		case g == len(glob):
			return true // what is below it too
		case glob[g] == "**":
			star, from = g, f
			g++
			continue
		case f < len(file) && matchName(glob[g], file[f]):
			g, f = g+1, f+1
			continue
		}
		if star < 0 || from >= len(file) {
			return false
		}
		from++
		g, f = star+1, from
	}
}

// matchName compares one name.
func matchName(glob, name string) bool {
	star, from := -1, 0
	for g, n := 0, 0; ; {
		if g < len(glob) && glob[g] == '*' {
			star, from = g, n
			g++
			continue
		}
		if g == len(glob) && n == len(name) {
			return true
		}
		if g < len(glob) && n < len(name) {
			if ok, next := matchByte(glob, g, name[n]); ok {
				g, n = next, n+1
				continue
			}
		}
		if star < 0 || from >= len(name) {
			return false
		}
		from++
		g, n = star+1, from
	}
}

// matchByte compares the item of a glob at g with a byte. A [ without ] goes to the end.
func matchByte(glob string, g int, c byte) (ok bool, next int) {
	switch glob[g] {
	case '?':
		return true, g + 1
	case '[':
	default:
		return glob[g] == c, g + 1
	}
	g++
	not := g < len(glob) && glob[g] == '!'
	if not {
		g++
	}
	in := false
	for first := true; g < len(glob) && (glob[g] != ']' || first && !not); first = false {
		if g+2 < len(glob) && glob[g+1] == '-' && glob[g+2] != ']' {
			in = in || glob[g] <= c && c <= glob[g+2]
			g += 3
			continue
		}
		in = in || glob[g] == c
		g++
	}
	return in != not, g + 1
}

// compareGlobs orders globs: the more general ones first.
func compareGlobs(a, b string) int {
	as, bs := strings.Split(cleanPath(a), "/"), strings.Split(cleanPath(b), "/")
	for i := range max(len(as), len(bs)) {
		switch {
		case i >= len(as):
			return -1
		case i >= len(bs):
			return 1
		case (as[i] == "**") != (bs[i] == "**"):
			if as[i] == "**" {
				return -1
			}
			return 1
		}
		if d := cmp.Compare(specials(bs[i]), specials(as[i])); d != 0 {
			return d
		}
	}
	return strings.Compare(a, b)
}

func specials(s string) int {
	return strings.Count(s, "*") + strings.Count(s, "?") + strings.Count(s, "[")
}

package api

import (
	"fmt"
	"strconv"
	"strings"
)

// maxPath is the length of the longest path, in bytes.
const maxPath = 1000

// lookup finds a value in JSON by a path such as data.items[0].name, $["a b"],
// items[-1] (the last), or a JSON Pointer such as /data/items/0. Items count
// from 0. found is false when the path leads nowhere; the error says that it
// is no path.
func lookup(v any, path string) (value any, found bool, err error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, false, err
	}
	for _, step := range steps {
		switch in := v.(type) {
		case map[string]any:
			v, found = in[step.name]
			if !found || step.index && !step.pointer {
				return nil, false, nil
			}
		case []any:
			i, err := strconv.Atoi(step.name)
			if !step.index || err != nil {
				return nil, false, nil
			}
			if i < 0 && !step.pointer {
				i += len(in)
			}
			if i < 0 || i >= len(in) {
				return nil, false, nil
			}
			v = in[i]
		default:
			return nil, false, nil
		}
	}
	return v, true, nil
}

// pathStep is a member's name or an item's number.
type pathStep struct {
	name    string
	index   bool // it may number an item
	pointer bool // of a JSON Pointer, where numbers may be names
}

func parsePath(path string) ([]pathStep, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPath)
	}
	if strings.HasPrefix(path, "/") {
		var out []pathStep
		for _, part := range strings.Split(path[1:], "/") {
			out = append(out, pathStep{name: strings.NewReplacer("~1", "/", "~0", "~").Replace(part), index: true, pointer: true})
		}
		return out, nil
	}
	rest := strings.TrimPrefix(path, "$")
	var out []pathStep
	for first := true; rest != ""; first = false {
		if rest[0] == '[' {
			step, after, err := bracket(rest)
			if err != nil {
				return nil, err
			}
			out, rest = append(out, step), after
			continue
		}
		if rest[0] == '.' {
			rest = rest[1:]
			if rest == "" && first {
				return out, nil // "." is all of it
			}
			if strings.HasPrefix(rest, "[") {
				continue
			}
		} else if !first {
			return nil, fmt.Errorf("expected . or [ before %q", clip(rest, 40))
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, fmt.Errorf("a name is missing before %q", clip(rest, 40))
		}
		out, rest = append(out, pathStep{name: rest[:end]}), rest[end:]
	}
	return out, nil
}

// bracket reads [0], [-1], ["name"] or ['name'] from the beginning of a path.
func bracket(s string) (step pathStep, rest string, err error) {
	if len(s) > 1 && (s[1] == '"' || s[1] == '\'') {
		end := strings.IndexByte(s[2:], s[1])
		if end < 0 || !strings.HasPrefix(s[2+end+1:], "]") {
			return step, "", fmt.Errorf("the name in %q has no end", clip(s, 40))
		}
		return pathStep{name: s[2 : 2+end]}, s[2+end+2:], nil
	}
	inside, rest, ok := strings.Cut(s[1:], "]")
	if _, err := strconv.Atoi(inside); !ok || err != nil {
		return step, "", fmt.Errorf("expected a number or a quoted name in brackets at %q", clip(s, 40))
	}
	return pathStep{name: inside, index: true}, rest, nil
}

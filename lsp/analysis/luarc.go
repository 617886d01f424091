package analysis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// luarc is what is read of a .luarc.json.
type luarc struct {
	globals, disable, library, ignoreDir, path []string
	severity                                   map[string]string
}

// WithLuarc returns c with what the text of a .luarc.json in a folder adds. Both
// ways of writing its keys are understood, {"runtime": {"path": …}} and
// {"runtime.path": …}; comments are passed over. What has a value that it cannot have is in
// Faults. A text that is no JSON changes nothing and is an error.
func (c *Config) WithLuarc(folder string, text []byte) (*Config, error) {
	return c.withLuarc(folder, ".luarc.json", text)
}

// withLuarc is WithLuarc of a file of a name.
func (c *Config) withLuarc(folder, file string, text []byte) (*Config, error) {
	var keys map[string]json.RawMessage
	whole := string(text)
	text = withoutComments(text)
	if err := json.Unmarshal(text, &keys); err != nil {
		return c, atLine(text, err)
	}
	var rc luarc
	n := *c
	n.Faults = slices.Clip(c.Faults)
	fault := func(key, want string) {
		start, end := quoted(text, key)
		n.Faults = append(n.Faults, SettingFault{filepath.Join(folder, file), whole, start, end, key + ": want " + want})
	}
	sections := map[string]map[string]json.RawMessage{}
	for _, name := range []string{"diagnostics", "workspace", "runtime"} {
		var section map[string]json.RawMessage
		if raw := keys[name]; raw != nil && json.Unmarshal(raw, &section) != nil {
			fault(name, "an object")
		}
		sections[name] = section
	}
	for _, o := range []struct {
		section, name string
		list          *[]string // or severities
	}{
		{"diagnostics", "globals", &rc.globals}, {"diagnostics", "disable", &rc.disable}, {"diagnostics", "severity", nil},
		{"workspace", "library", &rc.library}, {"workspace", "ignoreDir", &rc.ignoreDir}, {"runtime", "path", &rc.path},
	} {
		dotted := o.section + "." + o.name
		for _, way := range []struct {
			key string
			raw json.RawMessage
		}{{o.name, sections[o.section][o.name]}, {dotted, keys[dotted]}, {"Lua." + dotted, keys["Lua."+dotted]}} {
			var list []string
			var severity map[string]string
			switch {
			case way.raw == nil:
			case o.list == nil && json.Unmarshal(way.raw, &severity) == nil:
				rc.severity = severity
			case o.list == nil:
				fault(way.key, "an object of texts")
			case json.Unmarshal(way.raw, &list) == nil:
				*o.list = list
			default:
				fault(way.key, "a list of texts")
			}
		}
	}
	n.Globals = append(slices.Clone(c.Globals), rc.globals...)
	n.Severity = maps.Clone(c.Severity)
	if n.Severity == nil {
		n.Severity = map[string]string{}
	}
	n.Rules = slices.Clip(c.Rules)
	note := func(code, severity string) {
		n.Severity[code] = severity
		start, end := quoted(text, code)
		n.Rules = append(n.Rules, RuleSetting{Path: filepath.Join(folder, file), Text: whole, Start: start, End: end, Name: code, Value: severity})
	}
	for _, code := range slices.Sorted(maps.Keys(rc.severity)) {
		note(code, rc.severity[code])
	}
	for _, code := range rc.disable {
		note(code, "off")
	}
	n.IgnoreDirs = slices.Clone(c.IgnoreDirs)
	for _, name := range rc.ignoreDir {
		// Patterns with slashes are those of another server, and not understood.
		if name = strings.Trim(name, "/"); name != "" && !strings.Contains(name, "/") {
			n.IgnoreDirs = append(n.IgnoreDirs, name)
		}
	}
	n.Library = slices.Clone(c.Library)
	for _, l := range rc.library {
		l = strings.NewReplacer("${workspaceFolder}", folder, "${workspace}", folder).Replace(l)
		if strings.Contains(l, "${") {
			continue // a folder of another server's addons
		}
		if !filepath.IsAbs(l) {
			l = filepath.Join(folder, l)
		}
		n.Library = append(n.Library, filepath.Clean(l))
	}
	for _, p := range rc.path {
		if strings.Contains(p, "?") {
			n.ModulePath = append(slices.Clip(n.ModulePath), p)
		}
	}
	return &n, nil
}

// atLine says in which line of a JSON text an error is.
func atLine(text []byte, err error) error {
	var at *json.SyntaxError
	if !errors.As(err, &at) {
		return errors.New("it is no JSON object")
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(int(at.Offset), len(text))], []byte("\n")), err)
}

// withoutComments replaces // and /* */ comments by blanks, and commas before a
// closing bracket: editors let people write them.
func withoutComments(text []byte) []byte {
	out := slices.Clone(text)
	comma := -1
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '"':
			comma = -1
			for i++; i < len(out) && out[i] != '"'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
		case c == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
		case c == '/' && i+1 < len(out) && out[i+1] == '*':
			end := strings.Index(string(out[i+2:]), "*/")
			stop := len(out)
			if end >= 0 {
				stop = i + 2 + end + 2
			}
			for ; i < stop; i++ {
				out[i] = ' '
			}
			i--
		case c == ',':
			comma = i
		case c == ']' || c == '}':
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			comma = -1
		}
	}
	return out
}

// quoted is where a name stands in quotes, from quote to quote; the first line if it is
// written otherwise.
func quoted(text []byte, name string) (start, end int) {
	want := strconv.Quote(name)
	if start = strings.Index(string(text), want); start < 0 {
		return 0, 0
	}
	return start, start + len(want)
}

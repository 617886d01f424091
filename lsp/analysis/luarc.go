package analysis

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// luarc is what is read of a .luarc.json.
type luarc struct {
	Diagnostics struct {
		Globals  []string          `json:"globals"`
		Disable  []string          `json:"disable"`
		Severity map[string]string `json:"severity"`
	} `json:"diagnostics"`
	Workspace struct {
		Library   []string `json:"library"`
		IgnoreDir []string `json:"ignoreDir"`
	} `json:"workspace"`
	Runtime struct {
		Path []string `json:"path"`
	} `json:"runtime"`
}

// WithLuarc returns c with what the text of a .luarc.json in a folder adds. Both
// ways of writing its keys are understood, {"runtime": {"path": …}} and
// {"runtime.path": …}; comments are passed over. A text that is no JSON changes
// nothing and is an error.
func (c *Config) WithLuarc(folder string, text []byte) (*Config, error) {
	return c.withLuarc(folder, ".luarc.json", text)
}

// withLuarc is WithLuarc of a file of a name.
func (c *Config) withLuarc(folder, file string, text []byte) (*Config, error) {
	var keys map[string]json.RawMessage
	whole := string(text)
	text = withoutComments(text)
	if err := json.Unmarshal(text, &keys); err != nil {
		return c, err
	}
	var rc luarc
	if err := json.Unmarshal(text, &rc); err != nil {
		return c, err
	}
	for key, into := range map[string]any{
		"diagnostics.globals":  &rc.Diagnostics.Globals,
		"diagnostics.disable":  &rc.Diagnostics.Disable,
		"diagnostics.severity": &rc.Diagnostics.Severity,
		"workspace.library":    &rc.Workspace.Library,
		"workspace.ignoreDir":  &rc.Workspace.IgnoreDir,
		"runtime.path":         &rc.Runtime.Path,
	} {
		for _, key := range []string{key, "Lua." + key} {
			if raw, ok := keys[key]; ok {
				if err := json.Unmarshal(raw, into); err != nil {
					return c, err
				}
			}
		}
	}
	n := *c
	n.Globals = append(slices.Clone(c.Globals), rc.Diagnostics.Globals...)
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
	for _, code := range slices.Sorted(maps.Keys(rc.Diagnostics.Severity)) {
		note(code, rc.Diagnostics.Severity[code])
	}
	for _, code := range rc.Diagnostics.Disable {
		note(code, "off")
	}
	n.IgnoreDirs = slices.Clone(c.IgnoreDirs)
	for _, name := range rc.Workspace.IgnoreDir {
		// Patterns with slashes are those of another server, and not understood.
		if name = strings.Trim(name, "/"); name != "" && !strings.Contains(name, "/") {
			n.IgnoreDirs = append(n.IgnoreDirs, name)
		}
	}
	n.Library = slices.Clone(c.Library)
	for _, l := range rc.Workspace.Library {
		l = strings.NewReplacer("${workspaceFolder}", folder, "${workspace}", folder).Replace(l)
		if strings.Contains(l, "${") {
			continue // a folder of another server's addons
		}
		if !filepath.IsAbs(l) {
			l = filepath.Join(folder, l)
		}
		n.Library = append(n.Library, filepath.Clean(l))
	}
	for _, p := range rc.Runtime.Path {
		if strings.Contains(p, "?") {
			n.ModulePath = append(slices.Clip(n.ModulePath), p)
		}
	}
	return &n, nil
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

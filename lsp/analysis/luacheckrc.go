package analysis

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// luacheckStds are the globals that luacheck's standards have beyond those of Lua.
func luacheckStds() map[string][]string {
	return map[string][]string{
		"luajit":     {"jit", "bit"},
		"ngx_lua":    {"jit", "bit", "ngx", "ndk"},
		"love":       {"jit", "bit", "love"},
		"busted":     {"describe", "insulate", "expose", "it", "pending", "before_each", "after_each", "lazy_setup", "lazy_teardown", "strict_setup", "strict_teardown", "setup", "teardown", "context", "spec", "test", "finally", "spy", "mock", "stub", "match", "assert", "randomize"},
		"rockspec":   {"rockspec_format", "package", "version", "description", "supported_platforms", "dependencies", "external_dependencies", "source", "build"},
		"luacheckrc": {"global", "unused", "redefined", "unused_args", "unused_secondaries", "self", "compat", "allow_defined", "allow_defined_top", "module", "globals", "read_globals", "new_globals", "new_read_globals", "not_globals", "ignore", "enable", "only", "std", "max_line_length", "max_code_line_length", "max_string_line_length", "max_comment_line_length", "max_cyclomatic_complexity", "quiet", "color", "codes", "ranges", "formatter", "cache", "jobs", "files", "stds", "exclude_files", "include_files"},
	}
}

// LuacheckGlobals returns the globals that one of luacheck's standards, or several joined
// by +, has beyond those of Lua.
func LuacheckGlobals(std string) []string {
	var list []string
	all := luacheckStds()
	for part := range strings.SplitSeq(std, "+") {
		list = append(list, all[part]...)
	}
	return list
}

// WithLuacheckrc returns c with what the text of a .luacheckrc adds: globals, what is
// ignored, files that are left out. It is Lua, which is not run: only assignments of
// literals count, at the top or in a table that is returned, and what else it says is
// passed over. A text that is no Lua changes nothing and is an error.
func (c *Config) WithLuacheckrc(text []byte) (*Config, error) {
	tree := syntax.Parse(string(text))
	if errs := tree.Errors(); len(errs) > 0 {
		line, _ := syntax.NewLines(string(text)).Position(errs[0].Start, syntax.UTF8)
		return c, fmt.Errorf("line %d: %w", line+1, errors.New(errs[0].Message))
	}
	n := *c
	n.Globals, n.Exclude, n.Ignore, n.Severity = slices.Clone(c.Globals), slices.Clone(c.Exclude), slices.Clone(c.Ignore), maps.Clone(c.Severity)
	if n.Severity == nil {
		n.Severity = map[string]string{}
	}
	rc := luacheckrc{&n, tree}
	for stat := range tree.Children(tree.First(tree.Root())) {
		switch tree.Kind(stat) {
		case syntax.AssignStat:
			value := tree.First(tree.Child(stat, 1))
			for target := range tree.Children(tree.First(stat)) {
				if tree.Kind(target) == syntax.Name && value != syntax.None {
					rc.option(tree.NameOf(target), value)
				}
				value = tree.Next(value)
			}
		case syntax.ReturnStat:
			for field := range tree.Children(tree.First(tree.First(stat))) {
				if tree.Kind(field) == syntax.NameField {
					rc.option(tree.NameOf(tree.First(field)), tree.Child(field, 1))
				}
			}
		}
	}
	return &n, nil
}

type luacheckrc struct {
	c    *Config
	tree *syntax.Tree
}

func (rc luacheckrc) option(name string, value syntax.Node) {
	c, off := rc.c, rc.tree.Kind(value) == syntax.False
	switch name {
	case "globals", "read_globals", "new_globals", "new_read_globals":
		c.Globals = append(c.Globals, rc.names(value)...)
	case "std":
		if std, ok := rc.tree.String(value); ok {
			c.Globals = append(c.Globals, LuacheckGlobals(std)...)
		}
	case "ignore":
		c.Ignore = append(c.Ignore, rc.names(value)...)
	case "exclude_files":
		c.Exclude = append(c.Exclude, rc.names(value)...)
	case "global":
		rc.switchOff(off, "1")
	case "unused":
		rc.switchOff(off, "2", "3")
	case "redefined":
		rc.switchOff(off, "4")
	case "unused_args":
		rc.switchOff(off, "212", "312")
	case "allow_defined", "allow_defined_top":
		rc.switchOff(rc.tree.Kind(value) == syntax.True, "111")
	}
}

func (rc luacheckrc) switchOff(off bool, codes ...string) {
	if off {
		rc.c.Ignore = append(rc.c.Ignore, codes...)
	}
}

// names are the strings in a table, and its keys that are names; of a string itself.
func (rc luacheckrc) names(value syntax.Node) []string {
	t := rc.tree
	if s, ok := t.String(value); ok {
		return []string{s}
	}
	var out []string
	if t.Kind(value) != syntax.Table {
		return nil
	}
	for field := range t.Children(value) {
		switch t.Kind(field) {
		case syntax.PosField:
			if s, ok := t.String(t.First(field)); ok {
				out = append(out, s)
			}
		case syntax.NameField:
			out = append(out, t.NameOf(t.First(field)))
		case syntax.KeyField:
			if s, ok := t.String(t.First(field)); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// Ignores tells whether a finding with one of the codes, about variables with the names,
// is one of Ignore.
func (c *Config) Ignores(codes, names []string) bool {
	return slices.ContainsFunc(c.Ignore, func(entry string) bool {
		code, name, both := strings.Cut(entry, "/")
		if !both && !isLuacheckCode(code) {
			code, name = "", entry
		}
		code = strings.TrimSuffix(strings.TrimLeft(code, "WE"), ".*")
		if code != "" && !slices.ContainsFunc(codes, func(have string) bool { return isLuacheckCode(have) && strings.HasPrefix(have, code) }) {
			return false
		}
		if name == "" {
			return code != ""
		}
		name = strings.TrimPrefix(strings.TrimSuffix(name, "$"), "^")
		begin, open := strings.CutSuffix(name, ".*")
		return slices.ContainsFunc(names, func(have string) bool { return have == name || open && strings.HasPrefix(have, begin) })
	})
}

// isLuacheckCode tells whether a text is a code, or the beginning of one: 2, 21, W211.
func isLuacheckCode(s string) bool {
	s = strings.TrimSuffix(strings.TrimLeft(s, "WE"), ".*")
	if s == "" || len(s) > 3 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

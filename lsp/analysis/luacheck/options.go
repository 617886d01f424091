package luacheck

import (
	"strings"
)

// options is one layer of options: those of a file, of files[…], or of a comment.
type options struct {
	flags map[string]bool // without a value: global, unused, no unused args
	std   *std            // nil: none is named
	globals, readGlobals,
	newGlobals, newReadGlobals *fields // nil: not given
	notGlobals           []string
	ignore, enable, only []pattern
	onlyGiven            bool
}

// std is a value of the option std.
type std struct {
	names []string // of a text: those between the +
	table *custom  // of a table
	// added: it is added to that of the layers below, +name.
	added bool
}

// custom are globals that the settings define as a standard.
type custom struct{ globals, readGlobals *fields }

// flags are the options that are true or false.
func flags() []string {
	return []string{"global", "unused", "redefined", "unused_args", "unused_secondaries", "self", "compat", "allow_defined", "allow_defined_top", "module"}
}

// lists are the options that are lists, in files and comments.
func lists() []string {
	return []string{"globals", "read_globals", "new_globals", "new_read_globals", "not_globals", "ignore", "enable", "only"}
}

// limits are the options that are numbers.
func limits() []string {
	return []string{"max_line_length", "max_code_line_length", "max_string_line_length", "max_comment_line_length", "max_cyclomatic_complexity"}
}

// InlineOptions are the options that comments can have, as they are written there.
func InlineOptions() []string {
	names := []string{"std", "push", "pop"}
	for _, name := range lists() {
		names = append(names, strings.ReplaceAll(name, "_", " "))
	}
	for _, name := range flags() {
		name = strings.ReplaceAll(name, "_", " ")
		names = append(names, name, "no "+name)
	}
	return names
}

// macros are the warnings that a flag stands for; the narrower ones come first.
func macros() [][2]string {
	return [][2]string{{"unused_args", "21[23]"}, {"global", "1"}, {"unused", "[23]"}, {"redefined", "4"}}
}

// Verdict is what options say of a warning.
type Verdict uint8

// The verdicts.
const (
	// Default: they do not name it.
	Default Verdict = iota
	// Disabled: it is not wanted.
	Disabled
	// Enabled: it is asked for.
	Enabled
)

// Stack is what options say together, those behind over those before. nil says nothing.
type Stack struct {
	layers []*options
	stds   map[string]*custom
	root   *node           // of globals
	gone   map[string]bool // globals and fields that not_globals names: "os.exit"
}

// newStack lays options over others.
func newStack(stds map[string]*custom, layers []*options) *Stack {
	if len(layers) == 0 {
		return nil
	}
	s := &Stack{layers: layers, stds: stds, root: &node{}, gone: map[string]bool{}}
	s.settle()
	return s
}

// with lays more options over it.
func (s *Stack) with(stds map[string]*custom, more ...*options) *Stack {
	if len(more) == 0 {
		return s
	}
	var layers []*options
	if s != nil {
		layers = s.layers
	}
	return newStack(stds, append(layers[:len(layers):len(layers)], more...))
}

// Flag tells whether an option that is true or false is on; with is what it is if no
// layer says.
func (s *Stack) Flag(name string, with bool) bool {
	if s == nil {
		return with
	}
	for i := len(s.layers) - 1; i >= 0; i-- {
		if v, ok := s.layers[i].flags[name]; ok {
			return v
		}
	}
	return with
}

// Judge says whether a warning with a code ("211") about a name, or "", is wanted. known is
// a name of the same warning in another list, which ignore may give as it is; or "".
func (s *Stack) Judge(code, name, known string) Verdict {
	if s == nil {
		return Default
	}
	j := judge{code: code, name: name, known: known}
	used := map[string]bool{}
	for i := len(s.layers) - 1; i >= 0; i-- {
		o := s.layers[i]
		for _, m := range macros() {
			on, ok := o.flags[m[0]]
			if !ok || used[m[0]] {
				continue
			}
			used[m[0]] = true
			p, err := newPattern(m[1])
			if err == nil && j.rule([]pattern{p}, on, !on, false) {
				return j.verdict
			}
		}
		if j.rule(o.ignore, false, true, false) || o.onlyGiven && j.rule(o.only, false, false, true) || j.rule(o.enable, true, false, false) {
			return j.verdict
		}
	}
	return j.verdict
}

// judge goes through rules, those that say most first.
type judge struct {
	code, name, known        string
	enabledCode, enabledName bool
	verdict                  Verdict
}

// rule applies one rule, and tells whether it decides. What is enabled cannot be disabled
// by a rule that comes later.
func (j *judge) rule(list []pattern, enable, disable, only bool) (decided bool) {
	one := false
	for _, p := range list {
		fitsCode, hasCode, fitsName, hasName := p.match(j.code, j.name)
		if j.code == "" { // one of no other checker
			fitsCode, fitsName = false, p.source == anything || p.source == j.known
		}
		fits := (!hasCode || fitsCode) && (!hasName || fitsName) && (fitsCode || fitsName)
		if !fits && disable && j.known != "" && p.source == j.known {
			fits = true
		}
		one = one || fits
		switch {
		case enable:
			j.enabledCode, j.enabledName = j.enabledCode || hasCode && fitsCode, j.enabledName || hasName && fitsName
			if fits && j.code != "" {
				j.verdict = Enabled
			}
			if j.enabledCode && j.enabledName {
				return true
			}
		case disable:
			if fits && !j.enabledCode && !j.enabledName {
				j.verdict = Disabled
				return true
			}
		}
	}
	if only && j.code != "" {
		if !one && !(j.enabledCode || j.enabledName) {
			j.verdict = Disabled
			return true
		}
		j.verdict = Enabled
	}
	return false
}

// anything is the pattern of an ignore without any.
const anything = ".*"

// splitStd reads a value of std.
func splitStd(text string) *std {
	s := &std{}
	parts := strings.Split(text, "+")
	if len(parts) > 1 && strings.TrimSpace(parts[0]) == "" {
		s.added, parts = true, parts[1:]
	}
	for _, p := range parts {
		s.names = append(s.names, strings.TrimSpace(p))
	}
	return s
}

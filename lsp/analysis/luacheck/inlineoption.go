package luacheck

import (
	"slices"
	"strconv"
	"strings"
)

// withoutNotes takes out what stands in parentheses.
func withoutNotes(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var out strings.Builder
	depth, from := 0, 0
	for i := range len(s) {
		switch {
		case s[i] == '(':
			if depth == 0 {
				out.WriteString(s[from:i])
				from = i
			}
			depth++
		case s[i] == ')' && depth > 0:
			if depth--; depth == 0 {
				out.WriteByte(' ')
				from = i + 1
			}
		}
	}
	out.WriteString(s[from:])
	return out.String()
}

// inline reads one option of a comment: its name is as many words as there are in one.
func (o *options) inline(words []string, stds map[string]*custom) (fault string) {
	name, end := "", 0
	so := ""
	for i, w := range words {
		if so != "" {
			so += "_"
		}
		so += w
		if plain := strings.TrimPrefix(so, "no_"); so == "std" || slices.Contains(lists(), so) || slices.Contains(flags(), plain) || slices.Contains(limits(), plain) {
			name, end = so, i+1
		}
	}
	rest := words[end:]
	plain, no := strings.CutPrefix(name, "no_")
	switch {
	case name == "":
		if len(words) == 0 {
			return "the comment names no option"
		}
		return "there is no option " + strconv.Quote(strings.Join(words, " ")) + " in comments"
	case name == "std":
		if len(rest) != 1 {
			return "std takes one value"
		}
		o.std = splitStd(rest[0])
		for _, s := range o.std.names {
			if !knownStd(s, stds) {
				fault = "there is no standard " + strconv.Quote(s)
			}
		}
		return fault
	case slices.Contains(lists(), name):
		return o.inlineList(name, rest)
	case slices.Contains(flags(), plain):
		if len(rest) > 0 {
			return strings.ReplaceAll(name, "_", " ") + " takes no value"
		}
		if o.flags == nil {
			o.flags = map[string]bool{}
		}
		o.flags[plain] = !no
		return ""
	}
	return "" // a limit, of which there are no findings
}

func (o *options) inlineList(name string, words []string) (fault string) {
	var patterns []pattern
	switch name {
	case "ignore", "enable", "only":
		if len(words) == 0 && name == "ignore" {
			words = []string{anything}
		}
		for _, w := range words {
			p, err := newPattern(w)
			if err != nil {
				fault = name + ": " + strconv.Quote(w) + " is not read: " + err.Error()
				continue
			}
			patterns = append(patterns, p)
		}
	}
	switch f := (&fields{names: words}); name {
	case "globals":
		o.globals = f
	case "read_globals":
		o.readGlobals = f
	case "new_globals":
		o.newGlobals = f
	case "new_read_globals":
		o.newReadGlobals = f
	case "not_globals":
		o.notGlobals = words
	case "ignore":
		o.ignore = patterns
	case "enable":
		o.enable = patterns
	case "only":
		o.only, o.onlyGiven = patterns, true
	}
	return fault
}

package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// captures are the types of what a pattern of Lua captures: strings, and integers for
// places. Not ok: the pattern is malformed, or has too many.
func captures(pattern string) (list []types.Type, ok bool) {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '%':
			i++
			if i < len(pattern) && pattern[i] == 'b' {
				i += 2
			}
			if i >= len(pattern) {
				return nil, false
			}
		case '[':
			end := setEnd(pattern, i+1)
			if end < 0 {
				return nil, false
			}
			i = end
		case '(':
			if strings.HasPrefix(pattern[i:], "()") {
				list = append(list, types.Integer)
				i++
				continue
			}
			depth++
			list = append(list, types.String)
		case ')':
			if depth--; depth < 0 {
				return nil, false
			}
		}
	}
	return list, depth == 0 && len(list) <= maxElements
}

// setEnd returns where the set ends that begins before a place of a pattern, -1 if it
// does not.
func setEnd(pattern string, at int) int {
	if at < len(pattern) && pattern[at] == '^' {
		at++
	}
	for first := true; at < len(pattern); at++ {
		switch {
		case pattern[at] == ']' && !first:
			return at
		case pattern[at] == '%':
			at++
		}
		first = false
	}
	return -1
}

// capturesOf are the captures of the pattern that a function of the string library is
// given; not ok if they are not known.
func (u *unit) capturesOf(s site) (list []types.Type, ok bool) {
	at := 1
	if s.colon {
		at = 0
	}
	if at >= len(s.args) {
		return nil, false
	}
	l, ok := u.typeOf(s.args[at]).(*types.Literal)
	if !ok {
		return nil, false
	}
	pattern, ok := l.Value.(string)
	if !ok {
		return nil, false
	}
	return captures(pattern)
}

// matched are the values that string.match or string.find gives if it finds something.
func (u *unit) matched(s site, name string) (values, bool) {
	list, ok := u.capturesOf(s)
	if !ok {
		return values{}, false
	}
	if name == "string.match" {
		if len(list) == 0 {
			list = []types.Type{types.String}
		}
		return values{list: list}, true
	}
	plain := 3
	if s.colon {
		plain = 2
	}
	found := []types.Type{types.Integer, types.Integer}
	if plain < len(s.args) {
		switch truthy(u.typeOf(s.args[plain])) {
		case always:
			return values{list: found}, true
		case maybe:
			return values{}, false
		}
	}
	return values{list: append(found, list...)}, true
}

// anyMatch are the values that string.match or string.find gives if it finds something
// with a pattern that is not known.
func anyMatch(name string) values {
	v := values{more: types.Join(types.String, types.Integer)}
	if name == "string.find" {
		v.list = []types.Type{types.Integer, types.Integer}
	}
	return v
}

// gmatched is the iterator that string.gmatch gives.
func (u *unit) gmatched(s site) (*types.Func, bool) {
	list, ok := u.capturesOf(s)
	if !ok {
		return nil, false
	}
	if len(list) == 0 {
		list = []types.Type{types.String}
	}
	f := &types.Func{Special: gmatchIterator}
	for _, t := range list {
		f.Results = append(f.Results, types.Result{Type: optional(t)})
	}
	return f, true
}

// gmatchIterator is the Special of what string.gmatch gives: while it finds something
// none of its results is nil.
const gmatchIterator = "string.gmatch iterator"

// replacer is the function that string.gsub takes for a pattern.
func (u *unit) replacer(s site) (*types.Func, bool) {
	list, ok := u.capturesOf(s)
	if !ok {
		return nil, false
	}
	if len(list) == 0 {
		list = []types.Type{types.String}
	}
	f := &types.Func{Results: []types.Result{{Type: types.Any}}}
	for _, t := range list {
		f.Params = append(f.Params, types.Parameter{Name: "capture", Type: t})
	}
	return f, true
}

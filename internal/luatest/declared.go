package luatest

import (
	"iter"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// declared are the functions that statements of a file declare or assign, tests or not.
func declared(t *syntax.Tree) iter.Seq[Function] {
	return func(yield func(Function) bool) {
		for stat := range t.Children(t.First(t.Root())) {
			if !ofStatement(t, stat, yield) {
				return
			}
		}
	}
}

// ofStatement yields the functions of a statement; it is false if no more are wanted.
func ofStatement(t *syntax.Tree, stat syntax.Node, yield func(Function) bool) bool {
	switch t.Kind(stat) {
	case syntax.FuncStat, syntax.LocalFunc:
		if name := called(t, t.First(stat)); name != "" {
			return yield(Function{Name: name, Start: t.Start(stat), End: t.End(stat)})
		}
	case syntax.LocalStat, syntax.AssignStat: // of one value to one name
		names := t.First(stat)
		values := t.Next(names)
		if only(t, names) && only(t, values) {
			return ofValue(t, called(t, t.First(names)), stat, t.First(values), yield)
		}
	case syntax.ReturnStat:
		values := t.First(stat)
		if only(t, values) && t.Kind(t.First(values)) == syntax.Table {
			return ofValue(t, Returned, stat, t.First(values), yield)
		}
	}
	return true
}

// ofValue yields the function that a value is, or those in the constructor that it is. The
// value is called name; at is the statement or field that gives it this name.
func ofValue(t *syntax.Tree, name string, at, value syntax.Node, yield func(Function) bool) bool {
	switch {
	case name == "":
	case t.Kind(value) == syntax.Function:
		return yield(Function{Name: name, Start: t.Start(at), End: t.End(at)})
	case t.Kind(value) == syntax.Table && !strings.Contains(name, ":"):
		for field := range t.Children(value) {
			if t.Kind(field) != syntax.NameField {
				continue
			}
			key := t.First(field)
			last := called(t, key)
			if last != "" && !ofValue(t, name+"."+last, field, t.Next(key), yield) {
				return false
			}
		}
	}
	return true
}

// called is how what a name stands for is called: without blanks; "" if the name does not
// consist of nothing but names.
func called(t *syntax.Tree, n syntax.Node) string {
	if !complete(t, n) {
		return ""
	}
	return strings.Join(strings.Fields(t.Source(n)), "")
}

// only tells whether a list has one element.
func only(t *syntax.Tree, list syntax.Node) bool {
	return list != syntax.None && t.First(list) != syntax.None && t.Next(t.First(list)) == syntax.None
}

// complete tells whether a name consists of nothing but names.
func complete(t *syntax.Tree, n syntax.Node) bool {
	switch t.Kind(n) {
	case syntax.Name:
		return t.Start(n) < t.End(n)
	case syntax.Index, syntax.Method:
		prefix := t.First(n)
		return complete(t, prefix) && complete(t, t.Next(prefix)) && !strings.Contains(t.Source(n), "--")
	}
	return false
}

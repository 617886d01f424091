// Package luatest knows which functions of a Lua file are tests. A test is a function that
// a statement of the file itself declares or assigns, and whose name is test, or begins with
// test or Test and goes on with _, a digit or a capital letter: test_add, M.testAdd,
// Suite:test_add. It is called by that name after the file has run, without arguments (but
// a method gets self), and fails if it raises an error.
//
// The language server, the debugger and `llmspell test` agree by this package. It knows
// no protocol, and runs nothing.
package luatest

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// FileSuffix ends the names of files with tests.
const FileSuffix = "_test.lua"

// Function is a test function of a file.
type Function struct {
	Name       string // as it is called at the end of the file: "test_add", "M.test_add", "Suite:test_add"
	Start, End int    // its statement, as offsets in bytes
}

// IsName tells whether a function of a name, without what stands before it, is a test.
func IsName(name string) bool {
	rest, ok := strings.CutPrefix(name, "test")
	if !ok {
		rest, ok = strings.CutPrefix(name, "Test")
	}
	return ok && (rest == "" || rest[0] == '_' || rest[0] >= 'A' && rest[0] <= 'Z' || rest[0] >= '0' && rest[0] <= '9')
}

// Functions lists the test functions of a file in their order. Of several of one name the
// last is meant, as it is when the name is called.
func Functions(t *syntax.Tree) []Function {
	var out []Function
	for stat := range t.Children(t.First(t.Root())) {
		name := TestOf(t, stat)
		if name == "" {
			continue
		}
		out = slices.DeleteFunc(out, func(f Function) bool { return f.Name == name })
		out = append(out, Function{Name: name, Start: t.Start(stat), End: t.End(stat)})
	}
	return out
}

// WithCall returns the text of a file with a call of one of its functions at its end.
// It is false if no statement of the file declares or assigns such a function.
func WithCall(t *syntax.Tree, function string) (string, bool) {
	function = strings.Join(strings.Fields(function), "")
	for stat := range t.Children(t.First(t.Root())) {
		if name, _ := declared(t, stat); name != "" && name == function {
			return AppendCall(t, function), true
		}
	}
	return "", false
}

// AppendCall returns the text of a file with a call at its end of whatever a name means
// there. Lines keep their numbers; the call stands in a line behind the last one, or
// before the file's return.
func AppendCall(t *syntax.Tree, function string) string {
	text := t.Text()
	if at := CallStart(t); at < len(text) {
		return text[:at] + function + "() " + text[at:]
	}
	return text + "\n" + function + "()\n"
}

// CallStart is where the call begins in the text that AppendCall returns, as an offset in
// bytes: where the file's return begins, or else behind the line break at the file's end.
func CallStart(t *syntax.Tree) int {
	last := syntax.None
	for stat := range t.Children(t.First(t.Root())) {
		last = stat
	}
	if last != syntax.None && t.Kind(last) == syntax.ReturnStat {
		return t.Start(last)
	}
	return len(t.Text()) + 1
}

// TestOf is the name of the test function that a statement of a file declares or assigns,
// as it is called; "" if it is none.
func TestOf(t *syntax.Tree, stat syntax.Node) string {
	if name, last := declared(t, stat); IsName(last) {
		return name
	}
	return ""
}

// declared is the name of the function that a statement declares or assigns, as it is
// called, and the last part of it; "" if there is none.
func declared(t *syntax.Tree, stat syntax.Node) (name, last string) {
	n := syntax.None
	switch t.Kind(stat) {
	case syntax.FuncStat, syntax.LocalFunc:
		n = t.First(stat)
	case syntax.LocalStat, syntax.AssignStat: // of one function expression to one name
		names := t.First(stat)
		values := t.Next(names)
		if only(t, names) && only(t, values) && t.Kind(t.First(values)) == syntax.Function {
			n = t.First(names)
		}
	}
	if n == syntax.None || !complete(t, n) {
		return "", ""
	}
	name = strings.Join(strings.Fields(t.Source(n)), "")
	return name, name[strings.LastIndexAny(name, ".:")+1:]
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

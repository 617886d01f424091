package luatest

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// WithCall returns the text of a file with a call of one of its functions behind its end.
// It is false if no statement of the file declares or assigns such a function.
func WithCall(t *syntax.Tree, function string) (string, bool) {
	function = strings.Join(strings.Fields(function), "")
	for f := range declared(t) {
		if f.Name == function {
			return AppendCall(t, function), true
		}
	}
	return "", false
}

// AppendCall returns the text of a file with a call of whatever a name means at its end, in
// a line behind the last one. Lines keep their numbers. What the file returns is worked
// out before the call, and kept in a local: so the call comes after all that the file does.
func AppendCall(t *syntax.Tree, function string) string {
	text := t.Text()
	ret := finalReturn(t)
	if ret == syntax.None {
		return text + "\n" + function + "()\n"
	}
	before, rest := text[:t.Start(ret)], text[t.Start(ret)+len(Returned):]
	if t.First(ret) == syntax.None {
		return before + "do end" + rest + "\n" + function + "() return\n"
	}
	local := "returned"
	if path, ok := strings.CutPrefix(function, Returned+"."); ok {
		function = local + "." + path
	} else {
		for head(function) == local { // which the call means is another
			local += "_"
		}
	}
	return before + "local " + local + " =" + rest + "\n" + function + "() return " + local + "\n"
}

// Returns tells whether a file returns something at its end.
func Returns(t *syntax.Tree) bool {
	ret := finalReturn(t)
	return ret != syntax.None && t.First(ret) != syntax.None
}

// finalReturn is the statement that ends a file, if that is a return.
func finalReturn(t *syntax.Tree) syntax.Node {
	last := syntax.None
	for stat := range t.Children(t.First(t.Root())) {
		last = stat
	}
	if last != syntax.None && t.Kind(last) == syntax.ReturnStat {
		return last
	}
	return syntax.None
}

// head is the first name of a path.
func head(function string) string {
	name, _, _ := strings.Cut(function, ".")
	name, _, _ = strings.Cut(name, ":")
	return name
}

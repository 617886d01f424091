// Package luatest knows which functions of a Lua file are tests. A test is a function that
// a statement of the file itself declares or assigns, alone or as a field of a table's
// constructor, and whose name is test, or begins with test or Test and goes on with _, a
// digit or a capital letter: test_add, M.testAdd, Suite:test_add. The file may also return
// the constructor: then it is return.test_add. A test is called by that name after the
// file has run, without arguments (but a method gets self), and fails if it raises an error.
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

// Returned begins the names of functions in the table that a file returns.
const Returned = "return"

// Function is a test function of a file.
type Function struct {
	Name       string // as it is called at the end of the file: "test_add", "M.test_add", "Suite:test_add", "return.test_add"
	Start, End int    // its statement or field, as offsets in bytes
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
	for f := range declared(t) {
		if !IsName(f.Name[strings.LastIndexAny(f.Name, ".:")+1:]) {
			continue
		}
		out = slices.DeleteFunc(out, func(earlier Function) bool { return earlier.Name == f.Name })
		out = append(out, f)
	}
	return out
}

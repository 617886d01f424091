package dap

import (
	"fmt"
	"os"
	"strings"

	"github.com/llmspell/llmspell/internal/luatest"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// isFunctionName tells whether a text can stand before the parentheses of a call: names
// with dots, the last of which may be a method.
func isFunctionName(text string) bool {
	path, method, isMethod := strings.Cut(text, ":")
	if isMethod && !isName(method) {
		return false
	}
	for name := range strings.SplitSeq(path, ".") {
		if !isName(name) {
			return false
		}
	}
	return true
}

// isName tells whether a text is a name of Lua's, or one of its words.
func isName(text string) bool {
	for i, c := range []byte(text) {
		switch {
		case c == '_', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', i > 0 && c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return text != ""
}

// checkFunction checks the attribute function.
func (a *launchArguments) checkFunction() error {
	switch {
	case a.Function == "":
		return nil
	case !isFunctionName(a.Function):
		return badArguments("function %.140q is no name of a function: give one such as \"test_add\", \"M.test_add\" or \"Suite:test_add\"", a.Function)
	case a.Console != "" && a.Console != "internalConsole":
		return badArguments("function and console %q exclude each other: a script in a terminal is run as it is; leave one of them out", a.Console)
	}
	return nil
}

// withCall is the text of the script with a call of a function at its end, where the
// script's locals can be seen. What an operator has not let scripts read, is not read.
func (r *run) withCall(function string) (*string, error) {
	read := func(path string) ([]byte, error) { return os.ReadFile(path) }
	if r.box != nil {
		read = func(path string) ([]byte, error) { return r.box.ReadFile(r.ctx, path) }
	}
	data, err := read(r.args.Program)
	if err != nil {
		return nil, fmt.Errorf("read the script: %w", err)
	}
	tree := syntax.Parse(string(data))
	if strings.HasPrefix(function, luatest.Returned+".") && !luatest.Returns(tree) {
		return nil, fmt.Errorf("there is no function %s: the script returns no table", function)
	}
	text := luatest.AppendCall(tree, function)
	return &text, nil
}

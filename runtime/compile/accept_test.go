package compile_test

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// gopherAccepts tells whether gopher-lua compiles the source. It panics on
// some broken sources, which counts as refusal.
func gopherAccepts(source string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	tree, err := parse.Parse(strings.NewReader(source), "src")
	if err != nil {
		return false
	}
	_, err = lua.Compile(tree, "src")
	return err == nil
}

// exceptions are sources that gopher-lua accepts and that are refused here with
// PUC Lua's message.
var exceptions = []struct{ source, message string }{
	{"x = {1,,2}", "unexpected symbol near ','"},
	{"x = {1;,2}", "unexpected symbol near ','"},
	{"(f())", "syntax error near '<eof>'"},
	{"local nothing(f())", "syntax error near"},
	{"x = '\\300'", "escape sequence too large"},
	{"x = 1e", "malformed number near '1e'"},
	{"if x == 0then y() end", "malformed number near '0then'"},
	{"x = .5.5", "malformed number near '.5.5'"},
	{"(f)\n(1)", "ambiguous syntax (function call x new statement) near '('"},
}

func TestExceptions(t *testing.T) {
	for _, e := range exceptions {
		if !gopherAccepts(e.source) {
			t.Errorf("gopher-lua refuses %q: no exception", e.source)
		}
		if msg := message(e.source, "=src"); !strings.Contains(msg, e.message) {
			t.Errorf("%q: %q does not hold %q", e.source, msg, e.message)
		}
	}
}

// refused tells whether a message is one of the exceptions'.
func refused(msg string) bool {
	for _, reason := range []string{"unexpected symbol near ','", "unexpected symbol near ';'", "syntax error near", "malformed number", "escape sequence too large", "ambiguous syntax"} {
		if strings.Contains(msg, reason) {
			return true
		}
	}
	return false
}

// agrees fails the test if gopher-lua accepts what we refuse without a reason.
func agrees(t testing.TB, source string) {
	t.Helper()
	msg := message(source, "=src")
	if msg != "" && !refused(msg) && gopherAccepts(source) {
		t.Errorf("gopher-lua accepts it, we do not: %s\n%s", msg, clip(source))
	}
}

func TestAcceptsWhatGopherAccepts(t *testing.T) {
	for name, source := range scripts(t) {
		if msg := message(source, "@"+name); msg != "" {
			t.Error(msg)
		}
		agrees(t, source)
	}
	for seed := range int64(100) {
		source := generated(seed)
		if msg := message(source, "=generated"); msg != "" {
			t.Errorf("seed %d: %s", seed, msg)
		}
	}
	for _, source := range broken {
		agrees(t, source)
	}
}

// TestAcceptsMutations cuts and thins real programs at every byte.
func TestAcceptsMutations(t *testing.T) {
	n := 0
	for name, source := range scripts(t) {
		if len(source) > 700 {
			continue
		}
		n++
		t.Run(name[strings.LastIndex(name, "/")+1:], func(t *testing.T) {
			t.Parallel()
			for i := range len(source) {
				agrees(t, source[:i])
				agrees(t, source[:i]+source[i+1:])
			}
		})
	}
	if n < 10 {
		t.Errorf("only %d scripts are short enough", n)
	}
}

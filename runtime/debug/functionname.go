package debug

import (
	"path"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// functionName is the name of a function breakpoint, in all the ways in which
// it can be read: "a:b" is a method, or the function b of the file a.
type functionName struct {
	text  string
	reads []functionReading
}

// functionReading is one of them. In Lua names the separators are slashes, so
// that a `*` stays within a part of the name.
type functionReading struct {
	file string // "": any
	lua  string
}

// parseFunctionName fails for bad patterns.
func parseFunctionName(text string) (functionName, error) {
	n := functionName{text: text, reads: []functionReading{{"", slashed(text)}}}
	for i, c := range text {
		if c == ':' && i > 0 {
			n.reads = append(n.reads, functionReading{filepath.ToSlash(text[:i]), slashed(text[i+1:])})
		}
	}
	_, err := path.Match(n.reads[0].lua, "")
	return n, err
}

// slashed separates the parts of a name by slashes.
func slashed(name string) string { return strings.NewReplacer(".", "/", ":", "/").Replace(name) }

// isPattern tells whether the name can stand for several functions.
func (n functionName) isPattern() bool { return strings.ContainsAny(n.text, "*?[") }

// declares tells whether the name is that of a function's declaration. key is
// that of the function's source.
func (n functionName) declares(key string, fn *compile.Function) bool {
	if fn.Name == "" {
		return false
	}
	name := slashed(fn.Name)
	for _, r := range n.reads {
		if ok, _ := path.Match(r.lua, name); ok && (r.file == "" || isFile(r.file, key, fn.Chunk)) {
			return true
		}
	}
	return false
}

// isFile tells whether file is the name of a chunk, or the last parts of its path.
func isFile(file, key string, c *compile.Chunk) bool {
	for _, whole := range []string{strings.TrimLeft(c.Name, "@="), key} {
		if whole = filepath.ToSlash(whole); whole == file || strings.HasSuffix(whole, "/"+file) {
			return true
		}
	}
	return false
}

// globalFunction finds a function by its path in the globals, without
// metamethods; nil if there is none.
func globalFunction(L *lua.LState, n functionName) *lua.LFunction {
	var v lua.LValue = L.G.Global
	for _, part := range strings.Split(n.reads[0].lua, "/") {
		t, ok := v.(*lua.LTable)
		if !ok {
			return nil
		}
		v = t.RawGetString(part)
	}
	fn, _ := v.(*lua.LFunction)
	return fn
}

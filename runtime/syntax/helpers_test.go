package syntax_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// env is enough to compile.
var env = &compile.Env{TrapMeta: &lua.LTable{Metatable: lua.LNil}, Concat: &lua.LFunction{IsG: true}}

// compiled returns the error of runtime/compile for a file's text, nil if there is
// none. Limits of the virtual machine are no errors of the syntax.
func compiled(t testing.TB, text string) *compile.SyntaxError {
	t.Helper()
	_, err := compile.Compile(text, "=src", env)
	if err == nil {
		return nil
	}
	var se *compile.SyntaxError
	if !errors.As(err, &se) {
		t.Fatalf("compile: %v", err)
	}
	if strings.Contains(se.Message, " has more than ") || strings.Contains(se.Message, "too many variables") ||
		strings.Contains(se.Message, "too complex") || strings.Contains(se.Message, "control structure too long") {
		t.Skip(se.Message)
	}
	return se
}

// gopherAccepts tells whether gopher-lua compiles a text.
func gopherAccepts(text string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	tree, err := parse.Parse(strings.NewReader(text), "src")
	if err != nil {
		return false
	}
	_, err = lua.Compile(tree, "src")
	return err == nil
}

// scripts returns the texts of all Lua files of testdata by name.
func scripts(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir("../../testdata", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".lua" {
			var data []byte
			data, err = os.ReadFile(path)
			out[path] = string(data)
		}
		return err
	})
	if err != nil || len(out) < 50 {
		t.Fatalf("%d scripts in testdata: %v", len(out), err)
	}
	return out
}

// generated returns the generated program of a seed.
func generated(seed int64) string {
	opts := luagen.All()
	opts.Size = 20 + int(seed)%80
	return luagen.Program(seed, opts)
}

// first returns the first error of a tree, "" if there is none.
func first(tree *syntax.Tree) string {
	if e := tree.Errors(); len(e) > 0 {
		return e[0].Message
	}
	return ""
}

// sameVerdict fails the test if runtime/compile accepts a text and the parser does
// not, or the other way round.
func sameVerdict(t testing.TB, text string) *syntax.Tree {
	t.Helper()
	tree := syntax.Parse(text)
	err := compiled(t, text)
	switch {
	case err == nil && len(tree.Errors()) > 0:
		t.Errorf("compile accepts it, the parser does not: %v\n%s", tree.Errors()[0], short(text))
	case err != nil && len(tree.Errors()) == 0:
		t.Errorf("the parser accepts it, compile does not: %v\n%s", err, short(text))
	}
	return tree
}

func short(s string) string {
	if len(s) > 3000 {
		return s[:3000] + "…"
	}
	return s
}

// dump writes a tree as nested lists, a leaf with its text.
func dump(t *syntax.Tree, n syntax.Node) string {
	if n == syntax.None {
		return "none"
	}
	var b strings.Builder
	write(&b, t, n)
	return b.String()
}

func write(b *strings.Builder, t *syntax.Tree, n syntax.Node) {
	b.WriteString(kindNames[t.Kind(n)])
	switch t.Kind(n) {
	case syntax.Name, syntax.Number, syntax.String:
		fmt.Fprintf(b, " %s", t.Source(n))
		return
	case syntax.Binary, syntax.Unary:
		fmt.Fprintf(b, "%s", t.TokenText(t.Token(n)))
	}
	if t.First(n) == syntax.None {
		return
	}
	b.WriteByte('(')
	for c := range t.Children(n) {
		if c != t.First(n) {
			b.WriteString(", ")
		}
		write(b, t, c)
	}
	b.WriteByte(')')
}

var kindNames = map[syntax.Kind]string{
	syntax.Invalid: "Invalid", syntax.Chunk: "Chunk", syntax.Block: "Block", syntax.LocalStat: "Local", syntax.LocalFunc: "LocalFunc",
	syntax.FuncStat: "Func", syntax.AssignStat: "Assign", syntax.CallStat: "CallStat", syntax.DoStat: "Do", syntax.WhileStat: "While",
	syntax.RepeatStat: "Repeat", syntax.IfStat: "If", syntax.IfClause: "Clause", syntax.ElseIfClause: "ElseIf", syntax.ElseClause: "Else",
	syntax.NumericFor: "NumericFor", syntax.GenericFor: "GenericFor", syntax.ReturnStat: "Return", syntax.BreakStat: "Break",
	syntax.GotoStat: "Goto", syntax.LabelStat: "Label", syntax.BadStat: "Bad", syntax.NameList: "Names", syntax.ExprList: "Exprs",
	syntax.FuncBody: "Body", syntax.Params: "Params", syntax.Name: "", syntax.Vararg: "...", syntax.Nil: "nil", syntax.True: "true",
	syntax.False: "false", syntax.Number: "", syntax.String: "", syntax.Function: "Function", syntax.Index: "Index",
	syntax.IndexKey: "IndexKey", syntax.Method: "Method", syntax.Call: "Call", syntax.Args: "Args", syntax.Table: "Table",
	syntax.PosField: "Pos", syntax.NameField: "Field", syntax.KeyField: "Key", syntax.Binary: "", syntax.Unary: "unary ",
	syntax.Paren: "Paren", syntax.Missing: "?",
}

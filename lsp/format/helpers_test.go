package format_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/format"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/syntax"
)

var env = &compile.Env{TrapMeta: &lua.LTable{Metatable: lua.LNil}, Concat: &lua.LFunction{IsG: true}}

// scripts returns the texts of all Lua files of testdata that are right, by name.
func scripts(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir("../../testdata", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".lua" {
			var data []byte
			if data, err = os.ReadFile(path); err == nil && len(syntax.Parse(string(data)).Errors()) == 0 {
				out[path] = string(data)
			}
		}
		return err
	})
	if err != nil || len(out) < 50 {
		t.Fatalf("%d scripts in testdata: %v", len(out), err)
	}
	return out
}

// mess gives a text other white space between its tokens.
func mess(text string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 7))
	tree := syntax.Parse(text)
	var b strings.Builder
	tokens := tree.Tokens()
	for i, tok := range tokens {
		if i > 0 {
			last := tokens[i-1]
			gap := []string{" ", " ", " ", "  ", "\t", "\n", "\n   ", "\n\n\n\t ", "\r\n", "", ""}[r.IntN(11)]
			switch {
			case last.Kind == syntax.Comment && strings.ContainsAny(text[last.End:tok.Start], "\r\n"):
				gap = "\n"
			case last.Kind == syntax.RightParen && tok.Kind == syntax.LeftParen && strings.ContainsAny(gap, "\r\n"):
				gap = " "
			case gap == "" && text[last.End:tok.Start] != "":
				gap = " "
			case tok.Kind == syntax.Comment && gap == "":
				gap = " "
			}
			b.WriteString(gap)
		}
		b.WriteString(tree.TokenText(i))
	}
	return b.String()
}

// variants are options that differ in everything.
func variants() []format.Options {
	d := format.Default()
	var out []format.Options
	out = append(out, d)
	a := d
	a.Indent, a.Quotes, a.TrailingCommas, a.BlankLines, a.LineWidth, a.EndOfLine = "tabs", "double", "never", 0, 40, "lf"
	out = append(out, a)
	b := d
	b.IndentSize, b.Quotes, b.TrailingCommas, b.BlankLines, b.LineWidth, b.EndOfLine, b.SpaceInBraces, b.FinalNewline = 4, "single", "keep", 2, 0, "crlf", false, false
	out = append(out, b)
	c := d
	c.LineWidth, c.Quotes = 1, "single"
	return append(out, c)
}

// words returns the tokens of a text with what formatting may change made alike:
// quotes, commas before }, spaces at the end of comments.
func words(text string) (out []string) {
	tree := syntax.Parse(text)
	for i, tok := range tree.Tokens() {
		s := tree.TokenText(i)
		switch tok.Kind {
		case syntax.Comment:
			s = strings.TrimRight(s, " \t\v\f")
		case syntax.StringToken:
			if q := tree.QuoteOf(i); !q.Long() {
				s = "'" + text[q.Start:q.End]
			}
		case syntax.RightBrace:
			last := len(out) - 1
			for last > 0 && strings.HasPrefix(out[last], "--") {
				last--
			}
			if out[last] == "," || out[last] == ";" {
				out = append(out[:last], out[last+1:]...)
			}
		}
		out = append(out, s)
	}
	return out
}

// check formats a text and fails the test if something gets lost. It returns what
// came out.
func check(t testing.TB, text string, opts format.Options) string {
	t.Helper()
	got, err := format.Source(text, opts)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if a, b := strings.Join(words(text), "\x00"), strings.Join(words(got), "\x00"); a != b {
		t.Fatalf("the tokens differ:\n%s\n---\n%s", text, got)
	}
	if again, err := format.Source(got, opts); err != nil || again != got {
		t.Fatalf("formatted again it is another (%v, %+v): %s\n%s\n---\n%s", err, opts, difference(got, again), text, got)
	}
	if a, b := gopherCode(text), gopherCode(got); a != b && a != "error" { // it refuses some that are right
		t.Fatalf("gopher-lua compiles it to something else: %s\n%s\n---\n%s", difference(a, b), text, got)
	}
	if a, b := ourCode(t, text), ourCode(t, got); a != b {
		t.Fatalf("runtime/compile compiles it to something else: %s\n%s\n---\n%s", difference(a, b), text, got)
	}
	return got
}

// gopherCode returns gopher-lua's code for a text, without lines, or why there is none.
func gopherCode(text string) (code string) {
	defer func() {
		if r := recover(); r != nil {
			code = "panic"
		}
	}()
	chunk, err := parse.Parse(strings.NewReader(runtime.FileSource(text)), "src")
	if err != nil {
		return "error"
	}
	proto, err := lua.Compile(chunk, "src")
	if err != nil {
		return "error"
	}
	var b strings.Builder
	var write func(p *lua.FunctionProto)
	write = func(p *lua.FunctionProto) {
		fmt.Fprintln(&b, p.NumParameters, p.NumUpvalues, p.IsVarArg, p.Code, fmt.Sprintf("%q", p.Constants))
		for _, child := range p.FunctionPrototypes {
			write(child)
		}
	}
	write(proto)
	return b.String()
}

// ourCode returns the code of runtime/compile without lines: as the instructions
// that can be reached, in the order in which they are, without the slots that
// lines give.
func ourCode(t testing.TB, text string) string {
	c, err := compile.Compile(runtime.FileSource(text), "=src", env)
	if err != nil {
		return err.(*compile.SyntaxError).Message
	}
	var b strings.Builder
	for _, fn := range c.Functions {
		p := fn.Proto
		fmt.Fprintln(&b, p.NumParameters, p.NumUpvalues, p.IsVarArg, fmt.Sprintf("%q", p.Constants[1:]))
		w := &walker{code: p.Code, ids: map[int]int{}, out: &b}
		w.visit(0)
	}
	return b.String()
}

type walker struct {
	code []uint32
	ids  map[int]int
	out  *strings.Builder
}

// visit writes the instructions from pc on that are not written yet.
func (w *walker) visit(pc int) {
	todo := []int{pc}
	for len(todo) > 0 {
		pc := w.resolve(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		for pc < len(w.code) {
			if id, ok := w.ids[pc]; ok {
				fmt.Fprintln(w.out, "goto", id)
				break
			}
			w.ids[pc] = len(w.ids)
			i := w.code[pc]
			op := compile.Opcode(i)
			a, x, y := compile.Operands(i)
			next := w.resolve(pc + 1)
			switch op {
			case lua.OP_FORLOOP, lua.OP_FORPREP:
				fmt.Fprintln(w.out, op, a)
				todo = append(todo, pc+1+int(i&0x3ffff)-0x1ffff)
			case lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TESTSET, lua.OP_TFORLOOP:
				fmt.Fprintln(w.out, op, a, x, y)
				todo = append(todo, pc+2)
			case lua.OP_LOADBOOL:
				fmt.Fprintln(w.out, op, a, x, y)
				if y != 0 {
					next = w.resolve(pc + 2)
				}
			case lua.OP_TAILCALL: // a plain call if it spans lines and calls a library function
				fmt.Fprintln(w.out, lua.OP_CALL, a, x, 0)
			case lua.OP_RETURN:
				fmt.Fprintln(w.out, op, a, x)
				next = len(w.code)
			default:
				fmt.Fprintln(w.out, op, a, x, y)
			}
			pc = next
		}
	}
}

// resolve follows jumps and what does nothing.
func (w *walker) resolve(pc int) int {
	for range len(w.code) {
		if pc < 0 || pc >= len(w.code) {
			return len(w.code)
		}
		switch i := w.code[pc]; compile.Opcode(i) {
		case lua.OP_NOP:
			pc++
		case lua.OP_JMP:
			pc += 1 + int(i&0x3ffff) - 0x1ffff
		default:
			return pc
		}
	}
	return pc
}

// generated returns the generated program of a seed.
func generated(seed int64) string {
	opts := luagen.All()
	opts.Size = 20 + int(seed)%60
	return luagen.Program(seed, opts)
}

// difference shows where two texts begin to differ.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %q and %q, after %q", i, x[i], y[i], x[max(0, i-3):i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

package luagen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/puc"
	"github.com/yuin/gopher-lua/parse"

	lua "github.com/yuin/gopher-lua"
)

// compile fails the test if gopher-lua cannot compile the program.
func compile(t *testing.T, program string) {
	t.Helper()
	chunk, err := parse.Parse(strings.NewReader(program), "program.lua")
	if err != nil {
		t.Fatalf("gopher-lua does not parse the program: %v\n%s", err, program)
	}
	if _, err := lua.Compile(chunk, "program.lua"); err != nil {
		t.Fatalf("gopher-lua does not compile the program: %v\n%s", err, program)
	}
}

// run executes the program under PUC Lua and fails the test on any error. Output
// beyond what a bounded program can print fails it too.
func run(t *testing.T, program string) string {
	t.Helper()
	out, err := puc.Run(t, program)
	if err != nil {
		t.Fatalf("%v\n%s", err, program)
	}
	if len(out) > 4<<20 {
		t.Fatalf("the program printed %d bytes\n%s", len(out), program)
	}
	for _, bad := range []string{"0x", "inf", "nan", "table: ", "function: ", "e+"} {
		if strings.Contains(out, bad) {
			t.Errorf("the output holds %q\n%s", bad, program)
		}
	}
	return out
}

func TestProgramsRun(t *testing.T) {
	for seed := range int64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			opts := All()
			opts.Size = 20 + int(seed)%120
			program := Program(seed, opts)
			compile(t, program)
			if out := run(t, program); out == "" {
				t.Errorf("the program printed nothing\n%s", program)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	marks := map[string]struct {
		set  func(*Options)
		text string // what only this option writes
	}{
		"Assignments": {func(o *Options) { o.Assignments = true }, "n1, n2 = n2, n1"},
		"Coroutines":  {func(o *Options) { o.Coroutines = true }, "coroutine."},
		"Errors":      {func(o *Options) { o.Errors = true }, "pcall("},
		"Metatables":  {func(o *Options) { o.Metatables = true }, "setmetatable("},
		"Closures":    {func(o *Options) { o.Closures = true }, "(x)"},
		"Varargs":     {func(o *Options) { o.Varargs = true }, "..."},
		"Strings":     {func(o *Options) { o.Strings = true }, ":upper()"},
		"MultiLine":   {func(o *Options) { o.MultiLine = true }, ",\n"},
	}
	const seeds = 25
	for name, mark := range marks {
		t.Run(name, func(t *testing.T) {
			var opts Options
			mark.set(&opts)
			var with, without strings.Builder
			for seed := range int64(seeds) {
				program := Program(seed, opts)
				compile(t, program)
				if seed < 5 {
					run(t, program)
				}
				with.WriteString(program)
				without.WriteString(Program(seed, Options{}))
			}
			if !strings.Contains(with.String(), mark.text) {
				t.Errorf("no program with the option holds %q", mark.text)
			}
			if strings.Contains(without.String(), mark.text) {
				t.Errorf("a program without options holds %q", mark.text)
			}
		})
	}
}

// Over a few seeds every kind of statement must occur; a generator that lost
// one would still pass the other tests.
func TestVariety(t *testing.T) {
	var all strings.Builder
	for seed := range int64(60) {
		all.WriteString(Program(seed, All()))
	}
	text := all.String()
	for _, want := range []string{
		"while ", "repeat\n", "until ", " in ipairs(", " in pairs(", "break end", "elseif ", "else\n", "local function ",
		"function m_", "return f_", "select(\"#\", ...)", "unpack(", "pcall(", "xpcall(", "error({", "error((", ", 2)",
		"coroutine.create(", "coroutine.wrap(", "coroutine.yield(", "coroutine.status(", "coroutine.resume(",
		":add(", ":total(", ".new(", ":copy()", "table.insert(", "table.remove(", "table.sort(", ":gsub(", "string.format(",
		"[[", " and\n", ",\n", "not ", "do local x", "_loop(n - 1", "..., ", "... }", "%d", ":rep(",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no program holds %q", want)
		}
	}
}

func TestSameSeedSameProgram(t *testing.T) {
	for seed := range int64(20) {
		first, again := Program(seed, All()), Program(seed, All())
		if first != again {
			t.Errorf("seed %d gives two programs", seed)
		}
	}
	if Program(1, All()) == Program(2, All()) {
		t.Error("seeds 1 and 2 give the same program")
	}
}

func TestSize(t *testing.T) {
	small, large := All(), All()
	small.Size, large.Size = 10, 200
	for seed := range int64(10) {
		s, l := len(Program(seed, small)), len(Program(seed, large))
		if s >= l {
			t.Errorf("seed %d: size 10 gives %d bytes, size 200 gives %d", seed, s, l)
		}
	}
}

func FuzzFromBytes(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{0})
	f.Add([]byte("any text makes a program of some kind or another"))
	for seed := range 20 {
		data := make([]byte, 20*seed)
		c := newRandom(int64(seed))
		for i := range data {
			data[i] = byte(c.pick(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		program := FromBytes(data)
		compile(t, program)
		run(t, program)
	})
}

package compile_test

import (
	"errors"
	"testing"

	"github.com/llmspell/llmspell/runtime/compile"
)

// seeds gives a fuzz target the broken sources and the scripts of testdata.
func seeds(f *testing.F) {
	for _, source := range broken {
		f.Add(source)
	}
	for _, source := range scripts(f) {
		f.Add(source)
	}
}

// FuzzCompile: any input gives a chunk that holds together or a *SyntaxError.
func FuzzCompile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, source string) {
		c, err := compile.Compile(source, "=fuzz", env())
		if err != nil {
			var se *compile.SyntaxError
			if !errors.As(err, &se) || se.Line < 1 || se.Chunk != "fuzz" || se.Message == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		for _, fn := range c.Functions {
			if len(fn.Proto.Code) != len(fn.Proto.DbgSourcePositions) {
				t.Fatal("the tables of a function differ in length")
			}
			for _, s := range fn.Slots {
				if fn.SlotAt(s.Pc) != s {
					t.Fatal("a slot is lost")
				}
			}
			if fn.Disassemble() == "" {
				t.Fatal("a function without code")
			}
		}
	})
}

// FuzzAgainstGopher: what gopher-lua accepts is accepted, with the exceptions
// of TestExceptions.
func FuzzAgainstGopher(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 20_000 {
			return
		}
		agrees(t, source)
	})
}

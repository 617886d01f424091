package debug_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

// disassemble is the code from the address on up to where the function ends.
func (s *session) disassemble(address uint64) (code []debug.Instruction) {
	s.t.Helper()
	for {
		part, err := s.e.Disassemble(context.Background(), address, 0, 50)
		s.do(err)
		for _, i := range part {
			if i.Invalid {
				return code
			}
			code = append(code, i)
		}
		address += 50
	}
}

const addressBits = 20 // a function's addresses begin at multiples of 1<<20

func functionStart(address uint64) uint64 { return address &^ (1<<addressBits - 1) }

func TestDisassembleText(t *testing.T) {
	s := breakAt(t, `
local limit, name = 3, "x\n" .. limit
local t = {1, 2, n = limit}
local function f(self, ...)
  limit = -self.n + #name
  return f(...), not self
end
for i = 1, limit do t[i] = i * 2 end
for k, v in pairs(t) do print(k, v ~= nil) end
if t.n == limit then t:method(1) end
while limit > 0 do limit = limit - 1 end
`, 1)
	s.stopped(debug.ReasonBreakpoint, 1)
	at := s.frames(1)[0].Address
	start := functionStart(at)
	var text strings.Builder
	for _, i := range append(s.disassemble(start), s.disassemble(start+1<<addressBits)...) {
		fmt.Fprintf(&text, "%s|%d|%s\n", i.Symbol, i.Line, i.Text)
	}
	for _, want := range []string{
		`main chunk\|1\|LOADK R0 3`,
		`\|1\|LOADK R\d "x\\n"`,
		`\|1\|GETGLOBAL R\d "limit"`,
		`\|1\|LOADK R\d concat`,
		`\|2\|SETTABLEKS R2 "n" R0  ; R0=limit`,
		`\|2\|SETLIST R2 2 1`,
		`\|6\|CLOSURE R3 f  ; R3=f`,
		`\|6\|  upvalue R0  ; R0=limit`,
		`\|7\|FORPREP R4 0x[0-9a-f]+`,
		`\|7\|MUL R8 R7 2  ; R7=i`,
		`\|7\|FORLOOP R4 0x[0-9a-f]+`,
		`\|8\|CALL R\d arguments=1 results=3  ; calls pairs`,
		`\|8\|TFORLOOP R\d 2`,
		`\|8\|  back 0x[0-9a-f]+`,
		`\|8\|LOADBOOL R\d+ false 0x[0-9a-f]+`,
		`\|9\|EQ false R\d R0  ; R0=limit`,
		`\|9\|JMP 0x[0-9a-f]+`,
		`\|9\|SELF R4 R2 "method"  ; R2=t`,
		`\|9\|CALL R4 arguments=2 results=0  ; calls :method`,
		`\|10\|LT false 0 R0`,
		`\|10\|RETURN R0 values=0`,
		`f\|4\|GETTABLEKS R\d R0 "n"  ; R0=self`,
		`\|4\|UNM R\d R\d`,
		`\|4\|GETUPVAL R\d U\d  ; U\d=name`,
		`\|4\|LEN R\d R\d`,
		`\|4\|SETUPVAL R\d U0  ; U0=limit`,
		`\|5\|VARARG R\d values=\.\.\.`,
		`\|5\|NOT R\d R0  ; R0=self`,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(text.String()) {
			t.Errorf("no line %s", want)
		}
	}
	if t.Failed() {
		t.Log(text.String())
	}
	if first := s.disassemble(start)[0]; first.Symbol != "main chunk" || first.Source.Path != s.file || len(first.Bytes) != 8 || first.Address != start {
		t.Errorf("the first instruction is %+v", first)
	}
}

func TestDisassembleRange(t *testing.T) {
	s := breakAt(t, "local a = 1\nprint(a)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	at := s.frames(1)[0].Address
	size := len(s.disassemble(functionStart(at)))
	for _, c := range []struct {
		address uint64
		offset  int
		count   int
		valid   int
	}{
		{at, 0, 1, 1}, {at, 0, 0, 0}, {at, -1, 2, 2}, {functionStart(at), -50, 100, min(size, 50)}, {at, -400, 800, size},
		{functionStart(at), size, 10, 0}, {0, 0, 10, 0}, {5, -100, 10, 0}, {0, -1 << 63, 10, 0}, {1<<64 - 1, 1<<63 - 1, 10, 0},
		{at, -10_000, 10_000, int(at - functionStart(at))},
	} {
		got, err := s.e.Disassemble(context.Background(), c.address, c.offset, c.count)
		s.do(err)
		valid := 0
		for i, in := range got {
			if !in.Invalid {
				valid++
			}
			if i > 0 && in.Address != got[i-1].Address+1 {
				t.Fatalf("%+v: %d follows %d", c, in.Address, got[i-1].Address)
			}
		}
		if len(got) != c.count || valid != c.valid {
			t.Errorf("%+v: %d entries, %d valid", c, len(got), valid)
		}
		if c.offset == -1 && got[1].Address != at {
			t.Errorf("offset -1: the second entry is at %d, not %d", got[1].Address, at)
		}
	}
	for _, count := range []int{-1, 10_001} {
		if _, err := s.e.Disassemble(context.Background(), at, 0, count); err == nil {
			t.Errorf("%d instructions without an error", count)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.e.Disassemble(ctx, at, 0, 10)
	wantError(t, err, context.Canceled)
	s.finish("1\n")
}

func TestDisassembleScripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/*.lua")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, string(text), debug.Options{StopOnEntry: true})
			s.run()
			x := <-s.stops
			if x.Reason != debug.ReasonEntry {
				t.Fatalf("stopped for %s", x.Reason)
			}
			start := functionStart(s.frames(1)[0].Address)
			functions, instructions := 0, 0
			for code := s.disassemble(start); len(code) > 0; code = s.disassemble(start) {
				functions++
				instructions += len(code)
				for i, in := range code {
					if in.Address != start+uint64(i) || (in.Symbol != "") != (i == 0) || in.Line < 1 || in.Text == "" || in.Source.Path != s.file {
						t.Fatalf("instruction %d: %+v", i, in)
					}
					if strings.Contains(in.Text, "OP") && strings.Fields(in.Text)[0] != "NOP" && strings.HasPrefix(in.Text, "OP") {
						t.Errorf("an opcode without a name: %s", in.Text)
					}
				}
				if last := code[len(code)-1].Text; !strings.HasPrefix(last, "RETURN") {
					t.Errorf("%s ends with %s", code[0].Symbol, last)
				}
				start += uint64(len(code)+1<<addressBits-1) &^ (1<<addressBits - 1)
			}
			if functions == 0 || instructions < functions {
				t.Errorf("%d functions, %d instructions", functions, instructions)
			}
		})
	}
}

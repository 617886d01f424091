package compile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/compile"
)

// same fails the test if arming every slot, or trapping every instruction, too,
// changes what a program prints.
func same(t *testing.T, source, path string) {
	t.Helper()
	want, wantErr := run(t, source, path, nil)
	for _, traps := range []bool{false, true} {
		armed := slots{traps: traps}
		got, err := run(t, source, path, &armed)
		if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("armed (traps %v), it prints\n%s%v\nand disarmed\n%s%v", traps, clip(got), err, clip(want), wantErr)
		}
		if armed.count == 0 {
			t.Error("no slot was reached")
		}
	}
}

func TestArmingChangesNothing(t *testing.T) {
	for path, source := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := os.Stat(strings.TrimSuffix(path, ".lua") + ".out"); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(source, "os.clock") || strings.Contains(source, "collectgarbage") && strings.Contains(source, "count") {
				return // prints what no two runs share
			}
			if raceDetector && slices.Contains([]string{"tail_calls.lua", "tailcalls.lua", "deep_recursion.lua"}, filepath.Base(path)) {
				return // a million calls
			}
			same(t, source, path)
		})
	}
	programs := int64(100)
	if raceDetector {
		programs = 10
	}
	for seed := range programs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { same(t, generated(seed), "") })
	}
}

func TestInstancesAreIndependent(t *testing.T) {
	c := compiled(t, "local x = 1\nlocal function f()\n  return x\nend\nreturn f()\n")
	pristine := make([][]uint32, len(c.Functions))
	for i, fn := range c.Functions {
		pristine[i] = append([]uint32(nil), fn.Proto.Code...)
	}
	a, b := c.Instantiate(), c.Instantiate()
	armAll(a)
	for i, fn := range c.Functions {
		for _, s := range fn.Slots {
			if !s.Armed(a.Protos[i]) {
				t.Errorf("function %d, pc %d is not armed", i, s.Pc)
			}
			if s.Armed(b.Protos[i]) || s.Armed(fn.Proto) {
				t.Errorf("function %d, pc %d: arming reached another copy", i, s.Pc)
			}
			s.Arm(a.Protos[i], false)
		}
		for pc := range pristine[i] {
			if a.Protos[i].Code[pc] != pristine[i][pc] || fn.Proto.Code[pc] != pristine[i][pc] {
				t.Errorf("function %d, pc %d: not as it was", i, pc)
			}
		}
	}
	if a.Protos[0].FunctionPrototypes[0] != a.Protos[1] || b.Protos[0].FunctionPrototypes[0] != b.Protos[1] {
		t.Error("the copies share nested functions")
	}
}

func TestFunctions(t *testing.T) {
	c := compiled(t, "local a = 1\nfunction f(x, ...)\n  local b = x\n  return function() return b end\nend\n\nfor i = 1, 2 do\n  f(i)\nend\n")
	if len(c.Functions) != 3 || c.Main() != c.Functions[0] {
		t.Fatalf("%d functions", len(c.Functions))
	}
	for i, fn := range c.Functions {
		if fn.Index != i || fn.Chunk != c || compile.FunctionOf(fn.Proto) != fn {
			t.Errorf("function %d does not know itself", i)
		}
		if len(fn.Slots) == 0 || !fn.Slots[0].Entry || fn.Slots[0].Pc != 0 {
			t.Errorf("function %d has no slot at its entry", i)
		}
		for _, s := range fn.Slots {
			if fn.SlotAt(s.Pc) != s || fn.Line(s.Pc) != s.Line || s.Function != fn {
				t.Errorf("function %d: the slot at pc %d is not found", i, s.Pc)
			}
		}
		lines := strings.Count(fn.Disassemble(), "\n")
		if lines != len(fn.Proto.Code) || len(fn.Proto.Code) != len(fn.Proto.DbgSourcePositions) || lines != fn.RawLen()+len(fn.Slots)+stubs(fn) {
			t.Errorf("function %d: %d lines of code for %d instructions and %d slots\n%s", i, lines, fn.RawLen(), len(fn.Slots), fn.Disassemble())
		}
	}
	var lines []int
	for line := range 12 {
		if len(c.Lines()[line]) > 0 {
			lines = append(lines, line)
		}
	}
	if got := fmt.Sprint(lines); got != "[1 2 3 4 5 7 8 9]" && got != "[1 3 4 5 2 7 8 9]" {
		t.Errorf("lines with slots: %s", got)
	}
	if names := fmt.Sprint(c.Functions[1].ActiveLocals(c.Functions[1].RawLen() - 2)); !strings.Contains(names, "{x 0 ") || !strings.Contains(names, "{b 2 ") {
		t.Errorf("locals of f: %s", names)
	}
	if compile.FunctionOf(nil) != nil {
		t.Error("nil has a Function")
	}
}

// stubs counts the jumps that follow out-of-line slots.
func stubs(fn *compile.Function) int {
	n := 0
	for _, s := range fn.Slots {
		if s.Pc > lastInline(fn) {
			n++
		}
	}
	return n
}

// lastInline is the pc of the function's final instruction in raw order: stubs
// stand behind it.
func lastInline(fn *compile.Function) int {
	for pc := range fn.Proto.Code {
		if fn.RawPc(pc) == fn.RawLen()-1 && fn.SlotAt(pc) == nil {
			return pc
		}
	}
	return len(fn.Proto.Code)
}

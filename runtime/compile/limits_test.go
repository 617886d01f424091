package compile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// list joins f(1) … f(n).
func list(n int, sep string, f func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = f(i + 1)
	}
	return strings.Join(parts, sep)
}

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

func TestBigFunctions(t *testing.T) {
	strs := numbered(`"s%d"`)
	for name, c := range map[string]struct{ source, want string }{
		"many string constants": {"local t = {" + list(600, ",", strs) + "} io.write(t[1], t[255], t[256], t[257], t[600], #t)", "s1s255s256s257s600600"},
		"many names":            {list(600, "\n", numbered("v%[1]d = %[1]d")) + "\nio.write(v1 + v255 + v256 + v257 + v600)", "1369"},
		"many fields": {"local t = {}\n" + list(600, "\n", numbered("t.f%[1]d = %[1]d")) + "\nio.write(t.f1 + t.f300 + t.f600, ' ', t['f' .. 599])",
			"901 599"},
		"many fields in a constructor": {"local t = {" + list(700, ",", numbered("k%[1]d = %[1]d")) + "} io.write(t.k1 + t.k700)", "701"},
		"many methods":                 {"local t = {}\n" + list(400, "\n", numbered("function t:m%[1]d() return %[1]d end")) + "\nio.write(t:m1() + t:m400())", "401"},
		"50,000 numbers":               {"local t = {" + list(50_000, ",", numbered("%d.5")) + "} io.write(#t, ' ', t[1], ' ', t[50000])", "50000 1.5 50000.5"},
		"60,000 strings":               {"local t = {" + list(60_000, ",", strs) + "} io.write(#t, t[60000])", "60000s60000"},
		"arithmetic with far constants": {"local t = {" + list(400, ",", numbered("%d.25")) + "} local x = 3 io.write(x + 1000.5, ' ', x * 2000.5 - 7.125, ' ', tostring(x == 400.25), ' ', tostring(x < 1234.5))",
			"1003.5 5994.375 false true"},
		"for over far constants": {"local t = {" + list(400, ",", numbered("%d.25")) + "} local s = '3' for i = s, 4 do io.write(i) end for i = 1, s do io.write(i) end", "34123"},
		"200 locals":             {list(200, "\n", numbered("local v%[1]d = %[1]d")) + "\nio.write(v1 + v200)", "201"},
		"250 upvalues": {list(150, "\n", numbered("local a%[1]d = %[1]d")) + "\nlocal function outer()\n" + list(100, "\n", numbered("local b%[1]d = %[1]d")) +
			"\nreturn function() return " + list(150, "+", numbered("a%d")) + "+" + list(100, "+", numbered("b%d")) + " end end io.write(outer()())", "16375"},
		"240 arguments":                  {"io.write(select('#', " + list(240, ",", numbered("%d")) + "))", "240"},
		"a long jump":                    {"local x = 0\nfor i = 1, 2 do\nif i == 1 then\n" + strings.Repeat("x = x + 1\n", 40_000) + "end end io.write(x)", "40000"},
		"a long chain of concatenations": {"local a = 'x' io.write(#(" + list(190, "..", func(int) string { return "a" }) + "))", "190"},
		"a long sum":                     {"io.write(" + list(5_000, "+", numbered("%d")) + ")", "12502500"},
		"a long chain of calls":          {"local function f() return f end f" + strings.Repeat("()", 3_000) + " io.write('ok')", "ok"},
		"a long elseif chain":            {"local x = 3000 if x == 0 then " + list(3_000, " ", numbered("elseif x == %[1]d then io.write(%[1]d)")) + " end", "3000"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runs(t, c.source); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"201 locals":             {list(201, "\n", numbered("local v%d")), "main function has more than 200 local variables"},
		"201 locals in function": {"\nfunction f()" + list(201, " ", numbered("local v%d")) + " end", "function at line 2 has more than 200 local variables"},
		"251 upvalues": {list(150, " ", numbered("local a%d")) + " local function o() " + list(101, " ", numbered("local b%d")) + " return function() return " +
			list(150, "+", numbered("a%d")) + "+" + list(101, "+", numbered("b%d")) + " end end", "has more than 250 upvalues"},
		"260 arguments": {"f(" + list(260, ",", numbered("x%d")) + ")", "function or expression too complex"},
		"long jump":     {"while x do " + strings.Repeat("x = x + 1 ", 140_000) + "end", "control structure too long"},
	} {
		if got := message(c.source, "=src"); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	for name, nest := range map[string]func(n int) string{
		"parentheses": func(n int) string { return "x = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
		"tables":      func(n int) string { return "x = " + strings.Repeat("{", n) + strings.Repeat("}", n) },
		"blocks":      func(n int) string { return strings.Repeat("do ", n) + strings.Repeat("end ", n) },
		"functions":   func(n int) string { return strings.Repeat("function f() ", n) + strings.Repeat("end ", n) },
		"not":         func(n int) string { return "x = " + strings.Repeat("not ", n) + "1" },
		"powers":      func(n int) string { return "x = " + strings.Repeat("a^", n) + "1" },
		"ifs":         func(n int) string { return strings.Repeat("if x then ", n) + strings.Repeat("end ", n) },
		"calls":       func(n int) string { return strings.Repeat("f(", n) + strings.Repeat(")", n) },
		"targets":     func(n int) string { return strings.Repeat("a.b,", n) + "a.b = 1" },
	} {
		if msg := message(nest(60), "=src"); msg != "" {
			t.Errorf("%s nested 60 deep: %s", name, msg)
		}
		begun := time.Now()
		msg := message(nest(200_000), "=src")
		if !strings.Contains(msg, "too many syntax levels") && !strings.Contains(msg, "too complex") && !strings.Contains(msg, "too many variables") {
			t.Errorf("%s nested 200,000 deep: %.200q", name, msg)
		}
		if d := time.Since(begun); d > time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// TestLongChunkIsFast compares with gopher-lua's own compiler in one run: the
// race detector and a busy machine slow both. That one is quadratic in the number of
// constants, so a fifth of the lines takes it longer than all of them take ours, which
// would take hundreds of times as long if it were quadratic too. Ours has the quickest
// of as many turns as it needs.
func TestLongChunkIsFast(t *testing.T) {
	lines := func(n int) string {
		return list(n, "\n", numbered("function t.f%[1]d(a, b) return a + b * %[1]d end x = t.f%[1]d(%[1]d, x)"))
	}
	begun := time.Now()
	stmts, err := parse.Parse(strings.NewReader(lines(2_000)), "stock")
	if err == nil {
		_, err = lua.Compile(stmts, "stock")
	}
	if err != nil {
		t.Fatal(err)
	}
	stock := time.Since(begun)
	source, ours := lines(10_000), time.Hour
	for turn := 0; turn < 20 && ours > 4*stock; turn++ {
		begun = time.Now()
		compiled(t, source)
		ours = min(ours, time.Since(begun))
	}
	t.Logf("10,000 lines: %v; 2,000 with gopher-lua's compiler: %v", ours, stock)
	if ours > 4*stock {
		t.Errorf("10,000 lines took %v, 2,000 with gopher-lua's compiler %v", ours, stock)
	}
}

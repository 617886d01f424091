//go:build unix

package e2e

import (
	"io"
	"strings"
	"testing"
)

// typed runs a command with input, which must succeed, and returns its output.
func (w *world) typed(input string, args ...string) string {
	w.t.Helper()
	p := w.start(nil, args...)
	if _, err := io.WriteString(p.stdin, input); err != nil {
		w.t.Fatal(err)
	}
	p.stdin.Close()
	r := p.end()
	if r.code != 0 {
		w.t.Fatal(r)
	}
	return r.out
}

// A session that a REPL names is there for the next one, and for scripts.
func TestREPLSession(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for name, c := range map[string]struct{ repl, exec []string }{
		"own kernel":  {[]string{"repl"}, []string{"exec"}},
		"daemon":      {[]string{"kernel", "connect", "dev"}, []string{"exec", "--connect", "dev"}},
		"repl daemon": {[]string{"repl", "--connect", "dev"}, []string{"exec"}},
	} {
		session := []string{"--session", name}
		if out := w.typed("a = 1\n.reset\nreturn a\n", append(c.repl, session...)...); !strings.Contains(out, "1") {
			t.Errorf("%s: after .reset: %q", name, out)
		}
		if out := w.ok(append(append(c.exec, session...), "a = a + 1 return a")...); out != "2\n" {
			t.Errorf("%s: exec: %q", name, out)
		}
		if out := w.typed("return 'a is ' .. a\n", append(c.repl, session...)...); !strings.Contains(out, "a is 2") {
			t.Errorf("%s: the next: %q", name, out)
		}
		if out := w.ok("session", "list", "--name", name); strings.Count(out, name) != 1 {
			t.Errorf("sessions:\n%s", out)
		}
	}
	if out := w.ok("kernel", "status", "dev", "--format", "json"); strings.Contains(out, "own kernel") {
		t.Error(out)
	}
}

// What .save writes is a script that does what was typed, and shows what was shown.
func TestREPLSave(t *testing.T) {
	w := newWorld(t)
	typed := "a = 20\na + 1\nlocal a = 0 return a\n= a * 2\nfunction f() return 'f' end\nreturn f()\nf(\n)\nnil_value\nerror('not kept')\n"
	p := w.start(nil, "repl")
	if _, err := io.WriteString(p.stdin, typed+".save typed.lua\n"); err != nil {
		t.Fatal(err)
	}
	p.stdin.Close()
	if r := p.end(); r.code != 1 || !strings.Contains(r.out, "8 inputs written to ") {
		t.Fatal(r)
	}
	const shown = "21\n0\n40\n\"f\"\n\"f\"\nnil\n" // as the REPL has shown it
	if out := w.ok("run", "typed.lua"); out != shown {
		t.Errorf("it printed %q:\n%s", out, w.read(w.dir+"/typed.lua"))
	}
	if out := w.typed(".load typed.lua\n= a\n", "repl"); out != shown+"20\n" {
		t.Errorf(".load: %q", out)
	}
}

// Whatever was typed, the script prints what the REPL has shown, and files get the
// arguments that they were run with.
func TestREPLSaveShowsTheSame(t *testing.T) {
	w := newWorld(t)
	w.write("lib.lua", "#!/usr/bin/env llmspell\nlocal n = 3\nfrom_lib = (from_lib or 0) + n\nprint(n, #arg, arg[1], ...)\nif n then return n, nil, [==[a]] ]=]b]==] end")
	w.write("args.lua", "local names = {} for k, v in pairs(ARGS) do names[#names + 1] = type(k) .. ' ' .. k .. '=' .. v end table.sort(names)\nreturn names, {...}, #arg, arg[1]")
	inputs := []string{
		"t = {1, 2}", "#t", `#"abc" + 1`, "-#t", "not t", "string.upper('a') == 'A'", "function f(x) return x * 2, nil end", "f(21)", "(f(4))", "f(1), f(2)",
		"function none() end", "none()", "(function() return none() end)()", "nil", "f(1) f(2)", "print('printed')", "local q = 7 return q", "q", "if t then return 5 end",
		"do return end", "if t then return ... end", "for i = 1, 2 do print(i) end", "f(\n3\n) -- comment", "f(8);", "; ;", "-- nothing", ".load lib.lua", ".run lib.lua a b\"\\", "from_lib", "(t).x = 1", "= t.x",
		"return 'text', t, {1, {x = 'y'}, [true] = 0.5}", "('long '):rep(60)", "many = {} for i = 1, 60 do many[i] = 'item ' .. i end return many",
		"setmetatable({}, {__tostring = function() return 'its own text' end})", "JSON.null", "'a\"b\\nc'", "-0.5, 1e300, 2^53", "return 0/0 ~= 0/0",
		".run args.lua in.csv --mode fast --dry-run --mode=slow 7", ".load args.lua", "ARGS.mode, #arg, ARGS['1']", ".run args.lua",
		"print = nil", "Debug, select, io = nil", "f(9)", "'end'",
	}
	shown := w.typed(strings.Join(inputs, "\n")+"\n.save typed.lua\n", "repl")
	shown, _, ok := strings.Cut(shown, "47 inputs written to ")
	if !ok || !strings.Contains(shown, "3\t2\ta\ta\tb\"\\\n") || !strings.Contains(shown, `"string mode=slow"`) {
		t.Fatal(shown)
	}
	if out := w.ok("run", "typed.lua"); out != shown {
		t.Errorf("it printed\n%s\nthe REPL\n%s\nthe script\n%s", out, shown, w.read(w.dir+"/typed.lua"))
	}
}

// A step that leads out of what was typed ends with it: what is typed next does not stop.
func TestREPLStepEndsWithItsInput(t *testing.T) {
	w := newWorld(t)
	out := w.typed("function h(x)\n  return x\nend\n.break h\nh(1)\n.step\nq = 5\nreturn q\n.pause\nreturn q + 1\n.continue\nreturn q + 2\n", "repl")
	if strings.Contains(out, "step at") || !strings.Contains(out, "\n1\n5\n") || !strings.Contains(out, "\n6\n7\n") || strings.Count(out, "pause at") != 1 {
		t.Error(out)
	}
}

// A breakpoint in a file that is somewhere else says where it was looked for.
func TestREPLBreakWithoutFile(t *testing.T) {
	w := newWorld(t)
	w.write("there.lua", "print(1)\n")
	out := w.typed(".break missing.lua:1\n.break there.lua:1\n.list\n", "repl")
	if !strings.Contains(out, "breakpoint 1 at missing.lua:1: the source is not loaded; there is no file "+w.dir+"/missing.lua\n") ||
		!strings.Contains(out, "breakpoint 2 at there.lua:1\n") {
		t.Error(out)
	}
}

package compile_test

import (
	"strings"
	"testing"
)

func TestGoto(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"continue": {`for i = 1, 5 do if i % 2 == 0 then goto continue end io.write(i, " ") ::continue:: end`, "1 3 5 "},
		"continue in nested loops": {`for i = 1, 3 do for j = 1, 3 do if j == 2 then goto inner end if i == 2 then goto outer end io.write(i, j, " ") ::inner:: end ::outer:: end`,
			"11 13 31 33 "},
		"out of nested loops":                {`for i = 1, 3 do for j = 1, 3 do if i * j == 4 then goto out end io.write(i * j, " ") end end ::out:: io.write("out")`, "1 2 3 2 out"},
		"backwards":                          {`local i = 1 ::top:: if i <= 3 then io.write(i, " ") i = i + 1 goto top end`, "1 2 3 "},
		"over a local at the end of a block": {`do goto stop local x = 5 ::stop:: end io.write("ok")`, "ok"},
		"continue over a local":              {`for i = 1, 3 do if i == 2 then goto continue end local x = i io.write(x, " ") ::continue:: end`, "1 3 "},
		"in while":                           {`local i = 0 while i < 4 do i = i + 1 if i == 2 then goto continue end io.write(i, " ") ::continue:: end`, "1 3 4 "},
		"same label in sibling blocks":       {`do goto a ::a:: end do goto a ::a:: end io.write("ok")`, "ok"},
		"same label in a nested function":    {`goto a do local function f() goto a ::a:: end end ::a:: io.write("ok")`, "ok"},
		"goto is a name elsewhere":           {`local goto_ = 1 local t = {} t.x = goto_ io.write(t.x)`, "1"},
		"goto as a variable":                 {`goto = 5 io.write(goto, " ") local t = {goto = 6} io.write(t.goto)`, "5 6"},
		"closures capture each turn of a goto loop": {`
			local fs, i = {}, 1
			::top::
			do local x = i fs[i] = function() x = x + 1 return x end end
			i = i + 1
			if i <= 3 then goto top end
			io.write(fs[1](), fs[1](), fs[2](), fs[3]())`, "2334"},
		"closures with continue": {`
			local fs = {}
			for i = 1, 4 do local x = i * 10 fs[#fs + 1] = function() return x + i end if i % 2 == 0 then goto continue end x = x + 1 ::continue:: end
			for _, f in ipairs(fs) do io.write(f(), " ") end`, "12 22 34 44 "},
		"leaving blocks with captured locals": {`
			local fs = {}
			for i = 1, 2 do do local a = i do local b = i * 2 fs[i] = function() a = a + 1 b = b + 1 return a + b end goto out end end ::out:: end
			io.write(fs[1](), " ", fs[1](), " ", fs[2]())`, "5 7 8"},
		"state machine": {`
			local n = 0
			::a:: n = n + 1 if n > 6 then goto done end if n % 3 == 0 then goto c end
			::b:: io.write("b") goto a
			::c:: io.write("c") goto a
			::done::`, "bbcbbc"},
		"label with semicolons behind it": {`do goto e local x ::e:: ; ; ::f:: end io.write("ok")`, "ok"},
		"into an enclosing block":         {`do do goto out end io.write("never") ::out:: io.write("out") end`, "out"},
		"in repeat":                       {`local i = 0 repeat i = i + 1 if i == 2 then goto continue end io.write(i) ::continue:: until i == 3`, "13"},
		"behind break":                    {`while true do if true then break end goto x ::x:: end io.write("ok")`, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runs(t, c.source); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			var armed slots
			if got, err := run(t, c.source, "", &armed); got != c.want || err != nil {
				t.Errorf("with slots armed: got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestGotoErrors(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"\ngoto nowhere", "src:2: no visible label 'nowhere' for <goto> at line 2"},
		{"do ::a:: end goto a", "src:1: no visible label 'a' for <goto> at line 1"},
		{"goto a do ::a:: end", "src:1: no visible label 'a' for <goto> at line 1"},
		{"function f() goto a end ::a::", "src:1: no visible label 'a' for <goto> at line 1"},
		{"::a:: function f() goto a end", "src:1: no visible label 'a' for <goto> at line 1"},
		{"::a::\n::a::", "src:2: label 'a' already defined on line 1"},
		{"goto a local x ::a:: print(x)", "src:1: <goto a> at line 1 jumps into the scope of local 'x'"},
		{"repeat goto a local x ::a:: until x", "src:1: <goto a> at line 1 jumps into the scope of local 'x'"},
		{"do goto a end local x ::a:: print(x)", "src:1: <goto a> at line 1 jumps into the scope of local 'x'"},
		{"goto", "src:1: '=' expected near '<eof>'"},
		{"goto 1", "src:1: '=' expected near '1'"},
		{"::", "src:1: '<name>' expected near '<eof>'"},
		{"::a", "src:1: '::' expected near '<eof>'"},
		{"::1::", "src:1: '<name>' expected near '1'"},
	} {
		if got := strings.ReplaceAll(message(c.source, "=src"), "'<name>'", "<name>"); got != strings.ReplaceAll(c.want, "'<name>'", "<name>") {
			t.Errorf("%q:\n got %q\nwant %q", c.source, got, c.want)
		}
	}
}

package scope_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestNames resolves each name that is marked with a number behind it: names with the
// same number are the same variable, those with g are globals.
func TestNames(t *testing.T) {
	for _, text := range []string{
		`local x_1 = x_g; print_g(x_1)`,
		`local x_1 = 1; local x_2 = x_1; return x_2`,
		`local x_1; do local x_2 = x_1; x_2 = 3 end x_1 = 4`,
		`local function f_1(a_2, b_3) return f_1(a_2, b_3) end f_1()`,
		`local f_1 = function() return f_g end return f_1`,
		`for i_1 = i_g, 10 do print_g(i_1) end print_g(i_g)`,
		`for k_1, v_2 in pairs_g(k_g) do k_1 = v_2 end`,
		`local x_1 repeat local x_2 = x_1 until x_2 == x_2; return x_1`,
		`while x_g do local x_1 = 1 end return x_g`,
		`if x_g then local x_1 = x_g else local x_2; x_2() end x_g()`,
		`local t_1 = {x = x_g, [t_g] = t_g, x_g}; t_1.x = t_1.y:z(x_g)`,
		`function a_g.b.c(self_1, x_2) self_1.x = x_2 end`,
		`local a_1; function a_1.f(x_2) return x_2, a_1 end; function a_1() end`,
		`local a_1, a_2 = 1, 2; return a_2`,
		`function f_g(x_1, x_2) return x_2 end`,
	} {
		check(t, text)
	}
}

func check(t *testing.T, text string) {
	t.Helper()
	tree := syntax.Parse(text)
	if len(tree.Errors()) > 0 {
		t.Fatalf("%s: %v", text, tree.Errors())
	}
	// Names here end in _1 or _g; resolve the program without these ends.
	var b strings.Builder
	wants := map[int]string{}
	last := 0
	for i, tok := range tree.Tokens() {
		name, mark, ok := strings.Cut(tree.TokenText(i), "_")
		if tok.Kind != syntax.Ident || !ok {
			continue
		}
		b.WriteString(text[last:tok.Start])
		wants[b.Len()] = mark
		b.WriteString(name)
		last = int(tok.End)
	}
	b.WriteString(text[last:])
	tree = syntax.Parse(b.String())
	info := scope.Resolve(tree)
	of := map[string]scope.Var{}
	for n := syntax.Node(1); int(n) < tree.Len(); n++ {
		if tree.Kind(n) != syntax.Name {
			continue
		}
		want, marked := wants[tree.Start(n)]
		v := info.Var(n)
		switch {
		case !marked || want == "g":
			if v != scope.NoVar {
				t.Errorf("%s: %s at %d is variable %d", b.String(), tree.Source(n), tree.Start(n), v)
			}
			isGlobal := slices.ContainsFunc(info.Globals[tree.Source(n)], func(u scope.Use) bool { return u.Node == n })
			if isGlobal != marked {
				t.Errorf("%s: %s at %d: a global is %v", b.String(), tree.Source(n), tree.Start(n), isGlobal)
			}
		case v == scope.NoVar:
			t.Errorf("%s: %s at %d is no variable", b.String(), tree.Source(n), tree.Start(n))
		default:
			if have, ok := of[want]; ok && have != v {
				t.Errorf("%s: %s at %d is variable %d, wanted %d", b.String(), tree.Source(n), tree.Start(n), v, have)
			}
			for other, have := range of {
				if other != want && have == v {
					t.Errorf("%s: %s at %d is the variable of _%s", b.String(), tree.Source(n), tree.Start(n), other)
				}
			}
			of[want] = v
		}
	}
}

func TestSelfLabelsAndWrites(t *testing.T) {
	text := `
local obj = {}
function obj:m(a) self.x = a; return function() return self end end
goto done
do goto inner; ::inner:: end
::done::
obj = nil
undefined = obj`
	tree := syntax.Parse(text)
	info := scope.Resolve(tree)
	var kinds []string
	for _, v := range info.Vars {
		kinds = append(kinds, fmt.Sprintf("%s/%d uses=%d captured=%v", v.Name, v.Kind, len(v.Uses), v.Captured))
	}
	want := "[obj/0 uses=3 captured=false self/3 uses=2 captured=true a/2 uses=1 captured=false]"
	if got := fmt.Sprint(kinds); got != want {
		t.Errorf("variables are %s, wanted %s", got, want)
	}
	if u := info.Vars[0].Uses; u[0].Write || !u[1].Write || u[2].Write {
		t.Errorf("uses of obj: %v", u)
	}
	if len(info.Labels) != 2 || len(info.Labels[0].Uses) != 1 || len(info.Labels[1].Uses) != 1 {
		t.Errorf("labels: %+v", info.Labels)
	}
	if g := info.Globals["undefined"]; len(g) != 1 || !g[0].Write {
		t.Errorf("globals: %v", info.Globals)
	}
}

// TestVisible compares Visible with what a name written at each place would mean.
func TestVisible(t *testing.T) {
	text := `local a = 1
local function f(b, ...)
  local c = b
  if c then local a = 2 c = a end
  for i = 1, 2 do local d end
  repeat local e until e
end
local g = function(a) return a end
`
	info := scope.Resolve(syntax.Parse(text))
	for at := 0; at <= len(text); at++ {
		if at > 0 && text[at-1] != ' ' && text[at-1] != '\n' || at < len(text) && text[at] != ' ' && text[at] != '\n' {
			continue
		}
		for v := range info.Visible(at) {
			name := info.Vars[v].Name
			with := text[:at] + " " + name + "() " + text[at:]
			tree := syntax.Parse(with)
			if len(tree.Errors()) > 0 {
				continue // no call can stand there
			}
			n := tree.NodeAt(at + 1)
			if tree.Kind(n) != syntax.Name {
				continue
			}
			in := scope.Resolve(tree)
			meant := in.Var(n)
			if meant == scope.NoVar {
				t.Errorf("at %d %q: %s is visible, but a name there is a global", at, text[max(0, at-10):at], name)
				continue
			}
			if got, want := tree.Start(in.Vars[meant].Decl), info.Vars[v].Decl; got != syntax.Parse(text).Start(want) && got < at {
				t.Errorf("at %d: %s is that of %d, wanted %d", at, name, got, syntax.Parse(text).Start(want))
			}
		}
	}
	for _, c := range []struct {
		at   string
		want string
	}{
		{"local c", "b f a"}, {"c = a end", "a c b f"}, {"end\n  repeat", "d i c b f a"}, {"end\nlocal g", "c b f a"}, {"local g", "f a"},
	} {
		var names []string
		for v := range info.Visible(strings.Index(text, c.at)) {
			names = append(names, info.Vars[v].Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("before %q: %s, wanted %s", c.at, got, c.want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.lua")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("goto x ::x:: function a.b:c(...) local function x() return self end end for")
	f.Fuzz(func(t *testing.T, text string) {
		tree := syntax.Parse(text)
		info := scope.Resolve(tree)
		for v := range info.Vars {
			x := &info.Vars[v]
			if x.From < 0 || x.To < 0 || int(x.To) > len(text)+1 {
				t.Errorf("%s is visible from %d to %d of %d", x.Name, x.From, x.To, len(text))
			}
			for _, u := range x.Uses {
				if tree.Source(u.Node) != x.Name || info.Var(u.Node) != scope.Var(v) {
					t.Errorf("use %q of %q", tree.Source(u.Node), x.Name)
				}
			}
		}
		for at := range len(text) + 2 {
			for range info.Visible(at) {
				if at > 200 {
					break
				}
			}
		}
	})
}

// program is a script of about the given number of lines.
func program(lines int) string {
	var b strings.Builder
	b.WriteString("local calc = Tool.get(\"calculator\")\nlocal M = {}\n")
	for i := range lines / 10 {
		fmt.Fprintf(&b, `
--- Computes value %[1]d.
---@param input string
---@return number
function M.compute_%[1]d(input, options)
  local result = calc:execute({input = input .. " + %[1]d", operation = "evaluate"})
  if not result.success then return 0 end
  for k, v in pairs(options or {}) do M[k] = v + result.result.result end
  return M.total_%[1]d or #input
end
`, i)
	}
	b.WriteString("return M\n")
	return b.String()
}

func BenchmarkScope(b *testing.B) {
	for _, lines := range []int{200, 5000} {
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			tree := syntax.Parse(program(lines))
			b.ReportAllocs()
			for b.Loop() {
				scope.Resolve(tree)
			}
		})
	}
}

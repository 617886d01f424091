package lint_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// project is a .luacheckrc and files, by path, for both checkers.
type project struct {
	name, rc string
	files    map[string]string
	// want is what both report: PATH:LINE KIND, sorted.
	want string
}

const several = `local unused = 1
local function f(a, _b) local unused2 = 2 return function(...) end end
print(f, undef, other.x)
for i = 1, 2 do local f = 1 print(f) end
local q q = 3
`

var projects = []project{
	{"nothing", ``, map[string]string{"a.lua": several},
		"a.lua:1 unused; a.lua:2 unused; a.lua:2 unused-parameter; a.lua:3 undefined-global; a.lua:4 redeclared; a.lua:4 unused-loop-variable; a.lua:5 unused"},
	{"codes", `ignore = {"21[13]", "4"}`, map[string]string{"a.lua": several}, "a.lua:2 unused-parameter; a.lua:3 undefined-global; a.lua:5 unused"},
	{"names", `ignore = {"unused.?", "113/und.*"} read_globals = {"other"}`, map[string]string{"a.lua": several},
		"a.lua:2 unused-parameter; a.lua:4 redeclared; a.lua:4 unused-loop-variable; a.lua:5 unused"},
	{"code and name", `ignore = {"2../unused", "2.2/%.%.%."} globals = {"undef", "other"}`, map[string]string{"a.lua": several},
		"a.lua:2 unused; a.lua:2 unused-parameter; a.lua:4 redeclared; a.lua:4 unused-loop-variable; a.lua:5 unused"},
	{"only", `only = {"11", "231"}`, map[string]string{"a.lua": several}, "a.lua:3 undefined-global; a.lua:5 unused"},
	{"only a name", `only = {"unused"}`, map[string]string{"a.lua": several}, "a.lua:1 unused"},
	{"enable over ignore", `ignore = {"2"} enable = {"211"}`, map[string]string{"a.lua": several}, "a.lua:3 undefined-global; a.lua:4 redeclared"},
	{"flags", `unused = false redefined = false`, map[string]string{"a.lua": several}, "a.lua:3 undefined-global"},
	{"narrower flag", `unused = false unused_args = true global = false`, map[string]string{"a.lua": several}, "a.lua:2 unused-parameter; a.lua:4 redeclared; a.lua:4 unused-loop-variable"},
	{"returned", `local mine = {"undef", "other"} return {globals = mine, unused = false, redefined = false}`, map[string]string{"a.lua": several}, ""},
	{"files", `std = "max" unused_args = false redefined = false
		files["src"] = {ignore = {"211"}, read_globals = {"undef"}}
		files["src/**/*_x.lua"].enable = {"211"}
		files["src/**/*_x.lua"].new_read_globals = {"other"}
		files["**/z[0-9].lua"] = {unused = false, global = false}`, map[string]string{"a.lua": several, "src/a.lua": several, "src/b/a_x.lua": several, "src/a_x.lua": several, "z1.lua": several, "b/z2.lua": several, "b/za.lua": several},
		"a.lua:1 unused; a.lua:2 unused; a.lua:3 undefined-global; a.lua:5 unused; b/za.lua:1 unused; b/za.lua:2 unused; b/za.lua:3 undefined-global; b/za.lua:5 unused; " +
			"src/a.lua:3 undefined-global; src/a.lua:5 unused; src/a_x.lua:1 unused; src/a_x.lua:2 unused; src/a_x.lua:3 undefined-global; src/a_x.lua:5 unused; " +
			"src/b/a_x.lua:1 unused; src/b/a_x.lua:2 unused; src/b/a_x.lua:3 undefined-global; src/b/a_x.lua:5 unused"},
	{"excluded", `exclude_files = {"build", "**/gen_*.lua", "x/*/y.lua"} include_files = {"build", "src", "x"} unused = false redefined = false`,
		map[string]string{"a.lua": several, "src/a.lua": several, "src/gen_a.lua": several, "build/a.lua": several, "x/1/y.lua": several, "x/1/2/y.lua": several, "x/y.lua": several},
		"src/a.lua:3 undefined-global; x/1/2/y.lua:3 undefined-global; x/y.lua:3 undefined-global"},
	{"fields", `stds.lib = {read_globals = {lib = {fields = {run = {}, state = {read_only = false, other_fields = true}, deep = {fields = {x = {}}}}}}, globals = {"made"}}
		std = "max+lib" globals = {"open", conf = {fields = {a = {}}}} read_globals = {"shut", "shut.door"}`,
		map[string]string{"a.lua": "print(lib.run, lib.rnu, lib.state.x, lib.deep.x, lib.deep.y)\nlib.run = 1\nlib.state.y = 2\nlib.deep.z = 3\nmade = 1\nmade.x = 1\nopen.a.b = 1\nconf.a = 1\nconf.b = 1\nshut = 1\nshut.x = 2\nprint(shut.y, conf.c)\nlib = nil\nlocal k = print()\nprint(lib[k], lib['run'], lib.state[k])"},
		"a.lua:1 undefined-field; a.lua:10 read-only; a.lua:11 read-only; a.lua:12 undefined-field; a.lua:13 read-only; a.lua:2 read-only; a.lua:4 undefined-field; a.lua:9 undefined-field"},
	{"fields of a standard table", `std = "max" read_globals = {"table.pick", "math.tau", "package.loaded.x"} globals = {string = {fields = {"trim"}}}`,
		map[string]string{"a.lua": "table.insert({}, table.pick())\nprint(math.tau, math.pi, string.trim(''), string.len(''), package.loaded.y)\nprint(math.nope)\nprint(table.nope)\nprint(string.nope)"},
		"a.lua:3 undefined-field; a.lua:4 undefined-field; a.lua:5 undefined-field"},
	{"not_globals", `globals = {"a", "b"} not_globals = {"b", "os.exit", "loadstring"}`, map[string]string{"a.lua": "print(a, b, os.time(), loadstring)\nos.exit(1)"},
		"a.lua:1 undefined-global; a.lua:2 undefined-field"},
	{"secondaries", `unused_secondaries = false`, map[string]string{"a.lua": "local a, b = print()\nlocal c, d = print(a)\nlocal e, f = 1, print(c)\nprint(e)"}, "a.lua:3 unused"},
	{"comments", `redefined = false unused_args = false`, map[string]string{"a.lua": `-- luacheck: globals g1 g2, ignore foo
local foo = g1(g2)
local function f() -- luacheck: ignore
	-- luacheck: globals g3
	g3()
	local x = 1
	local y = 2 -- luacheck: ignore 211/y (it is for later)
end
g3()
-- luacheck: push ignore 113
bar()
-- luacheck: pop
bar()
-- luacheck: push
-- luacheck: no unused
local z
do local w end
-- luacheck: pop
local v
-- luacheck: push no global
bar()
local function g() local u = bar end -- luacheck: no unused
-- luacheck: pop
local r = function() -- luacheck: only 113
	-- luacheck: read globals h.i, not globals print
	h.i = print
	local s, h = h.i, h.j
end
`},
		"a.lua:13 undefined-global; a.lua:19 unused; a.lua:26 read-only; a.lua:26 undefined-global; a.lua:27 undefined-field; a.lua:27 unused; a.lua:6 unused; a.lua:9 undefined-global"},
	{"spec", ``, map[string]string{"spec/a_spec.lua": "describe('x', function() it('y', print) end)", "a.lua": "describe('x', print)"}, "a.lua:1 undefined-global"},
}

// TestLuacheckrc: what luacheck's settings and comments say counts here as it does there.
func TestLuacheckrc(t *testing.T) {
	program, err := exec.LookPath("luacheck")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("luacheck is missing: scripts/install.sh installs it")
		}
		t.Log("no luacheck here: only what it says is known")
	}
	all := map[string]string{}
	for _, code := range []string{"unused-parameter", "unused-loop-variable", "shadowed-local"} {
		all[code] = "hint"
	}
	for _, tt := range projects {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(path, text string) {
				path = filepath.Join(dir, filepath.FromSlash(path))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(".luacheckrc", tt.rc)
			for path, text := range tt.files {
				write(path, text)
			}
			r, err := (&batch.Project{Catalog: catalog.Builtin(), Config: &analysis.Config{Severity: all}}).Check(t.Context(), []string{dir}, false)
			if err != nil || len(r.Settings) > 0 {
				t.Fatal(err, r.Settings)
			}
			ours := map[string]bool{}
			for _, f := range r.Files {
				rel, err := filepath.Rel(dir, f.Path)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range f.Findings {
					if kind := ruleKind(x.Code); kind != "" {
						ours[filepath.ToSlash(rel)+":"+strconv.Itoa(1+strings.Count(f.File.Text()[:x.Start], "\n"))+" "+kind] = true
					}
				}
			}
			if got := strings.Join(slices.Sorted(maps.Keys(ours)), "; "); got != tt.want {
				t.Errorf("found\n%s\nnot\n%s", strings.ReplaceAll(got, "; ", "\n"), strings.ReplaceAll(tt.want, "; ", "\n"))
			}
			if program == "" {
				return
			}
			cmd := exec.CommandContext(t.Context(), program, "--no-cache", "--codes", "--ranges", "--formatter", "plain", "--no-max-line-length", ".")
			cmd.Dir = dir
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) || errs.Len() > 0 {
				t.Fatalf("%v %s", err, errs.String())
			}
			theirs := map[string]bool{}
			for line := range strings.Lines(out.String()) {
				if m := luacheckLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
					if kind := sameKinds[m[6]]; kind != "" && kind != "implicit-global" {
						theirs[strings.TrimPrefix(filepath.ToSlash(m[1]), "./")+":"+m[2]+" "+kind] = true
					}
				} else if strings.TrimSpace(line) != "" {
					t.Errorf("luacheck says %s", line)
				}
			}
			if got := strings.Join(slices.Sorted(maps.Keys(theirs)), "; "); got != tt.want {
				t.Errorf("luacheck finds\n%s\nnot\n%s", strings.ReplaceAll(got, "; ", "\n"), strings.ReplaceAll(tt.want, "; ", "\n"))
			}
		})
	}
}

// ruleKind is the kind of a code of ours that luacheck has too, "" if it has none.
func ruleKind(code string) string {
	kind := oneKind(code)
	for _, shared := range sameKinds {
		if shared == kind && kind != "implicit-global" {
			return kind
		}
	}
	return ""
}

package library

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// session opens a session of a kernel with databases in temporary folders.
func session(t *testing.T, stdout io.Writer) *kernel.Session {
	t.Helper()
	return sessionOf(t, services(t), stdout, nil)
}

// services makes those of a kernel whose databases are in temporary folders.
func services(t *testing.T) *kernel.Services {
	t.Helper()
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	s := kernel.NewDefaultServices(nil, nil)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func sessionOf(t *testing.T, services *kernel.Services, stdout io.Writer, cache *runtime.Cache) *kernel.Session {
	t.Helper()
	s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir(), Stdout: stdout, Services: services, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// listing writes a line for each global, and each member of a global table.
const listing = `
for name, v in pairs(_G) do
  print(name .. " " .. type(v))
  if type(v) == "table" and v ~= _G and name ~= "package" then
    for member, x in pairs(v) do
      print(name .. "." .. tostring(member) .. " " .. type(x))
      if (name == "Replay" or name == "Memory") and type(x) == "table" then
        for k, y in pairs(x) do print(name .. "." .. member .. "." .. k .. " " .. type(y)) end
      end
    end
  end
end
for name, v in pairs(package) do print("package." .. name .. " " .. type(v)) end`

// open are tables whose members are not declared one by one.
func open(name string) bool {
	return strings.HasPrefix(name, "arg.") || strings.HasPrefix(name, "ARGS.") || strings.HasPrefix(name, "Replay.modes.")
}

// TestNames runs the stubs in an empty Lua state, and compares its globals with
// those of a session.
func TestNames(t *testing.T) {
	real := map[string]string{}
	var out strings.Builder
	if _, err := session(t, &out).RunString(t.Context(), listing, "=listing", nil); err != nil {
		t.Fatal(err)
	}
	note(real, out.String())

	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer L.Close()
	for _, name := range Names() {
		if err := L.DoString(Files()[name]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	declared := map[string]string{}
	walk := func(prefix string, v lua.LValue) {}
	walk = func(prefix string, v lua.LValue) {
		v.(*lua.LTable).ForEach(func(k, v lua.LValue) {
			name := prefix + k.String()
			declared[name] = v.Type().String()
			if _, ok := v.(*lua.LTable); ok && name != "_G" {
				walk(name+".", v)
			}
		})
	}
	walk("", L.Get(lua.GlobalsIndex))

	userdata := map[string]bool{"io.stdin": true, "io.stdout": true, "io.stderr": true, "JSON.null": true}
	for name, kind := range real {
		switch {
		case open(name):
		case declared[name] == "":
			t.Errorf("%s (%s) is not declared", name, kind)
		case declared[name] != kind && !(userdata[name] && declared[name] == "table" && kind == "userdata"):
			t.Errorf("%s is a %s, declared as a %s", name, kind, declared[name])
		}
	}
	for name, kind := range declared {
		if real[name] == "" {
			t.Errorf("%s (%s) is declared, but there is no such thing", name, kind)
		}
	}
	if len(real) < 300 {
		t.Errorf("only %d names were found", len(real))
	}
}

func note(to map[string]string, lines string) {
	for line := range strings.Lines(lines) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		to[name] = kind
	}
}

// TestMethods compares the methods of files with those that are declared.
func TestMethods(t *testing.T) {
	s := readSpec(t)
	var out strings.Builder
	if _, err := session(t, &out).RunString(t.Context(), `for k, v in pairs(getmetatable(io.stdout)) do if k:sub(1, 2) ~= "__" then print("file*:" .. k) end end`, "=x", nil); err != nil {
		t.Fatal(err)
	}
	real := map[string]string{}
	note(real, out.String())
	for name := range real {
		if s.functions[name] == nil {
			t.Errorf("%s is not declared", name)
		}
	}
	for name := range s.functions {
		if _, ok := real[name]; strings.HasPrefix(name, "file*:") && !ok {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestStubs checks what other readers of the stubs rely on: each type has a
// declaration, each function a text, each slot an alias.
func TestStubs(t *testing.T) {
	s := readSpec(t)
	known := map[string]bool{}
	for _, name := range strings.Fields("any nil boolean number integer string table function thread userdata never unknown") {
		known[name] = true
	}
	for name := range s.classes {
		known[name] = true
	}
	for name := range s.aliases {
		known[name] = true
	}
	for file, text := range Files() {
		for _, b := range luacats.Read(text, syntax.Parse(text).Tokens()).Blocks {
			generic := map[string]bool{}
			for _, tag := range b.Tags {
				if g, ok := tag.(*luacats.GenericTag); ok {
					for _, p := range g.Params {
						generic[p.Name.Text] = true
					}
				}
			}
			for _, tag := range b.Tags {
				luacats.TypesOf(tag, func(whole luacats.Type) {
					luacats.Walk(whole, func(of luacats.Type) bool {
						n, ok := of.(*luacats.NameType)
						if ok && !known[n.Name.Text] && !generic[n.Name.Text] && !strings.Contains("TU", n.Name.Text) {
							t.Errorf("%s: there is no type %s", file, n.Name.Text)
						}
						return true
					})
				})
			}
		}
	}
	for name, f := range s.functions {
		if f.text == "" {
			t.Errorf("%s has no text", name)
		}
	}
	for alias := range Slots() {
		if _, ok := s.aliases[alias]; !ok {
			t.Errorf("the slot %s has no alias", alias)
		}
	}
}

// unwrapped are functions that count the calls that are under way, or that the
// checks could not pass on.
const unwrapped = `{error = true, getfenv = true, setfenv = true, module = true, require = true, print = true, ["coroutine.yield"] = true,
  ["coroutine.wrap"] = true, ["coroutine.create"] = true, ["debug.getinfo"] = true, ["debug.getlocal"] = true, ["debug.setlocal"] = true, ["debug.traceback"] = true,
  ["Streaming.yield"] = true, ["debug.getfenv"] = true, ["debug.setfenv"] = true}`

// contract makes a session compare every call with its declaration.
func contract(t *testing.T, s *spec, out io.Writer) *kernel.Session {
	t.Helper()
	return contractIn(t, s, sessionOf(t, services(t), out, s.cache))
}

func contractIn(t *testing.T, s *spec, k *kernel.Session) *kernel.Session {
	t.Helper()
	if s.code == "" {
		check, err := os.ReadFile(filepath.Join("testdata", "contract.lua"))
		if err != nil {
			t.Fatal(err)
		}
		s.code = fmt.Sprintf("local function contract(...)\n%s\nend\ncontract(%s, %s)", check, s.lua(), unwrapped)
	}
	if _, err := k.RunString(t.Context(), s.code, "=contract", nil); err != nil {
		t.Fatal(err)
	}
	return k
}

// report returns what calls have disagreed with, and which functions were called.
func report(t *testing.T, k *kernel.Session) (faults string, called []string) {
	t.Helper()
	r, err := k.RunString(t.Context(), "return REPORT()", "=report", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Values[0].String(), strings.Split(r.Values[1].String(), "\n")
}

// TestExamples runs the examples of the documentation, and compares what they
// print and what they call.
func TestExamples(t *testing.T) {
	s := readSpec(t)
	n := 0
	for _, d := range s.docs {
		for _, code := range examples(d.text) {
			n++
			t.Run(d.name, func(t *testing.T) {
				var out strings.Builder
				k := contract(t, s, &out)
				if _, err := k.RunString(t.Context(), code, "=example", nil); err != nil {
					t.Fatalf("%v\n%s", err, code)
				}
				if faults, _ := report(t, k); faults != "" {
					t.Errorf("%s\n%s", faults, code)
				}
				var want []string
				for line := range strings.Lines(code) {
					if _, result, ok := strings.Cut(line, "--> "); ok {
						want = append(want, strings.TrimSpace(result))
					}
				}
				if got := strings.TrimSpace(out.String()); len(want) > 0 && !containsAll(got, want) {
					t.Errorf("prints\n%s\nnot\n%s", got, strings.Join(want, "\n"))
				}
			})
		}
	}
	if n < 40 {
		t.Errorf("only %d examples were found", n)
	}
}

// containsAll tells whether lines come in a text in their order.
func containsAll(text string, want []string) bool {
	for line := range strings.Lines(text) {
		if len(want) > 0 && strings.TrimSpace(line) == want[0] {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// examples are the blocks of Lua in Markdown.
func examples(text string) []string {
	var list []string
	for {
		_, after, ok := strings.Cut(text, "```lua\n")
		if !ok {
			return list
		}
		code, rest, _ := strings.Cut(after, "```")
		list, text = append(list, code), rest
	}
}

package debug_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

// TestModules: what was loaded from files, how, and that it is told in time.
func TestModules(t *testing.T) {
	s := open(t, `
local a = require("lib.a")
dofile("b.lua")
local c = loadfile("c.lua")
load("return 1", "=text")()
require("lib.a")
dofile("b.lua")
c()
pcall(require, "broken")
print(a.name)
`, debug.Options{})
	s.do(os.Mkdir(filepath.Join(s.dir, "lib"), 0o755))
	s.write("lib/a.lua", "heard(...) return {name = 'a'}\n")
	s.write("b.lua", "heard('b.lua')\n")
	s.write("c.lua", "local x = 1\nheard('c.lua')\n")
	s.write("broken.lua", "local = 1\n")
	s.st.L.SetGlobal("heard", s.st.L.NewFunction(func(L *lua.LState) int {
		if got := strings.Join(s.told(&s.modules), ", "); !strings.Contains(got, L.CheckString(1)+" by ") {
			t.Errorf("%s runs before it is told: %s", L.CheckString(1), got)
		}
		return 0
	}))
	s.setBreakpoints(debug.BreakpointSpec{Line: 9})
	s.e.SetBreakpoints(debug.Source{Path: filepath.Join(s.dir, "c.lua")}, []debug.BreakpointSpec{{Line: 1}})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 1)
	frames := s.frames(1)
	equal(t, "module of the frame", frames[0].Module, filepath.Join(s.dir, "c.lua"))
	equal(t, "module of main", frames[1].Module, s.file)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 9)
	equal(t, "told", strings.Join(s.told(&s.modules), ", "),
		"main.lua by main false, lib.a by require false, b.lua by dofile false, c.lua by loadfile false")
	var got []string
	for _, m := range s.e.Modules() {
		if m.ID != m.Path || !filepath.IsAbs(m.Path) {
			t.Errorf("module %+v", m)
		}
		rel, err := filepath.Rel(s.dir, m.Path)
		s.do(err)
		got = append(got, fmt.Sprintf("%s %s %s", m.Name, filepath.ToSlash(rel), m.By))
	}
	equal(t, "modules", strings.Join(got, ", "), "main.lua main.lua main, lib.a lib/a.lua require, b.lua b.lua dofile, c.lua c.lua loadfile")
	s.finish("a\n")

	s.e.Detach()
	again, err := debug.Attach(s.st, s, debug.Options{})
	s.do(err)
	equal(t, "modules after attaching again", len(again.Modules()), 4)
}

// TestNoModule: what is not from a file belongs to none.
func TestNoModule(t *testing.T) {
	s := open(t, "\nload('local x = nil .. 1', '=text')()\n", debug.Options{})
	s.e.SetExceptionFilters(uncaught)
	s.run()
	s.stopped(debug.ReasonException, 1)
	frames := s.frames(1)
	equal(t, "source", frames[0].Source.Name, "text")
	equal(t, "module", frames[0].Module, "")
	equal(t, "modules", len(s.e.Modules()), 1)
	s.do(s.e.Continue())
	if s.end() == nil {
		t.Error("the script did not fail")
	}
}

// changes are the places of the breakpoints that have changed since it was
// asked last.
func (s *session) changes() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := places(s.changed)
	s.changed = nil
	return out
}

// places are the lines of breakpoints, with ? if they are not verified.
func places(bps []debug.Breakpoint) string {
	var out []string
	for _, b := range bps {
		at := fmt.Sprint(b.Line)
		if !b.Verified {
			at = "?"
		}
		out = append(out, at)
	}
	return strings.Join(out, " ")
}

// TestChangedFile: a file that changes between two loads has its breakpoints
// checked against what is loaded, and no earlier.
func TestChangedFile(t *testing.T) {
	s := open(t, "\ndofile('part.lua')\nchange()\ndofile('part.lua')\nchange()\ndofile('part.lua')\n", debug.Options{})
	const first = "local x = 1\nprint('first', x)\n"
	part := debug.Source{Path: s.write("part.lua", first)}
	texts := []string{"-- a comment\nlocal x = 2\nlocal y = 3\n\nprint('second', x)\n", first}
	s.st.L.SetGlobal("change", s.st.L.NewFunction(func(*lua.LState) int {
		s.write("part.lua", texts[0])
		texts = texts[1:]
		return 0
	}))
	specs := []debug.BreakpointSpec{{Line: 1}, {Line: 4}}
	s.setBreakpoints(debug.BreakpointSpec{Line: 3})
	equal(t, "before", places(s.e.SetBreakpoints(part, specs)), "1 ?")
	s.run()
	s.stopped(debug.ReasonBreakpoint, 1)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 3) // the file has changed, and is not loaded again yet
	s.changes()
	equal(t, "answered by what is loaded", places(s.e.SetBreakpoints(part, specs)), "1 ?")
	equal(t, "changes", s.changes(), "")
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 2)
	equal(t, "changes", s.changes(), "2 5")
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 5)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 1)
	equal(t, "changes back", s.changes(), "1 ?")
	equal(t, "answered by what was loaded last", places(s.e.SetBreakpoints(part, specs)), "1 ?")
	s.finish("first\t1\nsecond\t2\nfirst\t1\n")
	equal(t, "told", strings.Join(s.told(&s.modules), ", "),
		"main.lua by main false, part.lua by dofile false, part.lua by dofile true, part.lua by dofile true")
	equal(t, "modules", len(s.e.Modules()), 2)
}

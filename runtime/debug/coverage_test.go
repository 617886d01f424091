package debug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

const covered = `
local m = require "mod"
local function twice(x)
  if x < 0 then
    return "never"
  end
  return 2 * x
end
local function unused()
  return 1
end
for i = 1, 3 do
  twice(i)
end
local co = coroutine.wrap(function(a)
  coroutine.yield(a)
  print("not reached")
end)
co(1)
print(m.f(4), (function() return 5 end)(), load("local a = 1\nreturn a")())
`

const coveredModule = `
local M = {}
function M.f(x) return x end
function M.g()
  return 1
end
return M
`

const coveredLCOV = `TN:
SF:main.lua
FN:1,main chunk
FN:2,twice
FN:8,unused
FN:14,(anonymous:14)
FN:19,(anonymous:19)
FNDA:1,main chunk
FNDA:1,twice
FNDA:0,unused
FNDA:1,(anonymous:14)
FNDA:1,(anonymous:19)
FNF:5
FNH:4
DA:1,1
DA:3,1
DA:4,0
DA:6,1
DA:7,1
DA:9,0
DA:10,1
DA:11,1
DA:12,1
DA:14,1
DA:15,1
DA:16,0
DA:17,1
DA:18,1
DA:19,1
LF:15
LH:12
end_of_record
TN:
SF:mod.lua
FN:1,main chunk
FN:2,M.f
FN:3,M.g
FNDA:1,main chunk
FNDA:1,M.f
FNDA:0,M.g
FNF:3
FNH:2
DA:1,1
DA:2,1
DA:3,1
DA:4,0
DA:5,1
DA:6,1
LF:6
LH:5
end_of_record
`

func TestCoverage(t *testing.T) {
	c := &debug.Coverage{}
	s := open(t, covered, debug.Options{Coverage: c})
	s.write("mod.lua", coveredModule)
	s.setBreakpoints(debug.BreakpointSpec{Line: 6}, debug.BreakpointSpec{Line: 9})
	s.run()
	for range 3 { // coverage takes no breakpoint away
		s.stopped(debug.ReasonBreakpoint, 6)
		s.do(s.e.Continue())
	}
	s.ends("4\t5\t1\n")
	if got := lcov(t, c, s.dir); got != coveredLCOV {
		t.Errorf("the report is\n%s\nwant\n%s", got, coveredLCOV)
	}
	if got := lcov(t, c, ""); !strings.Contains(got, "SF:"+filepath.Join(s.dir, "mod.lua")+"\n") {
		t.Errorf("no absolute path in\n%s", got)
	}
	if found, hit := c.Lines(); found != 21 || hit != 17 {
		t.Errorf("%d of %d lines, want 17 of 21", hit, found)
	}
}

func lcov(t *testing.T, c *debug.Coverage, root string) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteLCOV(&b, root); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCoverageDisarms looks at the code of every function: what was hit, or
// was let go, has no trap left.
func TestCoverageDisarms(t *testing.T) {
	c := &debug.Coverage{}
	s := open(t, covered, debug.Options{Coverage: c})
	s.write("mod.lua", coveredModule)
	s.run()
	s.ends("4\t5\t1\n")
	if n := armedSlots(s.st); n != 5 {
		t.Errorf("%d slots are armed after the run, want 5: those that were not hit", n)
	}
	s.e.Detach()
	if n := armedSlots(s.st); n != 0 {
		t.Errorf("%d slots are armed after Detach", n)
	}
}

func armedSlots(st *runtime.State) (n int) {
	st.EachProto(func(fn *compile.Function, p *lua.FunctionProto) {
		for _, s := range fn.Slots {
			if s.Armed(p) {
				n++
			}
		}
	})
	return n
}

// TestCoverageOfLateAttach: what was loaded before takes part.
func TestCoverageOfLateAttach(t *testing.T) {
	s := open(t, "x = 1\n", debug.Options{})
	s.e.Detach()
	fn, err := s.st.LoadFile("main.lua")
	if err != nil {
		t.Fatal(err)
	}
	c := &debug.Coverage{}
	e, err := debug.Attach(s.st, debug.NopHandler{}, debug.Options{Coverage: c})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Detach()
	if _, err := s.st.Call(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
	if found, hit := c.Lines(); found != hit || hit == 0 {
		t.Errorf("%d of %d lines, want all", hit, found)
	}
}

// TestCoverageReload: a file that is loaded twice is reported once, with what
// either run has hit.
func TestCoverageReload(t *testing.T) {
	c := &debug.Coverage{}
	s := open(t, "part = 1\ndofile('part.lua')\npart = 2\ndofile('part.lua')\n", debug.Options{Coverage: c})
	s.write("part.lua", "if part == 1 then\n  x = 1\nelseif part == 2 then\n  x = 2\nelse\n  x = 3\nend\n")
	s.run()
	s.ends("")
	got := lcov(t, c, s.dir)
	for _, part := range []string{"DA:2,1\n", "DA:4,1\n", "DA:6,0\n"} {
		if !strings.Contains(got[strings.Index(got, "SF:part.lua"):], part) {
			t.Errorf("%q is missing in\n%s", part, got)
		}
	}
	if n := strings.Count(got, "SF:part.lua"); n != 1 {
		t.Errorf("part.lua is reported %d times", n)
	}
}

// TestCoverageIsPUCs: the lines covered are those that PUC Lua's line hook sees.
func TestCoverageIsPUCs(t *testing.T) {
	scripts, err := filepath.Glob("../../testdata/scripts/*.lua")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		if raceDetector && manyCalls[filepath.Base(path)] {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			run, err := puc.TraceRun(t, path, 20_000)
			if err != nil && !errors.Is(err, puc.ErrTooLong) {
				t.Fatal(err)
			}
			whole := err == nil
			want := map[string]bool{}
			for _, stop := range run.Stops {
				want[fmt.Sprintf("%s:%d", filepath.Base(stop.Source), stop.Line)] = true
			}
			got := linesRun(t, path)
			for line := range maps.Clone(want) {
				if got[line] {
					delete(want, line)
					delete(got, line)
				}
			}
			if len(want) > 0 || whole && len(got) > 0 {
				t.Errorf("only PUC Lua runs %v, only we run %v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
			}
		})
	}
}

// linesRun runs a script with coverage.
func linesRun(t *testing.T, path string) map[string]bool {
	t.Helper()
	st, err := runtime.New(runtime.Options{Host: lualib.NewHost()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &debug.Coverage{}
	e, err := debug.Attach(st, debug.NopHandler{}, debug.Options{Coverage: c})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Detach()
	dir := filepath.Dir(path)
	st.SetPath([]string{dir + "/?.lua", dir + "/?/init.lua"})
	fn, err := st.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	arg := st.L.NewTable()
	arg.RawSetInt(0, lua.LString(path))
	st.L.SetGlobal("arg", arg)
	if _, err := st.Call(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	file := ""
	for _, line := range strings.Split(lcov(t, c, ""), "\n") {
		var n int
		if name, ok := strings.CutPrefix(line, "SF:"); ok {
			file = filepath.Base(name)
		} else if _, err := fmt.Sscanf(line, "DA:%d,1", &n); err == nil {
			out[fmt.Sprintf("%s:%d", file, n)] = true
		}
	}
	return out
}

func TestCheckBreakpoint(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec debug.BreakpointSpec
		want string // part of the error, "" for none
	}{
		{"plain", debug.BreakpointSpec{Line: 1}, ""},
		{"good", debug.BreakpointSpec{Line: 1, Condition: "a == 1", HitCondition: ">2", LogMessage: "a is {a}"}, ""},
		{"condition", debug.BreakpointSpec{Condition: "a ="}, "near"},
		{"hit condition", debug.BreakpointSpec{HitCondition: "often"}, "often"},
		{"log message", debug.BreakpointSpec{LogMessage: "{a"}, "not closed"},
		{"statement", debug.BreakpointSpec{Condition: "1; os.exit()"}, "near"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := debug.CheckBreakpoint(tt.spec)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestHits(t *testing.T) {
	s := open(t, "for i = 1, 5 do\n  x = i\nend\n", debug.Options{})
	set := s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: "i > 2", LogMessage: "i is {i}"})
	s.run()
	s.ends("")
	hits, err := s.e.Hits(context.Background())
	if err != nil || hits[set[0].ID] != 3 {
		t.Errorf("hits %v, %v; want 3", hits, err)
	}
}

package debug_test

import (
	"fmt"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

const pipeline = `
local function source(n)
  for i = 1, n do
    coroutine.yield(i)
  end
end
local producer = coroutine.create(source)
local idle = coroutine.create(source)
coroutine.resume(idle, 3)
local filter = coroutine.wrap(function(from)
  local last
  while true do
    local ok, v = coroutine.resume(producer, from)
    if not ok or not v then return last end
    last = v
  end
end)
local function consume(want)
  return 0 + filter(want)
end
print(consume(4))
`

// TestResumedStacks: the stack of a coroutine goes on, behind a label, into
// that of the thread that resumed it.
func TestResumedStacks(t *testing.T) {
	s := breakAt(t, pipeline, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	equal(t, "thread", s.thread(), 3)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 3)
	equal(t, "thread", s.thread(), 2)
	const main = "[Go] filter:0 consume:18 main chunk:20"
	const filter = "(anonymous:9):12 resumed by main:0 " + main
	for thread, want := range map[int]string{
		1: main,
		2: "(anonymous:1):3 resumed by coroutine 4 (main.lua:9):0 [Go] coroutine.resume:0 " + filter,
		3: "(anonymous:1):3", // suspended
		4: "[Go] coroutine.resume:0 " + filter,
	} {
		equal(t, fmt.Sprintf("stack of thread %d", thread), s.stack(thread), want)
	}
	s.setBreakpoints()
	s.finish("4\n")
}

// TestResumedFrames: scopes and evaluations work in the frames of resumers.
func TestResumedFrames(t *testing.T) {
	s := breakAt(t, pipeline, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 3)
	ids := map[string]int{}
	for _, f := range s.frames(2) {
		ids[f.Name] = f.ID
		if f.Kind == debug.FrameResumed {
			scopes, err := s.e.Scopes(f.ID)
			if err != nil || scopes == nil || len(scopes) != 0 || f.Line != 0 {
				t.Errorf("label %+v has scopes %v, %v", f, scopes, err)
			}
			equal(t, "evaluation at a label", s.evalIn(f.ID, "type(print)"), `"function"`)
		}
	}
	equal(t, "locals of the filter", s.locals(ids["(anonymous:9)"]), "from=4 last=nil")
	equal(t, "locals of the consumer", s.locals(ids["consume"]), "want=4")
	equal(t, "an upvalue", s.evalIn(ids["(anonymous:9)"], "coroutine.status(producer)"), `"running"`)
	equal(t, "in main", s.evalIn(ids["main chunk"], "coroutine.status(idle)"), `"suspended"`)
	equal(t, "assignment", s.evalIn(ids["(anonymous:9)"], "from = 40"), "")
	_, err := s.e.SetVariable(s.scope(ids["consume"], debug.ScopeLocals).Ref, "want", "50")
	s.do(err)
	equal(t, "changed", s.locals(ids["(anonymous:9)"])+" "+s.locals(ids["consume"]), "from=40 last=nil want=50")
	s.setBreakpoints()
	s.finish("4\n")
}

// TestResumedPaging: pages cut from a stack over several threads are those of
// the whole.
func TestResumedPaging(t *testing.T) {
	s := breakAt(t, `
local function deep(n, f)
  if n > 0 then return 0 + deep(n - 1, f) end
  return f()
end
local function tail(f) return deep(3, f) end
local inner = coroutine.wrap(function()
  return tail(function()
    return 1
  end)
end)
local outer = coroutine.wrap(function() return 0 + deep(5, inner) end)
print(deep(2, outer))
`, 8)
	s.stopped(debug.ReasonBreakpoint, 8)
	thread := s.thread()
	all := s.frames(thread)
	if len(all) < 20 {
		t.Fatalf("the stack has only %d frames: %s", len(all), s.stack(thread))
	}
	for start := range len(all) + 2 {
		for levels := 1; levels <= len(all)+1; levels++ {
			page, total, err := s.e.StackTrace(thread, start, levels)
			s.do(err)
			want := all[min(start, len(all)):min(start+levels, len(all))]
			if total != len(all) || len(page) != len(want) {
				t.Fatalf("%d frames from %d: %d of %d", levels, start, len(page), total)
			}
			for i, f := range page {
				if f.ID = want[i].ID; f != want[i] {
					t.Fatalf("frame %d: %+v, want %+v", start+i, f, want[i])
				}
			}
		}
	}
	s.finish("1\n")
}

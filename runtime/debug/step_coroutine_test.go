package debug_test

import (
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

const producer = `
local co = coroutine.create(function(a)
  local b = coroutine.yield(a + 1)
  local c = coroutine.yield(b + 1)
  return c
end)
print(coroutine.resume(co, 1))
print(coroutine.resume(co, 5))
print(coroutine.resume(co, 9))
print(coroutine.status(co))
`

const wrapped = `
local function numbers()
  for i = 1, 2 do
    coroutine.yield(i)
  end
end
local sum = 0
for v in coroutine.wrap(numbers) do
  sum = sum + v
end
print(sum)
`

func TestStepCoroutines(t *testing.T) {
	runSteps(t, []stepCase{
		{"over resume", producer, 6, "over:7 over:8 over:9 over:end"},
		{"in enters the coroutine", producer, 6, "in:2 in:7 in:3 in:8 in:4 in:9"},
		{"over yield stops when resumed", producer, 6, "in:2 over:3 over:4 over:9 over:end"},
		{"out of the body, to the resumer", producer, 6, "in:2 out:7 in:3 out:8 in:4 out:9"},
		{"over the end of the body", producer, 4, "over:9 over:end"},
		{"wrap as an iterator, in", wrapped, 7, "in:2 in:3 in:8 in:7 in:2 in:3 in:8"},
		{"wrap as an iterator, over", wrapped, 7, "over:8 over:7 over:8 over:7 over:10 over:end"},
		{"over a yield within wrap", wrapped, 3, "over:2 over:3 over:2 over:5 over:10"},
		{"out of a function of a coroutine", `
local function inner()
  local x = 1
  return x
end
local co = coroutine.wrap(function()
  inner()
  coroutine.yield()
end)
co()
print("end")
`, 2, "out:7 out:10"},
		{"over does not stop in another coroutine of the same function", `
local function body(n)
  local x = n
  if n > 0 then coroutine.wrap(body)(n - 1) end
  return x
end
local co = coroutine.wrap(body)
co(2)
print("end")
`, 7, "in:2 over:3 over:4 over:8 over:end"},
		{"over an error that ends the coroutine", `
local co = coroutine.create(function()
  local x = nil
  x()
end)
local ok = coroutine.resume(co)
print(ok)
`, 3, "over:6 over:end"},
		{"over an error that leaves wrap for a pcall", `
local co = coroutine.wrap(function()
  error("x")
end)
local ok = pcall(function()
  co()
end)
print(ok)
`, 2, "over:7 over:end"},
		{"a yield that is never resumed lets the script run on", `
local co = coroutine.create(function()
  coroutine.yield()
  print("never")
end)
coroutine.resume(co)
print("end")
`, 2, "over:end"},
	})
}

// TestThreads: coroutines come and go as threads, with names and states.
func TestThreads(t *testing.T) {
	s := breakAt(t, `
local function body()
  coroutine.yield()
end
local a = coroutine.create(body)
local b = coroutine.create(function()
  coroutine.resume(a)
  return 1
end)
coroutine.resume(b)
coroutine.resume(a)
print("end")
`, 7, 11)
	x := s.stopped(debug.ReasonBreakpoint, 7)
	var got []string
	for _, th := range s.e.Threads() {
		got = append(got, th.Name+" "+th.Status)
	}
	equal(t, "threads", strings.Join(got, ", "),
		"main normal, coroutine 2 (main.lua:1) suspended, coroutine 3 (main.lua:5) running")
	equal(t, "thread of the stop", x.Thread, 3)
	equal(t, "stack of the suspended one", s.stack(2), "(anonymous:1):2")
	equal(t, "stack of main", s.stack(1), "[Go] coroutine.resume:0 main chunk:9")
	s.follow("go:11")
	if _, _, err := s.e.StackTrace(2, 0, 0); err == nil {
		t.Error("a dead thread has a stack")
	} else {
		wantError(t, err, debug.ErrNoThread)
	}
	s.finish("end\n")
	equal(t, "thread events", strings.Join(s.threads, " "),
		"+coroutine 2 (main.lua:1) +coroutine 3 (main.lua:5) -coroutine 3 -coroutine 2")
}

// TestDroppedThreads: coroutines that a script forgets are forgotten.
func TestDroppedThreads(t *testing.T) {
	s := open(t, `
for i = 1, 1000 do
  coroutine.wrap(function() coroutine.yield() end)()
  if i % 100 == 0 then collectgarbage() end
end
`, debug.Options{})
	s.run()
	s.ends("")
	exits := 0
	for _, e := range s.threads {
		if e[0] == '-' {
			exits++
		}
	}
	if exits < 100 || exits > 1000 { // when, is up to the collector
		t.Errorf("%d of 1000 dropped coroutines have exited", exits)
	}
}

// TestThreadsOfBusyStop: a stop in a coroutine lists its threads, however long
// the goroutine that runs Lua takes to answer.
func TestThreadsOfBusyStop(t *testing.T) {
	s := breakAt(t, `
local co = coroutine.create(function()
  local x = 1
  print(x)
end)
coroutine.resume(co)
`, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	began := make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- s.st.Do(t.Context(), func(*lua.LState) {
			close(began)
			time.Sleep(400 * time.Millisecond) // longer than a running script is waited for
		})
	}()
	<-began
	var got []string
	for _, th := range s.e.Threads() {
		got = append(got, th.Name+" "+th.Status)
	}
	equal(t, "threads", strings.Join(got, ", "), "main normal, coroutine 2 (main.lua:1) running")
	equal(t, "locals", s.locals(s.top()), "x=1")
	s.do(<-held)
	s.finish("1\n")
}

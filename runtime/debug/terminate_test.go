package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

const killed = "coroutine terminated by the debugger"

// TestTerminateThread: a coroutine that is ended at a stop is dead, whatever it
// catches, and its resume says why.
func TestTerminateThread(t *testing.T) {
	for _, c := range []struct {
		name, script string
		line, thread int
		status       string // of the thread when it is ended
		output       string
	}{
		{"suspended", `
local co = coroutine.create(function() coroutine.yield(1) print("not reached") end)
coroutine.resume(co)
local x = 1
print(coroutine.status(co), coroutine.resume(co))
print(coroutine.status(co), coroutine.resume(co))
`, 3, 2, "suspended", "dead\tfalse\t" + killed + "\ndead\tfalse\tcannot resume dead coroutine\n"},
		{"not started", `
local co = coroutine.create(function() print("not reached") end)
local x = 1
print(coroutine.resume(co))
`, 2, 2, "suspended", "false\t" + killed + "\n"},
		{"suspended, under wrap", `
local f = coroutine.wrap(function() print("not reached") end)
local x = 1
print(pcall(f))
print(pcall(f))
`, 2, 2, "suspended", "false\t" + killed + "\nfalse\tcannot resume dead coroutine\n"},
		{"suspended in a tail call", `
local co = coroutine.create(function() return coroutine.yield(1) end)
coroutine.resume(co)
local x = 1
print(coroutine.resume(co))
`, 3, 2, "suspended", "false\t" + killed + "\n"},
		{"running", `
local co = coroutine.create(function()
  local x = 1
  print("not reached")
end)
print(coroutine.resume(co))
print(coroutine.status(co))
`, 2, 2, "running", "false\t" + killed + "\ndead\n"},
		{"running in pcall", `
local co = coroutine.create(function()
  while true do
    pcall(function()
      local x = 1
      print("not reached")
    end)
  end
end)
print(coroutine.resume(co))
`, 4, 2, "running", "false\t" + killed + "\n"},
		{"running in a tail call of pcall", `
local co = coroutine.create(function()
  return pcall(function()
    local x = 1
    print("not reached")
  end)
end)
print(coroutine.resume(co))
print(coroutine.status(co))
`, 3, 2, "running", "false\t" + killed + "\ndead\n"},
		{"running in xpcall", `
local co = coroutine.create(function()
  return xpcall(function()
    local x = 1
    print("not reached")
  end, function() print("no handler") return "handled" end)
end)
print(coroutine.resume(co))
`, 3, 2, "running", "false\t" + killed + "\n"},
		{"running in a callback", `
local co = coroutine.create(function()
  pcall(string.gsub, "ab", ".", function(c)
    local x = c
    print("not reached")
  end)
  print("nor this")
end)
print(coroutine.resume(co))
`, 3, 2, "running", "false\t" + killed + "\n"},
		{"about to return", `
local co = coroutine.create(function()
  local x = 1
  return
end)
print(coroutine.resume(co))
`, 3, 2, "running", "false\t" + killed + "\n"},
		{"about to yield", `
local co = coroutine.create(function()
  coroutine.yield(5)
end)
print(coroutine.resume(co))
print(coroutine.status(co))
`, 2, 2, "running", "false\t" + killed + "\ndead\n"},
		{"running under wrap", `
local f = coroutine.wrap(function()
  local x = 1
  print("not reached")
end)
print(pcall(f))
`, 2, 2, "running", "false\t" + killed + "\n"},
		{"shared upvalues stay", `
local n, get = 0
local co = coroutine.create(function()
  local mine = 5
  get = function() mine = mine + 1 return mine end
  n = n + 1
  print("not reached")
end)
coroutine.resume(co)
print(n, get(), get())
`, 6, 2, "running", "1\t6\t7\n"},
		{"normal", `
local inner = coroutine.create(function()
  local x = 1
  print("inner goes on")
  coroutine.yield()
  print("and on")
end)
local outer = coroutine.create(function()
  pcall(function() coroutine.resume(inner) print("not reached") end)
  print("nor this")
end)
print(coroutine.resume(outer))
print(coroutine.status(outer), coroutine.status(inner), coroutine.resume(inner))
`, 2, 3, "normal", "inner goes on\nfalse\t" + killed + "\nand on\ndead\tsuspended\ttrue\n"},
		{"normal and running", `
local inner = coroutine.create(function()
  local x = 1
  print("not reached")
end)
local outer = coroutine.create(function()
  print(coroutine.resume(inner))
  print("outer goes on")
end)
print(coroutine.resume(outer))
`, 2, 2, "running", "false\t" + killed + "\nouter goes on\ntrue\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := breakAt(t, c.script, c.line)
			if !strings.Contains(c.script, "wrap") { // which makes it an error of its caller
				s.e.SetExceptionFilters(all)
			}
			s.stopped(debug.ReasonBreakpoint, c.line)
			status := ""
			for _, th := range s.e.Threads() {
				if th.ID == c.thread {
					status = th.Status
				}
			}
			equal(t, "status", status, c.status)
			s.do(s.e.TerminateThread(c.thread))
			if c.status == "suspended" {
				wantError(t, s.e.TerminateThread(c.thread), debug.ErrNoThread)
				equal(t, "threads", len(s.e.Threads()), 1)
				if got := strings.Join(s.told(&s.threads), " "); !strings.HasSuffix(got, "-coroutine 2") {
					t.Errorf("threads at once: %s", got)
				}
			} else { // evaluations on it still work
				s.do(s.e.TerminateThread(c.thread))
				equal(t, "evaluation", s.eval("pcall(error, 'x', 0)"), `false, "x"`)
			}
			s.finish(c.output)
			exits := 0
			for _, line := range s.told(&s.threads) {
				if strings.HasPrefix(line, "-coroutine "+string(rune('0'+c.thread))) {
					exits++
				}
			}
			equal(t, "exits", exits, 1)
		})
	}
}

// told is a copy of what was noted.
func (s *session) told(list *[]string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), *list...)
}

func TestTerminateThreadRunning(t *testing.T) {
	s := open(t, `
stop = false
local co = coroutine.create(function()
  while true do
    pcall(function() started = true while true do end end)
  end
end)
print(coroutine.resume(co))
print(coroutine.status(co))
`, debug.Options{})
	s.run()
	s.waitFor(func() bool { return len(s.told(&s.threads)) > 0 })
	s.waitFor(func() bool { ths := s.e.Threads(); return len(ths) == 2 && ths[1].Status == "running" })
	s.do(s.e.TerminateThread(2))
	s.ends("false\t" + killed + "\ndead\n")
}

// TestTerminateStep: a step goes on where the resume returns.
func TestTerminateStep(t *testing.T) {
	s := breakAt(t, "\nlocal co = coroutine.create(function()\n  local x = 1\n  x = 2\nend)\ncoroutine.resume(co)\nprint('end')\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	s.do(s.e.TerminateThread(2))
	s.follow("over:6")
	s.finish("end\n")
}

func TestTerminateThreadRefused(t *testing.T) {
	s := breakAt(t, "\nlocal x = 1\nprint(x)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	if err := s.e.TerminateThread(1); err == nil || err.Error() != "the main thread cannot be terminated alone: use terminate" {
		t.Errorf("main thread: %v", err)
	}
	wantError(t, s.e.TerminateThread(7), debug.ErrNoThread)
	s.finish("1\n")
	s.e.Detach()
	wantError(t, s.e.TerminateThread(2), debug.ErrEnded)
}

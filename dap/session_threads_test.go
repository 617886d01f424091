package dap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

func TestCoroutines(t *testing.T) {
	path := script(t,
		"local function producer()", // 1
		"  for i = 1, 2 do",         // 2
		"    coroutine.yield(i)",    // 3
		"  end",                     // 4
		"end",                       // 5
		"local co = coroutine.create(producer)",
		"coroutine.resume(co)", // 7
		"print('between')",     // 8
		"coroutine.resume(co)", // 9
		"coroutine.resume(co)", // 10
		"print('dead')")        // 11
	c := connect(t, dap.Options{})
	c.Start(program(path), 3, 8, 11)
	var main, started, exited godap.ThreadEventBody
	c.ExpectEvent("thread", &main)
	equal(t, "first thread", main, godap.ThreadEventBody{Reason: "started", ThreadId: 1})
	c.ExpectEvent("thread", &started)
	stop := c.ExpectStoppedAt("breakpoint", 3)
	if started.Reason != "started" || started.ThreadId != stop.ThreadId || stop.ThreadId == 1 {
		t.Errorf("thread event %+v, stopped in thread %d", started, stop.ThreadId)
	}
	equal(t, "i", c.Locals(stop.ThreadId)["i"], "1")
	c.Continue(stop.ThreadId)
	c.ExpectStoppedAt("breakpoint", 8)
	threads := c.Threads()
	if len(threads) != 2 || threads[0].Name != "main" {
		t.Fatalf("threads %v", threads)
	}
	contains(t, threads[1].Name, "suspended")
	equal(t, "line of the suspended one", c.Top(started.ThreadId).Line, 3)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	c.Continue(1)
	c.ExpectEvent("thread", &exited)
	if exited.Reason != "exited" || exited.ThreadId != started.ThreadId {
		t.Errorf("thread event %+v", exited)
	}
	c.ExpectStoppedAt("breakpoint", 11)
	equal(t, "threads at the end", len(c.Threads()), 1)
	if text := c.CallError("stackTrace", godap.StackTraceArguments{ThreadId: started.ThreadId}); text == "" {
		t.Error("a dead thread has a stack")
	}
	c.Disconnect()
}

func TestExceptions(t *testing.T) {
	path := script(t,
		"local function risky()",               // 1
		"  error('caught one')",                // 2
		"end",                                  // 3
		"pcall(risky)",                         // 4
		"local function fatal()",               // 5
		"  local reason = 'because'",           // 6
		"  error({code = 7, reason = reason})", // 7
		"end",                                  // 8
		"fatal()")                              // 9
	tests := []struct {
		filters []string
		lines   []int
	}{
		{nil, nil},
		{[]string{}, nil},
		{[]string{"uncaught"}, []int{7}},
		{[]string{"caught"}, []int{2}},
		{[]string{"caught", "uncaught"}, []int{2, 7}},
		{[]string{"all"}, []int{2, 7}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.filters), func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.Initialize()
			launch := c.Launch(program(path))
			if tt.filters != nil {
				c.SetExceptionBreakpoints(tt.filters...)
			}
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			for _, line := range tt.lines {
				stop := c.ExpectStopped("exception")
				info := c.ExceptionInfo(1)
				var at godap.StackFrame
				for _, f := range c.StackTrace(1) {
					if f.Line > 0 {
						at = f
						break
					}
				}
				equal(t, "line", at.Line, line)
				if line == 2 {
					contains(t, stop.Text, "caught one")
					contains(t, info.Description, "caught one")
					equal(t, "break mode", info.BreakMode, "always")
				} else {
					equal(t, "break mode", info.BreakMode, "unhandled")
					equal(t, "type", info.ExceptionId, "table")
					equal(t, "a local at the error", c.Evaluate(at.Id, "reason", "watch").Result, c.Evaluate(at.Id, "'because'", "watch").Result)
				}
				contains(t, info.Details.StackTrace, "stack traceback")
				c.Continue(1)
			}
			c.ExpectExited(1)
			c.ExpectTerminated()
			c.Disconnect()
		})
	}
	c := stoppedAt(t, 1, "local a = 1")
	if text := c.CallError("exceptionInfo", godap.ExceptionInfoArguments{ThreadId: 1}); text == "" {
		t.Error("exceptionInfo without an exception: empty error")
	}
	answers := c.SetExceptionBreakpoints("uncaught", "no such filter")
	if len(answers) != 2 || !answers[0].Verified || answers[1].Verified || answers[1].Message == "" {
		t.Errorf("answers %+v", answers)
	}
	c.Disconnect()
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "main.lua",
		"local chunk = assert(loadstring('local inside = 1\\nreturn inside', '=made up'))",
		"local lib = require('lib')",
		"print(chunk(), lib)")
	lib := scriptIn(t, dir, "lib.lua", "return 'lib'")
	beside := scriptIn(t, dir, "sub/beside.lua", "-- not loaded")
	secret := scriptIn(t, t.TempDir(), "secret.txt", "not a source")
	link := filepath.Join(dir, "link.txt")
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	c := connect(t, dap.Options{})
	c.Start(program(path), 3)
	var loaded godap.LoadedSourceEventBody
	c.ExpectEventWhere("loadedSource", &loaded, func(m daptest.Message) bool { return strings.Contains(string(m.Body), "lib.lua") })
	equal(t, "path in the event", loaded.Source.Path, lib)
	c.ExpectStopped("breakpoint")
	var memory *godap.Source
	paths := map[string]bool{}
	for _, s := range c.LoadedSources() {
		paths[s.Path] = true
		if s.SourceReference > 0 {
			memory = &s
		}
	}
	if !paths[path] || !paths[lib] || memory == nil {
		t.Fatalf("loaded sources %v, in memory %v", paths, memory)
	}
	equal(t, "text in memory", c.Source(*memory), "local inside = 1\nreturn inside")
	contains(t, c.Source(godap.Source{Path: lib}), "return 'lib'")
	contains(t, c.Source(godap.Source{Path: beside}), "-- not loaded")
	for _, path := range []string{secret, link, filepath.Join(dir, "..", filepath.Base(filepath.Dir(secret)), "secret.txt"), dir, "/etc/passwd"} {
		contains(t, c.CallError("source", map[string]any{"sourceReference": 0, "source": map[string]any{"path": path}}), "not loaded")
	}
	contains(t, c.CallError("source", map[string]any{"sourceReference": 0}), "needs")
	if text := c.CallError("source", map[string]any{"sourceReference": 12345}); text == "" {
		t.Error("a source that does not exist has a text")
	}
	// A breakpoint in a chunk that has no file.
	if b := c.SetSourceBreakpoints(*memory, godap.SourceBreakpoint{Line: 2}); !b[0].Verified {
		t.Errorf("not verified: %+v", b[0])
	}
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "inside", c.Locals(1)["inside"], "1")
	equal(t, "reference of the frame", c.Top(1).Source.SourceReference, memory.SourceReference)
	c.Disconnect()
}

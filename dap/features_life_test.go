package dap_test

import (
	"fmt"
	"strings"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap/daptest"
)

// lifeFeatures begin and end sessions, and what is done at any time of them.
func lifeFeatures() []feature {
	return []feature{
		{"initialize", "What the server says that it can do.", func(s *stage) {
			c := s.client()
			c.Initialize()
			c.Disconnect()
		}},
		{"run", "A script runs to its end: arguments, environment, folder, output.", runScript},
		{"no debug", "Without a debugger nothing stops, and the client is told what is missing.", noDebugRun},
		{"restart", "The script is run again, first with the same arguments, then with others.", restartScript},
		{"terminate", "A busy script ends when it is told to.", terminateScript},
		{"disconnect", "A session ends while the script is stopped.", func(s *stage) {
			s.stopped(2, "local x = 1", "print('never')").Disconnect()
		}},
		{"cancel", "An evaluation that does not end is cancelled.", cancelEvaluation},
		{"progress", "What takes long is told, and can be cancelled by the progress.", progressOfEvaluation},
		{"ansi", "Escape sequences in output are passed on.", func(s *stage) {
			path := s.file("script.lua", `print('\27[1mbold\27[0m')`)
			c, run := s.ready(program(path))
			run()
			c.ExpectExited(0)
			c.ExpectTerminated()
			c.Disconnect()
		}},
		{"refusals", "What the server cannot do, or not now.", refusals},
	}
}

func runScript(s *stage) {
	path := s.file("script.lua", "print(arg[1], #arg, os.getenv('DAP_TEST_WORD'))", "print(io.open('script.lua') ~= nil)", "io.stderr:write('to stderr\\n')", "os.exit(3)")
	c, run := s.ready(with(path, "args", []string{"one", "two"}, "cwd", s.dir, "env", map[string]any{"DAP_TEST_WORD": "word"}))
	run()
	c.ExpectExited(3)
	c.ExpectTerminated()
	c.Disconnect()
}

func noDebugRun(s *stage) {
	path := s.file("script.lua", "print('ran')")
	c, run := s.ready(with(path, "noDebug", true))
	c.SetBreakpoints(path, 1)
	run()
	c.ExpectEvent("capabilities", nil)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.CallError("pause", godap.PauseArguments{ThreadId: 1})
	c.Disconnect()
}

func restartScript(s *stage) {
	path := s.file("script.lua", "local word = arg[1]", "print(word)")
	c, run := s.ready(with(path, "args", []string{"first"}))
	c.SetBreakpoints(path, 2)
	run()
	c.ExpectStoppedAt("breakpoint", 2)
	c.Restart(nil)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Restart(with(path, "args", []string{"second"}))
	c.ExpectStoppedAt("breakpoint", 2)
	equal(s, "word", c.Locals(1)["word"], `"second"`)
	s.finish(c, 0)
	equal(s, "output", c.Output("stdout"), "second\n")
}

func terminateScript(s *stage) {
	path := s.file("script.lua", "while true do pcall(function() while true do end end) end")
	c, run := s.ready(program(path))
	run()
	c.ExpectEvent("module", nil)
	c.Terminate()
	c.ExpectEvent("exited", nil)
	c.ExpectTerminated()
	c.Disconnect()
}

func cancelEvaluation(s *stage) {
	c := s.stopped(2, "local n = 0", "print(n > 0)")
	frame := c.Top(1).Id
	seq := c.Send("evaluate", godap.EvaluateArguments{FrameId: frame, Expression: "n = 1 print('evaluating') while true do end", Context: "repl"})
	c.ExpectOutput("stdout", "evaluating")
	c.Cancel(seq)
	equal(s, "answer", c.Fails(seq), "cancelled")
	equal(s, "the session goes on", c.Evaluate(frame, "n > 0", "watch").Result, "true")
	s.finish(c, 0)
}

func progressOfEvaluation(s *stage) {
	s.offers = map[string]any{"supportsProgressReporting": true}
	c := s.stopped(2, "local n = 0", "print(n)")
	seq := c.Send("evaluate", godap.EvaluateArguments{FrameId: c.Top(1).Id, Expression: "while true do end", Context: "repl"})
	s.progress = fmt.Sprintf("request-%d", seq)
	of := func(m daptest.Message) bool { return strings.Contains(string(m.Body), `"`+s.progress+`"`) }
	var start godap.ProgressStartEventBody
	c.ExpectEventWhere("progressStart", &start, of)
	if !start.Cancellable || start.RequestId != seq {
		s.Errorf("progress %+v of request %d", start, seq)
	}
	c.ExpectEventWhere("progressUpdate", nil, of)
	c.CancelProgress(start.ProgressId)
	equal(s, "answer", c.Fails(seq), "cancelled")
	c.ExpectEventWhere("progressEnd", nil, of)
	s.finish(c, 0)
}

func refusals(s *stage) {
	path := s.file("script.lua", "while not done do end")
	c := s.client()
	c.CallError("threads", nil)
	c.Initialize()
	c.CallError("stackTrace", godap.StackTraceArguments{ThreadId: 1})
	c.CallError("launch", map[string]any{"program": s.dir + "/missing.lua"})
	c.CallError("startDebugging", map[string]any{"configuration": map[string]any{}, "request": "launch"})
	c.CallError("runInTerminal", map[string]any{"args": []string{"x"}, "cwd": ""})
	seq := c.Launch(program(path))
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	c.ExpectEvent("module", nil)
	equal(s, "while running", c.CallError("stackTrace", godap.StackTraceArguments{ThreadId: 1}), "notStopped")
	c.Pause(1)
	c.ExpectStopped("pause")
	c.CallError("stepBack", godap.StepBackArguments{ThreadId: 1})
	c.CallError("reverseContinue", godap.ReverseContinueArguments{ThreadId: 1})
	c.CallError("variables", godap.VariablesArguments{VariablesReference: 4711})
	c.CallError("noSuchRequest", nil)
	c.Disconnect()
}

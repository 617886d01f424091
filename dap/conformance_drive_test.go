package dap_test

import (
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

// driven is what a session has shown to work: requests that succeeded, events
// that came, and capabilities by their flag.
type driven struct {
	requests, events, flags, advertised map[string]bool
}

// note records all that a session has exchanged.
func (d *driven) note(c *client) {
	for command := range c.Succeeded() {
		d.requests[command] = true
	}
	for _, event := range c.Events() {
		d.events[event] = true
	}
	for flag := range c.Advertised() {
		d.advertised[flag] = true
	}
}

// shown records that a capability works, if the test has not failed.
func (d *driven) shown(t *testing.T, flags ...string) {
	if !t.Failed() {
		for _, flag := range flags {
			d.flags[flag] = true
		}
	}
}

var conformanceScript = []string{
	"local account = {name = 'a', balance = 0}", // 1
	"local function deposit(n)",                 // 2
	"  account.balance = account.balance + n",   // 3
	"  return account.balance",                  // 4
	"end",                                       // 5
	"local co = coroutine.create(function()",    // 6
	"  coroutine.yield()",                       // 7
	"end)",                                      // 8
	"coroutine.resume(co)",                      // 9
	"for i = 1, 3 do deposit(i) end",            // 10
	"print('\\27[1mbalance', account.balance)",  // 11
	"pcall(error, {code = 5})",                  // 12
	"local other = dofile(arg[1])",              // 13
	"print(other, co)",                          // 14
	"local f = io.open(arg[1], 'w') f:write('return 2') f:close()", // 15
	"dofile(arg[1])", // 16
	"print('end')",   // 17
}

// driveLaunched goes through all that a launched script can show.
func driveLaunched(t *testing.T, d *driven) {
	dir := t.TempDir()
	module := scriptIn(t, dir, "module.lua", "return 1")
	path := scriptIn(t, dir, "main.lua", conformanceScript...)
	c := connect(t, dap.Options{})
	c.Initialize()
	source := godap.Source{Path: path}
	if len(c.BreakpointLocations(source, 1, 17)) == 0 {
		t.Error("no locations")
	}
	launch := c.Launch(map[string]any{"program": path, "args": []string{module}, "cwd": dir})
	c.SetSourceBreakpoints(source,
		godap.SourceBreakpoint{Line: 3, Condition: "n == 2"},
		godap.SourceBreakpoint{Line: 4, HitCondition: "2"})
	c.SetFunctionBreakpoints(godap.FunctionBreakpoint{Name: "deposit"})
	c.SetFilters(godap.ExceptionFilterOptions{FilterId: "caught", Condition: "err.code == 5"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("function breakpoint")
	d.shown(t, "supportsConfigurationDoneRequest", "supportsFunctionBreakpoints", "supportsBreakpointLocationsRequest")
	c.SetFunctionBreakpoints()
	driveSteps(t, c, d)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	driveValues(t, c, d)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 4)
	driveJumps(t, c, d, path)
	c.Continue(1)
	c.ExpectStopped("exception")
	if c.ExceptionInfo(1).Details == nil {
		t.Error("no details of an exception")
	}
	d.shown(t, "exceptionBreakpointFilters", "supportsExceptionInfoRequest", "supportsExceptionFilterOptions")
	contains(t, c.Output("console"), "balance is ")
	contains(t, c.Output("stdout"), "\x1b[1m")
	d.shown(t, "supportsLogPoints", "supportsANSIStyling")
	c.TerminateThreads(c.Threads()[1].Id)
	d.shown(t, "supportsTerminateThreadsRequest")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 17)
	modules := c.Modules()
	equal(t, "modules", len(modules), 2)
	equal(t, "column", modules[1].LoadedBy, "dofile")
	sources := c.LoadedSources()
	equal(t, "sources", len(sources), 2)
	equal(t, "checksums", len(sources[0].Checksums), 1)
	contains(t, c.Source(source), "deposit")
	d.shown(t, "supportsModulesRequest", "additionalModuleColumns", "supportsLoadedSourcesRequest", "supportedChecksumAlgorithms")
	driveEnd(t, c, d)
	d.note(c)
}

func driveSteps(t *testing.T, c *client, d *driven) {
	if frames, total := c.StackPage(1, 0, 1); len(frames) != 1 || total < 2 {
		t.Errorf("%d of %d frames", len(frames), total)
	}
	c.NextInstruction(1)
	c.ExpectStopped("step")
	d.shown(t, "supportsDelayedStackTraceLoading", "supportsSteppingGranularity")
	c.StepOut(1)
	c.ExpectStoppedAt("step", 10)
	targets := c.StepInTargets(c.Top(1).Id)
	if len(targets) == 0 {
		t.Fatal("no step-in targets")
	}
	d.shown(t, "supportsStepInTargetsRequest")
	c.Next(1)
	c.ExpectStopped("breakpoint")
	c.StepIn(1)
	c.ExpectStopped("breakpoint")
	d.shown(t, "supportsConditionalBreakpoints", "supportsHitConditionalBreakpoints")
	c.SetSourceBreakpoints(godap.Source{Path: c.Top(1).Source.Path},
		godap.SourceBreakpoint{Line: 3}, godap.SourceBreakpoint{Line: 4},
		godap.SourceBreakpoint{Line: 11, LogMessage: "balance is {account.balance}"}, godap.SourceBreakpoint{Line: 17})
}

func driveValues(t *testing.T, c *client, d *driven) {
	frame := c.Top(1).Id
	account := c.EvaluateWith(map[string]any{"frameId": frame, "expression": "account", "context": "hover"})
	contains(t, c.Evaluate(frame, "account.name", "clipboard").Result, "a")
	d.shown(t, "supportsEvaluateForHovers", "supportsClipboardContext")
	name := c.Values(account.Ref)["name"]
	c.SetVariable(account.Ref, "name", "'long'")
	equal(t, "memory", string(c.ReadMemory(name.Memory, 0, 10)), "long")
	c.WriteMemory(name.Memory, 0, []byte("L"), false)
	c.SetExpression(frame, "account.name", "account.name .. '!'")
	contains(t, c.Evaluate(frame, "account.name", "watch").Result, "Long!")
	equal(t, "hex", c.EvaluateWith(map[string]any{"frameId": frame, "expression": "255", "context": "watch", "format": map[string]any{"hex": true}}).Result, "0xff")
	if len(c.Completions(frame, "account.", 9)) == 0 {
		t.Error("no completions")
	}
	d.shown(t, "supportsSetVariable", "supportsReadMemoryRequest", "supportsWriteMemoryRequest", "supportsSetExpression",
		"supportsValueFormattingOptions", "supportsCompletionsRequest", "completionTriggerCharacters")
	main := c.StackTrace(1)[1].Id
	_, line := c.Location(c.Values(c.Scope(main, "Locals").VariablesReference)["deposit"].DefinedAt)
	equal(t, "line of deposit", line, 2)
	ip := c.Top(1).InstructionPointerReference
	c.Disassemble(ip, 0, 3)
	c.SetInstructionBreakpoints(godap.InstructionBreakpoint{InstructionReference: c.Disassemble(ip, 1, 1)[0].Address})
	info := c.DataExpressionInfo(frame, "account.balance")
	if info.ID == nil {
		t.Fatal("a field cannot be watched")
	}
	c.Continue(1)
	c.ExpectStopped("instruction breakpoint")
	c.SetInstructionBreakpoints()
	c.SetDataBreakpoints(godap.DataBreakpoint{DataId: *info.ID, AccessType: "write"})
	c.Continue(1)
	c.ExpectStopped("data breakpoint")
	c.SetDataBreakpoints()
	d.shown(t, "supportsDisassembleRequest", "supportsInstructionBreakpoints", "supportsDataBreakpoints")
	long := c.Send("evaluate", godap.EvaluateArguments{FrameId: c.Top(1).Id, Expression: "while true do end", Context: "repl"})
	c.ExpectEvent("progressUpdate", nil)
	c.Cancel(long)
	c.Fails(long)
	c.ExpectEvent("progressEnd", nil)
	d.shown(t, "supportsCancelRequest")
}

func driveJumps(t *testing.T, c *client, d *driven, path string) {
	targets := c.GotoTargets(path, 3)
	if len(targets) == 0 {
		t.Fatal("no goto targets")
	}
	c.Goto(1, targets[0].Id)
	c.ExpectStopped("goto")
	c.RestartFrame(c.Top(1).Id)
	c.ExpectStopped("restart")
	c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 11, LogMessage: "balance is {account.balance}"}, godap.SourceBreakpoint{Line: 17})
	d.shown(t, "supportsGotoTargetsRequest", "supportsRestartFrame")
}

func driveEnd(t *testing.T, c *client, d *driven) {
	path := c.Top(1).Source.Path
	c.SetBreakpoints(path)
	c.SetFilters()
	c.Restart(map[string]any{"program": path, "args": []string{}, "stopOnEntry": true})
	c.ExpectEvent("continued", nil)
	c.ExpectStopped("entry")
	c.Restart(map[string]any{"program": scriptIn(t, t.TempDir(), "loop.lua", "while true do end")})
	c.ExpectEvent("continued", nil)
	c.ExpectEvent("loadedSource", nil)
	c.Pause(1)
	c.ExpectStopped("pause")
	c.Terminate()
	c.ExpectTerminated()
	d.shown(t, "supportsRestartRequest", "supportsTerminateRequest")
	c.Restart(map[string]any{"program": path, "noDebug": true})
	c.ExpectEvent("capabilities", nil)
	c.ExpectTerminated()
	c.Disconnect()
	if strings.Contains(strings.Join(c.Events(), " "), "initialized initialized") {
		t.Error("initialized twice")
	}
}

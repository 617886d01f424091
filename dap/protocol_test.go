package dap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/kernel"
)

// commands are the requests that the server knows, with valid arguments.
var commands = []struct {
	name string
	args any
	// arguments of a wrong type, as JSON, and what the error must name
	wrong, names string
}{
	{"initialize", daptest.InitializeArguments(), `{"linesStartAt1":"yes"}`, "linesStartAt1"},
	{"launch", map[string]any{"program": "/nowhere.lua"}, `{"program":["x"]}`, "program"},
	{"attach", map[string]any{}, "", ""},
	{"configurationDone", nil, "", ""},
	{"restart", map[string]any{}, `{"arguments":5}`, "arguments"},
	{"terminate", nil, "", ""},
	{"cancel", map[string]any{"requestId": 1}, `{"requestId":"1"}`, "requestId"},
	{"setBreakpoints", map[string]any{"source": map[string]any{"path": "/nowhere.lua"}}, `{"source":{"path":"/x"},"breakpoints":[{"line":"3"}]}`, "line"},
	{"setExceptionBreakpoints", map[string]any{"filters": []string{}}, `{"filters":"all"}`, "filters"},
	{"continue", map[string]any{"threadId": 1}, `{"threadId":"1"}`, "threadId"},
	{"next", map[string]any{"threadId": 1}, `{"threadId":1.5}`, "threadId"},
	{"stepIn", map[string]any{"threadId": 1}, `{"threadId":[]}`, "threadId"},
	{"stepOut", map[string]any{"threadId": 1}, `{"threadId":true}`, "threadId"},
	{"pause", map[string]any{"threadId": 1}, `{"threadId":{}}`, "threadId"},
	{"threads", nil, "", ""},
	{"stackTrace", map[string]any{"threadId": 1}, `{"threadId":1,"levels":"all"}`, "levels"},
	{"exceptionInfo", map[string]any{"threadId": 1}, `{"threadId":"1"}`, "threadId"},
	{"scopes", map[string]any{"frameId": 1}, `{"frameId":99999999999999999999}`, "frameId"},
	{"variables", map[string]any{"variablesReference": 1}, `{"variablesReference":"1"}`, "variablesReference"},
	{"setVariable", map[string]any{"variablesReference": 1, "name": "a", "value": "1"}, `{"value":1}`, "value"},
	{"evaluate", map[string]any{"expression": "1"}, `{"expression":1}`, "expression"},
	{"source", map[string]any{"sourceReference": 1}, `{"sourceReference":"1"}`, "sourceReference"},
	{"loadedSources", nil, "", ""},
	{"breakpointLocations", map[string]any{"source": map[string]any{"path": "/nowhere.lua"}, "line": 1}, `{"source":{"path":"/x"},"line":"1"}`, "line"},
	{"setFunctionBreakpoints", map[string]any{"breakpoints": []any{}}, `{"breakpoints":[{"name":5}]}`, "name"},
	{"dataBreakpointInfo", map[string]any{"name": "x"}, `{"name":5}`, "name"},
	{"setDataBreakpoints", map[string]any{"breakpoints": []any{}}, `{"breakpoints":[{"dataId":5}]}`, "dataId"},
	{"setInstructionBreakpoints", map[string]any{"breakpoints": []any{}}, `{"breakpoints":[{"instructionReference":5}]}`, "instructionReference"},
	{"disassemble", map[string]any{"memoryReference": "0x1", "instructionCount": 1}, `{"memoryReference":"0x1","instructionCount":"1"}`, "instructionCount"},
	{"stepInTargets", map[string]any{"frameId": 1}, `{"frameId":"1"}`, "frameId"},
	{"gotoTargets", map[string]any{"source": map[string]any{"path": "/nowhere.lua"}, "line": 1}, `{"source":5,"line":1}`, "source"},
	{"goto", map[string]any{"threadId": 1, "targetId": 1}, `{"threadId":1,"targetId":"1"}`, "targetId"},
	{"restartFrame", map[string]any{"frameId": 1}, `{"frameId":"1"}`, "frameId"},
	{"terminateThreads", map[string]any{"threadIds": []int{2}}, `{"threadIds":2}`, "threadIds"},
	{"setExpression", map[string]any{"expression": "x", "value": "1"}, `{"expression":1,"value":"1"}`, "expression"},
	{"completions", map[string]any{"text": "x", "column": 1}, `{"text":"x","column":"1"}`, "column"},
	{"locations", map[string]any{"locationReference": 1}, `{"locationReference":"1"}`, "locationReference"},
	{"readMemory", map[string]any{"memoryReference": "run1/m1", "count": 1}, `{"memoryReference":1,"count":1}`, "memoryReference"},
	{"writeMemory", map[string]any{"memoryReference": "run1/m1", "data": ""}, `{"memoryReference":"run1/m1","data":1}`, "data"},
	{"modules", map[string]any{}, `{"startModule":"1"}`, "startModule"},
	{"toggleSkipFileStatus", map[string]any{"resource": "/x.lua"}, `{"resource":5}`, "resource"},
	{"setStepFilters", map[string]any{"stepFilters": []string{}}, `{"stepFilters":"x"}`, "stepFilters"},
}

func TestInitializeMustComeFirst(t *testing.T) {
	c := connect(t, dap.Options{})
	for _, cmd := range commands[1:] {
		contains(t, c.CallError(cmd.name, cmd.args), "initialize must be the first request")
	}
	c.Initialize()
	contains(t, c.CallError("initialize", daptest.InitializeArguments()), "already initialized")
	c.Disconnect()
}

func TestDisconnectIsAlwaysAllowed(t *testing.T) {
	connect(t, dap.Options{}).Disconnect()
}

// A flag that is set here is one that a test drives; see the tests of its group.
func TestCapabilities(t *testing.T) {
	c := connect(t, dap.Options{})
	var caps map[string]any
	c.Call("initialize", daptest.InitializeArguments(), &caps)
	var flags []string
	for name, v := range caps {
		if v == true {
			flags = append(flags, name)
		}
	}
	slices.Sort(flags)
	equal(t, "flags", strings.Join(flags, "\n"), strings.Join([]string{
		"supportTerminateDebuggee",
		"supportsANSIStyling", "supportsBreakpointLocationsRequest", "supportsCancelRequest", "supportsClipboardContext",
		"supportsCompletionsRequest", "supportsConditionalBreakpoints", "supportsConfigurationDoneRequest",
		"supportsDataBreakpoints", "supportsDelayedStackTraceLoading", "supportsDisassembleRequest",
		"supportsEvaluateForHovers", "supportsExceptionFilterOptions", "supportsExceptionInfoRequest",
		"supportsFunctionBreakpoints", "supportsGotoTargetsRequest", "supportsHitConditionalBreakpoints",
		"supportsInstructionBreakpoints", "supportsLoadedSourcesRequest", "supportsLogPoints", "supportsModulesRequest",
		"supportsReadMemoryRequest", "supportsRestartFrame", "supportsRestartRequest", "supportsSetExpression",
		"supportsSetVariable", "supportsStepInTargetsRequest", "supportsSteppingGranularity", "supportsTerminateRequest",
		"supportsTerminateThreadsRequest", "supportsValueFormattingOptions", "supportsWriteMemoryRequest",
	}, "\n"))
	var filters []string
	for _, f := range caps["exceptionBreakpointFilters"].([]any) {
		f := f.(map[string]any)
		filters = append(filters, fmt.Sprintf("%s=%v,%v", f["filter"], f["default"] == true, f["supportsCondition"]))
	}
	equal(t, "exception filters", strings.Join(filters, " "), "uncaught=true,true caught=false,true all=false,true "+
		"runtime=false,true error=false,true assert=false,true tool=false,true limit=false,true")
	equal(t, "trigger characters", fmt.Sprint(caps["completionTriggerCharacters"]), "[. : []")
	equal(t, "checksums", fmt.Sprint(caps["supportedChecksumAlgorithms"]), "[SHA256]")
	contains(t, fmt.Sprint(caps["additionalModuleColumns"]), "attributeName:loadedBy")
	c.Disconnect()
}

func TestPathFormat(t *testing.T) {
	c := connect(t, dap.Options{})
	args := daptest.InitializeArguments()
	args["pathFormat"] = "dos"
	contains(t, c.CallError("initialize", args), `pathFormat "dos" is not supported`)
	// Nothing has happened: the client may try again.
	c.Initialize()
	c.Disconnect()
}

// Every request with arguments of a wrong type gets one error response that
// names the argument, and the session goes on.
func TestWrongArguments(t *testing.T) {
	c := connect(t, dap.Options{})
	seq := c.NextSeq()
	c.SendRaw(seq, "initialize", fmt.Sprintf(`{"seq":%d,"type":"request","command":"initialize","arguments":%s}`, seq, commands[0].wrong))
	contains(t, c.Fails(seq), commands[0].names)
	c.Start(program(script(t, "local x = 1")))
	c.ExpectTerminated()
	for _, cmd := range commands[1:] {
		if cmd.wrong == "" {
			continue
		}
		for _, args := range []string{cmd.wrong, `[1]`, `"x"`, `5`} {
			seq := c.NextSeq()
			c.SendRaw(seq, cmd.name, fmt.Sprintf(`{"seq":%d,"type":"request","command":%q,"arguments":%s}`, seq, cmd.name, args))
			text := c.Fails(seq)
			if args == cmd.wrong && cmd.name != "launch" { // launch is refused before that
				contains(t, text, cmd.names)
			}
		}
	}
	equal(t, "threads after the end", len(c.Threads()), 0)
	c.Disconnect()
}

func TestEnvelopes(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Initialize()
	contains(t, c.CallError("fly", map[string]any{"to": "the moon"}), `unknown command "fly"`)
	contains(t, c.CallError("", nil), `unknown command ""`)
	for _, body := range []string{
		`{"seq":101,"type":"request","command":7}`,
		`{"seq":101,"type":"request"}`,
		`{"seq":101,"type":"wish","command":""}`,
		`{"seq":101}`,
	} {
		c := connect(t, dap.Options{})
		c.SendRaw(101, "", body)
		contains(t, c.Fails(101), "must be")
		c.Disconnect()
	}
	// Responses and events need no answer.
	c.WriteRaw(daptest.Frame([]byte(`{"seq":50,"type":"response","request_seq":3,"success":true,"command":"runInTerminal"}`)))
	c.WriteRaw(daptest.Frame([]byte(`{"seq":51,"type":"event","event":"x"}`)))
	c.Threads()
	c.Disconnect()
}

// What cannot be a protocol message closes the connection: no answer, nothing
// executed, no search for the next message.
func TestBadInputCloses(t *testing.T) {
	launch := string(daptest.Frame([]byte(`{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`)))
	tests := []struct{ name, input string }{
		{"HTTP post with a message in it", "POST / HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nContent-Type: text/plain\r\n" + launch},
		{"HTTP get", "GET / HTTP/1.1\r\n\r\n"},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
		{"not JSON", "Content-Length: 5\r\n\r\nhello"},
		{"not an object", "Content-Length: 2\r\n\r\n[]"},
		{"no seq", "Content-Length: 2\r\n\r\n{}"},
		{"huge length", "Content-Length: 99999999999\r\n\r\n{}"},
		{"negative length", "Content-Length: -1\r\n\r\n{}"},
		{"two lengths", "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"},
		{"no resynchronisation", "x" + launch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.WriteRaw([]byte(tt.input))
			c.ExpectClosed()
			for _, line := range c.Transcript() {
				if strings.HasPrefix(line, "<-") {
					t.Errorf("the server answered: %s", line)
				}
			}
		})
	}
	t.Run("body over the cap", func(t *testing.T) {
		c := connect(t, dap.Options{MaxBody: 1000})
		c.Initialize()
		c.WriteRaw([]byte("Content-Length: 1001\r\n\r\n"))
		c.ExpectClosed()
	})
	t.Run("after a script was stopped", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Start(program(script(t, "local x = 1", "local y = 2")))
		c.ExpectTerminated()
		c.WriteRaw([]byte("nonsense"))
		c.ExpectClosed()
	})
}

// Requests that come together with a disconnect are answered before it.
func TestRequestsAfterDisconnect(t *testing.T) {
	c := connect(t, dap.Options{})
	var all []byte
	for i, command := range []string{"disconnect", "threads", "initialize"} {
		all = append(all, daptest.Frame([]byte(fmt.Sprintf(`{"seq":%d,"type":"request","command":%q}`, i+1, command)))...)
	}
	c.SendTogether(all, "disconnect", "threads", "initialize")
	contains(t, c.Fails(2), "disconnecting")
	contains(t, c.Fails(3), "disconnecting")
	c.Succeeds(1, nil)
	c.ExpectClosed()
	last := c.Transcript()[len(c.Transcript())-1]
	contains(t, last, `"command":"disconnect"`)
}

// While a request is being answered others wait, up to a limit; each is
// answered exactly once (the client checks that).
func TestRequestFlood(t *testing.T) {
	path := script(t, "local x = 1")
	entered, proceed := make(chan struct{}), make(chan struct{})
	opts := dap.Options{NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
		close(entered)
		<-proceed
		return kernel.NewSession(cfg)
	}}
	c := connect(t, opts)
	c.Initialize()
	launch := c.Launch(program(path))
	done := c.Send("configurationDone", nil)
	<-entered
	var seqs []int
	for range 1500 {
		seqs = append(seqs, c.Send("threads", nil))
	}
	contains(t, c.Fails(seqs[len(seqs)-1]), "too many requests")
	close(proceed)
	c.Succeeds(done, nil)
	c.Succeeds(launch, nil)
	refused := 0
	for _, seq := range seqs {
		if !c.Response(seq).Success {
			refused++
		}
	}
	equal(t, "refused requests", refused, 1500-1024)
	c.ExpectTerminated()
	c.Disconnect()
}

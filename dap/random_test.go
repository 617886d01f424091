package dap_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// randomClient sends any request in any state, with handles that it was given,
// now or long ago, or was not.
type randomClient struct {
	*client
	rng     *rand.Rand
	program string
	texts   []string // dataIds, addresses, memory references
	frames  []int
	refs    []int // containers, places, targets
}

var randomScript = []string{
	"local t = setmetatable({1, 2, x = 'y'}, {__index = {z = 1}})",
	"local function f(a, b)",
	"  local s = tostring(a) .. b",
	"  if a > 3 then error(s) end",
	"  return s, t.z",
	"end",
	"local co = coroutine.wrap(function() for i = 1, 100 do coroutine.yield(f(1, i)) end end)",
	"for i = 1, 1000 do",
	"  pcall(f, i % 5, 'text')",
	"  if i < 100 then co() end",
	"end",
	"while true do f(1, 2) end",
}

var randomExpressions = []string{"t", "a", "f(1, 2)", "t.x", "t.x = 5", "while true do end", "error('no')", "x +", "setmetatable({}, {__tostring = function() while true do end end})"}

func pick[T any](r *randomClient, list ...T) T { return list[r.rng.IntN(len(list))] }

// known is one of the last handles of a kind, or any number.
func (r *randomClient) known(list []int) int {
	if len(list) == 0 || r.rng.IntN(8) == 0 {
		return r.rng.IntN(50)
	}
	return list[len(list)-1-r.rng.IntN(min(len(list), 10))]
}

func (r *randomClient) frame() int { return r.known(r.frames) }
func (r *randomClient) ref() int   { return r.known(r.refs) }

func (r *randomClient) text() string {
	if len(r.texts) == 0 || r.rng.IntN(8) == 0 {
		return pick(r, "0x100000", "run1/m1", "global:t", "nonsense")
	}
	return pick(r, r.texts...)
}

// request makes up a request whose arguments are of the right types.
func (r *randomClient) request() (string, map[string]any) {
	thread, line := pick(r, 1, 1, 1, 2, 99), 1+r.rng.IntN(len(randomScript)+1)
	source := map[string]any{"path": pick(r, r.program, r.program, "/nowhere.lua")}
	condition := pick(r, "", "", "a == 2", "a ==", "err ~= nil")
	expression := pick(r, randomExpressions...)
	one := func(m map[string]any) map[string]any {
		return map[string]any{"breakpoints": []any{m}[:r.rng.IntN(2)]}
	}
	requests := []struct {
		command string
		args    map[string]any
	}{
		{"initialize", daptest.InitializeArguments()},
		{"launch", map[string]any{"program": r.program, "stopOnEntry": pick(r, true, false), "noDebug": r.rng.IntN(8) == 0}},
		{"configurationDone", nil},
		{"restart", map[string]any{}},
		{"terminate", map[string]any{}},
		{"cancel", map[string]any{"requestId": 1 + r.rng.IntN(r.NextSeq())}},
		{"pause", map[string]any{"threadId": thread}},
		{"setBreakpoints", map[string]any{"source": source, "breakpoints": []any{map[string]any{"line": line, "condition": condition}}}},
		{"setFunctionBreakpoints", one(map[string]any{"name": pick(r, "f", "tostring", "nothing"), "condition": condition})},
		{"setDataBreakpoints", one(map[string]any{"dataId": r.text(), "accessType": pick(r, "read", "write", "readWrite")})},
		{"setInstructionBreakpoints", one(map[string]any{"instructionReference": r.text(), "offset": r.rng.IntN(5) - 2})},
		{"setExceptionBreakpoints", map[string]any{"filters": []string{}, "filterOptions": []any{map[string]any{"filterId": pick(r, "all", "uncaught", "error", "odd"), "condition": condition}}}},
		{"breakpointLocations", map[string]any{"source": source, "line": line, "endLine": line + 3}},
		{"dataBreakpointInfo", map[string]any{"variablesReference": r.ref(), "name": pick(r, "t", "a", "x")}},
		{"dataBreakpointInfo", map[string]any{"frameId": r.frame(), "name": pick(r, "t.x", "a", "f()")}},
		{"continue", map[string]any{"threadId": thread}},
		{"next", map[string]any{"threadId": thread, "granularity": pick(r, "line", "instruction")}},
		{"stepIn", map[string]any{"threadId": thread}},
		{"stepIn", map[string]any{"threadId": thread, "targetId": r.ref()}},
		{"stepOut", map[string]any{"threadId": thread}},
		{"stepInTargets", map[string]any{"frameId": r.frame()}},
		{"gotoTargets", map[string]any{"source": source, "line": line}},
		{"goto", map[string]any{"threadId": thread, "targetId": r.ref()}},
		{"restartFrame", map[string]any{"frameId": r.frame()}},
		{"terminateThreads", map[string]any{"threadIds": []int{thread}}},
		{"threads", nil},
		{"stackTrace", map[string]any{"threadId": thread, "format": map[string]any{"parameters": true, "module": true, "line": true}}},
		{"stackTrace", map[string]any{"threadId": 1}},
		{"scopes", map[string]any{"frameId": r.frame()}},
		{"variables", map[string]any{"variablesReference": r.ref(), "format": map[string]any{"hex": true}}},
		{"variables", map[string]any{"variablesReference": r.ref()}},
		{"setVariable", map[string]any{"variablesReference": r.ref(), "name": pick(r, "a", "x", "[1]"), "value": pick(r, "1", "'s'", "x +")}},
		{"setExpression", map[string]any{"frameId": r.frame(), "expression": pick(r, "t.x", "a", "f()"), "value": "1"}},
		{"evaluate", map[string]any{"frameId": r.frame(), "expression": expression, "context": pick(r, "repl", "watch", "hover")}},
		{"completions", map[string]any{"frameId": r.frame(), "text": pick(r, "t.", "", "f", "𝄞.", "t:"), "column": 1 + r.rng.IntN(4)}},
		{"exceptionInfo", map[string]any{"threadId": thread}},
		{"locations", map[string]any{"locationReference": r.ref()}},
		{"readMemory", map[string]any{"memoryReference": r.text(), "count": r.rng.IntN(10)}},
		{"writeMemory", map[string]any{"memoryReference": r.text(), "data": "QUJD", "allowPartial": pick(r, true, false)}},
		{"disassemble", map[string]any{"memoryReference": r.text(), "instructionOffset": r.rng.IntN(40) - 20, "instructionCount": r.rng.IntN(20)}},
		{"source", map[string]any{"source": source, "sourceReference": 0}},
		{"loadedSources", nil},
		{"modules", map[string]any{}},
		{"toggleSkipFileStatus", map[string]any{"resource": r.program}},
		{"setStepFilters", map[string]any{"stepFilters": []string{pick(r, "f", "g")}}},
		{"nonsense", map[string]any{}},
	}
	choice := requests[r.rng.IntN(len(requests))]
	switch choice.command {
	case "restart", "terminate", "continue":
		if r.rng.IntN(4) > 0 { // most of the time the script should be stopped somewhere
			return r.request()
		}
	}
	return choice.command, choice.args
}

// harvest keeps the handles of a response.
func (r *randomClient) harvest(m daptest.Message) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for key, item := range v {
				switch item := item.(type) {
				case float64:
					switch key {
					case "id":
						if m.Command == "stackTrace" {
							r.frames = append(r.frames, int(item))
						} else {
							r.refs = append(r.refs, int(item))
						}
					case "variablesReference", "valueLocationReference":
						if item > 0 {
							r.refs = append(r.refs, int(item))
						}
					}
				case string:
					switch key {
					case "dataId", "address", "memoryReference", "instructionPointerReference":
						r.texts = append(r.texts, item)
					}
				default:
					walk(item)
				}
			}
		}
	}
	var body any
	if m.Success && json.Unmarshal(m.Body, &body) == nil {
		walk(body)
	}
}

// Whatever a client sends, and whenever: each request has one response, every
// message is valid, nothing panics, and the session ends when it is told to.
func TestRandomClient(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := &randomClient{client: connect(t, dap.Options{}), rng: rand.New(rand.NewPCG(seed, 1)), program: script(t, randomScript...)}
			if seed%3 > 0 { // most begin as they should
				launch := program(r.program)
				launch["stopOnEntry"] = true
				r.Start(launch)
				r.ExpectStopped("entry")
			}
			for range 150 {
				command, args := r.request()
				var seq int
				if args == nil {
					seq = r.Send(command, nil)
				} else {
					seq = r.Send(command, args)
				}
				switch command {
				case "launch": // answered after configurationDone, which may never come
				case "evaluate": // which may not end by itself
					switch r.rng.IntN(3) {
					case 0:
						r.Send("cancel", map[string]any{"requestId": seq})
					case 1:
						r.Send("pause", map[string]any{"threadId": 1})
					default:
						if args["context"] == "hover" {
							r.harvest(r.Response(seq))
						} else {
							r.Send("cancel", map[string]any{"requestId": seq})
						}
					}
				case "continue", "next", "stepIn", "stepOut", "goto", "restartFrame", "restart":
					r.Send("pause", map[string]any{"threadId": 1})
					r.harvest(r.Response(r.Send("stackTrace", map[string]any{"threadId": 1})))
				default:
					if command == "stackTrace" || r.rng.IntN(3) > 0 {
						m := r.Response(seq)
						r.harvest(m)
						var body struct {
							Error struct{ ID int }
						}
						if _ = json.Unmarshal(m.Body, &body); body.Error.ID == 8 {
							t.Fatalf("%s: internal error: %s", command, m.Text)
						}
					}
				}
			}
			r.Disconnect()
		})
	}
}

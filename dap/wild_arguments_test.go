package dap_test

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// choices turns bytes into decisions. When they are used up, all is 0.
type choices struct{ data []byte }

func (c *choices) more() bool { return len(c.data) > 0 }

func (c *choices) next() int {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return int(b)
}

func (c *choices) below(n int) int { return c.next() % n }

// The kinds of arguments. Those in the pool are learned from answers.
const (
	argThread   = "thread"
	argFrame    = "frame"
	argRef      = "variablesReference"
	argSource   = "sourceReference"
	argTarget   = "targetId"
	argLocation = "locationReference"
	argMemory   = "memoryReference"
	argAddress  = "instructionReference"
	argDataID   = "dataId"
	argRequest  = "requestId"
	argInt      = "int"
	argLine     = "line"
	argBool     = "bool"
	argPath     = "path"
	argText     = "expression"
	argName     = "name"
	argFilter   = "filter"
	argData     = "base64"
	argAny      = "any"
	argSourceOf = "source"
	argFormat   = "format"
	argBreaks   = "breakpoints"
	argFunction = "functions"
	argDatas    = "data breakpoints"
	argInstr    = "instruction breakpoints"
	argFilters  = "filters"
	argOptions  = "filterOptions"
	argThreads  = "threadIds"
	argContext  = "context"
	argGranular = "granularity"
)

// wildRequests are the requests of version 1.71, with the arguments that each
// may have, and requests of our own.
var wildRequests = map[string]map[string]string{
	"initialize":                {"adapterID": argName, "pathFormat": argName, "linesStartAt1": argBool},
	"configurationDone":         {},
	"launch":                    {"program": argPath, "stopOnEntry": argBool, "noDebug": argBool, "args": argAny, "cwd": argPath, "skipFiles": argAny},
	"attach":                    {"target": argName, "connect": argAny, "port": argInt},
	"restart":                   {"arguments": argAny},
	"disconnect":                {"restart": argBool, "terminateDebuggee": argBool, "suspendDebuggee": argBool},
	"terminate":                 {"restart": argBool},
	"breakpointLocations":       {"source": argSourceOf, "line": argLine, "column": argInt, "endLine": argLine, "endColumn": argInt},
	"setBreakpoints":            {"source": argSourceOf, "breakpoints": argBreaks, "lines": argAny, "sourceModified": argBool},
	"setFunctionBreakpoints":    {"breakpoints": argFunction},
	"setExceptionBreakpoints":   {"filters": argFilters, "filterOptions": argOptions, "exceptionOptions": argAny},
	"dataBreakpointInfo":        {"variablesReference": argRef, "name": argName, "frameId": argFrame, "bytes": argInt, "asAddress": argBool, "mode": argName},
	"setDataBreakpoints":        {"breakpoints": argDatas},
	"setInstructionBreakpoints": {"breakpoints": argInstr},
	"continue":                  {"threadId": argThread, "singleThread": argBool},
	"next":                      {"threadId": argThread, "singleThread": argBool, "granularity": argGranular},
	"stepIn":                    {"threadId": argThread, "singleThread": argBool, "granularity": argGranular, "targetId": argTarget},
	"stepOut":                   {"threadId": argThread, "singleThread": argBool, "granularity": argGranular},
	"stepBack":                  {"threadId": argThread, "granularity": argGranular},
	"reverseContinue":           {"threadId": argThread},
	"restartFrame":              {"frameId": argFrame},
	"goto":                      {"threadId": argThread, "targetId": argTarget},
	"pause":                     {"threadId": argThread},
	"stackTrace":                {"threadId": argThread, "startFrame": argInt, "levels": argInt, "format": argFormat},
	"scopes":                    {"frameId": argFrame},
	"variables":                 {"variablesReference": argRef, "filter": argFilter, "start": argInt, "count": argInt, "format": argFormat},
	"setVariable":               {"variablesReference": argRef, "name": argName, "value": argText, "format": argFormat},
	"source":                    {"source": argSourceOf, "sourceReference": argSource},
	"threads":                   {},
	"terminateThreads":          {"threadIds": argThreads},
	"modules":                   {"startModule": argInt, "moduleCount": argInt},
	"loadedSources":             {},
	"evaluate":                  {"expression": argText, "frameId": argFrame, "line": argInt, "column": argInt, "source": argSourceOf, "context": argContext, "format": argFormat},
	"setExpression":             {"expression": argName, "value": argText, "frameId": argFrame, "format": argFormat},
	"stepInTargets":             {"frameId": argFrame},
	"gotoTargets":               {"source": argSourceOf, "line": argLine, "column": argInt},
	"completions":               {"frameId": argFrame, "text": argText, "column": argLine},
	"exceptionInfo":             {"threadId": argThread},
	"readMemory":                {"memoryReference": argMemory, "offset": argInt, "count": argInt},
	"writeMemory":               {"memoryReference": argMemory, "offset": argInt, "allowPartial": argBool, "data": argData},
	"disassemble":               {"memoryReference": argAddress, "offset": argInt, "instructionOffset": argInt, "instructionCount": argInt, "resolveSymbols": argBool},
	"locations":                 {"locationReference": argLocation},
	"cancel":                    {"requestId": argRequest, "progressId": argName},
	"runInTerminal":             {"kind": argName, "cwd": argPath, "args": argAny},
	"startDebugging":            {"configuration": argAny, "request": argName},

	"toggleSkipFileStatus": {"resource": argPath, "sourceReference": argSource},
	"setStepFilters":       {"filters": argAny},
}

// inspections are what an editor may ask at a stop.
var inspections = []string{
	"evaluate", "evaluate", "completions", "setVariable", "setExpression", "dataBreakpointInfo", "exceptionInfo", "stepInTargets", "gotoTargets",
	"gotoTargets", "readMemory", "writeMemory", "disassemble", "locations", "source", "modules", "variables", "restartFrame", "goto", "terminateThreads",
}

// wildCommands lists the requests, those that move a script more than once.
func wildCommands() []string {
	commands := slices.Sorted(maps.Keys(wildRequests))
	for range 3 {
		commands = append(commands, "continue", "next", "stepIn", "stepOut", "pause", "stackTrace", "scopes", "variables", "evaluate")
	}
	return append(commands, "")
}

// wildTexts are expressions, statements, and what is neither. None of them
// does harm outside of its session.
var wildTexts = []string{
	"1 + 1", "n", "obj", "list", "_G", "t.n", "obj.self.id", "bad", "text", "...", "err", "nil", "", "x =", "n = 5", "local a = 1 return a",
	"while true do end", "error('in an evaluation')", "error({})", "coroutine.yield(1)", "os.exit(5)", "print('hello')", "f(1)",
	"setmetatable({}, {__index = function(t, k) return t[k] end}).x", "string.rep('ab', 70000)", "('x'):rep(10):upper()", "debug.traceback()",
	"coroutine.wrap(function() coroutine.yield(1) end)()", "pcall(error)", "list[", "obj.", "obj:", "\xc3\xa4\xf0\x9f\x98\x80 .. 1", "os.execute('true')", "Tool.list()",
	"0/0", "'\\0\\255'", "function() end", "(function() return (function() error('deep') end)() end)()", "{n = {n}}",
}

var wildNames = []string{
	"n", "t", "obj", "list", "id", "1", "[1]", "co", "gen", "risky", "f", "M.f", "calculator", "tool:calculator", "string.format", "text", "mt",
	"(metatable)", "...", "_G", "print", "", "no such name", "uri", "path", "statement", "arg", "main chunk",
}

var wildNumbers = []int{0, 1, 2, 3, 5, 7, 9, 12, 100, -1, 4096, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MaxInt64, math.MinInt64}

// arguments makes arguments for a request: right or stale, and, if wild,
// sometimes of a wrong type, sometimes missing.
func (r *wildClient) arguments(command string, wild bool) map[string]any {
	fields := wildRequests[command]
	args := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		odd := 2
		if wild {
			odd = r.choices.below(6)
		} else if fields[name] == argAny || fields[name] == argTarget && command == "stepIn" && r.choices.below(3) > 0 {
			continue
		}
		switch odd {
		case 0:
		case 1:
			args[name] = r.junk()
		default:
			args[name] = r.value(fields[name])
		}
	}
	return args
}

// junk is any JSON value.
func (r *wildClient) junk() any {
	values := []any{
		nil, true, 17, -1, 1.5, 1e300, "text", "", []any{}, []any{1, "a", nil}, map[string]any{}, map[string]any{"name": 1, "path": []int{1}},
		strings.Repeat("long ", 3000), []any{[]any{[]any{}}}, map[string]any{"breakpoints": "x", "line": "1", "id": nil}, wildNumbers[r.choices.below(len(wildNumbers))],
	}
	return values[r.choices.below(len(values))]
}

func (r *wildClient) value(kind string) any {
	c := r.choices
	pick := func(list []string) string { return list[c.below(len(list))] }
	several := func(make func() any) []any {
		list := []any{}
		for range c.below(4) {
			list = append(list, make())
		}
		return list
	}
	condition := func(m map[string]any) any {
		if c.below(3) == 0 {
			m["condition"] = pick(wildTexts)
		}
		if c.below(4) == 0 {
			m["hitCondition"] = pick([]string{"2", ">3", "%2", "x", ""})
		}
		return m
	}
	switch kind {
	case argThread, argFrame, argRef, argSource, argTarget, argLocation:
		return r.pool.number(kind, c)
	case argMemory, argAddress, argDataID:
		return r.pool.text(kind, c)
	case argRequest:
		return r.seq - c.below(6)
	case argInt:
		return wildNumbers[c.below(len(wildNumbers))]
	case argLine:
		return c.below(12)
	case argBool:
		return c.below(2) == 0
	case argPath:
		return pick(append([]string{r.world.dir, "", "/no/such/file.lua", "relative.lua", "\x00"}, r.world.scripts...))
	case argText:
		return pick(wildTexts)
	case argName:
		if c.below(2) == 0 {
			return r.pool.text(argName, c)
		}
		return pick(wildNames)
	case argFilter:
		return pick([]string{"", "indexed", "named", "other"})
	case argData:
		return pick([]string{"", "AAAA", "aGVsbG8=", "not base64!", strings.Repeat("QUJD", 5000)})
	case argContext:
		return pick([]string{"repl", "watch", "hover", "clipboard", "variables", "", "other"})
	case argGranular:
		return pick([]string{"statement", "line", "instruction", "other"})
	case argFormat:
		return map[string]any{"hex": c.below(2) == 0, "parameters": true, "line": true, "module": c.below(2) == 0}
	case argSourceOf:
		if c.below(4) == 0 {
			return map[string]any{"sourceReference": r.pool.number(argSource, c)}
		}
		if c.below(3) > 0 && r.program != "" {
			return map[string]any{"path": r.program}
		}
		return map[string]any{"path": r.pool.script(c)}
	case argBreaks:
		return several(func() any {
			b := map[string]any{"line": 1 + c.below(12)}
			if c.below(5) == 0 {
				b["logMessage"] = pick([]string{"n is {n}", "{", "{{}}", "{error('x')}", "{while}"})
			}
			return condition(b)
		})
	case argFunction:
		return several(func() any { return condition(map[string]any{"name": pick(wildNames)}) })
	case argDatas:
		return several(func() any {
			return condition(map[string]any{"dataId": r.pool.text(argDataID, c), "accessType": pick([]string{"read", "write", "readWrite", "other"})})
		})
	case argInstr:
		return several(func() any {
			return condition(map[string]any{"instructionReference": r.pool.text(argAddress, c), "offset": c.below(4)})
		})
	case argFilters:
		return several(func() any { return pick(wildFilters) })
	case argOptions:
		return several(func() any { return condition(map[string]any{"filterId": pick(wildFilters)}) })
	case argThreads:
		return several(func() any { return r.pool.number(argThread, c) })
	default:
		return r.junk()
	}
}

var wildFilters = []string{"uncaught", "caught", "all", "runtime", "error", "assert", "tool", "limit", "other"}

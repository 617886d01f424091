package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHeadlessExitCodes(t *testing.T) {
	const loop = "local sum = 0\nfor i = 1, 3 do\n  sum = sum + i\nend\nprint(sum)\n"
	for _, tt := range []struct {
		name, script string
		args         []string
		code         int
		stops        int
		stderr       string // a part
	}{
		{"nothing asked", loop, nil, 0, 0, ""},
		{"break", loop, []string{"--break", "script.lua:3"}, 0, 3, ""},
		{"line alone", loop, []string{"--break", "3 if i == 2"}, 0, 1, ""},
		{"arguments after the script", "assert(... == 'a' and arg[2] == '--x')", []string{"a", "--", "--x"}, 0, 0, ""},
		{"condition never true", loop, []string{"--break", "script.lua:3 if i > 9"}, 7, 0, "breakpoint script.lua:3 if i > 9 was never reached"},
		{"condition that fails", loop, []string{"--break", "script.lua:3 if nope.x"}, 7, 3, "attempt to index global 'nope'"},
		{"beyond the end", loop, []string{"--break", "script.lua:99"}, 7, 0, "could not be set: no code at or after line 99"},
		{"missing file", loop, []string{"--break", "other.lua:1"}, 7, 0, "there is no file other.lua, here or beside"},
		{"one of two", loop, []string{"--break", "3", "--break", "99"}, 7, 3, "breakpoint 99 could not be set"},
		{"moved", loop, []string{"--break", "4"}, 0, 1, ""},
		{"log", loop, []string{"--log", "3 => i is {i}"}, 0, 0, ""},
		{"log never reached", loop, []string{"--log", "3 if i > 9 => i is {i}"}, 0, 0, ""},
		{"log beyond the end", loop, []string{"--log", "99 => x"}, 7, 0, "log point 99 => x could not be set"},
		{"expect", loop, []string{"--expect", "3 => sum == i * (i - 1) / 2"}, 0, 3, ""},
		{"expect with a condition", loop, []string{"--expect", "3 if i == 2 => sum == 1"}, 0, 1, ""},
		{"expect false", loop, []string{"--expect", "3 => i < 3"}, 7, 3, "failed at stop 3: the value is false"},
		{"expect nil", loop, []string{"--expect", "3 => nothing"}, 7, 3, "failed 3 times, first at stop 1: the value is nil"},
		{"expect an error", loop, []string{"--expect", "5 => nothing.x"}, 7, 1, "attempt to index global 'nothing'"},
		{"expect never reached", loop, []string{"--expect", "3 if false => true"}, 7, 0, "was never reached"},
		{"expect that does not end", loop, []string{"--expect", "5 => (function() while true do end end)()"}, 7, 1, "no result within 2s"},
		{"expect with a side effect", "n = 0\nlocal a = 1\nassert(n == 1)", []string{"--expect", "2 => (function() n = n + 1 return true end)()"}, 0, 1, ""},
		{"expect several values", loop, []string{"--expect", "5 => (function() return false, 1 end)()"}, 7, 1, "the value is false"},
		{"function", "local function f(a) return a end\nf(1) f(2)", []string{"--function", "f if a == 2"}, 0, 1, ""},
		{"function of a library", "print(1)", []string{"--function", "print"}, 0, 1, ""},
		{"no such function", loop, []string{"--function", "nope"}, 7, 0, "function nope could not be set"},
		{"error", "local x = 1\nerror('bad')", nil, 1, 0, "script.lua:2: bad\nstack traceback"},
		{"error stops", "local x = 1\nerror('bad')", []string{"--break-on-error", "uncaught"}, 1, 1, "bad"},
		{"caught error", "pcall(error, 'bad')", []string{"--break-on-error", "uncaught"}, 0, 0, ""},
		{"caught error stops", "pcall(error, 'bad')", []string{"--break-on-error", "caught"}, 0, 1, ""},
		{"all errors", "pcall(error, 'bad')\nerror('worse')", []string{"--break-on-error", "all"}, 1, 2, "worse"},
		{"error object", "error({code = 5})", []string{"--break-on-error", "uncaught"}, 1, 1, ""},
		{"error nil", "error(nil)", []string{"--break-on-error", "all"}, 1, 1, "nil"},
		{"error object that cannot be shown", "error(setmetatable({}, {__tostring = function() error('again') end}))", []string{"--break-on-error", "uncaught", "--eval", "nope.x"}, 1, 1, "llmspell: "},
		{"error before what was expected", "error('bad')\nprint(1)", []string{"--break", "2"}, 1, 0, "bad"},
		{"error in a coroutine", "local co = coroutine.wrap(function() error('deep') end)\nco()", []string{"--break-on-error", "uncaught"}, 1, 1, "deep"},
		{"syntax error", "x = = 1", []string{"--break", "1"}, 1, 0, "unexpected symbol near '='"},
		{"garbage", "\x00\x01\xff\xfe\x1b\x80\n\x00", nil, 1, 0, "script.lua:1:"},
		{"bytecode", "\x1bLuaQ\x00\x01", []string{"--break", "1"}, 1, 0, "precompiled chunks cannot be loaded"},
		{"empty", "", []string{"--expect", "1 => true"}, 0, 1, ""},
		{"os.exit", "os.exit(5)", nil, 5, 0, ""},
		{"os.exit and met", "local a = 1\nos.exit(5)", []string{"--expect", "2 => a == 1"}, 5, 1, ""},
		{"os.exit(0) and missed", "os.exit(0)\nprint(1)", []string{"--break", "2"}, 7, 0, "never reached"},
		{"timeout in a loop", "while true do end", []string{"--timeout", "100ms", "--break", "99"}, 4, 0, "time limit"},
		{"timeout in a process", "os.execute('sleep 20')", []string{"--timeout", "100ms", "--allow-run=sh"}, 4, 0, "time limit"},
		{"denied", "os.execute('true')", nil, 3, 0, "--allow-run=sh"},
		{"tool error", "Tool.execute('nothing', {})", nil, 6, 0, "nothing"},
		{"timeout in a tool", "local t = Tool.get('calculator')\nwhile true do t:execute{input = '1+1'} end", []string{"--timeout", "200ms"}, 4, 0, "time limit"},
		{"timeout at a stop", "local x = 1\nprint(x)", []string{"--timeout", "3s", "--eval", "(function() while true do end end)()", "--eval", "(function() while true do end end)() -- 2 s each", "--break", "2"}, 4, 1, "time limit"},
		{"budget", "while true do end", []string{"--max-instructions", "100000"}, 4, 0, "instruction budget"},
		{"coroutines", "local co = coroutine.wrap(function(a)\n  local b = coroutine.yield(a)\n  return b\nend)\nco(1) co(2)", []string{"--expect", "2 => a == 1", "--expect", "3 => b == 2"}, 0, 2, ""},
		{"limit of stops 1", loop, []string{"--break", "3", "--max-stops", "1"}, 0, 1, ""},
		{"limit of stops 0", loop, []string{"--break", "3", "--max-stops", "0"}, 0, 3, ""},
		{"cut off", loop, []string{"--break", "3", "--expect", "5 => true", "--max-stops", "2"}, 7, 2, "was not reached before the limit of --max-stops"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report(t, tt.script, tt.args...)
			if r.code != tt.code || len(r.stops) != tt.stops || !strings.Contains(r.stderr, tt.stderr) {
				t.Errorf("exit code %d with %d stops, want %d with %d\nstderr %q, want %q", r.code, len(r.stops), tt.code, tt.stops, r.stderr, tt.stderr)
			}
			if tt.code == 0 && r.stderr != "" {
				t.Errorf("stderr %q, want nothing", r.stderr)
			}
			if (len(r.summary.Failures) > 0) != (tt.code == 7) && tt.code != 1 && tt.code != 4 {
				t.Errorf("failures %q, exit code %d", r.summary.Failures, r.code)
			}
		})
	}
}

func TestHeadlessUsage(t *testing.T) {
	path := script(t, "print('ran')\n")
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	steps := func(text string) []string { return []string{path, "--script", write("steps.jsonl", text)} }
	for _, tt := range []struct {
		name   string
		args   []string
		stderr string
	}{
		{"no script", nil, "requires at least 1 arg"},
		{"missing script", []string{"nowhere.lua"}, "cannot open nowhere.lua"},
		{"a folder", []string{t.TempDir()}, "it is a folder"},
		{"a listener", []string{path, "--listen", "127.0.0.1:0"}, "--listen does not go with --headless"},
		{"no line", []string{path, "--break", "script.lua"}, "is not of the form FILE:LINE"},
		{"line 0", []string{path, "--break", "script.lua:0"}, "0 is not a line"},
		{"huge line", []string{path, "--break", "script.lua:99999999999999999999"}, "is not of the form"},
		{"condition", []string{path, "--break", "1 if x ="}, `--break "1 if x =": '<eof>' expected near '='`},
		{"empty condition", []string{path, "--break", "1 if "}, "the condition is missing"},
		{"log without text", []string{path, "--log", "1"}, "is not of the form 'FILE:LINE => TEXT'"},
		{"log with empty text", []string{path, "--log", "1 => "}, "TEXT is missing"},
		{"log expression", []string{path, "--log", "1 => {x"}, "is not closed"},
		{"expect without expression", []string{path, "--expect", "1 if x"}, "is not of the form 'FILE:LINE => EXPRESSION'"},
		{"expect expression", []string{path, "--expect", "1 => x = 1"}, `--expect "1 => x = 1"`},
		{"eval statement", []string{path, "--eval", "x = 1"}, `--eval "x = 1"`},
		{"function", []string{path, "--function", " "}, "is not of the form NAME"},
		{"function condition", []string{path, "--function", "f if ("}, "--function"},
		{"error filter", []string{path, "--break-on-error", "some"}, "use uncaught, caught or all"},
		{"output", []string{path, "--output", "xml"}, "use text, json or junit"},
		{"negative stops", []string{path, "--max-stops", "-1"}, "is negative"},
		{"coverage", []string{path, "--coverage", "out.info"}, "is not of the form lcov:PATH"},
		{"coverage file", []string{path, "--coverage", "lcov:" + filepath.Join(t.TempDir(), "no", "x")}, "--coverage: open"},
		{"profile", []string{path, "--profile", "lcov:x"}, "pprof:PATH or folded:PATH"},
		{"missing steps", []string{path, "--script", "nowhere.jsonl"}, "nowhere.jsonl"},
		{"no steps", steps("# nothing\n\n"), "there is no step in it"},
		{"bad JSON", steps("{\"command\":\"next\"}\n{\"command\":"), "steps.jsonl:2: not a step in JSON"},
		{"two on a line", steps(`{"command":"next"} {"command":"next"}`), "steps.jsonl:1: not a step in JSON: there is more"},
		{"no object", steps(`["next"]`), "steps.jsonl:1: not a step in JSON"},
		{"unknown command", steps(`{"command":"jump"}`), `steps.jsonl:1: unknown command "jump"`},
		{"unknown argument", steps(`{"command":"next","arguments":{"threadId":1}}`), `next has no argument "threadId"`},
		{"arguments", steps(`{"command":"next","arguments":[1]}`), "the arguments are no object"},
		{"type of an argument", steps(`{"command":"locals","arguments":{"frame":"top"}}`), "steps.jsonl:1: locals"},
		{"late launch", steps("{\"command\":\"next\"}\n{\"command\":\"launch\"}"), "launch must be the first"},
		{"step expression", steps(`{"command":"expect","arguments":{"expression":"x ="}}`), "steps.jsonl:1: expect: '<eof>' expected near '='"},
		{"step condition", steps(`{"command":"setBreakpoints","arguments":{"source":{"path":"a.lua"},"breakpoints":[{"line":1,"condition":")"}]}}`), "setBreakpoints: unexpected symbol"},
		{"value", steps(`{"command":"setVariable","arguments":{"name":"x","value":"1 2"}}`), "setVariable:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := call(t, "", append([]string{"dap", "--headless"}, tt.args...)...)
			if code != exitUsage || out != "" || !strings.Contains(errs, tt.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q; want 2, nothing and %q", code, out, errs, tt.stderr)
			}
		})
	}
	for _, args := range [][]string{{path}, {"--break", "3"}, {"--output", "json"}} {
		if code, _, errs := call(t, "", append([]string{"dap"}, args...)...); code != exitUsage || !strings.Contains(errs, "--headless") {
			t.Errorf("%v without --headless: exit %d, stderr %q", args, code, errs)
		}
	}
}

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stepwise runs a script with steps.
func stepwise(t *testing.T, text, steps string, args ...string) reported {
	t.Helper()
	file := filepath.Join(t.TempDir(), "steps.jsonl")
	if err := os.WriteFile(file, []byte(steps), 0o644); err != nil {
		t.Fatal(err)
	}
	return report(t, text, append([]string{"--script", file}, args...)...)
}

const pipeline = `local seen = 0
local function double(x)
  local y = x * 2
  seen = seen + 1
  return y
end
local co = coroutine.wrap(function()
  for i = 1, 2 do
    coroutine.yield(double(i))
  end
end)
total = co() + co()
local ok = pcall(error, "caught")
print(total, seen, ok)
`

const pipelineSteps = `# a session, as a client would have it
{"command": "launch", "arguments": {"stopOnEntry": true}}
{"command": "setBreakpoints", "arguments": {"source": {"path": "script.lua"}, "breakpoints": [{"line": 3, "condition": "x == 1"}, {"line": 99}]}}

{"command": "expect", "arguments": {"reason": "entry", "line": 1, "function": "main chunk"}}
{"command": "continue"}
{"command": "expect", "arguments": {"reason": "breakpoint", "file": "script.lua", "line": 3, "function": "double", "expression": "x == 1 and y == nil"}}
{"command": "stackTrace", "arguments": {"levels": 2}}
{"command": "next"}
{"command": "locals"}
{"command": "setVariable", "arguments": {"name": "y", "value": "40"}}
{"command": "setVariable", "arguments": {"name": "seen", "value": "seen + 10"}}
{"command": "evaluate", "arguments": {"expression": "y + seen"}}
{"command": "evaluate", "arguments": {"expression": "extra = {10, 20}"}}
{"command": "variables", "arguments": {"expression": "extra"}}
{"command": "variables", "arguments": {"scope": "upvalues"}}
{"command": "evaluate", "arguments": {"frame": 1, "expression": "i"}}
{"command": "setExceptionBreakpoints", "arguments": {"filters": ["caught"]}}
{"command": "stepOut"}
{"command": "expect", "arguments": {"reason": "step", "line": 12}}
{"command": "continue"}
{"command": "expect", "arguments": {"reason": "exception", "expression": "total == 44"}}
{"command": "setVariable", "arguments": {"name": "total", "value": "7"}}
{"command": "setFunctionBreakpoints", "arguments": {"breakpoints": [{"name": "print"}]}}
{"command": "continue"}
{"command": "expect", "arguments": {"reason": "function breakpoint", "line": 14}}
`

func TestHeadlessSteps(t *testing.T) {
	r := stepwise(t, pipeline, strings.ReplaceAll(pipelineSteps, `"line": 12`, `"line": 8`))
	for _, s := range r.steps {
		if !s.Success {
			t.Errorf("step %d %s: %s", s.Line, s.Command, s.Error)
		}
	}
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("exit %d, stderr %q", r.code, r.stderr)
	}
	if s := r.summary.Steps; s.Total != 24 || s.Done != 24 || len(s.Failures) != 0 {
		t.Errorf("steps %+v", s)
	}
	if r.summary.Output != "7\t12\tfalse\n" {
		t.Errorf("output %q", r.summary.Output)
	}
	results := map[int]string{}
	for _, s := range r.steps {
		results[s.Line] = fmt.Sprint(s.Value, s.Variables, len(s.Stack), s.Breakpoints)
	}
	for line, want := range map[int]string{
		3:  "[] 0 [{3 true } {99 false no code at or after line 99 to stop at}]",
		8:  "[] 2 []",
		10: "[{x 1 number} {y 2 number}] 0 []",
		11: "40[] 0 []", 12: "10[] 0 []", 13: "50[] 0 []",
		15: "[{[1] 10 number} {[2] 20 number}] 0 []",
		16: "[{seen 10 number}] 0 []",
		17: "1[] 0 []",
	} {
		if results[line] != want {
			t.Errorf("step %d gives %s, want %s", line, results[line], want)
		}
	}
}

func TestHeadlessStepsFail(t *testing.T) {
	const text = "local a = 1\nlocal b = 2\nprint(a + b)\n"
	const entry = `{"command": "launch", "arguments": {"stopOnEntry": true}}` + "\n"
	for _, tt := range []struct {
		name, steps string
		code        int
		failure     string
		args        []string
	}{
		{"expectation", entry + `{"command": "expect", "arguments": {"line": 2, "reason": "step", "function": "f", "file": "other.lua", "expression": "a"}}`, 7,
			"steps.jsonl:2: expect: the reason is entry, want step; the file is ", nil},
		{"false expression", entry + `{"command": "expect", "arguments": {"expression": "a == 5"}}`, 7, "a == 5 is false", nil},
		{"evaluation", entry + `{"command": "evaluate", "arguments": {"expression": "nope()"}}`, 7, "attempt to call global 'nope'", nil},
		{"frame", entry + `{"command": "evaluate", "arguments": {"expression": "1", "frame": 9}}`, 7, "there is no frame 9", nil},
		{"constant", entry + `{"command": "setVariable", "arguments": {"name": "a", "value": "error('no')"}}`, 7, "no", nil},
		{"the script ends first", entry + "{\"command\": \"continue\"}\n{\"command\": \"locals\"}\n{\"command\": \"locals\"}", 7, "steps.jsonl:3: locals was not reached", nil},
		{"never stops", `{"command": "locals"}`, 7, "steps.jsonl:1: locals was not reached", nil},
		{"cut off", entry + `{"command": "next"}`, 7, "past --max-stops", []string{"--max-stops", "1"}},
		{"missing file", `{"command": "setBreakpoints", "arguments": {"source": {"path": "no.lua"}, "breakpoints": []}}`, 7, "there is no file no.lua", nil},
		{"timeout", entry + `{"command": "evaluate", "arguments": {"expression": "(function() while true do end end)()"}}`, 4, "", []string{"--timeout", "200ms"}},
		{"none left", entry, 0, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := stepwise(t, text, tt.steps, tt.args...)
			if r.code != tt.code || !strings.Contains(strings.Join(r.summary.Failures, "\n"), tt.failure) || tt.code == 7 && !strings.Contains(r.stderr, tt.failure) {
				t.Errorf("exit %d, failures %q, stderr %q; want %d and %q", r.code, r.summary.Failures, r.stderr, tt.code, tt.failure)
			}
		})
	}
}

// TestHeadlessStepsKeepOptions: steps and options have their breakpoints in one
// file, and log points are counted once.
func TestHeadlessStepsKeepOptions(t *testing.T) {
	text := "for i = 1, 4 do\n  local a = i\n  local b = a\nend\n"
	set := `{"command": "setBreakpoints", "arguments": {"source": {"path": "script.lua"}, "breakpoints": [%s]}}` + "\n"
	steps := fmt.Sprintf(set, `{"line": 3, "condition": "i == 1"}`) + fmt.Sprintf(set, "") + `{"command": "continue"}` + "\n"
	steps = strings.Replace(steps, "\n", "\n{\"command\": \"locals\"}\n", 1)
	r := stepwise(t, text, steps, "--log", "2 => {i}", "--break", "2 if i == 3")
	if r.code != 0 || len(r.logs) != 4 || r.summary.Breakpoints[1].Hits != 4 || len(r.stops) != 2 {
		t.Errorf("exit %d, %d logs, %d stops, %+v, stderr %q", r.code, len(r.logs), len(r.stops), r.summary.Breakpoints, r.stderr)
	}
}

func TestHeadlessStepsJUnit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "steps.jsonl")
	if err := os.WriteFile(file, []byte(`{"command":"launch","arguments":{"stopOnEntry":true}}
{"command":"expect","arguments":{"line":5}}
{"command":"continue"}
{"command":"locals"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, _ := headlessly(t, "local a = 1\n", "--script", file, "--output", "junit")
	for _, part := range []string{`tests="5" failures="2" errors="0"`, `name="step 2: expect"`, "the line is 1, want 5", `name="all steps are done"`} {
		if code != 7 || !strings.Contains(out, part) {
			t.Errorf("exit %d, %q is missing in\n%s", code, part, out)
		}
	}
}

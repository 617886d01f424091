package cli

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap/headless"
)

// headlessly runs dap --headless on a script.
func headlessly(t *testing.T, text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return call(t, "", append([]string{"dap", "--headless", script(t, text)}, args...)...)
}

// reported is a run with --output json, read back.
type reported struct {
	code    int
	stderr  string
	stops   []headless.Stop
	logs    []headless.Log
	steps   []headless.Step
	summary headless.Summary
	lines   []map[string]any
}

func report(t *testing.T, text string, args ...string) (r reported) {
	t.Helper()
	code, out, errs := headlessly(t, text, append([]string{"--output", "json"}, args...)...)
	return readReport(t, code, out, errs)
}

func readReport(t *testing.T, code int, out, errs string) (r reported) {
	t.Helper()
	r.code, r.stderr = code, errs
	for line := range strings.Lines(out) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("no JSON: %q: %v", line, err)
		}
		r.lines = append(r.lines, m)
		var err error
		switch m["type"] {
		case "stop":
			var s headless.Stop
			err = json.Unmarshal([]byte(line), &s)
			r.stops = append(r.stops, s)
		case "log":
			var l headless.Log
			err = json.Unmarshal([]byte(line), &l)
			r.logs = append(r.logs, l)
		case "step":
			var s headless.Step
			err = json.Unmarshal([]byte(line), &s)
			r.steps = append(r.steps, s)
		case "summary":
			err = json.Unmarshal([]byte(line), &r.summary)
		default:
			t.Fatalf("a line of the type %v: %s", m["type"], line)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if len(r.lines) == 0 || r.lines[len(r.lines)-1]["type"] != "summary" {
		t.Fatalf("the last line is no summary:\n%s\nstderr: %s", out, errs)
	}
	if r.summary.ExitCode != code {
		t.Errorf("exit code %d, the summary says %d", code, r.summary.ExitCode)
	}
	if r.summary.Stops != len(r.stops) {
		t.Errorf("%d stops, the summary says %d", len(r.stops), r.summary.Stops)
	}
	return r
}

func TestHeadlessStop(t *testing.T) {
	r := report(t, debugged, "--break", "script.lua:3 if a > 5", "--eval", "a * 2", "--eval", "nope.x", "--max-stops", "1")
	if len(r.stops) != 1 {
		t.Fatalf("%d stops", len(r.stops))
	}
	s := r.stops[0]
	if !strings.HasSuffix(s.File, "script.lua") || s.Line != 3 || s.N != 1 || s.Reason != "breakpoint" || s.Thread != 1 || s.Depth != 2 {
		t.Errorf("the stop is %+v", s)
	}
	if s.Output != "2\n" || r.summary.Output != "6\n12\n" {
		t.Errorf("output %q, then %q", s.Output, r.summary.Output)
	}
	for _, tt := range []struct{ what, got, want string }{
		{"source", fmt.Sprint(s.Source[2]), "{3   return a true}"},
		{"stack", s.Stack[0].Name + fmt.Sprint(s.Stack[0].Line) + s.Stack[1].Name + fmt.Sprint(s.Stack[1].Line), "area3main chunk6"},
		{"locals", fmt.Sprint(s.Locals), "[{w 2 number} {h 3 number} {a 6 number}]"},
		{"evaluation", fmt.Sprint(s.Evals[0]), "{a * 2 12 number }"},
		{"breakpoints", fmt.Sprint(s.Breakpoints), "[script.lua:3 if a > 5]"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got, tt.want)
		}
	}
	if !strings.Contains(s.Evals[1].Error, "global 'nope'") {
		t.Errorf("the failing expression gives %+v", s.Evals[1])
	}
}

// TestHeadlessText: what the script prints and what the debugger says are
// apart, and in their order.
func TestHeadlessText(t *testing.T) {
	code, out, errs := headlessly(t, "io.write('half')\nlocal x = 1\nio.write('end')", "--break", "2", "--log", "3 => x is {x}")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, stderr %q", code, errs)
	}
	rest := out
	for _, part := range []string{"half\nStop 1 (breakpoint) at ", "script.lua:2\n", " ->    2  local x = 1\n", "#0 main chunk  at ", "script.lua:3: x is 1\n", "end\n1 stop, exit code 0\n", "break 2: reached once\n", "reached once\n"} {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("%q is missing, or not in its place, in\n%s", part, out)
		}
		rest = after
	}
}

func TestHeadlessJUnit(t *testing.T) {
	type problem struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Name    string   `xml:"name,attr"`
			Failure *problem `xml:"failure"`
			Error   *problem `xml:"error"`
		} `xml:"testcase"`
		Output string `xml:"system-out"`
	}
	code, out, _ := headlessly(t, "print('<a> & \\0 \\255')\nlocal x = 1\nerror('bad <x>')", "--output", "junit",
		"--break", "2", "--break", "99", "--expect", "3 => x == 2", "--log", "2 => at two")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	if err := xml.Unmarshal([]byte(out), &suite); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if suite.Tests != 5 || suite.Failures != 2 || suite.Errors != 1 || len(suite.Cases) != 5 {
		t.Fatalf("%+v", suite)
	}
	if e := suite.Cases[0].Error; e == nil || !strings.Contains(e.Message, "bad <x>") || !strings.Contains(e.Text, "stack traceback") {
		t.Errorf("the script's error is %+v", e)
	}
	if suite.Cases[1].Failure != nil || suite.Cases[2].Failure == nil || suite.Cases[4].Failure == nil || suite.Cases[4].Name != "expect 3 => x == 2" {
		t.Errorf("the cases are %+v", suite.Cases)
	}
	if !strings.HasPrefix(suite.Output, "<a> & ") || !strings.Contains(suite.Output, "script.lua:2: at two\n") {
		t.Errorf("system-out is %q", suite.Output)
	}
}

// TestHeadlessExit: a status of os.exit is seen by those who read the report.
func TestHeadlessExit(t *testing.T) {
	r := report(t, "os.exit(5)")
	if e := r.summary.Error; e == nil || e.Kind != "exit" || e.Message != "the script exited with status 5" {
		t.Errorf("error %+v", e)
	}
	if _, out, _ := headlessly(t, "os.exit(5)", "--output", "junit"); !strings.Contains(out, `errors="1"`) {
		t.Errorf("no error in\n%s", out)
	}
	if r := report(t, "os.exit(0)"); r.summary.Error != nil {
		t.Errorf("error %+v of os.exit(0)", r.summary.Error)
	}
}

// TestHeadlessExample runs the first example of docs/ci.md.
func TestHeadlessExample(t *testing.T) {
	data, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```\nllmspell ")
	command, _, ok := strings.Cut(rest, "\n```")
	if !ok {
		t.Fatal("docs/ci.md begins with no example")
	}
	var args []string
	for i, part := range strings.Split(strings.ReplaceAll(command, "\\\n", ""), "'") {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	t.Chdir("..")
	code, out, errs := call(t, "", args...)
	if code != 0 || errs != "" || !strings.Contains(out, "full - discount = ") || !strings.Contains(out, "expect quickstart.lua:24 => discount <= full / 2: met") {
		t.Errorf("%q: exit %d, stderr %q\n%s", args, code, errs, out)
	}
}

func TestHeadlessManyStops(t *testing.T) {
	r := report(t, "for i = 1, 3000 do\n  io.write(i, ' ')\nend", "--break", "2", "--expect", "2 => i > 0")
	if r.code != 0 || len(r.stops) != 3000 || r.stops[2999].Output != "2999 " || r.summary.Breakpoints[0].Hits != 3000 {
		t.Errorf("exit %d, %d stops, %+v", r.code, len(r.stops), r.summary.Breakpoints)
	}
}

func TestHeadlessOutputIsBounded(t *testing.T) {
	r := report(t, "for i = 1, 300 do print(string.rep('x', 999)) end io.write('end')")
	if n := len(r.summary.Output); n != 64<<10 || r.summary.Dropped != 300_003-n || !strings.HasSuffix(r.summary.Output, "x\nend") {
		t.Errorf("%d bytes of output, %d dropped", n, r.summary.Dropped)
	}
}

func TestHeadlessReadsStdin(t *testing.T) {
	path := script(t, "local name = io.read('*l')\nprint('hello ' .. name)")
	code, out, errs := call(t, "Ada\nBob\n", "dap", "--headless", path, "--expect", "2 => name == 'Ada'", "--output", "json")
	if r := readReport(t, code, out, errs); r.code != 0 || r.summary.Output != "hello Ada\n" {
		t.Errorf("exit %d, output %q, stderr %q", r.code, r.summary.Output, r.stderr)
	}
	in, w := io.Pipe() // never gives anything
	defer w.Close()
	var stdout, stderr strings.Builder
	code = Main([]string{"dap", "--headless", path, "--timeout", "100ms"}, in, &stdout, &stderr)
	if code != 4 {
		t.Errorf("exit %d, stderr %q", code, stderr.String())
	}
}

// TestHeadlessLateFile: a breakpoint waits for a file that the script makes.
func TestHeadlessLateFile(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.lua")
	text := `local f = io.open(` + fmt.Sprintf("%q", filepath.Join(dir, "made.lua")) + `, "w")
f:write("local M = {}\nM.x = 1\nreturn M\n")
f:close()
require "made"`
	if err := os.WriteFile(main, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "", "dap", "--headless", main, "--break", "made.lua:2", "--output", "json")
	r := readReport(t, code, out, errs)
	if b := r.summary.Breakpoints[0]; r.code != 0 || !b.Verified || b.Hits != 1 || !strings.HasSuffix(b.File, "/made.lua") {
		t.Errorf("exit %d, %+v, stderr %q", r.code, b, r.stderr)
	}
}

func TestHeadlessMeasures(t *testing.T) {
	dir := t.TempDir()
	lcov, folded, pprof := filepath.Join(dir, "c.info"), filepath.Join(dir, "folded"), filepath.Join(dir, "cpu.pb.gz")
	busy := "local t = os.clock()\nwhile os.clock() - t < 0.2 do end\nif t < 0 then\n  print(1)\nend\n"
	r := report(t, busy, "--coverage", "lcov:"+lcov, "--profile", "folded:"+folded, "--profile", "pprof:"+pprof)
	if c := r.summary.Coverage; r.code != 0 || c == nil || c.Lines != 5 || c.Hit != 4 {
		t.Errorf("exit %d, coverage %+v, stderr %q", r.code, c, r.stderr)
	}
	if p := r.summary.Profile; p == nil || p.Samples < 2 {
		t.Errorf("profile %+v", p)
	}
	run := filepath.Join(dir, "run.info")
	if code, _, errs := call(t, "", "run", script(t, busy), "--coverage", "lcov:"+run, "--profile", "folded:"+folded+"2"); code != 0 || errs != "" {
		t.Errorf("run: exit %d, %s", code, errs)
	}
	for file, part := range map[string]string{lcov: "DA:4,0\n", run: "DA:4,0\n", folded: "script.lua:main chunk", folded + "2": "script.lua:main chunk", pprof: "\x1f\x8b"} {
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), part) {
			t.Errorf("%s: %v, %q is missing in %q", file, err, part, data)
		}
	}
}

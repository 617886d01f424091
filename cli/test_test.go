package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

const calcModule = `local M = {}
function M.add(a, b)
  return a + b
end
function M.sub(a, b)
  return a + b
end
return M
`

const calcTests = `local calc = require('calc')
local Suite = {}
counter = (counter or 0) + 1

function Suite.test_add()
  print('adding')
  assert(calc.add(1, 2) == 3)
end

local function test_sub()
  io.stderr:write('to stderr\n')
  assert(calc.sub(3, 2) == 1, 'expected 1')
end

function testFresh() assert(counter == 1) end
function helper() error('never called') end
`

// testLines runs llmspell test with JSON lines, and returns them.
func testLines(t *testing.T, code int, args ...string) (out []testLine) {
	t.Helper()
	got, stdout, stderr := call(t, "", append([]string{"test", "--format", "json"}, args...)...)
	if got != code {
		t.Fatalf("test %v: exit %d, want %d\n%s%s", args, got, code, stdout, stderr)
	}
	d := json.NewDecoder(strings.NewReader(stdout))
	for d.More() {
		var l testLine
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%v in %q", err, stdout)
		}
		out = append(out, l)
	}
	return out
}

func TestTestCommand(t *testing.T) {
	dir := scratch(t, map[string]string{
		"calc.lua": calcModule, "calc_test.lua": calcTests, "plain_test.lua": "print('plain')",
		"broken_test.lua": "function test_a() end\nx =", "other.lua": "function test_it() end return {}",
		"exit_test.lua": "function test_exit() os.exit(3) end", "loop_test.lua": "function test_loop() while true do end end",
	})
	if err := errors.Join(os.Mkdir("node_modules", 0o700), os.WriteFile("node_modules/x_test.lua", []byte("error()"), 0o600)); err != nil {
		t.Fatal(err)
	}
	steps(t, []step{
		{"test calc_test.lua", 1, "ok    calc_test.lua Suite.test_add (", "-"},
		{"test calc_test.lua", 1, "      calc_test.lua:12: expected 1\n      stack traceback:\n", "-"},
		{"test calc_test.lua", 1, "      to stderr\nok    calc_test.lua testFresh (", "-"},
		{"test calc_test.lua", 1, "2 passed, 1 failed\n", "-"},
		{"test calc_test.lua --run test_*", 1, "0 passed, 1 failed\n", "-"},
		{"test calc_test.lua --run testFresh --run Suite.*", 0, "2 passed, 0 failed\n", "-"},
		{"test calc_test.lua --run Suite.* --verbose", 0, ")\n      adding\n1 passed", "-"},
		{"test other.lua", 0, "other.lua test_it", "-"},
		{"test broken_test.lua", 1, "broken_test.lua:2: unexpected symbol", "-"},
		{"test exit_test.lua", 1, "the script exited with status 3", "-"},
		{"test loop_test.lua --timeout 50ms", 1, "time limit of 50ms passed", "-"},
		{"test . --list", 0, "calc_test.lua:5: Suite.test_add\ncalc_test.lua:10: test_sub\ncalc_test.lua:15: testFresh\nexit_test.lua:1: test_exit\nloop_test.lua:1: test_loop\nplain_test.lua:1: plain_test.lua\n", "-"},
		{"test . --run nothing", 2, "-", "there are no tests"},
		{"test . --run [", 2, "-", "a bracket is not closed"},
		{"test nowhere", 2, "-", "nowhere"},
		{"test --format xml", 2, "-", "want text, json"},
		{"test calc_test.lua --coverage gcov:x", 2, "-", "is not of the form lcov:PATH"},
	})
	if out := testLines(t, 1, filepath.Join(dir, "calc_test.lua"), "--run", "test_sub"); len(out) != 4 ||
		out[0].Type != "start" || out[0].Function != "test_sub" || out[0].Line != 10 || out[0].EndLine != 13 ||
		out[1].Type != "output" || out[1].Text != "to stderr\n" ||
		out[2].Type != "result" || out[2].Status != "failed" || out[2].ErrorLine != 12 || out[2].File != filepath.Join(dir, "calc_test.lua") || !strings.Contains(out[2].Traceback, "in function 'test_sub'") ||
		out[3].Type != "summary" || *out[3].Passed != 0 || *out[3].Failed != 1 {
		t.Errorf("%+v", out)
	}
	if out := testLines(t, 0, "plain_test.lua", "--list"); len(out) != 1 || out[0].Type != "test" || out[0].Function != "" || out[0].Line != 1 {
		t.Errorf("%+v", out)
	}
}

// os.exit(0) ends a test as passed, but not before the test has been called.
func TestTestExit(t *testing.T) {
	scratch(t, map[string]string{
		"before_test.lua":    "function test_a() error('never') end\nos.exit(0)\n",
		"return_test.lua":    "local M = {}\nfunction M.test_a() end\ncoroutine.wrap(function() pcall(os.exit, 0) end)()\nreturn M",
		"required_test.lua":  "function test_a() end\nrequire('ends')",
		"ends.lua":           "\n\n\n\n\n\nos.exit(0)",
		"within_test.lua":    "function test_a() os.exit(0) end",
		"wrapped_test.lua":   "local M = {}\nfunction M.test_a()\n  coroutine.wrap(function() pcall(os.exit, 0) end)()\nend\nreturn M",
		"whole_test.lua":     "os.exit(0)",
		"assigned_test.lua":  "local M = {}\nM.test_a = function() error('bad') end\nreturn M",
		"replaced_test.lua":  "local M = {} function M.test_a() error('bad') end\nM = {test_a = function() end}\nreturn M",
		"method_test.lua":    "local S = {}\nfunction S:test_self() assert(self == S) end",
		"traceback_test.lua": "function test_a()\n  error('bad')\nend\n",
		"same_test.lua":      "local M = {} function M.test_a() end os.exit(0) return M",
		"value_test.lua":     "local M = {} function M.test_a() end return os.exit(0)",
		"table_test.lua":     "os.exit(0) return { test_a = function() end }",
		"multi_test.lua":     "local function test_a() end return 1, 2 -- no line ends here",
		"level_test.lua":     "function test_a()\n  error('bad', 2)\nend\n",
	})
	steps(t, []step{
		{"test before_test.lua", 1, "the script ended by os.exit in line 2 before test_a was called\n", "-"},
		{"test return_test.lua", 1, "the script ended by os.exit in line 3 before M.test_a was called\n", "-"},
		{"test required_test.lua", 1, "the script ended by os.exit in line 2 before test_a was called\n", "-"},
		{"test within_test.lua", 0, "1 passed", "-"},
		{"test wrapped_test.lua", 0, "1 passed", "-"},
		{"test whole_test.lua", 0, "1 passed", "-"},
		{"test same_test.lua", 1, "the script ended by os.exit in line 1 before M.test_a was called\n", "-"},
		{"test value_test.lua", 1, "the script ended by os.exit in line 1 before M.test_a was called\n", "-"},
		{"test table_test.lua", 1, "the script ended by os.exit in line 1 before return.test_a was called\n", "-"},
		{"test multi_test.lua", 0, "1 passed", "-"},
		{"test assigned_test.lua", 1, "assigned_test.lua M.test_a (", "-"},
		{"test replaced_test.lua", 0, "1 passed", "-"},
		{"test method_test.lua", 0, "1 passed", "-"},
	})
	// The call stands in a line that the file does not have: nobody is shown it.
	for file, message := range map[string]string{"traceback_test.lua": "traceback_test.lua:2: bad", "level_test.lua": "bad"} {
		out := testLines(t, 1, file)
		l := out[len(out)-2]
		if l.Message != message || strings.Contains(l.Traceback, "main chunk") || !strings.Contains(l.Traceback, file+":2: in function 'test_a'") || l.ErrorLine > 3 {
			t.Errorf("%s: %+v", file, l)
		}
	}
}

// Functions in tables are tests too, the one that the file returns included.
func TestTestTables(t *testing.T) {
	scratch(t, map[string]string{
		"local_test.lua":  "local t = {\n  test_a = function() end,\n  sums = {\n    test_b = function()\n      error('bad')\n    end,\n  },\n}\nreturn t",
		"return_test.lua": "local calls = 0\nreturn {\n  test_a = function() calls = calls + 1 end,\n  test_b = function()\n    assert(calls == 0)\n    error('bad')\n  end,\n}",
	})
	steps(t, []step{
		{"test --list", 0, "local_test.lua:2: t.test_a\nlocal_test.lua:4: t.sums.test_b\nreturn_test.lua:3: return.test_a\nreturn_test.lua:4: return.test_b\n", "-"},
		{"test --run return.test_a --run t.test_a", 0, "2 passed, 0 failed\n", "-"},
	})
	for file, line := range map[string]int{"local_test.lua": 5, "return_test.lua": 6} {
		out := testLines(t, 1, file, "--run", "*.test_b")
		if len(out) != 3 || out[1].ErrorLine != line || strings.Contains(out[1].Traceback, "main chunk") || out[0].EndLine != line+1 {
			t.Errorf("%s: %+v", file, out)
		}
	}
}

// A test has a minute, unless the configuration or a flag says otherwise.
func TestTestTime(t *testing.T) {
	scratch(t, map[string]string{"a_test.lua": "", "short.toml": "[runtime]\nscript_timeout_seconds = 5\n"})
	for _, tt := range []struct {
		args []string
		want time.Duration
	}{
		{nil, time.Minute},
		{[]string{"--config", "short.toml"}, 5 * time.Second},
		{[]string{"--timeout", "0"}, 0},
		{[]string{"--config", "short.toml", "--timeout", "2m"}, 2 * time.Minute},
	} {
		a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
		root := a.root()
		var got time.Duration
		cmd, _, err := root.Find([]string{"test"})
		if err != nil {
			t.Fatal(err)
		}
		cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
			got, err = cmd.Flags().GetDuration("timeout")
			return err
		}
		root.SetArgs(append([]string{"test"}, tt.args...))
		if err := root.Execute(); err != nil || got != tt.want {
			t.Errorf("%v: %v, %v, want %v", tt.args, got, err, tt.want)
		}
	}
	if _, out, _ := call(t, "", "test", "--help"); !strings.Contains(out, "(default 1m0s)") {
		t.Errorf("%s", out)
	}
}

// Whoever waits is told which test hangs, again and again, until it ends.
func TestTestStillRuns(t *testing.T) {
	r, w := io.Pipe()
	p := &testPrinter{app: &app{stderr: w}, patient: time.Millisecond}
	end := p.watch(luaTest{file: "a_test.lua", function: "test_a"})
	in := bufio.NewReader(r)
	for _, want := range []string{"test_a in a_test.lua still runs after 1ms\n", "test_a in a_test.lua still runs after 2ms\n"} {
		if got, err := in.ReadString('\n'); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	r.Close() // a line that is being written is not waited for
	end()
	p = &testPrinter{app: &app{}, json: true, patient: 1}
	p.watch(luaTest{file: "a_test.lua"})()
	if got := (luaTest{file: "a_test.lua"}).words(); got != "a_test.lua" {
		t.Errorf("%q", got)
	}
}

// The coverage of a test file ends where the file ends: the call behind it is not there.
func TestTestCoverage(t *testing.T) {
	scratch(t, map[string]string{"calc.lua": calcModule, "calc_test.lua": calcTests})
	testLines(t, 0, "calc_test.lua", "--run", "Suite.test_add", "--coverage", "lcov:cov.info")
	data, err := os.ReadFile("cov.info")
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Split(string(data), "end_of_record\n")
	if len(files) != 3 || !strings.Contains(files[0], "SF:calc.lua\n") || !strings.Contains(files[0], "DA:3,1\nDA:4,1\nDA:5,1\nDA:6,0\n") {
		t.Fatalf("%s", data)
	}
	if !strings.Contains(files[1], "SF:calc_test.lua\n") || !strings.Contains(files[1], "DA:7,1\n") || !strings.Contains(files[1], "DA:11,0\n") || strings.Contains(files[1], "DA:17") || strings.Contains(files[1], "DA:18") {
		t.Errorf("%s", files[1])
	}
}

// A character that comes in two pieces is one in the output, and what is no UTF-8 stays visible.
func TestTestOutput(t *testing.T) {
	var text strings.Builder
	p := &testPrinter{app: &app{stdout: &text}, json: true}
	w := p.start(luaTest{file: "x_test.lua"})
	for _, piece := range []string{"a\xe2", "\x82", "\xacb", "\xff", "c", ""} {
		if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	var all string
	for d := json.NewDecoder(strings.NewReader(text.String())); d.More(); {
		var l testLine
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		all += l.Text
	}
	if all != "a€b\uFFFDc" || !utf8.ValidString(text.String()) {
		t.Errorf("%q", all)
	}
}

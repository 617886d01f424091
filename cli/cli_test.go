package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call runs the command in this process.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		{"expression", []string{"exec", "1/3"}, 0, "0.33333333333333\n", ""},
		{"several values", []string{"exec", "return 1, nil, 'x'"}, 0, "1\tnil\tx\n", ""},
		{"arguments", []string{"exec", "return ...", "--", "a", "b"}, 0, "a\tb\n", ""},
		{"error", []string{"exec", "local function f() error('boom') end f()"}, 1, "", "llmspell: (command line):1: boom\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in function 'f'"},
		{"error object", []string{"exec", "error(setmetatable({}, {__tostring=function() return 'custom' end}))"}, 1, "", "llmspell: custom\n"},
		{"syntax", []string{"exec", "x ="}, 1, "", "unexpected symbol near '<eof>'"},
		{"newer operator", []string{"exec", "return 7 // 2"}, 1, "", "Lua 5.1 with goto"},
		{"os.exit", []string{"exec", "print('out') os.exit(3)"}, 3, "out\n", ""},
		{"os.exit true", []string{"exec", "os.exit(true)"}, 0, "", ""},
		{"timeout", []string{"exec", "while true do end", "--timeout", "50ms"}, 4, "", "time limit of 50ms passed"},
		{"budget", []string{"exec", "while true do end", "--max-instructions", "50000"}, 4, "", "instruction budget spent"},
		{"memory", []string{"exec", "return string.rep('x', 1e9)", "--max-memory", "64MiB"}, 1, "", "not enough memory"},
		{"tool cause", []string{"exec", "Tool.execute('nothing', {})"}, 6, "", "nothing"},
		{"missing file", []string{"run", "nowhere.lua"}, 2, "", "cannot open nowhere.lua: No such file or directory"},
		{"no file", []string{"run"}, 2, "", "requires at least 1 arg"},
		{"unknown command", []string{"rnu"}, 2, "", `unknown command "rnu"`},
		{"unknown flag", []string{"run", "--nope", "x.lua"}, 2, "", "unknown flag: --nope"},
		{"bad size", []string{"exec", "1", "--max-memory", "lots"}, 2, "", `"lots" is not a size such as 256MiB`},
		{"bad break", []string{"debug", "x.lua", "--break", "x.lua"}, 2, "", "is not of the form FILE:LINE"},
		{"break without file", []string{"debug", "x.lua", "--break", "y.lua:3"}, 2, "", "there is no file y.lua"},
		{"refused address", []string{"dap", "--listen", "0.0.0.0:0"}, 2, "", "refused to listen on 0.0.0.0:0"},
		{"version", []string{"version"}, 0, "llmspell ", ""},
		{"help", []string{"--help"}, 0, "Available Commands", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := call(t, "", tt.args...)
			if code != tt.code || !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) {
				t.Errorf("exit %d, want %d\nstdout %q, want %q\nstderr %q, want %q", code, tt.code, out, tt.stdout, errs, tt.stderr)
			}
			if tt.stderr == "" && errs != "" {
				t.Errorf("stderr %q, want nothing", errs)
			}
		})
	}
}

func TestRunReadsStdinAndKeepsOrder(t *testing.T) {
	path := script(t, `
		print("name", io.read("*l"))
		io.stderr:write("warning\n")
		print(arg[1], ARGS.size)`)
	var both bytes.Buffer
	code := Main([]string{"run", path, "--", "x", "--size", "9"}, strings.NewReader("Ada\n"), &both, &both)
	if want := "name\tAda\nwarning\nx\t9\n"; code != 0 || both.String() != want {
		t.Errorf("exit %d, %q, want %q", code, both.String(), want)
	}
}

const debugged = `local function area(w, h)
  local a = w * h
  return a
end
for i = 1, 3 do
  print(area(i, i + 1))
end
`

func TestDebugBatch(t *testing.T) {
	path := script(t, debugged)
	code, out, errs := call(t, "", "debug", path, "--batch", "--break", "script.lua:3 if a > 5")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, stderr %q", code, errs)
	}
	for _, part := range []string{
		"2\nBreakpoint at script.lua:3\n\n", "      1  local function area(w, h)\n", " ->    3    return a\n", " * #0 area  at script.lua:3\n   #1 main chunk  at script.lua:6\n", "    w = 2\n    h = 3\n    a = 6\n",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
	if n := strings.Count(out, "Breakpoint at"); n != 2 {
		t.Errorf("%d stops, want 2", n)
	}
}

func TestDebugBatchMissed(t *testing.T) {
	path := script(t, debugged)
	for _, spec := range []string{"3 if w > 100", "40"} {
		code, _, errs := call(t, "", "debug", path, "--batch", "--break", spec)
		if code != exitDebug || !strings.Contains(errs, "never reached") {
			t.Errorf("%s: exit %d, stderr %q", spec, code, errs)
		}
	}
}

func TestDebugPrompt(t *testing.T) {
	path := script(t, debugged)
	commands := `help
break 3
continue
where
locals
up
print i
down
w = 10
p w * 2
p nope.x
frame 9
breakpoints
delete 1
threads
nonsense ...
out
next
globals
continue
`
	code, out, errs := call(t, commands, "debug", path)
	if code != 0 {
		t.Fatalf("exit %d, stderr %q, stdout\n%s", code, errs, out)
	}
	for _, part := range []string{
		"Entry at script.lua:", "Breakpoint at script.lua:3", "* #0 area  at script.lua:3", "    a = 2\n",
		"#1 main chunk at script.lua:6", "(llmspell) 1\n", "(llmspell) 20\n", "error: ", "no frame 9",
		"  1 script.lua:3 \n", "  1 main: running\n", "Step at script.lua:5", "Step at script.lua:6", "(standard library)", "6\n12\n",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
}

func TestDebugPromptEnds(t *testing.T) {
	path := script(t, "print('never')\nprint('reached')\n")
	for name, in := range map[string]string{"quit": "quit\n", "end of input": ""} {
		code, out, errs := call(t, in, "debug", path)
		if code != 0 || errs != "" || strings.Contains(out, "reached\n") && !strings.Contains(out, "print('reached')") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, code, out, errs)
		}
	}
}

func TestDebugStopsAtError(t *testing.T) {
	path := script(t, "local x = 1\nerror('bad ' .. x)\n")
	code, out, errs := call(t, "c\np x\nc\n", "debug", path)
	if code != 1 || !strings.Contains(out, "Error at script.lua:2: ") || !strings.Contains(out, "(llmspell) 1\n") || !strings.Contains(errs, "bad 1") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestLogEnvironment(t *testing.T) {
	t.Setenv("LLMSPELL_LOG", "kernel=debug")
	t.Setenv("LLMSPELL_LOG_FORMAT", "json")
	code, out, errs := call(t, "", "exec", "1")
	if code != 0 || out != "1\n" || !strings.Contains(errs, `"logger":"kernel"`) {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out, errs)
	}
	t.Setenv("LLMSPELL_LOG", "kernel=loud")
	if code, _, errs := call(t, "", "exec", "1"); code != exitUsage || !strings.Contains(errs, `unknown level "loud"`) {
		t.Errorf("exit %d, stderr %q", code, errs)
	}
}

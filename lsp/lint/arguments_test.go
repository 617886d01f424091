package lint_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/library"
)

var (
	stubParam    = regexp.MustCompile(`^---@param (\S+) (.*)$`)
	stubFunction = regexp.MustCompile(`^function ([\w.]+)\(.*\) end$`)
)

// kindError is an error about the kind of an argument.
var kindError = regexp.MustCompile(`(expected.*, got (no value|nil|boolean|number|string|table|function))|must be .*, not a |value expected`)

// optionsError is an error about a table of options as a whole.
var optionsError = regexp.MustCompile(`: parameter "(options|filter|query)" (is wrong|cannot be used)`)

// neverCalled are functions that wait, end or change the script that calls them.
var neverCalled = []string{
	"os.exit", "io.read", "io.lines", "io.input", "io.output", "io.close", "coroutine.yield", "Streaming.yield", "Debug.breakpoint", "debug.setmetatable", "debug.setfenv", "debug.setlocal", "debug.setupvalue",
	"setfenv", "module", "collectgarbage", "Event.receive", "Event.dispatch", "Debug.startProfile", "Utils.sleep", "print", "io.write", "State.clear", "os.setenv", "Debug.setLevel", "package.seeall",
}

// lenient are functions that answer nil or false, or go on without what they do not
// understand: they fail later, if at all.
var lenient = []string{
	"Config.getSection(", "Config.getProvider(", "Config.isFileAccessAllowed(", "Config.isNetworkAccessAllowed(", "Replay.create_config(", "load(", "io.open(", "io.popen(", "Tool.start(",
}

// goodArgument is a value of a type as stubs write it.
func goodArgument(typ string) string {
	for _, t := range []struct{ begins, value string }{
		{"llmspell.ToolName", `"calculator"`}, {"llmspell.ToolParams", `{input = "1"}`}, {"llmspell.ToolSpec", `{name = "x", description = "d", execute = print}`}, {"llmspell.StateScope", `"global"`},
		{"llmspell.EventName", `"a.b"`}, {"llmspell.EventPattern", `"a.*"`}, {"llmspell.HookPoint", `"BeforeToolExecution"`}, {"llmspell.Value", "1"}, {"llmspell.Module", `"m"`},
		{"llmspell.LogLevel", `"info"`}, {"llmspell.StateKey", `"k"`}, {"llmspell.File", `"f"`}, {"llmspell.AgentName", `"a"`}, {"llmspell.OpenMode", `"r"`}, {"llmspell.LoadMode", `"t"`}, {"llmspell.HookFunction", "print"},
		{"string|fun(", `"return 1"`}, {"llmspell.", "{}"}, {"integer", "1"}, {"number", "1"}, {"string", `"a"`}, {"boolean", "true"}, {"fun(", "function(a, b) return false end"}, {"function", "function() end"}, {"table", "{}"}, {"thread", "coroutine.create(print)"}, {"(", "{}"},
		{`"`, strings.Split(typ, "|")[0]}, {"{", "{}"},
	} {
		if strings.HasPrefix(typ, t.begins) {
			return t.value
		}
	}
	if strings.Contains(typ, "[]") {
		return "{}"
	}
	return "1"
}

// argumentCalls are calls of all functions of the library: each with an argument of each
// kind at each place.
func argumentCalls() (list []string) {
	for _, name := range library.Names() {
		var params []string
		for _, line := range strings.Split(library.Files()[name], "\n") {
			if m := stubParam.FindStringSubmatch(line); m != nil {
				params = append(params, m[2])
				continue
			}
			m := stubFunction.FindStringSubmatch(line)
			switch {
			case strings.HasPrefix(line, "---"):
				continue
			case m == nil || slices.Contains(neverCalled, m[1]):
				params = nil
				continue
			}
			args := make([]string, len(params))
			for i, p := range params {
				args[i] = goodArgument(p)
			}
			list = append(list, m[1]+"("+strings.Join(args, ", ")+")", m[1]+"()")
			for i := range args {
				list = append(list, m[1]+"("+strings.Join(args[:i], ", ")+")")
				for _, wrong := range []string{"nil", "true", "5", "1.5", `"x"`, `"10"`, `" 0x10 "`, `"1e"`, `""`, "{}", "{1}", "function() end"} {
					changed := slices.Clone(args)
					changed[i] = wrong
					list = append(list, m[1]+"("+strings.Join(changed, ", ")+")")
				}
			}
			params = nil
		}
	}
	return list
}

// TestArguments calls all functions of the library with arguments of all kinds. What works
// must not be called wrong, and most of what fails is found.
func TestArguments(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine, thousands of calls")
	}
	calls := argumentCalls()
	found := make([]string, len(calls))
	const part = 100 // a file has a limited number of findings
	for from := 0; from < len(calls); from += part {
		program := strings.Join(calls[from:min(from+part, len(calls))], "\n")
		for _, x := range check(t, program, nil) {
			switch x.Code {
			case "argument-type", "missing-argument", "redundant-argument", "format-string", "pattern", "invalid-parameter", "missing-parameter", "unknown-parameter", "unusable-value", "unknown-hook", "invalid-event":
				found[from+strings.Count(program[:x.Start], "\n")] = x.Code + ": " + x.Message
			}
		}
	}
	var out bytes.Buffer
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	services := kernel.NewDefaultServices(nil, nil)
	defer services.Close()
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: dir, Services: services})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var program strings.Builder
	program.WriteString("local say = print print = function() end function try(f) local ok, e = pcall(f) say('\\1' .. (ok and '' or (tostring(e):gsub('\\n', ' '))) .. '\\2') end\n")
	for i := 0; i < len(calls); i++ {
		fmt.Fprintf(&program, "try(function() %s end)\n", calls[i])
	}
	if _, err := s.RunString(t.Context(), program.String(), "=test", nil); err != nil {
		t.Fatal(err)
	}
	var errors []string
	for _, one := range strings.Split(out.String(), "\x01")[1:] {
		one, _, _ = strings.Cut(one, "\x02")
		errors = append(errors, one)
	}
	if len(errors) != len(calls) {
		t.Fatalf("%d answers to %d calls", len(errors), len(calls))
	}
	missed := 0
	for i, call := range calls {
		switch {
		case errors[i] == "" && found[i] != "" && !slices.ContainsFunc(lenient, func(name string) bool { return strings.HasPrefix(call, name) }):
			t.Errorf("%s works, found is %s", call, found[i])
		case optionsError.MatchString(errors[i]) && !strings.Contains(errors[i], found[i][strings.IndexByte(found[i], ' ')+1:]):
			t.Errorf("%s: the error is %q, found is %s", call, errors[i], found[i])
		case errors[i] != "" && found[i] == "":
			if kindError.MatchString(errors[i]) {
				missed++
				t.Logf("not found: %s: %s", call, errors[i])
			}
		}
	}
	// Numbers with a fraction, texts that hold what is no number of the right form, and what
	// the types of the stubs cannot tell.
	if most := 90; missed > most {
		t.Errorf("%d of %d calls fail for the kind of an argument and are not found, more than %d", missed, len(calls), most)
	}
}

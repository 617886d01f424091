package lint_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// sameKinds are our codes by luacheck's, of what both report.
var sameKinds = map[string]string{
	"111": "implicit-global", "113": "undefined-global", "121": "read-only", "122": "read-only", "142": "undefined-field", "143": "undefined-field",
	"211": "unused", "212": "unused-parameter", "213": "unused-loop-variable", "221": "never-set", "231": "unused", "241": "unused",
	"311": "unused-value", "312": "unused-value", "314": "duplicate-key", "331": "unused-value",
	"411": "redeclared", "412": "redeclared", "413": "redeclared", "421": "redeclared", "422": "redeclared", "423": "redeclared", "431": "redeclared", "432": "redeclared", "433": "redeclared",
	"511": "unreachable-code", "512": "loop-once", "521": "unused-label", "531": "unbalanced-assignment", "532": "unbalanced-assignment",
	"541": "empty-block", "542": "empty-block", "551": "empty-statement", "571": "loop-direction", "581": "negated-comparison",
}

// oneKind joins codes of ours that luacheck does not tell apart.
func oneKind(code string) string {
	switch code {
	case "unused-local", "unused-function":
		return "unused"
	case "redefined-local", "shadowed-local":
		return "redeclared"
	case "read-only-global":
		return "read-only"
	}
	return code
}

// corpus are the files that both check.
func corpus(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"testdata/scripts/*.lua", "../../testdata/programs/*.lua", "../../testdata/scripts/*.lua", "../../latency/scripts/*.lua", "../../testdata/tools/*.lua"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}

var luacheckLine = regexp.MustCompile(`^(.*):(\d+):(\d+)-(\d+): \(([WE])(\d+)\) (.*)$`)

// TestLuacheck compares what luacheck reports with what this package does, by line, in
// both directions. differences says why some is not the same.
func TestLuacheck(t *testing.T) {
	program, err := exec.LookPath("luacheck")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("luacheck is missing: scripts/install.sh installs it")
		}
		t.Log("no luacheck here: only the files of testdata say what is found")
		return
	}
	files := corpus(t)
	args := append([]string{"--no-config", "--no-cache", "--codes", "--ranges", "--formatter", "plain", "--std", "lua51+lua52",
		"--no-max-line-length", "--read-globals", "Tool", "State", "JSON", "Event", "Hook", "Session", "Artifact", "Config", "Debug", "Logger", "Streaming", "Utils", "Replay", "ARGS", "arg", "--"}, files...)
	cmd := exec.Command(program, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) || errs.Len() > 0 {
		t.Fatalf("%v %s", err, errs.String())
	}
	theirs := map[string]map[string]string{} // file: line and kind: what luacheck says
	for line := range strings.Lines(out.String()) {
		m := luacheckLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		kind, shared := sameKinds[m[6]]
		if !shared {
			continue
		}
		if theirs[m[1]] == nil {
			theirs[m[1]] = map[string]string{}
		}
		theirs[m[1]][m[2]+" "+kind] = m[6] + " " + m[7]
	}
	all := map[string]string{}
	for _, code := range []string{"unused-parameter", "unused-loop-variable", "shadowed-local", "implicit-global"} {
		all[code] = "hint"
	}
	shared := map[string]bool{}
	for _, kind := range sameKinds {
		shared[kind] = true
	}
	base := analysis.NewSnapshot(&analysis.Config{Severity: all}, catalog.Builtin())
	agree, found := 0, map[string]bool{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ours := map[string]string{}
		for _, x := range checkIn(base, string(text)) {
			if kind := oneKind(x.Code); shared[kind] {
				ours[strconv.Itoa(1+strings.Count(string(text[:x.Start]), "\n"))+" "+kind] = x.Message
			}
		}
		for _, key := range slices.Sorted(maps.Keys(theirs[path])) {
			if _, ok := ours[key]; ok {
				agree++
				continue
			}
			differs(t, found, "luacheck", path, key, theirs[path][key])
		}
		for _, key := range slices.Sorted(maps.Keys(ours)) {
			if _, ok := theirs[path][key]; !ok {
				differs(t, found, "ours", path, key, ours[key])
			}
		}
	}
	t.Logf("%d findings are the same in %d files", agree, len(files))
	for _, d := range differences {
		if !found[d.who+d.kind+d.message] {
			t.Errorf("there is no such difference any more: %+v", d)
		}
	}
}

// differs looks a finding up that only one side has.
func differs(t *testing.T, found map[string]bool, who, path, key, message string) {
	t.Helper()
	_, kind, _ := strings.Cut(key, " ")
	for _, d := range differences {
		if d.who == who && d.kind == kind && strings.Contains(fmt.Sprintf("%s:%s: %s", filepath.ToSlash(path), key, message), d.message) {
			found[d.who+d.kind+d.message] = true
			return
		}
	}
	t.Errorf("only %s: %s:%s: %s", who, path, key, message)
}

// difference is a kind of finding that only one side has, and why.
type difference struct {
	who, kind string
	message   string // a part of PATH:LINE KIND: MESSAGE
	why       string
}

var differences = []difference{
	{"luacheck", "implicit-global", "events_log.lua:39 ", "the main chunk assigns a global: that is taken for one on purpose"},
	{"luacheck", "implicit-global", "assign_table_targets.lua:30 ", "the main chunk assigns a global: that is taken for one on purpose"},
	{"luacheck", "implicit-global", "assign_table_targets.lua:31 ", "the main chunk assigns a global: that is taken for one on purpose"},
	{"luacheck", "implicit-global", "environments.lua:2 ", "setfenv gives the script's functions globals that nobody can see"},
	{"luacheck", "implicit-global", "environments.lua:7 ", "setfenv gives the script's functions globals that nobody can see"},
	{"luacheck", "implicit-global", "environments.lua:30 ", "setfenv gives the script's functions globals that nobody can see"},
	{"luacheck", "implicit-global", "many_constants.lua:336 ", "the main chunk assigns a global: that is taken for one on purpose"},
	{"luacheck", "read-only", "io_write.lua", "only globals that settings name are read-only: Lua's own may be set"},
	{"luacheck", "undefined-global", "'debug_mode'", "the script assigns the global itself"},
	{"luacheck", "undefined-global", "'columns'", "the script asks whether the global is there"},
	{"luacheck", "undefined-global", "'result_count'", "the script assigns the global itself"},
	{"luacheck", "undefined-global", "assign_table_targets.lua", "the script assigns the globals itself"},
	{"luacheck", "undefined-global", "assign_upvalues.lua", "the script assigns the global itself"},
	{"luacheck", "undefined-global", "environments.lua", "setfenv gives the script's functions globals that nobody can see"},
	{"luacheck", "undefined-global", "load_chunks.lua", "the script changes the environments of functions"},
	{"luacheck", "undefined-global", "local_function_scope.lua:4", "the script asks for the type of the global"},
	{"luacheck", "undefined-global", "'gcinfo'", "llmspell has the function of Lua 5.0, which is reported as deprecated"},
	{"luacheck", "undefined-field", "numbers_literal.lua", "llmspell has math.mod, which is reported as deprecated"},
	{"luacheck", "undefined-field", "unpack_sort.lua", "llmspell has the functions of Lua 5.0, which are reported as deprecated"},
	{"luacheck", "duplicate-key", "config_reader.lua:5", "luacheck reports the value that is lost, we report the second one"},
	{"ours", "duplicate-key", "config_reader.lua:7", "luacheck reports the value that is lost, we report the second one"},
	{"luacheck", "unused-value", "csv.lua:36", "a function inside uses the variable, and may be called in between"},
	{"luacheck", "empty-block", "json_walk.lua", "a comment in the branch says why it is empty"},
	{"luacheck", "redeclared", "queue.lua:33 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "local_function_scope.lua:7 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "names_reserved_later.lua:10 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "shadowing.lua:5 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "shadowing.lua:25 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "upvalues_shared.lua:25 ", "what was declared before has been read: the new variable goes on with it"},
	{"luacheck", "redeclared", "state_machine.lua:27 ", "self is never reported: methods have it without saying so"},
	{"luacheck", "redeclared", "number_for.lua:32 ", "local i = i goes on with the value"},
	{"luacheck", "redeclared", "shadowing.lua:3 ", "local x = x + 1 goes on with the value"},
	{"luacheck", "unused-parameter", "'self'", "self is never reported: methods have it without saying so"},
	{"luacheck", "unused-parameter", "varargs_arg.lua", "the table arg has the further arguments in Lua 5.1"},
	{"luacheck", "unused", "error_positions.lua:18", "t.x.y = 1 reads t.x"},
	{"luacheck", "negated-comparison", "not (x < y)", "not (x < y) is not x >= y for a number that is none"},
	{"luacheck", "loop-once", "loops_break.lua:70", "repeat … until true stands for a block that break can leave"},
	{"luacheck", "unreachable-code", "loops_constant_condition.lua", "while false and the like are switched off on purpose"},
	{"ours", "unreachable-code", "queue.lua:14", "luacheck does not know that error never returns"},
	{"ours", "loop-once", "comparisons.lua:43", "luacheck does not know that error never returns"},
	{"ours", "loop-direction", "loops_break.lua", "luacheck looks only at loops that begin with a length"},
	{"ours", "loop-direction", "number_for.lua", "luacheck looks only at loops that begin with a length, and not at steps of 0"},
	{"ours", "undefined-field", "error_positions.lua", "luacheck does not know what texts have"},
	{"ours", "undefined-field", "index_chains.lua", "luacheck does not know what texts have"},
}

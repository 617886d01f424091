package dap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// guarded makes a script in a folder of its own, beside a file that it does not
// see by itself, and makes another folder the temp folder.
func guarded(t *testing.T, lines ...string) (path, out string) {
	t.Helper()
	dir := t.TempDir()
	out = filepath.Join(dir, "out")
	scriptIn(t, dir, "out/data", "outside")
	scriptIn(t, dir, "work/file", "in the workspace")
	if err := os.Mkdir(filepath.Join(dir, "temp"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "temp"))
	t.Setenv("DAP_TEST_SECRET", "s3cret")
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "$OUT", filepath.ToSlash(out))
	return scriptIn(t, dir, "scripts/a.lua", text), out
}

const readsOutside = `print(assert(io.open("$OUT/data")):read("*l"))`

// TestLaunchPermissions: the launch attributes say what a script may touch.
func TestLaunchPermissions(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		launch func(out string) []any
		code   int
		output string // part of stdout or stderr
	}{
		"default":             {readsOutside, nil, 3, "; allow it with --allow-read="},
		"its own folder":      {`print(assert(io.open(arg[0])):read("*l") ~= nil)`, nil, 0, "true"},
		"allowRead":           {readsOutside, func(out string) []any { return []any{"allowRead", []string{out}} }, 0, "outside"},
		"one text":            {readsOutside, func(out string) []any { return []any{"allowRead", out} }, 0, "outside"},
		"everything to read":  {readsOutside, func(string) []any { return []any{"allowRead", true} }, 0, "outside"},
		"false":               {readsOutside, func(string) []any { return []any{"allowRead", false} }, 3, "is denied"},
		"allowAll":            {readsOutside, func(string) []any { return []any{"allowAll", true} }, 0, "outside"},
		"trusted":             {readsOutside, func(string) []any { return []any{"sandbox", "trusted"} }, 0, "outside"},
		"deny wins":           {readsOutside, func(out string) []any { return []any{"allowAll", true, "denyRead", []string{out}} }, 3, "is forbidden by --deny-read="},
		"deny all":            {`assert(io.open(arg[0]))`, func(string) []any { return []any{"denyRead", true} }, 3, "is forbidden by --deny-read=/"},
		"safe":                {`assert(io.open(arg[0]))`, func(string) []any { return []any{"sandbox", "safe"} }, 3, "is denied"},
		"cwd":                 {`print(assert(io.open("file")):read("*l"))`, func(out string) []any { return []any{"cwd", filepath.Join(out, "../work")} }, 0, "in the workspace"},
		"cwd, relative entry": {`print(assert(io.open("../out/data")):read("*l"))`, func(out string) []any { return []any{"cwd", filepath.Join(out, "../work"), "allowRead", "../out"} }, 0, "outside"},
		"write":               {`assert(io.open("$OUT/new", "w"))`, func(out string) []any { return []any{"allowWrite", []string{out}} }, 0, ""},
		"run":                 {`print(os.execute("exit 3"))`, func(string) []any { return []any{"allowRun", []string{"sh"}} }, 0, "768"},
		"not run":             {`os.execute("true")`, nil, 3, "--allow-run=sh"},
		"env":                 {`print(os.getenv("DAP_TEST_SECRET"))`, func(string) []any { return []any{"allowEnv", []string{"DAP_*"}} }, 0, "s3cret"},
		"not env":             {`print(os.getenv("DAP_TEST_SECRET"))`, nil, 3, "--allow-env=DAP_TEST_SECRET"},
		"given env":           {`print(os.getenv("GIVEN"))`, func(string) []any { return []any{"env", map[string]string{"GIVEN": "yes"}} }, 0, "yes"},
		"denied env": {`print(os.getenv("GIVEN"))`, func(string) []any {
			return []any{"env", map[string]string{"GIVEN": "yes"}, "denyEnv", []string{"GIVEN"}}
		}, 3, "--deny-env=GIVEN"},
		"a tool": {`Tool.execute("file-operations", {operation = "read", path = "$OUT/data"})`, nil, 3, "--allow-read="},
	} {
		t.Run(name, func(t *testing.T) {
			path, out := guarded(t, c.source)
			var more []any
			if c.launch != nil {
				more = c.launch(out)
			}
			s := connect(t, dap.Options{})
			s.Start(with(path, more...))
			s.ExpectExited(c.code)
			contains(t, s.Output("stdout")+s.Output("stderr"), c.output)
			s.Disconnect()
		})
	}
}

func TestWrongPermissions(t *testing.T) {
	path, _ := guarded(t, "print(1)")
	for name, c := range map[string]struct {
		more []any
		want string
	}{
		"profile":       {[]any{"sandbox", "open"}, "safe, restricted or trusted"},
		"contradiction": {[]any{"sandbox", "safe", "allowAll", true}, "contradict"},
		"a number":      {[]any{"allowRead", 1}, "true or a list of texts"},
		"numbers":       {[]any{"denyRun", []int{1}}, "true or a list of texts"},
		"empty entry":   {[]any{"allowNet", []string{""}}, "is empty"},
		"malformed":     {[]any{"allowEnv", []string{"A=b"}}, "contains ="},
	} {
		t.Run(name, func(t *testing.T) {
			s := connect(t, dap.Options{})
			s.Initialize()
			contains(t, s.CallError("launch", with(path, c.more...)), c.want)
			s.Disconnect()
		})
	}
}

// TestOperatorsCeiling: where the server's operator has said what is allowed, a
// client can only take away.
func TestOperatorsCeiling(t *testing.T) {
	path, out := guarded(t, readsOutside)
	for name, c := range map[string]struct {
		ceiling func(folder string) sandbox.Policy
		more    []any
		refused string // part of the error of launch
		code    int
	}{
		"nothing asked":        {func(f string) sandbox.Policy { return sandbox.Restricted(f, out) }, nil, "", 0},
		"nothing allowed":      {func(string) sandbox.Policy { return sandbox.Safe() }, nil, "", 3},
		"allowAll":             {func(f string) sandbox.Policy { return sandbox.Restricted(f) }, []any{"allowAll", true}, "operator does not allow", 0},
		"trusted":              {func(string) sandbox.Policy { return sandbox.Safe() }, []any{"sandbox", "trusted"}, "operator does not allow", 0},
		"restricted over safe": {func(string) sandbox.Policy { return sandbox.Safe() }, []any{"sandbox", "restricted"}, "operator does not allow", 0},
		"a path outside":       {func(f string) sandbox.Policy { return sandbox.Restricted(f) }, []any{"allowRead", []string{out}}, "--allow-read=" + out, 0},
		"a path inside":        {func(f string) sandbox.Policy { return sandbox.Folders(f, filepath.Dir(out)) }, []any{"sandbox", "safe", "allowRead", []string{out}}, "", 0},
		"a path that climbs":   {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowRead", []string{filepath.Dir(path) + "/../out"}}, "operator does not allow", 0},
		"a program":            {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowRun", []string{"sh"}}, "--allow-run=sh", 0},
		"all programs":         {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowRun", true}, "operator does not allow", 0},
		"a host":               {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowNet", []string{"example.org"}}, "--allow-net=example.org", 0},
		"a variable":           {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowEnv", []string{"*"}}, "operator does not allow", 0},
		"a database":           {func(f string) sandbox.Policy { return sandbox.Folders(f) }, []any{"allowDb", []string{"postgres://h/d"}}, "operator does not allow", 0},
		"less":                 {func(string) sandbox.Policy { return sandbox.Trusted() }, []any{"sandbox", "safe"}, "", 3},
		"within everything":    {func(string) sandbox.Policy { return sandbox.Trusted() }, []any{"allowRead", []string{out}}, "", 0},
		"the operator's deny": {func(string) sandbox.Policy {
			p := sandbox.Trusted()
			p.Read.Deny = []string{out}
			return p
		}, []any{"allowAll", true}, "", 3},
		"cwd": {func(f string) sandbox.Policy { return sandbox.Restricted(f) }, []any{"cwd", out}, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := connect(t, dap.Options{Policy: func(folder string) (sandbox.Policy, error) { return c.ceiling(folder), nil }})
			if c.refused != "" {
				s.Initialize()
				contains(t, s.CallError("launch", with(path, c.more...)), c.refused)
			} else {
				s.Start(with(path, c.more...))
				s.ExpectExited(c.code)
			}
			s.Disconnect()
		})
	}
}

// A folder of the ceiling that holds a link allows no more than it holds.
func TestLinksDoNotLeadOutOfTheCeiling(t *testing.T) {
	path, out := guarded(t, readsOutside)
	dir := filepath.Dir(path)
	if err := os.Symlink(out, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	scriptIn(t, dir, "inner/data", "inside")
	if err := os.Symlink("inner", filepath.Join(dir, "near")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		more    []any
		refused bool
	}{
		"to read":           {[]any{"allowRead", []string{filepath.Join(dir, "link")}}, true},
		"to write":          {[]any{"allowWrite", []string{filepath.Join(dir, "link")}}, true},
		"a file behind it":  {[]any{"sandbox", "safe", "allowRead", []string{filepath.Join(dir, "link", "data")}}, true},
		"a new file behind": {[]any{"allowWrite", []string{filepath.Join(dir, "link", "new")}}, true},
		"a link within":     {[]any{"allowRead", []string{filepath.Join(dir, "near")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connect(t, dap.Options{Policy: func(f string) (sandbox.Policy, error) { return sandbox.Restricted(f), nil }})
			if c.refused {
				s.Initialize()
				contains(t, s.CallError("launch", with(path, c.more...)), "leads elsewhere by a link")
			} else {
				s.Start(with(path, c.more...))
				s.ExpectExited(3)
			}
			s.Disconnect()
		})
	}
}

// Variables that make an allowed program run other code are not the client's
// to set, unless the operator allows every program.
func TestVariablesThatLoadCode(t *testing.T) {
	path, _ := guarded(t, `print(os.getenv("LD_PRELOAD"))`)
	more := []any{"env", map[string]string{"LD_PRELOAD": "evil.so"}}
	ceiling := func(f string) (sandbox.Policy, error) {
		p := sandbox.Restricted(f)
		p.Run.Allow = []string{"git"}
		return p, nil
	}
	s := connect(t, dap.Options{Policy: ceiling})
	s.Initialize()
	contains(t, s.CallError("launch", with(path, more...)), "the variable LD_PRELOAD of env makes programs run other code")
	s.Disconnect()
	s = connect(t, dap.Options{Policy: func(string) (sandbox.Policy, error) { return sandbox.Trusted(), nil }})
	s.Start(with(path, more...))
	s.ExpectExited(0)
	contains(t, s.Output("stdout"), "evil.so")
	s.Disconnect()
}

// The source request shows no file that the operator does not allow to read.
func TestSourcesWithinTheCeiling(t *testing.T) {
	path, out := guarded(t, "local a = 1", "print(a)")
	source := map[string]any{"source": map[string]any{"path": filepath.Join(out, "data")}, "sourceReference": 0}
	for name, c := range map[string]struct {
		options dap.Options
		want    string
	}{
		"no ceiling":  {dap.Options{}, "outside"},
		"a ceiling":   {dap.Options{Policy: func(f string) (sandbox.Policy, error) { return sandbox.Restricted(f), nil }}, ""},
		"a wider one": {dap.Options{Policy: func(f string) (sandbox.Policy, error) { return sandbox.Restricted(f, out), nil }}, "outside"},
		"all but this": {dap.Options{Policy: func(string) (sandbox.Policy, error) {
			p := sandbox.Trusted()
			p.Read.Deny = []string{out}
			return p, nil
		}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := connect(t, c.options)
			s.Start(with(path, "stopOnEntry", true, "workspaceRoots", []string{"/"}))
			s.ExpectStopped("entry")
			if c.want == "" {
				contains(t, s.CallError("source", source), "not a file of its workspace")
			} else {
				var body struct{ Content string }
				s.Call("source", source, &body)
				contains(t, body.Content, c.want)
			}
			s.Disconnect()
		})
	}
}

// Evaluations in the console are guarded as the script is.
func TestEvaluationsAreGuarded(t *testing.T) {
	path, out := guarded(t, "local a = 1", "print(a)")
	s := connect(t, dap.Options{})
	s.Start(program(path), 2)
	s.ExpectStoppedAt("breakpoint", 2)
	frame := s.Top(1).Id
	result := s.Evaluate(frame, fmt.Sprintf("select(2, io.open(%q))", filepath.ToSlash(filepath.Join(out, "data"))), "repl").Result
	contains(t, result, "is denied")
	contains(t, s.CallError("evaluate", map[string]any{"expression": "os.execute('true')", "context": "repl", "frameId": frame}), "--allow-run=sh")
	s.Continue(1)
	s.ExpectExited(0)
	s.Disconnect()
}

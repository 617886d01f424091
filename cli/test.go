package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/dap/headless"
	"github.com/llmspell/llmspell/internal/luatest"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// testTime is how long a test may run if neither a flag nor the configuration says it: far
// longer than a test should, and short enough for a job that waits for one that hangs.
const testTime = time.Minute

// testFlags say which tests are run, and what is made of them.
type testFlags struct {
	scriptFlags
	only     []string
	list     bool
	verbose  bool
	format   choice
	coverage []string
}

func (a *app) testCommand() *cobra.Command {
	f := &testFlags{format: newChoice("text", "json")}
	cmd := &cobra.Command{
		Use:   "test [PATHS...]",
		Short: "Run the tests in Lua files",
		Long: "Run the tests in Lua files. A path is a file, or a folder whose files *_test.lua are taken;\n" +
			"without one it is the current folder. Hidden folders, node_modules, vendor, and what a\n" +
			".gitignore names are skipped.\n\n" +
			"A test is a function that a statement of the file declares or assigns, also in a table,\n" +
			"with a name such as test_add, testAdd, M.test_add or Suite:test_add; it fails if it raises\n" +
			"an error. Those in a table that the file returns are called return.test_add. Each runs in\n" +
			"a fresh state: the file runs, then the function is called without arguments\n" +
			"(Suite:test_add gets self). A file without such functions is a test itself. Limits hold\n" +
			"for each test: one that hangs is ended after a minute, or what --timeout or the\n" +
			"configuration says.\n\n" +
			"The exit code is 0 if all tests have passed, 1 if one has failed, and 2 if the call is\n" +
			"wrong or there are no tests.",
		Example: "  llmspell test\n  llmspell test spec/math_test.lua --run 'test_add*'\n  llmspell test --format json --coverage lcov:coverage.info",
		RunE:    started(func(cmd *cobra.Command, args []string) error { return a.test(cmd.Context(), f, args) }),
	}
	f.add(cmd)
	flags := cmd.Flags()
	timeout := flags.Lookup("timeout")
	timeout.DefValue, timeout.Usage = testTime.String(), "end a test after this long, e.g. 5s (0: never)"
	follow(flags, "timeout", followTestTime)
	flags.StringArrayVar(&f.only, "run", nil, "only tests with this name, in which * and ? stand for any letters (may repeat)")
	flags.BoolVar(&f.list, "list", false, "print the tests, and run none")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print what tests print also when they pass")
	flags.StringArrayVar(&f.coverage, "coverage", nil, "write which lines have run to lcov:PATH")
	addChoice(cmd, &f.format, "format", "how to print what came of them: text, or json lines")
	return cmd
}

// luaTest is one test.
type luaTest struct {
	file     string  // as it was found
	function string  // "": the whole file
	line     int     // where it begins, from 1
	endLine  int     // where it ends
	source   *string // the file with the call of the function; nil: the file as it is
	lines    int     // that the file has; the call stands behind them
}

func (t luaTest) name() string {
	if t.function == "" {
		return path.Base(filepath.ToSlash(t.file))
	}
	return t.function
}

// test runs the tests.
func (a *app) test(ctx context.Context, f *testFlags, paths []string) error {
	tests, ends, err := findTests(f, paths)
	if err != nil {
		return err
	}
	out := &testPrinter{app: a, json: f.format.value == "json", verbose: f.verbose}
	if f.list {
		for _, t := range tests {
			out.listed(t)
		}
		return nil
	}
	m, err := headless.NewMeasures(f.coverage, nil)
	if err != nil {
		return usageError{err}
	}
	if m.Coverage != nil {
		m.Coverage.Ends = ends
	}
	for _, t := range tests {
		if err = a.testOne(ctx, f, m.Coverage, t, out); err != nil {
			break
		}
	}
	if err := errors.Join(err, m.End()); err != nil {
		return err
	}
	out.summary()
	if out.failed > 0 {
		return exitError{exitScript}
	}
	return nil
}

// findTests lists the tests of the files that paths name, and the lines that the files
// have, by absolute path.
func findTests(f *testFlags, paths []string) (tests []luaTest, ends map[string]int, err error) {
	for _, pattern := range f.only {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, nil, usagef("--run %q is no pattern: a bracket is not closed", pattern)
		}
	}
	files, err := testFiles(paths)
	if err != nil {
		return nil, nil, usageError{err}
	}
	ends = map[string]int{}
	for _, file := range files {
		list, lines, err := testsOf(file)
		if err != nil {
			return nil, nil, usageError{err}
		}
		if abs, err := filepath.Abs(file); err == nil {
			ends[abs] = lines
		}
		for _, t := range list {
			if f.wants(t.name()) {
				tests = append(tests, t)
			}
		}
	}
	if len(tests) == 0 {
		return nil, nil, usagef("there are no tests: tests are in files *%s, or in files that are named, and --run must fit their names", luatest.FileSuffix)
	}
	return tests, ends, nil
}

func (f *testFlags) wants(name string) bool {
	for _, pattern := range f.only {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return len(f.only) == 0
}

// testFiles are the files that are named, and the files with tests in folders.
func testFiles(paths []string) ([]string, error) {
	named := map[string]bool{}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && !info.IsDir() {
			named[filepath.Clean(p)] = true
		}
	}
	files, err := batch.Find(paths)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, file := range files {
		if named[file] || strings.HasSuffix(file, luatest.FileSuffix) {
			out = append(out, file)
		}
	}
	return out, nil
}

// testsOf lists the tests of a file, and tells how many lines it has.
func testsOf(file string) (tests []luaTest, lines int, err error) {
	data, err := readScript(file)
	if err != nil {
		return nil, 0, err
	}
	tree := syntax.Parse(data)
	at := syntax.NewLines(data)
	lines = at.Count()
	for _, fn := range luatest.Functions(tree) {
		t := luaTest{file: file, function: fn.Name, line: at.Line(fn.Start) + 1, endLine: at.Line(fn.End) + 1}
		if text, ok := luatest.WithCall(tree, fn.Name); ok {
			t.source, t.lines = &text, lines
			tests = append(tests, t)
		}
	}
	if len(tests) == 0 || len(tree.Errors()) > 0 { // one that cannot be compiled says so once
		tests = []luaTest{{file: file, line: 1, endLine: lines, lines: lines}}
	}
	return tests, lines, nil
}

// readScript reads a script of a size that runs.
func readScript(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err == nil && len(data) > maxSource {
		err = fmt.Errorf("%s has more than %d bytes, which no script has", file, maxSource)
	}
	return string(data), err
}

// testOne runs a test in a state of its own. An error is one of the command, not of the
// test.
func (a *app) testOne(ctx context.Context, f *testFlags, coverage *debug.Coverage, t luaTest, out *testPrinter) error {
	printed := out.start(t)
	end := sync.OnceFunc(out.watch(t))
	defer end()
	own := *a
	own.stdin, own.stdout, own.stderr = strings.NewReader(""), printed, printed
	begin := time.Now()
	s, buffer, err := own.newSession(&f.scriptFlags, filepath.Dir(t.file))
	if err != nil {
		return err
	}
	if coverage != nil {
		e, err := debug.Attach(s.State(), debug.NopHandler{}, debug.Options{Coverage: coverage})
		if err != nil {
			return errors.Join(err, s.Close())
		}
		defer e.Detach()
	}
	_, failure := s.Run(ctx, kernel.Script{File: t.file, Source: t.source})
	took := time.Since(begin)
	if line := s.State().ExitLine(); failure == nil && t.source != nil && 0 < line && line <= t.lines {
		failure = fmt.Errorf("the script ended by os.exit in line %d before %s was called", line, t.function)
	}
	if err := errors.Join(buffer.Flush(), s.Close()); err != nil && failure == nil {
		failure = err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	end()
	out.result(t, took, testFailureOf(t, failure))
	return nil
}

// testFailure is what is wrong with a test that has failed.
type testFailure struct {
	Message   string
	Line      int // in the test's file; 0: the error is not there, or nobody knows
	Traceback string
}

// testFailureOf describes an error; nil if there is none.
func testFailureOf(t luaTest, err error) *testFailure {
	if err == nil {
		return nil
	}
	out := &testFailure{Message: err.Error()}
	e, ok := errors.AsType[*runtime.Error](err)
	if !ok {
		return out
	}
	chunk := runtime.FileChunk(t.file)
	out.Traceback = e.Trace
	if e.Chunk == chunk {
		out.Line = e.Line
	}
	if t.source != nil { // the call is in a line that the file does not have
		at := fmt.Sprintf("%s:%d: ", chunk, t.lines+1)
		out.Message = strings.TrimPrefix(out.Message, at)
		out.Traceback = strings.Replace(e.Trace, "\n\t"+at+"in main chunk", "", 1)
		if out.Line == t.lines+1 {
			out.Line = 0
		}
	}
	return out
}

package suite

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
)

// All returns every benchmark, by group.
func All() []bench.Benchmark {
	return slices.Concat(
		debuggerBenchmarks(), engineBenchmarks(),
		kernelBenchmarks(), daemonBenchmarks(),
		toolBenchmarks(),
		languageBenchmarks(),
		memoryBenchmarks(), retrievalBenchmarks(), graphBenchmarks(), vectorBenchmarks(),
		stateBenchmarks(),
		startBenchmarks(),
		sizeBenchmarks(),
	)
}

// Where the original's figures stand.
const (
	guideSource  = "its performance guide"
	designSource = "its design notes"
)

// us and ms are budgets.
func us(n float64) float64 { return n * float64(time.Microsecond) }
func ms(n float64) float64 { return n * float64(time.Millisecond) }

// scripts are what is run and debugged.
//
//go:embed scripts/*.lua
var scripts embed.FS

// script returns the text of a script.
func script(name string) (string, error) {
	text, err := scripts.ReadFile("scripts/" + name)
	return string(text), err
}

// writeScript puts a script into the folder of the benchmarks, and returns its path.
func writeScript(env *bench.Env, name string) (string, error) {
	text, err := script(name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(env.Dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// lineOf returns the line of a script that a comment marks.
func lineOf(name, mark string) (int, error) {
	text, err := script(name)
	if err != nil {
		return 0, err
	}
	before, _, found := strings.Cut(text, "-- "+mark+"\n")
	if !found {
		return 0, fmt.Errorf("%s marks no line with %q", name, "-- "+mark)
	}
	return strings.Count(before, "\n") + 1, nil
}

// NewEnv makes an environment for measuring a built llmspell: with folders of its own, so that no
// configuration, database or kernel of the user takes part. end removes them.
func NewEnv(binary string) (env *bench.Env, end func() error, err error) {
	// The path of a socket is short: not every temporary folder's is.
	base := ""
	if len(os.TempDir()) > 40 {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "bench")
	if err != nil {
		return nil, nil, err
	}
	env = &bench.Env{Binary: binary, Dir: dir}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "XDG_") && !(strings.HasPrefix(name, "LLMSPELL_") && name != asCommand) {
			env.Vars = append(env.Vars, v)
		}
	}
	for _, name := range []string{"DATA_HOME", "STATE_HOME", "CONFIG_HOME", "RUNTIME_DIR"} {
		folder := filepath.Join(dir, strings.ToLower(name[:1]))
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, nil, errors.Join(err, os.RemoveAll(dir))
		}
		env.Vars = append(env.Vars, "XDG_"+name+"="+folder)
	}
	return env, func() error { return os.RemoveAll(dir) }, nil
}

// asCommand makes the test program of package cli behave as llmspell.
const asCommand = "LLMSPELL_TEST_AS_COMMAND"

// command is a command of the built program, which is run to its end again and again.
type command struct {
	env  *bench.Env
	used time.Duration // of the processors, by all that have ended
}

// run runs it; what it prints must hold want.
func (c *command) run(want string, args ...string) error {
	cmd := exec.Command(c.env.Binary, args...)
	cmd.Env = c.env.Vars
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState != nil {
		c.used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if err != nil || !strings.Contains(string(out), want) {
		return fmt.Errorf("llmspell %s printed %.500q, without %q: %v", strings.Join(args, " "), out, want, err)
	}
	return nil
}

// probe measures one call of the command.
func (c *command) probe(want string, args ...string) *bench.Probe {
	return &bench.Probe{Once: func() error { return c.run(want, args...) }, CPU: func() time.Duration { return c.used }}
}

// Script writes one of the scripts that are debugged into the folder of the benchmarks, and returns its path and the
// line that a comment marks; without a mark, 0.
func Script(env *bench.Env, name, mark string) (path string, line int, err error) {
	if path, err = writeScript(env, name); err != nil || mark == "" {
		return path, 0, err
	}
	line, err = lineOf(name, mark)
	return path, line, err
}

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
	"github.com/llmspell/llmspell/latency/suite"
)

//go:embed programs/work.lua
var workLua string

// hook stops at lines as a debugger does that has nothing but the line hook.
const hook = `if jit then jit.off() end
local armed = { %s }
debug.sethook(function(_, line) if armed[line] then error("never reached") end end, "l")
`

// workSum is what the work comes to.
const workSum = 946366

// neverLines are the lines of the work that are never reached.
func neverLines(text string) []int {
	var lines []int
	for i, line := range strings.Split(text, "\n") {
		if strings.HasSuffix(line, "-- never") {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// lua runs the work: by an interpreter, or, without one, by a command of llmspell.
func lua(interpreter string, args ...string) func(context.Context, *bench.Env) (*bench.Probe, error) {
	return func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
		path, _, err := put(env, "work.lua", workLua, "-- hook")
		if err != nil {
			return nil, err
		}
		if interpreter != "" {
			return worked(ctx, env, interpreter, path), nil
		}
		args := append(args[:len(args):len(args)], path)
		if args[0] == "debug" {
			args = append(args, "--batch")
			for _, line := range neverLines(workLua) {
				args = append(args, "--break", fmt.Sprintf("work.lua:%d", line))
			}
		}
		return worked(ctx, env, env.Binary, args...), nil
	}
}

// hooked runs the work with a line hook.
func hooked(interpreter string) func(context.Context, *bench.Env) (*bench.Probe, error) {
	return func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
		shift := strings.Count(hook, "\n") // the lines are those of the text with the hook
		var armed strings.Builder
		for _, line := range neverLines(workLua) {
			fmt.Fprintf(&armed, "[%d] = true, ", line+shift-1)
		}
		text := strings.Replace(workLua, "-- hook\n", fmt.Sprintf(hook, armed.String()), 1)
		path, _, err := put(env, "hooked-"+interpreter+".lua", text, "debug.sethook")
		if err != nil {
			return nil, err
		}
		return worked(ctx, env, interpreter, path), nil
	}
}

// worked runs a command, whose last line but those of a debugger says how long the work took.
func worked(ctx context.Context, env *bench.Env, program string, args ...string) *bench.Probe {
	return &bench.Probe{Value: func() (float64, error) {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = env.Vars
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 7) { // 7: breakpoints that were not reached
			return 0, fmt.Errorf("%s %v: %w\n%s", program, args, err, out)
		}
		for line := range strings.Lines(string(out)) {
			var sum int64
			var took float64
			if n, _ := fmt.Sscanf(line, "%d %f", &sum, &took); n == 2 && sum == workSum {
				return took, nil
			}
		}
		return 0, fmt.Errorf("%s %v printed %.300q without its sum and time", program, args, out)
	}}
}

// completion types behind the last line, and asks for completion.
func completion(server string) func(context.Context, *bench.Env) (*bench.Probe, error) {
	return func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
		if server == "" {
			return suiteProbe("lsp/completion-5000")(ctx, env)
		}
		dir := filepath.Join(env.Dir, "gomodule")
		text := goFile(5000)
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example\n\ngo 1.24\n"), 0o600), os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o600)); err != nil {
			return nil, err
		}
		p, err := client.Start(ctx, nil, server)
		if err != nil {
			return nil, err
		}
		e, err := client.NewEditor(p, dir)
		if err == nil {
			err = e.Open("file://"+filepath.Join(dir, "main.go"), "go", text)
		}
		if err != nil {
			p.Kill()
			return nil, err
		}
		line, column, err := client.Behind(text, "\tlast.")
		if err != nil {
			p.Kill()
			return nil, err
		}
		i := -1
		return &bench.Probe{Close: func() error { p.Kill(); return nil }, Once: func() error {
			i++
			count, letter := 0, "S"
			if i%2 == 1 {
				count, letter = 1, ""
			}
			if err := e.Edit(line, column, count, letter); err != nil {
				return err
			}
			body, err := e.Call("textDocument/completion", e.At(line, column+1-count))
			if err == nil && !strings.Contains(string(body), `"Step0"`) {
				err = fmt.Errorf("the completion lacks Step0: %.300s", body)
			}
			return err
		}}, nil
	}
}

// goFile is a Go program of so many lines, as luagen.KernelScript is one in Lua, whose last line is to be completed.
func goFile(lines int) string {
	lines = min(lines, strings.Count(luagen.KernelScript(lines), "\n"))
	var b strings.Builder
	b.WriteString("package main\n\nimport \"fmt\"\n\ntype module struct{ n int }\n\n")
	for i := 0; strings.Count(b.String(), "\n") < lines-20; i++ {
		fmt.Fprintf(&b, "// Step%d is a step.\nfunc (m *module) Step%d(in map[string]int, list []string) (int, error) {\n\ttotal := 0\n\tfor i, v := range list {\n\t\tif len(v) > i {\n\t\t\ttotal += in[v] + m.n\n\t\t}\n\t}\n\tif total > 1 {\n\t\treturn total, fmt.Errorf(\"step %%d: %%d\", %d, total)\n\t}\n\treturn total, nil\n}\n\n", i, i, i)
	}
	b.WriteString("func main() {\n\tlast := &module{}\n\tlast.\n}\n")
	return b.String()
}

// suiteProbe is a benchmark of the suite.
func suiteProbe(name string) func(context.Context, *bench.Env) (*bench.Probe, error) {
	for _, b := range suite.All() {
		if b.Name == name {
			return b.Open
		}
	}
	return func(context.Context, *bench.Env) (*bench.Probe, error) {
		return nil, fmt.Errorf("there is no benchmark %s", name)
	}
}

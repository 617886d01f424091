package system

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxProgramTime = 10 * time.Minute
	maxOutput      = 16 << 20
	maxInput       = 16 << 20
)

func processDefinition() tool.Definition {
	executable := schema.Text("The program: a name that is found in PATH, or a path. No shell reads it")
	executable.MinLength, executable.MaxLength = schema.Ptr(1), schema.Ptr(4096)
	arguments := schema.List("Its arguments, passed on as they are: nothing is expanded", &schema.Schema{Types: []schema.Type{schema.String, schema.Number, schema.Boolean}})
	arguments.MaxItems = schema.Ptr(10000)
	environment := schema.Map("Variables for the program, besides PATH and those that the sandbox allows to read. It changes neither which program is found, " +
		"nor (unless every program is allowed) may it hold variables that load code, such as LD_PRELOAD")
	environment.Additional = &schema.Schema{Types: []schema.Type{schema.String, schema.Number, schema.Boolean}}
	stdin := schema.Text("What the program reads as its input")
	stdin.MaxLength = schema.Ptr(maxInput)
	return tool.Static(&tool.Descriptor{
		Name: "process-executor", Aliases: []string{"process-runner", "command-executor", "exec"}, Category: "system", Version: "1.0.0", Security: tool.Privileged,
		Tags: []string{"process", "command", "program", "run", "execute"}, Needs: []tool.Need{tool.Processes, tool.Files, tool.Environment},
		SideEffects: true, Timeout: maxProgramTime + 10*time.Second,
		Description: "Runs a program that the sandbox allows (--allow-run=NAME) and returns its exit code and output. No shell is involved. " +
			"At the end, or at a limit, the program and everything that it has started are killed",
		Parameters: schema.Map("",
			schema.Required("executable", executable, "command", "program", "cmd"),
			schema.Optional("arguments", arguments, "args"),
			schema.Optional("working_directory", schema.Text("The folder to run in, which the sandbox must allow to read; default: the sandbox's folder"), "cwd", "dir", "working_dir"),
			schema.Optional("environment", environment, "env"),
			schema.Optional("stdin", stdin, "input"),
			schema.Optional("timeout_ms", schema.Int("How long it may run, in milliseconds", 1, float64(maxProgramTime/time.Millisecond)).WithDefault(30000), "timeout"),
			schema.Optional("max_output", schema.Int("How many bytes of each output stream are kept; the rest is dropped", 1, maxOutput).WithDefault(1<<20), "max_output_size", "max_output_bytes"),
			schema.Optional("max_memory_mb", schema.Int("How much memory it may use, with all that it starts, in megabytes (Linux)", 8, 1<<20).WithDefault(1024)),
			schema.Optional("max_processes", schema.Int("How many processes there may be at a time (Linux)", 1, 10000).WithDefault(64)),
			schema.Optional("max_cpu_ms", schema.Int("How much processor time it may use, with all that it starts, in milliseconds (Linux)", 1, 3.6e6).WithDefault(60000)),
			schema.Optional("output_encoding", schema.Choice("How the output is given: as text, in which bytes that are no UTF-8 become U+FFFD, or in base64", "text", "base64").WithDefault("text"), "encoding")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("exit_code", schema.Int("The exit code; -1 when a signal or a limit ended the program", -1, 1<<32)),
			schema.Required("stdout", schema.Text("What it wrote to its output")),
			schema.Required("stderr", schema.Text("What it wrote to its error output")),
			schema.Required("success", schema.Flag("Whether it ended by itself with exit code 0")),
			schema.Required("duration", schema.Num("How long it ran, in seconds")),
			schema.Required("ended_by", schema.Choice("What ended it", "exit", "signal", "time limit", "CPU limit", "memory limit", "process limit")),
			schema.Optional("signal", schema.Text("The signal that ended it, if one did")),
			schema.Required("stdout_truncated", schema.Flag("Whether more was written than max_output")),
			schema.Required("stderr_truncated", schema.Flag("Whether more was written than max_output")),
			schema.Required("killed_processes", schema.Int("How many processes that it had left, or that a limit ended, were killed", 0, 1e9)),
			schema.Required("executable", schema.Text("The path of the program that ran")),
		}},
		Examples: []tool.Example{
			{Description: "Run a program", Params: map[string]any{"executable": "echo", "arguments": []any{"hello", "$HOME"}}, Setup: needsProgram("echo"),
				Want: map[string]any{"exit_code": 0, "stdout": "hello $HOME\n", "success": true}},
			{Description: "Give it input", Params: map[string]any{"executable": "sort", "stdin": "b\na\n"}, Setup: needsProgram("sort"),
				Want: map[string]any{"stdout": "a\nb\n"}},
		},
	}, runProgram)
}

// needsProgram says that an example cannot run where a program is missing.
func needsProgram(name string) func(string) (map[string]string, func(), error) {
	return func(string) (map[string]string, func(), error) {
		box, err := sandbox.New("", sandbox.Policy{Run: sandbox.Rule{Allow: []string{name}}})
		if err == nil {
			_, err = box.FindProgram(name)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", tool.ErrNoExample, err)
		}
		return nil, func() {}, nil
	}
}

func runProgram(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := sandbox.Program{Name: call.Params.String("executable"), Dir: call.Params.String("working_directory"), Stdin: []byte(call.Params.String("stdin")),
		Limits: sandbox.Limits{
			Wall: time.Duration(call.Params.Int("timeout_ms")) * time.Millisecond, Output: call.Params.Int("max_output"), CPU: time.Duration(call.Params.Int("max_cpu_ms")) * time.Millisecond,
			Memory: int64(call.Params.Int("max_memory_mb")) << 20, Processes: call.Params.Int("max_processes"),
		}}
	list, _ := call.Params["arguments"].([]any)
	for i, a := range list {
		text := plain(a)
		if strings.IndexByte(text, 0) >= 0 {
			return nil, &schema.FieldError{Path: fmt.Sprintf("arguments[%d]", i+1), Expected: "a text without zero bytes, which no program can be given", Value: text}
		}
		p.Args = append(p.Args, text)
	}
	env := call.Params.Map("environment")
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := plain(env[name])
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.IndexByte(value, 0) >= 0 {
			// The value may be secret.
			return nil, &schema.FieldError{Path: "environment", Problem: fmt.Sprintf("has a member %q that is no variable", name),
				Expected: "names without =, and no zero bytes"}
		}
		p.Env = append(p.Env, name+"="+value)
	}
	e, err := call.Sandbox.Run(ctx, p)
	if words := strings.Fields(p.Name); err != nil && ctx.Err() == nil && len(words) > 1 && len(p.Args) == 0 {
		return nil, fmt.Errorf("%w (executable is one program, not a command line: if %q is meant, pass the other words in arguments)", err, words[0])
	}
	if err != nil {
		return nil, err
	}
	return programResult(e, call.Params.String("output_encoding")), nil
}

// plain writes a value as a program's argument.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func programResult(e *sandbox.Exit, encoding string) *tool.Result {
	text := func(b []byte) string {
		if encoding == "base64" {
			return base64.StdEncoding.EncodeToString(b)
		}
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	success := e.Reason == sandbox.ByItself && e.Code == 0
	stdout := text(e.Stdout)
	result := map[string]any{
		"exit_code": e.Code, "stdout": stdout, "stderr": text(e.Stderr), "success": success, "duration": e.Duration.Seconds(),
		"ended_by": string(e.Reason), "stdout_truncated": e.DroppedStdout > 0, "stderr_truncated": e.DroppedStderr > 0,
		"killed_processes": e.Killed, "executable": e.Path,
	}
	if e.Signal != "" {
		result["signal"] = e.Signal
	}
	message := fmt.Sprintf("exit code %d", e.Code)
	switch e.Reason {
	case sandbox.ByItself:
	case sandbox.BySignal:
		message = "ended by a signal: " + e.Signal
	default:
		message = fmt.Sprintf("killed at the %s after %v", e.Reason, e.Duration.Round(time.Millisecond))
	}
	return &tool.Result{Value: result, Text: &stdout, Message: message, Metadata: map[string]any{
		"cpu_ms": float64(e.CPU.Microseconds()) / 1000, "max_memory_bytes": e.Memory, "confined_by": strings.Join(e.Confined, ", "),
	}}
}

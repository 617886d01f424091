package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/runtime"
)

// errMCPRemote is the answer to flags that a running kernel cannot follow.
var errMCPRemote = usagef("--mcp-config and --mcp-project cannot be had with --connect: give them to llmspell kernel start")

// wireLimits are the limits that the flags set, for a kernel to hear.
func (f *scriptFlags) wireLimits() (*rpc.Limits, error) {
	l, err := f.limits()
	if err != nil {
		return nil, err
	}
	return wireLimits(l), nil
}

// limited tells whether a flag sets a limit.
func (f *scriptFlags) limited() bool {
	flags := f.cmd.Flags()
	return flags.Changed("timeout") || flags.Changed("max-instructions") || flags.Changed("max-memory")
}

// runRemote runs a script in a kernel.
func (a *app) runRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, path string, args []string) error {
	if a.reports() {
		return a.reportRemote(ctx, c, flags, filepath.Dir(path), kernel.Script{File: path, Args: args})
	}
	_, err := a.execute(ctx, c, flags, filepath.Dir(path), rpc.RunParams{File: rpc.Text(path), Args: rpc.Texts(args)})
	return err
}

// execRemote runs a piece of Lua in a kernel, and prints what it returns.
func (a *app) execRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, code string, args []string) error {
	if a.reports() {
		return a.reportRemote(ctx, c, flags, ".", kernel.Script{Code: code, Name: "=(command line)", Args: args})
	}
	_, err := a.execute(ctx, c, flags, ".", rpc.RunParams{Code: rpc.Text(code), Name: "=(command line)", Args: rpc.Texts(args)})
	return err
}

// reportRemote is report for a script that runs in a kernel.
func (a *app) reportRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, folder string, script kernel.Script) error {
	printed := &boundedOutput{}
	quiet := *a
	quiet.stdout = printed
	r := newReport(script, flags.stream)
	r.Mode = "connected"
	result, err := quiet.executeRemote(ctx, c, flags, folder, rpc.RunParams{File: rpc.Text(script.File), Code: rpc.Text(script.Code), Name: script.Name, Args: rpc.Texts(script.Args), Values: true})
	if err != nil {
		return err
	}
	r.Output, r.Truncated = printed.String(), printed.cut || result.Truncated
	r.returned(result.Values)
	code := exitOK
	if e := result.Error; e != nil {
		code = e.ExitCode
		if e.Kind != "exit" || code != exitOK {
			r.Status = "error"
			r.Error = &reportError{Message: string(e.Message), Traceback: string(e.Traceback), ExitCode: code}
		}
	}
	if err := writeJSON(a.stdout, r, a.globals.output.value == "pretty"); err != nil {
		return fmt.Errorf("cannot print the result as JSON: %w", err)
	}
	if code == exitOK {
		return nil
	}
	return exitError{code}
}

// execute runs Lua in a kernel as if it ran here: with this process's working folder,
// environment and streams.
func (a *app) execute(ctx context.Context, c *connectFlags, flags *scriptFlags, folder string, p rpc.RunParams) (*rpc.RunResult, error) {
	result, err := a.executeRemote(ctx, c, flags, folder, p)
	if err != nil || result.Error == nil {
		return result, err
	}
	a.printExecError(result.Error)
	return result, exitError{result.Error.ExitCode}
}

// executeRemote is execute without a word about a script that has failed: the result
// tells.
func (a *app) executeRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, folder string, p rpc.RunParams) (*rpc.RunResult, error) {
	if flags.mcp.chosen() {
		return nil, errMCPRemote
	}
	limits, err := flags.wireLimits()
	if err != nil {
		return nil, err
	}
	permissions, err := flags.permissions.wire(folder)
	if err != nil {
		return nil, err
	}
	client, err := a.kernelFor(ctx, c, permissions)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	p.Limits = limits
	if flags.session != "" {
		if err := inRemoteSession(ctx, client, flags.session, &p); err != nil {
			return nil, err
		}
	}
	out := newOutput(a.stdout)
	stderr := flushBefore{out, a.stderr}
	var failed error // of writing: nobody reads what the script prints
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	result, err := client.Run(ctx, p, rpc.RunHandlers{
		Stdin: a.stdin,
		Flush: out.Flush,
		Output: func(stream string, data []byte) {
			var werr error
			if stream == "stderr" {
				_, werr = stderr.Write(data)
			} else {
				_, werr = out.Write(data)
			}
			if werr != nil && failed == nil {
				failed = werr
				cancel(werr) // as a script here would end
			}
		},
	})
	if err != nil {
		return nil, errors.Join(err, out.Flush())
	}
	if p.Code != "" && !p.Values && len(result.Texts) > 0 && result.Error == nil {
		fmt.Fprintln(out, joinTexts(result.Texts))
	}
	return result, out.Flush()
}

// wireLimits are limits for a kernel to hear.
func wireLimits(l runtime.Limits) *rpc.Limits {
	return &rpc.Limits{TimeMS: l.Time.Milliseconds(), Instructions: l.Instructions, HeapBytes: l.Heap}
}

// inRemoteSession makes an execution one of the session on the kernel's disk that
// --session names.
func inRemoteSession(ctx context.Context, client *rpc.Client, name string, p *rpc.RunParams) error {
	r, err := remoteRecord(ctx, client, name)
	if err != nil {
		return err
	}
	info, err := client.CreateSession(ctx, rpc.SessionParams{Name: r.Name, Record: r.ID, Ephemeral: true, Limits: p.Limits})
	if err != nil {
		return err
	}
	p.Session, p.Limits = info.ID, nil
	return nil
}

func joinTexts(texts []rpc.Text) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = string(t)
	}
	return strings.Join(out, "\t")
}

// printExecError shows a script's error as printScriptError does.
func (a *app) printExecError(e *rpc.ExecError) {
	if e.Kind == "exit" {
		return
	}
	fmt.Fprintf(a.stderr, "llmspell: %s\n", e.Message)
	if e.Traceback != "" {
		fmt.Fprintln(a.stderr, string(e.Traceback))
	}
	if e.Cause != "" && e.Kind == "script" && !strings.Contains(string(e.Message), string(e.Cause)) {
		fmt.Fprintf(a.stderr, "caused by: %s\n", e.Cause)
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/runtime"
)

// runRemote runs a script in a kernel.
func (a *app) runRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, path string, args []string) error {
	_, err := a.execute(ctx, c, flags, filepath.Dir(path), rpc.RunParams{File: path, Args: args})
	return err
}

// execRemote runs a piece of Lua in a kernel, and prints what it returns.
func (a *app) execRemote(ctx context.Context, c *connectFlags, flags *scriptFlags, code string, args []string) error {
	_, err := a.execute(ctx, c, flags, ".", rpc.RunParams{Code: code, Name: "=(command line)", Args: args})
	return err
}

// execute runs Lua in a kernel as if it ran here: with this process's working folder,
// environment and streams.
func (a *app) execute(ctx context.Context, c *connectFlags, flags *scriptFlags, folder string, p rpc.RunParams) (*rpc.RunResult, error) {
	if flags.mcp.chosen() {
		return nil, usagef("--mcp-config and --mcp-project cannot be had with --connect: give them to llmspell kernel start")
	}
	limits, err := flags.limits()
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
	p.Limits = wireLimits(limits)
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
	if p.Code != "" && len(result.Texts) > 0 && result.Error == nil {
		fmt.Fprintln(out, joinTexts(result.Texts))
	}
	if err := out.Flush(); err != nil {
		return result, err
	}
	if result.Error != nil {
		a.printExecError(result.Error)
		return result, exitError{result.Error.ExitCode}
	}
	return result, nil
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

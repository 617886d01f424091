package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/cli/repl"
	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/service"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// replFlags are those of the interactive commands.
type replFlags struct {
	history string
	session string
	limits  *rpc.Limits // of each execution in a running kernel; nil: as the kernel says
}

func (f *replFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.history, "history", "", "keep what is typed in this database (default: history.db in the folder of data)")
	cmd.Flags().StringVar(&f.session, "session", "", "work in this session, which is made if there is none of the name: its variables are there, and what happens is journaled")
}

const replHelp = `Lua is read and executed, a statement at a time; .help lists the commands. Input that is no
terminal is executed without prompts, and the exit code is 1 if a part of it has failed.`

func (a *app) replCommand() *cobra.Command {
	var flags scriptFlags
	var connect connectFlags
	var f replFlags
	cmd := &cobra.Command{
		Use:     "repl",
		Short:   "Type Lua, and debug it, interactively",
		Long:    replHelp,
		Example: "  llmspell repl\n  echo 'return 6 * 7' | llmspell repl\n  llmspell repl --connect dev",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			if connect.wanted() {
				if flags.mcp.chosen() {
					return errMCPRemote
				}
				if flags.limited() {
					var err error
					if f.limits, err = flags.wireLimits(); err != nil {
						return err
					}
				}
				return a.connectedREPL(cmd.Context(), &connect, &flags.permissions, &f)
			}
			return a.embeddedREPL(cmd.Context(), &flags, &f)
		}),
	}
	flags.add(cmd)
	flags.addEngine(cmd)
	connect.add(cmd)
	f.add(cmd)
	return cmd
}

// kernelConnectCommand is the loop on a running kernel.
func (a *app) kernelConnectCommand() *cobra.Command {
	var connect connectFlags
	var perms permissions
	var f replFlags
	cmd := &cobra.Command{
		Use:               "connect [ID|PATH|HOST:PORT]",
		Short:             "Type Lua, and debug it, in a running kernel",
		Long:              replHelp,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeKernels,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			connect.cmd = cmd
			if len(args) == 1 {
				connect.argument = args[0]
			}
			return a.connectedREPL(cmd.Context(), &connect, &perms, &f)
		}),
	}
	connect.addToken(cmd)
	perms.add(cmd)
	f.add(cmd)
	return cmd
}

// embeddedREPL runs the loop on a kernel in this process.
func (a *app) embeddedREPL(ctx context.Context, flags *scriptFlags, f *replFlags) error {
	limits, err := flags.limits()
	if err != nil {
		return err
	}
	box, err := flags.permissions.sandbox()
	if err != nil {
		return err
	}
	services := a.services(a.config.Config)
	defer a.closeServices(services)
	reg, _, end, err := a.registry(ctx, &flags.mcp, box)
	if err != nil {
		return err
	}
	defer end()
	version, _ := buildVersion()
	tuneGC(limits.Heap)
	e := service.Embed(service.Options{
		Version: version, Services: services, Log: a.log, Live: service.Live{StateEvents: a.config.Config.Events.EmitStateEvents},
		NewSession: func(_ kernel.SessionOptions, cfg kernel.Config) (*kernel.Session, error) {
			cfg.Limits, cfg.Tools, cfg.Configuration, cfg.Sandbox = limits, reg, a.config, box
			return kernel.NewSession(cfg)
		},
		Policy: func(string) (sandbox.Policy, error) { return flags.permissions.policy(".") },
	})
	defer e.Close()
	return a.runREPL(ctx, f, func(ctx context.Context) (*rpc.Client, error) {
		return e.Dial(ctx, rpc.ClientOptions{Name: "llmspell repl"})
	})
}

// connectedREPL runs the loop on a running kernel.
func (a *app) connectedREPL(ctx context.Context, connect *connectFlags, perms *permissions, f *replFlags) error {
	wire, err := perms.wire(".")
	if err != nil {
		return err
	}
	return a.runREPL(ctx, f, func(ctx context.Context) (*rpc.Client, error) { return a.kernelFor(ctx, connect, wire) })
}

func (a *app) runREPL(ctx context.Context, f *replFlags, dial func(context.Context) (*rpc.Client, error)) error {
	version, _ := buildVersion()
	o := repl.Options{
		Dial: dial, Session: rpc.SessionParams{ID: f.session, Limits: f.limits}, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, Version: version,
		Interactive: isTerminal(a.stdin) && isTerminal(a.stdout),
	}
	if f.session != "" {
		o.Record = func(ctx context.Context, client *rpc.Client) (*archive.Session, error) {
			return remoteRecord(ctx, client, f.session)
		}
	}
	o.Color = o.Interactive && os.Getenv("NO_COLOR") == ""
	if o.Interactive {
		path := f.history
		if path == "" {
			path = filepath.Join(config.DataDir(), "history.db")
		}
		h, err := repl.OpenHistory(ctx, path)
		switch {
		case err != nil && f.history != "":
			return fmt.Errorf("--history: %w", err)
		case err != nil: // a full disk or a damaged file keeps nobody from working
			fmt.Fprintf(a.stderr, "llmspell: what is typed is not kept: %v\n", err)
		default:
			defer h.Close()
			o.History = h
		}
	} else {
		out := newOutput(a.stdout)
		defer out.Flush()
		o.Stdout, o.Stderr = out, flushBefore{out, a.stderr}
	}
	// Ctrl-C is the loop's own.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	err := repl.Run(ctx, o)
	if errors.Is(err, repl.ErrFailed) {
		return exitError{exitScript}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/internal/footprint"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

func (a *app) dapCommand() *cobra.Command {
	var flags scriptFlags
	var serve serveFlags
	var attach string
	cmd := &cobra.Command{
		Use:   "dap",
		Short: "Serve the Debug Adapter Protocol on stdin and stdout, or on a socket",
		Long: "Serve the Debug Adapter Protocol. Without --listen one client is served on stdin and\n" +
			"stdout, and nothing else is printed there. With --listen any number of clients connect,\n" +
			"one debug session each, until the command is interrupted. With --client-addr the server\n" +
			"connects to one client that waits there.\n\n" +
			"Where there is a token, in --token-file or in the environment variable " + dap.TokenVariable + ",\n" +
			"clients send it as \"token\" with initialize, launch or attach.",
		Example: "  llmspell dap\n  llmspell dap --listen 127.0.0.1:0\n  llmspell dap --attach dev/main\n  llmspell dap --listen unix:/run/user/1000/llmspell/dap.sock\n" +
			"  llmspell dap --client-addr 127.0.0.1:4711",
		Args: cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			if attach != "" {
				if serve.listen != "" || serve.clientAddr != "" || serve.readOnly {
					return usagef("--attach serves an editor on stdin and stdout: leave out --listen, --client-addr and --read-only")
				}
				return a.attachStdio(cmd.Context(), attach, serve.tokenFile)
			}
			options, err := a.serverOptions(&flags, &serve)
			if err != nil {
				return err
			}
			limits, err := flags.limits()
			if err != nil {
				return err
			}
			tuneGC(limits.Heap)
			return a.serveDAP(cmd.Context(), dap.NewServer(options), &serve)
		}),
	}
	cmd.Flags().StringVar(&attach, "attach", "", "debug a session of a running kernel, KERNEL or KERNEL/SESSION, on stdin and stdout")
	_ = cmd.RegisterFlagCompletionFunc("attach", completeKernels)
	serve.add(cmd)
	flags.add(cmd)
	a.addHeadless(cmd, &flags)
	return cmd
}

// serveFlags say whom the debug server serves, and how.
type serveFlags struct {
	listen      string
	clientAddr  string
	tokenFile   string
	allowRemote bool
	readOnly    bool
}

func (f *serveFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.listen, "listen", "", "serve on 127.0.0.1:PORT (0 picks one) or unix:PATH instead of stdin and stdout")
	cmd.Flags().StringVar(&f.clientAddr, "client-addr", "", "connect to a client that waits on HOST:PORT or unix:PATH, and serve it")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token that clients must show")
	cmd.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "allow addresses of other machines; needs a token")
	cmd.Flags().BoolVar(&f.readOnly, "read-only", false, "refuse all that changes the script or evaluates code in it")
}

// token reads the token, if one is needed or given.
func (f *serveFlags) token() (string, error) {
	if f.listen != "" && f.clientAddr != "" {
		return "", usagef("--listen and --client-addr exclude each other")
	}
	if f.listen == "" && f.clientAddr == "" {
		if f.tokenFile != "" || f.allowRemote {
			return "", usagef("--token-file and --allow-remote need --listen or --client-addr")
		}
		return "", nil // who started the process is its client
	}
	token, err := dap.ReadToken(f.tokenFile)
	switch {
	case err != nil:
		return "", usageError{err}
	case token == "" && f.allowRemote:
		return "", usagef("--allow-remote needs a token, in --token-file or in %s: whoever can connect can run programs as you", dap.TokenVariable)
	}
	return token, nil
}

func (a *app) serverOptions(flags *scriptFlags, serve *serveFlags) (dap.Options, error) {
	limits, err := flags.limits()
	if err != nil {
		return dap.Options{}, err
	}
	token, err := serve.token()
	if err != nil {
		return dap.Options{}, err
	}
	run, err := runCommandLine(flags)
	if err != nil {
		return dap.Options{}, err
	}
	if _, err := flags.permissions.sandbox(); err != nil {
		return dap.Options{}, err
	}
	var policy func(folder string) (sandbox.Policy, error)
	if flags.permissions.given() {
		policy = flags.permissions.policy
	}
	cache := runtime.NewCache()
	return dap.Options{
		Log:         a.component("dap"),
		Token:       token,
		ReadOnly:    serve.readOnly,
		AllowRemote: serve.allowRemote,
		RunCommand:  run,
		DialKernel: func(ctx context.Context, kernel, session, token string) (net.Conn, error) {
			return a.dialSession(ctx, kernel, session, token, "")
		},
		Policy: policy,
		Idle:   footprint.Trim,
		NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
			cfg.Limits, cfg.Cache = stricter(limits, cfg.Limits), cache
			return a.openSession(&flags.mcp, cfg)
		},
	}, nil
}

// stricter joins the limits of the command and those of a launch.
func stricter(a, b runtime.Limits) runtime.Limits {
	if b.Time > 0 && (a.Time == 0 || b.Time < a.Time) {
		a.Time = b.Time
	}
	if b.Instructions > 0 && (a.Instructions == 0 || b.Instructions < a.Instructions) {
		a.Instructions = b.Instructions
	}
	return a
}

// runCommandLine is the command line that runs a script with the same limits.
func runCommandLine(flags *scriptFlags) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the path of this program: %w", err)
	}
	return append([]string{
		self, "run", "--timeout", flags.timeout.String(), "--max-instructions", strconv.FormatInt(flags.maxInstructions, 10),
		"--max-memory", flags.maxMemory,
	}, append(configArguments(flags.cmd), flags.mcp.arguments()...)...), nil
}

func (a *app) serveDAP(ctx context.Context, server *dap.Server, serve *serveFlags) error {
	listen, connect := dap.Listen, dap.Dial
	if serve.allowRemote {
		listen, connect = dap.ListenRemote, dap.DialRemote
	}
	switch {
	case serve.clientAddr != "":
		conn, err := connect(ctx, serve.clientAddr)
		if err != nil {
			return usageError{err}
		}
		return server.ServeConn(ctx, conn)
	case serve.listen != "":
		ln, err := listen(serve.listen)
		if err != nil {
			return usageError{err}
		}
		fmt.Fprintf(a.stdout, "DAP server listening at: %s\n", dap.Address(ln))
		return server.Serve(ctx, ln)
	default:
		return server.ServeConn(ctx, stdio{a.stdin, a.stdout})
	}
}

// stdio is the process's streams as one connection. Closing it closes stdin,
// which ends a read in progress.
type stdio struct {
	io.Reader
	io.Writer
}

func (s stdio) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

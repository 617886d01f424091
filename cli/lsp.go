package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/footprint"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/catalog/live"
	"github.com/llmspell/llmspell/lsp/wire"
)

// lspFlags say whom the language server serves, and what it knows.
type lspFlags struct {
	listen    string
	tokenFile string
	connect   connectFlags
	logFile   string
	profiles  []string
}

func (a *app) lspCommand() *cobra.Command {
	f := &lspFlags{}
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve the Language Server Protocol on stdin and stdout, or on a socket",
		Long: "Serve the Language Server Protocol, for editors: completion, checks, navigation. Without\n" +
			"--listen one client is served on stdin and stdout, and nothing else is printed there. With\n" +
			"--listen any number of clients connect, until the command is interrupted. They share what\n" +
			"is known of the files on disk, and do not see each other's open files.\n\n" +
			"Where there is a token, in --token-file or in the environment variable " + lsp.TokenVariable + ",\n" +
			"clients of the socket give it as \"token\" in the initializationOptions.\n\n" +
			"With --connect the tools, state keys and variables of a running kernel are offered too. The\n" +
			"server never waits for the kernel, and works on when it ends.\n\n" +
			"The exit code is 0 after a client's shutdown and exit, and 1 if it leaves without them.",
		Example: "  llmspell lsp\n  llmspell lsp --connect dev\n  llmspell lsp --listen 127.0.0.1:0\n  llmspell lsp --listen unix:/run/user/1000/llmspell/lsp.sock --log-file lsp.log",
		Args:    cobra.NoArgs,
		RunE:    started(func(cmd *cobra.Command, _ []string) error { return a.serveLSP(cmd, f) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "", "serve on 127.0.0.1:PORT (0 picks one) or unix:PATH instead of stdin and stdout")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the token that clients of the socket must show")
	flags.StringVar(&f.connect.kernel, "connect", "", "offer what a running kernel has: its id, the path of its socket or connection file,\nor HOST:PORT (or "+kernelVariable+")")
	flags.StringVar(&f.connect.tokenFile, "kernel-token-file", "", "file with the token of a kernel at HOST:PORT")
	flags.StringVar(&f.logFile, "log-file", "", "log into this file instead of stderr")
	flags.VarP(&profileFlag{measures: &f.profiles}, "profile", "p", "write where the server's time went to cpu:PATH, or its memory to heap:PATH, or begin with a preset (may repeat)")
	// What some clients add to every server's command line.
	flags.Bool("stdio", false, "serve on stdin and stdout, which is what happens anyway")
	_ = flags.MarkHidden("stdio")
	f.connect.cmd = cmd
	_ = cmd.RegisterFlagCompletionFunc("connect", completeRunning)
	return cmd
}

func (a *app) serveLSP(cmd *cobra.Command, f *lspFlags) (err error) {
	ctx, leave := context.WithCancel(cmd.Context())
	defer leave()
	if a.stdout == os.Stdout {
		// The protocol has stdout: what anything else prints must not get there.
		guarded := os.Stdout
		os.Stdout = os.Stderr
		defer func() { os.Stdout = guarded }()
	}
	token, err := f.token()
	if err != nil {
		return err
	}
	if err := a.logLSP(f.logFile); err != nil {
		return err
	}
	stop, err := startProfiles(f.profiles)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	footprint.Tighten()
	version, _ := buildVersion()
	base := catalog.Configured(catalog.Builtin(), a.config.Config)
	var kernel atomic.Pointer[live.Live] // nil: none is followed
	debugger := &debugInside{app: a, cmd: cmd, ctx: ctx}
	defer debugger.ended.Wait() // after leave, which ends it
	defer leave()
	options := lsp.Options{Log: a.component("lsp"), Version: version, Token: token, Pause: new(footprint.Pauses).Trim, Idle: footprint.Trim, Run: runForEditor, DebugServer: debugger.start, Values: debugger.values, Config: lintConfig(a.config.Config), Catalog: func() *catalog.Catalog {
		if l := kernel.Load(); l != nil {
			return l.Catalog()
		}
		return base
	}}
	name := f.connect.name()
	if name != "" {
		options.Kernel = func() lsp.KernelState { return kernelState(name, kernel.Load()) }
	}
	server := lsp.New(options)
	if name != "" {
		l := live.Follow(live.Options{
			Base: base, Version: version, Log: a.component("lsp.kernel"), Dial: live.Kernel(kernels(), name, f.connect.tokenFile),
			Changed: func(*catalog.Catalog) { server.CatalogChanged() }, Connected: server.KernelChanged,
		})
		defer l.Close()
		kernel.Store(l)
		server.CatalogChanged()
		server.KernelChanged()
	}
	if f.listen == "" {
		return lspExit(server.ServeConn(ctx, stdio{a.stdin, a.stdout}))
	}
	ln, err := socket.Listen(f.listen, false)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(a.stdout, "Language server listening at: %s\n", socket.Address(ln))
	return server.Serve(ctx, ln)
}

// kernelState is what the editor is told about the kernel of --connect.
func kernelState(name string, l *live.Live) lsp.KernelState {
	k := lsp.KernelState{Asked: name}
	if l == nil {
		return k
	}
	k.Connected = l.Kernel()
	if err := l.Err(); err != nil && k.Connected == "" {
		k.Error = err.Error()
	}
	return k
}

// lspExit is the end of a server on stdin and stdout: the protocol wants the exit code
// 1 of a client that has left without a shutdown request.
func lspExit(err error) error {
	if errors.Is(err, wire.ErrNoShutdown) {
		return exitError{exitScript}
	}
	return err
}

// token reads the token, if clients of the socket must show one.
func (f *lspFlags) token() (string, error) {
	if f.listen == "" {
		if f.tokenFile != "" {
			return "", usagef("--token-file needs --listen: who has started the server is its client")
		}
		return "", nil
	}
	token, err := socket.ReadToken(f.tokenFile, lsp.TokenVariable)
	if err != nil {
		return "", usageError{err}
	}
	return token, nil
}

// logLSP makes the log that of --log-file, if there is one.
func (a *app) logLSP(file string) error {
	if file == "" {
		return nil
	}
	path, err := absolutePath("log-file", file)
	if err != nil {
		return err
	}
	o := a.logOptions()
	o.File = path
	if !a.config.IsSet("log.level") && a.globals.trace.value == "" && o.Spec == "" {
		o.Level = "info" // as for kernels
	}
	if err := a.logs.Apply(o); err != nil {
		return usageError{fmt.Errorf("--log-file: %w", err)}
	}
	return nil
}

// startProfiles begins to measure the server itself. The function that it returns
// writes the profiles.
func startProfiles(specs []string) (stop func() error, err error) {
	var p goProfiles
	for _, spec := range specs {
		kind, path, _ := strings.Cut(spec, ":")
		to := map[string]*pathFlag{"cpu": &p.cpu, "heap": &p.memory}[kind]
		if to == nil || path == "" {
			return nil, usagef("--profile %s: want cpu:PATH, heap:PATH or the name of a preset", spec)
		}
		if err := to.Set(path); err != nil {
			return nil, err
		}
	}
	return p.begin()
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/catalog/live"
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
		RunE:    started(func(cmd *cobra.Command, _ []string) error { return a.serveLSP(cmd.Context(), f) }),
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

func (a *app) serveLSP(ctx context.Context, f *lspFlags) (err error) {
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

	base := catalog.Configured(catalog.Builtin(), &a.config.Config)
	version, _ := buildVersion()
	options := lsp.Options{Log: a.component("lsp"), Version: version, Token: token, Catalog: func() *catalog.Catalog { return base }}
	var server *lsp.Server
	if kernel := f.connect.name(); kernel != "" {
		follow := live.Options{
			Base: base, Version: version, Log: a.component("lsp"),
			Dial:    live.Kernel(daemon.DefaultRoot(), kernel, f.connect.tokenFile),
			Changed: func(*catalog.Catalog) { server.CatalogChanged() },
		}
		source := lsp.Following(follow)
		defer source.Close()
		options.Catalog = source.Catalog
		server = lsp.New(options)
		source.Start()
	} else {
		server = lsp.New(options)
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

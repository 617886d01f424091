package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

func (a *app) dapCommand() *cobra.Command {
	var listen string
	var flags scriptFlags
	cmd := &cobra.Command{
		Use:   "dap",
		Short: "Serve the Debug Adapter Protocol on stdin and stdout, or on a socket",
		Long: "Serve the Debug Adapter Protocol. Without --listen one client is served on stdin and\n" +
			"stdout, and nothing else is printed there. With --listen any number of clients connect,\n" +
			"one debug session each, until the command is interrupted.",
		Example: "  llmspell dap\n  llmspell dap --listen 127.0.0.1:0\n  llmspell dap --listen unix:/run/user/1000/llmspell/dap.sock",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			limits, err := flags.limits()
			if err != nil {
				return err
			}
			tuneGC(limits.Heap)
			cache := runtime.NewCache()
			server := dap.NewServer(dap.Options{
				Log: a.log.Named("dap"),
				NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
					cfg.Limits, cfg.Cache = limits, cache
					return kernel.NewSession(cfg)
				},
			})
			if listen == "" {
				return server.ServeConn(cmd.Context(), stdio{a.stdin, a.stdout})
			}
			return a.serveDAP(cmd.Context(), server, listen)
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", "", "serve on 127.0.0.1:PORT (0 picks one) or unix:PATH instead of stdin and stdout")
	flags.add(cmd)
	a.addHeadless(cmd, &flags)
	return cmd
}

func (a *app) serveDAP(ctx context.Context, server *dap.Server, listen string) error {
	ln, err := dap.Listen(listen)
	if err != nil {
		return usageError{err}
	}
	address := ln.Addr().String()
	if ln.Addr().Network() == "unix" {
		address = "unix:" + address
	}
	fmt.Fprintf(a.stdout, "DAP server listening at: %s\n", address)
	return server.Serve(ctx, ln)
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

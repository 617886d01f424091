package cli

import (
	"context"
	"sync"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/dap"
)

// debugInside is the debug server that lives in a language server's process from when a
// client asks for it. Scripts that are debugged there share its memory: an editor that
// wants them apart starts llmspell dap.
type debugInside struct {
	app *app
	cmd *cobra.Command // of the language server: its configuration counts
	ctx context.Context

	mu      sync.Mutex
	server  *dap.Server // nil: nobody has asked
	address string
	token   string
	ended   sync.WaitGroup
}

// start is lsp.Options.DebugServer.
func (d *debugInside) start() (address, token string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.server != nil {
		return d.address, d.token, nil
	}
	var flags scriptFlags
	flags.add(&cobra.Command{}) // what they are by default
	flags.cmd = d.cmd
	options, err := d.app.serverOptions(&flags, &serveFlags{})
	if err != nil {
		return "", "", err
	}
	options.Token = dap.NewToken()
	ln, err := dap.Listen("127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	d.server, d.address, d.token = dap.NewServer(options), dap.Address(ln), options.Token
	d.ended.Go(func() {
		if err := d.server.Serve(d.ctx, ln); err != nil {
			options.Log.Error("the debug server has ended", zap.Error(err))
		}
	})
	return d.address, d.token, nil
}

// values is lsp.Options.Values.
func (d *debugInside) values(ctx context.Context, path string, line, frame int, expressions []string) map[string]string {
	d.mu.Lock()
	server := d.server
	d.mu.Unlock()
	if server == nil {
		return nil
	}
	return server.Values(ctx, path, line, frame, expressions)
}

package cli

import (
	"context"
	"io"
	"os"

	"github.com/llmspell/llmspell/internal/ctxread"
)

// input is stdin for a command that reads it as a whole: an interrupt ends a Read that waits.
func (a *app) input(ctx context.Context) io.Reader { return ctxread.New(ctx, a.stdin) }

// openInput opens the file that a command reads from its beginning to its end; "-" is stdin. An interrupt
// ends a Read of what can wait for somebody, as a pipe does.
func (a *app) openInput(ctx context.Context, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.input(ctx)), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.Mode().IsRegular() || info.IsDir() {
		return f, nil // what is wrong the first Read says
	}
	return struct {
		io.Reader
		io.Closer
	}{ctxread.New(ctx, f), f}, nil
}

package live

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// Kernel returns a function for Options.Dial that connects to the kernel that spec
// means: its id, the path of its socket, run folder or connection file, or HOST:PORT.
// It is looked for anew each time. tokenFile has the token of a kernel at HOST:PORT;
// "": the one of the connection file or of the environment variable
// rpc.TokenVariable.
func Kernel(root daemon.Root, spec, tokenFile string) func(context.Context) (*rpc.Client, error) {
	return func(ctx context.Context) (*rpc.Client, error) {
		target, err := root.Resolve(spec)
		if err != nil {
			return nil, err
		}
		o := rpc.ClientOptions{Name: "llmspell lsp", Token: target.Token, Env: []string{}, Control: true, MaxMessage: maxMessage}
		if !strings.HasPrefix(target.Address, "unix:") {
			given, err := socket.ReadToken(tokenFile, rpc.TokenVariable)
			if err != nil {
				return nil, err
			}
			if given != "" {
				o.Token = given
			}
		}
		return rpc.Dial(ctx, target.Address, o)
	}
}

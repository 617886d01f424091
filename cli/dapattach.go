package cli

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// dialSession makes a connection to the debugger of a kernel's session; "" is the only
// one that there is. The token is for a kernel at HOST:PORT, or else the one in the
// file.
func (a *app) dialSession(ctx context.Context, kernel, session, token, tokenFile string) (net.Conn, error) {
	target, err := a.resolveKernel(ctx, kernel)
	if err != nil {
		return nil, err
	}
	if token != "" {
		target.Token = token
	}
	client, err := a.dialTarget(ctx, target, tokenFile, rpc.ClientOptions{})
	if err != nil {
		return nil, err
	}
	if session == "" {
		session, err = onlySession(ctx, client)
	}
	var conn net.Conn
	if err == nil {
		conn, err = client.Attach(ctx, session)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return conn, nil
}

// onlySession is the session that is meant when none is named: the only one, or the
// only one that runs something.
func onlySession(ctx context.Context, client *rpc.Client) (string, error) {
	list, err := client.Sessions(ctx)
	if err != nil {
		return "", err
	}
	var names, busy []string
	for _, s := range list {
		names = append(names, s.ID)
		if s.Busy {
			busy = append(busy, s.ID)
		}
	}
	switch {
	case len(names) == 1:
		return names[0], nil
	case len(busy) == 1:
		return busy[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("kernel %s has no session to attach to: run something in it first", client.Hello().Kernel)
	}
	return "", fmt.Errorf("kernel %s has %d sessions: say which, as in --attach %[1]s/SESSION: %[3]s", client.Hello().Kernel, len(names), strings.Join(names, ", "))
}

// splitAttach splits KERNEL/SESSION. Where the kernel is a path, the session is named
// after two slashes.
func splitAttach(text string) (kernel, session string) {
	if i := strings.Index(text, "//"); i > 0 {
		return text[:i], text[i+2:]
	}
	if strings.HasPrefix(text, "unix:") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, ".") || strings.Contains(text, `\`) {
		return text, ""
	}
	kernel, session, _ = strings.Cut(text, "/")
	return kernel, session
}

// attachStdio makes this process the debug adapter of a kernel's session: what the
// editor says goes there, and the answers come back. A kernel that ends, or is killed,
// ends the session for the editor.
func (a *app) attachStdio(ctx context.Context, to, tokenFile string) error {
	kernel, session := splitAttach(to)
	conn, err := a.dialSession(ctx, kernel, session, "", tokenFile)
	if err != nil {
		return err
	}
	return dap.Relay(ctx, stdio{a.stdin, a.stdout}, conn)
}

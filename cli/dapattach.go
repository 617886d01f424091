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
	session, err = liveSession(ctx, client, session)
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

// liveSession is the id of the session in a kernel that a user means: by its id, its
// name, or the id of its session on disk. "": the only one, or the only one that runs
// something.
func liveSession(ctx context.Context, client *rpc.Client, wanted string) (string, error) {
	list, err := client.Sessions(ctx)
	if err != nil {
		return "", err
	}
	return pickSession(list, client.Hello().Kernel, wanted)
}

// pickSession is liveSession among those that a kernel has.
func pickSession(list []rpc.SessionInfo, kernel, wanted string) (string, error) {
	var fit, busy []rpc.SessionInfo
	for _, s := range list {
		if s.ID == wanted {
			return s.ID, nil
		}
		if wanted == "" || wanted == s.Name || wanted == s.Record {
			fit = append(fit, s)
			if s.Busy {
				busy = append(busy, s)
			}
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0].ID, nil
	case len(busy) == 1:
		return busy[0].ID, nil
	case len(list) == 0:
		return "", fmt.Errorf("kernel %s has no session%s to attach to: run something in it first", kernel, quotedName(wanted))
	case len(fit) == 0:
		return "", fmt.Errorf("kernel %s has no session %.140q; it has %s", kernel, wanted, sessionNames(list))
	}
	return "", fmt.Errorf("kernel %s has %d sessions%s: say which, as in --attach %[1]s/%[4]s: %[5]s", kernel, len(fit), quotedName(wanted), fit[0].ID, sessionNames(fit))
}

// quotedName is a name to be read after a noun, or "" for none.
func quotedName(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" %.140q", name)
}

// sessionNames lists sessions by their ids, with their names.
func sessionNames(list []rpc.SessionInfo) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.ID
		if s.Name != "" {
			texts[i] += " (" + oneLine(s.Name) + ")"
		}
	}
	return strings.Join(texts, ", ")
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

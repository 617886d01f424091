package dap

import (
	"context"
	"net"

	"github.com/llmspell/llmspell/internal/socket"
)

// Listen opens the socket that spec names, for Serve:
//
//	127.0.0.1:4711   TCP on a loopback address
//	:0               TCP on 127.0.0.1, on a free port (see Listener.Addr)
//	unix:PATH        a unix socket for this user only, in a folder of mode 0700,
//	                 which is made if it is missing
//
// Other addresses are refused: whoever can connect can run programs.
func Listen(spec string) (net.Listener, error) { return socket.Listen(spec, false) }

// ListenRemote is Listen that allows any address, for a server with
// Options.Token. The token and all else cross the network unencrypted: prefer
// a tunnel.
func ListenRemote(spec string) (net.Listener, error) { return socket.Listen(spec, true) }

// Dial connects to the address of a client or server, in the form that Listen
// takes, on this machine.
func Dial(ctx context.Context, spec string) (net.Conn, error) { return socket.Dial(ctx, spec, false) }

// DialRemote is Dial that allows any address.
func DialRemote(ctx context.Context, spec string) (net.Conn, error) {
	return socket.Dial(ctx, spec, true)
}

// Address is the form of a listener's address that Dial takes.
func Address(ln net.Listener) string { return socket.Address(ln) }

//go:build !linux

package socket

import "net"

// unixOwner: elsewhere the folder of the socket keeps other users out.
func unixOwner(*net.UnixConn) (uid int, known bool) { return 0, false }

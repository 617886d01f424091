package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Listen opens the socket that spec names:
//
//	127.0.0.1:4711   TCP on a loopback address
//	:0               TCP on 127.0.0.1, on a free port (see Address)
//	unix:PATH        a unix socket for this user only, in a folder of mode 0700,
//	                 which is made if it is missing
//
// Other addresses are refused unless remote is set: whoever can connect can run
// programs.
func Listen(spec string, remote bool) (net.Listener, error) {
	network, address, local, err := ParseAddress(spec)
	if err != nil {
		return nil, fmt.Errorf("listen address %w", err)
	}
	if network == "unix" {
		return listenUnix(address)
	}
	if !local && !remote {
		_, port, _ := net.SplitHostPort(address)
		return nil, fmt.Errorf("refused to listen on %s: whoever can connect to the server can do as you; "+
			"listen on 127.0.0.1:%s or unix:PATH, and reach it through an ssh tunnel (or use --allow-remote with a token)", spec, port)
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", spec, err)
	}
	return ln, nil
}

// dialTimeout is for servers that listen, but are stuck.
const dialTimeout = 10 * time.Second

// Dial connects to the address of a client or server, in the form that Listen
// takes: on this machine, unless remote is set.
func Dial(ctx context.Context, spec string, remote bool) (net.Conn, error) {
	network, address, local, err := ParseAddress(spec)
	switch {
	case err != nil:
		return nil, fmt.Errorf("address %w", err)
	case !local && !remote:
		return nil, fmt.Errorf("refused to connect to %s: who is on the way could read and change all that is said; "+
			"use an address of this machine and an ssh tunnel (llmspell dap: or --allow-remote with a token)", spec)
	}
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", spec, err)
	}
	if err := CheckPeer(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Address is the form of a listener's address that Dial takes.
func Address(ln net.Listener) string {
	if ln.Addr().Network() == "unix" {
		return "unix:" + ln.Addr().String()
	}
	return ln.Addr().String()
}

// ParseAddress splits an address as Listen takes it. local tells that it can
// only be reached from this machine.
func ParseAddress(spec string) (network, address string, local bool, err error) {
	if path, ok := strings.CutPrefix(spec, "unix:"); ok {
		if path == "" {
			return "", "", false, errors.New("\"unix:\" needs the path of a socket")
		}
		return "unix", path, true, nil
	}
	host, port, err := net.SplitHostPort(spec)
	if err != nil {
		return "", "", false, fmt.Errorf("%q: want 127.0.0.1:PORT, :PORT or unix:PATH", spec)
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	ip := net.ParseIP(host)
	return "tcp", net.JoinHostPort(host, port), ip != nil && ip.IsLoopback(), nil
}

func listenUnix(path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := privateFolder(dir); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on unix socket %s (its path may have at most about 100 characters): %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("make socket %s private: %w", path, err)
	}
	return ln, nil
}

// privateFolder makes sure that only this user can reach what is in dir. The
// folder protects the socket even before its own mode is set.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a folder for the socket: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("check the folder of the socket: %w", err)
	}
	// Windows has no such modes; its user folders are private by default.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("folder %s is open to other users (mode %04o): put the socket in a folder of mode 0700", dir, mode)
	}
	return nil
}

// removeStale removes the socket of a server that is gone.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s exists and is not a socket: choose another path", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("another server listens on %s: choose another path", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the stale socket %s: %w", path, err)
	}
	return nil
}

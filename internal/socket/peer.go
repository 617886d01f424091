package socket

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Every user of a machine can connect to its loopback addresses, and our servers
// run programs as their user. Linux tells whose socket the
// other end is, TCP or unix; elsewhere, the folder of a unix socket (see Listen)
// is what keeps others out.
const (
	procTCP4 = "/proc/net/tcp"
	procTCP6 = "/proc/net/tcp6"
)

// CheckPeer refuses a client that is known to belong to another user than this
// one or root. Where that cannot be known, it is let in.
func CheckPeer(conn net.Conn) error {
	uid, known := peerOwner(conn)
	if known && uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("refused a client of another user (uid %d) from %s", uid, conn.RemoteAddr())
	}
	return nil
}

// peerOwner returns the user whose socket the other end of conn is.
func peerOwner(conn net.Conn) (uid int, known bool) {
	if unix, ok := conn.(*net.UnixConn); ok {
		return unixOwner(unix)
	}
	peer, ok1 := conn.RemoteAddr().(*net.TCPAddr)
	self, ok2 := conn.LocalAddr().(*net.TCPAddr)
	if !ok1 || !ok2 || !peer.IP.IsLoopback() {
		return 0, false
	}
	for _, name := range []string{procTCP4, procTCP6} {
		table, err := os.Open(name)
		if err != nil {
			continue
		}
		uid, known = socketOwner(table, plain(peer), plain(self))
		table.Close()
		if known {
			return uid, true
		}
	}
	return 0, false
}

// plain drops the zone, and the IPv6 form of an IPv4 address.
func plain(a *net.TCPAddr) netip.AddrPort {
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}

// socketOwner finds the uid of the socket with these two ends in a table of
// proc(5).
func socketOwner(table io.Reader, local, remote netip.AddrPort) (uid int, found bool) {
	const colLocal, colRemote, colUID = 1, 2, 7
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) <= colUID || parseSocketAddr(fields[colLocal]) != local || parseSocketAddr(fields[colRemote]) != remote {
			continue
		}
		if uid, err := strconv.Atoi(fields[colUID]); err == nil {
			return uid, true
		}
	}
	return 0, false
}

// parseSocketAddr reads an address such as 0100007F:1F90: words in the
// machine's byte order, then the port.
func parseSocketAddr(text string) netip.AddrPort {
	addr, portText, _ := strings.Cut(text, ":")
	port, err := strconv.ParseUint(portText, 16, 16)
	if err != nil {
		return netip.AddrPort{}
	}
	var bytes []byte
	for ; len(addr) >= 8; addr = addr[8:] {
		word, err := strconv.ParseUint(addr[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}
		}
		bytes = binary.NativeEndian.AppendUint32(bytes, uint32(word))
	}
	ip, ok := netip.AddrFromSlice(bytes)
	if !ok || addr != "" {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port))
}

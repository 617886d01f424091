package socket

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestSocketOwner(t *testing.T) {
	loop := fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{127, 0, 0, 1}))
	mapped := fmt.Sprintf("0000000000000000%08X%s", binary.NativeEndian.Uint32([]byte{0, 0, 255, 255}), loop)
	six := fmt.Sprintf("000000000000000000000000%08X", binary.NativeEndian.Uint32([]byte{0, 0, 0, 1}))
	row := func(local, remote string, uid int) string {
		return fmt.Sprintf("   3: %s %s 01 00000000:00000000 00:00000000 00000000  %d        0 12345 1 0000 20 4 30 10 -1\n", local, remote, uid)
	}
	table := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		row(loop+":1267", loop+":9C40", 7) + // the server's end of the same connection
		row(loop+":9C40", loop+":1267", 1001) +
		row(mapped+":9C41", mapped+":1267", 1002) +
		row(six+":9C42", six+":1267", 1003) +
		"garbage\n" + row("xyz:12", "0:0", 5) + row(loop+":QQ", loop+":1267", 6)
	server4, server6 := netip.MustParseAddrPort("127.0.0.1:4711"), netip.MustParseAddrPort("[::1]:4711")
	tests := []struct {
		peer, self netip.AddrPort
		uid        int
		found      bool
	}{
		{netip.MustParseAddrPort("127.0.0.1:40000"), server4, 1001, true},
		{netip.MustParseAddrPort("127.0.0.1:40001"), server4, 1002, true},
		{netip.MustParseAddrPort("[::1]:40002"), server6, 1003, true},
		{netip.MustParseAddrPort("127.0.0.1:40003"), server4, 0, false},
		{netip.MustParseAddrPort("127.0.0.1:40000"), server6, 0, false},
	}
	for _, tt := range tests {
		uid, found := socketOwner(strings.NewReader(table), tt.peer, tt.self)
		if uid != tt.uid || found != tt.found {
			t.Errorf("owner of %v = %d, %v, want %d, %v", tt.peer, uid, found, tt.uid, tt.found)
		}
	}
}

// This process's own connections are let in, and on Linux it is known whose
// they are.
func TestCheckPeer(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		ln, err := Listen(address, false)
		if err != nil && strings.HasPrefix(address, "[") {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		client, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		server, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if err := CheckPeer(server); err != nil {
			t.Error(err)
		}
		if runtime.GOOS != "linux" || address[0] == '[' {
			continue
		}
		table, err := os.Open(procTCP4)
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		uid, found := socketOwner(table, plain(server.RemoteAddr().(*net.TCPAddr)), plain(server.LocalAddr().(*net.TCPAddr)))
		if !found || uid != os.Geteuid() {
			t.Errorf("owner of our own socket: %d, %v, want %d", uid, found, os.Geteuid())
		}
	}
	testUnixPeer(t)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := CheckPeer(a); err != nil {
		t.Errorf("not TCP: %v", err)
	}
}

func testUnixPeer(t *testing.T) {
	t.Helper()
	ln, err := Listen("unix:"+filepath.Join(t.TempDir(), "private", "s"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := CheckPeer(server); err != nil {
		t.Error(err)
	}
	if uid, known := peerOwner(server); runtime.GOOS == "linux" && (!known || uid != os.Geteuid()) {
		t.Errorf("owner of our own unix socket: %d, %v", uid, known)
	}
}

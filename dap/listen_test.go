package dap

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestListenTCP(t *testing.T) {
	for _, spec := range []string{":0", "127.0.0.1:0", "localhost:0", "127.0.0.2:0"} {
		ln, err := Listen(spec)
		if err != nil {
			t.Errorf("Listen(%q): %v", spec, err)
			continue
		}
		addr := ln.Addr().(*net.TCPAddr)
		if !addr.IP.IsLoopback() || addr.Port == 0 {
			t.Errorf("Listen(%q) is on %v", spec, addr)
		}
		ln.Close()
	}
}

func TestListenRefused(t *testing.T) {
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(private, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ spec, err string }{
		{"0.0.0.0:0", "refused to listen on 0.0.0.0:0"},
		{"[::]:0", "refused"},
		{"192.0.2.1:0", "ssh tunnel"},
		{"example.com:0", "refused"},
		{"4711", "want 127.0.0.1:PORT"},
		{"", "want 127.0.0.1:PORT"},
		{"127.0.0.1:notaport", "listen on 127.0.0.1:notaport"},
		{"unix:", "needs the path"},
		{"unix:" + filepath.Join(open, "s"), "mode 0700"},
		{"unix:" + file, "not a socket"},
		{"unix:" + filepath.Join(private, strings.Repeat("x", 200)), "at most about 100"},
		{"unix:" + filepath.Join(file, "s"), "make a folder"},
	}
	for _, tt := range tests {
		ln, err := Listen(tt.spec)
		if ln != nil {
			ln.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Listen(%q): error %v, want one with %q", tt.spec, err, tt.err)
		}
	}
}

func TestListenUnix(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	path := filepath.Join(dir, "dap.sock")
	ln, err := Listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v (%v), want %o", name, info.Mode(), err, want)
			}
		}
	}
	if _, err := Listen("unix:" + path); err == nil || !strings.Contains(err.Error(), "another server listens") {
		t.Errorf("a second server: %v", err)
	}
	// A server that was killed leaves its socket behind.
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	ln, err = Listen("unix:" + path)
	if err != nil {
		t.Fatalf("over a stale socket: %v", err)
	}
	ln.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

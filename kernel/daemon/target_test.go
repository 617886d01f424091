//go:build unix

package daemon

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestResolve(t *testing.T) {
	root := testRoot(t)
	if _, err := root.Resolve(""); !errors.Is(err, ErrNotRunning) || !strings.Contains(err.Error(), "kernel start") {
		t.Errorf("none: %v", err)
	}
	connection := t.TempDir() + "/c.json"
	a := claimOf(t, root, "a")
	token, err := a.WriteToken("secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Publish(Record{Socket: a.SocketPath(), Address: "127.0.0.1:4711", TokenFile: token, ConnectionFile: connection}); err != nil {
		t.Fatal(err)
	}
	socket := "unix:" + a.SocketPath()
	tests := []struct{ spec, address, token string }{
		{"", socket, ""}, {"a", socket, ""}, {a.Dir(), socket, ""}, {connection, socket, "secret"},
		{"127.0.0.1:4711", "127.0.0.1:4711", "secret"}, {"localhost:4711", "127.0.0.1:4711", "secret"},
		{":4712", "127.0.0.1:4712", ""}, {"[::1]:1", "[::1]:1", ""},
	}
	for _, tt := range tests {
		got, err := root.Resolve(tt.spec)
		if err != nil || got.Address != tt.address || got.Token != tt.token {
			t.Errorf("%q: %+v %v", tt.spec, got, err)
		}
	}
	b := claimOf(t, root, "b")
	if _, err := b.Publish(Record{Socket: b.SocketPath()}); err != nil {
		t.Fatal(err)
	}
	bad := t.TempDir() + "/bad.json"
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"": "say which: a, b", "c": "there is a, b", "127.0.0.1:0": "1 to 65535", "127.0.0.1:x": "1 to 65535", "/no/such": "no such", t.TempDir(): "no run folder",
		bad: "connection file", "a b": "holds",
	} {
		if _, err := root.Resolve(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
}

// Many that want any kernel get the same.
func TestAuto(t *testing.T) {
	root := testRoot(t)
	var mu sync.Mutex
	pids := map[int]bool{}
	var all sync.WaitGroup
	for range 5 {
		c := command(t, root, "serves", AutoID)
		all.Go(func() {
			got, err := root.Auto(t.Context(), c)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			pids[got.Record.PID] = true
		})
	}
	all.Wait()
	if len(pids) != 1 {
		t.Errorf("kernels %v", pids)
	}
	rec, err := root.Find(AutoID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.Stop(t.Context(), rec, StopOptions{}); err != nil {
		t.Error(err)
	}
	noChildren(t)
}

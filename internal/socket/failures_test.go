package socket

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

func TestFailures(t *testing.T) {
	var f Failures
	now := time.Now()
	if f.Wait("a", now) != 0 {
		t.Error("a new peer must wait")
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		f.Add("a", now)
		if got := f.Wait("a", now); got != want*time.Second {
			t.Errorf("after failure %d: wait %v, want %v", i+1, got, want*time.Second)
		}
	}
	if f.Wait("b", now) != 0 || f.Wait("a", now.Add(time.Minute)) != 0 {
		t.Error("the wait is not over, or another's")
	}
	f.Wait("a", now.Add(time.Hour))
	f.Add("a", now.Add(time.Hour))
	if got := f.Wait("a", now.Add(time.Hour)); got != time.Second {
		t.Errorf("long after: wait %v", got)
	}
	for i := range 5 * maxFailures {
		f.Add(fmt.Sprint(i), now)
	}
	if len(f.peers) > maxFailures {
		t.Errorf("%d peers are remembered", len(f.peers))
	}
}

// addressed is a connection from an address.
type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }

func TestPeerName(t *testing.T) {
	tcp := func(ip string) any { return addressed{from: &net.TCPAddr{IP: net.ParseIP(ip), Port: 5}} }
	for want, conn := range map[string]any{
		"192.0.2.7":         tcp("192.0.2.7"),
		"2001:db8:1:2::/64": tcp("2001:db8:1:2:3:4:5:6"),
		"unix":              addressed{from: &net.UnixAddr{Net: "unix", Name: "@"}},
		"":                  os.Stdin,
	} {
		if got := PeerName(conn); got != want {
			t.Errorf("PeerName = %q, want %q", got, want)
		}
	}
}

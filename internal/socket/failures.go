package socket

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failures makes peers wait that have shown a wrong token. The zero value works.
type Failures struct {
	mu    sync.Mutex
	peers map[string]failure
}

type failure struct {
	count int
	until time.Time
}

const (
	firstBackOff = time.Second
	maxBackOff   = time.Minute
	// maxFailures bounds the memory of failed peers.
	maxFailures = 1024
)

// Add counts a failure of a peer. The wait doubles with each.
func (f *Failures) Add(peer string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.peers == nil {
		f.peers = map[string]failure{}
	}
	old := f.peers[peer]
	if len(f.peers) >= maxFailures {
		for name, one := range f.peers {
			if len(f.peers) >= maxFailures || now.Sub(one.until) > maxBackOff {
				delete(f.peers, name)
			}
		}
	}
	wait := min(firstBackOff<<min(old.count, 10), maxBackOff)
	f.peers[peer] = failure{old.count + 1, now.Add(wait)}
}

// Wait returns how long a peer must stay away.
func (f *Failures) Wait(peer string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.peers[peer]
	if ok && now.Sub(one.until) > 10*maxBackOff {
		delete(f.peers, peer)
	}
	return max(0, one.until.Sub(now))
}

// PeerName is what failures are counted under: the address of a peer without
// its port, and only the network of an IPv6 one, which has many.
func PeerName(conn any) string {
	c, ok := conn.(net.Conn)
	if !ok {
		return ""
	}
	addr, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().Network()
	}
	ip := addr.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

package sandbox

import (
	"context"
	"net"
	"net/netip"
	"time"
)

const (
	// attemptDelay is how long one address has before the next is tried too
	// (RFC 8305, section 5).
	attemptDelay = 250 * time.Millisecond
	// maxAttempts is how many addresses of one host are tried.
	maxAttempts = 16
)

// dialAny connects to one of several addresses: to the first that answers, each
// next one tried when the one before failed or has not answered for a while.
// The error is that of the first. When it returns, no attempt is left.
func dialAny(ctx context.Context, addrs []netip.Addr, dial func(context.Context, netip.Addr) (net.Conn, error)) (net.Conn, error) {
	addrs = interleave(addrs)
	if len(addrs) > maxAttempts {
		addrs = addrs[:maxAttempts]
	}
	if len(addrs) == 1 {
		return dial(ctx, addrs[0])
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		index int
		conn  net.Conn
		err   error
	}
	outcomes := make(chan outcome)
	start := func(i int) {
		go func() {
			conn, err := dial(ctx, addrs[i])
			outcomes <- outcome{i, conn, err}
		}()
	}
	start(0)
	started, running := 1, 1
	timer := time.NewTimer(attemptDelay)
	defer timer.Stop()
	var first outcome
	var won net.Conn
	for running > 0 {
		next := false
		select {
		case o := <-outcomes:
			running--
			switch {
			case o.err == nil && won == nil:
				won = o.conn
				cancel()
			case o.err == nil: // answered at the same moment
				o.conn.Close()
			case first.err == nil || o.index < first.index:
				first, next = o, true
			default:
				next = true
			}
		case <-timer.C:
			next = true
		}
		if next && won == nil && started < len(addrs) && ctx.Err() == nil {
			start(started)
			started, running = started+1, running+1
			timer.Reset(attemptDelay)
		}
	}
	if won != nil {
		return won, nil
	}
	return nil, first.err
}

// interleave orders addresses so that the families alternate, beginning with
// that of the first (RFC 8305, section 4).
func interleave(addrs []netip.Addr) []netip.Addr {
	var same, other []netip.Addr
	for _, a := range addrs {
		if a.Is4() == addrs[0].Is4() {
			same = append(same, a)
		} else {
			other = append(other, a)
		}
	}
	out := make([]netip.Addr, 0, len(addrs))
	for i := range max(len(same), len(other)) {
		if i < len(same) {
			out = append(out, same[i])
		}
		if i < len(other) {
			out = append(out, other[i])
		}
	}
	return out
}

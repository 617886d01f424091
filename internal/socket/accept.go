package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/plural"
)

// Acceptor is the accept loop of a server.
type Acceptor struct {
	// Token says that clients must show a token. Without one no listener is served
	// that other machines reach.
	Token bool
	// Remote says that other machines may connect, if they have the token.
	Remote bool
	// TokenOverTCP says that no TCP listener is served without a token: other users
	// of this machine reach its loopback addresses.
	TokenOverTCP bool
	// MaxClients is how many clients are served at once; 0: the server itself looks
	// after that.
	MaxClients int
	// Serve serves a client and closes conn. It has a goroutine of its own.
	Serve func(ctx context.Context, conn net.Conn)
	// Full, if set, tells a client that is one too many why it is not served. It has a
	// goroutine of its own, and ends soon; conn is closed behind it.
	Full func(ctx context.Context, conn net.Conn, why error)
	// Refused, if set, is told of each client that was turned away.
	Refused func()
	Log     *zap.Logger // must be set
}

// The pauses after an error of Accept, mostly too many open files: clients that
// leave make room.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = time.Second
)

// maxTelling bounds the clients that are being told why they are not served.
const maxTelling = 16

// Run accepts clients from ln until ctx is done or ln fails. Clients of other users
// of this machine are refused where that is known: see CheckPeer. It closes ln and
// waits for all that Serve does, with a context that is done by then, before it
// returns; nil means that ctx ended it.
func (a *Acceptor) Run(ctx context.Context, ln net.Listener) error {
	defer ln.Close()
	if err := a.allows(ln.Addr()); err != nil {
		return err
	}
	var clients sync.WaitGroup
	defer clients.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	telling := make(chan struct{}, maxTelling)

	var places chan struct{}
	if a.MaxClients > 0 {
		places = make(chan struct{}, a.MaxClients)
	}
	for pause := time.Duration(0); ; {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			if conn != nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
		}
		if err != nil {
			pause = min(max(2*pause, firstPause), maxPause)
			a.Log.Warn("a client could not be accepted; trying again", zap.Error(err), zap.Duration("after", pause))
			Sleep(ctx, pause)
			continue
		}
		pause = 0
		if err := CheckPeer(conn); err != nil {
			a.refuse(conn, err)
			continue
		}
		if places == nil {
			clients.Go(func() { a.Serve(ctx, conn) })
			continue
		}
		select {
		case places <- struct{}{}:
			clients.Go(func() {
				defer func() { <-places }()
				a.Serve(ctx, conn)
			})
		default:
			why := fmt.Errorf("no more than %s at a time is served, and so many are connected", plural.Of(a.MaxClients, "client"))
			select {
			case telling <- struct{}{}:
				clients.Go(func() {
					defer func() { <-telling }()
					if a.Full != nil {
						a.Full(ctx, conn, why)
					}
					a.refuse(conn, why)
				})
			default:
				a.refuse(conn, why)
			}
		}
	}
}

// allows says why an address must not be served.
func (a *Acceptor) allows(addr net.Addr) error {
	tcp, ok := addr.(*net.TCPAddr)
	switch {
	case !ok:
		return nil
	case !tcp.IP.IsLoopback() && !a.Remote:
		return fmt.Errorf("refused to serve on %s: other machines reach it; listen on 127.0.0.1 and use an ssh tunnel", tcp)
	case !tcp.IP.IsLoopback() && !a.Token:
		return fmt.Errorf("refused to serve on %s without a token: other machines reach it", tcp)
	case a.TokenOverTCP && !a.Token:
		return fmt.Errorf("refused to serve on %s without a token: every user of this machine reaches it", tcp)
	}
	return nil
}

func (a *Acceptor) refuse(conn net.Conn, err error) {
	conn.Close()
	a.Log.Warn("a client was refused", zap.Error(err))
	if a.Refused != nil {
		a.Refused()
	}
}

// Sleep waits for d, or until ctx is done.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

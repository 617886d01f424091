package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// fakeListener accepts what the test sends.
type fakeListener struct {
	addr   net.Addr
	conns  chan any // net.Conn or error
	closed chan struct{}
}

func newFakeListener(addr net.Addr) *fakeListener {
	return &fakeListener{addr, make(chan any), make(chan struct{})}
}

func (l *fakeListener) Accept() (net.Conn, error) {
	select {
	case v := <-l.conns:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(net.Conn), nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *fakeListener) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *fakeListener) Addr() net.Addr { return l.addr }

func TestAcceptorAllows(t *testing.T) {
	local, all := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{IP: net.IPv4zero}
	unix := &net.UnixAddr{Net: "unix", Name: "s"}
	tests := []struct {
		addr    net.Addr
		a       Acceptor
		refused string // "": it is served
	}{
		{unix, Acceptor{}, ""},
		{unix, Acceptor{TokenOverTCP: true}, ""},
		{local, Acceptor{}, ""},
		{local, Acceptor{TokenOverTCP: true}, "every user of this machine"},
		{local, Acceptor{TokenOverTCP: true, Token: true}, ""},
		{all, Acceptor{Token: true}, "use an ssh tunnel"},
		{all, Acceptor{Remote: true}, "without a token"},
		{all, Acceptor{Remote: true, Token: true}, ""},
	}
	for _, tt := range tests {
		a := tt.a
		a.Log, a.Serve = zap.NewNop(), func(context.Context, net.Conn) {}
		ln := newFakeListener(tt.addr)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what is served ends at once
		err := a.Run(ctx, ln)
		if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
			t.Errorf("%v, %+v: %v, want %q", tt.addr, tt.a, err, tt.refused)
		}
		select {
		case <-ln.closed:
		default:
			t.Errorf("%v, %+v: the listener is open", tt.addr, tt.a)
		}
	}
}

// Errors of Accept make pauses that grow; there are places for so many clients and
// no more; the end waits for those that are there.
func TestAcceptor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ln := newFakeListener(&net.UnixAddr{Net: "unix", Name: "s"})
		var serving, refused atomic.Int64
		a := Acceptor{
			MaxClients: 2, Log: zap.NewNop(), Refused: func() { refused.Add(1) },
			Serve: func(ctx context.Context, conn net.Conn) {
				serving.Add(1)
				defer serving.Add(-1)
				stop := context.AfterFunc(ctx, func() { conn.Close() })
				defer stop()
				_, _ = io.Copy(io.Discard, conn)
				time.Sleep(time.Minute) // orderly, not quick
			},
		}
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx, ln) }()

		begin := time.Now()
		for range 12 {
			ln.conns <- errors.New("too many open files")
		}
		connect := func() net.Conn {
			client, server := net.Pipe()
			ln.conns <- server
			synctest.Wait()
			return client
		}
		first, second := connect(), connect()
		if took, least := time.Since(begin), (5+10+20+40+80+160+320+640)*time.Millisecond+4*time.Second; took != least {
			t.Errorf("the pauses are %v, want %v", took, least)
		}
		third := connect()
		if _, err := third.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || serving.Load() != 2 || refused.Load() != 1 {
			t.Errorf("one too many: %v; %d are served, %d refused", err, serving.Load(), refused.Load())
		}
		first.Close()
		time.Sleep(2 * time.Minute)
		fourth := connect()
		if serving.Load() != 2 || refused.Load() != 1 {
			t.Errorf("after one has left, %d are served, %d refused", serving.Load(), refused.Load())
		}
		cancel()
		synctest.Wait()
		if len(done) != 0 || serving.Load() != 2 {
			t.Error("Run does not wait for its clients")
		}
		if err := <-done; err != nil || serving.Load() != 0 {
			t.Errorf("Run = %v with %d clients", err, serving.Load())
		}
		second.Close()
		fourth.Close()
	})
}

func TestAcceptorListenerFails(t *testing.T) {
	ln := newFakeListener(&net.UnixAddr{Net: "unix", Name: "s"})
	ln.Close()
	a := Acceptor{Log: zap.NewNop(), Serve: func(context.Context, net.Conn) {}}
	if err := a.Run(t.Context(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run = %v", err)
	}
}

func TestStrangers(t *testing.T) {
	var s Strangers
	var evicted []int
	known := make([]func(), 0, 2*MaxStrangers)
	enter := func() {
		n := len(known)
		known = append(known, s.Enter(func() { evicted = append(evicted, n) }))
	}
	for range MaxStrangers {
		enter()
	}
	known[0]()
	known[0]() // leaving after it was known
	enter()
	if len(evicted) != 0 {
		t.Fatalf("%v were evicted, and there is room", evicted)
	}
	enter()
	enter()
	if len(evicted) != 2 || evicted[0] != 1 || evicted[1] != 2 {
		t.Fatalf("%v were evicted, want the oldest: 1 and 2", evicted)
	}
	known[1]()
	known[5]()
	enter()
	if len(evicted) != 2 {
		t.Errorf("%v were evicted", evicted)
	}
	var zero Strangers
	zero.Enter(nil)()
}

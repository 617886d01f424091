package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/wire"
)

// TokenVariable is the environment variable with the token of a server on a socket.
const TokenVariable = "LLMSPELL_LSP_TOKEN"

// Options configure a Server. The zero value works.
type Options struct {
	// Log gets the server's log; nil means none.
	Log *zap.Logger
	// Version of the server, for clients to show.
	Version string
	// Token, if not empty, is what clients must give as "token" in the
	// initializationOptions, before anything is done for them.
	Token string
	// Catalog returns what there is to name now; nil: nothing. It must not wait.
	Catalog func() *catalog.Catalog
	// Watch calls changed, from any goroutine, when Catalog returns another catalogue,
	// until stop is called. nil: it never does.
	Watch func(changed func()) (stop func())
	// Check finds what is wrong with a file, in the order of the text; nil means
	// lint.Check.
	Check func(context.Context, *analysis.Snapshot, *analysis.File) []lint.Finding
	// Wire are the limits of connections; its Log is not used.
	Wire wire.Options
}

// Server serves clients.
type Server struct {
	opts     Options
	log      *zap.Logger
	index    *index
	failures socket.Failures
	numbers  atomic.Int64
}

// initializeTimeout is how long a client may take to show its token.
const initializeTimeout = 10 * time.Second

// New makes a server.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Catalog == nil {
		o.Catalog = func() *catalog.Catalog { return nil }
	}
	if o.Watch == nil {
		o.Watch = func(func()) func() { return func() {} }
	}
	if o.Check == nil {
		o.Check = lint.Check
	}
	return &Server{opts: o, log: o.Log, index: newIndex()}
}

// Serve accepts clients from ln until ctx is done or ln fails. On Linux, local clients
// of other users are refused. It closes ln and waits for all sessions before it
// returns; nil means that ctx ended it.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if a, ok := ln.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		ln.Close()
		return fmt.Errorf("refused to serve on %s: other machines reach it, and all is said unencrypted; use 127.0.0.1 and an ssh tunnel", a)
	}
	var sessions sync.WaitGroup
	defer sessions.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	for pause := time.Duration(0); ; {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
		case err != nil:
			// Mostly too many open files: sessions that end make room.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.log.Warn("a client could not be accepted; trying again", zap.Error(err), zap.Duration("after", pause))
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			continue
		}
		pause = 0
		if err := s.refuses(conn); err != nil {
			s.log.Warn("a client was refused", zap.Error(err))
			conn.Close()
			continue
		}
		sessions.Go(func() {
			_ = s.serve(ctx, conn, s.opts.Token, socket.PeerName(conn)) // the session logs its end
		})
	}
}

// refuses says why nothing is done for a client.
func (s *Server) refuses(conn net.Conn) error {
	if wait := s.failures.Wait(socket.PeerName(conn), time.Now()); wait > 0 {
		return fmt.Errorf("%s has shown a wrong token: it must wait %v", conn.RemoteAddr(), wait.Round(time.Millisecond))
	}
	return socket.CheckPeer(conn)
}

// ServeConn serves one client over rw, which needs no token, and closes rw. It returns
// nil when the client has sent shutdown and exit, or ctx is done, and otherwise what
// was wrong: wire.ErrNoShutdown for a client that has just left.
func (s *Server) ServeConn(ctx context.Context, rw io.ReadWriteCloser) error {
	return s.serve(ctx, rw, "", "")
}

// serve serves a client that must show a token, if that is not "".
func (s *Server) serve(ctx context.Context, rw io.ReadWriteCloser, token, peer string) error {
	log := s.log.With(zap.Int64("client", s.numbers.Add(1)))
	options := s.opts.Wire
	options.Log = log
	se := newSession(s, wire.New(rw, options), log)
	se.token, se.peer = token, peer
	if token != "" {
		defer time.AfterFunc(initializeTimeout, func() {
			if !se.initialized.Load() {
				se.conn.End(errors.New("it has not shown the token in time"))
			}
		}).Stop()
	}
	log.Debug("a client has connected")
	err := se.serve(ctx)
	if err != nil {
		log.Info("a client has left", zap.Error(err))
	}
	return err
}

package lsp

import (
	"context"
	"errors"
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
	// Catalog returns what there is to name now; nil: nothing. It must not wait. Call
	// Server.CatalogChanged when it returns another one.
	Catalog func() *catalog.Catalog
	// Config is what counts before the client's settings and the files of its folders;
	// nil: nothing. Its Roots, Library and ModulePath do not count.
	Config *analysis.Config
	// Check finds what is wrong with a file, in the order of the text; nil means
	// lint.Check.
	Check func(context.Context, *analysis.Snapshot, *analysis.File) []lint.Finding
	// Run, if set, runs a script for the command llmspell.run, and returns its exit code.
	// It ends the script when ctx is done, and does not return before the script has
	// ended. An error says that there was no script to run.
	Run func(ctx context.Context, s Script) (exitCode int, err error)
	// Reload, if set, loads again what Catalog is made of, for the command
	// llmspell.reload.
	Reload func(context.Context) error
	// Values, if set, evaluates expressions in a frame that a debug session of this process
	// shows to its client: path is the script's file, line where the frame has stopped, from
	// 1, frame the number that the client knows it by. What it does not know is left out. It
	// is waited for for a moment only.
	Values func(ctx context.Context, path string, line, frame int, expressions []string) map[string]string
	// DebugServer, if set, serves the Debug Adapter Protocol in this process, for the
	// command llmspell.debugServer. It returns where, in the form of dap.Dial, and the token
	// that debug clients have to give; the same as long as the process lives.
	DebugServer func() (address, token string, err error)
	// Kernel, if set, says which kernel Catalog follows. Server.KernelChanged tells the
	// server that it says something else.
	Kernel func() KernelState
	// Pause and Idle, if set, are called on a goroutine of their own to give memory back: Pause
	// when nothing has been asked for a moment, as between the keys of somebody who types, Idle
	// when nothing has been asked for a while.
	Pause, Idle func()
	// Wire are the limits of connections; its Log is not used.
	Wire wire.Options
}

// Server serves clients.
type Server struct {
	opts      Options
	log       *zap.Logger
	index     *index
	idle      *idle
	strangers socket.Strangers // have not shown the token
	numbers   atomic.Int64

	mu       sync.Mutex
	sessions map[*session]bool
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
	if o.Check == nil {
		o.Check = lint.Check
	}
	s := &Server{opts: o, log: o.Log, index: newIndex(), sessions: map[*session]bool{}}
	s.idle = newIdle(s.pause, s.rest)
	return s
}

// pause gives memory back between two keys.
func (s *Server) pause() {
	s.forget()
	if s.opts.Pause != nil {
		s.opts.Pause()
	}
}

// rest gives memory back while nobody asks for anything.
func (s *Server) rest() {
	s.forget()
	if s.opts.Idle != nil {
		s.opts.Idle()
	}
}

// forget has all sessions forget what is soon found out again.
func (s *Server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for se := range s.sessions {
		se.rest()
	}
}

// CatalogChanged tells all clients that Options.Catalog returns another catalogue. It
// may be called by any goroutine, and does not wait.
func (s *Server) CatalogChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for se := range s.sessions {
		se.catalogChanged()
	}
}

// enter notes a session until the function that it returns is called.
func (s *Server) enter(se *session) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[se] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if delete(s.sessions, se); len(s.sessions) == 0 {
			s.idle.stop()
		}
	}
}

// Serve accepts clients from ln until ctx is done or ln fails. On Linux, local clients
// of other users are refused, and listeners that other machines reach are not served.
// It closes ln and waits for all sessions before it returns; nil means that ctx ended it.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	a := socket.Acceptor{
		Token: s.opts.Token != "", Log: s.log,
		// The session logs its end.
		Serve: func(ctx context.Context, conn net.Conn) { _ = s.serve(ctx, conn, s.opts.Token, true) },
	}
	return a.Run(ctx, ln)
}

// ServeConn serves one client over rw, which needs no token, and closes rw. It returns
// nil when the client has sent shutdown and exit, or ctx is done, and otherwise what
// was wrong: wire.ErrNoShutdown for a client that has just left.
func (s *Server) ServeConn(ctx context.Context, rw io.ReadWriteCloser) error {
	return s.serve(ctx, rw, "", false)
}

// serve serves a client that must show a token, if that is not "". accepted: it has come
// over a listener.
func (s *Server) serve(ctx context.Context, rw io.ReadWriteCloser, token string, accepted bool) error {
	log := s.log.With(zap.Int64("client", s.numbers.Add(1)))
	options := s.opts.Wire
	options.Log = log
	se := newSession(s, wire.New(rw, options), log)
	se.token, se.accepted, se.known = token, accepted, func() {}
	defer s.enter(se)()
	if token != "" {
		se.known = s.strangers.Enter(func() { se.conn.End(errors.New("it has not shown the token, and others wait for its place")) })
		defer se.known()
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

package dap

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// Options configure a Server. The zero value works.
type Options struct {
	// NewSession makes the Lua session in which a script runs; nil means
	// kernel.NewSession. Wrap it to add limits or globals.
	NewSession func(kernel.Config) (*kernel.Session, error)
	// Log receives the server's log; nil means none.
	Log *zap.Logger
	// MaxBody is the largest message body accepted, in bytes; 0 means
	// DefaultMaxBody.
	MaxBody int
	// Token, if not empty, is what a client must show before anything is done
	// for it; see CheckToken.
	Token string
	// MaxClients is how many clients Serve serves at once; 0 means
	// DefaultMaxClients, and a negative number that there is no limit.
	MaxClients int
	// ReadOnly refuses all that changes the script or runs code in it.
	ReadOnly bool
	// AttachOnly refuses launch: clients can only attach to what is registered.
	AttachOnly bool
	// AllowRemote lets clients attach to debug servers of other machines.
	AllowRemote bool
	// Policy, if set, is what the operator of the server allows to a script that
	// lies in a folder; clients can take away from it, and not add to it. nil: the
	// client decides, as the launch attributes say.
	Policy func(folder string) (sandbox.Policy, error)
	// DialKernel, if set, connects to a session of a kernel, for an attach that names
	// one: the connection is to a debug server that debugs this session. The session
	// may be "" if the kernel has one only; token is what the client has given, or "".
	DialKernel func(ctx context.Context, kernel, session, token string) (net.Conn, error)
	// RunCommand is the start of a command line, to which a script and its
	// arguments are added, that runs the script like "llmspell run". nil: there
	// is none, and scripts do not run in the client's terminal.
	RunCommand []string
	// Idle, if set, is called by Serve when all clients have left and none has come for
	// a while: the time to give memory back.
	Idle func()
}

// Server serves debug sessions, one for each connection.
type Server struct {
	opts     Options
	handlers map[string]handler
	sessions atomic.Int64 // numbers them in the log
	// strangers are the clients that have not shown the token.
	strangers socket.Strangers
	// authTimeout is how long a peer may take to show its token.
	authTimeout time.Duration
	// terminalTimeout is how long a script in a terminal may take to call back.
	terminalTimeout time.Duration
	// handshakeTimeout is how long another debug server may take to let a session begin.
	handshakeTimeout time.Duration

	mu            sync.Mutex
	targets       map[string]*Target
	conversations map[*session]struct{} // those with the clients
	left          chan struct{}         // closed, and replaced, when a client leaves
}

// How long the end of a session may take before what is left is abandoned.
const (
	// stopTimeout: clients wait 3 s and more for a disconnect to be answered.
	stopTimeout = 2 * time.Second
	// flushTimeout: a client that takes nothing for so long does not get its last
	// messages; flushLimit is for one that takes them slowly.
	flushTimeout = 5 * time.Second
	flushLimit   = 20 * time.Second
	// abandonTimeout is for a script that sits in a Go function which ignores
	// its context.
	abandonTimeout = 15 * time.Second
	// closeTimeout is for a stream whose Close does not end a Read (stdin).
	closeTimeout = time.Second
)

// DefaultMaxClients is how many clients Serve serves at once unless
// Options.MaxClients says otherwise.
const DefaultMaxClients = 100

// NewServer returns a server.
func NewServer(o Options) *Server {
	if o.MaxClients == 0 {
		o.MaxClients = DefaultMaxClients
	}
	if o.NewSession == nil {
		o.NewSession = kernel.NewSession
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	return &Server{
		opts: o, handlers: handlers(), conversations: map[*session]struct{}{}, left: make(chan struct{}),
		authTimeout: authTimeout, terminalTimeout: terminalTimeout, handshakeTimeout: handshakeTimeout,
	}
}

// Serve accepts clients from ln, one isolated session each, until ctx is done
// or ln fails. On Linux, local clients of other users are refused. It closes ln
// and waits for all sessions before it returns; nil means that ctx ended it.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	a := socket.Acceptor{
		Token: s.opts.Token != "", Remote: true, MaxClients: max(0, s.opts.MaxClients), Log: s.opts.Log,
		// The session logs its own end.
		Serve: func(ctx context.Context, conn net.Conn) { _ = s.ServeConn(ctx, conn) },
		Full:  s.turnAway,
	}
	if s.opts.Idle == nil {
		return a.Run(ctx, ln)
	}
	idle, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { s.watchIdle(idle) })
	defer watching.Wait()
	defer stop()
	return a.Run(ctx, ln)
}

// Drain waits until all clients have left, or patience ends.
func (s *Server) Drain(patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		s.mu.Lock()
		active, left := len(s.conversations), s.left
		s.mu.Unlock()
		if active == 0 {
			return
		}
		select {
		case <-left:
		case <-timer.C:
			return
		}
	}
}

// enter notes a session until the function that it returns is called.
func (s *Server) enter(se *session) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conversations[se] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conversations, se)
		close(s.left)
		s.left = make(chan struct{})
	}
}

// ServeConn serves one client over rw and closes rw. It returns nil when the
// client disconnected, went away between two messages, or ctx is done, and
// otherwise what was wrong. The script has ended by then and no goroutine of
// the session is left, provided that the script's Go functions honour their
// context and that rw.Close ends a pending Read and Write (a process's stdin
// may not: end the process).
func (s *Server) ServeConn(ctx context.Context, rw io.ReadWriteCloser) error {
	return s.serve(ctx, rw, "")
}

// ServeTarget is ServeConn for a connection that is for one target, by its name:
// attach need not name it, and reaches no other. The token is not asked for: who has
// made the connection has been let in.
func (s *Server) ServeTarget(ctx context.Context, rw io.ReadWriteCloser, target string) error {
	return s.serve(ctx, rw, target)
}

func (s *Server) serve(ctx context.Context, rw io.ReadWriteCloser, only string) error {
	log := s.opts.Log.With(zap.Int64("session", s.sessions.Add(1)))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	se := newSession(ctx, s, log)
	se.only = only
	if s.opts.Token == "" || only != "" {
		se.authorized.Store(true)
	} else {
		leave := func() {
			if !se.authorized.Load() {
				cancel()
			}
		}
		se.known = s.strangers.Enter(leave)
		defer se.known()
		defer time.AfterFunc(s.authTimeout, leave).Stop()
	}
	defer s.enter(se)()
	log.Debug("session begins")

	written, read, flushed := make(chan error, 1), make(chan error, 1), make(chan struct{})
	go func() {
		defer close(flushed)
		err := se.out.run(rw)
		if err != nil {
			// Nobody listens any more: treat it as the client's leaving.
			se.in.close(true)
		}
		written <- err
	}()
	go func() { read <- se.read(newReader(rw, s.opts.MaxBody)) }()
	stop := context.AfterFunc(ctx, func() { se.in.close(true) })
	defer stop()

	se.dispatch()
	err := se.end()
	pending := [2]chan error{written, read}
	patient, impatient := context.WithTimeout(ctx, flushLimit)
	if !socket.Flushed(patient, flushed, se.out.written.Load, flushTimeout) {
		log.Warn("the client does not read; its last messages are lost")
	}
	impatient()
	if cerr := rw.Close(); cerr != nil {
		log.Debug("closing the connection failed", zap.Error(cerr))
	}
	abandon := time.After(closeTimeout)
	for _, done := range pending {
		select {
		case e := <-done:
			if !gone(e) {
				err = errors.Join(err, e)
			}
		case <-abandon:
			log.Warn("Close of the connection did not end its Read or Write")
			abandon = time.After(0)
		}
	}
	se.linger()
	if err != nil {
		log.Warn("session ended with an error", zap.Error(err))
	} else {
		log.Debug("session ended")
	}
	return err
}

// gone reports whether err only says that the peer, or we, closed the stream.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}

// read feeds the inbox until the stream ends or the client disconnects. It
// never waits for the script.
func (s *session) read(r *reader) error {
	defer s.callbacks.close()
	for {
		body, err := r.next()
		if err == nil {
			err = s.receive(body, r)
		}
		if err != nil {
			// After an orderly end of input, what was asked is still answered.
			// After garbage nothing more is done for this peer.
			s.in.close(!errors.Is(err, io.EOF))
			return err
		}
	}
}

// receive queues one message. It returns io.EOF after a disconnect request,
// because nothing after it may be answered once its response is out.
func (s *session) receive(body []byte, r *reader) error {
	req, err := parseRequest(body)
	if errors.Is(err, errNotRequest) {
		s.callbacks.deliver(body)
		return nil
	}
	if err != nil {
		return err
	}
	switch req.command {
	case "cancel":
		s.cancelNow(req)
	case "pause", "restart", "terminate":
		s.in.interrupt()
	case "disconnect":
		s.rejectRest(r)
		s.in.interrupt()
		if s.in.put(req, true) != nil { // the session ends anyway
			s.out.reply(newResponse(req, nil, nil))
		}
		return io.EOF
	}
	if err := s.in.put(req, false); err != nil {
		s.out.reply(newResponse(req, nil, err))
	}
	return nil
}

// rejectRest answers the requests that came together with a disconnect.
func (s *session) rejectRest(r *reader) {
	for r.buffered() {
		body, err := r.next()
		if err != nil {
			return
		}
		if req, err := parseRequest(body); err == nil {
			s.out.reply(newResponse(req, nil, wrongState("%s: the session is disconnecting", req.command)))
		}
	}
}

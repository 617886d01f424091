package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// The limits of a Server that are in force unless Options say otherwise.
const (
	DefaultMaxClients  = 100
	DefaultMaxMessage  = 10 << 20
	DefaultMaxInFlight = 64
	DefaultSlowTimeout = 30 * time.Second
)

const (
	// maxWaiting is how many requests of a client wait for others of it to end.
	maxWaiting = 1024
	// maxRuns is how many exec.run of a client may be unanswered.
	maxRuns = 256
	// helloTimeout is how long a client may take to say hello, and the kernel to
	// answer that.
	helloTimeout = 10 * time.Second
	// flushTimeout: a client that takes nothing for so long does not get its last
	// messages; flushLimit is for one that has left, and takes them slowly.
	flushTimeout = 2 * time.Second
	flushLimit   = 20 * time.Second
)

// Options configure a Server. Only Kernel must be set.
type Options struct {
	Kernel  *kernel.Kernel
	Version string // of llmspell, for clients
	// Tools runs the tools of tool.invoke; nil: the built-in ones.
	Tools *tools.Invoker
	// Policy, if set, is what the operator allows to scripts and tools that work in a
	// folder; clients can take away from it, and not add to it. nil: clients decide.
	Policy func(folder string) (sandbox.Policy, error)
	// Token is what clients must show over TCP. Without one, TCP is refused.
	Token string

	MaxClients  int           // 0: DefaultMaxClients; negative: no limit
	MaxMessage  int           // bytes; 0: DefaultMaxMessage
	MaxInFlight int           // requests of one client that are worked on at once; 0: DefaultMaxInFlight
	SlowTimeout time.Duration // a client that takes nothing for so long is dropped; 0: DefaultSlowTimeout

	// Debug serves the Debug Adapter Protocol over conn, to a session, until the client
	// leaves. It closes conn. nil: debug.attach is not supported.
	Debug func(ctx context.Context, conn io.ReadWriteCloser, session *kernel.Hosted) error
	// Shutdown begins the process's shutdown and returns; nil: not supported.
	Shutdown func(ShutdownParams) error
	// Reload reads the configuration again; nil: not supported.
	Reload func(context.Context) (ReloadResult, error)
	// LogLevels sets the log's levels, unless levels is "", and returns those in force;
	// nil: not supported.
	LogLevels func(levels string) (string, error)
	// Profile writes a profile; nil: not supported.
	Profile func(ctx context.Context, w io.Writer, kind string, d time.Duration) error
	// Info adds to the answer to kernel.status.
	Info func() map[string]any

	// Observe is told of each request that was answered: the status is ok or the kind
	// of the error. It must be quick.
	Observe func(method, status string, d time.Duration)
	Log     *zap.Logger // nil: no log
}

// Server serves a kernel to clients. Its methods may be called by any goroutine.
type Server struct {
	opts     Options
	methods  map[string]*method
	names    []string // of the methods, sorted
	encoders encoders
	started  time.Time

	strangers socket.Strangers

	requests atomic.Int64
	numbers  atomic.Int64  // numbers clients in the log
	lingers  atomic.Int64  // refused clients that are being told why
	refused  atomic.Int64  // clients, since the start
	lost     atomic.Int64  // bytes of output, since the start
	latest   atomic.Uint64 // the number of the client that has sent the latest request

	mu         sync.Mutex
	peers      map[*peer]struct{}
	places     [placeStranger + 1]int // how many peers have each
	executions map[string]*run
	draining   bool
	changed    time.Time     // when the last client left that did not only look
	left       chan struct{} // closed, and replaced, when a client leaves
	running    sync.WaitGroup
}

// NewServer returns a server.
func NewServer(o Options) *Server {
	if o.Tools == nil {
		o.Tools = o.Kernel.Services().NewInvoker(tools.Builtin(), tools.Options{})
	}
	if o.MaxClients == 0 {
		o.MaxClients = DefaultMaxClients
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = DefaultMaxInFlight
	}
	if o.SlowTimeout <= 0 {
		o.SlowTimeout = DefaultSlowTimeout
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	s := &Server{opts: o, methods: map[string]*method{}, peers: map[*peer]struct{}{}, executions: map[string]*run{}, started: time.Now(), left: make(chan struct{})}
	s.changed = s.started
	for _, m := range methods() {
		s.methods[m.name] = m
		s.names = append(s.names, m.name)
	}
	slices.Sort(s.names)
	return s
}

// Clients counts the clients that are connected.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers) - s.places[placeStranger]
}

// Refused counts the clients that were turned away since the start: there were too
// many, or they had no right to connect.
func (s *Server) Refused() int64 { return s.refused.Load() }

// DroppedBytes counts the output of scripts that was lost since the start because
// its client did not read it.
func (s *Server) DroppedBytes() int64 { return s.lost.Load() }

// Idle tells for how long no client has been connected; 0: there is one. Those do
// not count that only look how the kernel is.
func (s *Server) Idle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		if asks(p.asks.Load()) != asksToLook {
			return 0
		}
	}
	return time.Since(s.changed)
}

// Serve accepts clients until ctx is done or ln fails. It closes ln, ends all its
// connections and waits for what they have begun before it returns; nil means that
// ctx ended it. Only loopback addresses and unix sockets are served: see
// socket.Listen.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	a := socket.Acceptor{
		Token: s.opts.Token != "", TokenOverTCP: true, Log: s.opts.Log,
		Serve: s.ServeConn, Refused: func() { s.refused.Add(1) },
	}
	return a.Run(ctx, ln)
}

// ServeConn serves one client until it leaves or ctx is done, and closes conn. A
// client over TCP must show the token. What the client has begun has ended when
// ServeConn returns.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) {
	p := newPeer(ctx, s, conn)
	if err := s.enter(p); err != nil {
		s.refused.Add(1)
		p.log.Warn("a client was refused", zap.Error(err))
		s.turnAway(conn, err)
		return
	}
	defer s.leave(p)
	p.serve()
}

// maxSpare is how many clients there is room for beside MaxClients, to look after a
// kernel that is full: its status, its end, a profile. They come over the socket, whose
// user is known.
const maxSpare = 4

// place is what a client is counted as.
type place int

const (
	placeNone place = iota
	placeClient
	placeSpare
	placeStranger // over TCP, and has not shown the token: see socket.Strangers
)

// take counts a client as something else. s.mu is held.
func (s *Server) take(p *peer, as place) {
	s.places[p.place]--
	p.place = as
	s.places[as]++
}

// full says why there is no place for another client; nil: there is. s.mu is held.
func (s *Server) full() *Error {
	if s.opts.MaxClients <= 0 || s.places[placeClient] < s.opts.MaxClients {
		return nil
	}
	return errorf(CodeBusy, "this kernel serves no more than %s at a time, and so many are connected", plural.Of(s.opts.MaxClients, "client")).
		withHint("end one of them, or start the kernel with a larger --max-clients")
}

// errStranger is why connections end that have shown no token when others come.
var errStranger = errors.New("it has not shown the token, and others wait")

// placePatience is how long a client waits for a place. The kernel notices a moment
// late that a client has left, and a command that follows another must not be refused
// because of that one.
const placePatience = 2 * time.Second

// admit gives a client a place that has none but that of a stranger, and has shown the
// token, or a spare one.
func (s *Server) admit(p *peer) *Error {
	timer := time.NewTimer(placePatience)
	defer timer.Stop()
	for {
		s.mu.Lock()
		e, left := s.admitNow(p), s.left
		s.mu.Unlock()
		if e == nil {
			return nil
		}
		select {
		case <-left:
			continue
		case <-p.ctx.Done():
		case <-timer.C:
		}
		if p.spare != nil {
			e = p.spare
		}
		return e
	}
}

// admitNow is admit that does not wait. s.mu is held.
func (s *Server) admitNow(p *peer) *Error {
	if p.place != placeStranger && p.place != placeSpare {
		return nil
	}
	if e := s.full(); e != nil {
		return e
	}
	if p.place == placeStranger {
		p.known()
	}
	s.take(p, placeClient)
	p.spare = nil
	return nil
}

// enter counts a client, or says why it cannot be served.
func (s *Server) enter(p *peer) *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return errorf(CodeShutdown, "the kernel is shutting down")
	}
	if p.isTCP() {
		p.known = s.strangers.Enter(func() { p.end(errStranger) })
		s.take(p, placeStranger)
	} else if e := s.full(); e == nil {
		s.take(p, placeClient)
	} else if s.places[placeSpare] < maxSpare {
		p.spare = e
		s.take(p, placeSpare)
	} else {
		return e
	}
	s.peers[p] = struct{}{}
	s.running.Add(1)
	return nil
}

func (s *Server) leave(p *peer) {
	if p.known != nil {
		p.known()
	}
	s.mu.Lock()
	delete(s.peers, p)
	s.take(p, placeNone)
	if asks(p.asks.Load()) == asksForMore {
		s.changed = time.Now()
	}
	close(s.left)
	s.left = make(chan struct{})
	s.mu.Unlock()
	s.running.Done()
}

// maxLingers bounds the refused clients that are told why.
const maxLingers = 16

// turnAway tells a client why it is not served. What it has sent is read, because
// some systems forget what was written to a connection that is closed with input
// left.
func (s *Server) turnAway(conn net.Conn, e *Error) {
	defer conn.Close()
	defer s.lingers.Add(-1)
	if s.lingers.Add(1) > maxLingers {
		return
	}
	data, err := marshal(e)
	if err != nil {
		return
	}
	o := newOutbox(nil)
	o.reply([]byte("null"), "error", data)
	o.close()
	if o.run(conn, time.Second) != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // it fails only on closed ones
		_, _ = io.CopyN(io.Discard, conn, 1<<20)
	}
}

// Drain refuses new clients and new work, waits until what clients have asked for is
// answered, or ctx is done, and ends all connections. Debuggers stay until the session
// that they debug has been closed, so that they see its end.
func (s *Server) Drain(ctx context.Context) {
	s.refuseWork()
	s.mu.Lock()
	peers := make([]*peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	s.mu.Unlock()
	var debuggers []*peer
	for _, p := range peers {
		p.settled(ctx)
		if p.debugged() != nil {
			debuggers = append(debuggers, p)
			continue
		}
		p.end(errShutdown)
	}
	for _, p := range debuggers {
		select {
		case <-p.debugged().Done():
		case <-p.ctx.Done():
		case <-ctx.Done():
		}
		p.end(errShutdown)
	}
	s.running.Wait()
}

// refuseWork refuses new clients and new work.
func (s *Server) refuseWork() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

// errShutdown is why connections end when the server does.
var errShutdown = errors.New("the kernel is shutting down")

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

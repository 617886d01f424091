package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// peer is a client, as the server sees it. One goroutine reads its requests, one
// writes to it; requests that may take time have a goroutine each, up to a limit.
type peer struct {
	server *Server
	conn   net.Conn
	eager  *eagerConn // conn, as it is read
	in     *frame.Reader
	out    *outbox
	log    *zap.Logger
	ctx    context.Context // done when the connection ends
	cancel context.CancelCauseFunc
	tasks  sync.WaitGroup
	greet  atomic.Bool // it has said hello
	hello  HelloParams // then not written any more, as the next two
	cwd    string
	env    map[string]string // nil: the kernel's
	asks   atomic.Int32      // what it has asked for: an asks
	number int64             // in the log
	place  place             // guarded by the server
	known  func()            // over TCP: is called when it has shown the token
	spare  *Error            // it has a spare place: why it can only control the kernel

	mu        sync.Mutex
	inFlight  map[string]context.CancelCauseFunc // by id, as it was written
	unnamed   int                                // numbers notifications
	working   int                                // goroutines for requests
	waiting   []func()
	runs      int
	session   *kernel.Hosted // of requests that name none
	making    sync.Mutex     // of session
	ephemeral map[string]*kernel.Hosted
	subs      map[string]*subscriber
	quiet     chan struct{} // closed when nothing is in flight; nil: nobody waits

	boxOnce sync.Once
	box     *sandbox.Sandbox // of tools that are called without a session
	boxErr  *Error
	atOnce  bool        // the reader has worked on the last message itself
	attach  *attachment // what the connection becomes after the answer

	transfers transfers
	lines     lines // of requests that work on a transfer
	queues    lines // of executions that are not in their session's queue yet
}

func newPeer(ctx context.Context, s *Server, conn net.Conn) *peer {
	number := s.numbers.Add(1)
	eager := &eagerConn{Conn: conn, direct: socket.NewDirect(conn), number: uint64(number), latest: &s.latest}
	p := &peer{
		number: number, server: s, conn: conn, eager: eager, in: frame.NewReader(eager, s.opts.MaxMessage), out: newOutbox(eager.direct),
		log:      s.opts.Log.With(zap.Int64("client", number)),
		inFlight: map[string]context.CancelCauseFunc{}, ephemeral: map[string]*kernel.Hosted{}, subs: map[string]*subscriber{},
	}
	p.lines.missed = p.transfers.spoil
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	return p
}

// isTCP tells whether a client must show the token.
func (p *peer) isTCP() bool {
	_, ok := p.conn.RemoteAddr().(*net.TCPAddr)
	return ok
}

// end ends the connection for a reason.
func (p *peer) end(why error) { p.cancel(why) }

// errLeft is why the requests of a client end that has left.
var errLeft = errors.New("the client has left")

// serve serves the client until it leaves.
func (p *peer) serve() {
	p.log.Debug("a client has connected", zap.String("network", p.conn.RemoteAddr().Network()))
	written := make(chan struct{})
	go func() {
		defer close(written)
		err := p.out.run(p.conn, p.server.opts.SlowTimeout)
		if err != nil {
			p.end(err)
		}
	}()
	greeting := time.AfterFunc(helloTimeout, func() {
		if !p.greet.Load() {
			p.end(errors.New("it has not said hello in time"))
		}
	})
	defer greeting.Stop()
	stop := context.AfterFunc(p.ctx, p.stopReading)
	err := p.read()
	stop()
	if a := p.attach; a != nil && err == nil {
		err = p.hand(a)
	}
	why, patience := context.Cause(p.ctx), time.Duration(0)
	if why == nil {
		why, patience = err, flushLimit
	}
	p.end(errLeft)
	p.closeAll()
	p.out.close()
	patient, impatient := context.WithTimeout(context.WithoutCancel(p.ctx), patience)
	// Where the writer waits for a client that does not read, Close ends it.
	socket.Flushed(patient, written, p.out.written.Load, flushTimeout)
	impatient()
	p.conn.Close()
	if gone(why) || errors.Is(why, context.Canceled) || errors.Is(why, errShutdown) {
		p.log.Debug("a client has left")
	} else {
		p.log.Warn("a client was dropped", zap.String("name", p.hello.Client), zap.Error(why))
	}
}

// stopReading ends a read that waits. The deadline alone would not do: the reader
// sets its own.
func (p *peer) stopReading() {
	if half, ok := p.conn.(interface{ CloseRead() error }); ok {
		_ = half.CloseRead() // it fails only on closed ones
	}
	_ = p.conn.SetReadDeadline(time.Unix(1, 0))
}

// closeAll ends what the client has begun.
func (p *peer) closeAll() {
	p.mu.Lock()
	p.waiting = nil
	p.mu.Unlock()
	p.tasks.Wait()
	for _, h := range p.ephemeral { // nobody else is left to change it
		h.Close()
	}
	p.transfers.endAll()
}

// read reads requests until the connection ends, or is another protocol's.
func (p *peer) read() error {
	for {
		body, err := p.in.NextShared()
		if large, ok := errors.AsType[*frame.TooLargeError](err); ok {
			if err = p.tooLarge(large); err == nil {
				continue
			}
			if err == error(large) {
				return err // it is answered
			}
		}
		if err != nil {
			if errors.Is(err, frame.ErrFraming) {
				p.refuse(nil, errorf(CodeParse, "%v", err).withHint("the connection is closed: there is no finding the next message"))
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF // it left in the middle of a message
			}
			return err
		}
		err = p.receive(body)
		p.eager.handled(err == nil && p.attach == nil && p.atOnce)
		if err != nil || p.attach != nil {
			return err
		}
		if p.ctx.Err() != nil {
			return context.Cause(p.ctx)
		}
	}
}

// maxSkip is how large a message can be, in units of the limit, to be skipped.
const maxSkip = 16

// tooLarge answers a message that is over the limit. The error ends the connection.
func (p *peer) tooLarge(large *frame.TooLargeError) error {
	e := errorf(CodeTooLarge, "the message has %s bytes: at most %d are taken", large.Size(), large.Limit).
		withHint("send less at once, or start the kernel with a larger max_message_size_mb")
	if large.Length > maxSkip*large.Limit {
		e.withHint("the connection is closed: so much is not skipped")
		p.refuse(nil, e)
		return large
	}
	start, err := p.in.Skip(large, 4<<10)
	if err != nil {
		return err
	}
	p.missedMessage(start)
	p.refuse(idOf(start), e)
	return nil
}

// hand gives the connection to a debugger.
func (p *peer) hand(a *attachment) error {
	p.out.flush()
	p.log.Debug("a debugger takes the connection over", zap.String("session", a.session.ID()))
	return p.server.opts.Debug(p.ctx, &takenConn{p.conn, p.in.Stream()}, a.session)
}

// settled waits until nothing of the client is in flight, or ctx is done.
func (p *peer) settled(ctx context.Context) {
	p.mu.Lock()
	if len(p.inFlight) == 0 {
		p.mu.Unlock()
		return
	}
	if p.quiet == nil {
		p.quiet = make(chan struct{})
	}
	quiet := p.quiet
	p.mu.Unlock()
	select {
	case <-quiet:
	case <-ctx.Done():
	case <-p.ctx.Done():
	}
}

// authorize checks the token of a client over TCP. After a wrong one only this
// connection waits: see socket.WrongTokenDelay.
func (p *peer) authorize(token string) *Error {
	if !p.isTCP() || p.server.opts.Token != "" && socket.SameToken(token, p.server.opts.Token) {
		return nil
	}
	p.server.refused.Add(1)
	if token == "" {
		return errorf(CodeUnauthorized, "over TCP this kernel wants its token").withHint("set %s, or name the file that holds it", TokenVariable)
	}
	socket.Sleep(p.ctx, socket.WrongTokenDelay)
	return errorf(CodeUnauthorized, "wrong token")
}

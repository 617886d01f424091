package wire

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/frame"
)

// Work does a request. The result is written as JSON. An error that is an *Error is
// given to the client as it is, any other as −32803. ctx is done when the client
// cancels the request or is gone.
type Work func(ctx context.Context) (result any, err error)

// Method says how one method is handled: as a request or as a notification.
type Method struct {
	// Request prepares a request, on the goroutine that reads: it decodes the
	// parameters, which are valid only until it returns, and takes what must be as it is
	// now. The work is done on another goroutine. params is nil if there are none.
	Request func(params []byte) (Work, error)
	// Notification does what a notification says, on the goroutine that reads: it must
	// be quick, and must not wait for the client. Its error is logged.
	Notification func(params []byte) error
	// Inline: the work is quick and is done on the goroutine that reads.
	Inline bool
	// Waits: the work waits for other things than the processor. It does not count
	// among those that are worked on at the same time.
	Waits bool
	// WaitsNow, if not nil, tells of a request that arrives whether its work Waits. It is
	// called on the goroutine that reads.
	WaitsNow func() bool
}

// Options of a Conn. The zero value works.
type Options struct {
	// Log gets what goes wrong; nil: nothing is logged.
	Log *zap.Logger
	// MaxMessage is the largest message that is taken; 0 means DefaultMaxMessage.
	MaxMessage int
	// Workers is how many requests are worked on at the same time; 0 means as many
	// as there are processors, and at least two.
	Workers int
	// SlowTimeout is how long the client may leave a message unread before it is
	// dropped; 0 means five minutes.
	SlowTimeout time.Duration
	// Grace is how long requests may still run when the client leaves; 0 means a
	// second.
	Grace time.Duration
}

// The states of a connection.
const (
	stateNew int32 = iota
	stateInitialized
	stateShutDown
)

// Conn is a connection to one client.
type Conn struct {
	rw      io.ReadWriteCloser
	in      *frame.Reader
	out     *outbox
	log     *zap.Logger
	opts    Options
	methods map[string]Method
	encs    encoders
	ready   chan struct{} // closed when rpc is set
	rpc     *jsonrpc2.Conn
	now     message // that the handler is called for; only the reading goroutine's

	ctx    context.Context // of all requests
	cancel context.CancelCauseFunc
	state  atomic.Int32
	trace  atomic.Bool
	left   chan struct{} // closed when exit has arrived, or the connection must end
	once   sync.Once     // closes left
	why    error         // it must end; written before left is closed

	mu       sync.Mutex
	inFlight map[string]*call
	waiting  []*call
	working  int
	waits    int
	quiet    chan struct{} // closed when inFlight is empty; nil: nobody waits
	tasks    sync.WaitGroup

	asked   map[string]bool // ids of requests to the client without an answer; guarded by mu
	numbers int64
}

// New makes a connection over rw. Serve begins to read it.
func New(rw io.ReadWriteCloser, o Options) *Conn {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	if o.Workers <= 0 {
		o.Workers = max(2, runtime.GOMAXPROCS(0))
	}
	if o.SlowTimeout <= 0 {
		o.SlowTimeout = 5 * time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = time.Second
	}
	c := &Conn{
		rw: rw, in: frame.NewReader(rw, o.MaxMessage), out: newOutbox(), log: o.Log, opts: o,
		ready: make(chan struct{}), left: make(chan struct{}), inFlight: map[string]*call{}, asked: map[string]bool{},
	}
	c.in.AllowHeaders()
	return c
}

// Limits of the end of a connection.
const (
	flushTimeout = 2 * time.Second
	// closeTimeout is for streams whose Close does not end a Read, such as stdin.
	closeTimeout = time.Second
)

// Serve serves the client until it leaves, or ctx is done, and closes the connection.
// methods must not change any more. It returns nil after shutdown and exit, and when
// ctx is done; ErrNoShutdown if the client leaves in another way; otherwise why the
// client was dropped. No goroutine of the connection is left then, if the handlers
// heed their contexts and rw.Close ends a Read.
func (c *Conn) Serve(ctx context.Context, methods map[string]Method) error {
	c.methods = methods
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	written := make(chan error, 1)
	go func() {
		err := c.out.run(c.rw)
		c.End(err)
		written <- err
	}()
	c.rpc = jsonrpc2.NewConn(c.ctx, &stream{c}, handler{c}, jsonrpc2.SetLogger(logger{c.log}))
	close(c.ready)
	c.watch(ctx)

	var why error
	select {
	case <-c.left:
		why = c.why
	case <-ctx.Done():
	}
	c.settle(c.opts.Grace)
	c.cancel(errLeft)
	c.answerAll()
	c.out.close()
	select {
	case <-written:
	case <-time.After(flushTimeout):
	}
	c.rw.Close()
	_ = c.rpc.Close() // it only tells that it was closed already
	c.rest()
	return why
}

// watch waits for the end, and drops a client that does not read.
func (c *Conn) watch(ctx context.Context) {
	ticker := time.NewTicker(max(c.opts.SlowTimeout/4, 10*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if c.out.stuck(c.opts.SlowTimeout) {
				c.End(errSlow)
			}
		case <-c.rpc.DisconnectNotify():
			c.End(ErrNoShutdown)
			return
		case <-c.left:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Busy tells whether requests are being worked on: who works in the background then
// waits a moment.
func (c *Conn) Busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.working > 0
}

// End ends the connection for a reason, which Serve returns; nil: an orderly end.
// Later reasons than the first do not count.
func (c *Conn) End(why error) {
	c.once.Do(func() {
		shut := c.state.Load() == stateShutDown
		switch {
		case shut && errors.Is(why, ErrNoShutdown):
			why = nil // it closes the connection in the place of exit
		case !shut && why == nil:
			why = ErrNoShutdown
		}
		c.why = why
		close(c.left)
	})
}

// rest waits for what is left of the connection's goroutines, for a while.
func (c *Conn) rest() {
	done := make(chan struct{})
	go func() {
		c.tasks.Wait()
		<-c.rpc.DisconnectNotify()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(closeTimeout):
		c.log.Warn("a request goes on after the client has left")
	}
}

// handler is the jsonrpc2.Handler.
type handler struct{ c *Conn }

// Handle receives the message that the stream has put by.
func (h handler) Handle(context.Context, *jsonrpc2.Conn, *jsonrpc2.Request) {
	m := h.c.now
	h.c.now = message{}
	h.c.receive(m)
}

// logger takes what jsonrpc2 has to say.
type logger struct{ log *zap.Logger }

// Printf logs a line.
func (l logger) Printf(format string, v ...any) {
	l.log.Sugar().Debugf(format, v...)
}

// refuse answers a message without beginning it. A nil id is null.
func (c *Conn) refuse(id raw, e *Error) { c.reply(false, id, "error", e) }

// reply queues an answer. patient: it waits for room, which the goroutine that reads
// must not.
func (c *Conn) reply(patient bool, id raw, member string, v any) {
	enc := c.encs.get()
	defer c.encs.put(enc)
	data, err := enc.answer(id, member, v)
	if err != nil {
		c.log.Error("an answer could not be written as JSON", zap.Error(err))
		enc.buf.Reset()
		if data, err = enc.answer(id, "error", Errorf(CodeInternal, "the answer could not be written as JSON: %v", err)); err != nil {
			return // an Error without data can always be written
		}
	}
	if patient {
		c.sent(c.out.addPatiently(c.ctx, data))
	} else {
		c.sent(c.out.add(data))
	}
}

// sent looks at what came of queueing a message.
func (c *Conn) sent(err error) {
	if errors.Is(err, errSlow) {
		c.log.Error("the client was dropped: it does not read")
		c.End(errSlow)
	}
}

// Notify sends a notification, and never waits.
func (c *Conn) Notify(method string, params any) error { return c.notify(method, params, c.out.add) }

// NotifyPatiently sends a notification. It waits while too much is waiting for the
// client, as long as ctx is not done: never call it on the goroutine that reads.
func (c *Conn) NotifyPatiently(ctx context.Context, method string, params any) error {
	return c.notify(method, params, func(data []byte) error { return c.out.addPatiently(ctx, data) })
}

func (c *Conn) notify(method string, params any, add func([]byte) error) error {
	enc := c.encs.get()
	defer c.encs.put(enc)
	data, err := enc.notification(method, params)
	if err == nil {
		err = add(data)
		c.sent(err)
	}
	return err
}

package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/tools/tool"
)

// TokenVariable is the environment variable with the token of a kernel that is
// reached over TCP, when no file is named.
const TokenVariable = "LLMSPELL_KERNEL_TOKEN"

// ClientOptions configure a Client. The zero value works.
type ClientOptions struct {
	Name  string // for the kernel's log
	Token string // for TCP
	// Cwd is what sessions of this client work in; "": this process's working folder.
	Cwd string
	// Env is the environment of this client's sessions, as os.Environ gives it; nil:
	// this process's.
	Env []string
	// Permissions of this client's sessions; nil: as the kernel says.
	Permissions *Permissions
	// Control says that the client looks after the kernel and runs nothing. A full
	// kernel serves some of those too.
	Control bool
	// Patience is how long the kernel may take to answer the hello; 0: 10 seconds.
	Patience time.Duration
	// MaxMessage is the largest message taken, in bytes; 0: 256 MB. It is the user's
	// own kernel.
	MaxMessage int
}

// Client is a connection to a kernel. Its methods may be called by any goroutine.
// Each ends when its context does, and then what it has asked for ends in the kernel
// too. Their errors are *Error, wrap ErrUnreachable, or are the context's.
type Client struct {
	conn     net.Conn
	source   source // conn, as it is read
	hello    HelloResult
	encoders encoders
	sending  chan struct{} // has a token while a message is sent: one at a time
	buf      []byte

	readMu    sync.Mutex
	in        *frame.Reader
	rhythm    rhythm       // of answers
	left      bool         // the goroutine was woken for what is in the Reader
	attaching atomic.Int32 // requests after which the connection may be another protocol's

	mu      sync.Mutex
	next    uint64
	pending map[uint64]*pending
	runs    map[uint64]*clientRun    // by the id of the request
	subs    map[string]*Subscription // by their ids
	early   map[string][]EventNotice // of subscriptions whose answer is on its way
	err     error                    // why there is no connection any more
	done    chan struct{}            // closed with err
	taken   bool                     // by another protocol
}

// pending is a request without an answer.
type pending struct {
	answer chan envelope // gets one, or is closed
	takes  bool          // after its answer the connection is another protocol's
}

// Dial connects to a kernel and says hello. The address is a path or "unix:PATH" of
// a socket, or HOST:PORT. Errors wrap ErrUnreachable when nobody answers there, or
// not within o.Patience.
func Dial(ctx context.Context, address string, o ClientOptions) (*Client, error) {
	if !strings.HasPrefix(address, "unix:") && strings.ContainsAny(address, `/\`) {
		address = "unix:" + address
	}
	conn, err := socket.Dial(ctx, address, false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return NewClient(ctx, conn, o)
}

// NewClient says hello over a connection, which it owns from then on.
func NewClient(ctx context.Context, conn net.Conn, o ClientOptions) (*Client, error) {
	if o.MaxMessage <= 0 {
		o.MaxMessage = 256 << 20
	}
	c := &Client{
		conn: conn, source: source{Conn: conn, direct: socket.NewDirect(conn)}, pending: map[uint64]*pending{},
		runs: map[uint64]*clientRun{}, subs: map[string]*Subscription{}, early: map[string][]EventNotice{}, done: make(chan struct{}), sending: make(chan struct{}, 1),
	}
	c.in = frame.NewReader(&c.source, o.MaxMessage)
	hello, err := o.hello()
	if err != nil {
		conn.Close()
		return nil, err
	}
	c.in.Trust()
	go c.read()
	ctx, cancel := o.patient(ctx)
	defer cancel()
	if err := c.Call(ctx, "kernel.hello", hello, &c.hello); err != nil {
		c.Close()
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, fmt.Errorf("%w: %w", ErrRefused, e)
		}
		return nil, err
	}
	return c, nil
}

// patient is ctx until the kernel has had its time to answer the hello.
func (o *ClientOptions) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	d := o.Patience
	if d <= 0 {
		d = helloTimeout
	}
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("%w: it does not answer within %v; its process may be stopped or hang: "+
		"see 'llmspell kernel status', and end it with 'llmspell kernel stop ID --force'", ErrUnreachable, d))
}

func (o *ClientOptions) hello() (HelloParams, error) {
	h := HelloParams{
		Version: ProtocolVersion, Client: o.Name, Token: o.Token, Cwd: Text(o.Cwd), Permissions: o.Permissions,
		Env: map[string]Text{}, Caps: []string{"input", capFlush},
	}
	if o.Control {
		h.Caps = append(h.Caps, capControl)
	}
	if h.Cwd == "" {
		dir, err := os.Getwd()
		if err != nil {
			return h, fmt.Errorf("the working folder is not known: %w", err)
		}
		h.Cwd = Text(dir)
	}
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	for _, pair := range env {
		if i := strings.IndexByte(pair[min(1, len(pair)):], '='); i >= 0 { // Windows has names that begin with =
			h.Env[pair[:i+1]] = Text(pair[i+2:])
		}
	}
	return h, nil
}

// Hello returns what the kernel has said of itself.
func (c *Client) Hello() HelloResult { return c.hello }

// Done is closed when the connection has ended; Err tells why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the connection has ended; nil while it has not. After Close it
// wraps net.ErrClosed.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection, and in the kernel all that it has asked for.
func (c *Client) Close() error {
	c.end(fmt.Errorf("%w: the connection was closed: %w", ErrUnreachable, net.ErrClosed))
	return nil
}

// end ends the connection, the first time for a reason that all calls get.
func (c *Client) end(err error) {
	c.mu.Lock()
	if c.err != nil || c.taken {
		c.mu.Unlock()
		return
	}
	c.err = err
	pending := c.pending
	c.pending = nil
	runs, subs := c.runs, c.subs
	c.runs, c.subs, c.early = nil, nil, nil
	close(c.done)
	c.mu.Unlock()
	c.conn.Close()
	for _, p := range pending {
		close(p.answer)
	}
	for _, r := range runs {
		r.queue.close()
	}
	for _, s := range subs {
		s.queue.close()
	}
}

// Call makes a request of any method: the typed methods are made of it. Result may
// be nil. The request belongs to the trace of ctx, if it has one: see
// tool.WithTraceParent and kernel/trace.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	id, p, err := c.request(ctx, method, params, nil, false)
	if err != nil {
		return err
	}
	c.readAtOnce()
	select {
	case m, ok := <-p.answer:
		return c.answered(m, ok, result)
	case <-ctx.Done():
		c.forget(id)
		c.cancel(id)
		return context.Cause(ctx)
	}
}

// answered reads an answer.
func (c *Client) answered(m envelope, ok bool, result any) error {
	switch {
	case !ok:
		return c.Err()
	case m.err != nil:
		e := &Error{}
		if err := json.Unmarshal(m.err, e); err != nil {
			return fmt.Errorf("the kernel's answer is no error of JSON-RPC: %w", err)
		}
		return e
	case result == nil:
		return nil
	}
	if err := readResult(m.result, result); err != nil {
		return fmt.Errorf("the kernel's answer cannot be read (does it have the version of this program?): %w", err)
	}
	return nil
}

// readResult reads a result; those that can be large in one pass.
func readResult(data []byte, result any) error {
	r, ok := result.(*ToolResponse)
	if !ok {
		return json.Unmarshal(data, result)
	}
	return members(data, func(name string, value []byte) error {
		switch name {
		case "operation":
			return decodeValue(value, &r.Operation)
		case "success":
			return json.Unmarshal(value, &r.Success)
		case "message":
			return decodeValue(value, &r.Message)
		case "text":
			return decodeValue(value, &r.Text)
		case "result":
			r.Result = value
		case "error":
			return json.Unmarshal(value, &r.Error)
		case "metadata":
			return decodeValue(value, &r.Metadata)
		}
		return nil
	})
}

// request sends a request. A run, if not nil, gets its notifications.
func (c *Client) request(ctx context.Context, method string, params any, run *clientRun, takes bool) (uint64, *pending, error) {
	p := &pending{answer: make(chan envelope, 1), takes: takes}
	c.mu.Lock()
	if c.err != nil || c.taken {
		err := c.err
		c.mu.Unlock()
		if err == nil {
			err = fmt.Errorf("%w: a debugger has taken the connection over", ErrUnreachable)
		}
		return 0, nil, err
	}
	c.next++
	id := c.next
	c.pending[id] = p
	if takes {
		c.attaching.Add(1)
	}
	if run != nil {
		c.runs[id] = run
	}
	c.mu.Unlock()
	if underway, err := c.send(ctx, &id, method, params); err != nil {
		c.forget(id)
		if run != nil {
			run.queue.close() // nobody takes from it
		}
		switch {
		case takes && underway: // as for Attach: the answer would end the protocol
			c.Close()
		case takes:
			c.attaching.Add(-1)
		case underway:
			c.cancel(id)
		}
		return 0, nil, err
	}
	return id, p, nil
}

// forget drops a request: its answer interests nobody.
func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, id)
	delete(c.runs, id)
}

// cancel asks the kernel to end a request. That it cannot be asked means that the
// connection is gone, and the request with it.
func (c *Client) cancel(id uint64) {
	c.mu.Lock()
	taken := c.taken
	c.mu.Unlock()
	if taken { // what is sent now is another protocol's
		return
	}
	params := CancelParams{ID: strconv.AppendUint(nil, id, 10)}
	select {
	case c.sending <- struct{}{}:
	default: // a message is on its way, which may be the request itself
		go func() { _ = c.Notify("$/cancelRequest", params) }()
		return
	}
	done, stop := context.WithCancel(context.Background())
	stop() // it waits for nobody
	m, err := c.message(done, nil, "$/cancelRequest", params)
	defer c.encoders.put(m.e)
	if err != nil { // cannot be: it is a number
		<-c.sending
		return
	}
	_, _ = c.sendNow(done, m)
}

// Notify sends a notification, which is not answered. It waits while the kernel
// takes none, up to 30 seconds.
func (c *Client) Notify(method string, params any) error {
	_, err := c.send(context.Background(), nil, method, params)
	return err
}

// appendTrace says which trace a request belongs to.
func appendTrace(ctx context.Context, body []byte) []byte {
	parent, state := tool.TraceParent(ctx)
	for _, member := range [...][2]string{{"traceparent", parent}, {"tracestate", state}} {
		if member[1] == "" {
			continue
		}
		text, err := marshal(member[1])
		if err != nil { // cannot be: it is a string
			continue
		}
		body = append(append(append(body, '"'), member[0]...), `":`...)
		body = append(append(body, text...), ',')
	}
	return body
}

// dispatch handles a message. True: what follows is not ours.
func (c *Client) dispatch(m envelope) (taken bool) {
	if m.method != "" {
		c.notified(m)
		return false
	}
	id, err := strconv.ParseUint(string(m.id), 10, 64)
	if err != nil { // an error about something that the kernel could not read
		if e := (&Error{}); json.Unmarshal(m.err, e) == nil && e.Message != "" {
			c.end(fmt.Errorf("%w: %w", ErrUnreachable, e))
		}
		return false
	}
	c.mu.Lock()
	p := c.pending[id]
	delete(c.pending, id)
	run := c.runs[id]
	delete(c.runs, id)
	taken = p != nil && p.takes && m.err == nil
	c.taken = c.taken || taken
	if p != nil && p.takes && !taken { // else it stays: nobody reads at once any more
		c.attaching.Add(-1)
	}
	c.mu.Unlock()
	if p != nil {
		p.answer <- m
	}
	if run != nil {
		run.queue.close()
	}
	return taken
}

// notified hands a notification to whom it is for.
func (c *Client) notified(m envelope) {
	switch m.method {
	case "exec.stream", "exec.status", "exec.input", "exec.flush":
		var to struct {
			Request uint64 `json:"request"`
		}
		if json.Unmarshal(m.params, &to) != nil {
			return
		}
		c.mu.Lock()
		run := c.runs[to.Request]
		c.mu.Unlock()
		if run != nil {
			run.queue.put(m, len(m.params))
		}
	case "events.event":
		var n EventNotice
		if json.Unmarshal(m.params, &n) == nil {
			c.event(n)
		}
	}
}

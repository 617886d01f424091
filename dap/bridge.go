package dap

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/socket"
)

// bridge joins a session to another debug server, which does the debugging.
// Messages pass both ways with new numbers; breakpoints get the ids that the
// client knows.
type bridge struct {
	s      *session
	remote *remote
	ids    *bridgeIDs
	ctx    context.Context // ends with the bridge
	cancel context.CancelFunc
	tasks  sync.WaitGroup // the pump, and reverse requests

	initialized chan struct{} // closed by the other server's initialized event
	once        sync.Once

	mu      sync.Mutex
	open    bool        // events pass
	gone    bool        // the other server, which the client may have to be told
	backlog []envelope  // that came before
	ended   bool        // the client knows that the script, or the session, has ended
	sent    map[int]int // waiting requests of the client by number: their number there
}

// handshakeTimeout is for a server that accepts, and then says nothing.
const handshakeTimeout = 30 * time.Second

// startBridge answers a launch or attach when the server that open connects to
// has answered it.
func (s *session) startBridge(p *pendingLaunch, open func() error) {
	var err error
	s.out.emit(func() message { return newResponse(p.request, nil, err) })
	func() {
		defer s.recovered(p.request.command, &err)
		err = open()
	}()
	if err != nil {
		err = showUser(err)
		s.bridge.close()
		s.bridge = nil
		return
	}
	s.phase = phaseStarted
	s.later(s.bridge.begin)
}

// connect attaches to a debug server by its address.
func (s *session) connect(ctx context.Context, p *pendingLaunch) error {
	to := p.attach.Connect
	token := to.Token
	if token == "" {
		token = p.attach.Token
	}
	conn, err := socket.Dial(ctx, to.address, s.server.opts.AllowRemote)
	if err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	return s.join(ctx, conn, newReader(conn, s.server.opts.MaxBody), p, token)
}

// connectKernel attaches to a session of a kernel.
func (s *session) connectKernel(ctx context.Context, p *pendingLaunch) error {
	conn, err := s.server.opts.DialKernel(ctx, p.attach.Kernel, p.attach.Session, p.attach.Token)
	if err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	return s.join(ctx, conn, newReader(conn, s.server.opts.MaxBody), p, "")
}

// join makes conn, to a server that waits for a client, the server of this
// session, and attaches there with the arguments of p.
func (s *session) join(ctx context.Context, conn net.Conn, in *reader, p *pendingLaunch, token string) error {
	b := &bridge{
		s: s, remote: newRemote(conn, in), ids: newBridgeIDs(s.record.settings),
		initialized: make(chan struct{}), sent: map[int]int{},
	}
	b.ctx, b.cancel = context.WithCancel(s.ctx)
	s.bridge = b
	b.tasks.Go(b.pump)
	ctx, cancel := context.WithTimeout(ctx, b.s.server.handshakeTimeout)
	defer cancel()
	return b.handshake(ctx, p, token)
}

// handshake says to the other server what the client has said so far.
func (b *bridge) handshake(ctx context.Context, p *pendingLaunch, token string) error {
	initialize, err := withToken(b.s.record.initialize, token)
	if err != nil {
		return err
	}
	capabilities, err := b.remote.call(ctx, "initialize", initialize)
	if err != nil {
		return err
	}
	arguments, err := withToken(p.request.arguments, token, "connect", "kernel", "session")
	if err != nil {
		return err
	}
	attached, err := b.remote.begin("attach", arguments)
	if err != nil {
		return err
	}
	// A server that refuses says so at once, and never asks for breakpoints.
	refused := make(chan error, 1)
	b.tasks.Go(func() {
		if _, err := attached(ctx); err != nil {
			refused <- err
		}
		close(refused)
	})
	select {
	case err := <-refused:
		if err != nil {
			return err
		}
	case <-b.initialized:
	}
	for i, set := range b.s.record.settings {
		body, err := b.remote.call(ctx, set.command, set.arguments)
		if err != nil {
			b.s.log.Warn("the debug server refused breakpoints", zap.String("command", set.command), zap.Error(err))
			continue
		}
		b.replayed(b.s.record.settings[i], body)
	}
	if _, err := b.remote.call(ctx, "configurationDone", nil); err != nil {
		return err
	}
	if err := <-refused; err != nil {
		return err
	}
	b.s.emit("capabilities", map[string]any{"capabilities": b.capabilities(capabilities)})
	return nil
}

// withToken adds a token to arguments, and drops keys.
func withToken(args json.RawMessage, token string, drop ...string) (json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if len(args) > 0 {
		if err := json.Unmarshal(args, &object); err != nil {
			return nil, badArguments("arguments: %v", err)
		}
	}
	delete(object, "token")
	for _, key := range drop {
		delete(object, key)
	}
	if token != "" {
		object["token"], _ = json.Marshal(token)
	}
	return json.Marshal(object)
}

// replayed tells the client what the other server made of breakpoints that it
// knows already.
func (b *bridge) replayed(set setting, body json.RawMessage) {
	b.ids.pair(breakpointIDs(body), set.ids)
	var answer struct {
		Breakpoints []json.RawMessage `json:"breakpoints"`
	}
	_ = json.Unmarshal(b.ids.inResponse(body), &answer)
	for i, one := range answer.Breakpoints {
		if i < len(set.ids) && set.ids[i] != 0 {
			b.s.emit("breakpoint", map[string]any{"reason": "changed", "breakpoint": one})
		}
	}
}

// begin lets the events of the other server pass, once attach is answered.
func (b *bridge) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = true
	for _, e := range b.backlog {
		b.event(e)
	}
	b.backlog = nil
	b.tellGone()
}

// pump takes what the other server says until it has gone.
func (b *bridge) pump() {
	b.remote.run(b.receive)
	b.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = true
	b.tellGone()
}

// tellGone tells the client of the end if the other server has gone without a word.
// b.mu is locked.
func (b *bridge) tellGone() {
	if b.open && b.gone && !b.ended {
		b.ended = true
		b.s.note(errRemoteGone.Error())
		b.s.emit("terminated", nil)
	}
}

func (b *bridge) receive(e envelope) {
	switch {
	case e.Type == "request":
		b.tasks.Go(func() {
			body, err := b.s.reverse(b.ctx, e.Command, e.Arguments)
			b.remote.respond(e, body, err)
		})
	case e.Type == "event" && e.Event == "initialized":
		b.once.Do(func() { close(b.initialized) })
	case e.Type == "event":
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.open {
			b.backlog = append(b.backlog, e)
			return
		}
		b.event(e)
	}
}

// event passes an event on. b.mu is locked.
func (b *bridge) event(e envelope) {
	b.ended = b.ended || e.Event == "terminated"
	m := newEvent(e.Event, rawBody(b.ids.inEvent(e)))
	switch e.Event {
	case "capabilities":
		b.capabilitiesChanged(e.Body)
	case "output", "thread", "loadedSource", "module":
		// A script decides how many there are.
		b.s.out.offer(queued{msg: m, size: len(e.Body) + eventSize, lines: strings.Count(string(e.Body), `\n`)})
	default:
		b.s.out.reply(m)
	}
}

// forward passes a request on, if there is another server that has to answer
// it. It does not wait for the response.
func (b *bridge) forward(r *request) bool {
	if b == nil || r.problem != nil || r.command == "disconnect" || r.command == "initialize" {
		return false
	}
	if b.s.server.opts.ReadOnly { // the other server may not be
		if err := readOnly(r); err != nil {
			b.s.out.reply(newResponse(r, nil, err))
			return true
		}
	}
	arguments := r.arguments
	b.mu.Lock()
	if r.command == "cancel" {
		arguments = renumber(arguments, b.sent)
	}
	b.mu.Unlock()
	answered := false
	number, err := b.remote.request(r.command, arguments, func(e envelope) {
		b.mu.Lock()
		answered = true
		delete(b.sent, r.seq)
		b.mu.Unlock()
		m := newResponse(r, nil, nil)
		m.Success, m.Message, m.Body = e.Success, e.Message, rawBody(b.ids.inResponse(e.Body))
		if !e.Success && m.Body == nil {
			m.Message, m.Body = errorBody(errRemoteGone)
		}
		b.s.out.reply(m)
	})
	if err != nil {
		b.s.out.reply(newResponse(r, nil, err))
		return true
	}
	b.mu.Lock()
	if !answered {
		b.sent[r.seq] = number
	}
	b.mu.Unlock()
	return true
}

// renumber translates the requestId of a cancel request.
func renumber(args json.RawMessage, numbers map[int]int) json.RawMessage {
	object := map[string]json.RawMessage{}
	var id int
	if json.Unmarshal(args, &object) != nil || json.Unmarshal(object["requestId"], &id) != nil {
		return args
	}
	// One that is answered already must not hit another.
	object["requestId"], _ = json.Marshal(numbers[id])
	renumbered, _ := json.Marshal(object)
	return renumbered
}

// disconnect says the client's goodbye to the other server.
func (b *bridge) disconnect(r *request) {
	// The other server closes the connection then, which is no news.
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(b.s.ctx, stopTimeout)
	defer cancel()
	if _, err := b.remote.call(ctx, "disconnect", r.arguments); err != nil {
		b.s.log.Debug("disconnecting from the debug server failed", zap.Error(err))
	}
}

// close ends the connection, which the other server takes as the client's
// leaving, and waits for all that the bridge started.
func (b *bridge) close() {
	if b == nil {
		return
	}
	b.cancel()
	b.remote.conn.Close()
	b.tasks.Wait()
}

package dap

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/socket"
)

// meeting is where processes that a session has started, or that its script
// has, call back. Who calls must know a token, and says first what it is.
type meeting struct {
	s     *session
	ln    net.Listener
	tasks sync.WaitGroup
	end   context.CancelFunc

	mu     sync.Mutex
	tokens map[string]func(*caller)
}

// caller is a process that has said its token.
type caller struct {
	hello
	conn net.Conn
	in   *reader
	seq  int
}

// hello is what a process says: a request "hello", the only one of our own.
type hello struct {
	Token string `json:"token"`
	// Address and Key are where to attach to a child, and the token there.
	Address string `json:"address,omitempty"`
	Key     string `json:"key,omitempty"`
	Name    string `json:"name,omitempty"`
}

// meet opens the session's meeting, once.
func (s *session) meet() (*meeting, error) {
	if s.meeting != nil {
		return s.meeting, nil
	}
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wait for processes to debug: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background()) // until close
	m := &meeting{s: s, ln: ln, end: cancel, tokens: map[string]func(*caller){}}
	accept := socket.Acceptor{Serve: m.receive, Log: s.log}
	m.tasks.Go(func() { _ = accept.Run(ctx, ln) }) // who calls is told by nobody, and the script goes on
	s.meeting = m
	return m, nil
}

// expect makes a token, and calls then for each process that shows it. then
// owns the connection.
func (m *meeting) expect(then func(*caller)) (token string) {
	token = NewToken()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[token] = then
	return token
}

// forget makes a token worthless.
func (m *meeting) forget(token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tokens, token)
}

// receive hears who has called, until the meeting is over.
func (m *meeting) receive(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := m.greet(conn); err != nil {
		m.s.log.Warn("a process that called back was refused", zap.Error(err))
		conn.Close()
	}
}

// greet hears what a caller is, and hands it to those who expect it.
func (m *meeting) greet(conn net.Conn) error {
	c := &caller{conn: conn, in: newReader(conn, m.s.server.opts.MaxBody)}
	if err := conn.SetReadDeadline(time.Now().Add(messageTimeout)); err != nil {
		return err
	}
	body, err := c.in.next()
	if err != nil {
		return err
	}
	r, err := parseRequest(body)
	if err != nil {
		return err
	}
	if r.command != "hello" || json.Unmarshal(r.arguments, &c.hello) != nil {
		return errors.New("it did not say hello")
	}
	c.seq = r.seq
	var then func(*caller)
	m.mu.Lock()
	for token, f := range m.tokens {
		if socket.SameToken(token, c.Token) {
			then = f
		}
	}
	m.mu.Unlock()
	if then == nil {
		return errors.New("it has a wrong token")
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	then(c)
	return nil
}

// close ends the meeting and waits for what it has begun.
func (m *meeting) close() {
	if m == nil {
		return
	}
	m.end()
	m.tasks.Wait()
}

// call connects to the meeting of another process and says hello.
func call(ctx context.Context, address string, h hello) (net.Conn, error) {
	conn, err := Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	m := &outgoing{}
	m.Type, m.Command, m.Seq = "request", "hello", 1
	m.Arguments, _ = json.Marshal(h) // strings only
	var buf bytes.Buffer
	if err := encode(&buf, m); err != nil {
		conn.Close()
		return nil, err
	}
	if _, err := conn.Write(buf.Bytes()); err != nil {
		conn.Close()
		return nil, fmt.Errorf("say hello to %s: %w", address, err)
	}
	return conn, nil
}

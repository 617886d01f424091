package dap

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	dap "github.com/google/go-dap"
)

// remote is the client's end of a connection to another debug server.
type remote struct {
	conn net.Conn
	in   *reader

	mu     sync.Mutex // also orders what is written
	seq    int
	calls  map[int]func(envelope) // by the number of the request
	closed error
}

// envelope is any message of the other server.
type envelope struct {
	Seq        int             `json:"seq"`
	Type       string          `json:"type"`
	Command    string          `json:"command"`
	Event      string          `json:"event"`
	RequestSeq int             `json:"request_seq"`
	Success    bool            `json:"success"`
	Message    string          `json:"message"`
	Arguments  json.RawMessage `json:"arguments"`
	Body       json.RawMessage `json:"body"`
}

// errRemoteGone answers requests when the other server has gone.
var errRemoteGone = errors.New("the debug server that this session is connected to has gone")

func newRemote(conn net.Conn, in *reader) *remote {
	return &remote{conn: conn, in: in, calls: map[int]func(envelope){}}
}

// request sends a request and returns its number. then is called with the
// response, which is an error response if the connection ends.
func (p *remote) request(command string, args json.RawMessage, then func(envelope)) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed != nil {
		return 0, p.closed
	}
	m := &outgoing{Arguments: args}
	m.Type, m.Command = "request", command
	p.calls[p.seq+1] = then
	if err := p.write(m); err != nil {
		delete(p.calls, p.seq)
		return 0, err
	}
	return p.seq, nil
}

// outgoing is a request with encoded arguments.
type outgoing struct {
	dap.Request
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

func (m *outgoing) setSeq(n int) { m.Seq = n }

// call is request that waits for a successful response.
func (p *remote) call(ctx context.Context, command string, args json.RawMessage) (json.RawMessage, error) {
	got, err := p.begin(command, args)
	if err != nil {
		return nil, err
	}
	return got(ctx)
}

// begin is call that waits later.
func (p *remote) begin(command string, args json.RawMessage) (func(context.Context) (json.RawMessage, error), error) {
	answer := make(chan envelope, 1)
	if _, err := p.request(command, args, func(e envelope) { answer <- e }); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (json.RawMessage, error) {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: the debug server has not answered: %w", command, ctx.Err())
		case e := <-answer:
			if !e.Success {
				return nil, fmt.Errorf("%s: %s", command, clientResponse{Message: e.Message, Body: e.Body}.reason())
			}
			return e.Body, nil
		}
	}, nil
}

// respond answers a request of the other server's.
func (p *remote) respond(to envelope, body json.RawMessage, err error) {
	r := newResponse(&request{seq: to.Seq, command: to.Command}, rawBody(body), err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed == nil {
		_ = p.write(r) // if it failed, reading does too
	}
}

// write numbers and sends a message. p.mu is locked.
func (p *remote) write(m message) error {
	p.seq++
	m.setSeq(p.seq)
	var buf bytes.Buffer
	if err := encode(&buf, m); err != nil {
		return err
	}
	err := p.conn.SetWriteDeadline(time.Now().Add(messageTimeout))
	if err == nil {
		_, err = p.conn.Write(buf.Bytes())
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("write to the debug server: %w", err)
	case err != nil:
		return errRemoteGone // which reading may not have shown yet
	}
	return nil
}

// run reads messages until the connection ends. Responses go to those who
// wait for them, all else to other.
func (p *remote) run(other func(envelope)) {
	for {
		body, err := p.in.next()
		var e envelope
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err != nil {
			p.end()
			return
		}
		if e.Type != "response" {
			other(e)
			continue
		}
		p.mu.Lock()
		then := p.calls[e.RequestSeq]
		delete(p.calls, e.RequestSeq)
		p.mu.Unlock()
		if then != nil {
			then(e)
		}
	}
}

// end answers all that still wait.
func (p *remote) end() {
	p.conn.Close()
	p.mu.Lock()
	calls := p.calls
	p.calls, p.closed = nil, errRemoteGone
	p.mu.Unlock()
	for _, then := range calls {
		then(envelope{Type: "response", Message: errRemoteGone.Error()})
	}
}

// rawBody is a body as the message types want it: nil if there is none.
func rawBody(body json.RawMessage) any {
	if len(body) == 0 || string(body) == "null" {
		return nil
	}
	return body
}

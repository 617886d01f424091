package repl

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/google/go-dap"
)

// dapClient speaks the Debug Adapter Protocol to a session of the kernel.
type dapClient struct {
	conn net.Conn
	// event is called for each event, on the goroutine that reads: it must return soon
	// and call nothing of the client.
	event func(name string, body json.RawMessage)

	mu      sync.Mutex
	seq     int
	waiting map[int]chan dapAnswer
	err     error // why the connection has ended
}

type dapAnswer struct {
	ok      bool
	message string
	body    json.RawMessage
}

// errDebuggerGone means that the connection to the debugger has ended.
var errDebuggerGone = errors.New("the kernel has ended the debug session")

func newDAPClient(conn net.Conn, event func(string, json.RawMessage)) *dapClient {
	c := &dapClient{conn: conn, event: event, waiting: map[int]chan dapAnswer{}}
	go c.read()
	return c
}

// read ends with the connection.
func (c *dapClient) read() {
	in := bufio.NewReader(c.conn)
	for {
		content, err := dap.ReadBaseMessage(in)
		if err != nil {
			c.mu.Lock()
			c.err = errDebuggerGone
			for _, ch := range c.waiting {
				close(ch)
			}
			c.waiting = nil
			c.mu.Unlock()
			c.event("closed", nil)
			return
		}
		var m struct {
			Type       string          `json:"type"`
			Event      string          `json:"event"`
			RequestSeq int             `json:"request_seq"`
			Success    bool            `json:"success"`
			Message    string          `json:"message"`
			Body       json.RawMessage `json:"body"`
		}
		if json.Unmarshal(content, &m) != nil {
			continue // the kernel's own, so it does not happen
		}
		switch m.Type {
		case "event":
			c.event(m.Event, m.Body)
		case "response":
			c.mu.Lock()
			ch := c.waiting[m.RequestSeq]
			delete(c.waiting, m.RequestSeq)
			c.mu.Unlock()
			if ch != nil {
				ch <- dapAnswer{m.Success, m.Message, m.Body}
			}
		}
	}
}

// send sends a request and returns where its answer will come.
func (c *dapClient) send(command string, args any) (chan dapAnswer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	c.seq++
	body, err := json.Marshal(map[string]any{"seq": c.seq, "type": "request", "command": command, "arguments": args})
	if err != nil {
		return nil, err
	}
	ch := make(chan dapAnswer, 1)
	c.waiting[c.seq] = ch
	if err := dap.WriteBaseMessage(c.conn, body); err != nil {
		delete(c.waiting, c.seq)
		return nil, errDebuggerGone
	}
	return ch, nil
}

// call sends a request and decodes the body of its answer into into, unless that is
// nil.
func (c *dapClient) call(ctx context.Context, command string, args, into any) error {
	ch, err := c.send(command, args)
	if err != nil {
		return err
	}
	return c.wait(ctx, command, ch, into)
}

func (c *dapClient) wait(ctx context.Context, command string, ch chan dapAnswer, into any) error {
	select {
	case a, ok := <-ch:
		switch {
		case !ok:
			return errDebuggerGone
		case !a.ok:
			var body struct {
				Error struct {
					Format    string            `json:"format"`
					Variables map[string]string `json:"variables"`
				} `json:"error"`
			}
			if json.Unmarshal(a.body, &body) == nil && body.Error.Format != "" && len(body.Error.Variables) == 0 {
				return errors.New(body.Error.Format)
			}
			return fmt.Errorf("%s: %s", command, a.message)
		case into != nil:
			return json.Unmarshal(a.body, into)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

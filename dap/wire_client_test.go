package dap_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"sync"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// wireClient is a client without manners, for tests that send anything at all
// or that count sessions in thousands. It checks only what holds in every
// session: numbers count up, no request is answered twice, nothing is answered
// that was not asked, each message is valid under the schema. All errors are
// collected in problem.
type wireClient struct {
	conn   net.Conn
	schema *daptest.Schema
	served chan struct{} // closed when ServeConn has returned
	stop   func()        // ends ServeConn's context
	runsOn bool          // the script was to outlive the connection
	closed chan struct{} // closed when all is received that ever will be
	ending chan struct{} // closed when all that comes is taken at once

	mu       sync.Mutex
	asked    map[int]int // requests sent, by number
	answered map[int]int
	seq      int  // of the last message received
	stopped  bool // the last news of the script
	over     bool
	learned  func(m map[string]any) // is given each message received; may be nil
	news     chan struct{}
	problem  error
}

// dialPipe serves a session on an in-memory connection.
func dialPipe(server *dap.Server, schema *daptest.Schema, learned func(map[string]any)) *wireClient {
	mine, theirs := net.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	c := &wireClient{
		conn: mine, schema: schema, served: make(chan struct{}), stop: stop, closed: make(chan struct{}), ending: make(chan struct{}),
		asked: map[int]int{}, answered: map[int]int{}, learned: learned, news: make(chan struct{}, 1),
	}
	go func() {
		defer close(c.served)
		_ = server.ServeConn(ctx, theirs)
	}()
	taken := make(chan []byte)
	go c.read(taken)
	go func() {
		defer close(c.closed)
		for body := range taken {
			c.receive(body)
		}
	}()
	return c
}

// read takes the messages from the connection until it ends. To look at large ones
// costs the race detector seconds on a busy machine, and a server does not wait for
// a client that takes nothing: towards the end of the session all are taken first,
// and looked at afterwards.
func (c *wireClient) read(taken chan<- []byte) {
	defer close(taken)
	var rest [][]byte
	defer func() {
		for _, body := range rest {
			taken <- body
		}
	}()
	br := bufio.NewReader(c.conn)
	for {
		header, err := textproto.NewReader(br).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			c.complain(err)
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(br, body); err != nil {
			return
		}
		if rest != nil {
			rest = append(rest, body)
			continue
		}
		select {
		case taken <- body:
		case <-c.ending:
			rest = append(rest, body)
		}
	}
}

func (c *wireClient) receive(body []byte) {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		c.complain(fmt.Errorf("message is not JSON: %w: %s", err, body))
		return
	}
	if err := c.schema.Validate(body); err != nil {
		c.complain(fmt.Errorf("%w: %s", err, body))
	}
	number := func(key string) int { n, _ := m[key].(float64); return int(n) }
	c.mu.Lock()
	if c.seq++; number("seq") != c.seq {
		c.complainLocked(fmt.Errorf("seq %v, want %d", m["seq"], c.seq))
	}
	switch {
	case m["type"] == "response":
		seq := number("request_seq")
		switch m["command"] {
		case "continue", "next", "stepIn", "stepOut", "goto", "restartFrame":
			c.stopped = c.stopped && m["success"] != true
		}
		if c.answered[seq]++; c.answered[seq] > c.asked[seq] {
			c.complainLocked(fmt.Errorf("%d responses to %d requests with number %d: %s", c.answered[seq], c.asked[seq], seq, body))
		}
	case m["event"] == "stopped":
		c.stopped, c.over = true, false
	case m["event"] == "continued", m["event"] == "process":
		c.stopped, c.over = false, false
	case m["event"] == "terminated":
		c.stopped, c.over = false, true
	}
	if c.learned != nil {
		c.learned(m)
	}
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *wireClient) complain(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complainLocked(err)
}

func (c *wireClient) complainLocked(err error) {
	if c.problem == nil {
		c.problem = err
	}
}

// request sends the body of a request with number seq. It is false when the
// connection is gone.
func (c *wireClient) request(seq int, body []byte) bool {
	c.mu.Lock()
	c.asked[seq]++
	c.mu.Unlock()
	return c.write(daptest.Frame(body))
}

// send sends a request with well-formed arguments.
func (c *wireClient) send(seq int, command string, args any) bool {
	body, err := json.Marshal(map[string]any{"seq": seq, "type": "request", "command": command, "arguments": args})
	if err != nil {
		c.complain(err)
		return false
	}
	return c.request(seq, body)
}

func (c *wireClient) write(data []byte) bool {
	_, err := c.conn.Write(data)
	return err == nil
}

// until waits until ready, which is called with mu locked, is true, or the
// connection ends, or patience does, and reports whether it was.
func (c *wireClient) until(patience time.Duration, ready func() bool) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		c.mu.Lock()
		ok := ready()
		c.mu.Unlock()
		if ok || patience == 0 {
			return ok
		}
		select {
		case <-c.news:
		case <-c.closed:
			c.mu.Lock()
			defer c.mu.Unlock()
			return ready()
		case <-timer.C:
			return false
		}
	}
}

// atStop waits for a stop.
func (c *wireClient) atStop(patience time.Duration) bool {
	return c.until(patience, func() bool { return c.stopped })
}

// idle waits until all requests are answered.
func (c *wireClient) idle(patience time.Duration) bool {
	return c.until(patience, func() bool { return c.unanswered() == 0 })
}

// unanswered returns the number of one request without an answer, or 0. c.mu is
// locked.
func (c *wireClient) unanswered() int {
	for seq, n := range c.asked {
		if c.answered[seq] != n {
			return seq
		}
	}
	return 0
}

// ended waits until the session is over on both sides, and returns what was
// wrong with it. After an orderly end each request must have its answer.
func (c *wireClient) ended(deadline time.Duration, orderly bool) error {
	defer c.stop()
	defer c.conn.Close()
	close(c.ending)
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	for _, end := range []chan struct{}{c.closed, c.served} {
		select {
		case <-end:
			if c.runsOn {
				c.stop()
			}
		case <-timer.C:
			return errors.New("the session does not end")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if seq := c.unanswered(); orderly && seq != 0 {
		c.complainLocked(fmt.Errorf("request %d was never answered", seq))
	}
	return c.problem
}

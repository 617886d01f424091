package rpc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/llmspell/llmspell/internal/socket"
)

// A client's connection is read by a goroutine of its own, which the system wakes
// when something has come, and sooner, for a moment, by whoever has sent a request.
// Either holds readMu, and hands out what comes to whom it is for.

// source is a connection as a Client reads it.
type source struct {
	net.Conn
	direct *socket.Direct // nil: only the goroutine reads
	atOnce bool           // do not wait, but ask again for spin
	spin   time.Duration
}

func (s *source) Read(p []byte) (int, error) {
	if s.atOnce {
		return s.direct.Read(p, s.spin, nil)
	}
	return s.Conn.Read(p)
}

// fill reads what has arrived. ErrNothing: nothing has.
func (s *source) fill(c *Client, spin time.Duration) error {
	s.atOnce, s.spin = true, spin
	err := c.in.Fill()
	s.atOnce = false
	return err
}

// read hands out messages until the connection ends.
func (c *Client) read() {
	for over := false; !over; {
		if c.source.direct == nil {
			over = c.readOne()
			continue
		}
		_ = c.source.direct.Wait() // what is wrong the next read tells
		c.readMu.Lock()
		if c.left {
			c.left = false
			_ = c.conn.SetReadDeadline(time.Time{}) // it fails only on closed ones
		}
		for !over && (c.in.Pending() > 0 || !errors.Is(c.source.fill(c, 0), socket.ErrNothing)) {
			over = c.readOne()
		}
		c.readMu.Unlock()
	}
}

// readAtOnce reads for a moment: an answer that is quick comes sooner than the
// goroutine would be woken for it. It only takes messages that are there as a whole,
// and none of what might be another protocol's.
func (c *Client) readAtOnce() {
	if c.source.direct == nil || !c.readMu.TryLock() {
		return
	}
	defer c.readMu.Unlock()
	// Output of executions can make its reader wait for whom it is for.
	if c.attaching.Load() > 0 || c.in.Pending() > 0 || !c.rhythm.worth() || c.running() {
		return
	}
	err := c.source.fill(c, answerSpin)
	c.rhythm.came(err == nil)
	for err == nil && c.attaching.Load() == 0 && c.in.Buffered() {
		if c.readOne() {
			return
		}
	}
	if c.in.Pending() > 0 { // for the goroutine, which the system tells only of what comes
		c.left = true
		_ = c.conn.SetReadDeadline(time.Unix(1, 0)) // likewise
	}
}

// running tells whether executions of this client have not ended.
func (c *Client) running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.runs) > 0
}

// readOne hands out the next message. True: none follows.
func (c *Client) readOne() (over bool) {
	body, err := c.in.Next()
	if err == nil {
		var m envelope
		if m, err = parseEnvelope(body); err == nil {
			return c.dispatch(m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the kernel has ended the connection")
	}
	c.end(fmt.Errorf("%w: %w", ErrUnreachable, err))
	return true
}

package rpc

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
)

// sendTimeout is for a kernel that does not read.
const sendTimeout = 30 * time.Second

// message is one that is ready to be sent.
type message struct {
	start []byte // up to its parameters
	data  []byte // these, in e's buffer
	e     *encoder
}

// message writes a message; give back its encoder.
func (c *Client) message(ctx context.Context, id *uint64, method string, params any) (message, error) {
	start := []byte(`{"jsonrpc":"2.0",`)
	if id != nil {
		start = strconv.AppendUint(append(start, `"id":`...), *id, 10)
		start = appendTrace(ctx, append(start, ','))
	}
	start = append(strconv.AppendQuote(append(start, `"method":`...), method), `,"params":`...)
	e := c.encoders.get()
	data, err := e.encode(params)
	if err != nil {
		err = fmt.Errorf("%s: the parameters cannot be written as JSON: %w", method, err)
	}
	return message{start, data, e}, err
}

// send sends a message when those before it are sent. When ctx is done first, the
// error is its cause, and underway tells that the message goes on its way all the
// same: one that is sent by half would end the connection for all.
func (c *Client) send(ctx context.Context, id *uint64, method string, params any) (underway bool, err error) {
	m, err := c.message(ctx, id, method, params)
	defer c.encoders.put(m.e)
	if err != nil {
		return false, err
	}
	select {
	case c.sending <- struct{}{}:
	default:
		select {
		case c.sending <- struct{}{}:
		case <-c.done:
			return false, c.Err()
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	return c.sendNow(ctx, m)
}

// sendNow is send by who has the token of c.sending. It is given back when all is
// sent.
func (c *Client) sendNow(ctx context.Context, m message) (underway bool, err error) {
	c.buf = frame.Append(c.buf[:0], len(m.start)+len(m.data)+1)
	c.buf = append(append(append(c.buf, m.start...), m.data...), '}')
	rest := c.buf[c.source.direct.Write(c.buf):]
	if len(rest) == 0 || ctx.Done() == nil {
		return false, c.sendRest(rest)
	}
	sent := make(chan error, 1)
	go func() { sent <- c.sendRest(rest) }() // it ends with the connection at the latest
	select {
	case err := <-sent:
		return false, err
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}

// sendRest sends what could not be sent at once, and gives the token back. An error
// ends the connection.
func (c *Client) sendRest(rest []byte) error {
	defer func() { <-c.sending }()
	var err error
	if len(rest) > 0 {
		_ = c.conn.SetWriteDeadline(time.Now().Add(sendTimeout)) // of sockets; it fails only on closed ones
		_, err = c.conn.Write(rest)
	}
	if cap(c.buf) > pooledBuffer {
		c.buf = nil
	}
	if err != nil {
		c.end(fmt.Errorf("%w: %w", ErrUnreachable, err))
		return c.Err()
	}
	return nil
}

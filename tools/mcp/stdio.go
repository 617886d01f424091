package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// lastAnswers is how long requests are still worked on after the input has
// ended. A client that closes it wants the server to end; a pipe that somebody
// has fed wants its answers.
const lastAnswers = 2 * time.Second

// ServeStdio serves one client on a pair of streams until it leaves, or ctx is
// done, which is no error.
func ServeStdio(ctx context.Context, s *sdk.Server, in io.Reader, out io.Writer) error {
	c := &conversation{ctx: ctx, out: out, changed: make(chan struct{}, 1)}
	c.in = newFrames(in, c.negotiated, c.reject)
	err := s.Run(ctx, &sdk.IOTransport{Reader: c, Writer: c})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// conversation counts requests and answers, and holds the end of the input back
// until all are answered.
type conversation struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	changed chan struct{} // something was answered

	writing sync.Mutex

	mu             sync.Mutex
	asked, replied lines
	agreeing       lines  // answers, until the version is known
	open           int    // requests without an answer
	version        string // of the protocol, once it is agreed
}

// reject answers a line that is no message, so that its sender learns of it.
func (c *conversation) reject(id json.RawMessage, code int64, why error) []byte {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.out.Write(refusal(id, code, why)) // a client that is gone is noticed by the next answer
	return nil
}

func (c *conversation) negotiated() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// Read implements io.Reader.
func (c *conversation) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.count(&c.asked, p[:n], func(m *message) {
		if m.ID != nil && m.Method != "" && m.Method != "subscriptions/listen" { // that one has no answer before the end
			c.open++
		}
	})
	if err != nil && n == 0 {
		c.settle()
	}
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // told at the next call
	}
	return n, err
}

// Write implements io.Writer.
func (c *conversation) Write(p []byte) (int, error) {
	// Before the client reads the version it sends nothing that depends on it.
	if c.negotiated() == "" {
		c.count(&c.agreeing, p, c.agree)
	}
	c.writing.Lock()
	n, err := c.out.Write(p)
	c.writing.Unlock()
	c.count(&c.replied, p[:n], func(m *message) {
		if m.ID == nil || m.Method != "" {
			return
		}
		c.open--
	})
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return n, err
}

// agree notes the version of the protocol that an answer names.
func (c *conversation) agree(m *message) {
	if c.version == "" {
		var hello struct{ ProtocolVersion string }
		_ = json.Unmarshal(m.Result, &hello) // another answer has none
		c.version = hello.ProtocolVersion
	}
}

// Close implements io.Closer. The streams are the caller's.
func (c *conversation) Close() error { return nil }

// settle waits until all requests are answered.
func (c *conversation) settle() {
	t := time.NewTimer(lastAnswers)
	defer t.Stop()
	for {
		c.mu.Lock()
		done := c.open <= 0
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-c.changed:
		case <-c.ctx.Done():
			return
		case <-t.C:
			return
		}
	}
}

func (c *conversation) count(l *lines, p []byte, each func(*message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.add(p, func(line []byte) {
		batch := make([]message, 1)
		var err error
		if bytes.HasPrefix(line, []byte("[")) {
			err = json.Unmarshal(line, &batch)
		} else {
			err = json.Unmarshal(line, &batch[0])
		}
		if err == nil {
			for i := range batch {
				each(&batch[i])
			}
		}
	})
}

// message is what tells requests, answers and notifications apart.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
}

// lines puts a stream together into lines.
type lines struct{ partial []byte }

func (l *lines) add(p []byte, each func([]byte)) {
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			if len(l.partial)+len(p) <= sdk.DefaultMaxLineLength { // the SDK refuses longer ones
				l.partial = append(l.partial, p...)
			}
			return
		}
		each(append(l.partial, p[:i]...))
		l.partial, p = l.partial[:0], p[i+1:]
	}
}

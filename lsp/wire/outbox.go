package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
)

// Limits of what waits for a client to read it.
const (
	// waitLimit is how many bytes wait before those who may wait do.
	waitLimit = 8 << 20
	// dropLimit is how many bytes wait before the client is dropped: it sends
	// messages and reads no answers.
	dropLimit = 64 << 20
	// keptBuffer is the largest buffer that is kept for the next messages.
	keptBuffer = 256 << 10
)

// outbox is the queue to the goroutine that writes, the only one that does.
type outbox struct {
	mu      sync.Mutex
	buf     []byte
	closed  bool
	writing bool
	since   time.Time     // when the writing began
	wake    chan struct{} // to the writer: buf or closed has changed
	room    sync.Cond     // buf is shorter, or closed
}

func newOutbox() *outbox {
	o := &outbox{wake: make(chan struct{}, 1)}
	o.room.L = &o.mu
	return o
}

// addPatiently queues a message. It waits for room as long as ctx is not done. The
// error is the context's, or one of add.
func (o *outbox) addPatiently(ctx context.Context, body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := func() bool { return len(o.buf) > 0 && len(o.buf)+len(body) > waitLimit && !o.closed }
	if full() {
		// The lock makes sure that nobody misses the end of ctx between a look at it and Wait.
		stop := context.AfterFunc(ctx, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.room.Broadcast()
		})
		defer stop()
		for full() && ctx.Err() == nil {
			o.room.Wait()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return o.append(body)
}

// add queues a message, and never waits. The error is io.ErrClosedPipe, or errSlow.
func (o *outbox) add(body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.append(body)
}

// append queues a message, with mu.
func (o *outbox) append(body []byte) error {
	switch {
	case o.closed:
		return io.ErrClosedPipe
	case len(o.buf) > 0 && len(o.buf)+len(body) > dropLimit:
		o.end()
		return errSlow
	}
	o.buf = append(frame.Append(o.buf, len(body)), body...)
	o.signal()
	return nil
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close lets the writer end, once it has written what waits.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end()
}

func (o *outbox) end() {
	o.closed = true
	o.signal()
	o.room.Broadcast()
}

// stuck tells whether one write has taken longer than patience.
func (o *outbox) stuck(patience time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writing && time.Since(o.since) > patience
}

// run writes until close, or until writing fails.
func (o *outbox) run(w io.Writer) error {
	var spare []byte
	for {
		o.mu.Lock()
		o.writing = false
		for len(o.buf) == 0 {
			if o.closed {
				o.mu.Unlock()
				return nil
			}
			o.mu.Unlock()
			<-o.wake
			o.mu.Lock()
		}
		data := o.buf
		o.buf = spare[:0]
		o.writing, o.since = true, time.Now()
		o.room.Broadcast()
		o.mu.Unlock()
		if _, err := w.Write(data); err != nil {
			o.close()
			return err
		}
		if spare = data; cap(spare) > keptBuffer {
			spare = nil
		}
	}
}

// encoder writes JSON into a buffer that is used again.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

// encoders keeps encoders that are not in use. The zero value works.
type encoders struct{ pool sync.Pool }

func (p *encoders) get() *encoder {
	if e, ok := p.pool.Get().(*encoder); ok {
		e.buf.Reset()
		return e
	}
	e := &encoder{}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}

func (p *encoders) put(e *encoder) {
	if e.buf.Cap() <= 4*keptBuffer {
		p.pool.Put(e)
	}
}

// value adds a value.
func (e *encoder) value(v any) error {
	if err := e.enc.Encode(v); err != nil {
		return err
	}
	e.buf.Truncate(e.buf.Len() - 1) // Encode adds a newline
	return nil
}

// answer makes the answer to a request; member is "result" or "error".
func (e *encoder) answer(id raw, member string, v any) ([]byte, error) {
	if id == nil {
		id = raw("null")
	}
	e.buf.WriteString(`{"jsonrpc":"2.0","id":`)
	e.buf.Write(id)
	e.buf.WriteString(`,"` + member + `":`)
	if err := e.value(v); err != nil {
		return nil, err
	}
	e.buf.WriteByte('}')
	return e.buf.Bytes(), nil
}

// notification makes a notification.
func (e *encoder) notification(method string, params any) ([]byte, error) {
	e.buf.WriteString(`{"jsonrpc":"2.0","method":"` + method + `","params":`)
	if err := e.value(params); err != nil {
		return nil, err
	}
	e.buf.WriteByte('}')
	return e.buf.Bytes(), nil
}

package rpc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/internal/socket"
)

// Limits of what waits for a client to read it.
const (
	// outboxLimit is how many bytes wait; a message more makes its sender wait.
	outboxLimit = 4 << 20
	// writeChunk is what a client must read within the slow timeout to be kept.
	writeChunk = 256 << 10
)

// errSlow is why a client is dropped that does not read.
var errSlow = errors.New("the client does not read what it is sent")

// outbox is the queue to the goroutine that writes to a client. Who answers writes
// himself, if nothing waits, as much as the connection takes at once. What waits is
// bounded: whoever sends more waits until the client has read, or is dropped.
type outbox struct {
	direct  *socket.Direct // nil: only the goroutine writes
	mu      sync.Mutex
	buf     []byte
	dirty   []*streamer // have output to add
	closed  bool
	writing bool         // the goroutine does
	written atomic.Int64 // bytes that the client has taken
	atOnce  bool         // somebody else does; the goroutine waits for the end
	spare   []byte       // of atOnce
	wake    sync.Cond    // to the writer: buf, dirty or closed has changed
	room    sync.Cond    // to senders: buf is empty, or closed
}

func newOutbox(direct *socket.Direct) *outbox {
	o := &outbox{direct: direct}
	o.wake.L, o.room.L = &o.mu, &o.mu
	return o
}

// reply queues an answer: data is the result, or the error.
func (o *outbox) reply(id []byte, member string, data []byte) {
	const before, between = `{"jsonrpc":"2.0","id":`, `,"`
	n := len(before) + len(id) + len(between) + len(member) + len(`":`) + len(data) + 1
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.reserve(n) {
		return
	}
	b := frame.Append(o.buf, n)
	b = append(append(append(b, before...), id...), between...)
	b = append(append(append(b, member...), `":`...), data...)
	o.buf = append(b, '}')
	if !o.writeAtOnce() {
		o.wake.Signal()
	}
}

// writeAtOnce writes what waits, if nobody else does and it is short, without waking
// the goroutine for it. False: something is left to that. o.mu is held.
func (o *outbox) writeAtOnce() bool {
	if o.direct == nil || o.writing || o.atOnce || o.closed || len(o.dirty) > 0 || len(o.buf) > keptBuffer {
		return false
	}
	data := o.buf
	o.buf, o.atOnce = o.spare[:0], true
	o.mu.Unlock()
	n := o.direct.Write(data)
	o.written.Add(int64(n))
	o.mu.Lock()
	o.atOnce = false
	if n < len(data) { // what has come meanwhile follows it
		o.buf = append(data[:copy(data, data[n:])], o.buf...)
		return false
	}
	o.spare = data
	o.room.Broadcast()
	return len(o.buf) == 0 && len(o.dirty) == 0 && !o.closed
}

// notify queues a notification.
func (o *outbox) notify(method string, params []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reserve(notificationSize(method, params)) {
		o.buf = appendNotification(o.buf, method, params)
		o.wake.Signal()
	}
}

const notificationStart, notificationParams = `{"jsonrpc":"2.0","method":`, `,"params":`

func notificationSize(method string, params []byte) int {
	return len(notificationStart) + len(method) + 2 + len(notificationParams) + len(params) + 1
}

func appendNotification(b []byte, method string, params []byte) []byte {
	b = frame.Append(b, notificationSize(method, params))
	b = strconv.AppendQuote(append(b, notificationStart...), method)
	b = append(append(b, notificationParams...), params...)
	return append(b, '}')
}

// reserve waits for room for n bytes. False: the client is gone.
func (o *outbox) reserve(n int) bool {
	for len(o.buf) > 0 && len(o.buf)+n > outboxLimit && !o.closed {
		o.room.Wait()
	}
	return !o.closed
}

// add makes the writer ask a streamer for its output.
func (o *outbox) add(s *streamer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dirty = append(o.dirty, s)
	o.wake.Signal()
}

// settle queues what a streamer has, before anything that is queued afterwards.
func (o *outbox) settle(s *streamer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.buf = s.appendTo(o.buf)
		o.wake.Signal()
	}
}

// close ends the writer, once it has written what waits, and the waiting of others.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.wake.Signal()
	o.room.Broadcast()
}

// run writes until close, or until the client does not take it.
func (o *outbox) run(conn net.Conn, slow time.Duration) error {
	var spare []byte
	for {
		o.mu.Lock()
		for o.atOnce || len(o.buf) == 0 && len(o.dirty) == 0 && !o.closed {
			o.writing = false
			o.room.Broadcast()
			o.wake.Wait()
		}
		o.writing = true
		for _, s := range o.dirty {
			o.buf = s.appendTo(o.buf)
		}
		clear(o.dirty)
		o.dirty = o.dirty[:0]
		data, closed := o.buf, o.closed
		o.buf = spare[:0]
		o.room.Broadcast()
		o.mu.Unlock()
		if len(data) == 0 && closed {
			return nil
		}
		if err := o.write(conn, data, slow); err != nil {
			o.close()
			return err
		}
		if spare = data; cap(spare) > keptBuffer {
			spare = nil
		}
	}
}

// flush waits until all is written, or the client is gone.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for (len(o.buf) > 0 || len(o.dirty) > 0 || o.writing || o.atOnce) && !o.closed {
		o.room.Wait()
	}
}

// write writes data in chunks, each of which must be taken in time.
func (o *outbox) write(conn net.Conn, data []byte, slow time.Duration) error {
	for len(data) > 0 {
		n := min(len(data), writeChunk)
		if err := conn.SetWriteDeadline(time.Now().Add(slow)); err != nil {
			return err
		}
		taken, err := conn.Write(data[:n])
		o.written.Add(int64(taken))
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return fmt.Errorf("%w for %v", errSlow, slow)
			}
			return err
		}
		data = data[n:]
	}
	return nil
}

// gone reports whether err only says that the peer, or we, closed the connection.
func gone(err error) bool {
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}

package dap

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	dap "github.com/google/go-dap"
	"go.uber.org/zap"
)

// Limits on what a slow client can cost. Up to outputLimit bytes of the
// script's output wait to be written. When there are more, the script waits for
// room, but in all no longer than outputPatience until the client has caught
// up; then output is dropped until half of the room is free again.
const (
	outputLimit    = 1 << 20
	outputPatience = 250 * time.Millisecond
	outputChunk    = 64 << 10 // consecutive output is joined up to this size
	writeChunk     = 16 << 10 // of a message, whose writing is noticed
	eventSize      = 128      // what a small droppable event counts for
)

// outbox is the queue to the writer, the only goroutine that writes.
//
// Two kinds of messages enter: essential ones, which are never dropped, and
// the script's output (with the events whose number a script decides), which
// may be. While a request is being answered, both are held back until its
// response is queued.
type outbox struct {
	log *zap.Logger

	mu       sync.Mutex
	queue    []queued
	pending  int // bytes of droppable messages in queue
	dropping bool
	dropped  int           // lines dropped since the last marker
	patience time.Duration // what is left of limit
	limit    time.Duration
	holding  bool
	held     []held
	closed   bool

	written atomic.Int64 // bytes that the client has taken

	wake chan struct{} // to the writer: queue or closed changed
	room chan struct{} // to the runner: pending shrank, or closed
}

// queued is a message, or output that can still grow.
type queued struct {
	msg    message
	output *output
	size   int // for droppable messages
	lines  int
}

// held waits for a response: an essential message still to be rendered, or a
// droppable one.
type held struct {
	render func() message
	queued queued
}

// output is text of the script, or about it, with the place it came from.
type output struct {
	category string
	source   *dap.Source
	line     *int
	text     []byte
}

func (o *output) message() message {
	return newEvent("output", outputBody{Category: o.category, Output: string(o.text), Source: o.source, Line: o.line})
}

// joins reports whether p can be appended to o without loss.
func (o *output) joins(p *output) bool {
	samePlace := o.source == nil && p.source == nil ||
		o.source != nil && p.source != nil && o.source.Path == p.source.Path &&
			o.source.SourceReference == p.source.SourceReference && *o.line == *p.line
	return samePlace && o.category == p.category && len(o.text)+len(p.text) <= outputChunk
}

func newOutbox(log *zap.Logger) *outbox {
	return &outbox{log: log, patience: outputPatience, limit: outputPatience, wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// hold starts to hold back what the script causes; release ends it.
func (o *outbox) hold() {
	o.mu.Lock()
	o.holding = true
	o.mu.Unlock()
}

// release queues the response, if there is one, and then what was held back.
func (o *outbox) release(resp message) {
	o.mu.Lock()
	if resp != nil {
		o.push(queued{msg: resp})
	}
	for len(o.held) > 0 {
		waiting := o.held
		o.held = nil
		// Rendering takes the session's locks, so it must not hold ours.
		// holding stays set: what comes meanwhile goes behind.
		o.mu.Unlock()
		for i, h := range waiting {
			if h.render != nil {
				waiting[i].queued.msg = h.render()
			}
		}
		o.mu.Lock()
		for _, h := range waiting {
			switch {
			case h.render == nil:
				o.enqueue(h.queued)
			case h.queued.msg != nil:
				o.push(h.queued)
			}
		}
	}
	o.holding = false
	o.mu.Unlock()
}

// emit queues an essential event. render makes it at the moment when it takes
// its place in the queue; nil means that there is nothing to tell after all.
func (o *outbox) emit(render func() message) {
	o.mu.Lock()
	if o.holding {
		o.held = append(o.held, held{render: render})
		o.mu.Unlock()
		return
	}
	o.mu.Unlock()
	if m := render(); m != nil {
		o.mu.Lock()
		o.push(queued{msg: m})
		o.mu.Unlock()
	}
}

// reply queues a response at once.
func (o *outbox) reply(m message) {
	o.mu.Lock()
	o.push(queued{msg: m})
	o.mu.Unlock()
}

// close accepts nothing more, after last if that is not nil. The writer still
// writes what is queued.
func (o *outbox) close(last message) {
	o.mu.Lock()
	if last != nil {
		o.push(queued{msg: last})
	}
	o.closed, o.held = true, nil
	o.mu.Unlock()
	signal(o.wake)
	signal(o.room)
}

// push appends to the queue. The marker goes before an essential message, so
// that it stands where the output is missing.
func (o *outbox) push(q queued) {
	if o.closed {
		return
	}
	o.markDropped()
	o.queue = append(o.queue, q)
	signal(o.wake)
}

func (o *outbox) markDropped() {
	if o.dropped == 0 {
		return
	}
	text := fmt.Sprintf("… %d lines dropped: the client reads too slowly\n", o.dropped)
	o.dropped = 0
	o.queue = append(o.queue, queued{output: &output{category: "console", text: []byte(text)}})
}

// write queues output of the script. Only the runner calls it.
func (o *outbox) write(out *output) {
	o.offer(queued{output: out, size: len(out.text), lines: max(1, bytes.Count(out.text, []byte("\n")))})
}

// notify queues an event that may be dropped. Only the runner calls it.
func (o *outbox) notify(m message) { o.offer(queued{msg: m, size: eventSize}) }

func (o *outbox) offer(q queued) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waitForRoom(q.size)
	if o.closed {
		return
	}
	if o.dropping {
		o.dropped += q.lines
		return
	}
	o.pending += q.size
	if o.holding {
		o.held = append(o.held, held{queued: q})
		return
	}
	o.enqueue(q)
}

// enqueue appends a droppable message, joining output where it can.
func (o *outbox) enqueue(q queued) {
	if o.closed {
		return
	}
	signal(o.wake)
	if n := len(o.queue); n > 0 && q.output != nil {
		if last := &o.queue[n-1]; last.size > 0 && last.output != nil && last.output.joins(q.output) {
			last.output.text = append(last.output.text, q.output.text...)
			last.size += q.size
			return
		}
	}
	o.queue = append(o.queue, q)
}

// waitForRoom waits, as long as patience lasts, until size more bytes fit, and
// otherwise starts to drop. It is called, and returns, with mu locked.
func (o *outbox) waitForRoom(size int) {
	full := func() bool { return !o.closed && !o.dropping && o.pending > 0 && o.pending+size > outputLimit }
	if !full() {
		return
	}
	start := time.Now()
	timer := time.NewTimer(o.patience)
	defer timer.Stop()
	for full() {
		o.mu.Unlock()
		expired := false
		select {
		case <-o.room:
		case <-timer.C:
			expired = true
		}
		o.mu.Lock()
		if expired && full() {
			o.dropping = true
		}
	}
	o.patience = max(0, o.patience-time.Since(start))
}

// next returns the next message to write, or nil when there will be none.
func (o *outbox) next() message {
	for {
		o.mu.Lock()
		if len(o.queue) > 0 {
			q := o.queue[0]
			o.queue[0] = queued{}
			o.queue = o.queue[1:]
			o.took(q)
			o.mu.Unlock()
			if q.output != nil {
				return q.output.message()
			}
			return q.msg
		}
		closed := o.closed
		o.mu.Unlock()
		if closed {
			return nil
		}
		<-o.wake
	}
}

// took accounts for a message that left the queue.
func (o *outbox) took(q queued) {
	if q.size == 0 {
		return
	}
	o.pending -= q.size
	if o.pending <= outputLimit/2 && o.dropping {
		o.dropping, o.patience = false, o.limit
		o.markDropped()
	}
	if o.pending == 0 {
		o.patience = o.limit
	}
	signal(o.room)
}

// run is the writer. It returns after close, or when writing fails.
func (o *outbox) run(w io.Writer) error {
	var buf bytes.Buffer
	for seq := 1; ; seq++ {
		m := o.next()
		if m == nil {
			return nil
		}
		m.setSeq(seq)
		if err := encode(&buf, m); err != nil {
			o.log.Error("a message could not be encoded and was not sent", zap.Error(err))
			seq--
			continue
		}
		for chunk := range slices.Chunk(buf.Bytes(), writeChunk) {
			n, err := w.Write(chunk)
			o.written.Add(int64(n))
			if err != nil {
				o.close(nil)
				return fmt.Errorf("write to client: %w", err)
			}
		}
	}
}

// signal wakes the reader of ch, or leaves the signal for it.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

package dap

import (
	"context"
	"sync"
)

// Limits on requests that wait to be answered. A client that sends more, while
// an evaluation runs, gets errors: the reader must never wait for the script.
const (
	maxQueuedRequests = 1024
	maxQueuedBytes    = 64 << 20
)

// inbox is the queue from the reader to the dispatcher.
type inbox struct {
	ctx context.Context // of the session; parent of each request's

	mu      sync.Mutex
	queue   []*request
	bytes   int
	current *request
	closed  bool
	dropped []*request // by close: they are still to be answered
	wake    chan struct{}
}

func newInbox(ctx context.Context) *inbox {
	return &inbox{ctx: ctx, wake: make(chan struct{}, 1)}
}

// put queues a request, or says why not: too many wait, unless r is one that must not
// be refused, or the session ends.
func (in *inbox) put(r *request, always bool) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return sessionEnds(r)
	}
	full := len(in.queue) >= maxQueuedRequests || in.bytes > maxQueuedBytes
	if full && !always {
		return wrongState("%s: too many requests wait to be answered", r.command)
	}
	r.ctx, r.cancel = context.WithCancel(in.ctx)
	in.queue = append(in.queue, r)
	in.bytes += len(r.arguments)
	signal(in.wake)
	return nil
}

// sessionEnds is why a request is refused that comes too late.
func sessionEnds(r *request) error {
	return wrongState("%s: the debug session ends", r.command)
}

// get returns the next request, or nil after close. The request before it
// counts as answered.
func (in *inbox) get() *request {
	for {
		in.mu.Lock()
		if in.current != nil {
			in.current.cancel()
			in.current = nil
		}
		if len(in.queue) > 0 {
			r := in.queue[0]
			in.queue = in.queue[1:]
			in.bytes -= len(r.arguments)
			in.current = r
			in.mu.Unlock()
			return r
		}
		closed := in.closed
		in.mu.Unlock()
		if closed {
			return nil
		}
		<-in.wake
	}
}

// cancel ends the context of the request with number seq, waiting or running.
func (in *inbox) cancel(seq int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.current != nil && in.current.seq == seq {
		in.current.cancel()
	}
	for _, r := range in.queue {
		if r.seq == seq {
			r.cancel()
		}
	}
}

// interrupt cancels the evaluations that run or wait, so that one that does
// not end cannot keep the client from ending the session.
func (in *inbox) interrupt() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.interruptLocked()
}

func (in *inbox) interruptLocked() {
	if in.current != nil {
		in.current.cancel()
	}
	for _, r := range in.queue {
		if r.command == "evaluate" || r.command == "setExpression" {
			r.cancel()
		}
	}
}

// close ends the stream of requests. Those that wait are still answered,
// unless drop is set, but no evaluation is begun or goes on.
func (in *inbox) close(drop bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.interruptLocked()
	if drop {
		for _, r := range in.queue {
			r.cancel()
		}
		in.dropped = append(in.dropped, in.queue...)
		in.queue = nil
	}
	signal(in.wake)
}

// unanswered returns the requests that close has dropped.
func (in *inbox) unanswered() []*request {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.dropped
}

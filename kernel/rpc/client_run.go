package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// outputBuffer is how much output of a script waits in a client for the program to
// take it, in bytes, before the client stops to read.
const outputBuffer = 16 << 20

// cancelPatience is how long a cancelled execution may take to end.
const cancelPatience = 10 * time.Second

// RunHandlers are told of an execution while it runs, in order, on the goroutine
// that called Run. Each may be nil.
type RunHandlers struct {
	Output func(stream string, data []byte) // stdout or stderr
	// Flush returns when what Output was given is where it should be, or says why that is
	// not so: the script waits for it where it flushes. Nil: it is when Output returns.
	Flush  func() error
	Status func(ExecStatus)
	// Stdin is the script's input. It is read when the script wants it, on a goroutine
	// of its own, which ends with the first Read that returns after the end of the
	// execution.
	Stdin io.Reader
}

// clientRun is an execution that a client waits for.
type clientRun struct{ queue *queue[envelope] }

// Run executes Lua and waits for the end. A script that fails is a result with
// Error. When ctx is done the execution is cancelled, and its result, which says so,
// is waited for a few seconds.
func (c *Client) Run(ctx context.Context, r RunParams, h RunHandlers) (*RunResult, error) {
	r.Stdin = h.Stdin != nil
	if h.Output == nil && h.Status == nil && h.Stdin == nil {
		r.Quiet = true
	}
	run := &clientRun{queue: newQueue[envelope](outputBuffer, false)}
	id, p, err := c.request(ctx, "exec.run", r.wire(), run, false)
	if err != nil {
		return nil, err
	}
	// Whoever returns earlier must not leave the reading goroutine waiting for room.
	defer run.queue.close()
	input := &clientInput{client: c, from: h.Stdin}
	waiting, done, patience := true, ctx.Done(), (<-chan time.Time)(nil)
	for waiting {
		select {
		case <-run.queue.wake:
			items, more := run.queue.take()
			for _, item := range items {
				h.handle(item.value, input)
			}
			waiting = more
		case <-done:
			c.cancel(id)
			done = nil
			timer := time.NewTimer(cancelPatience)
			defer timer.Stop()
			patience = timer.C
		case <-patience:
			c.forget(id)
			return nil, context.Cause(ctx)
		}
	}
	m, ok := <-p.answer
	var out RunResult
	if err := c.answered(m, ok, &out); err != nil {
		if IsCode(err, CodeCancelled) && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return &out, nil
}

func (h *RunHandlers) handle(m envelope, input *clientInput) {
	switch m.method {
	case "exec.flush":
		var f ExecFlush
		if json.Unmarshal(m.params, &f) == nil {
			h.flush(input.client, f)
		}
	case "exec.stream":
		var s ExecStream
		if h.Output != nil && json.Unmarshal(m.params, &s) == nil {
			h.Output(s.Stream, []byte(s.Data))
		}
	case "exec.status":
		var s ExecStatus
		if h.Status != nil && json.Unmarshal(m.params, &s) == nil {
			h.Status(s)
		}
	case "exec.input":
		var n ExecInput
		if json.Unmarshal(m.params, &n) == nil {
			go input.send(n)
		}
	}
}

// flush answers exec.flush. Where the kernel does not hear it any more, no script waits.
func (h *RunHandlers) flush(c *Client, f ExecFlush) {
	done := FlushedParams{Execution: f.Execution, Flush: f.Flush}
	if h.Flush != nil {
		if err := h.Flush(); err != nil {
			done.Error = Text(err.Error())
		}
	}
	_ = c.Notify("exec.flushed", done)
}

// clientInput sends a program's input to a script.
type clientInput struct {
	client *Client
	from   io.Reader
}

// send answers one exec.input. The kernel asks again only when it has the answer, so
// there is one send at a time.
func (in *clientInput) send(n ExecInput) {
	buf := make([]byte, min(max(n.Max, 1), 64<<10))
	k, err := 0, error(nil)
	for k == 0 && err == nil {
		k, err = in.from.Read(buf)
	}
	// An execution that has ended takes no input: its reader is gone too.
	_ = in.client.Call(context.Background(), "exec.stdin", StdinParams{Execution: n.Execution, Data: Text(buf[:k]), EOF: err != nil}, nil)
}

// Subscription gets events from a kernel.
type Subscription struct {
	client *Client
	id     string
	queue  *queue[EventNotice]
}

// eventBuffer is how much of events waits in a client, in bytes.
const eventBuffer = 8 << 20

// Subscribe asks for events. The subscription ends with Close or the connection.
func (c *Client) Subscribe(ctx context.Context, p SubscribeParams) (*Subscription, error) {
	var r SubscriptionParam
	if err := c.Call(ctx, "events.subscribe", p, &r); err != nil {
		return nil, err
	}
	s := &Subscription{client: c, id: r.Subscription, queue: newQueue[EventNotice](eventBuffer, true)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	c.subs[s.id] = s
	for _, n := range c.early[s.id] {
		s.put(n)
	}
	delete(c.early, s.id)
	return s, nil
}

// Receive waits for the next event. It returns io.EOF after Close, and the reason if
// the connection is gone. Dropped counts the events lost so far because this program
// was too slow for them.
func (s *Subscription) Receive(ctx context.Context) (e Event, dropped uint64, err error) {
	n, ok, err := s.queue.get(ctx)
	switch {
	case err != nil:
		return e, 0, err
	case ok:
		s.queue.mu.Lock()
		defer s.queue.mu.Unlock()
		return n.Event, n.Dropped + s.queue.dropped, nil
	}
	if err := s.client.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return e, 0, err
	}
	return e, 0, io.EOF
}

// Close ends the subscription.
func (s *Subscription) Close() error {
	s.client.mu.Lock()
	delete(s.client.subs, s.id)
	s.client.mu.Unlock()
	s.queue.close()
	ctx, cancel := context.WithTimeout(context.Background(), cancelPatience)
	defer cancel()
	return s.client.Call(ctx, "events.unsubscribe", SubscriptionParam{s.id}, nil)
}

func (s *Subscription) put(n EventNotice) { s.queue.put(n, 256+len(n.Event.Data)) }

// maxEarly bounds what is kept for subscriptions that are not known yet.
const maxEarly = 1000

// event hands an event to its subscription.
func (c *Client) event(n EventNotice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subs[n.Subscription]; s != nil {
		s.put(n)
		return
	}
	// It has overtaken Subscribe, which has its answer but has not told yet, or it is
	// the last of one that was closed.
	if c.err == nil && len(c.early[n.Subscription]) < maxEarly && len(c.early) < maxEarly {
		c.early[n.Subscription] = append(c.early[n.Subscription], n)
	}
}

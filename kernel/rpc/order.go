package rpc

import (
	"context"
	"sync"
)

// Requests are worked on by goroutines, which overtake each other. Those on one
// transfer must not: a client may send all its parts, and what is to become of them,
// without waiting for answers. Nor must executions in one session, before they are in its
// queue. So each takes its turn when it arrives.

// onTransfer is the parameters of a method that works on a transfer.
type onTransfer interface{ transferName() string }

func (r *TransferWriteParams) transferName() string { return r.Transfer }
func (r *TransferReadParams) transferName() string  { return r.Transfer }
func (r *TransferParam) transferName() string       { return r.Transfer }
func (r *StateImportParams) transferName() string   { return r.Transfer }
func (r *RecordImportParams) transferName() string  { return r.Transfer }

// turn is the place of a request in a line.
type turn struct {
	name   string
	first  chan struct{} // closed when nobody is before it
	over   bool
	missed bool // it would have written, and has not
}

// lines are the turns of a client's requests, by transfer or by session, in the order of their
// arrival. The zero value has none.
type lines struct {
	mu     sync.Mutex
	of     map[string][]*turn
	missed func(name string) // is called when the turn of a missed write has come
}

// join adds a turn at the end of a line.
func (l *lines) join(name string) *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string][]*turn{}
	}
	t := &turn{name: name, first: make(chan struct{})}
	if l.of[name] = append(l.of[name], t); len(l.of[name]) == 1 {
		close(t.first)
	}
	return t
}

// wait waits until all that came before have ended, or ctx is done.
func (t *turn) wait(ctx context.Context) {
	select {
	case <-t.first:
	case <-ctx.Done():
	}
}

// leave ends a turn, which may not have come yet: then it is passed over when it does.
func (l *lines) leave(t *turn, missed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.over, t.missed = true, missed
	line := l.of[t.name]
	if line[0] != t {
		return
	}
	for len(line) > 0 && line[0].over {
		if line[0].missed {
			l.missed(t.name)
		}
		line = line[1:]
	}
	if len(line) == 0 {
		delete(l.of, t.name)
		return
	}
	l.of[t.name] = line
	close(line[0].first)
}

// inOrder takes the turn of a request that works on a transfer, and returns what
// works on it when that has come; other requests it leaves as they are. Receive calls
// it, so that turns are in the order of arrival.
func (p *peer) inOrder(ctx context.Context, r *request, work func()) func() {
	if run, ok := r.params.(*RunParams); ok && !run.ownSession() {
		return p.inQueueOrder(ctx, r, run.Session, work)
	}
	on, ok := r.params.(onTransfer)
	if !ok {
		return work
	}
	t := p.lines.join(on.transferName())
	_, writes := on.(*TransferWriteParams)
	return func() {
		defer func() { p.lines.leave(t, writes && r.failed) }()
		t.wait(ctx)
		work()
	}
}

// inQueueOrder is inOrder for executions: they come into the queue of their session in
// the order of their arrival. The turn of each ends when it is in the queue, or never will be.
func (p *peer) inQueueOrder(ctx context.Context, r *request, session string, work func()) func() {
	t := p.queues.join(session)
	r.queued = sync.OnceFunc(func() { p.queues.leave(t, false) })
	return func() {
		defer r.queued()
		t.wait(ctx)
		work()
	}
}

// missedWrite notes that a request to write to a transfer was refused before it was
// worked on.
func (p *peer) missedWrite(m *method, params []byte) {
	if m.name != "transfer.write" {
		return
	}
	p.lines.leave(p.lines.join(transferOf(params)), true)
}

// transferOf reads which transfer is named by parameters, as far as they are there;
// "" if none is.
func transferOf(params []byte) (name string) {
	_ = members(params, func(member string, value []byte) error { // what cannot be read names none
		if member == "transfer" {
			return decodeValue(value, &name)
		}
		return nil
	})
	return name
}

// missedMessage notes that a message, of which this is the beginning, was not read. It
// may have been to write to a transfer: where it does not tell to which, it may be any.
func (p *peer) missedMessage(start []byte) {
	method, name := "", ""
	_ = membersUntil(start, func(member string, value []byte) error {
		switch member {
		case "method":
			return decodeValue(value, &method)
		case "params":
			name = transferOf(value)
		}
		return nil
	}, func(member string, value []byte) {
		if member == "params" {
			name = transferOf(value)
		}
	})
	if method != "" && method != "transfer.write" {
		return
	}
	names := []string{name}
	if name == "" {
		names = p.transfers.writing()
	}
	for _, name := range names {
		p.lines.leave(p.lines.join(name), true)
	}
}

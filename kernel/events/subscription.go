package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/kernel/internal/glob"
)

// Policy says what becomes of an event when a subscription's buffer is full.
type Policy string

// The policies.
const (
	// DropOldest makes room by losing the event that has waited longest.
	DropOldest Policy = "drop_oldest"
	// DropNewest loses the event that comes.
	DropNewest Policy = "drop_newest"
	// Block makes the publisher wait for room, for SubscribeOptions.BlockTime at most;
	// then the event is lost, and until the subscriber receives again nobody waits for
	// it. All other subscriptions get the event first. The kernel's own events wait for
	// nobody: those that find no room are dropped.
	Block Policy = "block"
	// Reject makes Publish return a *RejectedError. Other subscriptions get the
	// event all the same.
	Reject Policy = "reject"
)

// How long a publisher waits for a subscription with the policy Block, unless that
// says otherwise, and at most.
const (
	DefaultBlockTime = time.Second
	MaxBlockTime     = time.Minute
)

// SubscribeOptions of one subscription. The zero value works.
type SubscribeOptions struct {
	// Buffer is how many events can wait to be received. 0: Options.Buffer.
	Buffer int
	// Policy when the buffer is full. "": Options.Policy.
	Policy Policy
	// BlockTime is how long a publisher waits with the policy Block: up to MaxBlockTime,
	// 0: DefaultBlockTime.
	BlockTime time.Duration
	// Filter selects among the events that match; nil: all. It is called by
	// publishers, and must be quick. A panic in it lets the event pass.
	Filter func(*Event) bool
	// Owner names who subscribes, for lists; a publisher of the same Owner is never
	// made to wait for itself.
	Owner string
	// Language of the subscriber, for lists.
	Language string
	// Notify, if not nil, gets a value when an event comes, if it has room: for one
	// who waits for several subscriptions. Make it with room for one.
	Notify chan struct{}
}

// ErrClosed is what Receive returns when the subscription has ended and all of its
// events have been received.
var ErrClosed = errors.New("the subscription has ended")

// RejectedError is the failure of Publish when a subscription with the policy
// Reject has no room. The event was published to all others.
type RejectedError struct {
	Type          string
	Subscriptions []uint64
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("the event %s was rejected by %d subscription(s), whose buffer is full; receive from them, or give them a larger one", e.Type, len(e.Subscriptions))
}

// Subscription gets the events that match its patterns. Its methods may be called
// by any goroutine.
type Subscription struct {
	id       uint64
	bus      *Bus
	patterns []string
	opt      SubscribeOptions
	ready    chan struct{} // has a value when events may wait

	delivered, dropped, expired atomic.Int64

	mu       sync.Mutex
	queue    ring
	room     chan struct{} // closed when room is made for a publisher who waits; nil: none waits
	closed   bool
	stalled  bool // a publisher has waited in vain since something was received
	received int64
	done     chan struct{}
	stop     func() // nil: nobody has to be told of the end
}

// ID numbers the subscriptions of a bus, from 1.
func (s *Subscription) ID() uint64 { return s.id }

// Patterns returns what the subscription is for.
func (s *Subscription) Patterns() []string { return append([]string(nil), s.patterns...) }

// Done is closed when the subscription has ended.
func (s *Subscription) Done() <-chan struct{} { return s.done }

func (s *Subscription) matches(eventType string) bool {
	for _, p := range s.patterns {
		if p == eventType || glob.Match(p, eventType) {
			return true
		}
	}
	return false
}

// taken is what has become of an event.
type taken int

const (
	settled  taken = iota // it waits to be received, or is lost as the policy says
	rejected              // the publisher must be told
	full                  // the publisher has to wait, and must not
)

// patience says for whom a publisher waits.
type patience struct {
	owner   string    // not for its own subscriptions
	hurried bool      // for nobody: an event that would have to wait is lost
	since   time.Time // when it began to wait; zero: it does not yet
}

// take is called by publishers. The error is that of ctx.
func (s *Subscription) take(ctx context.Context, e *Event, p patience) (taken, error) {
	if s.opt.Filter != nil && !s.wants(e) {
		return settled, nil
	}
	s.mu.Lock()
	for !s.closed && (s.queue.n >= s.opt.Buffer || s.queue.bytes > s.bus.opt.BufferBytes) {
		if s.dropExpired() {
			continue
		}
		if s.opt.Policy == DropOldest {
			s.queue.pop()
			s.dropped.Add(1)
			continue
		}
		outcome, err := s.noRoom(ctx, p)
		if outcome == full && err == nil && !p.since.IsZero() {
			continue // there may be room now
		}
		s.mu.Unlock()
		if outcome != full || err != nil {
			s.dropped.Add(1)
		}
		return outcome, err
	}
	if s.closed {
		s.mu.Unlock()
		return settled, nil
	}
	s.queue.push(e, s.opt.Buffer)
	first := s.queue.n == 1
	s.mu.Unlock()
	s.delivered.Add(1)
	if first { // else whoever receives has been told, and empties the queue
		signal(s.ready)
		if s.opt.Notify != nil {
			signal(s.opt.Notify)
		}
	}
	return settled, nil
}

// noRoom decides about an event that finds none. With full it has waited, unless the
// publisher does not wait yet. The caller holds the lock.
func (s *Subscription) noRoom(ctx context.Context, p patience) (taken, error) {
	own := p.owner != "" && p.owner == s.opt.Owner
	switch {
	case s.opt.Policy == Reject, s.opt.Policy == Block && own && !p.hurried:
		return rejected, nil
	case s.opt.Policy == DropNewest, p.hurried, s.stalled:
		return settled, nil
	case p.since.IsZero():
		return full, nil
	}
	left := s.opt.BlockTime - time.Since(p.since)
	if left <= 0 {
		s.stalled = true
		return settled, nil
	}
	return full, s.waitForRoom(ctx, left)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Subscription) wants(e *Event) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = true
		}
	}()
	return s.opt.Filter(e)
}

// dropExpired makes room by what has expired at the head of the queue.
func (s *Subscription) dropExpired() (dropped bool) {
	if s.queue.n > 0 && s.queue.at(0).Expired(s.bus.opt.Now()) {
		s.queue.pop()
		s.expired.Add(1)
		return true
	}
	return false
}

// waitForRoom waits without the lock, which it takes again.
func (s *Subscription) waitForRoom(ctx context.Context, most time.Duration) error {
	if s.room == nil {
		s.room = make(chan struct{})
	}
	room := s.room
	s.mu.Unlock()
	defer s.mu.Lock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-room:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// TryReceive returns the next event, or nil when none waits.
func (s *Subscription) TryReceive() *Event {
	e, _ := s.next()
	return e
}

// next returns the next event that has not expired, and whether the subscription
// has ended.
func (s *Subscription) next() (e *Event, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queue.n > 0 && e == nil {
		e = s.queue.pop()
		if e.Expired(s.bus.opt.Now()) {
			s.expired.Add(1)
			e = nil
		}
	}
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	if e != nil {
		s.received++
		s.stalled = false
	}
	if s.queue.n > 0 {
		signal(s.ready) // for another who receives
	}
	return e, s.closed
}

// Receive waits for the next event. The error is ctx's, or ErrClosed.
func (s *Subscription) Receive(ctx context.Context) (*Event, error) {
	for {
		e, closed := s.next()
		switch {
		case e != nil:
			return e, nil
		case closed:
			return nil, ErrClosed
		}
		select {
		case <-s.ready:
		case <-s.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Ready has a value when events may wait; TryReceive then takes them until there
// is none. It is for those who select. There may be a value too many.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Pending returns how many events wait.
func (s *Subscription) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.n
}

// Unsubscribe ends the subscription and tells whether it had not ended before.
// What has been delivered can still be received.
func (s *Subscription) Unsubscribe() bool {
	if !s.end() {
		return false
	}
	s.bus.forget(s)
	return true
}

func (s *Subscription) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	close(s.done)
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	if s.opt.Notify != nil {
		signal(s.opt.Notify)
	}
	if s.stop != nil {
		s.stop()
	}
	return true
}

// SubscriptionInfo is what a list says of a subscription.
type SubscriptionInfo struct {
	ID        uint64
	Patterns  []string
	Owner     string
	Language  string
	Policy    Policy
	Buffer    int
	Pending   int   // wait to be received
	Delivered int64 // put into the buffer
	Received  int64
	Dropped   int64 // lost because the buffer was full
	Expired   int64 // lost because their time to live was over
}

// Info returns what a list says of the subscription.
func (s *Subscription) Info() SubscriptionInfo {
	s.mu.Lock()
	pending, received := s.queue.n, s.received
	s.mu.Unlock()
	return SubscriptionInfo{
		ID: s.id, Patterns: s.Patterns(), Owner: s.opt.Owner, Language: s.opt.Language, Policy: s.opt.Policy, Buffer: s.opt.Buffer,
		Pending: pending, Delivered: s.delivered.Load(), Received: received, Dropped: s.dropped.Load(), Expired: s.expired.Load(),
	}
}

// ReceiveTimeout is Receive with a time of its own: nil and no error when that is
// up.
func (s *Subscription) ReceiveTimeout(ctx context.Context, d time.Duration) (*Event, error) {
	if e := s.TryReceive(); e != nil {
		return e, nil
	}
	limited, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	e, err := s.Receive(limited)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return e, err
}

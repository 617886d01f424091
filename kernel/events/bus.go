package events

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// What a Bus takes for Options that are zero.
const (
	DefaultBuffer           = 10_000
	DefaultHistory          = 1_000
	DefaultHistoryBytes     = 4 << 20
	DefaultBufferBytes      = 64 << 20
	DefaultMaxEventBytes    = 4 << 20
	DefaultMaxSubscriptions = 1_000
	// MaxBuffer is the largest buffer of a subscription, in events.
	MaxBuffer = 100_000
	// MaxPatterns is how many patterns a subscription may have.
	MaxPatterns = 100
)

// Options of a Bus. The zero value works.
type Options struct {
	// Hooks run around what is published with none of its own. Nil: none.
	Hooks *hooks.Registry
	// Off makes Publish do nothing.
	Off bool
	// Include and Exclude are patterns of types. When Include is not empty only
	// those are emitted; those of Exclude never are.
	Include, Exclude []string
	// Buffer of subscriptions that ask for none, in events. 0: DefaultBuffer.
	Buffer int
	// BufferBytes bounds what waits in one subscription. 0: DefaultBufferBytes.
	BufferBytes int
	// Policy of subscriptions that name none. "": DropOldest.
	Policy Policy
	// MaxSubscriptions bounds their number. 0: DefaultMaxSubscriptions.
	MaxSubscriptions int
	// MaxEventBytes is the largest event, as estimated. 0: DefaultMaxEventBytes.
	MaxEventBytes int
	// History is how many events are remembered, HistoryBytes in how much memory.
	// 0: DefaultHistory and DefaultHistoryBytes; negative: none.
	History      int
	HistoryBytes int
	// MaxPerSecond bounds how many events are accepted a second; more is an error
	// for who publishes. 0: no bound.
	MaxPerSecond int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Bus carries events. It is safe for concurrent use.
type Bus struct {
	opt    Options
	id     func() string
	limit  limiter
	routes atomic.Pointer[routes]

	mu       sync.Mutex // the sequence and the history
	sequence uint64
	history  ring

	subMu   sync.Mutex // who subscribes
	lastID  uint64
	closed  bool
	working sync.WaitGroup // handlers

	published, rejected, cancelled, limited atomic.Int64
	gone                                    struct{ delivered, dropped, expired atomic.Int64 } // of subscriptions that have ended
}

// New makes a bus. It costs nothing until it is used.
func New(opt Options) *Bus {
	number := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	number(&opt.Buffer, DefaultBuffer)
	number(&opt.BufferBytes, DefaultBufferBytes)
	number(&opt.MaxSubscriptions, DefaultMaxSubscriptions)
	number(&opt.MaxEventBytes, DefaultMaxEventBytes)
	number(&opt.History, DefaultHistory)
	number(&opt.HistoryBytes, DefaultHistoryBytes)
	opt.Buffer = min(max(opt.Buffer, 1), MaxBuffer)
	if opt.Policy == "" {
		opt.Policy = DropOldest
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	b := &Bus{opt: opt, id: sync.OnceValue(newID)}
	b.limit.perSecond = float64(opt.MaxPerSecond)
	b.routes.Store(&routes{})
	return b
}

// newID makes the first part of the IDs of a bus's events.
func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// routes are the subscriptions at a moment, and who gets which type.
type routes struct {
	subs  []*Subscription // in the order of their IDs; never changed
	known sync.Map        // type to []*Subscription
	count atomic.Int64
}

// maxRoutes bounds the types whose subscriptions are remembered.
const maxRoutes = 4096

func (r *routes) of(eventType string) []*Subscription {
	if len(r.subs) == 0 {
		return nil
	}
	if known, ok := r.known.Load(eventType); ok {
		return known.([]*Subscription)
	}
	var found []*Subscription
	for _, s := range r.subs {
		if s.matches(eventType) {
			found = append(found, s)
		}
	}
	if r.count.Add(1) <= maxRoutes {
		r.known.Store(eventType, found)
	}
	return found
}

// Subscribe makes a subscription for the types that match one of the patterns, in
// which * stands for any text, also across dots, and ? for one character. The
// error says what is wrong with the patterns or options, or that there are too
// many subscriptions.
func (b *Bus) Subscribe(opt SubscribeOptions, patterns ...string) (*Subscription, error) {
	return b.subscribe(opt, patterns, nil)
}

// subscribe makes a subscription; stop, if not nil, is called when it ends, and
// Close then waits for working.
func (b *Bus) subscribe(opt SubscribeOptions, patterns []string, stop func()) (*Subscription, error) {
	if len(patterns) == 0 || len(patterns) > MaxPatterns {
		return nil, fmt.Errorf("a subscription has 1 to %d patterns, not %d", MaxPatterns, len(patterns))
	}
	for _, p := range patterns {
		if err := CheckPattern(p); err != nil {
			return nil, err
		}
	}
	if opt.Buffer == 0 {
		opt.Buffer = b.opt.Buffer
	}
	if opt.Buffer < 1 || opt.Buffer > MaxBuffer {
		return nil, fmt.Errorf("the buffer of a subscription holds 1 to %d events, not %d", MaxBuffer, opt.Buffer)
	}
	switch opt.Policy {
	case "":
		opt.Policy = b.opt.Policy
	case DropOldest, DropNewest, Block, Reject:
	default:
		return nil, fmt.Errorf("there is no policy %q; use drop_oldest, drop_newest, block or reject", opt.Policy)
	}
	if opt.BlockTime == 0 {
		opt.BlockTime = DefaultBlockTime
	}
	if opt.BlockTime < 0 || opt.BlockTime > MaxBlockTime {
		return nil, fmt.Errorf("a publisher waits for a subscription %v at most, not %v", MaxBlockTime, opt.BlockTime)
	}
	s := &Subscription{bus: b, patterns: slices.Clone(patterns), opt: opt, ready: make(chan struct{}, 1), done: make(chan struct{}), stop: stop}
	b.subMu.Lock()
	defer b.subMu.Unlock()
	subs := b.routes.Load().subs
	switch {
	case b.closed:
		return nil, errors.New("the kernel has shut down: it has no more events")
	case len(subs) >= b.opt.MaxSubscriptions:
		return nil, fmt.Errorf("there are %d subscriptions already, and there can be no more; end some with unsubscribe", len(subs))
	}
	if stop != nil {
		b.working.Add(1)
	}
	b.lastID++
	s.id = b.lastID
	b.routes.Store(&routes{subs: append(slices.Clip(slices.Clone(subs)), s)})
	return s, nil
}

func (b *Bus) forget(s *Subscription) {
	b.subMu.Lock()
	defer b.subMu.Unlock()
	subs := slices.DeleteFunc(slices.Clone(b.routes.Load().subs), func(x *Subscription) bool { return x == s })
	b.routes.Store(&routes{subs: subs})
	b.count(s)
}

// count keeps the counts of a subscription that has ended.
func (b *Bus) count(s *Subscription) {
	b.gone.delivered.Add(s.delivered.Load())
	b.gone.dropped.Add(s.dropped.Load())
	b.gone.expired.Add(s.expired.Load())
}

// Close ends all subscriptions and waits for the handlers, so none of them may call
// it. Nobody can subscribe afterwards.
func (b *Bus) Close() {
	b.subMu.Lock()
	b.closed = true
	subs := b.routes.Swap(&routes{}).subs
	b.subMu.Unlock()
	for _, s := range subs {
		if s.end() {
			b.count(s)
		}
	}
	b.working.Wait()
}

// Subscriptions lists the subscriptions by their IDs; owner "" selects all.
func (b *Bus) Subscriptions(owner string) []SubscriptionInfo {
	var out []SubscriptionInfo
	for _, s := range b.routes.Load().subs {
		if owner == "" || s.opt.Owner == owner {
			out = append(out, s.Info())
		}
	}
	return out
}

// Stats are the counts of a bus.
type Stats struct {
	Published     int64 // accepted
	Delivered     int64 // put into buffers: one event may count for many subscriptions
	Dropped       int64 // lost by full buffers
	Expired       int64 // lost because their time to live was over
	Rejected      int64 // deliveries that the policy reject has refused
	Cancelled     int64 // by hooks
	Limited       int64 // refused because there were too many a second
	Subscriptions int
	Pending       int // wait in buffers
	History       int // events that are remembered
	HistoryBytes  int // estimated
	Sequence      uint64
}

// Stats returns the counts.
func (b *Bus) Stats() Stats {
	s := Stats{
		Published: b.published.Load(), Delivered: b.gone.delivered.Load(), Rejected: b.rejected.Load(), Cancelled: b.cancelled.Load(),
		Limited: b.limited.Load(), Dropped: b.gone.dropped.Load(), Expired: b.gone.expired.Load(),
	}
	for _, sub := range b.routes.Load().subs {
		info := sub.Info()
		s.Subscriptions++
		s.Pending += info.Pending
		s.Delivered += info.Delivered
		s.Dropped += info.Dropped
		s.Expired += info.Expired
	}
	b.mu.Lock()
	s.History, s.HistoryBytes, s.Sequence = b.history.n, b.history.bytes, b.sequence
	b.mu.Unlock()
	return s
}

// limiter is a bucket that holds a second's events.
type limiter struct {
	perSecond float64 // 0: no limit

	mu   sync.Mutex
	full float64
	last time.Time
}

func (l *limiter) allows(now time.Time) bool {
	if l.perSecond <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := now.Sub(l.last).Seconds()
	if l.last.IsZero() || passed > 1 {
		passed = 1
	}
	if passed > 0 {
		l.full = min(l.full+passed*l.perSecond, max(l.perSecond, 1))
	}
	l.last = now
	if l.full < 1 {
		return false
	}
	l.full--
	return true
}

package events

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/internal/glob"
)

// PublishOptions of one event.
type PublishOptions struct {
	Language string // of the publisher; "": go
	Meta     Metadata
	// Owner is the publisher's own name among the subscriptions: see
	// SubscribeOptions.Owner.
	Owner string
	// Hooks run around this event. Nil: those of the bus.
	Hooks *hooks.Registry
	// Thread is hooks.Call.Thread for those.
	Thread any
}

// Limits of metadata.
const (
	maxTags     = 64
	maxMetaText = 1024
	maxTTL      = 366 * 24 * time.Hour
)

// LimitedError is the failure of Publish when there are too many events a second.
type LimitedError struct{ PerSecond int }

func (e *LimitedError) Error() string {
	return fmt.Sprintf("more than %d events a second; publish fewer, or raise max_events_per_second of the configuration", e.PerSecond)
}

// Publish emits an event and returns it. Nobody may change data afterwards. The
// event is nil when it was not emitted: events are off, the configuration leaves
// its type out, or there is an error, which says what is wrong with the event, that
// a hook has cancelled it (*hooks.CancelledError) or that there are too many
// (*LimitedError). With a *RejectedError, or ctx's error while it waited for a
// subscription with the policy Block, the event was emitted to all others.
func (b *Bus) Publish(ctx context.Context, eventType string, data any, opt PublishOptions) (*Event, error) {
	m, err := b.prepare(ctx, eventType, data, opt)
	if m.Event == nil {
		return nil, err
	}
	err = m.Deliver(ctx)
	m.Emitted(ctx)
	return m.Event, err
}

// Emission is an event on its way: Publish in steps, for who must not wait where it
// runs hooks.
type Emission struct {
	Event    *Event
	bus      *Bus
	subs     []*Subscription
	registry *hooks.Registry // nil: no hooks
	opt      PublishOptions
	hurried  bool // waits for no subscription
}

// Prepare begins to publish: it runs the hooks before and accepts the event. It is
// nil when the event is not emitted, with the errors of Publish. Deliver and then
// Emitted must follow.
func (b *Bus) Prepare(ctx context.Context, eventType string, data any, opt PublishOptions) (*Emission, error) {
	m, err := b.prepare(ctx, eventType, data, opt)
	if m.Event == nil {
		return nil, err
	}
	return &m, nil
}

// MayBlock tells whether a subscription may make who publishes such an event wait.
func (b *Bus) MayBlock(eventType string) bool {
	if ofKernel(eventType) {
		return false
	}
	for _, s := range b.routes.Load().of(eventType) {
		if s.opt.Policy == Block {
			return true
		}
	}
	return false
}

func (b *Bus) prepare(ctx context.Context, eventType string, data any, opt PublishOptions) (m Emission, err error) {
	if b.opt.Off {
		return m, nil
	}
	hurried := ofKernel(eventType) // whatever hooks make of it
	if err := CheckType(eventType); err != nil {
		return m, err
	}
	if !b.emits(eventType) {
		return m, nil
	}
	registry := opt.Hooks
	if registry == nil {
		registry = b.opt.Hooks
	}
	if registry != nil && registry.Has(hooks.BeforeEventEmit) {
		if eventType, data, err = b.before(ctx, registry, eventType, data, &opt); err != nil {
			return m, err
		}
	}
	if err := opt.Meta.check(); err != nil {
		return m, err
	}
	now := b.opt.Now()
	if !b.limit.allows(now) {
		b.limited.Add(1)
		return m, &LimitedError{b.opt.MaxPerSecond}
	}
	e := &Event{Type: eventType, Data: data, Language: opt.Language, Time: now, Meta: opt.Meta}
	if e.Language == "" {
		e.Language = "go"
	}
	if ttl := e.Meta.TTL; ttl > 0 {
		e.expires = now.Add(ttl)
	}
	e.bus = b.id()
	subs := b.routes.Load().of(eventType)
	if len(subs) > 0 || b.opt.History > 0 {
		if e.size = 200 + len(eventType) + sizeOf(data, b.opt.MaxEventBytes); e.size > b.opt.MaxEventBytes {
			return m, fmt.Errorf("the event %s is larger than %d bytes; publish a reference to its data instead, such as an artifact's", eventType, b.opt.MaxEventBytes)
		}
	}
	b.accept(e)
	return Emission{Event: e, bus: b, subs: subs, registry: registry, opt: opt, hurried: hurried}, nil
}

// Deliver gives the event to the subscriptions. Its errors are those of Publish. Any
// goroutine.
func (m *Emission) Deliver(ctx context.Context) error {
	return m.bus.deliver(ctx, m.Event, m.subs, m.opt.Owner, m.hurried)
}

// Emitted runs the hooks after.
func (m *Emission) Emitted(ctx context.Context) {
	if m.registry == nil || !m.registry.Has(hooks.AfterEventEmit) {
		return
	}
	e := m.Event
	call := eventCall(hooks.AfterEventEmit, e.Type, e.Data, &m.opt)
	call.Data["sequence"], call.Data["id"], call.Data["subscriptions"] = e.Sequence, e.ID(), len(m.subs)
	m.registry.Run(ctx, call)
}

// accept numbers the event and remembers it.
func (b *Bus) accept(e *Event) {
	b.published.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence++
	e.Sequence = b.sequence
	if b.opt.History <= 0 || e.size > b.opt.HistoryBytes {
		return
	}
	for b.history.n > 0 && (b.history.n >= b.opt.History || b.history.bytes+e.size > b.opt.HistoryBytes) {
		b.history.pop()
	}
	b.history.push(e, b.opt.History)
}

// deliver gives the event to all who have room for it, before it waits for the others.
func (b *Bus) deliver(ctx context.Context, e *Event, subs []*Subscription, owner string, hurried bool) (err error) {
	var refused *RejectedError
	give := func(s *Subscription, p patience) (outcome taken) {
		outcome, stopped := s.take(ctx, e, p)
		if outcome == rejected {
			if refused == nil {
				refused = &RejectedError{Type: e.Type}
			}
			refused.Subscriptions = append(refused.Subscriptions, s.id)
		}
		if stopped != nil {
			err = fmt.Errorf("the event %s waited for room in subscription %d: %w", e.Type, s.id, stopped)
		}
		return outcome
	}
	p := patience{owner: owner, hurried: hurried}
	var later []*Subscription
	for _, s := range subs {
		if give(s, p) == full {
			later = append(later, s)
		}
	}
	if len(later) > 0 {
		p.since = time.Now()
	}
	for _, s := range later {
		give(s, p)
	}
	if refused != nil {
		b.rejected.Add(int64(len(refused.Subscriptions)))
		if err == nil {
			err = refused
		}
	}
	return err
}

// emits tells whether the configuration lets a type through.
func (b *Bus) emits(eventType string) bool {
	matches := func(p string) bool { return glob.Match(p, eventType) }
	return (len(b.opt.Include) == 0 || slices.ContainsFunc(b.opt.Include, matches)) && !slices.ContainsFunc(b.opt.Exclude, matches)
}

// Wanted tells whether an event would reach anyone, now or from the history: for
// publishers whose data is costly to make.
func (b *Bus) Wanted(eventType string) bool {
	return !b.opt.Off && (b.opt.History > 0 || len(b.routes.Load().of(eventType)) > 0) && b.emits(eventType)
}

func eventCall(p hooks.Point, eventType string, data any, opt *PublishOptions) *hooks.Call {
	return &hooks.Call{
		Point: p, Component: hooks.Component{Type: "event", Name: eventType}, CorrelationID: opt.Meta.CorrelationID, Language: opt.Language,
		Thread: opt.Thread, Data: map[string]any{"event_type": eventType, "data": data},
		Metadata: map[string]any{"source": opt.Meta.Source, "target": opt.Meta.Target, "priority": opt.Meta.Priority},
	}
}

// before asks the hooks: they may change the data, or redirect the event to
// another type.
func (b *Bus) before(ctx context.Context, r *hooks.Registry, eventType string, data any, opt *PublishOptions) (string, any, error) {
	call := eventCall(hooks.BeforeEventEmit, eventType, data, opt)
	out, err := r.Ask(ctx, call)
	if err != nil {
		b.cancelled.Add(1)
		return "", nil, fmt.Errorf("the event %s: %w", eventType, err)
	}
	data = call.Data["data"]
	if name, ok := call.Data["event_type"].(string); ok {
		eventType = name
	}
	switch out.Kind {
	case hooks.Replace:
		data = out.Value
	case hooks.Redirect:
		eventType = out.Target
	}
	return eventType, data, CheckType(eventType)
}

func (m *Metadata) check() error {
	switch {
	case len(m.CorrelationID) > maxMetaText || len(m.Source) > maxMetaText || len(m.Target) > maxMetaText:
		return fmt.Errorf("the correlation ID, source and target of an event have at most %d bytes", maxMetaText)
	case len(m.Tags) > maxTags:
		return fmt.Errorf("an event has at most %d tags", maxTags)
	case m.TTL < 0 || m.TTL > maxTTL:
		return fmt.Errorf("the time to live of an event is 0 (it does not expire) to %v, not %v", maxTTL, m.TTL)
	case m.Priority < math.MinInt32 || m.Priority > math.MaxInt32:
		return fmt.Errorf("the priority of an event is a number of 32 bits, not %d", m.Priority)
	}
	return nil
}

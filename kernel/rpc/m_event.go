package rpc

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
)

const (
	defaultEventBuffer = 1000
	maxEventBuffer     = 100_000
	maxPatterns        = 100
	// maxSubscriptions of one client.
	maxSubscriptions = 100
	// publishTimeout is for subscriptions of scripts that make publishers wait.
	publishTimeout = time.Second
	maxHistory     = 10_000
)

// subscriber passes the events of one subscription to a client.
type subscriber struct{ events *events.Subscription }

func (p *peer) bus() *events.Bus { return p.server.opts.Kernel.Services().Events }

// publish is events.publish.
func (p *peer) publish(c ctx, r *PublishParams) (PublishResult, error) {
	c, cancel := context.WithTimeout(c, publishTimeout)
	defer cancel()
	m := r.Meta
	e, err := p.bus().Publish(c, r.Type, r.Data, events.PublishOptions{Language: "rpc", Meta: events.Metadata{
		CorrelationID: m.CorrelationID, Source: m.Source, Target: m.Target, Tags: m.Tags, Priority: m.Priority,
		TTL: time.Duration(m.TTL * float64(time.Second)),
	}})
	if e == nil {
		if err == nil {
			return PublishResult{}, nil // the configuration leaves it out
		}
		return PublishResult{}, errorf(CodeInvalidParams, "events.publish: %v", err)
	}
	return PublishResult{ID: e.ID(), Sequence: e.Sequence}, nil
}

// subscribe is events.subscribe.
func (p *peer) subscribe(_ ctx, r *SubscribeParams) (SubscriptionParam, error) {
	switch {
	case len(r.Patterns) == 0 || len(r.Patterns) > maxPatterns:
		return SubscriptionParam{}, badParam("patterns", "events.subscribe: give 1 to %d patterns, such as \"*\"", maxPatterns)
	case r.Buffer < 0 || r.Buffer > maxEventBuffer:
		return SubscriptionParam{}, badParam("buffer", "events.subscribe: buffer must be between 0 and %d", maxEventBuffer)
	case r.History < 0 || r.History > maxHistory:
		return SubscriptionParam{}, badParam("history", "events.subscribe: history must be between 0 and %d", maxHistory)
	}
	buffer := r.Buffer
	if buffer == 0 {
		buffer = defaultEventBuffer
	}
	p.mu.Lock()
	n := len(p.subs)
	p.mu.Unlock()
	if n >= maxSubscriptions {
		return SubscriptionParam{}, errorf(CodeBusy, "this client has %d subscriptions, and that is the most that it may have", n)
	}
	s, err := p.bus().Subscribe(events.SubscribeOptions{Buffer: buffer, Policy: events.DropOldest, Language: "rpc", Owner: p.hello.Client}, r.Patterns...)
	if err != nil {
		return SubscriptionParam{}, badParam("patterns", "events.subscribe: %v", err)
	}
	id := strconv.FormatUint(s.ID(), 10)
	var past []*events.Event
	if r.History > 0 {
		past = p.bus().History(events.Query{Patterns: r.Patterns, Limit: r.History})
	}
	p.mu.Lock()
	p.subs[id] = &subscriber{s}
	p.mu.Unlock()
	p.tasks.Go(func() { p.forward(id, s, past) })
	return SubscriptionParam{id}, nil
}

// forward sends events to the client until the subscription ends. One that came
// between the subscription and the look at the past is in both.
func (p *peer) forward(id string, s *events.Subscription, past []*events.Event) {
	defer s.Unsubscribe()
	last := uint64(0)
	for _, e := range past {
		p.sendEvent(id, s, e)
		last = e.Sequence
	}
	for {
		e, err := s.Receive(p.ctx)
		if err != nil {
			return
		}
		if e.Sequence > last {
			p.sendEvent(id, s, e)
		}
	}
}

// eventNotice is an EventNotice to be sent.
type eventNotice struct {
	Subscription string        `json:"subscription"`
	Event        *events.Event `json:"event"`
	Dropped      int64         `json:"dropped"`
}

func (p *peer) sendEvent(id string, s *events.Subscription, e *events.Event) {
	p.notify("events.event", eventNotice{id, e, s.Info().Dropped})
}

// unsubscribe is events.unsubscribe.
func (p *peer) unsubscribe(_ ctx, r *SubscriptionParam) (Empty, error) {
	p.mu.Lock()
	s := p.subs[r.Subscription]
	delete(p.subs, r.Subscription)
	p.mu.Unlock()
	if s == nil {
		return Empty{}, errorf(CodeNotFound, "this client has no subscription %.40q", r.Subscription)
	}
	s.events.Unsubscribe()
	return Empty{}, nil
}

// eventHistory is events.history.
func (p *peer) eventHistory(_ ctx, r *HistoryParams) (EventList, error) {
	if r.Limit < 0 || r.Limit > maxHistory {
		return EventList{}, badParam("limit", "events.history: limit must be between 0 and %d", maxHistory)
	}
	q := events.Query{Since: r.Since, After: r.After, Limit: r.Limit}
	if q.Limit == 0 {
		q.Limit = 100
	}
	if r.Pattern != "" {
		q.Patterns = []string{r.Pattern}
	}
	out := EventList{Events: []Event{}}
	for _, e := range p.bus().History(q) {
		w, err := wireEvent(e)
		if err != nil {
			return out, err
		}
		out.Events = append(out.Events, w)
	}
	return out, nil
}

// wireEvent is an event as clients read it.
func wireEvent(e *events.Event) (w Event, err error) {
	data, err := marshal(e)
	if err == nil {
		err = json.Unmarshal(data, &w)
	}
	return w, err
}

// HookList are the kernel's hooks. Those that scripts have registered belong to their
// sessions.
type HookList struct {
	Hooks []HookInfo `json:"hooks"`
}

// HookInfo describes a hook.
type HookInfo struct {
	ID       uint64   `json:"id"`
	Point    string   `json:"point"`
	Name     string   `json:"name,omitempty"`
	Language string   `json:"language"`
	Priority int      `json:"priority"`
	Tags     []string `json:"tags,omitempty"`
	Enabled  bool     `json:"enabled"`
	Calls    int64    `json:"calls"`
	Failures int64    `json:"failures"`
	TotalMS  float64  `json:"total_ms"` // time spent in it
}

// listHooks is hooks.list.
func (p *peer) listHooks(_ ctx, r *HooksParams) (HookList, error) {
	f := hooks.Filter{}
	if r.Point != "" {
		point, err := hooks.ParsePoint(r.Point)
		if err != nil {
			return HookList{}, badParam("point", "hooks.list: %v", err)
		}
		f.Point = point
	}
	out := HookList{Hooks: []HookInfo{}}
	for _, h := range p.server.opts.Kernel.Services().Hooks.List(f) {
		out.Hooks = append(out.Hooks, HookInfo{
			ID: h.ID, Point: string(h.Point), Name: h.Name, Language: h.Language, Priority: int(h.Priority), Tags: h.Tags, Enabled: h.Enabled,
			Calls: h.Calls, Failures: h.Failures, TotalMS: float64(h.Total) / float64(time.Millisecond),
		})
	}
	return out, nil
}

package rpc

import (
	"encoding/json"
	"time"
)

// Event is an event of the kernel's bus; docs/events.md describes it.
type Event struct {
	ID            string          `json:"id"`
	Type          string          `json:"event_type"`
	Data          json.RawMessage `json:"data"`
	Language      string          `json:"language"`
	Time          time.Time       `json:"timestamp"`
	Sequence      uint64          `json:"sequence"`
	Meta          EventMeta       `json:"metadata"`
	SchemaVersion string          `json:"schema_version"`
}

// EventMeta is what is said of an event besides what has happened.
type EventMeta struct {
	CorrelationID string   `json:"correlation_id,omitempty"`
	Source        string   `json:"source,omitempty"`
	Target        string   `json:"target,omitempty"`
	Tags          []string `json:"tags,omitempty"`
	Priority      int      `json:"priority,omitempty"`
	TTL           float64  `json:"ttl,omitempty"` // seconds; 0: it does not expire
}

// PublishParams are an event to publish.
type PublishParams struct {
	Type string    `json:"event_type"`
	Data any       `json:"data,omitempty"`
	Meta EventMeta `json:"metadata,omitzero"`
}

// PublishResult is what the event has become.
type PublishResult struct {
	ID       string `json:"id"`
	Sequence uint64 `json:"sequence"`
}

// SubscribeParams say which events a client wants. It gets them as notifications
// events.event.
type SubscribeParams struct {
	Patterns []string `json:"patterns"` // such as "execution.*"; "*": all
	// Buffer is how many events wait at most for a client that reads slowly; 0: 1,000.
	// Older ones are dropped, and counted.
	Buffer int `json:"buffer,omitempty"`
	// History is how many past events come first, as far as the kernel keeps them.
	History int `json:"history,omitempty"`
}

// SubscriptionParam names a subscription.
type SubscriptionParam struct {
	Subscription string `json:"subscription"`
}

// EventNotice is the notification events.event.
type EventNotice struct {
	Subscription string `json:"subscription"`
	Event        Event  `json:"event"`
	// Dropped counts the events of the subscription that this client was too slow for,
	// so far.
	Dropped uint64 `json:"dropped"`
}

// HistoryParams select past events. What is empty selects all.
type HistoryParams struct {
	Pattern string    `json:"pattern,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	After   uint64    `json:"after,omitempty"` // a sequence
	Limit   int       `json:"limit,omitempty"` // the newest; 0: 100
}

// EventList are events, the oldest first.
type EventList struct {
	Events []Event `json:"events"`
}

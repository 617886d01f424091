package events

import (
	"slices"
	"time"
)

// Query selects events of the history. Zero members select all.
type Query struct {
	Patterns      []string // one of which the type matches
	Since, Until  time.Time
	After         uint64 // sequences greater than this
	CorrelationID string
	Limit         int // the newest so many; 0: all that there are
}

// History returns the remembered events that a query selects, the oldest first.
// Events whose time to live is over are left out.
func (b *Bus) History(q Query) []*Event {
	want := Subscription{patterns: q.Patterns}
	now := b.opt.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*Event
	for i := b.history.n - 1; i >= 0 && (q.Limit <= 0 || len(out) < q.Limit); i-- {
		e := b.history.at(i)
		if e.Sequence <= q.After {
			break
		}
		if (len(q.Patterns) == 0 || want.matches(e.Type)) && (q.Since.IsZero() || !e.Time.Before(q.Since)) &&
			(q.Until.IsZero() || e.Time.Before(q.Until)) && (q.CorrelationID == "" || q.CorrelationID == e.Meta.CorrelationID) && !e.Expired(now) {
			out = append(out, e)
		}
	}
	slices.Reverse(out)
	return out
}

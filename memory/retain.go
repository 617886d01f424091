package memory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Retention says which episodes are kept. The zero value keeps all.
type Retention struct {
	// MaxAge is how long after they happened; 0: for ever.
	MaxAge time.Duration
	// MaxPerSession is how many of a session; 0: any number. The least important go first, of
	// these the oldest.
	MaxPerSession int
	// Important is the importance from which an episode is kept whatever its age, and however many
	// there are: the number "importance" of its metadata, from 0 to 1. 0: none is.
	Important float64
	// ProcessedOnly keeps what was not consolidated yet.
	ProcessedOnly bool
	// KeepFacts keeps what is known from episodes that are forgotten.
	KeepFacts bool
}

// middling is the importance of an episode that has none.
const middling = 0.5

// Importance is how much an episode matters, from 0 to 1: the number "importance" of its metadata.
func (e *Episode) Importance() float64 {
	if n, ok := number(e.Metadata["importance"]); ok && n == n {
		return min(max(n, 0), 1)
	}
	return middling
}

// Validate tells what is wrong with a retention.
func (p Retention) Validate() error {
	switch {
	case p.MaxAge < 0:
		return errors.New("the age of episodes that are kept is negative")
	case p.MaxPerSession < 0:
		return errors.New("the number of episodes that are kept of a session is negative")
	case !(p.Important >= 0 && p.Important <= 1):
		return errors.New("an importance is a number from 0 to 1")
	}
	return nil
}

// Retain forgets the episodes that a retention does not keep, all of their traces too, and tells how many
// there were. An error that comes with a number says what traces may be left.
func (m *Memory) Retain(ctx context.Context, p Retention) (int, error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	if p.MaxAge == 0 && p.MaxPerSession == 0 {
		return 0, nil
	}
	return m.forget(ctx, !p.KeepFacts, func(tx Tx) ([]int64, error) { return p.spent(ctx, tx, m.clock()) })
}

// kept is what Retain asks of an episode.
type kept struct {
	row        int64
	at         Instant
	importance float64
}

// spent are the rows that are not kept.
func (p Retention) spent(ctx context.Context, r Reader, now time.Time) (rows []int64, err error) {
	sessions := map[string][]kept{}
	gone := map[string]int{}
	f := Filter{Damaged: func(*Episode, error) error { return nil }}
	if p.MaxPerSession == 0 { // the young ones do not matter
		f.Until = now.Add(-p.MaxAge)
	}
	all := map[string]int{}
	err = r.Episodes(f, func(e *Episode) error {
		all[e.Session]++
		importance := e.Importance()
		switch {
		case p.ProcessedOnly && !e.Processed, p.Important > 0 && importance >= p.Important:
		case p.MaxAge > 0 && e.Time.Before(now.Add(-p.MaxAge)):
			rows = append(rows, e.Row)
			gone[e.Session]++
		default:
			sessions[e.Session] = append(sessions[e.Session], kept{e.Row, At(e.Time), importance})
		}
		return ctx.Err()
	})
	if err != nil || p.MaxPerSession == 0 {
		return rows, err
	}
	for session, list := range sessions {
		tooMany := min(all[session]-gone[session]-p.MaxPerSession, len(list))
		if tooMany <= 0 {
			continue
		}
		slices.SortFunc(list, func(a, b kept) int {
			return cmp.Or(cmp.Compare(a.importance, b.importance), cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row))
		})
		for _, k := range list[:tooMany] {
			rows = append(rows, k.row)
		}
	}
	return rows, nil
}

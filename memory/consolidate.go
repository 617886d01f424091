package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/llmspell/llmspell/memory/extract"
)

// Extractor takes from turns what they say. The default is extract.English, by rules; a language model
// can do better.
type Extractor interface {
	// Extract is given turns of one session in the order of their times, and returns what
	// each says. It may return fewer lists than there are turns: the others say nothing. It may be
	// called by several goroutines.
	Extract(ctx context.Context, turns []*Episode) ([][]extract.Finding, error)
}

// byRules is the Extractor of those that give none.
type byRules struct{}

func (byRules) Extract(_ context.Context, turns []*Episode) ([][]extract.Finding, error) {
	out := make([][]extract.Finding, len(turns))
	for i, e := range turns {
		out[i] = extract.English(extract.Turn{Role: e.Role, Content: e.Content, Time: e.Time})
	}
	return out, nil
}

// ConsolidateOptions say which turns are read. The zero value means all that were not yet.
type ConsolidateOptions struct {
	Sessions []string // one of these; "a*" is any that begins with a; none: all
	// Force reads turns that were read before, too. What was taken from them is not taken again,
	// even if it was corrected or retracted since.
	Force bool
	// Quiet passes by sessions in which something was taken in within this time.
	Quiet time.Duration
	// Batch is how many turns the Extractor gets at a time; 0: 100.
	Batch int
}

// Consolidated tells what a consolidation has done.
type Consolidated struct {
	Processed int // turns that were read, with those that say nothing new
	Skipped   int // turns of these that say nothing new
	Failed    int // turns that could not be read; they are tried again the next time
	Added     int // entities that are new
	Updated   int // entities of which more, or something else, is known
	Deleted   int // entities that turned out to be others' names
	Duration  time.Duration
	// Errors are those of turns that failed, the first few.
	Errors []error
}

// wholeStore tells whether an error of a backend is of all that it holds, such as that no room is left, and not of some rows alone.
func wholeStore(err error) bool {
	var e interface{ Whole() bool }
	return errors.As(err, &e) && e.Whole()
}

// maxErrors is how many errors are told.
const maxErrors = 10

// Consolidate takes what is known from turns that were said: entities, aliases, facts that hold from when they
// were said. It may be run at any time, by several processes; what was taken once is not taken again. The
// error is of the whole; what turns alone suffered from is in Consolidated.
func (m *Memory) Consolidate(ctx context.Context, o ConsolidateOptions) (done Consolidated, err error) {
	start := m.clock()
	defer func() { done.Duration = max(0, m.clock().Sub(start)) }()
	no := false
	f := Filter{Sessions: o.Sessions, Order: ByTime}
	if err := f.check(); err != nil {
		return done, err
	}
	if !o.Force {
		f.Processed = &no
	}
	busy, err := m.busySessions(ctx, o.Quiet, start)
	if err != nil {
		return done, err
	}
	f.Damaged = func(*Episode, error) error { done.Failed++; return nil }
	bySession := map[string][]*Episode{}
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		clear(bySession)
		return r.Episodes(f, func(e *Episode) error {
			if !busy[e.Session] {
				bySession[e.Session] = append(bySession[e.Session], e)
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return done, err
	}
	var sessions []string
	for s := range bySession {
		sessions = append(sessions, s)
	}
	slices.SortFunc(sessions, func(a, b string) int { // what was said first is read first
		return cmp.Or(bySession[a][0].Time.Compare(bySession[b][0].Time), cmp.Compare(a, b))
	})
	for _, s := range sessions {
		for turns := range slices.Chunk(bySession[s], cmp.Or(max(0, o.Batch), 100)) {
			if err := m.consolidate(ctx, turns, &done); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// busySessions are those in which something was taken in shortly before.
func (m *Memory) busySessions(ctx context.Context, quiet time.Duration, now time.Time) (map[string]bool, error) {
	busy := map[string]bool{}
	if quiet <= 0 {
		return busy, nil
	}
	no := false
	err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
		return r.Episodes(Filter{Processed: &no, Damaged: func(*Episode, error) error { return nil }}, func(e *Episode) error {
			busy[e.Session] = busy[e.Session] || now.Sub(e.Ingested) < quiet
			return ctx.Err()
		})
	})
	return busy, err
}

// consolidate reads turns of a session.
func (m *Memory) consolidate(ctx context.Context, turns []*Episode, done *Consolidated) error {
	failed := func(e *Episode, err error) {
		if done.Failed++; len(done.Errors) < maxErrors {
			done.Errors = append(done.Errors, fmt.Errorf("episode %q of session %q: %w", e.ID, e.Session, err))
		}
	}
	found, err := m.extractor.Extract(ctx, turns)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		for _, e := range turns {
			failed(e, err)
		}
		return nil
	}
	var silent []int64 // they say nothing
	for i, e := range turns {
		if i >= len(found) || len(found[i]) == 0 {
			silent = append(silent, e.Row)
			continue
		}
		var w wrote
		err := m.backend.Write(ctx, m.tenant, func(tx Tx) error {
			w = wrote{changed: map[int64]bool{}, added: map[int64]bool{}}
			return w.turn(tx, e, found[i])
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrNotFound): // forgotten meanwhile
		case wholeStore(err):
			return err // it would be the same with each turn
		case err != nil:
			failed(e, err)
		default:
			done.Processed++
			done.Added, done.Updated, done.Deleted = done.Added+len(w.added), done.Updated+len(w.changed), done.Deleted+w.merged
			if len(w.added)+len(w.changed)+w.merged == 0 {
				done.Skipped++
			}
		}
	}
	if len(silent) == 0 {
		return nil
	}
	if err := m.backend.Write(ctx, m.tenant, func(tx Tx) error { return tx.MarkProcessed(silent) }); err != nil {
		return err
	}
	done.Processed, done.Skipped = done.Processed+len(silent), done.Skipped+len(silent)
	return nil
}

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// What was dropped is overwritten where it stood, at once, and gone from the log when Purge returns. Copies of it may be left in
// unused room of pages, where SQLite has moved rows: to be rid of these the file is built anew. That takes as long as
// the file is large, so it is done once for all that was dropped in a while, and at the latest when the store is closed. The table clock has
// a row that says that it is due, so a process that was killed leaves it to the next.

const (
	// eraseAfter is how long after a purge the file is built anew.
	eraseAfter = 2 * time.Second
	// eraseShare is how much longer the pause is than it took the last time.
	eraseShare = 20
	// eraseTime is how long it may take when the store is closed.
	eraseTime = time.Minute
)

// eraser builds the file anew in the background.
type eraser struct {
	due   chan struct{} // holds one token: it may be due
	stop  context.CancelFunc
	ended chan struct{}
	maybe bool // it may be due; written by the goroutine, read when that has ended
}

// noteTraces says, in the transaction that drops, that traces may be left.
func noteTraces(tx *db.Tx) error {
	_, err := tx.Exec("insert into clock (name, value) values ('traces', 1) on conflict do update set value = value + 1")
	return err
}

// startEraser begins the goroutine. What a process before has left is due.
func (s *Store) startEraser() {
	ctx, stop := context.WithCancel(context.Background())
	e := &eraser{due: make(chan struct{}, 1), stop: stop, ended: make(chan struct{})}
	s.eraser = e
	if !s.db.ReadOnly() {
		e.due <- struct{}{}
	}
	go func() {
		defer close(e.ended)
		pause := eraseAfter
		for {
			select {
			case <-e.due:
				e.maybe = true
			case <-ctx.Done():
				return
			}
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			begin := time.Now()
			if s.erase(ctx) == nil { // else it is tried when the store is closed, or purges again
				e.maybe = false
			}
			pause = max(eraseAfter, eraseShare*time.Since(begin))
		}
	}()
}

// endEraser ends the goroutine, and does what is still due.
func (s *Store) endEraser() {
	s.eraser.stop()
	<-s.eraser.ended
	select {
	case <-s.eraser.due:
		s.eraser.maybe = true
	default:
	}
	if s.eraser.maybe {
		ctx, cancel := context.WithTimeout(context.Background(), eraseTime)
		defer cancel()
		_ = s.erase(ctx) // if it fails it stays due
		s.eraser.maybe = false
	}
}

// erase builds the file anew, if that is due.
func (s *Store) erase(ctx context.Context) error {
	var due int64
	err := s.db.Look(ctx, func(tx *db.Tx) error { return tx.Row("select value from clock where name = 'traces'").Scan(&due) })
	if errors.Is(err, sql.ErrNoRows) || err == nil && due == 0 {
		return nil
	}
	if err == nil {
		err = s.db.Rebuild(ctx)
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { // unless something was dropped meanwhile
		_, err := tx.Exec("update clock set value = 0 where name = 'traces' and value = ?", due)
		return err
	})
}

// Purge takes what was dropped out of the log, and has its traces in the file removed soon.
func (s *Store) Purge(ctx context.Context) error {
	err := s.db.Truncate(ctx)
	select {
	case s.eraser.due <- struct{}{}:
	default:
	}
	return err
}

package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/llmspell/llmspell/kernel/db"
)

// maxBatch is how many writes are committed together at most.
const maxBatch = 256

// queue commits together what several goroutines write at a time: the first that
// finds nobody at work does the work of all who wait, and then of those that came meanwhile.
type queue struct {
	db *db.DB

	mu      sync.Mutex
	waiting []*job
	working bool
	users   sync.WaitGroup
}

type job struct {
	ctx      context.Context
	fn       func(tx *db.Tx) error
	err      error
	panicked any           // what fn has panicked with; nil: it has not
	done     chan struct{} // closed when err is final
	lead     chan struct{} // told to do the work of those that wait
}

func newQueue(d *db.DB) *queue { return &queue{db: d} }

// close waits for the writes that go on.
func (q *queue) close() { q.users.Wait() }

// write runs fn in a transaction, and returns when that is committed or undone.
func (q *queue) write(ctx context.Context, fn func(tx *db.Tx) error) error {
	q.users.Add(1)
	defer q.users.Done()
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{}), lead: make(chan struct{}, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, j)
	if q.working {
		q.mu.Unlock()
		select {
		case <-j.done:
			return j.result()
		case <-j.lead:
		}
		q.mu.Lock()
	}
	q.working = true
	batch := q.waiting[:min(len(q.waiting), maxBatch)]
	q.waiting = q.waiting[len(batch):]
	q.mu.Unlock()

	q.commit(batch)

	q.mu.Lock()
	if len(q.waiting) > 0 {
		q.waiting[0].lead <- struct{}{}
	} else {
		q.working = false
	}
	q.mu.Unlock()
	for _, b := range batch {
		close(b.done)
	}
	return j.result()
}

// result is what came of the job, for its own goroutine.
func (j *job) result() error {
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

var errPanicked = errors.New("a function that writes has panicked")

// run runs fn. A panic must not end the goroutine of another job.
func (j *job) run(tx *db.Tx) (err error) {
	defer func() {
		if j.panicked = recover(); j.panicked != nil {
			err = errPanicked
		}
	}()
	return j.fn(tx)
}

// commit writes a batch in one transaction; if that fails as a whole, one by one, so
// that nobody suffers from another's size, or gone context.
func (q *queue) commit(batch []*job) {
	if len(batch) > 1 {
		err := q.db.Write(context.Background(), func(tx *db.Tx) error {
			for _, j := range batch {
				if err := j.within(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			return
		}
	}
	for _, j := range batch {
		j.err = q.db.Write(j.ctx, j.run)
	}
}

// within runs a job as a part of a larger transaction: what it fails at is undone, and
// is its own error. An error of within undoes all.
func (j *job) within(tx *db.Tx) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if _, err := tx.Exec("savepoint job"); err != nil {
		return err
	}
	if j.err = j.run(tx.With(j.ctx)); j.err != nil {
		if _, err := tx.Exec("rollback to job"); err != nil {
			return err
		}
	}
	_, err := tx.Exec("release job")
	return err
}

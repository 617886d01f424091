package db

import (
	"context"
	"database/sql"
	"time"
)

// A log that is long is copied to the database: a checkpoint. SQLite does that at the end of a commit, which then takes as
// long as the disk does. With Options.Background a connection of its own does it, beside the writers.

const (
	// checkpointAfter is how long after a write the log is copied.
	checkpointAfter = 50 * time.Millisecond
	// longLog is of how many pages the log may be before writers wait until it is copied as a whole: while they go on it is never
	// written from its beginning again.
	longLog = 1024
)

// checkpoints copies the log in the background.
type checkpoints struct {
	pool  *sql.DB
	check func() error  // whether the file is still there
	due   chan struct{} // holds one token: something was written
	stop  context.CancelFunc
	ended chan struct{}
}

// startCheckpoints begins the goroutine.
func (d *DB) startCheckpoints() error {
	if !d.opt.Background || d.opt.Journal != "wal" {
		return nil
	}
	if err := d.control("pragma wal_autocheckpoint = 0"); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpoints{pool: d.pool(d.path, "mode=rw", 1, 0), check: d.present, due: make(chan struct{}, 1), stop: stop, ended: make(chan struct{})}
	d.checkpoints = c
	go func() {
		defer close(c.ended)
		for {
			select {
			case <-c.due:
			case <-ctx.Done():
				return
			}
			timer := time.NewTimer(checkpointAfter)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			if pages, err := c.copy(ctx); err == nil && pages > longLog && d.take(ctx) == nil {
				_, _ = c.copy(ctx) // if it fails the next write leads to another
				d.give()
			}
		}
	}()
	return nil
}

// copy copies what no reader keeps it from, and tells how long the log is.
func (c *checkpoints) copy(ctx context.Context) (pages int, err error) {
	if err := c.check(); err != nil { // the log may be another file's now
		return 0, err
	}
	var busy, moved int
	err = c.pool.QueryRowContext(ctx, "pragma wal_checkpoint(passive)").Scan(&busy, &pages, &moved)
	return pages, err
}

// written says that there is something to copy.
func (c *checkpoints) written() {
	if c == nil {
		return
	}
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// end ends the goroutine. The log is copied when the last connection closes.
func (c *checkpoints) end() error {
	if c == nil {
		return nil
	}
	c.stop()
	<-c.ended
	return c.pool.Close()
}

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Tx is a transaction. It belongs to the function that it was given to, and its
// rows must be closed before that returns. Statements are prepared once for a
// connection: keep their text constant.
type Tx struct {
	d    *DB
	ctx  context.Context
	conn *sql.Conn
	bulk *bulk // nil: it only reads
}

// Context is the caller's.
func (tx *Tx) Context() context.Context { return tx.ctx }

// With is the transaction under another context, for a part of it.
func (tx *Tx) With(ctx context.Context) *Tx {
	return &Tx{d: tx.d, ctx: ctx, conn: tx.conn, bulk: tx.bulk}
}

// Exec runs a statement. The result has the last row's id, and how many rows
// were changed.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if err := tx.bulk.counted(tx.d); err != nil {
		return nil, tx.d.failed(err)
	}
	r, err := tx.conn.ExecContext(tx.ctx, query, args...)
	return r, tx.d.failed(err)
}

// Row runs a query that gives at most one row. Scan's error is sql.ErrNoRows
// when there is none.
func (tx *Tx) Row(query string, args ...any) *Row {
	return &Row{tx.d, tx.conn.QueryRowContext(tx.ctx, query, args...)}
}

// Query runs a query. Close the rows, and look at their Err.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	rows, err := tx.conn.QueryContext(tx.ctx, query, args...)
	return rows, tx.d.failed(err)
}

// Each runs a query, and each for every row of it until that returns an error.
func (tx *Tx) Each(each func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return tx.d.failed(err)
		}
	}
	return tx.d.failed(rows.Err())
}

// Row is what a query gives.
type Row struct {
	d   *DB
	row *sql.Row
}

// Scan reads the columns of the row.
func (r *Row) Scan(dest ...any) error { return r.d.failed(r.row.Scan(dest...)) }

// Write runs fn in a transaction that is committed when fn returns nil, and
// undone when it returns an error or panics. Only one runs at a time, in all
// processes: fn must be short, wait for nothing, and use only tx, not the DB. On a full
// disk it may run again, after it was undone.
// When Write returns nil what was written survives the end of the process.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return d.write(ctx, fn, 2)
}

// write is Write, which runs fn so many times at most.
func (d *DB) write(ctx context.Context, fn func(tx *Tx) error, times int) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if err := d.writable(ctx); err != nil {
		return err
	}
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.give()
	for {
		low := false
		err := d.transaction(ctx, func(tx *Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			var err error
			low, err = d.cover()
			return err
		})
		if times--; errors.Is(err, ErrFull) && times > 0 && d.recycle() {
			continue
		}
		if err == nil {
			d.checkpoints.written()
		}
		if err == nil && low {
			d.stayAhead()
		}
		return err
	}
}

// take waits for the connection that writes.
func (d *DB) take(ctx context.Context) error {
	select {
	case <-d.turn:
		return nil
	default:
	}
	select {
	case <-d.turn:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("database %s: wait for other writers: %w", d.path, context.Cause(ctx))
	}
}

func (d *DB) give() { d.turn <- struct{}{} }

// transaction runs fn on the writing connection, which the caller holds.
func (d *DB) transaction(ctx context.Context, fn func(tx *Tx) error) (err error) {
	if err := d.patiently(ctx, func() error { return d.control("begin immediate") }); err != nil {
		return d.failed(err)
	}
	done, b := false, &bulk{}
	defer func() {
		if !done {
			// After some errors SQLite has rolled back itself, and this one fails.
			_ = d.control("rollback")
		}
		b.end(d)
	}()
	if err := d.present(); err != nil {
		return err
	}
	if err := fn(&Tx{d: d, ctx: ctx, conn: d.writer, bulk: b}); err != nil {
		return d.ended(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("database %s: nothing was changed: %w", d.path, context.Cause(ctx))
	}
	if err := d.patiently(ctx, func() error { return d.control("commit") }); err != nil {
		return d.failed(err)
	}
	done = true
	return nil
}

// control runs a statement that no context may interrupt: what came of it must
// be known.
func (d *DB) control(stmt string) error {
	_, err := d.writer.ExecContext(context.Background(), stmt)
	return err
}

// patiently repeats what fails because another process holds a lock, until it
// works, ctx is done, or Options.Wait is over.
func (d *DB) patiently(ctx context.Context, try func() error) error {
	busy := func(err error) bool { return errors.Is(err, ErrBusy) || classOf(err) == ErrBusy }
	err := try()
	if err == nil || !busy(err) {
		return err
	}
	end := time.Now().Add(d.opt.Wait)
	for pause := 500 * time.Microsecond; time.Now().Before(end); pause = min(2*pause, 10*time.Millisecond) {
		// Processes that wait for the same lock must not wait in step.
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("database %s: wait for another process: %w", d.path, context.Cause(ctx))
		}
		if err = try(); err == nil || !busy(err) {
			return err
		}
	}
	return err
}

// Read runs fn on a snapshot of the database, which writers do not disturb and
// that does not keep them waiting. fn uses only tx, not the DB. A snapshot that
// is held long makes the log grow: copy what is needed, and return.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	return d.read(ctx, func(conn *sql.Conn) (err error) {
		if _, err := conn.ExecContext(context.Background(), "begin"); err != nil {
			return err
		}
		defer func() {
			if _, end := conn.ExecContext(context.Background(), "rollback"); err == nil {
				err = end
			}
		}()
		return fn(&Tx{d: d, ctx: ctx, conn: conn})
	})
}

// Look is Read for one query: it saves the transaction around it.
func (d *DB) Look(ctx context.Context, fn func(tx *Tx) error) error {
	return d.read(ctx, func(conn *sql.Conn) error { return fn(&Tx{d: d, ctx: ctx, conn: conn}) })
}

func (d *DB) read(ctx context.Context, fn func(*sql.Conn) error) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if d.memory {
		if err := d.take(ctx); err != nil {
			return err
		}
		defer d.give()
		return d.ended(ctx, fn(d.writer))
	}
	conn, err := d.reader(ctx)
	if err != nil {
		return d.ended(ctx, err)
	}
	defer conn.Close()
	return d.ended(ctx, fn(conn))
}

// ended classes the error of a read or write; where the context has ended it, that
// is the error.
func (d *DB) ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && interrupted(err) {
		return fmt.Errorf("database %s: %w", d.path, context.Cause(ctx))
	}
	return d.failed(err)
}

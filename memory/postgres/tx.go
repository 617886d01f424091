package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/llmspell/llmspell/memory"
)

// reader is a memory.Reader in a transaction.
type reader struct {
	s      *Store
	ctx    context.Context
	tx     *pgxpool.Conn // in a transaction
	tenant string
	id     int32 // of the tenant; 0: it has no rows
	state
}

// state is the tenant's row.
type state struct {
	clock               memory.Instant // of the last transaction that asked
	episodes, documents memory.Cursor
	past                int64
	vectors             [2]int64 // by owner
}

// stateColumns are the columns of dest.
const stateColumns = "clock, row, removed, past, document, document_removed, vector, chunk_vector"

func (s *state) dest() []any {
	return []any{&s.clock, &s.episodes.Row, &s.episodes.Removed, &s.past, &s.documents.Row, &s.documents.Removed, &s.vectors[memory.Turns], &s.vectors[memory.Chunks]}
}

// writer is a memory.Tx.
type writer struct {
	reader
	now memory.Instant // of the transaction; 0: it has not asked
	xid string         // the transaction's number
	was state          // when it began
	// loose are the objects of facts that had others beside them, and were ended: what is left of
	// these has, too.
	loose map[statement]bool
	added map[string]int // rows, by tables
	grown []grown
}

func (r *reader) row(query string, args ...any) pgx.Row { return r.tx.QueryRow(r.ctx, query, args...) }

func (r *reader) exec(query string, args ...any) (int64, error) {
	tag, err := r.tx.Exec(r.ctx, query, args...)
	return tag.RowsAffected(), err
}

// each runs a query, and scan for each of its rows.
func (r *reader) each(scan func(row pgx.CollectableRow) error, query string, args ...any) error {
	rows, err := r.tx.Query(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// set are the settings of each transaction; they end with it, so that poolers between us and the server
// may be used.
const set = `set_config('search_path', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true),
	set_config('idle_in_transaction_session_timeout', '60000', true)`

func millis(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// Read runs fn on a snapshot.
func (s *Store) Read(ctx context.Context, tenant string, fn func(memory.Reader) error) error {
	return s.read(ctx, tenant, func(r *reader) error { return fn(r) })
}

func (s *Store) read(ctx context.Context, tenant string, fn func(*reader) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	r := &reader{s: s, ctx: ctx, tenant: tenant}
	err := s.patiently(ctx, func() (err error) {
		if r.tx, err = s.pool.Acquire(ctx); err != nil {
			return err
		}
		if err = r.begin("begin isolation level repeatable read read only", ""); err != nil {
			r.tx.Release()
		}
		return err
	})
	if err != nil {
		return s.failed(ctx, err)
	}
	defer r.release()
	return s.failed(ctx, fn(r))
}

// release ends the transaction, and gives the connection back; one that is not well is closed.
func (r *reader) release() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !r.tx.Conn().IsClosed() && r.tx.Conn().PgConn().TxStatus() != 'I' {
		_, _ = r.tx.Exec(ctx, "rollback") // Release closes a connection that is in a transaction
	}
	r.tx.Release()
}

// begin begins a transaction, and finds the tenant, whose row is locked as lock says. All goes in one message.
func (r *reader) begin(how, lock string) error {
	var b pgx.Batch
	b.Queue(how)
	b.Queue("select "+set, r.s.quoted, millis(r.s.timeout), millis(r.s.wait))
	b.Queue("select set_config('llmspell.tenant', id::text, true), id, "+stateColumns+" from "+r.s.quoted+".tenants where name = $1 "+lock, encode(r.tenant)).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(append([]any{new(string), &r.id}, r.dest()...)...)
			if missing(err) {
				err, r.id = nil, 0
			}
			return err
		})
	return r.tx.SendBatch(r.ctx, &b).Close()
}

// Write runs fn in a transaction. If the connection breaks it runs again on another.
func (s *Store) Write(ctx context.Context, tenant string, fn func(memory.Tx) error) error {
	return s.write(ctx, tenant, func(w *writer) error { return fn(w) })
}

func (s *Store) write(ctx context.Context, tenant string, fn func(*writer) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	return s.failed(ctx, s.patiently(ctx, func() error { return s.transaction(ctx, tenant, fn) }))
}

// patiently repeats what fails because a connection is broken, or there is no server, for as long as a
// restart may take.
func (s *Store) patiently(ctx context.Context, try func() error) error {
	end := time.Now().Add(s.wait)
	for pause := time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := try()
		var final *Error
		if err == nil || errors.As(err, &final) || !broken(err) || ctx.Err() != nil || time.Now().After(end) || !sleep(ctx, pause) {
			return err
		}
	}
}

func (s *Store) transaction(ctx context.Context, tenant string, fn func(*writer) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	w := &writer{reader: reader{s: s, ctx: ctx, tx: conn, tenant: tenant}, loose: map[statement]bool{}, added: map[string]int{}}
	defer w.release()
	if err := w.lock(); err != nil {
		return err
	}
	if err := fn(w); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.commit(); err != nil {
		return err
	}
	s.grow(ctx, conn, w.added)
	s.index(w.grown)
	return nil
}

// lock begins the transaction, and makes the tenant's row where there is none.
func (w *writer) lock() error {
	if err := w.begin("begin isolation level read committed", "for no key update"); err != nil {
		return err
	}
	if w.id == 0 {
		if _, err := w.exec("insert into tenants (name) values ($1) on conflict do nothing", encode(w.tenant)); err != nil {
			return err
		}
	}
	// Since it is locked, the row is the last one; what begin has read may have been of before.
	err := w.row("select set_config('llmspell.tenant', id::text, true), pg_current_xact_id()::text, id, "+stateColumns+" from tenants where name = $1 for no key update", encode(w.tenant)).
		Scan(append([]any{new(string), &w.xid, &w.id}, w.dest()...)...)
	w.was = w.state
	return err
}

// commit notes what changes of the tenant, and commits. No context ends it: what came of it
// must be known.
func (w *writer) commit() error {
	ctx, cancel := context.WithTimeout(context.Background(), w.s.timeout+w.s.wait)
	defer cancel()
	if w.state != w.was {
		if _, err := w.tx.Exec(ctx, "update tenants set ("+stateColumns+") = ($2, $3, $4, $5, $6, $7, $8, $9) where id = $1", append([]any{w.id}, w.dest()...)...); err != nil {
			return err
		}
	}
	_, err := w.tx.Exec(ctx, "commit")
	var server *pgconn.PgError
	if err == nil || errors.As(err, &server) && !broken(err) { // the server has said that it was undone
		return err
	}
	stored, asked := w.s.stored(w.xid)
	switch {
	case asked != nil:
		return &Error{Where: w.s.where, Class: ErrUnknown, Err: fmt.Errorf("%w; then: %w", plainly(err), plainly(asked)), Hint: "look whether it is there before you try again"}
	case stored:
		return nil
	}
	return err
}

// stored asks the server, on another connection, whether a transaction was committed.
func (s *Store) stored(xid string) (committed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.wait)
	defer cancel()
	for {
		var status *string
		err = s.patiently(ctx, func() error { return s.pool.QueryRow(ctx, "select pg_xact_status($1::xid8)", xid).Scan(&status) })
		var server *pgconn.PgError
		switch {
		case errors.As(err, &server) && server.Code == "22023": // the server has crashed before it had heard of it
			return false, nil
		case err != nil:
			return false, err
		case status == nil:
			return false, errors.New("the server has forgotten the transaction")
		case *status == "committed" || *status == "aborted":
			return *status == "committed", nil
		}
		if !sleep(ctx, 20*time.Millisecond) {
			return false, errors.New("the transaction still goes on")
		}
	}
}

// Now is the transaction's time, greater than any before.
func (w *writer) Now() (memory.Instant, error) {
	if w.now == 0 {
		w.now = max(w.clock+1, memory.At(w.s.clock()))
		w.clock = w.now
	}
	return w.now, nil
}

// Advance makes the times of later transactions later than an instant.
func (w *writer) Advance(at memory.Instant) error {
	w.clock = max(w.clock, at)
	return nil
}

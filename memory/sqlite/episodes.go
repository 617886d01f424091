package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

const columns = "row, tenant, session, id, role, content, metadata, at, ingested, processed, sum"

// episodesAt says that the rows lead: without statistics SQLite would go through all that the tenant has.
const episodesAt = "select " + columns + " from episodes not indexed where row in (select value from json_each(?)) and tenant = ?"

// reader is a memory.Reader in a transaction.
type reader struct {
	s      *Store
	tx     *db.Tx
	tenant string
}

// writer is a memory.Tx.
type writer struct {
	reader
	now   memory.Instant
	drops bool // it removes episodes
	past  bool // changePast has noted it
}

// record is an episode as the table holds it.
type record struct {
	tenant, metadata string
	at, ingested     int64
	processed        bool
	sum              int64
	e                memory.Episode
}

func (r *record) dest() []any {
	return []any{&r.e.Row, &r.tenant, &r.e.Session, &r.e.ID, &r.e.Role, &r.e.Content, &r.metadata, &r.at, &r.ingested, &r.processed, &r.sum}
}

// episode is what the row says, also if the error says that it is damaged. The record may
// be used again.
func (r *record) episode(s *Store) (*memory.Episode, error) {
	e := r.e
	e.Time, e.Ingested, e.Processed = time.UnixMicro(r.at).UTC(), time.UnixMicro(r.ingested).UTC(), r.processed
	if memory.EpisodeSum(r.tenant, &e, r.metadata) != r.sum {
		return &e, damaged(s, fmt.Errorf("the checksum of episode %q in session %q (row %d) is wrong", r.e.ID, r.e.Session, r.e.Row))
	}
	var err error
	if e.Metadata, err = memory.DecodeMetadata(r.metadata); err != nil {
		return &e, damaged(s, err)
	}
	return &e, nil
}

func damaged(s *Store, err error) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: err, Hint: "forget this episode, or put a copy of the file in its place; the others are not concerned"}
}

// each reads the rows of a query of columns, and tells bad of those that are damaged; if
// that is nil their error ends it.
func (r *reader) each(query string, args []any, bad func(*memory.Episode, error) error, each func(*memory.Episode) error) error {
	var rec record
	return r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(rec.dest()...); err != nil {
			return err
		}
		e, err := rec.episode(r.s)
		if err != nil && bad != nil {
			return bad(e, err)
		}
		if err != nil {
			return err
		}
		return each(e)
	}, query, args...)
}

// errEnough ends a query.
var errEnough = errors.New("enough")

// Episodes calls each for the episodes that f means.
func (r *reader) Episodes(f memory.Filter, each func(*memory.Episode) error) error {
	query, args := r.query(f)
	n := 0
	err := r.each(query, args, f.Damaged, func(e *memory.Episode) error {
		if !f.Match(e) {
			return nil
		}
		if err := each(e); err != nil {
			return err
		}
		if n++; n == f.Limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// few tells whether a query names a list's entries; Match looks for more.
func few(list []string) bool { return len(list) > 0 && len(list) <= 100 }

// indexFor says by what episodes are found: without statistics SQLite would go through all that the tenant has.
func indexFor(f memory.Filter) string {
	switch {
	case few(f.IDs):
		return " indexed by episodes_id"
	case f.Processed != nil && !*f.Processed:
		return " indexed by episodes_unprocessed"
	case few(f.Sessions) && !hasPattern(f.Sessions):
		return " indexed by episodes_session"
	case f.After != 0:
		return " not indexed" // in the order of rows
	}
	return ""
}

// query reads what f can mean, and perhaps more: Match decides.
func (r *reader) query(f memory.Filter) (string, []any) {
	var b strings.Builder
	b.WriteString("select " + columns + " from episodes" + indexFor(f) + " where tenant = ?")
	args := []any{r.tenant}
	in := func(column string, list []string) {
		if !few(list) {
			return
		}
		b.WriteString(" and " + column + " in (?" + strings.Repeat(",?", len(list)-1) + ")")
		for _, s := range list {
			args = append(args, s)
		}
	}
	if !hasPattern(f.Sessions) {
		in("session", f.Sessions)
	}
	in("id", f.IDs)
	if !f.Since.IsZero() {
		b.WriteString(" and at >= ?")
		args = append(args, int64(memory.At(f.Since)))
	}
	if !f.Until.IsZero() {
		b.WriteString(" and at < ?")
		args = append(args, int64(memory.At(f.Until)))
	}
	if f.Processed != nil && !*f.Processed {
		b.WriteString(" and processed = 0") // as the partial index says it
	}
	if f.After != 0 {
		b.WriteString(" and row > ?")
		args = append(args, f.After)
	}
	switch f.Order {
	case memory.ByTime:
		b.WriteString(" order by at, row")
	case memory.Newest:
		b.WriteString(" order by at desc, row desc")
	default:
		b.WriteString(" order by row")
	}
	return b.String(), args
}

func hasPattern(sessions []string) bool {
	for _, s := range sessions {
		if strings.HasSuffix(s, "*") {
			return true
		}
	}
	return false
}

// EpisodesAt returns episodes by their rows, without those that are damaged.
func (r *reader) EpisodesAt(rows []int64) ([]*memory.Episode, error) {
	found := make(map[int64]*memory.Episode, len(rows))
	damaged := func(*memory.Episode, error) error { return nil }
	err := r.each(episodesAt, []any{list(rows), r.tenant}, damaged,
		func(e *memory.Episode) error { found[e.Row] = e; return nil })
	return inOrder(rows, found), err
}

// Cursor tells where the tenant's history is. Other tenants move it, too.
func (r *reader) Cursor() (memory.Cursor, error) { return r.cursor(episodeHistory) }

// Removed lists rows that were dropped.
func (r *reader) Removed(after int64) (rows []int64, upTo int64, err error) {
	return r.removed(episodeHistory, after)
}

// Counts counts the tenant's rows.
func (r *reader) Counts() (c memory.Counts, err error) {
	err = r.tx.Row(`select (select count(*) from episodes where tenant = ?1), (select count(distinct session) from episodes where tenant = ?1),
		(select count(*) from episodes where tenant = ?1 and processed = 0), (select count(distinct session) from episodes where tenant = ?1 and processed = 0),
		(select count(*) from entities where tenant = ?1), (select count(*) from facts where tenant = ?1 and known_to = 9223372036854775807), (select count(*) from patterns where tenant = ?1)`, r.tenant).
		Scan(&c.Episodes, &c.Sessions, &c.Unprocessed, &c.UnprocessedSessions, &c.Entities, &c.Facts, &c.Patterns)
	return c, err
}

// Sessions lists the tenant's sessions.
func (r *reader) Sessions() (out []memory.SessionCount, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var s memory.SessionCount
		err := rows.Scan(&s.Session, &s.Episodes, &s.Unprocessed, &s.First, &s.Last)
		out = append(out, s)
		return err
	}, "select session, count(*), sum(processed = 0), min(at), max(at) from episodes where tenant = ? group by session order by session", r.tenant)
	return out, err
}

// Now is the transaction's time, greater than any before.
func (w *writer) Now() (memory.Instant, error) {
	if w.now != 0 {
		return w.now, nil
	}
	err := w.tx.Row("update clock set value = max(value + 1, ?) where name = 'transaction' returning value", int64(memory.At(w.s.clock()))).Scan(&w.now)
	return w.now, err
}

// Advance makes the times of later transactions later than an instant.
func (w *writer) Advance(at memory.Instant) error {
	_, err := w.tx.Exec("update clock set value = max(value, ?) where name = 'transaction'", int64(at))
	return err
}

// AddEpisode stores an episode.
func (w *writer) AddEpisode(e *memory.Episode) error {
	metadata, err := memory.EncodeMetadata(e.Metadata)
	if err != nil {
		return err
	}
	r, err := w.tx.Exec(`insert into episodes (tenant, session, id, role, content, metadata, at, ingested, processed, sum) values (?,?,?,?,?,?,?,?,?,?)
		on conflict (tenant, session, id) do nothing`,
		w.tenant, e.Session, e.ID, e.Role, e.Content, metadata, int64(memory.At(e.Time)), int64(memory.At(e.Ingested)), e.Processed, memory.EpisodeSum(w.tenant, e, metadata))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("episode %q of session %q: %w", e.ID, e.Session, memory.ErrExists))
	}
	e.Row, err = r.LastInsertId()
	return err
}

// MarkProcessed notes that episodes were consolidated.
func (w *writer) MarkProcessed(rows []int64) error {
	for _, row := range rows {
		if _, err := w.tx.Exec("update episodes set processed = 1 where row = ? and tenant = ? and processed = 0", row, w.tenant); err != nil {
			return err
		}
	}
	return nil
}

// DropEpisodes removes episodes. Other processes learn of it by the list of rows.
func (w *writer) DropEpisodes(rows []int64) (n int, err error) {
	w.drops = true
	for _, row := range rows {
		r, err := w.tx.Exec("delete from episodes where row = ? and tenant = ?", row, w.tenant)
		if err != nil {
			return n, err
		}
		if gone, err := r.RowsAffected(); err != nil || gone == 0 {
			if err != nil {
				return n, err
			}
			continue
		}
		n++
		if _, err := w.tx.Exec("delete from vectors where row = ?", row); err != nil {
			return n, err
		}
		if _, err := w.tx.Exec("insert into removed (tenant, row) values (?, ?)", w.tenant, row); err != nil {
			return n, err
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, w.s.dropKept(memory.Turns, w.tenant)
}

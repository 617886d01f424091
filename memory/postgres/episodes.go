package postgres

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const columns = "row, session, id, role, content, metadata, at, ingested, processed, sum"

// What one message of the server brings at most.
const (
	pageRows  = 500
	pageBytes = 16 << 20
)

// record is an episode as the table holds it.
type record struct {
	e            memory.Episode
	metadata     string
	at, ingested int64
	sum          int64
}

func (rec *record) scan(row pgx.CollectableRow) error {
	e := &rec.e
	err := row.Scan(&e.Row, &e.Session, &e.ID, &e.Role, &e.Content, &rec.metadata, &rec.at, &rec.ingested, &e.Processed, &rec.sum)
	for _, text := range []*string{&e.Session, &e.ID, &e.Role, &e.Content, &rec.metadata} {
		*text = decode(*text)
	}
	return err
}

// episode is what the row says, also if the error says that it is damaged.
func (r *reader) episode(rec *record) (*memory.Episode, error) {
	e := rec.e
	e.Time, e.Ingested = time.UnixMicro(rec.at).UTC(), time.UnixMicro(rec.ingested).UTC()
	var err error
	if memory.EpisodeSum(r.tenant, &e, rec.metadata) != rec.sum {
		err = fmt.Errorf("the checksum of episode %q in session %q (row %d) is wrong", e.ID, e.Session, e.Row)
	} else {
		e.Metadata, err = memory.DecodeMetadata(rec.metadata)
	}
	if err != nil {
		err = &Error{Where: r.s.where, Class: ErrCorrupt, Err: err, Hint: "forget this episode, or restore a backup; the others are not concerned"}
	}
	return &e, err
}

// Episodes calls each for the episodes that f means. They come by pages, so that each may use
// the transaction, too.
func (r *reader) Episodes(f memory.Filter, each func(*memory.Episode) error) error {
	var after *memory.Episode
	for n := 0; ; {
		page, more, err := r.page(f, after)
		if err != nil {
			return err
		}
		for i := range page {
			e, err := r.episode(&page[i])
			switch after = e; {
			case err != nil && f.Damaged != nil:
				if err := f.Damaged(e, err); err != nil {
					return err
				}
				continue
			case err != nil:
				return err
			case !f.Match(e):
				continue
			}
			if err := each(e); err != nil {
				return err
			}
			if n++; n == f.Limit {
				return nil
			}
		}
		if !more {
			return nil
		}
	}
}

// page reads the rows that f can mean behind one, and tells whether there may be more.
func (r *reader) page(f memory.Filter, after *memory.Episode) (page []record, more bool, err error) {
	query, args := r.query(f, after)
	size, full := 0, false
	rows, err := r.tx.Query(r.ctx, query, args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var rec record
		if err := rec.scan(rows); err != nil {
			return nil, false, err
		}
		page = append(page, rec)
		if size += len(rec.e.Content) + len(rec.metadata); size > pageBytes {
			full = true
			break
		}
	}
	return page, full || len(page) == pageSize(f), rows.Err()
}

// pageSize is how many rows are read at once: no more than are wanted, where the database decides which these are.
func pageSize(f memory.Filter) int {
	if f.Limit > 0 && len(f.Metadata) == 0 {
		return min(f.Limit, pageRows)
	}
	return pageRows
}

// filtered are the conditions that rows meet that f can mean, and perhaps others: Match decides about metadata.
func (r *reader) filtered(f memory.Filter) *conditions {
	q := r.conditions()
	q.named("session", f.Sessions)
	q.among("id", f.IDs)
	q.among("role", f.Roles)
	if !f.Since.IsZero() {
		q.where("at >= ?", int64(memory.At(f.Since)))
	}
	if !f.Until.IsZero() {
		q.where("at < ?", int64(memory.At(f.Until)))
	}
	if f.Processed != nil && !*f.Processed {
		q.where("not processed") // as the partial index says it
	} else if f.Processed != nil {
		q.where("processed")
	}
	if f.After != 0 {
		q.behind("row", f.After)
	}
	return q
}

// query reads what f can mean behind a row, and perhaps more: Match decides. Sessions are read one by one: the server might else go through all
// turns in their order, until it has found enough of these.
func (r *reader) query(f memory.Filter, after *memory.Episode) (string, []any) {
	sessions := namedOnly(f.Sessions)
	if len(sessions) > 0 {
		f.Sessions = nil
	}
	q := r.filtered(f)
	if len(sessions) > 0 {
		q.text += " and session = s.name"
	}
	order := map[memory.Order]string{memory.ByRow: "row", memory.ByTime: "at, row", memory.Newest: "at desc, row desc"}[f.Order]
	if after != nil {
		at := int64(memory.At(after.Time))
		switch f.Order {
		case memory.ByTime:
			q.where("(at, row) > (?, ?)", at, after.Row)
		case memory.Newest:
			q.where("(at, row) < (?, ?)", at, after.Row)
		default:
			q.behind("row", after.Row)
		}
	}
	query := fmt.Sprintf("select %s from episodes where %s order by %s limit %d", columns, q.text, order, pageSize(f))
	if len(sessions) > 0 {
		query = fmt.Sprintf("select e.* from unnest(%s::text[]) s (name) cross join lateral (%s) e order by %s limit %d", q.value(sessions), query, order, pageSize(f))
	}
	return query, q.args
}

// namedOnly are sessions of which a filter says no more than their names, each once.
func namedOnly(sessions []string) []string {
	if slices.ContainsFunc(sessions, func(s string) bool { return strings.HasSuffix(s, "*") }) {
		return nil
	}
	sessions = encodeAll(sessions)
	slices.Sort(sessions)
	return slices.Compact(sessions)
}

// EpisodesAt returns episodes by their rows, without those that are damaged.
func (r *reader) EpisodesAt(rows []int64) ([]*memory.Episode, error) {
	found := make(map[int64]*memory.Episode, len(rows))
	err := r.each(func(row pgx.CollectableRow) error {
		var rec record
		if err := rec.scan(row); err != nil {
			return err
		}
		if e, err := r.episode(&rec); err == nil {
			found[e.Row] = e
		}
		return nil
	}, "select "+columns+" from episodes where tenant = $1 and row = any($2)", r.id, rows)
	out := make([]*memory.Episode, 0, len(rows))
	for _, row := range rows {
		if e := found[row]; e != nil {
			out = append(out, e)
		}
	}
	return out, err
}

// Cursor tells where the tenant's history is.
func (r *reader) Cursor() (memory.Cursor, error) { return r.episodes, nil }

// Removed lists rows that were dropped.
func (r *reader) Removed(after int64) ([]int64, int64, error) {
	out, err := r.numbers("select row from removed where tenant = $1 and seq > $2 order by seq", r.id, after)
	return out, max(after, r.episodes.Removed), err
}

// numbers are those that a query returns.
func (r *reader) numbers(query string, args ...any) (out []int64, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var n int64
		err := row.Scan(&n)
		out = append(out, n)
		return err
	}, query, args...)
	return out, err
}

// Counts counts the tenant's rows.
func (r *reader) Counts() (c memory.Counts, err error) {
	err = r.row(`select count(*), count(distinct session), count(*) filter (where not processed), count(distinct session) filter (where not processed),
		(select count(*) from entities where tenant = $1), (select count(*) from facts where tenant = $1 and known_to = 9223372036854775807), (select count(*) from patterns where tenant = $1)
		from episodes where tenant = $1`, r.id).Scan(&c.Episodes, &c.Sessions, &c.Unprocessed, &c.UnprocessedSessions, &c.Entities, &c.Facts, &c.Patterns)
	return c, err
}

// Sessions lists the tenant's sessions.
func (r *reader) Sessions() (out []memory.SessionCount, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var s memory.SessionCount
		err := row.Scan(&s.Session, &s.Episodes, &s.Unprocessed, &s.First, &s.Last)
		s.Session = decode(s.Session)
		out = append(out, s)
		return err
	}, "select session, count(*), count(*) filter (where not processed), min(at), max(at) from episodes where tenant = $1 group by session order by session", r.id)
	return out, err
}

// AddEpisode stores an episode.
func (w *writer) AddEpisode(e *memory.Episode) error {
	metadata, err := memory.EncodeMetadata(e.Metadata)
	if err != nil {
		return err
	}
	err = w.row(`insert into episodes (tenant, session, id, role, content, metadata, at, ingested, processed, sum) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		on conflict (tenant, session, id) do nothing returning row`,
		w.id, encode(e.Session), encode(e.ID), encode(e.Role), encode(e.Content), encode(metadata), int64(memory.At(e.Time)), int64(memory.At(e.Ingested)), e.Processed,
		memory.EpisodeSum(w.tenant, e, metadata)).Scan(&e.Row)
	if missing(err) {
		return fmt.Errorf("episode %q of session %q: %w", e.ID, e.Session, memory.ErrExists)
	}
	w.episodes.Row = max(w.episodes.Row, e.Row)
	w.added["episodes"]++
	return err
}

// MarkProcessed notes that episodes were consolidated.
func (w *writer) MarkProcessed(rows []int64) error {
	_, err := w.exec("update episodes set processed = true where tenant = $1 and row = any($2) and not processed", w.id, rows)
	return err
}

// DropEpisodes removes episodes. Other processes learn of it by the list of rows.
func (w *writer) DropEpisodes(rows []int64) (int, error) {
	gone, err := w.drop("episodes", "removed", rows, &w.episodes.Removed)
	if err != nil || gone == 0 {
		return 0, err
	}
	return gone, w.dropIndex(memory.Turns)
}

// drop removes rows of a table, and puts them into the list of those that were removed, which goes up to seq.
func (w *writer) drop(table, list string, rows []int64, seq *int64) (int, error) {
	gone := make(map[int64]bool, len(rows))
	if err := w.each(func(row pgx.CollectableRow) error {
		var n int64
		err := row.Scan(&n)
		gone[n] = true
		return err
	}, "delete from "+table+" where tenant = $1 and row = any($2) returning row", w.id, rows); err != nil || len(gone) == 0 {
		return 0, err
	}
	removed := make([]int64, 0, len(gone))
	for _, row := range rows {
		if gone[row] {
			removed = append(removed, row)
			delete(gone, row)
		}
	}
	_, err := w.exec("insert into "+list+" (tenant, seq, row) select $1, $2 + n, row from unnest($3::bigint[]) with ordinality as t (row, n)", w.id, *seq, removed)
	*seq += int64(len(removed))
	return len(removed), err
}

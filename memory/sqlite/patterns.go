package sqlite

import (
	"database/sql"

	"github.com/llmspell/llmspell/memory"
)

// Patterns returns those that are meant.
func (r *reader) Patterns(q memory.PatternQuery) (out []memory.Pattern, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var p memory.Pattern
		err := rows.Scan(&p.ID, &p.Session, &p.Kind, &p.About, &p.From, &p.To, &p.Count, &p.Failed, &p.First, &p.Last)
		if err == nil && q.Match(&p) {
			out = append(out, p)
		}
		return err
	}, "select id, session, kind, about, before, after, count, failed, first, last from patterns where tenant = ? and count >= ? order by id", r.tenant, q.MinCount)
	return out, err
}

// CountPatterns adds to the counts of patterns.
func (w *writer) CountPatterns(list []memory.Pattern) error {
	for _, p := range list {
		if _, err := w.tx.Exec(`insert into patterns (tenant, session, kind, about, before, after, count, failed, first, last) values (?,?,?,?,?,?,?,?,?,?)
			on conflict do update set count = count + excluded.count, failed = failed + excluded.failed, first = min(first, excluded.first), last = max(last, excluded.last)`,
			w.tenant, p.Session, p.Kind, p.About, p.From, p.To, p.Count, p.Failed, int64(p.First), int64(p.Last)); err != nil {
			return err
		}
	}
	return nil
}

// DropPatterns removes those that are meant.
func (w *writer) DropPatterns(q memory.PatternQuery) (int, error) {
	w.drops = true
	found, err := w.Patterns(q)
	if err != nil {
		return 0, err
	}
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	_, err = w.tx.Exec("delete from patterns where id in (select value from json_each(?)) and tenant = ?", list(ids), w.tenant)
	return len(found), err
}

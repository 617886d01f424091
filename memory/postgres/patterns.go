package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

// Patterns returns those that are meant.
func (r *reader) Patterns(q memory.PatternQuery) (out []memory.Pattern, err error) {
	c := r.conditions()
	c.where("count >= ?", q.MinCount)
	c.named("session", q.Sessions)
	if q.Kind != "" {
		c.where("kind = ?", encode(q.Kind))
	}
	if q.About != "" {
		c.where("about = ?", encode(q.About))
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var p memory.Pattern
		err := row.Scan(&p.ID, &p.Session, &p.Kind, &p.About, &p.From, &p.To, &p.Count, &p.Failed, &p.First, &p.Last)
		for _, text := range []*string{&p.Session, &p.Kind, &p.About, &p.From, &p.To} {
			*text = decode(*text)
		}
		if err == nil && q.Match(&p) {
			out = append(out, p)
		}
		return err
	}, "select id, session, kind, about, before, after, count, failed, first, last from patterns where "+c.text+" order by id", c.args...)
	return out, err
}

// CountPatterns adds to the counts of patterns.
func (w *writer) CountPatterns(list []memory.Pattern) error {
	for _, p := range list {
		if _, err := w.exec(`insert into patterns as p (tenant, digest, session, kind, about, before, after, count, failed, first, last) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
			on conflict (tenant, digest) do update set count = p.count + excluded.count, failed = p.failed + excluded.failed,
			first = least(p.first, excluded.first), last = greatest(p.last, excluded.last)`,
			w.id, digest(p.Session, p.Kind, p.About, p.From, p.To), encode(p.Session), encode(p.Kind), encode(p.About), encode(p.From), encode(p.To), p.Count, p.Failed,
			int64(p.First), int64(p.Last)); err != nil {
			return err
		}
	}
	return nil
}

// DropPatterns removes those that are meant.
func (w *writer) DropPatterns(q memory.PatternQuery) (int, error) {
	found, err := w.Patterns(q)
	if err != nil {
		return 0, err
	}
	ids := make([]int64, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	_, err = w.exec("delete from patterns where tenant = $1 and id = any($2)", w.id, ids)
	return len(found), err
}

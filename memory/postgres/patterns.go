package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const patternColumns = "id, session, kind, about, before, after, count, failed, first, last, sum"

// patternRecord is a pattern as the table holds it.
type patternRecord struct {
	p   memory.Pattern
	sum int64
}

func (rec *patternRecord) dest() []any {
	p := &rec.p
	return []any{&p.ID, &p.Session, &p.Kind, &p.About, &p.From, &p.To, &p.Count, &p.Failed, &p.First, &p.Last, &rec.sum}
}

func (rec *patternRecord) decode() {
	p := &rec.p
	for _, text := range []*string{&p.Session, &p.Kind, &p.About, &p.From, &p.To} {
		*text = decode(*text)
	}
}

func (rec *patternRecord) checksum(tenant string) int64 { return memory.PatternSum(tenant, &rec.p) }

func (r *reader) patternDamaged(rec *patternRecord) error {
	return r.damaged(fmt.Errorf("the checksum of pattern %d (%s) is wrong", rec.p.ID, rec.p.Kind), fmt.Sprintf("forget this pattern (llmspell memory forget --pattern %d)", rec.p.ID))
}

// Patterns returns those that are meant.
func (r *reader) Patterns(q memory.PatternQuery) (out []memory.Pattern, err error) {
	c := r.conditions()
	c.where("count >= ?", q.MinCount)
	c.named("session", q.Sessions)
	if len(q.IDs) > 0 {
		c.where("id = any(?)", q.IDs)
	}
	if q.Kind != "" {
		c.where("kind = ?", encode(q.Kind))
	}
	if q.About != "" {
		c.where("about = ?", encode(q.About))
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec patternRecord
		err := scan(row, &rec)
		switch {
		case err != nil || !q.Match(&rec.p):
		case rec.checksum(r.tenant) == rec.sum:
			out = append(out, rec.p)
		case q.Damaged != nil:
			err = q.Damaged(&rec.p, r.patternDamaged(&rec))
		}
		return err
	}, "select "+patternColumns+" from patterns where "+c.text+" order by id", c.args...)
	return out, err
}

// CountPatterns adds to the counts of patterns, but for those that are damaged.
func (w *writer) CountPatterns(list []memory.Pattern) error {
	for _, p := range list {
		key := digest(p.Session, p.Kind, p.About, p.From, p.To)
		rec := patternRecord{p: p}
		var have patternRecord
		err := scan(w.row("select "+patternColumns+" from patterns where tenant = $1 and digest = $2", w.id, key), &have)
		switch {
		case missing(err):
			w.added["patterns"]++
			_, err = w.exec("insert into patterns (tenant, digest, session, kind, about, before, after, count, failed, first, last, sum) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
				w.id, key, encode(p.Session), encode(p.Kind), encode(p.About), encode(p.From), encode(p.To), p.Count, p.Failed, int64(p.First), int64(p.Last), rec.checksum(w.tenant))
		case err == nil && have.checksum(w.tenant) == have.sum:
			rec.p = have.p.Add(p)
			_, err = w.exec("update patterns set count = $3, failed = $4, first = $5, last = $6, sum = $7 where tenant = $1 and id = $2",
				w.id, rec.p.ID, rec.p.Count, rec.p.Failed, int64(rec.p.First), int64(rec.p.Last), rec.checksum(w.tenant))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// DropPatterns removes those that are meant.
func (w *writer) DropPatterns(q memory.PatternQuery) (int, error) {
	var ids []int64
	q.Damaged = func(p *memory.Pattern, _ error) error {
		ids = append(ids, p.ID)
		return nil
	}
	found, err := w.Patterns(q)
	if err != nil {
		return 0, err
	}
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	_, err = w.exec("delete from patterns where tenant = $1 and id = any($2)", w.id, ids)
	return len(ids), err
}

// addPatternSums adds checksums to patterns, which had none.
const addPatternSums = "alter table patterns add column sum bigint not null default 0"

// fillPatternSums works them out.
func fillPatternSums(ctx context.Context, tx pgx.Tx) error {
	return eachTenant(ctx, tx, func(id int32, name string) error {
		return fillTable(ctx, tx, id, name, "patterns", "id", patternColumns, func(r *patternRecord) any { return r.p.ID })
	})
}

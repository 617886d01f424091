package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

const patternColumns = "id, tenant, session, kind, about, before, after, count, failed, first, last, sum"

// patternRecord is a pattern as the table holds it.
type patternRecord struct {
	tenant string
	sum    int64
	p      memory.Pattern
}

func (r *patternRecord) dest() []any {
	p := &r.p
	return []any{&p.ID, &r.tenant, &p.Session, &p.Kind, &p.About, &p.From, &p.To, &p.Count, &p.Failed, &p.First, &p.Last, &r.sum}
}

func (r *patternRecord) checksum() int64 { return memory.PatternSum(r.tenant, &r.p) }

func (r *patternRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of pattern %d (%s) is wrong", r.p.ID, r.p.Kind),
		Hint: fmt.Sprintf("forget this pattern (llmspell memory forget --pattern %d), or put a copy of the file in its place; the others are not concerned", r.p.ID)}
}

// Patterns returns those that are meant.
func (r *reader) Patterns(q memory.PatternQuery) (out []memory.Pattern, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var rec patternRecord
		err := rows.Scan(rec.dest()...)
		switch {
		case err != nil || !q.Match(&rec.p):
		case rec.checksum() == rec.sum:
			out = append(out, rec.p)
		case q.Damaged != nil:
			err = q.Damaged(&rec.p, rec.damaged(r.s))
		}
		return err
	}, "select "+patternColumns+" from patterns where tenant = ? and count >= ? order by id", r.tenant, q.MinCount)
	return out, err
}

// CountPatterns adds to the counts of patterns, but for those that are damaged.
func (w *writer) CountPatterns(list []memory.Pattern) error {
	for _, p := range list {
		rec := patternRecord{tenant: w.tenant, p: p}
		var have patternRecord
		err := w.tx.Row("select "+patternColumns+" from patterns where tenant = ? and session = ? and kind = ? and about = ? and before = ? and after = ?",
			w.tenant, p.Session, p.Kind, p.About, p.From, p.To).Scan(have.dest()...)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = w.tx.Exec("insert into patterns (tenant, session, kind, about, before, after, count, failed, first, last, sum) values (?,?,?,?,?,?,?,?,?,?,?)",
				w.tenant, p.Session, p.Kind, p.About, p.From, p.To, p.Count, p.Failed, int64(p.First), int64(p.Last), rec.checksum())
		case err == nil && have.checksum() == have.sum:
			rec.p = have.p.Add(p)
			_, err = w.tx.Exec("update patterns set count = ?, failed = ?, first = ?, last = ?, sum = ? where id = ?",
				rec.p.Count, rec.p.Failed, int64(rec.p.First), int64(rec.p.Last), rec.checksum(), rec.p.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const dropPatterns = "delete from patterns not indexed where id in (select value from json_each(?)) and tenant = ?"

// DropPatterns removes those that are meant.
func (w *writer) DropPatterns(q memory.PatternQuery) (int, error) {
	w.drops = true
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
	_, err = w.tx.Exec(dropPatterns, list(ids), w.tenant)
	return len(ids), err
}

// sumPatterns gives checksums to patterns, which had none.
func sumPatterns(tx *db.Tx) error {
	sums := map[int64]int64{}
	err := tx.Each(func(rows *sql.Rows) error {
		var rec patternRecord
		err := rows.Scan(rec.dest()...)
		sums[rec.p.ID] = rec.checksum()
		return err
	}, "select "+patternColumns+" from patterns")
	for id, sum := range sums {
		if err == nil {
			_, err = tx.Exec("update patterns set sum = ? where id = ?", sum, id)
		}
	}
	return err
}

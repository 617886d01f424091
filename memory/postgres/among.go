package postgres

import "github.com/llmspell/llmspell/memory"

// among is a condition for the rows that a means, which begins with and; "" for all of the tenant.
func (r *reader) among(a memory.Among) (condition string, args []any, err error) {
	if a.Of == memory.Chunks {
		return r.amongChunks(a)
	}
	f := a.Turns
	q := r.filtered(f)
	if len(f.Metadata) > 0 { // which the database does not compare
		f.Limit, f.Order = 0, memory.ByRow
		rows := []int64{}
		f.Damaged = func(*memory.Episode, error) error { return nil } // it is not found
		if err := r.Episodes(f, func(e *memory.Episode) error { rows = append(rows, e.Row); return nil }); err != nil {
			return "", nil, err
		}
		q.where("row = any(?)", rows)
	}
	if !q.filters {
		return "", nil, nil
	}
	return " and row in (select row from episodes where " + q.text + ")", q.args, nil
}

// amongChunks is among for chunks, of documents whose time is not over.
func (r *reader) amongChunks(a memory.Among) (condition string, args []any, err error) {
	f := a.Documents
	q := r.ofDocuments(f)
	if f.After != 0 {
		q.behind("row", f.After)
	}
	if len(f.Metadata) > 0 {
		f.Limit = 0
		rows := []int64{}
		f.Damaged = func(*memory.Document, error) error { return nil }
		if err := r.Documents(f, func(d *memory.Document) error { rows = append(rows, d.Row); return nil }); err != nil {
			return "", nil, err
		}
		q.where("row = any(?)", rows)
	}
	if !a.Now.IsZero() { // they are few: the next sweep removes them
		over, err := r.numbers("select d.row from collections c join documents d on d.tenant = c.tenant and d.scope = c.scope and d.collection = c.name where c.tenant = $1 and c.ttl > 0 and d.ingested <= $2 - c.ttl",
			r.id, int64(memory.At(a.Now)))
		if err != nil {
			return "", nil, err
		}
		if len(over) > 0 {
			q.where("row <> all(?)", over)
		}
	}
	if !q.filters {
		return "", nil, nil
	}
	return " and row in (select row from chunks where tenant = $1 and document in (select row from documents where " + q.text + "))", q.args, nil
}

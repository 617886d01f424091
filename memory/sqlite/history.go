package sqlite

import (
	"database/sql"

	"github.com/llmspell/llmspell/memory"
)

// A history is a table of numbered rows, and beside it one of those that were dropped:
// who has an index of the rows learns from both what came and went.
type history struct{ rows, removed string }

var (
	episodeHistory  = history{"episodes", "removed"}
	documentHistory = history{"documents", "documents_removed"}
)

// cursor tells where a history is.
func (r *reader) cursor(h history) (c memory.Cursor, err error) {
	const query = `select coalesce((select seq from sqlite_sequence where name = ?), 0), coalesce((select seq from sqlite_sequence where name = ?), 0)`
	err = r.tx.Row(query, h.rows, h.removed).Scan(&c.Row, &c.Removed)
	return c, err
}

// removed lists the tenant's rows that were dropped after a point, and how far the list goes.
func (r *reader) removed(h history, after int64) (out []int64, upTo int64, err error) {
	upTo = after
	err = r.tx.Each(func(rows *sql.Rows) error {
		var row int64
		var tenant string
		if err := rows.Scan(&upTo, &tenant, &row); err != nil {
			return err
		}
		if tenant == r.tenant {
			out = append(out, row)
		}
		return nil
	}, "select seq, tenant, row from "+h.removed+" where seq > ? order by seq", after)
	return out, upTo, err
}

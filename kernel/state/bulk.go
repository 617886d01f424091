package state

import (
	"database/sql"
	"slices"
	"strings"
)

// An import is one transaction, and nobody else writes meanwhile. So its rows are
// written many at a time: a statement for each would take five times as long.

const (
	// bulkRows is how many rows a statement writes.
	bulkRows = 256
	// bulkBytes is how many bytes their values may have: more are written one by one.
	bulkBytes = 4 << 20
)

// bulk collects rows of an import for one statement.
type bulk struct {
	w            *writer
	fresh        bool // no row can be there already
	rows         []row
	bytes        int
	insert, find string
}

// newBulk writes for w. Fresh says that no row is there that one of these would
// overwrite, and that none of them comes twice.
func newBulk(w *writer, fresh bool) *bulk {
	b := &bulk{w: w, fresh: fresh}
	b.insert = putStatement(bulkRows)
	b.find = "select scope, key, version, created, written, ttl from entries where (scope, key) in (values " + strings.Repeat("(?, ?), ", bulkRows-1) + "(?, ?))"
	return b
}

// add writes a row, now or with later ones.
func (b *bulk) add(p *spooled) error {
	if !b.fresh && slices.ContainsFunc(b.rows, func(r row) bool { return r.key == p.key && r.scope == p.scope }) {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if p.gone {
		if err := b.flush(); err != nil {
			return err
		}
		scope, err := ParseScope(p.scope)
		if err == nil {
			_, err = b.w.delete(scope, p.key)
		}
		return err
	}
	b.rows = append(b.rows, row{scope: p.scope, key: p.key, value: slices.Clone(p.value), ttl: p.ttl})
	if b.bytes += len(p.value); len(b.rows) < bulkRows && b.bytes < bulkBytes {
		return nil
	}
	return b.flush()
}

// flush writes what was added.
func (b *bulk) flush() error {
	rows := b.rows
	b.rows, b.bytes = b.rows[:0], 0
	if len(rows) < bulkRows {
		for i := range rows {
			if err := b.w.overwrite(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
	revision, err := b.w.next()
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		r.version, r.revision, r.created, r.written = 1, revision, b.w.now, b.w.now
	}
	if !b.fresh {
		if err := b.succeed(rows); err != nil {
			return err
		}
	}
	args := make([]any, 0, 9*bulkRows)
	for i := range rows {
		rows[i].sum = rows[i].checksum()
		args = append(args, rows[i].args()...)
	}
	_, err = b.w.tx.Exec(b.insert, args...)
	return err
}

// succeed makes rows the next versions of those that are there.
func (b *bulk) succeed(rows []row) error {
	args := make([]any, 0, 2*bulkRows)
	place := make(map[[2]string]int, len(rows))
	for i := range rows {
		args = append(args, rows[i].scope, rows[i].key)
		place[[2]string{rows[i].scope, rows[i].key}] = i
	}
	var former []int
	if err := b.w.tx.Each(func(found *sql.Rows) error {
		var old row
		if err := found.Scan(&old.scope, &old.key, &old.version, &old.created, &old.written, &old.ttl); err != nil {
			return err
		}
		if i, asked := place[[2]string{old.scope, old.key}]; asked && old.alive(b.w.now) {
			rows[i].version, rows[i].created = old.version+1, old.created
			former = append(former, i)
		}
		return nil
	}, b.find, args...); err != nil {
		return err
	}
	for _, i := range former {
		if err := b.w.remember(rows[i].scope, rows[i].key); err != nil {
			return err
		}
	}
	return nil
}

// putStatement writes some rows, whatever is there.
func putStatement(rows int) string {
	const one = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
	return "insert into entries (" + columns + ") values " + strings.Repeat(one+", ", rows-1) + one + " on conflict (scope, key) do update set " +
		"value = excluded.value, version = excluded.version, revision = excluded.revision, created = excluded.created, written = excluded.written, ttl = excluded.ttl, sum = excluded.sum"
}

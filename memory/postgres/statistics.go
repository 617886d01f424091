package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// manyRows of a table are worth statistics at once: without them the server may go through all of it to find a few, until
// its own daemon has looked at the table.
const manyRows = 1000

// grow makes statistics of tables that have many rows more than when they were made last: at least half of those that the server knows of.
// What was committed stays committed, whatever comes of this; where the role does not own the tables, the server warns.
func (s *Store) grow(ctx context.Context, conn *pgxpool.Conn, added map[string]int) {
	var many []string
	var numbers []int
	s.mu.Lock()
	for table, n := range added {
		if s.added[table] += n; s.added[table] >= manyRows {
			many, numbers = append(many, s.quoted+"."+table), append(numbers, s.added[table])
		}
	}
	s.mu.Unlock()
	if len(many) == 0 {
		return
	}
	rows, err := conn.Query(ctx, "select t from unnest($1::text[], $2::integer[]) as grown (t, n) join pg_class c on c.oid = to_regclass(t) where reltuples <= 2 * n", many, numbers)
	if err != nil {
		return
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(due) == 0 {
		return
	}
	if _, err := conn.Exec(ctx, "analyze "+strings.Join(due, ", ")); err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, table := range due {
		delete(s.added, strings.TrimPrefix(table, s.quoted+"."))
	}
}

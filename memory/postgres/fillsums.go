package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// addSums adds checksums to what had none. What was believed gets them, too, although it never changes else.
const addSums = `
alter table entities add column sum bigint not null default 0;
alter table aliases add column sum bigint not null default 0;
alter table facts add column sum bigint not null default 0;
alter table documents add column sum bigint not null default 0;
alter table chunks add column sum bigint not null default 0;
alter table facts disable trigger facts_history;`

const sumsAdded = `alter table facts enable trigger facts_history;`

// fillSums works out the checksums of all rows.
func fillSums(ctx context.Context, tx pgx.Tx) error {
	return eachTenant(ctx, tx, func(id int32, name string) error {
		for _, fill := range []func() error{
			func() error {
				return fillTable(ctx, tx, id, name, "entities", "id", entityColumns, func(r *entityRecord) any { return r.e.ID })
			},
			func() error {
				return fillTable(ctx, tx, id, name, "aliases", "digest", aliasColumns, func(r *aliasRecord) any { return r.digest })
			},
			func() error {
				return fillTable(ctx, tx, id, name, "facts", "id", factOwnColumns, func(r *ownFact) any { return r.f.ID })
			},
			func() error {
				return fillTable(ctx, tx, id, name, "documents", "row", documentColumns, func(r *documentRecord) any { return r.d.Row })
			},
			func() error {
				return fillTable(ctx, tx, id, name, "chunks", "row", chunkColumns, func(r *chunkRecord) any { return r.c.Row })
			},
		} {
			if err := fill(); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachTenant calls fn for the tenants one after the other: policies let nobody see the rows of others.
func eachTenant(ctx context.Context, tx pgx.Tx, fn func(id int32, name string) error) error {
	rows, err := tx.Query(ctx, "select id, name from tenants order by id")
	if err != nil {
		return err
	}
	type tenant struct {
		ID   int32
		Name string
	}
	tenants, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tenant])
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if _, err := tx.Exec(ctx, "select set_config('llmspell.tenant', $1::text, true)", fmt.Sprint(t.ID)); err != nil {
			return err
		}
		if err := fn(t.ID, decode(t.Name)); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "select set_config('llmspell.tenant', '', true)")
	return err
}

// fillTable works out the checksums of a tenant's rows of a table, by pages in the order of its key.
func fillTable[R any, P interface {
	*R
	summed
}](ctx context.Context, tx pgx.Tx, tenant int32, name, table, key, columns string, keyOf func(P) any) error {
	query, args := fmt.Sprintf("select %s from %s where tenant = $1 order by %s limit %d", columns, table, key, pageRows), []any{tenant}
	for {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (P, error) {
			rec := P(new(R))
			return rec, scan(row, rec)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		var batch pgx.Batch
		for _, rec := range page {
			batch.Queue(fmt.Sprintf("update %s set sum = $1 where tenant = $2 and %s = $3", table, key), rec.checksum(name), tenant, keyOf(rec))
		}
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		query = fmt.Sprintf("select %s from %s where tenant = $1 and %s > $2 order by %s limit %d", columns, table, key, key, pageRows)
		args = []any{tenant, keyOf(page[len(page)-1])}
	}
}

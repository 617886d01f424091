package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

// DropFactsFrom removes what episodes alone tell.
func (w *writer) DropFactsFrom(rows []int64) error {
	const from = " where source > 0 and source = any($2) and tenant = $1"
	concerned, err := w.numbers("select subject from facts"+from+" union select object from facts"+from+" and object > 0 union select entity from aliases"+from, w.id, rows)
	if err != nil {
		return err
	}
	for _, table := range []string{"facts", "aliases"} {
		if _, err := w.exec("delete from "+table+from, w.id, rows); err != nil {
			return err
		}
	}
	more, err := w.takeSources(rows)
	if err != nil {
		return err
	}
	if concerned = append(concerned, more...); len(concerned) == 0 {
		return nil
	}
	orphans, err := w.numbers(`select id from entities e where id = any($2) and tenant = $1
		and not exists (select from facts where tenant = e.tenant and subject = e.id) and not exists (select from facts where tenant = e.tenant and object > 0 and object = e.id)`, w.id, concerned)
	if err != nil {
		return err
	}
	for _, id := range orphans {
		if err := w.DropEntity(id); err != nil {
			return err
		}
	}
	w.past++
	return nil
}

// takeSources takes episodes from facts that have several sources, and removes those that have no other. It returns the entities that
// these were about.
func (w *writer) takeSources(rows []int64) (concerned []int64, err error) {
	var told []factRecord
	err = w.each(func(row pgx.CollectableRow) error {
		var rec factRecord
		err := scan(row, &rec)
		told = append(told, rec)
		return err
	}, "select "+factColumns+" from facts where tenant = $1 and id in (select fact from fact_sources where tenant = $1 and source > 0 and source = any($2)) order by id", w.id, rows)
	if err != nil {
		return nil, err
	}
	for _, rec := range told {
		left, ok := memory.SourcesLeft(rec.f.Sources, func(row int64) bool { return slices.Contains(rows, row) })
		switch {
		case !ok:
			if _, err = w.DropFact(rec.f.ID); rec.f.Object.Entity != 0 {
				concerned = append(concerned, rec.f.Object.Entity)
			}
			concerned = append(concerned, rec.f.Subject)
		case rec.checksum(w.tenant) != rec.sum: // it stays damaged, and goes without these
			_, err = w.exec("delete from fact_sources where tenant = $1 and fact = $2 and source = any($3)", w.id, rec.f.ID, rows)
		default:
			err = w.SetSources(rec.f.ID, left)
		}
		if err != nil {
			return nil, err
		}
	}
	return concerned, nil
}

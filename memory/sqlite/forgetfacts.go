package sqlite

import (
	"database/sql"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// What comes from episodes is found by them, not among all that the tenant has.
const (
	factsFrom     = "from facts indexed by facts_source where source > 0 and source in (select value from json_each(?1)) and tenant = ?2"
	aliasesFrom   = "from aliases indexed by aliases_source where source > 0 and source in (select value from json_each(?1)) and tenant = ?2"
	concernedBy   = "select subject " + factsFrom + " union select object " + factsFrom + " and object > 0 union select entity " + aliasesFrom
	severallyFrom = "select " + factColumns + ` from facts not indexed where tenant = ?
		and id in (select fact from fact_sources where source > 0 and source in (select value from json_each(?))) order by id`
	factless = `select id from entities e not indexed where id in (select value from json_each(?)) and tenant = ?
		and not exists (select 1 from facts where tenant = e.tenant and subject = e.id) and not exists (select 1 from facts where object > 0 and object = e.id)`
)

// DropFactsFrom removes what episodes alone tell.
func (w *writer) DropFactsFrom(rows []int64) error {
	from := list(rows)
	concerned, err := w.ids(concernedBy, from, w.tenant)
	if err != nil {
		return err
	}
	for _, what := range []string{factsFrom, aliasesFrom} {
		if _, err := w.tx.Exec("delete "+what, from, w.tenant); err != nil {
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
	orphans, err := w.ids(factless, list(concerned), w.tenant)
	if err != nil {
		return err
	}
	for _, id := range orphans {
		if err := w.DropEntity(id); err != nil {
			return err
		}
	}
	return w.changePast()
}

// takeSources takes episodes from facts that have several sources, and removes those that have no other. It returns the entities that
// these were about.
func (w *writer) takeSources(rows []int64) (concerned []int64, err error) {
	var told []factRecord
	err = w.tx.Each(func(rows *sql.Rows) error {
		var f factRecord
		err := f.scan(rows)
		told = append(told, f)
		return err
	}, severallyFrom, w.tenant, list(rows))
	if err != nil {
		return nil, err
	}
	for _, f := range told {
		left, ok := memory.SourcesLeft(f.f.Sources, func(row int64) bool { return slices.Contains(rows, row) })
		switch {
		case !ok:
			if _, err = w.DropFact(f.f.ID); f.f.Object.Entity != 0 {
				concerned = append(concerned, f.f.Object.Entity)
			}
			concerned = append(concerned, f.f.Subject)
		case f.checksum() != f.sum: // it stays damaged, and goes without these
			_, err = w.tx.Exec("delete from fact_sources where fact = ? and source in (select value from json_each(?))", f.f.ID, list(rows))
		default:
			err = w.SetSources(f.f.ID, left)
		}
		if err != nil {
			return nil, err
		}
	}
	return concerned, nil
}

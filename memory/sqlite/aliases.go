package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/memory"
)

// Aliases returns those of some entities, without those that are damaged; all for none.
func (r *reader) Aliases(ids ...int64) (out []memory.Alias, err error) {
	query, args := "select "+aliasColumns+" from aliases where tenant = ?", []any{r.tenant}
	if len(ids) > 0 {
		query, args = aliasesOf, append(args, list(ids))
	}
	err = r.tx.Each(func(rows *sql.Rows) error {
		var a aliasRecord
		err := rows.Scan(a.dest()...)
		if err == nil && a.checksum() == a.sum {
			out = append(out, a.a)
		}
		return err
	}, query+" order by name", args...)
	return out, err
}

// Knowledge tells where the history of entities and facts is. Other tenants move it, too.
func (r *reader) Knowledge() (c memory.KnowledgeCursor, err error) {
	err = r.tx.Row("select (select value from clock where name = 'transaction'), (select value from clock where name = 'past')").Scan(&c.Known, &c.Past)
	return c, err
}

// Changed lists the entities of which something is new, or is believed no longer.
func (r *reader) Changed(since memory.Instant) ([]int64, error) {
	return r.ids(changed, r.tenant, int64(since))
}

// changed says the indexes, as entitiesAt does.
const changed = `select id from entities indexed by entities_created where tenant = ?1 and created > ?2
	union select entity from aliases indexed by aliases_created where tenant = ?1 and created > ?2
	union select subject from facts indexed by facts_known_from where tenant = ?1 and known_from > ?2
	union select subject from facts indexed by facts_known_to where tenant = ?1 and known_to > ?2 and known_to < 9223372036854775807 order by 1`

// ids are the numbers that a query returns.
func (r *reader) ids(query string, args ...any) (out []int64, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, query, args...)
	return out, err
}

// changePast notes, once in a transaction, a change that Changed does not tell.
func (w *writer) changePast() error {
	if w.past {
		return nil
	}
	w.past = true
	_, err := w.tx.Exec("update clock set value = value + 1 where name = 'past'")
	return err
}

// AddAlias gives an entity another name.
func (w *writer) AddAlias(a memory.Alias, key string) error {
	var taken, there bool
	err := w.tx.Row(`select exists (select 1 from entities where tenant = ?1 and key = ?2) or exists (select 1 from aliases where tenant = ?1 and key = ?2),
		exists (select 1 from entities where tenant = ?1 and id = ?3)`, w.tenant, key, a.Entity).Scan(&taken, &there)
	switch {
	case err != nil:
		return err
	case taken:
		return fmt.Errorf("the name %q: %w", a.Name, memory.ErrExists)
	case !there:
		return fmt.Errorf("entity %d: %w", a.Entity, memory.ErrNotFound)
	}
	rec := aliasRecord{tenant: w.tenant, key: key, a: a}
	_, err = w.tx.Exec("insert into aliases (tenant, key, entity, name, source, created, sum) values (?,?,?,?,?,?,?)", w.tenant, key, a.Entity, a.Name, a.Source, int64(a.Created), rec.checksum())
	return err
}

// DropAlias takes a name from an entity.
func (w *writer) DropAlias(key string) (bool, error) {
	w.drops = true
	r, err := w.tx.Exec("delete from aliases where tenant = ? and key = ?", w.tenant, key)
	if err != nil {
		return false, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, w.changePast()
}

// DropEntity removes an entity, with all that is known of it.
func (w *writer) DropEntity(id int64) error {
	w.drops = true
	for _, facts := range []string{factsFromEntity, factsToEntity} {
		if _, err := w.tx.Exec("delete from "+facts, w.tenant, id); err != nil {
			return err
		}
	}
	if _, err := w.tx.Exec("delete from aliases where tenant = ? and entity = ?", w.tenant, id); err != nil {
		return err
	}
	r, err := w.tx.Exec("delete from entities where tenant = ? and id = ?", w.tenant, id)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("entity %d: %w", id, memory.ErrNotFound))
	}
	return w.changePast()
}

// Those of which an entity is the subject, and the object.
const (
	factsFromEntity = "facts indexed by facts_subject where tenant = ? and subject = ?"
	factsToEntity   = "facts indexed by facts_to where tenant = ? and object > 0 and object = ?"
)

// EntityIDs finds what to drop by a name, also if it is damaged.
func (w *writer) EntityIDs(key, name string) ([]int64, error) {
	ids, err := w.ids(`select id from entities where tenant = ?1 and key = ?2
		union select id from entities where tenant = ?1 and id = (select entity from aliases where tenant = ?1 and key = ?2)`, w.tenant, key)
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	return w.ids("select id from entities where tenant = ?1 and (name = ?2 or key = ?2) order by id", w.tenant, name)
}

// DropKnowledge removes all that is known. A fact goes with its subject, whatever else it says.
func (w *writer) DropKnowledge() (int, error) {
	w.drops = true
	for _, what := range []string{"facts where tenant = ?1 or subject in (select id from entities where tenant = ?1)",
		"aliases where tenant = ?1 or entity in (select id from entities where tenant = ?1)"} {
		if _, err := w.tx.Exec("delete from "+what, w.tenant); err != nil {
			return 0, err
		}
	}
	r, err := w.tx.Exec("delete from entities where tenant = ?", w.tenant)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, err
	}
	return int(n), w.changePast()
}

// DropFact removes a fact.
func (w *writer) DropFact(id int64) (bool, error) {
	w.drops = true
	r, err := w.tx.Exec("delete from facts where tenant = ? and id = ?", w.tenant, id)
	if err != nil {
		return false, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, w.changePast()
}

// DropDamaged removes entities, aliases, facts and patterns whose checksums are wrong.
func (w *writer) DropDamaged() (n int, err error) {
	d, err := damagedKnowledge(w.tx, &w.tenant)
	if err != nil {
		return 0, err
	}
	for _, a := range d.aliases {
		if _, err := w.DropAlias(a.key); err != nil {
			return n, err
		}
	}
	for _, f := range d.facts {
		if _, err := w.DropFact(f.f.ID); err != nil {
			return n, err
		}
	}
	for _, e := range d.entities {
		if err := w.DropEntity(e.e.ID); err != nil {
			return n, err
		}
	}
	for _, rec := range d.patterns {
		if _, err := w.tx.Exec("delete from patterns where tenant = ? and id = ?", w.tenant, rec.p.ID); err != nil {
			return n, err
		}
	}
	return len(d.aliases) + len(d.facts) + len(d.entities) + len(d.patterns), nil
}

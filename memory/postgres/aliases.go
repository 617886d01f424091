package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

// Aliases returns those of some entities, without those that are damaged; all for none.
func (r *reader) Aliases(ids ...int64) (out []memory.Alias, err error) {
	c := r.conditions()
	if len(ids) > 0 {
		c.where("entity = any(?)", ids)
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec aliasRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) == rec.sum {
			out = append(out, rec.a)
		}
		return err
	}, "select "+aliasColumns+" from aliases where "+c.text+" order by name", c.args...)
	return out, err
}

// Knowledge tells where the history of entities and facts is.
func (r *reader) Knowledge() (memory.KnowledgeCursor, error) {
	return memory.KnowledgeCursor{Known: r.clock, Past: r.past}, nil
}

// Changed lists the entities of which something is new, or is believed no longer.
func (r *reader) Changed(since memory.Instant) ([]int64, error) {
	return r.numbers(`select id from entities where tenant = $1 and created > $2
		union select entity from aliases where tenant = $1 and created > $2
		union select subject from facts where tenant = $1 and known_from > $2
		union select subject from facts where tenant = $1 and known_to > $2 and known_to < 9223372036854775807 order by 1`, r.id, int64(since))
}

// AddAlias gives an entity another name.
func (w *writer) AddAlias(a memory.Alias, key string) error {
	var taken, there bool
	err := w.row(`select exists (select from entities where tenant = $1 and digest = $2) or exists (select from aliases where tenant = $1 and digest = $2),
		exists (select from entities where tenant = $1 and id = $3)`, w.id, digest(key), a.Entity).Scan(&taken, &there)
	switch {
	case err != nil:
		return err
	case taken:
		return fmt.Errorf("the name %q: %w", a.Name, memory.ErrExists)
	case !there:
		return fmt.Errorf("entity %d: %w", a.Entity, memory.ErrNotFound)
	}
	rec := aliasRecord{a: a, digest: digest(key)}
	w.added["aliases"]++
	_, err = w.exec("insert into aliases (tenant, digest, entity, name, source, created, sum) values ($1,$2,$3,$4,$5,$6,$7)", w.id, rec.digest, a.Entity, encode(a.Name), a.Source, int64(a.Created), rec.checksum(w.tenant))
	return err
}

// DropAlias takes a name from an entity. One that is damaged goes by the name that its row has, too.
func (w *writer) DropAlias(key string) (bool, error) {
	n, err := w.exec("delete from aliases where tenant = $1 and digest = $2", w.id, digest(key))
	if err == nil && n == 0 {
		var bad []aliasRecord
		bad, err = w.damagedAliases()
		for _, rec := range bad {
			if memory.NameKey(rec.a.Name) == key && err == nil {
				n, err = w.exec("delete from aliases where tenant = $1 and digest = $2", w.id, rec.digest)
			}
		}
	}
	if n > 0 {
		w.past++
	}
	return n > 0, err
}

// DropEntity removes an entity, with all that is known of it.
func (w *writer) DropEntity(id int64) error {
	for _, facts := range []string{"subject = $2", "object > 0 and object = $2"} { // as the indexes say it
		if _, err := w.exec("delete from facts where tenant = $1 and "+facts, w.id, id); err != nil {
			return err
		}
	}
	if _, err := w.exec("delete from aliases where tenant = $1 and entity = $2", w.id, id); err != nil {
		return err
	}
	n, err := w.exec("delete from entities where tenant = $1 and id = $2", w.id, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("entity %d: %w", id, memory.ErrNotFound)
	}
	w.past++
	return err
}

// EntityIDs finds what to drop by a name, also if it is damaged.
func (w *writer) EntityIDs(key, name string) ([]int64, error) {
	ids, err := w.numbers(`select id from entities where tenant = $1 and digest = $2
		union select id from entities where tenant = $1 and id = (select entity from aliases where tenant = $1 and digest = $2)`, w.id, digest(key))
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	return w.numbers("select id from entities where tenant = $1 and name = $2 order by id", w.id, encode(name))
}

// DropFact removes a fact.
func (w *writer) DropFact(id int64) (bool, error) {
	n, err := w.exec("delete from facts where tenant = $1 and id = $2", w.id, id)
	if n > 0 {
		w.past++
	}
	return n > 0, err
}

// DropKnowledge removes all that is known.
func (w *writer) DropKnowledge() (n int, err error) {
	for _, table := range []string{"facts", "aliases", "entities"} { // the last is what is counted
		gone, err := w.exec("delete from "+table+" where tenant = $1", w.id)
		if err != nil {
			return 0, err
		}
		n = int(gone)
	}
	w.past++
	return n, nil
}

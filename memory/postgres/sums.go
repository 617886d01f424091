package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const entityColumns = "id, name, type, created, digest, sum"

// entityRecord is an entity as the table holds it.
type entityRecord struct {
	e      memory.Entity
	digest []byte
	sum    int64
}

func (rec *entityRecord) dest() []any {
	return []any{&rec.e.ID, &rec.e.Name, &rec.e.Type, &rec.e.Created, &rec.digest, &rec.sum}
}

func (rec *entityRecord) decode() { rec.e.Name, rec.e.Type = decode(rec.e.Name), decode(rec.e.Type) }

func (rec *entityRecord) checksum(tenant string) int64 {
	return memory.EntitySum(tenant, string(rec.digest), &rec.e)
}

func (r *reader) entityDamaged(rec *entityRecord) error {
	return r.damaged(fmt.Errorf("the checksum of entity %q (%d) is wrong", rec.e.Name, rec.e.ID), fmt.Sprintf("forget this entity (llmspell memory forget --entity %q)", rec.e.Name))
}

const aliasColumns = "entity, name, source, created, digest, sum"

// aliasRecord is an alias as the table holds it.
type aliasRecord struct {
	a      memory.Alias
	digest []byte
	sum    int64
}

func (rec *aliasRecord) dest() []any {
	return []any{&rec.a.Entity, &rec.a.Name, &rec.a.Source, &rec.a.Created, &rec.digest, &rec.sum}
}

func (rec *aliasRecord) decode() { rec.a.Name = decode(rec.a.Name) }

func (rec *aliasRecord) checksum(tenant string) int64 {
	return memory.AliasSum(tenant, string(rec.digest), &rec.a)
}

func (r *reader) aliasDamaged(rec *aliasRecord) error {
	return r.damaged(fmt.Errorf("the checksum of alias %q of entity %d is wrong", rec.a.Name, rec.a.Entity), fmt.Sprintf("forget this alias (llmspell memory forget --alias %q)", rec.a.Name))
}

const (
	factOwnColumns = "id, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, sum"
	factColumns    = factOwnColumns + ", case when source = -1 then array(select s.source from fact_sources s where s.fact = facts.id and s.tenant = facts.tenant order by 1) end"
)

// factRecord is a fact as the tables hold it.
type factRecord struct {
	ownFact
	several []int64
}

func (rec *factRecord) dest() []any { return append(rec.ownFact.dest(), &rec.several) }

func (rec *factRecord) decode() {
	if rec.ownFact.decode(); rec.source == several {
		rec.f.Sources = rec.several
	}
}

// ownFact is a fact as its own table holds it: all of it, but for several sources.
type ownFact struct {
	f           memory.Fact
	source, sum int64
}

func (rec *ownFact) dest() []any {
	f := &rec.f
	return []any{&f.ID, &f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &f.Valid.From, &f.Valid.To, &f.Known.From, &f.Known.To, &rec.source, &f.Confidence, &rec.sum}
}

func (rec *ownFact) decode() {
	rec.f.Sources = memory.Sources(rec.source)
	rec.f.Predicate, rec.f.Object.Value = decode(rec.f.Predicate), decode(rec.f.Object.Value)
}

func (rec *ownFact) checksum(tenant string) int64 { return memory.FactSum(tenant, &rec.f) }

func (r *reader) factDamaged(rec *factRecord) error {
	return r.damaged(fmt.Errorf("the checksum of fact %d (%s of entity %d) is wrong", rec.f.ID, rec.f.Predicate, rec.f.Subject), fmt.Sprintf("forget this fact (llmspell memory forget --fact %d)", rec.f.ID))
}

// damaged is an error about a row.
func (r *reader) damaged(err error, hint string) error {
	return &Error{Where: r.s.where, Class: ErrCorrupt, Err: err, Hint: hint + ", or restore a backup; the others are not concerned"}
}

// summed is a row with a checksum.
type summed interface {
	dest() []any
	decode() // what scanning has read
	checksum(tenant string) int64
}

// scan reads a row.
func scan(row pgx.Row, rec summed) error {
	err := row.Scan(rec.dest()...)
	rec.decode()
	return err
}

// badKnowledge are rows of what is known whose checksums are wrong.
type badKnowledge struct {
	entities []entityRecord
	aliases  []aliasRecord
	facts    []factRecord
	patterns []patternRecord
}

// damagedKnowledge compares the checksums of all that the tenant knows.
func (r *reader) damagedKnowledge() (d badKnowledge, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var rec entityRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) != rec.sum {
			d.entities = append(d.entities, rec)
		}
		return err
	}, "select "+entityColumns+" from entities where tenant = $1 order by id", r.id)
	if err != nil {
		return d, err
	}
	if d.aliases, err = r.damagedAliases(); err != nil {
		return d, err
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec factRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) != rec.sum {
			d.facts = append(d.facts, rec)
		}
		return err
	}, "select "+factColumns+" from facts where tenant = $1 order by id", r.id)
	if err != nil {
		return d, err
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec patternRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) != rec.sum {
			d.patterns = append(d.patterns, rec)
		}
		return err
	}, "select "+patternColumns+" from patterns where tenant = $1 order by id", r.id)
	return d, err
}

// damagedAliases compares the checksums of aliases.
func (r *reader) damagedAliases() (bad []aliasRecord, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var rec aliasRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) != rec.sum {
			bad = append(bad, rec)
		}
		return err
	}, "select "+aliasColumns+" from aliases where tenant = $1 order by digest", r.id)
	return bad, err
}

// CheckKnowledge names what is damaged.
func (r *reader) CheckKnowledge() error {
	d, err := r.damagedKnowledge()
	if err != nil {
		return err
	}
	var entities, aliases, facts, patterns []error
	for i := range d.entities {
		entities = append(entities, r.entityDamaged(&d.entities[i]))
	}
	for i := range d.aliases {
		aliases = append(aliases, r.aliasDamaged(&d.aliases[i]))
	}
	for i := range d.facts {
		facts = append(facts, r.factDamaged(&d.facts[i]))
	}
	for i := range d.patterns {
		patterns = append(patterns, r.patternDamaged(&d.patterns[i]))
	}
	return errors.Join(memory.NameDamage("entities", entities), memory.NameDamage("aliases", aliases), memory.NameDamage("facts", facts), memory.NameDamage("patterns", patterns))
}

// DropDamaged removes entities, aliases, facts and patterns whose checksums are wrong.
func (w *writer) DropDamaged() (int, error) {
	d, err := w.damagedKnowledge()
	if err != nil {
		return 0, err
	}
	for _, rec := range d.aliases {
		if _, err := w.exec("delete from aliases where tenant = $1 and digest = $2", w.id, rec.digest); err != nil {
			return 0, err
		}
	}
	for _, rec := range d.facts {
		if _, err := w.DropFact(rec.f.ID); err != nil {
			return 0, err
		}
	}
	for _, rec := range d.entities {
		if err := w.DropEntity(rec.e.ID); err != nil {
			return 0, err
		}
	}
	n := len(d.aliases) + len(d.facts) + len(d.entities)
	if n > 0 {
		w.past++
	}
	for _, rec := range d.patterns {
		if _, err := w.exec("delete from patterns where tenant = $1 and id = $2", w.id, rec.p.ID); err != nil {
			return 0, err
		}
	}
	return n + len(d.patterns), nil
}

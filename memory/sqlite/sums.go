package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

const entityColumns = "id, tenant, name, key, type, created, sum"

// entityRecord is an entity as the table holds it.
type entityRecord struct {
	tenant, key string
	sum         int64
	e           memory.Entity
}

func (r *entityRecord) dest() []any {
	return []any{&r.e.ID, &r.tenant, &r.e.Name, &r.key, &r.e.Type, &r.e.Created, &r.sum}
}

func (r *entityRecord) checksum() int64 { return memory.EntitySum(r.tenant, r.key, &r.e) }

func (r *entityRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of entity %q (%d) is wrong", r.e.Name, r.e.ID),
		Hint: fmt.Sprintf("forget this entity, by the name that its row has (llmspell memory forget --entity %q), or put a copy of the file in its place; the others are not concerned", r.key)}
}

const (
	factOwnColumns = "id, tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, sum"
	factColumns    = factOwnColumns + ", case when source = -1 then (select group_concat(s.source) from fact_sources s where s.fact = facts.id) end"
)

// factRecord is a fact as the tables hold it.
type factRecord struct {
	tenant      string
	sum, source int64
	f           memory.Fact
}

// dest is where the columns of the table go.
func (r *factRecord) dest() []any {
	f := &r.f
	return []any{&f.ID, &r.tenant, &f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &f.Valid.From, &f.Valid.To, &f.Known.From, &f.Known.To, &r.source, &f.Confidence, &r.sum}
}

// scan reads factColumns.
func (r *factRecord) scan(row interface{ Scan(...any) error }) error {
	var list sql.NullString
	if err := row.Scan(append(r.dest(), &list)...); err != nil {
		return err
	}
	return r.setSources(list.String)
}

// setSources sets the sources: the one that the row has, or the list of several.
func (r *factRecord) setSources(list string) error {
	if r.source != several {
		r.f.Sources = memory.Sources(r.source)
		return nil
	}
	r.f.Sources = nil
	for text := range strings.SplitSeq(list, ",") {
		if text == "" {
			continue // none is there: the checksum tells
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("the sources of fact %d: %w", r.f.ID, err)
		}
		r.f.Sources = append(r.f.Sources, n)
	}
	slices.Sort(r.f.Sources)
	return nil
}

func (r *factRecord) checksum() int64 { return memory.FactSum(r.tenant, &r.f) }

func (r *factRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of fact %d (%s of entity %d) is wrong", r.f.ID, r.f.Predicate, r.f.Subject),
		Hint: fmt.Sprintf("forget this fact (llmspell memory forget --fact %d), or put a copy of the file in its place; the others are not concerned", r.f.ID)}
}

const aliasColumns = "tenant, key, entity, name, source, created, sum"

// aliasRecord is an alias as the table holds it.
type aliasRecord struct {
	tenant, key string
	sum         int64
	a           memory.Alias
}

func (r *aliasRecord) dest() []any {
	return []any{&r.tenant, &r.key, &r.a.Entity, &r.a.Name, &r.a.Source, &r.a.Created, &r.sum}
}

func (r *aliasRecord) checksum() int64 { return memory.AliasSum(r.tenant, r.key, &r.a) }

func (r *aliasRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of alias %q of entity %d is wrong", r.a.Name, r.a.Entity),
		Hint: fmt.Sprintf("forget this alias, by what its row is known by (llmspell memory forget --alias %q), or put a copy of the file in its place; the others are not concerned", r.key)}
}

// sumAliases gives checksums to aliases, which had none.
func sumAliases(tx *db.Tx) error {
	var all []aliasRecord
	err := tx.Each(func(rows *sql.Rows) error {
		var a aliasRecord
		err := rows.Scan(a.dest()...)
		all = append(all, a)
		return err
	}, "select "+aliasColumns+" from aliases")
	for _, a := range all {
		if err == nil {
			_, err = tx.Exec("update aliases set sum = ? where tenant = ? and key = ?", a.checksum(), a.tenant, a.key)
		}
	}
	return err
}

// sumKnowledge gives checksums to the rows that had none.
func sumKnowledge(tx *db.Tx) error {
	sums := map[int64]int64{}
	store := func(table string) error {
		for id, n := range sums {
			if _, err := tx.Exec("update "+table+" set sum = ? where id = ?", n, id); err != nil {
				return err
			}
		}
		clear(sums)
		return nil
	}
	err := tx.Each(func(rows *sql.Rows) error {
		var e entityRecord
		err := rows.Scan(e.dest()...)
		sums[e.e.ID] = e.checksum()
		return err
	}, "select "+entityColumns+" from entities")
	if err != nil {
		return err
	}
	if err := store("entities"); err != nil {
		return err
	}
	err = tx.Each(func(rows *sql.Rows) error {
		var f factRecord
		err := rows.Scan(f.dest()...)
		f.f.Sources = memory.Sources(f.source)
		sums[f.f.ID] = f.checksum()
		return err
	}, "select "+factOwnColumns+" from facts")
	if err != nil {
		return err
	}
	if _, err := tx.Exec("drop trigger facts_history"); err != nil { // it would refuse facts that nobody believes any more
		return err
	}
	if err := store("facts"); err != nil {
		return err
	}
	_, err = tx.Exec(factsHistory)
	return err
}

// badKnowledge are rows of what is known whose checksums are wrong.
type badKnowledge struct {
	entities []entityRecord
	aliases  []aliasRecord
	facts    []factRecord
	patterns []patternRecord
}

// damagedKnowledge compares the checksums of all that is known, of a tenant or, for nil, of all.
func damagedKnowledge(tx *db.Tx, tenant *string) (d badKnowledge, err error) {
	read := func(columns, table, order string, scan func(*sql.Rows) error) {
		if err == nil {
			err = tx.Each(scan, "select "+columns+" from "+table+" where ?1 is null or tenant = ?1 order by "+order, tenant)
		}
	}
	read(entityColumns, "entities", "id", func(rows *sql.Rows) error {
		var e entityRecord
		err := rows.Scan(e.dest()...)
		if err == nil && e.checksum() != e.sum {
			d.entities = append(d.entities, e)
		}
		return err
	})
	read(aliasColumns, "aliases", "tenant, key", func(rows *sql.Rows) error {
		var a aliasRecord
		err := rows.Scan(a.dest()...)
		if err == nil && a.checksum() != a.sum {
			d.aliases = append(d.aliases, a)
		}
		return err
	})
	read(factColumns, "facts", "id", func(rows *sql.Rows) error {
		var f factRecord
		err := f.scan(rows)
		if err == nil && f.checksum() != f.sum {
			d.facts = append(d.facts, f)
		}
		return err
	})
	read(patternColumns, "patterns", "id", func(rows *sql.Rows) error {
		var rec patternRecord
		err := rows.Scan(rec.dest()...)
		if err == nil && rec.checksum() != rec.sum {
			d.patterns = append(d.patterns, rec)
		}
		return err
	})
	return d, err
}

// err names what is damaged; nil: nothing is.
func (d *badKnowledge) err(s *Store) error {
	var entities, aliases, facts, patterns []error
	for _, e := range d.entities {
		entities = append(entities, e.damaged(s))
	}
	for _, a := range d.aliases {
		aliases = append(aliases, a.damaged(s))
	}
	for _, f := range d.facts {
		facts = append(facts, f.damaged(s))
	}
	for _, rec := range d.patterns {
		patterns = append(patterns, rec.damaged(s))
	}
	return errors.Join(memory.NameDamage("entities", entities), memory.NameDamage("aliases", aliases), memory.NameDamage("facts", facts), memory.NameDamage("patterns", patterns))
}

// CheckKnowledge names what is damaged of the tenant's.
func (r *reader) CheckKnowledge() error {
	d, err := damagedKnowledge(r.tx, &r.tenant)
	return errors.Join(err, d.err(r.s))
}

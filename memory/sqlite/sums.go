package sqlite

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// sum is the checksum of a row's numbers and texts.
func sum(numbers []int64, texts ...string) int64 {
	buf := make([]byte, 0, 256)
	for _, n := range numbers {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	for _, s := range texts {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	return int64(crc32.Checksum(buf, crc32.MakeTable(crc32.Castagnoli)))
}

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

func (r *entityRecord) checksum() int64 {
	return sum([]int64{int64(r.e.Created)}, r.tenant, r.e.Name, r.key, r.e.Type)
}

func (r *entityRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of entity %q (%d) is wrong", r.e.Name, r.e.ID),
		Hint: fmt.Sprintf("forget this entity, by the name that its row has (llmspell memory forget --entity %q), or put a copy of the file in its place; the others are not concerned", r.key)}
}

const factColumns = "id, tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, sum"

// factRecord is a fact as the table holds it.
type factRecord struct {
	tenant string
	sum    int64
	f      memory.Fact
}

func (r *factRecord) dest() []any {
	f := &r.f
	return []any{&f.ID, &r.tenant, &f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &f.Valid.From, &f.Valid.To, &f.Known.From, &f.Known.To, &f.Source, &f.Confidence, &r.sum}
}

func (r *factRecord) checksum() int64 {
	f := &r.f
	return sum([]int64{f.Subject, f.Object.Entity, int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), f.Source, int64(math.Float64bits(f.Confidence))},
		r.tenant, f.Predicate, f.Object.Value)
}

func (r *factRecord) damaged(s *Store) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksum of fact %d (%s of entity %d) is wrong", r.f.ID, r.f.Predicate, r.f.Subject),
		Hint: "forget the entity that it is about (llmspell memory forget --entity NAME) or all that is known (--knowledge), or put a copy of the file in its place; the others are not concerned"}
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
		sums[f.f.ID] = f.checksum()
		return err
	}, "select "+factColumns+" from facts")
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

// maxDamaged is how many damaged rows of a kind are named.
const maxDamaged = 20

// checkKnowledge compares all checksums, and names what is damaged.
func (s *Store) checkKnowledge(tx *db.Tx) error {
	var entities, facts []error
	err := tx.Each(func(rows *sql.Rows) error {
		var e entityRecord
		err := rows.Scan(e.dest()...)
		if err == nil && e.checksum() != e.sum {
			entities = append(entities, e.damaged(s))
		}
		return err
	}, "select "+entityColumns+" from entities order by id")
	if err != nil {
		return err
	}
	err = tx.Each(func(rows *sql.Rows) error {
		var f factRecord
		err := rows.Scan(f.dest()...)
		if err == nil && f.checksum() != f.sum {
			facts = append(facts, f.damaged(s))
		}
		return err
	}, "select "+factColumns+" from facts order by id")
	return errors.Join(err, damage("entities", entities), damage("facts", facts))
}

// damage names damaged rows of a kind: the first of them, and how many more there are.
func damage(kind string, bad []error) error {
	if more := len(bad) - maxDamaged; more > 0 {
		bad = append(bad[:maxDamaged:maxDamaged], fmt.Errorf("and %d more %s", more, kind))
	}
	return errors.Join(bad...)
}

package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

// digest stands for texts in an index, for which they may be too long.
func digest(texts ...string) []byte {
	h := sha256.New()
	for _, s := range texts {
		_, _ = h.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)) // it never fails
	}
	return h.Sum(nil)[:16]
}

const entityColumns = "id, name, type, created"

func scanEntity(row pgx.Row) (e memory.Entity, err error) {
	err = row.Scan(&e.ID, &e.Name, &e.Type, &e.Created)
	e.Name, e.Type = decode(e.Name), decode(e.Type)
	return e, err
}

// EntityNamed returns the entity that a normalised name or alias is of.
func (r *reader) EntityNamed(key string) (*memory.Entity, error) {
	e, err := scanEntity(r.row("select "+entityColumns+` from entities where tenant = $1 and digest = $2
		union all select `+entityColumns+` from entities where tenant = $1 and id = (select entity from aliases where tenant = $1 and digest = $2) limit 1`, r.id, digest(key)))
	if missing(err) {
		return nil, nil
	}
	return &e, err
}

// Entities returns those of some ids; all for none.
func (r *reader) Entities(ids ...int64) (out []memory.Entity, err error) {
	query, args := "select "+entityColumns+" from entities where tenant = $1", []any{r.id}
	if len(ids) > 0 {
		query += " and id = any($2)"
		args = append(args, ids)
	}
	err = r.each(func(row pgx.CollectableRow) error {
		e, err := scanEntity(row)
		out = append(out, e)
		return err
	}, query+" order by id", args...)
	return out, err
}

// Facts returns those that are meant.
func (r *reader) Facts(q memory.FactQuery) (out []memory.Fact, err error) {
	c := r.conditions()
	if len(q.IDs) > 0 {
		c.where("id = any(?)", q.IDs)
	}
	if q.Subject != 0 {
		c.where("subject = ?", q.Subject)
	}
	if q.Predicate != "" {
		c.where("predicate = ?", encode(q.Predicate))
	}
	if q.Object != nil {
		c.where("object = ? and value = ?", q.Object.Entity, encode(q.Object.Value))
	}
	if q.As != nil {
		c.where("valid_from <= ? and valid_to >= ?", int64(q.As.Valid), int64(q.As.Valid))
		c.where("known_from <= ? and known_to >= ?", int64(q.As.Known), int64(q.As.Known))
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var f memory.Fact
		err := row.Scan(&f.ID, &f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &f.Valid.From, &f.Valid.To, &f.Known.From, &f.Known.To, &f.Source, &f.Confidence)
		f.Predicate, f.Object.Value = decode(f.Predicate), decode(f.Object.Value)
		if err == nil && q.Match(&f) {
			out = append(out, f)
		}
		return err
	}, "select id, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence from facts where "+c.text+" order by id", c.args...)
	return out, err
}

const (
	edgesFrom = `select subject, object, predicate from facts where object > 0 and subject = any($1) and tenant = $2
		and known_to > $3 and known_from <= $3 and valid_from <= $4 and valid_to > $4`
	edgesTo = `select subject, object, predicate from facts where object > 0 and object = any($1) and tenant = $2
		and known_to > $3 and known_from <= $3 and valid_from <= $4 and valid_to > $4`
)

// Edges calls each for the facts between entities.
func (r *reader) Edges(ids []int64, as memory.AsOf, back bool, each func(memory.Edge) error) error {
	query := edgesFrom
	if back {
		query = edgesTo
	}
	valid, known := int64(min(as.Valid, memory.Forever-1)), int64(min(as.Known, memory.Forever-1))
	return r.each(func(row pgx.CollectableRow) error {
		var e memory.Edge
		if err := row.Scan(&e.From, &e.To, &e.Predicate); err != nil {
			return err
		}
		e.Predicate = decode(e.Predicate)
		return each(e)
	}, query, ids, r.id, known, valid)
}

// Single tells whether a predicate has one object at a time.
func (r *reader) Single(predicate string) (single bool, err error) {
	err = r.row("select single from predicates where tenant = $1 and predicate = $2", r.id, encode(predicate)).Scan(&single)
	if missing(err) {
		return memory.SingleByDefault(predicate), nil
	}
	return single, err
}

// AddEntity stores an entity.
func (w *writer) AddEntity(e *memory.Entity, key string) error {
	err := w.row("insert into entities (tenant, name, digest, type, created) values ($1,$2,$3,$4,$5) on conflict (tenant, digest) do nothing returning id",
		w.id, encode(e.Name), digest(key), encode(e.Type), int64(e.Created)).Scan(&e.ID)
	if missing(err) {
		return fmt.Errorf("entity %q: %w", e.Name, memory.ErrExists)
	}
	w.added["entities"]++
	return err
}

// SetEntity changes the name and the type.
func (w *writer) SetEntity(e memory.Entity) error {
	n, err := w.exec("update entities set name = $3, type = $4 where tenant = $1 and id = $2", w.id, e.ID, encode(e.Name), encode(e.Type))
	if err == nil && n == 0 {
		err = fmt.Errorf("entity %d: %w", e.ID, memory.ErrNotFound)
	}
	w.past++
	return err
}

// about is what facts of one object have in common.
func about(f *memory.Fact) memory.Fact {
	return memory.Fact{Subject: f.Subject, Predicate: f.Predicate, Object: f.Object}
}

// AddFact adds what is believed. The database itself sees to it that facts about a predicate with one object
// at a time do not overlap; those that had others beside them, before that was said of the predicate, may.
func (w *writer) AddFact(f *memory.Fact) error {
	single, err := w.Single(f.Predicate)
	if err != nil {
		return err
	}
	w.added["facts"]++
	// What is added to the past, from elsewhere, may have had others beside it, too.
	alone := "$12"
	if f.Known.From != w.now {
		w.past++
		alone = `$12 and not exists (select from facts where tenant = $1 and subject = $2 and predicate = $3
			and valid_from < $7 and valid_to > $6 and known_from < $9 and known_to > $8)`
	}
	return w.row("insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, single) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,"+alone+") returning id",
		w.id, f.Subject, encode(f.Predicate), f.Object.Entity, encode(f.Object.Value), int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), f.Source, f.Confidence,
		single && !w.loose[about(f)]).Scan(&f.ID)
}

// EndFact ends the belief in a fact. One that began then was never believed, and is removed.
func (w *writer) EndFact(id int64, at memory.Instant) error {
	var f memory.Fact
	var single bool
	const back = " returning subject, predicate, object, value, single"
	scan := func(row pgx.Row) error {
		return row.Scan(&f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &single)
	}
	err := scan(w.row("delete from facts where tenant = $1 and id = $2 and known_from = $3"+back, w.id, id, int64(at)))
	if missing(err) {
		err = scan(w.row("update facts set known_to = $3 where tenant = $1 and id = $2"+back, w.id, id, int64(at)))
	}
	if missing(err) {
		return fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	}
	if f.Predicate, f.Object.Value = decode(f.Predicate), decode(f.Object.Value); err == nil && !single {
		w.loose[about(&f)] = true
	}
	return err
}

// SetSingle says whether a predicate has one object at a time.
func (w *writer) SetSingle(predicate string, single bool) error {
	_, err := w.exec("insert into predicates (tenant, predicate, single) values ($1,$2,$3) on conflict (tenant, predicate) do update set single = excluded.single", w.id, encode(predicate), single)
	return err
}

// Singles are what SetSingle was told.
func (r *reader) Singles() (map[string]bool, error) {
	out := map[string]bool{}
	err := r.each(func(row pgx.CollectableRow) error {
		var predicate string
		var single bool
		err := row.Scan(&predicate, &single)
		out[decode(predicate)] = single
		return err
	}, "select predicate, single from predicates where tenant = $1", r.id)
	return out, err
}

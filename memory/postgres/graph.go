package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

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

// EntityNamed returns the entity that a normalised name or alias is of. One that is damaged, or an alias that is, is
// an error: another must not take its place.
func (r *reader) EntityNamed(key string) (*memory.Entity, error) {
	var rec entityRecord
	var alias aliasRecord
	var named bool
	err := r.row(`select id, name, type, created, digest, sum, true, 0::bigint, '', 0::bigint, 0::bigint, ''::bytea, 0::bigint from entities where tenant = $1 and digest = $2
		union all select e.id, e.name, e.type, e.created, e.digest, e.sum, false, a.entity, a.name, a.source, a.created, a.digest, a.sum
			from aliases a join entities e on e.id = a.entity and e.tenant = $1 where a.tenant = $1 and a.digest = $2 limit 1`, r.id, digest(key)).
		Scan(slices.Concat(rec.dest(), []any{&named}, alias.dest())...)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rec.decode()
	alias.decode()
	switch {
	case !named && alias.checksum(r.tenant) != alias.sum:
		return nil, r.aliasDamaged(&alias)
	case rec.checksum(r.tenant) != rec.sum:
		return nil, r.entityDamaged(&rec)
	}
	return &rec.e, nil
}

// Entities returns those of some ids, without those that are damaged; all for none.
func (r *reader) Entities(ids ...int64) (out []memory.Entity, err error) {
	query, args := "select "+entityColumns+" from entities where tenant = $1", []any{r.id}
	if len(ids) > 0 {
		query += " and id = any($2)"
		args = append(args, ids)
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec entityRecord
		err := scan(row, &rec)
		if err == nil && rec.checksum(r.tenant) == rec.sum {
			out = append(out, rec.e)
		}
		return err
	}, query+" order by id", args...)
	return out, err
}

// Facts returns those that are meant, without those that are damaged.
func (r *reader) Facts(q memory.FactQuery) ([]memory.Fact, error) {
	return r.facts(q, func(*factRecord) error { return nil })
}

// Facts returns those that are meant. One that is damaged is an error.
func (w *writer) Facts(q memory.FactQuery) ([]memory.Fact, error) { return w.facts(q, w.factDamaged) }

// facts reads facts, and tells bad of those that are damaged.
func (r *reader) facts(q memory.FactQuery, bad func(*factRecord) error) (out []memory.Fact, err error) {
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
		if q.Object.Entity > 0 {
			c.where("object > 0") // as the index says it
		}
	}
	if q.As != nil {
		c.where("valid_from <= ? and valid_to >= ?", int64(q.As.Valid), int64(q.As.Valid))
		c.where("known_from <= ? and known_to >= ?", int64(q.As.Known), int64(q.As.Known))
	}
	err = r.each(func(row pgx.CollectableRow) error {
		var rec factRecord
		if err := scan(row, &rec); err != nil {
			return err
		}
		if rec.checksum(r.tenant) != rec.sum {
			return bad(&rec)
		}
		if q.Match(&rec.f) {
			out = append(out, rec.f)
		}
		return nil
	}, "select "+factColumns+" from facts where "+c.text+" order by id", c.args...)
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
	rec := entityRecord{e: *e, digest: digest(key)}
	err := w.row("insert into entities (tenant, name, digest, type, created, sum) values ($1,$2,$3,$4,$5,$6) on conflict (tenant, digest) do nothing returning id",
		w.id, encode(e.Name), rec.digest, encode(e.Type), int64(e.Created), rec.checksum(w.tenant)).Scan(&e.ID)
	if missing(err) {
		return fmt.Errorf("entity %q: %w", e.Name, memory.ErrExists)
	}
	w.added["entities"]++
	return err
}

// SetEntity changes the name and the type.
func (w *writer) SetEntity(e memory.Entity) error {
	var rec entityRecord
	err := w.row("select digest, created from entities where tenant = $1 and id = $2", w.id, e.ID).Scan(&rec.digest, &rec.e.Created)
	if missing(err) {
		return fmt.Errorf("entity %d: %w", e.ID, memory.ErrNotFound)
	}
	if err != nil {
		return err
	}
	rec.e.Name, rec.e.Type = e.Name, e.Type
	_, err = w.exec("update entities set name = $3, type = $4, sum = $5 where tenant = $1 and id = $2", w.id, e.ID, encode(e.Name), encode(e.Type), rec.checksum(w.tenant))
	w.past++
	return err
}

// statement is what facts of one object have in common.
type statement struct {
	subject   int64
	predicate string
	object    memory.Object
}

func about(f *memory.Fact) statement { return statement{f.Subject, f.Predicate, f.Object} }

// AddFact adds what is believed. The database itself sees to it that facts about a predicate with one object
// at a time do not overlap; those that had others beside them, before that was said of the predicate, may.
func (w *writer) AddFact(f *memory.Fact) error {
	single, err := w.Single(f.Predicate)
	if err != nil {
		return err
	}
	w.added["facts"]++
	// What is added to the past, from elsewhere, may have had others beside it, too.
	alone := "$13"
	if f.Known.From != w.now {
		w.past++
		alone = `$13 and not exists (select from facts where tenant = $1 and subject = $2 and predicate = $3
			and valid_from < $7 and valid_to > $6 and known_from < $9 and known_to > $8)`
	}
	if err := w.row("insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, sum, single) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,"+alone+") returning id",
		w.id, f.Subject, encode(f.Predicate), f.Object.Entity, encode(f.Object.Value), int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), sourceOf(f.Sources), f.Confidence, memory.FactSum(w.tenant, f),
		single && !w.loose[about(f)]).Scan(&f.ID); err != nil {
		return err
	}
	return w.addSources(f.ID, f.Sources)
}

// sourceOf is what a fact's row has for its sources.
func sourceOf(sources []int64) int64 {
	switch len(sources) {
	case 0:
		return 0
	case 1:
		return sources[0]
	}
	return several
}

// addSources stores the sources of a fact that has several.
func (w *writer) addSources(id int64, sources []int64) error {
	if sourceOf(sources) != several {
		return nil
	}
	w.added["fact_sources"] += len(sources)
	_, err := w.exec("insert into fact_sources (tenant, fact, source) select $1, $2, unnest($3::bigint[])", w.id, id, sources)
	return err
}

// SetSources changes the sources of a fact.
func (w *writer) SetSources(id int64, sources []int64) error {
	var rec factRecord
	err := scan(w.row("select "+factColumns+" from facts where tenant = $1 and id = $2", w.id, id), &rec)
	switch {
	case missing(err):
		return fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	case err != nil:
		return err
	case rec.checksum(w.tenant) != rec.sum:
		return w.factDamaged(&rec)
	}
	rec.f.Sources = sources
	if _, err := w.exec("delete from fact_sources where tenant = $1 and fact = $2", w.id, id); err != nil {
		return err
	}
	if _, err := w.exec("update facts set source = $3, sum = $4 where tenant = $1 and id = $2", w.id, id, sourceOf(sources), rec.checksum(w.tenant)); err != nil {
		return err
	}
	return w.addSources(id, sources)
}

// EndFact ends the belief in a fact. One that began then was never believed, and is removed.
func (w *writer) EndFact(id int64, at memory.Instant) error {
	var rec factRecord
	var single bool
	read := func(row pgx.Row) error {
		err := row.Scan(append(rec.dest(), &single)...)
		rec.decode()
		return err
	}
	const back = factColumns + ", single"
	err := read(w.row("delete from facts where tenant = $1 and id = $2 and known_from = $3 returning "+back, w.id, id, int64(at)))
	if missing(err) {
		if err = read(w.row("select "+back+" from facts where tenant = $1 and id = $2", w.id, id)); err == nil && rec.checksum(w.tenant) != rec.sum {
			return w.factDamaged(&rec)
		}
		if err == nil {
			rec.f.Known.To = at
			_, err = w.exec("update facts set known_to = $3, sum = $4 where tenant = $1 and id = $2", w.id, id, int64(at), rec.checksum(w.tenant))
		}
	}
	if missing(err) {
		return fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	}
	if err == nil && !single {
		w.loose[about(&rec.f)] = true
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

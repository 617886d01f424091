package sqlite

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// list is ids as JSON, for json_each.
func list(ids []int64) string {
	data, _ := json.Marshal(ids) // numbers always can be
	return string(data)
}

// EntityNamed returns the entity that a normalised name or alias is of. One that is damaged, or an alias that is, is
// an error: another must not take its place.
func (r *reader) EntityNamed(key string) (*memory.Entity, error) {
	var e entityRecord
	err := r.tx.Row("select "+entityColumns+" from entities where tenant = ? and key = ?", r.tenant, key).Scan(e.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		var a aliasRecord
		if err = r.tx.Row("select "+aliasColumns+" from aliases where tenant = ? and key = ?", r.tenant, key).Scan(a.dest()...); err == nil {
			if a.checksum() != a.sum {
				return nil, a.damaged(r.s)
			}
			err = r.tx.Row("select "+entityColumns+" from entities where tenant = ? and id = ?", r.tenant, a.a.Entity).Scan(e.dest()...)
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil && e.checksum() != e.sum {
		err = e.damaged(r.s)
	}
	return &e.e, err
}

// Entities returns those of some ids; all for none.
func (r *reader) Entities(ids ...int64) (out []memory.Entity, err error) {
	query, args := "select "+entityColumns+" from entities where tenant = ? order by id", []any{r.tenant}
	if len(ids) > 0 {
		ids = slices.Clone(ids)
		slices.Sort(ids)
		query, args = entitiesAt, []any{list(slices.Compact(ids)), r.tenant}
	}
	err = r.tx.Each(func(rows *sql.Rows) error {
		var e entityRecord
		err := rows.Scan(e.dest()...)
		if err == nil && e.checksum() == e.sum {
			out = append(out, e.e)
		}
		return err
	}, query, args...)
	return out, err
}

// Facts returns those that are meant, without those that are damaged.
func (r *reader) Facts(q memory.FactQuery) ([]memory.Fact, error) {
	return r.facts(q, func(*factRecord) error { return nil })
}

// Facts returns those that are meant. One that is damaged is an error.
func (w *writer) Facts(q memory.FactQuery) ([]memory.Fact, error) {
	return w.facts(q, func(f *factRecord) error { return f.damaged(w.s) })
}

// facts reads facts, and tells bad of those that are damaged.
func (r *reader) facts(q memory.FactQuery, bad func(*factRecord) error) (out []memory.Fact, err error) {
	query, args := "select "+factColumns+" from facts where tenant = ?", []any{r.tenant}
	switch {
	case len(q.IDs) > 0:
		query, args = factsAt, append(args, list(q.IDs))
	case q.Subject != 0:
		query, args = factsOf, append(args, q.Subject)
	case q.Object != nil && q.Object.Entity != 0:
		query, args = factsAbout, append(args, q.Object.Entity)
	}
	where := func(condition string, values ...any) {
		query += " and " + condition
		args = append(args, values...)
	}
	if len(q.IDs) > 0 && q.Subject != 0 {
		where("subject = ?", q.Subject)
	}
	if q.Predicate != "" {
		where("predicate = ?", q.Predicate)
	}
	if q.Object != nil {
		where("object = ? and value = ?", q.Object.Entity, q.Object.Value)
	}
	if q.As != nil {
		where("valid_from <= ? and known_from <= ? and valid_to >= ? and known_to >= ?", int64(q.As.Valid), int64(q.As.Known), int64(q.As.Valid), int64(q.As.Known))
	}
	few := q.Subject != 0 // SQLite sorts a few more slowly
	if !few {
		query += " order by id"
	}
	err = r.tx.Each(func(rows *sql.Rows) error {
		var f factRecord
		if err := f.scan(rows); err != nil {
			return err
		}
		if f.checksum() != f.sum {
			return bad(&f)
		}
		if q.Match(&f.f) {
			out = append(out, f.f)
		}
		return nil
	}, query, args...)
	if few {
		slices.SortFunc(out, func(a, b memory.Fact) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out, err
}

// These say the index, or the order: without statistics SQLite would go through all that the tenant has. Edges
// are found by two queries, since SQLite finds no index for both directions at a time; all that is asked of a fact stands in the index, and
// whose it is, in its entity.
const (
	entitiesAt = "select e.id, e.tenant, e.name, e.key, e.type, e.created, e.sum from json_each(?) j cross join entities e on e.id = j.value and e.tenant = ?"
	aliasesOf  = "select " + aliasColumns + " from aliases indexed by aliases_entity where tenant = ? and entity in (select value from json_each(?))"
	factsOf    = "select " + factColumns + " from facts indexed by facts_subject where tenant = ? and subject = ?"
	factsAbout = "select " + factColumns + " from facts indexed by facts_to where object > 0 and tenant = ? and object = ?"
	factsAt    = "select " + factColumns + " from facts not indexed where tenant = ? and id in (select value from json_each(?))"

	edgesFrom = `select f.subject, f.object, f.predicate from json_each(?) j cross join entities e on e.id = j.value and e.tenant = ?
		cross join facts f indexed by facts_from on f.subject = e.id and f.object > 0 and f.known_to > ? and f.known_from <= ? and f.valid_from <= ? and f.valid_to > ?`
	edgesTo = `select f.subject, f.object, f.predicate from json_each(?) j cross join entities e on e.id = j.value and e.tenant = ?
		cross join facts f indexed by facts_to on f.object = e.id and f.object > 0 and f.known_to > ? and f.known_from <= ? and f.valid_from <= ? and f.valid_to > ?`
)

// Edges calls each for the facts between entities.
func (r *reader) Edges(ids []int64, as memory.AsOf, back bool, each func(memory.Edge) error) error {
	query := edgesFrom
	if back {
		query = edgesTo
	}
	valid, known := int64(min(as.Valid, memory.Forever-1)), int64(min(as.Known, memory.Forever-1))
	return r.tx.Each(func(rows *sql.Rows) error {
		var e memory.Edge
		if err := rows.Scan(&e.From, &e.To, &e.Predicate); err != nil {
			return err
		}
		return each(e)
	}, query, list(ids), r.tenant, known, known, valid, valid)
}

// Single tells whether a predicate has one object at a time.
func (r *reader) Single(predicate string) (single bool, err error) {
	err = r.tx.Row("select single from predicates where tenant = ? and predicate = ?", r.tenant, predicate).Scan(&single)
	if errors.Is(err, sql.ErrNoRows) {
		return memory.SingleByDefault(predicate), nil
	}
	return single, err
}

// AddEntity stores an entity.
func (w *writer) AddEntity(e *memory.Entity, key string) error {
	rec := entityRecord{tenant: w.tenant, key: key, e: *e}
	r, err := w.tx.Exec("insert into entities (tenant, name, key, type, created, sum) values (?,?,?,?,?,?)", w.tenant, e.Name, key, e.Type, int64(e.Created), rec.checksum())
	if err != nil {
		return err
	}
	e.ID, err = r.LastInsertId()
	return err
}

// SetEntity changes the name and the type.
func (w *writer) SetEntity(e memory.Entity) error {
	rec := entityRecord{tenant: w.tenant}
	err := w.tx.Row("select key, created from entities where id = ? and tenant = ?", e.ID, w.tenant).Scan(&rec.key, &rec.e.Created)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("entity %d: %w", e.ID, memory.ErrNotFound)
	}
	if err != nil {
		return err
	}
	rec.e.Name, rec.e.Type = e.Name, e.Type
	if _, err := w.tx.Exec("update entities set name = ?, type = ?, sum = ? where id = ?", e.Name, e.Type, rec.checksum(), e.ID); err != nil {
		return err
	}
	return w.changePast()
}

// AddFact adds what is believed.
func (w *writer) AddFact(f *memory.Fact) error {
	rec := factRecord{tenant: w.tenant, f: *f}
	rec.source = sourceOf(f.Sources)
	r, err := w.tx.Exec("insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence, sum) values (?,?,?,?,?,?,?,?,?,?,?,?)",
		w.tenant, f.Subject, f.Predicate, f.Object.Entity, f.Object.Value, int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), rec.source, f.Confidence, rec.checksum())
	if err != nil {
		return err
	}
	if f.ID, err = r.LastInsertId(); err != nil {
		return err
	}
	if err := w.addSources(f.ID, f.Sources); err != nil || f.Known.From == w.now {
		return err
	}
	return w.changePast()
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
	for _, source := range sources {
		if _, err := w.tx.Exec("insert into fact_sources (fact, source) values (?,?)", id, source); err != nil {
			return err
		}
	}
	return nil
}

// fact reads one by its number. One that is damaged is an error.
func (w *writer) fact(id int64) (f factRecord, err error) {
	err = f.scan(w.tx.Row("select "+factColumns+" from facts where id = ? and tenant = ?", id, w.tenant))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	case err == nil && f.checksum() != f.sum:
		err = f.damaged(w.s)
	}
	return f, err
}

// SetSources changes the sources of a fact.
func (w *writer) SetSources(id int64, sources []int64) error {
	f, err := w.fact(id)
	if err != nil {
		return err
	}
	f.f.Sources = sources
	if _, err := w.tx.Exec("delete from fact_sources where fact = ?", id); err != nil {
		return err
	}
	if _, err := w.tx.Exec("update facts set source = ?, sum = ? where id = ?", sourceOf(sources), f.checksum(), id); err != nil {
		return err
	}
	return w.addSources(id, sources)
}

// EndFact ends the belief in a fact.
func (w *writer) EndFact(id int64, at memory.Instant) error {
	r, err := w.tx.Exec("delete from facts where id = ? and tenant = ? and known_from = ?", id, w.tenant, int64(at))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	f, err := w.fact(id)
	if err != nil {
		return err
	}
	f.f.Known.To = at
	_, err = w.tx.Exec("update facts set known_to = ?, sum = ? where id = ?", int64(at), f.checksum(), id)
	return err
}

// SetSingle says whether a predicate has one object at a time.
func (w *writer) SetSingle(predicate string, single bool) error {
	_, err := w.tx.Exec("insert into predicates (tenant, predicate, single) values (?,?,?) on conflict do update set single = excluded.single", w.tenant, predicate, single)
	return err
}

// Singles are what SetSingle was told.
func (r *reader) Singles() (map[string]bool, error) {
	out := map[string]bool{}
	err := r.tx.Each(func(rows *sql.Rows) error {
		var predicate string
		var single bool
		err := rows.Scan(&predicate, &single)
		out[predicate] = single
		return err
	}, "select predicate, single from predicates where tenant = ?", r.tenant)
	return out, err
}

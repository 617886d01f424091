package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/memory"
)

// EntityNamed returns the entity that a normalised name is of.
func (r *reader) EntityNamed(key string) (*memory.Entity, error) {
	var e memory.Entity
	err := r.tx.Row("select id, name, type, created from entities where tenant = ? and key = ?", r.tenant, key).Scan(&e.ID, &e.Name, &e.Type, &e.Created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &e, err
}

// list is ids as JSON, for json_each.
func list(ids []int64) string {
	data, _ := json.Marshal(ids) // numbers always can be
	return string(data)
}

// Entities returns those of some ids; all for none.
func (r *reader) Entities(ids ...int64) (out []memory.Entity, err error) {
	query, args := "select id, name, type, created from entities where tenant = ?", []any{r.tenant}
	if len(ids) > 0 {
		query += " and id in (select value from json_each(?))"
		args = append(args, list(ids))
	}
	err = r.tx.Each(func(rows *sql.Rows) error {
		var e memory.Entity
		err := rows.Scan(&e.ID, &e.Name, &e.Type, &e.Created)
		out = append(out, e)
		return err
	}, query+" order by id", args...)
	return out, err
}

// Facts returns those that are meant.
func (r *reader) Facts(q memory.FactQuery) (out []memory.Fact, err error) {
	query := "select id, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence from facts where tenant = ?"
	args := []any{r.tenant}
	where := func(condition string, values ...any) {
		query += " and " + condition
		args = append(args, values...)
	}
	if q.Subject != 0 {
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
	err = r.tx.Each(func(rows *sql.Rows) error {
		var f memory.Fact
		err := rows.Scan(&f.ID, &f.Subject, &f.Predicate, &f.Object.Entity, &f.Object.Value, &f.Valid.From, &f.Valid.To, &f.Known.From, &f.Known.To, &f.Source, &f.Confidence)
		if err == nil && q.Match(&f) {
			out = append(out, f)
		}
		return err
	}, query+" order by id", args...)
	return out, err
}

// The two directions are two queries: SQLite finds no index for both at a time.
const (
	edgesFrom = `select subject, object, predicate from facts where object > 0 and subject in (select value from json_each(?)) and tenant = ?
		and known_to > ? and known_from <= ? and valid_from <= ? and valid_to > ?`
	edgesTo = `select subject, object, predicate from facts where object > 0 and object in (select value from json_each(?)) and tenant = ?
		and known_to > ? and known_from <= ? and valid_from <= ? and valid_to > ?`
)

// Edges returns the facts between entities.
func (r *reader) Edges(ids []int64, as memory.AsOf, back bool) (out []memory.Edge, err error) {
	query := edgesFrom
	if back {
		query = edgesTo
	}
	valid, known := int64(min(as.Valid, memory.Forever-1)), int64(min(as.Known, memory.Forever-1))
	err = r.tx.Each(func(rows *sql.Rows) error {
		var e memory.Edge
		err := rows.Scan(&e.From, &e.To, &e.Predicate)
		out = append(out, e)
		return err
	}, query, list(ids), r.tenant, known, known, valid, valid)
	return out, err
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
	r, err := w.tx.Exec("insert into entities (tenant, name, key, type, created) values (?,?,?,?,?)", w.tenant, e.Name, key, e.Type, int64(e.Created))
	if err != nil {
		return err
	}
	e.ID, err = r.LastInsertId()
	return err
}

// SetEntity changes the name and the type.
func (w *writer) SetEntity(e memory.Entity) error {
	return w.one(w.tx.Exec("update entities set name = ?, type = ? where id = ? and tenant = ?", e.Name, e.Type, e.ID, w.tenant))("entity", e.ID)
}

// one is the error of a statement that must have changed one row.
func (w *writer) one(r sql.Result, err error) func(what string, id int64) error {
	return func(what string, id int64) error {
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("%s %d: %w", what, id, memory.ErrNotFound))
		}
		return nil
	}
}

// AddFact adds what is believed.
func (w *writer) AddFact(f *memory.Fact) error {
	r, err := w.tx.Exec("insert into facts (tenant, subject, predicate, object, value, valid_from, valid_to, known_from, known_to, source, confidence) values (?,?,?,?,?,?,?,?,?,?,?)",
		w.tenant, f.Subject, f.Predicate, f.Object.Entity, f.Object.Value, int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), f.Source, f.Confidence)
	if err != nil {
		return err
	}
	f.ID, err = r.LastInsertId()
	return err
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
	return w.one(w.tx.Exec("update facts set known_to = ? where id = ? and tenant = ?", int64(at), id, w.tenant))("fact", id)
}

// DropFactsFrom removes what was taken from episodes.
func (w *writer) DropFactsFrom(rows []int64) error {
	_, err := w.tx.Exec("delete from facts where source > 0 and source in (select value from json_each(?)) and tenant = ?", list(rows), w.tenant)
	return err
}

// SetSingle says whether a predicate has one object at a time.
func (w *writer) SetSingle(predicate string, single bool) error {
	_, err := w.tx.Exec("insert into predicates (tenant, predicate, single) values (?,?,?) on conflict do update set single = excluded.single", w.tenant, predicate, single)
	return err
}

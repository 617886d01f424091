package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// An export is a JSON object:
//
//	{"llmspell_state": 1, "schema": 1, "exported": "2026-01-02T15:04:05Z",
//	 "entries": [{"scope": "global", "key": "k", "value": …, "version": 3,
//	              "written": "…", "ttl_ms": 60000}, …]}
//
// or the same as TOML. Version and times are for people: an import counts anew,
// and a time to live goes on from what was left of it.
const exportVersion = 1

// exported is an entry of an export.
type exported struct {
	Scope   string          `json:"scope"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
	Version int64           `json:"version,omitempty"`
	Written time.Time       `json:"written,omitzero"`
	TTL     int64           `json:"ttl_ms,omitempty"` // what is left of it
}

// ErrFormat means that what is read is not an export.
var ErrFormat = errors.New("not an export of a state")

// Export writes all values, or those of some scopes, as JSON. It returns how many.
func (s *Store) Export(ctx context.Context, w io.Writer, scopes ...Scope) (n int, err error) {
	return s.exportJSON(ctx, w, nil, scopes)
}

// ExportSound is Export, or ExportTOML, which leaves out values that are damaged and
// has damaged called for each of them, instead of failing.
func (s *Store) ExportSound(ctx context.Context, w io.Writer, asTOML bool, damaged func(error), scopes ...Scope) (n int, err error) {
	if asTOML {
		return s.exportTOML(ctx, w, damaged, scopes)
	}
	return s.exportJSON(ctx, w, damaged, scopes)
}

func (s *Store) exportJSON(ctx context.Context, w io.Writer, damaged func(error), scopes []Scope) (n int, err error) {
	status, err := s.MigrationStatus(ctx)
	if err != nil {
		return 0, err
	}
	now := s.time.clock.Wall()
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"llmspell_state\": %d,\n  \"schema\": %d,\n  \"exported\": %q,\n  \"entries\": [", exportVersion, status.Version, now.UTC().Format(time.RFC3339))
	err = s.eachEntry(ctx, now, damaged, scopes, func(e exported) error {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if n++; n > 1 {
			out.WriteByte(',')
		}
		out.WriteString("\n    ")
		out.Write(line)
		if out.Len() > 1<<16 {
			_, err = out.WriteTo(w)
		}
		return err
	})
	if err != nil {
		return n, err
	}
	out.WriteString("\n  ]\n}\n")
	_, err = out.WriteTo(w)
	return n, err
}

// eachEntry visits the values in order, in one snapshot. What is damaged is told to
// damaged, or an error if that is nil.
func (s *Store) eachEntry(ctx context.Context, now time.Time, damaged func(error), scopes []Scope, each func(exported) error) error {
	return s.db.Read(ctx, func(tx *db.Tx) error {
		visit := func(r *row) error {
			if len(scopes) == 0 && isPrivate(r.scope) {
				return nil
			}
			if err := r.verify(s); err != nil {
				if damaged == nil {
					return err
				}
				damaged(err)
				return nil
			}
			e := exported{Scope: r.scope, Key: r.key, Value: r.value, Version: r.version, Written: time.UnixMilli(r.written).UTC()}
			if r.ttl > 0 {
				e.TTL = min(r.written+r.ttl-now.UnixMilli(), r.ttl)
			}
			return each(e)
		}
		if len(scopes) == 0 {
			return eachRow(tx, visit, "select "+columns+" from entries where "+living+" order by scope, key", now.UnixMilli())
		}
		for _, scope := range scopes {
			if err := eachRow(tx, visit, "select "+columns+" from entries where scope = ? and "+living+" order by key", scope.String(), now.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// ImportOptions say what an import does with what is there.
type ImportOptions struct {
	// Merge keeps the values that the import does not have. Without it, all values
	// of the store, or of Scope, go first.
	Merge bool
	// Scope takes only the values of this scope. nil: all.
	Scope *Scope
	// Into is where the values of Scope go, with Merge. nil: into Scope itself.
	Into *Scope
	// AnySchema takes the values as they are, whatever schema version they had where
	// they were exported. The store keeps its own.
	AnySchema bool
}

// ErrSchema means that the values of an export have another schema version than
// those of the store.
var ErrSchema = errors.New("another schema version")

// Imported says what an import has done.
type Imported struct {
	Values int // that were written; null is none
	// Private is how many were left out because their scope was that of a session in
	// memory, which has ended: see Scope.Private.
	Private int
	// Replaced is how many values were there and went, without Merge.
	Replaced int
	// Repeated is how many of Values were written over by a later one of the same
	// scope and key, without Merge.
	Repeated int
}

// Import reads an export, JSON or TOML, and writes its values, all or none. The error matches ErrFormat where it is not an export, and
// ErrSchema where its values have another schema version than the store's: only a
// store without values takes theirs. An export that names no version is taken to
// have the store's. Others write on while it is read; it is in memory only as far
// as TOML has to be.
func (s *Store) Import(ctx context.Context, r io.Reader, opt ImportOptions) (done Imported, err error) {
	if opt.Scope != nil && opt.Scope.Private() {
		return done, fmt.Errorf("%w: scope %s is that of a session in memory: nothing can be imported into it; name another scope", ErrName, opt.Scope)
	}
	values, err := s.newSpool()
	if err != nil {
		return done, fmt.Errorf("import, nothing was changed: %w", err)
	}
	defer values.close()
	entries := 0
	schema, err := s.read(r, func(e exported) error {
		entries++
		p, err := s.imported(e)
		if err != nil {
			return fmt.Errorf("entry %d: %w", entries, err)
		}
		switch {
		case p.scope.Private():
			done.Private++
		case opt.Scope == nil || p.scope.normal() == opt.Scope.normal():
			if opt.Into != nil {
				p.scope = *opt.Into
			}
			nothing := p.value == nil
			if !nothing {
				done.Values++
			}
			if err := values.add(&spooled{scope: p.scope.String(), key: p.key, value: p.value, ttl: p.opt.TTL.Milliseconds(), gone: nothing}); err != nil {
				return s.db.Failed("keep what is to be imported", err)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import, nothing was changed: %w", err)
	}
	err = s.write(ctx, func(w *writer) error {
		if !opt.AnySchema && schema != 0 {
			if err := w.agree(schema); err != nil {
				return err
			}
		}
		var err error
		if !opt.Merge {
			if done.Replaced, err = w.held(opt.Scope); err != nil {
				return err
			}
		}
		if err := w.makeRoom(opt); err != nil {
			return err
		}

		rows := newBulk(w, values.ordered && !opt.Merge)
		if err := values.each(rows.add); err != nil {
			return err
		}
		if err := rows.flush(); err != nil || opt.Merge {
			return err
		}
		there, err := w.held(opt.Scope)
		done.Repeated = max(0, done.Values-there)
		return err
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import, nothing was changed: %w", err)
	}
	return done, nil
}

// agree sees to it that values of a schema version fit the store: they have its
// version, or it has no values and takes theirs.
func (w *writer) agree(schema int) error {
	var own int
	var used bool
	if err := w.tx.Row("select (select value from meta where name = 'schema'), exists (select 1 from entries where "+living+")", w.now).Scan(&own, &used); err != nil {
		return err
	}
	switch {
	case schema == own:
		return nil
	case used && schema < own:
		return fmt.Errorf("%w: the values to be imported have version %d, the store's have %d; import them into an empty store, which takes their version, migrate that and export it again; "+
			"or take them as they are (--any-schema, any_schema)", ErrSchema, schema, own)
	case used:
		return fmt.Errorf("%w: the values to be imported have version %d, the store's have %d; migrate the store to version %d first, or clear it (it then takes theirs); "+
			"or take them as they are (--any-schema, any_schema)", ErrSchema, schema, own, schema)
	}
	// Hidden values and former versions have the store's former version.
	if err := w.empty(); err != nil {
		return err
	}
	if _, err := w.tx.Exec("delete from migrations where version > ?", schema); err != nil {
		return err
	}
	if schema > own {
		if _, err := w.tx.Exec("insert into migrations (version, description, at, changed) values (?, ?, ?, 0)", schema, "came with an import", w.now); err != nil {
			return err
		}
	}
	if _, err := w.tx.Exec("update meta set value = ? where name = 'schema'", schema); err != nil {
		return err
	}
	_, err := w.next()
	return err
}

// held counts the values of a scope, or of all but those of sessions in memory.
func (w *writer) held(only *Scope) (n int, err error) {
	if only != nil {
		err = w.tx.Row("select count(*) from entries where scope = ? and "+living, only.String(), w.now).Scan(&n)
		return n, err
	}
	if err := w.tx.Row("select count(*) from entries where "+living, w.now).Scan(&n); err != nil {
		return 0, err
	}
	private, err := privateScopes(w.tx)
	for _, scope := range private {
		var own int
		if err := w.tx.Row("select count(*) from entries where scope = ? and "+living, scope, w.now).Scan(&own); err != nil {
			return 0, err
		}
		n -= own
	}
	return n, err
}

func (w *writer) makeRoom(opt ImportOptions) error {
	switch {
	case opt.Merge:
		return nil
	case opt.Scope != nil:
		_, err := w.clear(*opt.Scope)
		return err
	}
	if err := w.empty(); err != nil {
		return err
	}
	_, err := w.next()
	return err
}

// imported checks an entry. One whose value is null has none: it removes what is there.
func (s *Store) imported(e exported) (prepared, error) {
	scope, err := ParseScope(e.Scope)
	if err != nil {
		return prepared{}, err
	}
	if len(e.Value) == 0 {
		return prepared{}, fmt.Errorf("%w: %q in scope %s has no value", ErrFormat, e.Key, scope)
	}
	if len(e.Value) > 6*s.opt.MaxValue { // no need to decode it; escapes may shrink six times
		return prepared{}, fmt.Errorf("%q in scope %s: %w: the value has %d bytes, %d are allowed", e.Key, scope, ErrTooLarge, len(e.Value), s.opt.MaxValue)
	}
	value, err := Decode(e.Value)
	if err != nil {
		return prepared{}, fmt.Errorf("%q in scope %s: %w", e.Key, scope, err)
	}
	if e.TTL < 0 || e.TTL > maxTTL.Milliseconds() {
		return prepared{}, fmt.Errorf("%w: %q in scope %s: ttl_ms is %d", ErrFormat, e.Key, scope, e.TTL)
	}
	if value == nil {
		return prepared{scope: scope, key: e.Key}, checkNames(scope, e.Key)
	}
	return s.prepare(scope, e.Key, value, SetOptions{TTL: time.Duration(e.TTL) * time.Millisecond})
}

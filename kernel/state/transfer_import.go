package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

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
	// Unguarded asks no Guard: what is imported comes with the session itself.
	Unguarded bool
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
	// Archived is how many were left out because they belong to sessions that are
	// archived, which keep what they have; ArchivedScopes names some, with commas.
	Archived       int
	ArchivedScopes string
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
	sessions := map[string]bool{} // scopes
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
			r := spooled{scope: p.scope.String(), key: p.key, value: p.value, ttl: p.opt.TTL.Milliseconds(), gone: p.value == nil}
			if p.scope.Kind == Session {
				sessions[r.scope] = true
			}
			if err := values.add(&r); err != nil {
				return s.db.Failed("keep what is to be imported", err)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import, nothing was changed: %w", err)
	}
	err = s.write(ctx, func(w *writer) error {
		done = Imported{Private: done.Private}
		return w.takeIn(values, schema, sessions, opt, &done)
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import, nothing was changed: %w", err)
	}
	return done, nil
}

// maxKeptNamed is how many scopes are named.
const maxKeptNamed = 10

// takeIn writes what an import has read. sessions are the scopes of sessions in it.
func (w *writer) takeIn(values *spool, schema int, sessions map[string]bool, opt ImportOptions, done *Imported) error {
	if !opt.AnySchema && schema != 0 {
		if err := w.agree(schema); err != nil {
			return err
		}
	}
	kept, err := w.keeps(sessions, opt)
	if err != nil {
		return err
	}
	w.unguarded = true
	if !opt.Merge {
		if done.Replaced, err = w.held(opt.Scope, kept); err != nil {
			return err
		}
	}
	if err := w.makeRoom(opt, kept); err != nil {
		return err
	}
	rows := newBulk(w, values.ordered && !opt.Merge)
	var names []string
	if err := values.each(func(p *spooled) error {
		if kept[p.scope] {
			if done.Archived++; len(names) < maxKeptNamed && !slices.Contains(names, p.scope) {
				names = append(names, p.scope)
			}
			return nil
		}
		if !p.gone {
			done.Values++
		}
		return rows.add(p)
	}); err != nil {
		return err
	}
	done.ArchivedScopes = strings.Join(names, ", ")
	if err := rows.flush(); err != nil || opt.Merge {
		return err
	}
	there, err := w.held(opt.Scope, kept)
	done.Repeated = max(0, done.Values-there)
	return err
}

// keeps returns the scopes that an import leaves as they are. One that was asked for by
// name is an error.
func (w *writer) keeps(sessions map[string]bool, opt ImportOptions) (map[string]bool, error) {
	if opt.Unguarded {
		return nil, nil
	}
	kept, err := w.archived(sessions)
	if err == nil && opt.Scope != nil && kept[opt.Scope.String()] {
		err = w.allow(*opt.Scope, false)
	}
	return kept, err
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
	if err := w.empty(nil); err != nil {
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

// held counts the values of a scope, or of all but those of sessions in memory and of some
// scopes.
func (w *writer) held(only *Scope, without map[string]bool) (n int, err error) {
	const one = "select count(*) from entries where scope = ? and " + living
	if only != nil {
		err = w.tx.Row(one, only.String(), w.now).Scan(&n)
		return n, err
	}
	if err := w.tx.Row("select count(*) from entries where "+living, w.now).Scan(&n); err != nil {
		return 0, err
	}
	others, err := privateScopes(w.tx)
	for _, scope := range slices.AppendSeq(others, maps.Keys(without)) {
		var own int
		if err := w.tx.Row(one, scope, w.now).Scan(&own); err != nil {
			return 0, err
		}
		n -= own
	}
	return n, err
}

// makeRoom removes what an import replaces.
func (w *writer) makeRoom(opt ImportOptions, kept map[string]bool) error {
	switch {
	case opt.Merge:
		return nil
	case opt.Scope != nil:
		_, err := w.take(*opt.Scope)
		return err
	}
	if err := w.empty(kept); err != nil {
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
	return s.prepare(context.Background(), scope, e.Key, value, SetOptions{TTL: time.Duration(e.TTL) * time.Millisecond})
}

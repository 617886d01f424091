package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Migration changes the form of values, from one version of their schema to the
// next. The version is the store's; a new store has version 1.
type Migration struct {
	Version     int // that it leads to, 2 or more
	Description string
	Scope       string // only values of this scope; "session:*" is every session. Empty: all
	Prefix      string // only keys that begin so
	// Steps change values that are tables; others stay as they are.
	Steps []Transformation
	// Transform changes any value, after Steps. nil: nothing more. It runs in the
	// store's only writing transaction: it must be quick, and not use the store.
	Transform func(e Entry) (any, error)
}

// Transformation changes one field of a table. Exactly one of Add, Remove and
// Rename is set.
type Transformation struct {
	Add     string // a field, where there is none yet
	Default any    // what Add gives it
	Remove  string
	Rename  string
	To      string // what Rename calls it; a field of this name must not be there
}

// ErrMigration means that a migration cannot be registered or applied.
var ErrMigration = errors.New("migration")

func (m *Migration) check() error {
	if m.Version < 2 || m.Version > 1_000_000 {
		return fmt.Errorf("%w: version %d: versions begin with 2, for the first change", ErrMigration, m.Version)
	}
	for i, t := range m.Steps {
		n := 0
		for _, s := range []string{t.Add, t.Remove, t.Rename} {
			if s != "" {
				n++
			}
		}
		if n != 1 || (t.To != "") != (t.Rename != "") {
			return fmt.Errorf("%w to version %d, step %d: want one of add (with default), remove, and rename (with to)", ErrMigration, m.Version, i+1)
		}
		if _, err := Encode(t.Default); err != nil {
			return fmt.Errorf("%w to version %d, step %d: default: %w", ErrMigration, m.Version, i+1, err)
		}
	}
	return nil
}

// Register makes a migration known to this store's Migrate. One for the same
// version takes the place of the former.
func (s *Store) Register(m Migration) error {
	if err := m.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.steps == nil {
		s.steps = map[int]Migration{}
	}
	s.steps[m.Version] = m
	return nil
}

func (s *Store) registered() map[int]Migration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.steps)
}

// Applied is a migration that has been made.
type Applied struct {
	Version     int
	Description string
	At          time.Time
	Changed     int // values
}

// MigrationStatus says where a store stands.
type MigrationStatus struct {
	Version int       // of the values now
	Latest  int       // that registered migrations lead to
	Applied []Applied // the first comes first
	Pending []Migration
}

// MigrationStatus reads it.
func (s *Store) MigrationStatus(ctx context.Context) (st MigrationStatus, err error) {
	known := s.registered()
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if err := tx.Row("select value from meta where name = 'schema'").Scan(&st.Version); err != nil {
			return err
		}
		return tx.Each(func(rows *sql.Rows) error {
			var a Applied
			var at int64
			err := rows.Scan(&a.Version, &a.Description, &at, &a.Changed)
			a.At = time.UnixMilli(at)
			st.Applied = append(st.Applied, a)
			return err
		}, "select version, description, at, changed from migrations order by id")
	})
	st.Latest = st.Version
	for _, v := range slices.Sorted(maps.Keys(known)) {
		if v > st.Version {
			st.Pending = append(st.Pending, known[v])
			st.Latest = v
		}
	}
	return st, err
}

// Migrate brings all values to a version, step by step, in one transaction: all
// or nothing. Each version in between must have been registered. Going back is
// an error: restore a backup for that. It returns what was applied.
func (s *Store) Migrate(ctx context.Context, version int) ([]Applied, error) {
	st, err := s.MigrationStatus(ctx)
	if err != nil {
		return nil, err
	}
	if version == st.Version {
		return nil, nil
	}
	if s.opt.NoMigrations {
		return nil, fmt.Errorf("%w: migrations are switched off (state_persistence.migration_enabled)", ErrMigration)
	}
	if version > st.Version && s.opt.BackupOnMigration && s.db.Path() != db.Memory {
		if _, err := s.CreateBackup(ctx, fmt.Sprintf("before the migration to version %d", version)); err != nil {
			return nil, fmt.Errorf("%w to version %d: %w", ErrMigration, version, err)
		}
	}
	var out []Applied
	known := s.registered()
	err = s.write(ctx, func(w *writer) error {
		out = nil
		var now int
		if err := w.tx.Row("select value from meta where name = 'schema'").Scan(&now); err != nil {
			return err
		}
		if version < now {
			return fmt.Errorf("%w: the values have version %d, and cannot go back to %d; restore a backup that was made before", ErrMigration, now, version)
		}
		for v := now + 1; v <= version; v++ {
			m, ok := known[v]
			if !ok {
				return fmt.Errorf("%w: no migration to version %d is registered (the values have version %d)", ErrMigration, v, now)
			}
			n, err := w.migrate(m)
			if err != nil {
				return fmt.Errorf("%w to version %d, nothing was changed: %w", ErrMigration, v, err)
			}
			out = append(out, Applied{v, m.Description, time.UnixMilli(w.now), n})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (w *writer) migrate(m Migration) (changed int, err error) {
	// By pages: a cursor must not see the rows that are written meanwhile.
	for after := int64(-1); ; {
		var page []row
		var ids []int64
		if err := w.tx.Each(func(rows *sql.Rows) error {
			var r row
			var id int64
			if err := rows.Scan(append([]any{&id}, r.dest()...)...); err != nil {
				return err
			}
			page, ids = append(page, r), append(ids, id)
			return nil
		}, "select id, "+columns+" from entries where id > ? order by id limit 100", after); err != nil {
			return 0, err
		}
		if len(page) == 0 {
			break
		}
		after = ids[len(ids)-1]
		for i := range page {
			ok, err := w.migrateRow(m, &page[i])
			if err != nil {
				return 0, err
			}
			if ok {
				changed++
			}
		}
	}
	if _, err := w.tx.Exec("update meta set value = ? where name = 'schema'", m.Version); err != nil {
		return 0, err
	}
	_, err = w.tx.Exec("insert into migrations (version, description, at, changed) values (?, ?, ?, ?)", m.Version, m.Description, w.now, changed)
	return changed, err
}

// migrateRow keeps the time of writing: a migration does not make values live
// longer.
func (w *writer) migrateRow(m Migration, r *row) (bool, error) {
	if !m.covers(r.scope, r.key) {
		return false, nil
	}
	e, err := r.entry(w.s)
	if err != nil {
		return false, err
	}
	value, err := m.apply(e)
	if err != nil {
		return false, fmt.Errorf("%q in scope %s: %w", r.key, r.scope, err)
	}
	p, err := w.s.prepare(e.Scope, r.key, value, SetOptions{})
	if err != nil || string(p.value) == string(r.value) {
		return false, err
	}
	if err := w.remember(r.scope, r.key); err != nil {
		return false, err
	}
	r.value = p.value
	r.version++
	if r.revision, err = w.next(); err != nil {
		return false, err
	}
	return true, w.put(r)
}

func (m *Migration) covers(scope, key string) bool {
	if !strings.HasPrefix(key, m.Prefix) {
		return false
	}
	if kind, ok := strings.CutSuffix(m.Scope, "*"); ok {
		return strings.HasPrefix(scope, kind)
	}
	if m.Scope == "" {
		return true
	}
	want, err := ParseScope(m.Scope)
	return err == nil && want.String() == scope
}

func (m *Migration) apply(e Entry) (any, error) {
	if table, ok := e.Value.(map[string]any); ok {
		for _, t := range m.Steps {
			switch {
			case t.Add != "":
				if _, there := table[t.Add]; !there {
					table[t.Add] = t.Default
				}
			case t.Remove != "":
				delete(table, t.Remove)
			default:
				v, there := table[t.Rename]
				if _, taken := table[t.To]; there && taken {
					return nil, fmt.Errorf("%w: rename %q to %q: it has a field of that name already", ErrMigration, t.Rename, t.To)
				}
				if there {
					table[t.To] = v
					delete(table, t.Rename)
				}
			}
		}
	}
	if m.Transform == nil {
		return e.Value, nil
	}
	return m.Transform(e)
}

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
	// Transform gives the new form of any value, after Steps. nil: nothing more. The
	// value is deleted if the error is ErrDrop; any other error ends the migration. It
	// runs on the goroutine of who migrates, while others may write, and again for
	// values that they have written meanwhile.
	Transform func(e Entry) (any, error)
}

// ErrDrop is what a Transform returns for a value that is to be deleted.
var ErrDrop = errors.New("the value is to be deleted")

// Transformation changes one field of a table. Exactly one of Add, Remove and
// Rename is set.
type Transformation struct {
	Add     string // a field, where there is none yet
	Default any    // what Add gives it
	Remove  string
	Rename  string
	To      string // what Rename calls it; a field of this name must not be there
}

// maxSchema is the greatest schema version.
const maxSchema = 1_000_000

// ErrMigration means that a migration cannot be registered or applied.
var ErrMigration = errors.New("migration")

func (m *Migration) check() error {
	if m.Version < 2 || m.Version > maxSchema {
		return fmt.Errorf("%w: version %d: versions begin with 2, for the first change", ErrMigration, m.Version)
	}
	if m.Scope != "" && !strings.HasSuffix(m.Scope, "*") {
		if _, err := ParseScope(m.Scope); err != nil {
			return fmt.Errorf("%w to version %d: %w", ErrMigration, m.Version, err)
		}
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
	Changed     int // values, those that were deleted too
}

// MigrationStatus says where a store stands.
type MigrationStatus struct {
	Version int       // of the values now
	Latest  int       // that registered migrations lead to
	Applied []Applied // the first comes first
	Pending []Migration
}

// MigrationStatus reads it.
func (s *Store) MigrationStatus(ctx context.Context) (MigrationStatus, error) {
	return s.migrationStatus(ctx, s.registered())
}

func (s *Store) migrationStatus(ctx context.Context, known map[int]Migration) (st MigrationStatus, err error) {
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
	for _, t := range m.Steps {
		if err := t.apply(e.Value); err != nil {
			return nil, err
		}
	}
	if m.Transform == nil {
		return e.Value, nil
	}
	return m.Transform(e)
}

// apply changes a table; other values stay as they are.
func (t *Transformation) apply(value any) error {
	var get func(string) (any, bool)
	var set func(string, any)
	var remove func(string)
	switch table := value.(type) {
	case map[string]any:
		get = func(k string) (any, bool) { v, ok := table[k]; return v, ok }
		set = func(k string, v any) { table[k] = v }
		remove = func(k string) { delete(table, k) }
	case map[any]any:
		get = func(k string) (any, bool) { v, ok := table[k]; return v, ok }
		set = func(k string, v any) { table[k] = v }
		remove = func(k string) { delete(table, k) }
	default:
		return nil
	}
	switch {
	case t.Add != "":
		if _, there := get(t.Add); !there {
			set(t.Add, t.Default)
		}
	case t.Remove != "":
		remove(t.Remove)
	default:
		v, there := get(t.Rename)
		if _, taken := get(t.To); there && taken {
			return fmt.Errorf("%w: rename %q to %q: it has a field of that name already", ErrMigration, t.Rename, t.To)
		}
		if there {
			set(t.To, v)
			remove(t.Rename)
		}
	}
	return nil
}

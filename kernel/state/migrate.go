package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// A migration computes new values outside of any transaction, because transforms may
// be scripts, and spools them. Then it writes all in one, if nobody has written since
// it began to read. If somebody has, it computes what they have written, and tries
// again. A row whose revision is another when it is written was computed again, or
// deleted.
//
// A value whose time is over may come back, when a clock that has jumped ahead is put
// right. So it is migrated too, but it does not count, and one that cannot be
// migrated is removed: nobody could mend it.

// MigrateOptions say how values are migrated. The zero value is good.
type MigrateOptions struct {
	// DryRun computes everything, and writes nothing.
	DryRun bool
}

// Migrated is what a migration has done, or would do.
type Migrated struct {
	From, To int       // versions
	Applied  []Applied // the first comes first; empty: the values had the version already
	Examined int       // values that a migration covers
	Changed  int       // of these, also those that were deleted
	Deleted  int
}

// Migrate brings all values to a version, step by step, in one transaction: all
// or nothing. Each version in between must have been registered. Going back is
// an error: restore a backup for that. The error matches ErrConflict if others
// write all the time.
func (s *Store) Migrate(ctx context.Context, version int, opt MigrateOptions) (Migrated, error) {
	return s.migrate(ctx, version, opt, s.registered(), func(fn func()) { fn() })
}

// migrate waits for others in wait.
func (s *Store) migrate(ctx context.Context, version int, opt MigrateOptions, known map[int]Migration, wait func(func())) (Migrated, error) {
	st, err := s.migrationStatus(ctx, known)
	if err != nil || version == st.Version {
		return Migrated{From: st.Version, To: version}, err
	}
	switch {
	case s.opt.NoMigrations:
		return Migrated{}, fmt.Errorf("%w: migrations are switched off (state_persistence.migration_enabled)", ErrMigration)
	case version < st.Version:
		return Migrated{}, fmt.Errorf("%w: the values have version %d, and cannot go back to %d; restore a backup that was made before", ErrMigration, st.Version, version)
	}
	m := &migrator{s: s, ctx: ctx, from: st.Version, to: version, now: s.time.now()}
	for v := st.Version + 1; v <= version; v++ {
		one, ok := known[v]
		if !ok {
			return Migrated{}, fmt.Errorf("%w: no migration to version %d is registered (the values have version %d)", ErrMigration, v, st.Version)
		}
		m.chain = append(m.chain, one)
	}
	if m.spool, err = s.newSpool(); err != nil {
		return Migrated{}, m.failed(err)
	}
	defer m.spool.close()
	out, err := m.run(opt, wait)
	if err != nil {
		return Migrated{}, m.failed(err)
	}
	return out, nil
}

// migrator is one migration that goes on.
type migrator struct {
	s        *Store
	ctx      context.Context
	from, to int
	chain    []Migration
	spool    *spool
	now      int64 // when it began: what has expired by then is hidden
	seen     int64 // all writes up to this revision have been read
	planned  Migrated
}

func (m *migrator) failed(err error) error {
	return fmt.Errorf("%w to version %d, nothing was changed: %w", ErrMigration, m.to, err)
}

func (m *migrator) run(opt MigrateOptions, wait func(func())) (out Migrated, err error) {
	backup := !opt.DryRun && m.s.opt.BackupOnMigration && m.s.db.Path() != db.Memory
	for n := 1; ; n++ {
		if err := m.plan(); err != nil {
			return out, err
		}
		if opt.DryRun {
			out = m.result(m.planned, m.s.time.now())
			return out, nil
		}
		wait(func() {
			if backup {
				_, err = m.s.createBackup(m.ctx, Backup{Description: fmt.Sprintf("before the migration to version %d", m.to), Automatic: true}, "")
				backup = false
			}
			if err == nil {
				out, err = m.commit()
			}
		})
		if !errors.Is(err, ErrConflict) {
			return out, err
		}
		if n == DefaultAttempts {
			return out, fmt.Errorf("%w: others wrote while it was computed, %d times; end them first", ErrConflict, n)
		}
		err = nil
		if err := m.s.backOff(m.ctx, n); err != nil {
			return out, err
		}
	}
}

// result gives counts the facts of the migrations.
func (m *migrator) result(counts Migrated, now int64) Migrated {
	counts.From, counts.To, counts.Examined = m.from, m.to, m.planned.Examined
	for i := range m.chain {
		counts.Applied[i].Version, counts.Applied[i].Description, counts.Applied[i].At = m.chain[i].Version, m.chain[i].Description, time.UnixMilli(now)
	}
	return counts
}

// plan computes all that was written since it was called last.
func (m *migrator) plan() error {
	first := m.planned.Applied == nil
	if err := m.computeNew(first); err != nil || first {
		return err
	}
	return m.recount()
}

// recount counts what is covered. Of what was computed before, some was computed
// again, and some is gone. If others write meanwhile there is another round.
func (m *migrator) recount() error {
	m.planned.Examined = 0
	return m.s.db.Look(m.ctx, func(tx *db.Tx) error {
		var r row
		return tx.Each(func(rows *sql.Rows) error {
			if err := rows.Scan(&r.scope, &r.key, &r.written, &r.ttl); err != nil {
				return err
			}
			if m.covers(&r) && r.alive(m.now) {
				m.planned.Examined++
			}
			return nil
		}, "select scope, key, written, ttl from entries")
	})
}

// computeNew computes all in the first round, later what has been written since.
func (m *migrator) computeNew(first bool) error {
	after := m.seen
	if first {
		m.planned.Applied = make([]Applied, len(m.chain))
		after = -1
	}
	if err := m.s.db.Look(m.ctx, func(tx *db.Tx) error {
		return tx.Row("select value from meta where name = 'revision'").Scan(&m.seen)
	}); err != nil {
		return err
	}
	for last := int64(-1); ; {
		page, id, err := m.page(last, after)
		if err != nil || len(page) == 0 {
			return err
		}
		last = id
		for i := range page {
			if err := m.ctx.Err(); err != nil {
				return context.Cause(m.ctx)
			}
			if err := m.compute(&page[i]); err != nil {
				return fmt.Errorf("%q in scope %s: %w", page[i].key, page[i].scope, err)
			}
		}
	}
}

// A page has at most this many rows, and bytes unless one row has more.
const (
	pageRows  = 500
	pageBytes = 1 << 20
)

// errPage ends a page.
var errPage = errors.New("the page is full")

// page reads the covered rows behind an id that were written after a revision, and
// the last id that was looked at.
func (m *migrator) page(last, after int64) (page []row, id int64, err error) {
	for len(page) == 0 {
		bytes, rows := 0, 0
		err = m.s.db.Look(m.ctx, func(tx *db.Tx) error {
			return tx.Each(func(found *sql.Rows) error {
				var r row
				if err := found.Scan(append([]any{&id}, r.dest()...)...); err != nil {
					return err
				}
				rows++
				if m.covers(&r) {
					page = append(page, r)
				}
				if bytes += len(r.value); bytes > pageBytes {
					return errPage
				}
				return nil
			}, "select id, "+columns+" from entries where id > ? and revision > ? order by id limit ?", last, after, pageRows)
		})
		if errors.Is(err, errPage) {
			err = nil
		}
		if err != nil || rows == 0 {
			return nil, id, err
		}
		last = id
	}
	return page, id, nil
}

func (m *migrator) covers(r *row) bool {
	for i := range m.chain {
		if m.chain[i].covers(r.scope, r.key) {
			return true
		}
	}
	return false
}

// compute spools what a row becomes, if it changes.
func (m *migrator) compute(r *row) error {
	hidden := !r.alive(m.now)
	if hidden && r.verify(m.s) != nil {
		return nil // it stays damaged, and hidden
	}
	out, err := m.transform(r)
	switch {
	case m.ctx.Err() != nil:
		return context.Cause(m.ctx)
	case err != nil && hidden:
		out.gone, out.value = true, nil
	case err != nil:
		return err
	}
	if !hidden {
		m.count(&out)
	}
	if len(out.by) == 0 && !out.gone {
		return nil
	}
	if err := m.spool.add(&out); err != nil {
		return m.s.db.Failed("keep what is to be written", err)
	}
	return nil
}

// count adds a row to what is planned.
func (m *migrator) count(out *spooled) {
	m.planned.Examined++
	for _, i := range out.by {
		m.planned.Applied[i].Changed++
	}
	if len(out.by) > 0 {
		m.planned.Changed++
	}
	if out.gone {
		m.planned.Deleted++
	}
}

// transform applies the migrations to a row, one after the other.
func (m *migrator) transform(r *row) (spooled, error) {
	out := spooled{scope: r.scope, key: r.key, value: r.value, revision: r.revision}
	e, err := r.entry(m.s)
	if err != nil {
		return out, err
	}
	for i := range m.chain {
		one := &m.chain[i]
		if !one.covers(r.scope, r.key) {
			continue
		}
		value, err := one.apply(e)
		if out.gone = errors.Is(err, ErrDrop); out.gone {
			out.by, out.value = append(out.by, int64(i)), nil
			break
		}
		if err != nil {
			return out, err
		}
		p, err := m.s.prepare(context.Background(), e.Scope, e.Key, value, SetOptions{})
		if err != nil {
			return out, err
		}
		if string(p.value) == string(out.value) {
			continue
		}
		out.value, out.by = p.value, append(out.by, int64(i))
		if e.Value, err = Decode(p.value); err != nil { // what the next one would read
			return out, err
		}
	}
	return out, nil
}

// commit writes all that was computed. The error matches ErrConflict if something
// was written that was not.
func (m *migrator) commit() (out Migrated, err error) {
	err = m.s.write(m.ctx, func(w *writer) error {
		out = Migrated{Applied: make([]Applied, len(m.chain))}
		var schema int
		var revision int64
		if err := w.tx.Row("select (select value from meta where name = 'schema'), (select value from meta where name = 'revision')").Scan(&schema, &revision); err != nil {
			return err
		}
		if schema != m.from {
			return fmt.Errorf("another process has migrated the values to version %d meanwhile", schema)
		}
		if revision != m.seen {
			return ErrConflict
		}
		if err := m.spool.each(func(p *spooled) error { return w.migrate(p, &out, m.now) }); err != nil {
			return err
		}
		out = m.result(out, w.now)
		for _, a := range out.Applied {
			if _, err := w.tx.Exec("insert into migrations (version, description, at, changed) values (?, ?, ?, ?)", a.Version, a.Description, w.now, a.Changed); err != nil {
				return err
			}
		}
		_, err := w.tx.Exec("update meta set value = ? where name = 'schema'", m.to)
		return err
	})
	return out, err
}

// migrate writes a row that was computed. It keeps the time of writing: a migration
// does not make values live longer.
func (w *writer) migrate(p *spooled, count *Migrated, began int64) error {
	r := row{scope: p.scope, key: p.key, value: p.value}
	err := w.tx.Row("select version, revision, created, written, ttl from entries where scope = ? and key = ?", r.scope, r.key).
		Scan(&r.version, &r.revision, &r.created, &r.written, &r.ttl)
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.revision != p.revision {
		return nil // see above
	}
	if err != nil {
		return err
	}
	if err := w.remember(r.scope, r.key); err != nil {
		return err
	}
	if r.revision, err = w.next(); err != nil {
		return err
	}
	if r.alive(began) {
		for _, i := range p.by {
			count.Applied[i].Changed++
		}
		count.Changed++
		if p.gone {
			count.Deleted++
		}
	}
	if p.gone {
		_, err := w.tx.Exec("delete from entries where scope = ? and key = ?", r.scope, r.key)
		return err
	}
	r.version += int64(len(p.by))
	return w.put(&r)
}

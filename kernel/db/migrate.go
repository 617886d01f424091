package db

import (
	"context"
	"database/sql"
	"fmt"
)

// bringUp checks what an existing file is, and brings its schema up to date.
func (d *DB) bringUp(ctx context.Context) error {
	v, err := d.versionPatiently(ctx)
	if err != nil {
		return err
	}
	var mode string
	if err := d.writer.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err != nil {
		return err
	}
	// It may be a backup that was put in the file's place. Two that are not WAL
	// differ for this connection only.
	if mode != d.opt.Journal {
		if err := d.patiently(ctx, func() error {
			return d.writer.QueryRowContext(ctx, "pragma journal_mode = "+d.opt.Journal).Scan(&mode)
		}); err != nil {
			return err
		}
	}
	if v == len(d.opt.Migrations) {
		return nil
	}
	return d.migrate(ctx, v)
}

func (d *DB) versionPatiently(ctx context.Context) (v int, err error) {
	err = d.patiently(ctx, func() error {
		v, err = d.version(ctx, d.writer)
		return err
	})
	return v, err
}

// querier is a connection or a pool of them.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads the version of a file's schema, and refuses files that are not
// ours or newer than we are.
func (d *DB) version(ctx context.Context, q querier) (v int, err error) {
	var id int32
	var tables int
	err = q.QueryRowContext(ctx, "select (select application_id from pragma_application_id), (select user_version from pragma_user_version), (select count(*) from sqlite_schema)").
		Scan(&id, &v, &tables)
	switch {
	case err != nil:
		return 0, err
	case id == 0 && v == 0 && tables == 0:
		return 0, d.corrupt("there is nothing in it")
	case id != d.opt.ApplicationID:
		return 0, &Error{Path: d.path, Class: ErrForeign, Hint: fmt.Sprintf("it has the application id %#x, not %#x; it is left as it is; choose another path", uint32(id), uint32(d.opt.ApplicationID))}
	case v > len(d.opt.Migrations):
		return 0, &Error{Path: d.path, Class: ErrNewer, Hint: fmt.Sprintf("it has version %d, this program knows %d; it is left as it is; use the newer llmspell", v, len(d.opt.Migrations))}
	case tables == 0 && v > 0:
		return 0, d.corrupt("its tables are gone")
	}
	return v, nil
}

// migrate applies the migrations from number v on, each in a transaction. Another
// process may do so at the same time: the version is looked at again inside.
func (d *DB) migrate(ctx context.Context, v int) error {
	for ; v < len(d.opt.Migrations); v++ {
		if err := d.apply(ctx, v); err != nil {
			return fmt.Errorf("database %s: bring it from version %d to %d: %w", d.path, v, v+1, d.failed(err))
		}
	}
	return nil
}

func (d *DB) apply(ctx context.Context, v int) error {
	return d.transaction(ctx, func(tx *Tx) error {
		var now int
		if err := tx.Row("pragma user_version").Scan(&now); err != nil {
			return err
		}
		if now != v {
			return nil // another process was faster
		}
		m := d.opt.Migrations[v]
		if m.SQL != "" {
			if _, err := tx.Exec(m.SQL); err != nil {
				return err
			}
		}
		if m.Go != nil {
			if err := m.Go(tx); err != nil {
				return err
			}
		}
		_, err := tx.Exec(fmt.Sprintf("pragma user_version = %d", v+1))
		return err
	})
}

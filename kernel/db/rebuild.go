package db

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// inMemory is how large a file may be that is built anew in memory. A larger one goes through a file without a name, where SQLite puts
// those.
const inMemory = 64 << 20

// Rebuild writes the whole file anew, so that nothing is left in it of what was deleted: SQLite overwrites that where it
// stood (Options.SecureDelete), but not the copies that stay behind when it moves rows to other pages. Then it empties the log. It takes as long as
// the file is large, which writers wait for, and as much room again.
func (d *DB) Rebuild(ctx context.Context) error {
	if d.memory || d.readOnly.Load() {
		return nil
	}
	if err := d.rebuild(ctx); err != nil {
		return err
	}
	return d.Truncate(ctx)
}

func (d *DB) rebuild(ctx context.Context) (err error) {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.users.Done()
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.give()
	info, err := os.Stat(d.path)
	if err != nil {
		return fmt.Errorf("database %s: %w", d.path, err)
	}
	if info.Size() > inMemory {
		if err := d.control("pragma temp_store = file"); err != nil {
			return d.failed(err)
		}
		defer func() { err = errors.Join(err, d.failed(d.control("pragma temp_store = memory"))) }()
	}
	return d.ended(ctx, d.patiently(ctx, func() error {
		_, err := d.writer.ExecContext(ctx, "vacuum")
		return err
	}))
}

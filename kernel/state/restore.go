package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/kernel/db"
)

// BackupFolder returns where this store's backups are.
func (s *Store) BackupFolder() string { return s.opt.Backups }

// Restore puts the content of a backup in the place of what is in the store, in
// one transaction: other kernels that use the file see all of it or nothing. A
// backup of what was there is made first, and returned.
func (s *Store) Restore(ctx context.Context, id string) (Backup, error) {
	if s.db.Path() == db.Memory {
		return Backup{}, ErrMemory
	}
	if _, err := ValidateBackup(ctx, s.opt.Backups, id); err != nil {
		return Backup{}, err
	}
	source, done, err := openCopy(ctx, s.opt.Backups, id)
	if err != nil {
		return Backup{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	defer done()
	// The copy comes first: this may remove the backup itself, as an old one.
	before, err := s.CreateBackup(ctx, "before "+id+" was restored")
	if err != nil {
		return Backup{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	if err := s.replaceBy(ctx, source); err != nil {
		return Backup{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	return before, nil
}

// openCopy opens a copy of a backup, brought up to date: the backup itself may be
// of an older version, and stays as it is.
func openCopy(ctx context.Context, folder, id string) (*Store, func(), error) {
	dir, err := os.MkdirTemp(folder, ".restore-*")
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, "state.db")
	err = db.CopyFile(ctx, path, backupFile(folder, id))
	var s *Store
	if err == nil {
		s, err = Open(ctx, path, Options{noReserve: true})
	}
	if err != nil {
		_ = os.RemoveAll(dir) // the error that matters is another
		return nil, nil, err
	}
	return s, func() { _ = s.Close(); _ = os.RemoveAll(dir) }, nil
}

// replaceBy copies all tables of another store. Revisions go on from the greater
// of both: what had one keeps being different from what has it now.
func (s *Store) replaceBy(ctx context.Context, source *Store) error {
	return s.write(ctx, func(w *writer) error {
		if err := w.empty(); err != nil {
			return err
		}
		if _, err := w.tx.Exec("delete from migrations"); err != nil {
			return err
		}
		if _, err := w.next(); err != nil {
			return err
		}
		return source.db.Read(ctx, func(from *db.Tx) error {
			var schema int
			if err := from.Row("select value from meta where name = 'schema'").Scan(&schema); err != nil {
				return err
			}
			if _, err := w.tx.Exec("update meta set value = ? where name = 'schema'", schema); err != nil {
				return err
			}
			if err := from.Each(func(rows *sql.Rows) error {
				var version, at, changed int64
				var description string
				if err := rows.Scan(&version, &description, &at, &changed); err != nil {
					return err
				}
				_, err := w.tx.Exec("insert into migrations (version, description, at, changed) values (?, ?, ?, ?)", version, description, at, changed)
				return err
			}, "select version, description, at, changed from migrations order by id"); err != nil {
				return err
			}
			for _, table := range []string{"history", "entries"} {
				if err := eachRow(from, func(r *row) error {
					if isPrivate(r.scope) { // of sessions that have ended since
						return nil
					}
					if err := r.verify(source); err != nil {
						return err
					}
					if table == "entries" {
						r.revision = w.revision
						r.sum = r.checksum()
					}
					_, err := w.tx.Exec("insert into "+table+" ("+columns+") values (?, ?, ?, ?, ?, ?, ?, ?, ?)", r.args()...)
					return err
				}, "select "+columns+" from "+table+" order by id"); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// RestoreFile puts a backup in the place of a store's file that cannot be used:
// it is damaged, or gone. What is there is moved aside, to the path that comes
// back ("" if there was nothing). No kernel may have the file open. A store that
// can be opened is restored as Restore does, and aside is "".
func RestoreFile(ctx context.Context, path string, opt Options, id string) (aside string, before Backup, err error) {
	s, err := Open(ctx, path, opt)
	if err == nil {
		defer s.Close()
		before, err = s.Restore(ctx, id)
		if !errors.Is(err, db.ErrCorrupt) || errors.Is(err, ErrBadBackup) {
			return "", before, err
		}
		if err := s.Close(); err != nil {
			return "", before, err
		}
	} else if !errors.Is(err, db.ErrCorrupt) {
		return "", before, err
	}
	folder := opt.Backups
	if folder == "" {
		folder = filepath.Join(filepath.Dir(path), "backups")
	}
	if _, err := ValidateBackup(ctx, folder, id); err != nil {
		return "", before, err
	}
	aside, err = db.Replace(ctx, path, backupFile(folder, id))
	if err != nil {
		return aside, before, fmt.Errorf("restore backup %s: %w", id, err)
	}
	s, err = Open(ctx, path, opt)
	if err != nil {
		return aside, before, err
	}
	return aside, before, s.Close()
}

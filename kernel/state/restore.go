package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/kernel/db"
)

// BackupFolder returns where this store's backups are.
func (s *Store) BackupFolder() string { return s.opt.Backups }

// Restored says what a restore has done.
type Restored struct {
	Backup // of what was there before
	// LeftOut are the scopes of sessions that were deleted since the backup was made.
	LeftOut []string `json:"left_out,omitempty"`
	// Unsure says why nobody knows which sessions were deleted: nothing was left out.
	Unsure string `json:"unsure,omitempty"`
	// Unsound names values that were damaged when the backup was made, and are again.
	Unsound string `json:"unsound,omitempty"`
}

// Restore puts the content of a backup in the place of what is in the store, in
// one transaction: other kernels that use the file see all of it or nothing. A
// backup of what was there is made first, and returned. What sessions have kept that
// were deleted since, by Options.Deleted, is left out.
func (s *Store) Restore(ctx context.Context, id string) (Restored, error) {
	if s.db.Path() == db.Memory {
		return Restored{}, ErrMemory
	}
	b, err := ValidateBackup(ctx, s.opt.Backups, id)
	if err != nil {
		return Restored{}, err
	}
	source, done, err := openCopy(ctx, s.opt.Backups, id)
	if err != nil {
		return Restored{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	defer done()
	// The copy comes first: another process may remove the backup meanwhile.
	before, err := s.createBackup(ctx, Backup{Description: "before " + id + " was restored", Automatic: true}, id)
	if err != nil {
		return Restored{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	out := Restored{Backup: before}
	if err := out.leaveOut(ctx, s, source); err != nil {
		return Restored{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	if err := s.replaceBy(ctx, source, out.LeftOut); err != nil {
		return Restored{}, fmt.Errorf("restore backup %s, nothing was changed: %w", id, err)
	}
	out.note(&b)
	return out, nil
}

func (r *Restored) note(b *Backup) {
	if err := b.Unsound(); err != nil {
		r.Unsound = err.Error()
	}
}

// leaveOut finds the scopes in source that were of sessions which are deleted now.
func (r *Restored) leaveOut(ctx context.Context, s, source *Store) error {
	if s.opt.Deleted == nil {
		return nil
	}
	var ids []string
	err := source.db.Look(ctx, func(tx *db.Tx) error {
		scopes, err := sessionScopes(tx)
		for _, scope := range scopes {
			ids = append(ids, strings.TrimPrefix(scope, sessionFrom))
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	gone, err := s.opt.Deleted(ctx, ids)
	if err != nil {
		r.Unsure = err.Error()
		return ctx.Err()
	}
	for _, id := range gone {
		r.LeftOut = append(r.LeftOut, sessionFrom+id)
	}
	return nil
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
// of both: what had one keeps being different from what has it now. What is damaged
// stays so.
func (s *Store) replaceBy(ctx context.Context, source *Store, without []string) error {
	skip := map[string]bool{}
	for _, scope := range without {
		skip[scope] = true
	}
	return s.write(ctx, func(w *writer) error {
		if err := w.empty(nil); err != nil {
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
					if isPrivate(r.scope) || skip[r.scope] { // of sessions that have ended since
						return nil
					}
					sound := r.verify(source) == nil
					if table == "entries" {
						r.revision = w.revision
						if sum := r.checksum(); sound {
							r.sum = sum
						} else if r.sum == sum {
							r.sum++ // the same by chance
						}
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
func RestoreFile(ctx context.Context, path string, opt Options, id string) (aside string, out Restored, err error) {
	s, err := Open(ctx, path, opt)
	if err == nil {
		defer s.Close()
		out, err = s.Restore(ctx, id)
		if !errors.Is(err, db.ErrCorrupt) || errors.Is(err, ErrBadBackup) {
			return "", out, err
		}
		if err := s.Close(); err != nil {
			return "", out, err
		}
	} else if !errors.Is(err, db.ErrCorrupt) {
		return "", out, err
	}
	folder := opt.Backups
	if folder == "" {
		folder = filepath.Join(filepath.Dir(path), "backups")
	}
	b, err := ValidateBackup(ctx, folder, id)
	if err != nil {
		return "", out, err
	}
	aside, err = db.Replace(ctx, path, backupFile(folder, id))
	if err != nil {
		return aside, out, fmt.Errorf("restore backup %s: %w", id, err)
	}
	s, err = Open(ctx, path, opt)
	if err != nil {
		return aside, out, err
	}
	if err = out.leaveOut(ctx, s, s); err == nil {
		err = s.clearTexts(ctx, out.LeftOut)
	}
	out.note(&b)
	return aside, out, errors.Join(err, s.Close())
}

// clearTexts removes all rows of some scopes.
func (s *Store) clearTexts(ctx context.Context, scopes []string) error {
	if len(scopes) == 0 {
		return nil
	}
	return s.free(ctx, func(w *writer) error {
		for _, scope := range scopes {
			if err := w.clearText(scope); err != nil {
				return err
			}
		}
		return nil
	})
}

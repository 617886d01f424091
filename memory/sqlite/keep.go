package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

// Each index of a tenant is kept in a file beside the database, and not in it: to forget then gives
// room, and takes none. All that happens to the file happens in a transaction that writes, one at a time
// in all processes: so no index that was made before something was forgotten comes back after it.

var _ memory.Keeper = (*Store)(nil)

// indexPath is the file of a tenant's index. The name of a tenant may be none of a file.
func (s *Store) indexPath(of memory.Owner, tenant string) string {
	sum := sha256.Sum256([]byte(tenant))
	return s.Where() + [...]string{".index-", ".documents-"}[of] + hex.EncodeToString(sum[:8])
}

// newExt is what the name of a file that is being made has behind its own.
const newExt = ".new"

// KeptIndex reads what was kept.
func (s *Store) KeptIndex(of memory.Owner, tenant string) ([]byte, error) {
	if s.Where() == db.Memory {
		return nil, nil
	}
	data, err := os.ReadFile(s.indexPath(of, tenant))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// KeepIndex keeps an index in place of the one before.
func (s *Store) KeepIndex(ctx context.Context, of memory.Owner, tenant string, data []byte, at memory.Cursor) error {
	if s.Where() == db.Memory || s.db.ReadOnly() {
		return nil
	}
	return s.Write(ctx, tenant, func(tx memory.Tx) error {
		if data == nil {
			return s.dropIndex(of, tenant)
		}
		removed, _, err := removedOf(tx, of, at.Removed)
		if err != nil {
			return err
		}
		if len(removed) > 0 {
			return memory.ErrForgotten
		}
		return s.writeIndex(s.indexPath(of, tenant), data)
	})
}

// removedOf lists the rows that were dropped of turns, or of documents.
func removedOf(r memory.Reader, of memory.Owner, after int64) ([]int64, int64, error) {
	if of == memory.Chunks {
		return r.RemovedDocuments(after)
	}
	return r.Removed(after)
}

// writeIndex makes the file under another name first. It need not survive a power failure whole, since it has a checksum.
func (s *Store) writeIndex(path string, data []byte) error {
	made := path + newExt
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) { // a process was killed
		return s.db.Failed("keep the index", err)
	}
	f, err := os.OpenFile(made, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return s.db.Failed("keep the index", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return errors.Join(s.db.Failed("keep the index", err), os.Remove(made))
	}
	return nil
}

// dropIndex removes what was kept, and what a process that was killed has left.
func (s *Store) dropIndex(of memory.Owner, tenant string) error {
	if s.Where() == db.Memory {
		return nil
	}
	path, gone := s.indexPath(of, tenant), false
	for _, name := range []string{path, path + newExt} {
		switch err := os.Remove(name); {
		case err == nil:
			gone = true
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("remove the index of the memory, which has words of what is forgotten: %w", err)
		}
	}
	if !gone {
		return nil
	}
	return db.SyncFolder(filepath.Dir(path))
}
